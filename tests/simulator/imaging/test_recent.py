"""Recent keeps what was asked for last, and no more."""

from __future__ import annotations

import pytest

from simulator.imaging.recent import Recent


def test_a_value_is_made_once_while_it_is_kept():
    """Asked for again it is the same object; two others later it is made anew."""
    made: list[str] = []
    recent: Recent[list[str]] = Recent(2)

    def value(key: str) -> list[str]:
        def make() -> list[str]:
            made.append(key)
            return [key]

        return recent.get(key, make)

    first = value("a")
    assert value("a") is first
    value("b"), value("a"), value("c")  # b was asked for longest ago
    assert value("a") is first
    assert made == ["a", "b", "c"]
    value("b")
    assert made == ["a", "b", "c", "b"]


def test_what_could_not_be_made_is_not_kept():
    """After a failure the next request tries again."""
    recent: Recent[float] = Recent(1)
    with pytest.raises(ZeroDivisionError):
        recent.get(0, lambda: 1 / 0)
    assert recent.get(0, lambda: 2.0) == 2.0

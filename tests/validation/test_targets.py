"""Every validation target, as ``vertebrosim validate`` prints it, with the verdict that is known for it."""

from __future__ import annotations

import pytest

from simulator.validation.target import Reading, Target, within
from simulator.validation.targets import TARGETS

KNOWN_MISSES: dict[str, str] = {
    "V28": "centre of the body above 50 C for 8.13 min after 10 ml, against 8 at most",
    "V30": "43 s instead of 89: the baroreflex outweighs the reflex from the lungs too early",
    "V35": "30.7 % a minute instead of 3 to 4, which is unconfirmed and not within a body's stores of oxygen",
    "V37": "with 0.5 ml in the canal 47.2 C instead of 51.5 at least; 1.0 ml would give 54.6, 1.5 ml 59.9",
}
"""Targets that this version does not meet, with the number it gives; strict, so that a mended one is noticed."""


def parameter(target: Target) -> object:
    marks = [pytest.mark.slow] if target.slow else []
    if target.number in KNOWN_MISSES:
        marks.append(pytest.mark.xfail(strict=True, reason=KNOWN_MISSES[target.number]))
    return pytest.param(target, id=target.number, marks=marks)


@pytest.mark.parametrize("target", [parameter(t) for t in TARGETS])
def test_target_is_met(target: Target) -> None:
    readings = target.measure()
    assert readings
    assert [r for r in readings if not r.holds] == []


def test_numbers_are_unique_and_in_order() -> None:
    numbers = [int(t.number.removeprefix("V")) for t in TARGETS]
    assert numbers == sorted(set(numbers))


def test_a_reading_that_is_not_a_number_does_not_hold() -> None:
    assert not Reading("nothing", float("nan"), 0.0, 1.0).holds
    assert not within("too much", 1.06, 1.0, 0.05).holds
    assert within("negative", -1.02, -1.0, 0.05).holds

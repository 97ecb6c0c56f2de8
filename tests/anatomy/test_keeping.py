"""Results that are kept with their object, and frozen values changed."""

from __future__ import annotations

import gc
import weakref
from dataclasses import FrozenInstanceError, dataclass, replace
from functools import cached_property

import pytest

from anatomy.changing import changed
from anatomy.keeping import kept_with_first
from anatomy.spec import PatientSpec


@dataclass(frozen=True, eq=False)
class Thing:
    number: int = 1
    name: str = "a"

    @cached_property
    def double(self) -> int:
        return 2 * self.number


class Result:
    pass


def test_results_are_kept_and_the_longest_unused_go() -> None:
    asked: list[tuple[Thing, int]] = []

    @kept_with_first(2)
    def work(thing: Thing, by: int) -> int:
        asked.append((thing, by))
        return thing.number * by

    one, other = Thing(3), Thing(4)
    assert [work(one, 1), work(one, 2), work(one, 1), work(other, 1)] == [3, 6, 3, 4]
    assert len(asked) == 3
    work(one, 5)  # 2 was asked for longest ago
    work(one, 1)
    assert len(asked) == 4
    work(one, 2)
    assert len(asked) == 5


def test_results_go_with_their_object() -> None:
    """At once, without waiting for the collector."""

    @kept_with_first(2)
    def work(thing: Thing) -> Result:
        return Result()

    thing = Thing()
    result = weakref.ref(work(thing))
    assert result() is not None
    gc.disable()
    try:
        del thing
        assert result() is None
    finally:
        gc.enable()


def test_changed_is_replace() -> None:
    """Equal in every field, frozen, and without what the old one had worked out for itself."""
    thing = Thing(5, "b")
    assert thing.double == 10
    new = changed(thing, number=7)
    assert (new.number, new.name, new.double) == (7, "b", 14)
    assert vars(changed(Thing(5, "b"), name="c")) == vars(replace(Thing(5, "b"), name="c"))
    assert (thing.number, thing.double) == (5, 10)
    with pytest.raises(FrozenInstanceError):
        new.number = 8  # type: ignore[misc]


def test_changed_refuses_what_replace_would() -> None:
    """A name that is no field; and classes that check their values, which it would not do."""
    with pytest.raises(TypeError, match="no field colour"):
        changed(Thing(), colour="red")
    with pytest.raises(TypeError, match="use dataclasses"):
        changed(PatientSpec(), seed=3)

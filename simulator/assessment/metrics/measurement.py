"""The result of a metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Measurement:
    """A value, or why there is none.

    missing: "not done" (a step was left out: the criterion earns nothing) or "no occasion" (nothing happened
    that could be judged: the criterion is left out). at_s: when it happened, where one moment decides. note:
    what the number alone does not say.
    """

    value: float | None
    because: str = ""
    missing: Literal["", "not done", "no occasion"] = ""
    at_s: float | None = None
    note: str = ""


def value(number: float, at_s: float | None = None, note: str = "") -> Measurement:
    """A measured value."""
    return Measurement(round(float(number), 4), at_s=None if at_s is None else round(at_s, 2), note=note)


def not_done(because: str) -> Measurement:
    """A step was left out."""
    return Measurement(None, because, "not done")


def no_occasion(because: str) -> Measurement:
    """There was nothing to judge."""
    return Measurement(None, because, "no occasion")

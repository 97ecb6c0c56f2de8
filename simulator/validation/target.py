"""A validation target: a published or analytic number, its tolerance, and how this version is measured against it.

Numbers V1, V2, ... and tolerances are those of the list of validation targets that the models were built to; they
stand in files and reports: append, never renumber. A tolerance is the source's, never what makes a model pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["exact", "literature"]
"""Physics or geometry that must hold, or a measurement whose agreement shows plausibility, not proof."""


@dataclass(frozen=True)
class Reading:
    """One number that this version gives, and the range (both ends included) that is accepted."""

    what: str
    got: float
    low: float
    high: float
    unit: str = ""

    @property
    def holds(self) -> bool:
        """Whether the number lies in the range; a NaN never does."""
        return self.low <= self.got <= self.high


@dataclass(frozen=True)
class Target:
    """What is checked, against which source, and how.

    number: "V1" ...; expected: the published value and tolerance in words; unconfirmed: presets without a
    confirmed source that the reading depends on, so that its agreement proves little; measure: gives the
    readings, in seconds unless ``slow``.
    """

    number: str
    what: str
    expected: str
    kind: Kind
    source: str
    measure: Callable[[], tuple[Reading, ...]]
    unconfirmed: tuple[str, ...] = ()
    slow: bool = False
    note: str = ""
    """What a reader has to know: which data were fitted, what the set-up leaves out."""


def within(what: str, got: float, expected: float, share: float, unit: str = "") -> Reading:
    """A reading that may differ from what is expected by a share of it.

    >>> within("pressure", 6.6, 6.56, 0.05, "kPa").holds
    True
    """
    low, high = sorted((expected * (1.0 - share), expected * (1.0 + share)))
    return Reading(what, got, low, high, unit)

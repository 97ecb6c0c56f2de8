"""The prognosis as text, for people."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.assessment.prognosis import Prognosis

WARNING = "Not truth and no part of the score: what became of groups of patients, moved by what was done."


def as_lines(items: Sequence[Prognosis]) -> list[str]:
    """A heading and a line an item."""
    return [f"  Prognosis. {WARNING}", *(_line(item) for item in items)]


def span_of(item: Prognosis) -> str:
    """The number and its range in words.

    >>> span_of(Prognosis("a", "A", 12.0, 8.5, 16.5, "%", "", "", True))
    '12 %, 8.5 to 16.5'
    """
    if item.estimate is None:
        return f"not assessed, because {item.because}"
    return f"{item.estimate:g} {item.unit}, {item.low:g} to {item.high:g}"


def _line(item: Prognosis) -> str:
    mark = "" if item.confirmed else "  (unconfirmed)"
    return f"    {item.what:<66} {span_of(item)}{mark}"

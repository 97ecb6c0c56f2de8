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

    >>> span_of(Prognosis("a", "A", 12.0, 8.5, 16.4, "%", "", "", True))
    '12 %, 8.5 to 16'
    """
    if item.estimate is None:
        return f"not assessed, because {item.because}"
    return f"{plain(item.estimate)} {item.unit}, {plain(item.low)} to {plain(item.high)}"


def plain(number: float | None) -> str:
    """No more digits than such numbers deserve: whole ones from 10 on.

    >>> [plain(n) for n in (56.4, 5.2, 0.5, 0.0)]
    ['56', '5.2', '0.5', '0']
    """
    if number is None:
        return ""
    return f"{number:.0f}" if number >= 9.95 else f"{number:.1f}".removesuffix(".0")


def _line(item: Prognosis) -> str:
    mark = "" if item.confirmed else "  (unconfirmed)"
    return f"    {item.what:<66} {span_of(item)}{mark}"

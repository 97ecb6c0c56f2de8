"""The prognosis as text, for people."""

from __future__ import annotations

from collections.abc import Sequence

from scenarios.wording import Texts
from simulator.assessment.prognosis import Prognosis
from simulator.assessment.wording import texts, told


def as_lines(items: Sequence[Prognosis]) -> list[str]:
    """A heading and a line an item, in English."""
    say = texts()
    return [f"  Prognosis. {say('report_prognosis.warning')}", *(_line(item, say) for item in items)]


def span_of(item: Prognosis, say: Texts) -> str:
    """The number and its range in words.

    >>> span_of(Prognosis("a", "A", 12.0, 8.5, 16.4, "%", "", "", True), texts())
    '12 %, 8.5 to 16'
    """
    if item.estimate is None:
        return say("report.not_assessed_because", why=told(item.because, say.language))
    return say(
        "report_prognosis.span",
        estimate=plain(item.estimate, say),
        unit=item.unit,
        low=plain(item.low, say),
        high=plain(item.high, say),
    )


def plain(number: float | None, say: Texts) -> str:
    """No more digits than such numbers deserve: whole ones from 10 on.

    >>> [plain(n, texts("de")) for n in (56.4, 5.2, 0.5, 0.0)]
    ['56', '5,2', '0,5', '0']
    """
    if number is None:
        return ""
    return say.number(number, ".0f") if number >= 9.95 else say.number(round(number, 1), "g")


def _line(item: Prognosis, say: Texts) -> str:
    mark = "" if item.confirmed else "  (unconfirmed)"
    return f"    {item.what:<66} {span_of(item, say)}{mark}"

"""The briefing of a case as text: the patient, what is planned, what is to be told, what counts. No Qt."""

from __future__ import annotations

from html import escape

from scenarios.schema import Scenario
from scenarios.told import meaning, sentence
from simulator.app import theme
from simulator.app.library.cards import Card, facts, points_by_group
from simulator.app.wording import Wording

TOLD = ("history", "examination", "imaging", "indication")
"""Parts of a briefing in the order in which they are read; consent follows them."""


def briefing_html(say: Wording, card: Card) -> str:
    """A briefing as rich text; of a file that is not valid, what is wrong with it."""
    told = card.told
    if told is None:
        lines = "".join(f"<p>{escape(line)}</p>" for line in card.file.problem.splitlines())
        return f"<h2>{escape(card.title)}</h2><p>{escape(say('library.invalid_why'))}</p>{lines}"
    parts = [
        f"<h2>{escape(told.title)}</h2>",
        f"<p style='color:{theme.QUIET}'>{escape(facts(say, card))}</p>",
        f"<p>{escape(told.summary)}</p>",
    ]
    for name in TOLD:
        parts += _part(say(f"briefing.{name}"), getattr(told.briefing, name))
    if told.briefing.consent:
        parts += _part(say("briefing.consent"), told.briefing.consent)
    return "".join(parts)


def counting_html(say: Wording, scenario: Scenario) -> str:
    """What counts: what fails the attempt, points by group, and each line of the rubric."""
    rubric = scenario.rubric
    groups = points_by_group(scenario)
    whole = sum(groups.values())
    mark = say("briefing.pass_mark", points=say.number(rubric.pass_mark, "g"))
    parts = [_heading(say("briefing.gates")), "<ul>"]
    parts += [f"<li>{escape(sentence(gate.why, say.language))}</li>" for gate in rubric.gates]
    parts += ["</ul>", _heading(say("briefing.points")), f"<p>{escape(mark)}</p>"]
    parts.append("<table cellspacing='0' cellpadding='3' width='100%'>")
    for group, points in groups.items():
        share = 100.0 * points / whole
        parts.append(
            f"<tr><td colspan='2' style='color:{theme.ACCENT}'><b>{escape(say(f'scored.{group}'))}</b></td>"
            f"<td align='right' style='color:{theme.ACCENT}'><b>{share:.0f}</b></td></tr>"
        )
        for criterion in rubric.criteria:
            if criterion.group == group:
                parts.append(
                    f"<tr><td width='16'></td><td>{escape(meaning(criterion.metric, say.language))}</td>"
                    f"<td align='right'>{100.0 * criterion.points / whole:.0f}</td></tr>"
                )
    return "".join([*parts, "</table>"])


def _heading(words: str) -> str:
    return f"<h4 style='color:{theme.ACCENT}'>{escape(words)}</h4>"


def _part(heading: str, text: str) -> list[str]:
    return [_heading(heading), f"<p>{escape(' '.join(text.split()))}</p>"] if text.strip() else []

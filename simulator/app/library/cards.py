"""What stands on the card of a case, and which cards are shown in which order. Pure, no Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from anatomy.spec import LEVELS
from scenarios.schema import Scenario
from scenarios.told import Told, told
from simulator.app.library.attempts import Standing
from simulator.app.library.own_cases import CaseFile
from simulator.app.wording import DEFAULT_LANGUAGE, Wording

DIFFICULTIES = ("basic", "intermediate", "advanced")
REGIONS: dict[str, tuple[str, ...]] = {
    "thoracic": tuple(LEVELS[: LEVELS.index("T10")]),
    "junction": ("T10", "T11", "T12", "L1", "L2"),
    "lumbar": ("L3", "L4", "L5"),
}
"""Thoracic, the thoracolumbar junction where most fractures are, and lumbar."""
STANDS = ("open", "done", "passed")
ORDERS = ("difficulty", "level", "title", "best", "last")


@dataclass(frozen=True)
class Card:
    """A case, where it comes from, and how the trainee stands with it."""

    file: CaseFile
    standing: Standing = field(default_factory=Standing)
    language: str = DEFAULT_LANGUAGE

    @property
    def title(self) -> str:
        """The case's title, or the name of a file that cannot be read."""
        if self.told is not None:
            return self.told.title
        return self.file.path.name if self.file.path is not None else self.file.key

    @property
    def told(self) -> Told | None:
        """What is read of the case, in the card's language."""
        return None if self.file.scenario is None else told(self.file.scenario, self.language, self.file.path)


@dataclass(frozen=True)
class Wanted:
    """What is to be shown; "" for everything."""

    words: str = ""
    procedure: str = ""
    difficulty: str = ""
    region: str = ""
    stand: str = ""


def level_of(scenario: Scenario) -> str:
    """The level to be treated."""
    return scenario.patient.target_level


def region_of(scenario: Scenario) -> str:
    """The region of that level."""
    return next(region for region, levels in REGIONS.items() if level_of(scenario) in levels)


def minutes_of(scenario: Scenario) -> float | None:
    """How long a case may take for all its points; None where the rubric does not say."""
    for criterion in scenario.rubric.criteria:
        if criterion.metric == "duration_min" and criterion.full_to is not None:
            return criterion.full_to
    return None


def points_by_group(scenario: Scenario) -> dict[str, float]:
    """Points that can be earned, by group in the rubric's order."""
    points: dict[str, float] = {}
    for criterion in scenario.rubric.criteria:
        points[criterion.group] = points.get(criterion.group, 0.0) + criterion.points
    return points


def facts(say: Wording, card: Card) -> str:
    """Level, difficulty, time and procedure, in one line: what titles say as well comes last."""
    scenario = card.file.scenario
    if scenario is None:
        return say("library.invalid")
    said = [level_of(scenario), say(f"difficulty.{scenario.difficulty}")]
    minutes = minutes_of(scenario)
    said += [] if minutes is None else [say("library.minutes", minutes=say.number(minutes, "g"))]
    return " · ".join([*said, say(f"procedure.{scenario.procedure}")])


def record(say: Wording, card: Card) -> str:
    """Own attempts and the best total, in one line; whose file it is."""
    count = len(card.standing.attempts)
    said = [] if card.file.path is None else [say("library.own")]
    if count == 0:
        return " · ".join([*said, say("library.never")])
    said.append(say("library.once") if count == 1 else say("library.attempts", count=count))
    if card.standing.best is not None:
        said.append(say("library.best", total=f"{card.standing.best:.0f}"))
        said.append(say("library.was_passed" if card.standing.passed else "library.not_passed"))
    return " · ".join(said)


def shown(cards: Iterable[Card], wanted: Wanted, say: Wording, order: str = "difficulty") -> list[Card]:
    """The cards that fit, in order. Files that are not valid come last, and only a search hides them."""
    found = [card for card in cards if _fits(card, wanted, say)]
    return sorted(found, key=lambda card: _place(card, order))


def _fits(card: Card, wanted: Wanted, say: Wording) -> bool:
    scenario, standing = card.file.scenario, card.standing
    words = f"{card.title} {facts(say, card)} {card.file.key}"
    if scenario is None:
        return all(word in words.lower() for word in wanted.words.lower().split())
    summary = "" if card.told is None else card.told.summary
    words += f" {summary} {scenario.title} {scenario.summary} {scenario.procedure} {scenario.difficulty}"
    stands: Mapping[str, bool] = {"": True, "open": not standing.done, "done": standing.done,
                                  "passed": standing.passed}  # fmt: skip
    return (
        all(word in words.lower() for word in wanted.words.lower().split())
        and wanted.procedure in ("", scenario.procedure)
        and wanted.difficulty in ("", scenario.difficulty)
        and wanted.region in ("", region_of(scenario))
        and stands[wanted.stand]
    )


def _place(card: Card, order: str) -> tuple[float, float, float, str]:
    scenario = card.file.scenario
    if scenario is None:
        return 1, 0, 0, card.title.lower()
    hard = DIFFICULTIES.index(scenario.difficulty)
    keys: dict[str, tuple[float, float]] = {
        "difficulty": (hard, 0),
        "level": (LEVELS.index(scenario.patient.target_level), hard),
        "title": (0, 0),
        "best": (-1.0 if card.standing.best is None else -card.standing.best - 2.0, hard),
        "last": (-card.standing.last_s, hard),
    }
    return 0, *keys[order], card.title.lower()

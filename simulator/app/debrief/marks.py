"""What happened when, as marks on a time bar: read off a recording's rows. Pure, no Qt."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from simulator.app.wording import Wording
from simulator.assessment.evidence import Evidence
from simulator.engine.recording import Row
from simulator.engine.state import TICK_HZ

Lane = Literal["needle", "breach", "balloon", "cement", "leak", "drug", "patient", "picture"]
LANES: tuple[Lane, ...] = ("needle", "breach", "balloon", "cement", "leak", "drug", "patient", "picture")
COLOURS: dict[Lane, str] = {
    "needle": "#e4e7ea",
    "breach": "#ff8a7a",
    "balloon": "#f0e442",
    "cement": "#8ccdf5",
    "leak": "#f08c2e",
    "drug": "#2fbf94",
    "patient": "#e79ad0",
    "picture": "#a9b0b8",
}
"""After the palette of Okabe and Ito (2008), which those who do not see red or green tell apart; each lane has its
own row and its name besides."""
KINDS: dict[str, Lane] = {
    "skin_punctured": "needle",
    "bone_entered": "needle",
    "channel_drilled": "needle",
    "biopsy_taken": "needle",
    "cannula_on_wire": "needle",
    "needle_removed": "needle",
    "touched": "breach",
    "wall_touched": "breach",
    "order_rule_broken": "breach",
    "wall_breached": "breach",
    "balloon_inserted": "balloon",
    "inflate": "balloon",
    "stop_criterion_met": "balloon",
    "pressure_alarm": "balloon",
    "balloon_ruptured": "balloon",
    "contrast_drawn_back": "balloon",
    "balloon_deflated": "balloon",
    "balloon_removed": "balloon",
    "cement_mixed": "cement",
    "injector_loaded": "cement",
    "injection_started": "cement",
    "injection_stopped": "cement",
    "cement_leaked": "leak",
    "cement_embolised": "leak",
    "tissue_heated": "leak",
    "anaesthetic_given": "drug",
    "drug_given": "drug",
    "oxygen_set": "drug",
    "fluid_given": "drug",
    "airway_supported": "drug",
    "complication_began": "patient",
    "deficit": "patient",
    "sign_seen": "patient",
    "vitals_alarm": "patient",
    "patient_moved": "patient",
    "help_called": "patient",
    "help_arrived": "patient",
    "exposed": "picture",
}
"""Kinds of events that have a mark, and one of commands: a step of a balloon."""
ONCE = ("cement_embolised",)
"""Comes every second for as long as it lasts: the first is marked."""


@dataclass(frozen=True)
class Mark:
    """Something that happened: when (tick), in which lane, and the row that says so."""

    tick: int
    lane: Lane
    kind: str
    row: Mapping[str, Any]

    @property
    def at_s(self) -> float:
        """Seconds since the case began."""
        return self.tick / TICK_HZ


def marks_of(evidence: Evidence) -> tuple[Mark, ...]:
    """All marks in order of time."""
    rows = [row for row in evidence.events if row["kind"] in KINDS]
    rows += [row for row in evidence.commands if row["kind"] == "inflate"]
    found: list[Mark] = []
    seen: set[str] = set()
    for row in sorted(rows, key=lambda row: row["tick"]):
        kind = row["kind"]
        if kind in ONCE and kind in seen:
            continue
        seen.add(kind)
        found.append(Mark(int(row["tick"]), KINDS[kind], kind, row))
    return tuple(found)


def injections_s(evidence: Evidence) -> tuple[tuple[float, float], ...]:
    """When cement was being injected: pairs of begin and end, seconds."""
    spans: list[tuple[float, float]] = []
    began: float | None = None
    for row in evidence.of_kind("injection_started", "injection_stopped"):
        if row["kind"] == "injection_started":
            began = evidence.seconds(row) if began is None else began
        elif began is not None:
            spans.append((began, evidence.seconds(row)))
            began = None
    return tuple(spans) if began is None else (*spans, (began, evidence.duration_s))


def next_mark(marks: Sequence[Mark], tick: int, way: int) -> Mark | None:
    """The nearest mark after (way 1) or before (way -1) a tick; None where there is none."""
    ticks = [mark.tick for mark in marks]
    at = bisect_right(ticks, tick) if way > 0 else bisect_left(ticks, tick) - 1
    return marks[at] if 0 <= at < len(marks) else None


def label(say: Wording, mark: Mark) -> str:
    """What a mark says, in the user's language."""
    values = {name: word(say, value) for name, value in mark.row.items() if name not in ("kind", "row", "tick")}
    return say(f"mark.{mark.kind}", **values)


def word(say: Wording, value: Any) -> Any:
    """A value of a row in the user's language, where it is a word that has one."""
    if not isinstance(value, str):
        return value
    for table in ("place", "value"):
        if say.has(f"{table}.{value}"):
            return say(f"{table}.{value}")
    return value


def shots_of(evidence: Evidence) -> dict[str, tuple[Row, ...]]:
    """Rows of exposures by plane, in order."""
    planes: dict[str, list[Row]] = {}
    for row in evidence.of_kind("exposed"):
        planes.setdefault(str(row["plane"]), []).append(row)
    return {plane: tuple(rows) for plane, rows in planes.items()}

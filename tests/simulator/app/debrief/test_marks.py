"""Marks on the time bar, and their words in every language."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from simulator.app.debrief.marks import KINDS, Mark, injections_s, label, marks_of, next_mark
from simulator.app.wording import LANGUAGES, Wording
from simulator.assessment.evidence import Evidence
from simulator.devices.ground import DESTINATIONS
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.events import Event
from simulator.engine.recording import Recording
from tests.simulator.app.debrief.conftest import PUNCTURED, SHOT

FIELDS = {one.__dataclass_fields__["kind"].default: one for one in (*get_args(Event), c.Inflate)}


def flat(kind: str) -> dict[str, object]:
    """A row of a kind with a value of the right type in every field."""
    row: dict[str, object] = {"row": "event", "kind": kind, "tick": 0}
    for field in dataclasses.fields(FIELDS[kind]):
        numeric = "int" in str(field.type) or "float" in str(field.type)
        row |= {field.name: 1.5 if numeric else "canal"} if field.name != "kind" else {}
    return row


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_mark_has_words(kind: str, language: str) -> None:
    mark = Mark(0, KINDS[kind], kind, flat(kind))
    assert len(label(Wording(language), mark)) > 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_place_has_a_name(case: Case, language: str) -> None:
    say = Wording(language)
    for place in (*DESTINATIONS, *case.probe.hazard_names):
        if " L" not in place and " T" not in place:
            assert say.has(f"place.{place}"), place


def test_marks_are_where_things_happened(short_recording: Recording) -> None:
    marks = marks_of(Evidence.of(short_recording))
    assert [m.tick for m in marks] == sorted(m.tick for m in marks)
    assert [m.tick for m in marks if m.kind == "skin_punctured"] == [PUNCTURED]
    assert [m.row["plane"] for m in marks if m.tick == SHOT] == ["A", "B"]
    assert {m.lane for m in marks} >= {"needle", "drug", "picture"}


def test_the_nearest_mark_either_way() -> None:
    marks = [Mark(tick, "needle", "skin_punctured", {}) for tick in (10, 20, 20, 30)]
    assert next_mark(marks, 10, 1) is marks[1]
    assert next_mark(marks, 20, 1) is marks[3]
    assert next_mark(marks, 20, -1) is marks[0]
    assert next_mark(marks, 30, 1) is None
    assert next_mark(marks, 10, -1) is None
    assert next_mark([], 10, 1) is None


def test_injections_are_spans(short_recording: Recording) -> None:
    rows = [
        {"kind": kind, "tick": tick}
        for kind, tick in (("injection_started", 60), ("injection_stopped", 120), ("injection_started", 150))
    ]
    evidence = dataclasses.replace(Evidence.of(short_recording), events=tuple(rows), duration_s=4.0)
    assert injections_s(evidence) == ((1.0, 2.0), (2.5, 4.0))

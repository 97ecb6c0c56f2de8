"""Every event is told or has a reason not to be, in words of the user's language."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from simulator.app.procedure.sentences import UNSAID, sentence
from simulator.app.wording import LANGUAGES, Wording
from simulator.devices.instruments import Tool
from simulator.engine import events as e
from simulator.engine.patient.drive import Airway
from simulator.engine.patient.drugs import DRUG_NAMES
from simulator.engine.patient.gas import Device
from simulator.engine.patient.numbness import Site
from simulator.engine.patient.signs import TOXIC
from simulator.engine.patient.vitals import ALARMS
from simulator.engine.state import MarkKind

EVENTS = {one.__dataclass_fields__["kind"].default: one for one in get_args(e.Event)}
ASKED = {"refused", "patient_answered"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_event_is_told_or_has_a_reason_not_to_be(language: str) -> None:
    say = Wording(language)
    said = {kind for kind in EVENTS if say.has(f"event.{kind}")}
    assert said | UNSAID.keys() | ASKED == EVENTS.keys()
    assert not said & UNSAID.keys()


@pytest.mark.parametrize("truth", ["cement_leaked", "touched", "deficit", "complication_began", "wall_breached"])
def test_truth_is_not_told(truth: str) -> None:
    made = {f.name: None for f in dataclasses.fields(EVENTS[truth]) if f.name != "kind"}
    assert sentence(Wording(), EVENTS[truth](**made)) is None


def test_words_in_events_are_in_the_users_language() -> None:
    german = Wording("de")
    assert sentence(german, e.StyletMoved("left", False)) == "Der Mandrin der Kanüle (links) ist draußen."
    assert sentence(german, e.SignSeen("wheeze")) == "Der Patient: pfeifender Atem."
    answered = e.PatientAnswered(True, 3.0, "one is weak", ("short of breath",))
    assert sentence(german, answered) == "„Schmerz 3 von 10.“ Beine: eines ist schwach. Atemnot."
    assert sentence(Wording(), e.PatientAnswered(False, None, "")) == "The patient does not answer."
    assert sentence(Wording(), e.Refused({}, "no bone there")) == "Not possible: no bone there."


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_that_events_and_lists_carry_have_texts(language: str) -> None:
    say = Wording(language)
    words = {*get_args(Tool), *get_args(Airway), *get_args(Device), *get_args(Site), *get_args(MarkKind)}
    words |= {*DRUG_NAMES, *ALARMS, *(name for name, _, _ in TOXIC)}
    assert {word for word in words if not say.has(f"value.{word}")} == set()

"""What the message line says of an event, in the user's language. Pure, no Qt."""

from __future__ import annotations

from typing import Any

from simulator.app.wording import Wording
from simulator.engine import events as e
from simulator.engine.wording import told

UNSAID = {
    "exposed": "the picture says it",
    "touched": "truth: hands do not know it",
    "released": "truth: hands do not know it",
    "wall_touched": "truth: hands do not know it",
    "wall_released": "truth: hands do not know it",
    "order_rule_broken": "truth: pictures show it to those who look",
    "stop_criterion_met": "truth: pictures and manometer show it to those who look",
    "wall_breached": "truth: pictures and a falling pressure show it to those who look",
    "cement_leaked": "truth: pictures show it to those who look",
    "cement_embolised": "truth: pictures and the patient show it",
    "tissue_heated": "truth: nothing in the room measures it",
    "deficit": "truth: it is learnt by asking the patient",
    "hint_asked": "the hint itself is said",
    "complication_began": "truth: nothing of it is shown but what it does",
}
"""Kinds of events that a trainee is not told, and why. All others have a sentence ("event.<kind>")."""


def sentence(say: Wording, event: e.Event) -> str | None:
    """The sentence about an event; None for what is not told. Raises KeyError where a text is missing."""
    if isinstance(event, e.Refused):
        return say("room.refused", why=told(event.why, say.language))
    if event.kind in UNSAID:
        return None
    if isinstance(event, e.PatientAnswered):
        return _answer(say, event)
    fields = {name: _word(say, getattr(event, name)) for name in event.__dataclass_fields__}
    return say(f"event.{event.kind}", **fields)


def _answer(say: Wording, event: e.PatientAnswered) -> str:
    if not event.answers:
        return say("answer.none")
    complaints = ", ".join(_word(say, one) for one in event.complaints) or say("answer.nothing_else")
    return say("answer.some", pain=event.pain, legs=_word(say, event.legs), complaints=complaints)


def _word(say: Wording, value: Any) -> Any:
    """A value in the user's language, where it is a word that has one."""
    if isinstance(value, bool):
        value = "in" if value else "out"
    return say(f"value.{value}") if isinstance(value, str) and say.has(f"value.{value}") else value

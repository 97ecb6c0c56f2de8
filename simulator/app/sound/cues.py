"""What is to be heard now: from states and events to cues. Pure: no Qt, no sound library, no wall clock.

Only what a room lets one hear: the monitor's pulse and alarms, the console, the syringe's beeper, instruments at
work. Nothing that happens inside the patient has a sound of its own (``procedure.sentences.UNSAID``): a breach,
a leak or a contact is heard only as far as a hand would feel it, in the needle's resistance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from simulator.app.sound.tones import Priority
from simulator.engine import events as e
from simulator.engine.patient.monitor import FINGER_DELAY, heart_phase
from simulator.engine.patient.vitals import Vitals, alarming
from simulator.engine.readouts import Readout
from simulator.engine.state import TICK_HZ, State

BURST_EVERY_S: dict[Priority, float] = {"high": 8.0, "medium": 15.0}
"""From the beginning of a burst to the next (preset; IEC 60601-1-8 allows pauses of 2.5 to 15 and to 30 s)."""
ABOUT = {
    "saturation_percent": "oxygen",
    "breaths_per_min": "ventilation",
    "end_tidal_co2_mmhg": "ventilation",
    "mean_pressure_mmhg": "cardiac",
    "heart_rate": "cardiac",
}
URGENT: dict[str, tuple[float, float]] = {
    "saturation_percent": (85.0, 101.0),
    "breaths_per_min": (4.0, 60.0),
    "end_tidal_co2_mmhg": (5.0, 90.0),
    "mean_pressure_mmhg": (50.0, 150.0),
    "heart_rate": (35.0, 150.0),
}
"""Vitals outside of these alarm with high priority (presets); no breath at all is an apnoea."""
KNOCK_TICKS = 24
FAST_PULSES_PER_S = 7.5
"""Pulses that come faster are heard as one hum."""
LEAST_SWING_MMHG = 10.0
"""Between systole and diastole; below it the oximeter finds no pulse."""
LONGEST_GAP_S = 2.0
"""What is older than this (a pause, a session that was taken up again) is not made up for."""


@dataclass(frozen=True)
class Cue:
    """A sound to be played once: "pulse" (level: saturation, per cent), "alarm" (about, priority), "syringe",
    "exposure", "mallet", "drill" or "refusal"."""

    sound: str
    about: str = ""
    priority: Priority = "medium"
    saturation: int = 0


@dataclass(frozen=True)
class Sounding:
    """Cues of this moment, and how loud (0 to 1) each sound is that goes on; those not named are silent."""

    once: tuple[Cue, ...] = ()
    held: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Ear:
    """What was heard last: the tick, the alarm and when its burst began, the last knock."""

    tick: int | None = None
    alarm: tuple[str, Priority] | None = None
    burst_tick: int = 0
    knock_tick: int = -KNOCK_TICKS


def listen(
    ear: Ear, state: State, events: Sequence[e.Event], felt: Sequence[Readout], *, alarms: bool = True
) -> tuple[Ear, Sounding]:
    """What is to be heard between the moment before and this one. felt: read-outs of the needles; alarms: whether
    the monitor's alarms sound; an alarm that stands when they sound again is heard at once."""
    cues: list[Cue] = []
    if _beats(ear, state):
        cues.append(Cue("pulse", saturation=round(state.vitals.saturation_percent)))
    ear, bursts = _alarms(ear, state) if alarms else (replace(ear, alarm=None), [])
    cues += bursts
    ear, knocks = _knocks(ear, state)
    cues += knocks
    cues += _told(state, events)
    held = {}
    if _beam(state):
        held["beam"] = 1.0
    loudest = max(felt, key=lambda one: one.resistance, default=None)
    if loudest is not None and loudest.timbre != "silence" and loudest.resistance > 0.0:
        held[loudest.timbre] = loudest.resistance
    return replace(ear, tick=state.tick), Sounding(tuple(dict.fromkeys(cues)), held)


def _beats(ear: Ear, state: State) -> bool:
    """Whether a pulse has reached the finger since the last moment."""
    if ear.tick is None or not 0 < state.tick - ear.tick <= LONGEST_GAP_S * TICK_HZ:
        return False
    vitals = state.vitals
    if vitals.systolic_mmhg - vitals.diastolic_mmhg < LEAST_SWING_MMHG or vitals.heart_rate <= 0.0:
        return False
    times = np.array([ear.tick, state.tick]) / TICK_HZ - FINGER_DELAY
    before, now = np.floor(heart_phase(vitals, state.body, state.tick, times))
    return bool(now > before)


def most_urgent(vitals: Vitals) -> tuple[str, Priority] | None:
    """The one alarm that sounds: high before medium, then in the order of ABOUT."""
    out = alarming(vitals)
    found: list[tuple[str, Priority]] = []
    for name, about in ABOUT.items():
        low, high = URGENT[name]
        if name in out:
            found.append((about, "medium" if low <= out[name] <= high else "high"))
    return min(found, key=lambda one: one[1] != "high", default=None)


def _alarms(ear: Ear, state: State) -> tuple[Ear, list[Cue]]:
    now = most_urgent(state.vitals)
    if now is None:
        return replace(ear, alarm=None), []
    if now == ear.alarm and 0 <= state.tick - ear.burst_tick < BURST_EVERY_S[now[1]] * TICK_HZ:
        return ear, []
    return replace(ear, alarm=now, burst_tick=state.tick), [Cue("alarm", *now)]


def _knocks(ear: Ear, state: State) -> tuple[Ear, list[Cue]]:
    """The mallet, while it drives a cannula on."""
    driven = any(n is not None and n.technique == "mallet" and n.feed_mm > 0.0 for n in state.needles)
    if not driven or 0 <= state.tick - ear.knock_tick < KNOCK_TICKS:
        return ear, []
    return replace(ear, knock_tick=state.tick), [Cue("mallet")]


def _beam(state: State) -> bool:
    """Whether X-rays run so fast that they hum."""
    if state.mode != "continuous" and state.pulses_per_s <= FAST_PULSES_PER_S:
        return False
    between = TICK_HZ / state.pulses_per_s if state.mode != "continuous" else 2.0
    return any(
        p.pedal and p.last_pulse_tick is not None and state.tick - p.last_pulse_tick <= between + 2.0
        for p in state.planes
    )


def _told(state: State, events: Sequence[e.Event]) -> list[Cue]:
    cues = []
    hums = state.mode == "continuous" or state.pulses_per_s > FAST_PULSES_PER_S
    for event in events:
        if isinstance(event, e.Refused):
            cues.append(Cue("refusal"))
        elif isinstance(event, e.PressureAlarm):
            cues.append(Cue("syringe"))
        elif isinstance(event, e.Exposed) and (event.single or not hums):
            cues.append(Cue("exposure"))
        elif isinstance(event, e.ChannelDrilled) or (
            isinstance(event, e.ToolMoved) and event.tool.startswith("drill")
        ):
            cues.append(Cue("drill"))
    return cues

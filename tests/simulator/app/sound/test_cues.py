"""What is heard when: beats, alarms, beam, instruments; and nothing that only the truth knows."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import get_args

import pytest

from simulator.app.procedure.sentences import UNSAID
from simulator.app.sound.cues import BURST_EVERY_S, Cue, Ear, Sounding, listen, most_urgent
from simulator.engine import commands as c
from simulator.engine import events as e
from simulator.engine.case import Case, initial_state
from simulator.engine.patient.vitals import Vitals
from simulator.engine.readouts import readouts
from simulator.engine.state import TICK_HZ, State
from simulator.engine.step import step


def heard(
    case: Case, state: State, commands: list[c.Command], seconds: float
) -> tuple[State, Counter[str], list[Sounding]]:
    """Sounds of the next seconds, listened to 30 times a second as the window does; commands come first."""
    ear, count, all_of_it, waiting = Ear(), Counter[str](), [], []
    for tick in range(round(seconds * TICK_HZ)):
        state, events = step(case, state, commands if tick == 1 else [])
        waiting += events
        if tick % 2 == 0:
            ear, sounding = listen(ear, state, waiting, list(readouts(case, state).values()))
            count.update(cue.sound for cue in sounding.once)
            all_of_it.append(sounding)
            waiting = []
    return state, count, all_of_it


def test_a_beat_for_each_beat_of_the_heart(case: Case) -> None:
    state = initial_state(case)
    _, count, sounds = heard(case, state, [], 12.0)
    assert count["pulse"] == pytest.approx(state.vitals.heart_rate / 60.0 * 12.0, abs=1.5)
    assert set(count) == {"pulse"}
    pulses = [cue for sounding in sounds for cue in sounding.once]
    assert all(cue.saturation == pytest.approx(state.vitals.saturation_percent, abs=1.5) for cue in pulses)


def test_what_has_passed_is_not_made_up_for(case: Case) -> None:
    state = initial_state(case)
    ear, _ = listen(Ear(), state, [], [])
    _, sounding = listen(ear, replace(state, tick=state.tick + 60 * TICK_HZ), [], [])
    assert not sounding.once


@pytest.mark.parametrize(
    ("vitals", "wanted"),
    [
        (Vitals(), None),
        (Vitals(saturation_percent=88.0), ("oxygen", "medium")),
        (Vitals(saturation_percent=80.0), ("oxygen", "high")),
        (Vitals(breaths_per_min=7.0), ("ventilation", "medium")),
        (Vitals(breaths_per_min=0.0, end_tidal_co2_mmhg=0.0, saturation_percent=88.0), ("ventilation", "high")),
        (Vitals(mean_pressure_mmhg=60.0), ("cardiac", "medium")),
        (Vitals(mean_pressure_mmhg=45.0, saturation_percent=85.0), ("cardiac", "high")),
    ],
)
def test_the_most_urgent_alarm_sounds(vitals: Vitals, wanted: tuple[str, str] | None) -> None:
    assert most_urgent(vitals) == wanted


def test_an_alarm_repeats_itself_and_a_worse_one_comes_at_once(case: Case) -> None:
    state = replace(initial_state(case), vitals=Vitals(saturation_percent=88.0))
    ear, bursts = Ear(), []
    for second in range(40):
        if second == 20:
            state = replace(state, vitals=Vitals(saturation_percent=80.0))
        ear, sounding = listen(ear, replace(state, tick=second * TICK_HZ), [], [])
        bursts += [(second, cue.priority) for cue in sounding.once if cue.sound == "alarm"]
    assert bursts == [(0, "medium"), (15, "medium"), (20, "high"), (28, "high"), (36, "high")]
    assert BURST_EVERY_S == {"high": 8.0, "medium": 15.0}
    ear, sounding = listen(ear, replace(state, tick=40 * TICK_HZ, vitals=Vitals()), [], [])
    assert ear.alarm is None
    assert {cue.sound for cue in sounding.once} <= {"pulse"}


@pytest.mark.parametrize(("rate", "ticks", "hum"), [(3.75, 7, False), (15.0, 0, True)])
def test_the_beam_ticks_or_hums(case: Case, rate: float, ticks: int, hum: bool) -> None:
    state, count, sounds = heard(case, initial_state(case), [c.SetPulseRate(rate), c.PressPedal("A")], 2.0)
    assert count["exposure"] == pytest.approx(ticks, abs=1)
    assert any("beam" in sounding.held for sounding in sounds) == hum
    _, _, sounds = heard(case, state, [c.ReleasePedal("A")], 1.0)
    assert "beam" not in sounds[-1].held


def test_the_mallet_knocks_while_it_drives(case: Case) -> None:
    state = initial_state(case)
    state, _, _ = heard(case, state, [c.PunctureSkin("left", -25.0, 0.0, 15.0, 5.0)], 0.2)
    state, count, _ = heard(case, state, [c.Advance("left", 6.0, "push")], 1.0)
    assert "mallet" not in count
    _, count, sounds = heard(case, state, [c.Advance("left", 6.0, "mallet")], 2.0)
    assert 1 <= count["mallet"] <= 3
    assert any("soft tissue" in sounding.held for sounding in sounds)
    assert sounds[-1].held == {}, "silence while nothing moves"


def test_refusal_syringe_and_drill_are_heard(case: Case) -> None:
    state = initial_state(case)
    told: list[tuple[e.Event, str]] = [
        (e.Refused({}, "no"), "refusal"),
        (e.PressureAlarm("left", 700.0, 700.0), "syringe"),
        (e.ChannelDrilled("left", 5.0), "drill"),
        (e.ToolMoved("left", "drill 2.5", 5.0), "drill"),
    ]
    for event, sound in told:
        assert listen(Ear(), state, [event, event], [])[1].once == (Cue(sound),)


def test_nothing_that_is_not_told_is_heard(case: Case) -> None:
    """Truth has no sound: every kind that the message line keeps to itself is silent, except pulses of X-rays."""
    state = initial_state(case)
    kinds = {one.__dataclass_fields__["kind"].default: one for one in get_args(e.Event)}
    for kind in set(UNSAID) - {"exposed"} | {"cortex_broken", "bone_entered", "needle_removed"}:
        event = object.__new__(kinds[kind])
        assert listen(Ear(), state, [event], [])[1] == Sounding(), kind


def test_in_an_alarm_pause_nothing_but_alarms_is_silent(case: Case) -> None:
    """The pulse goes on, and so does the syringe's beeper, which is not the monitor's."""
    ill = replace(initial_state(case), vitals=Vitals(saturation_percent=80.0))
    ear, heard_now = Ear(tick=0), Counter[str]()
    beeps = [e.PressureAlarm("left", 410.0, 400.0)]
    for tick in range(2, 4 * TICK_HZ, 2):
        ear, sounding = listen(ear, replace(ill, tick=tick), beeps if tick == 100 else [], [], alarms=False)
        heard_now.update(cue.sound for cue in sounding.once)
    assert heard_now["pulse"] > 2
    assert heard_now["syringe"] == 1
    assert heard_now["alarm"] == 0
    _, sounding = listen(ear, replace(ill, tick=4 * TICK_HZ), [], [])
    assert Cue("alarm", "oxygen", "high") in sounding.once, "what stands when the pause ends is heard at once"

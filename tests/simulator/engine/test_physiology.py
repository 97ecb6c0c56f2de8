"""The patient's reactions: towards what they should be, with their time constants, within what a body has."""

from __future__ import annotations

from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.physiology import ALARMS, Felt, Stimulus, Vitals, alarming, reacted, wanted_pain
from simulator.engine.state import State
from simulator.engine.step import step
from tests.simulator.engine.playing import after, approach, kinds


def later(stimulus: Stimulus, seconds: int, vitals: Vitals | None = None) -> Vitals:
    """Vitals after some seconds of a stimulus."""
    vitals = Vitals() if vitals is None else vitals
    for _ in range(seconds):
        vitals = reacted(vitals, stimulus, 1.0)
    return vitals


def test_left_alone_the_patient_stays_as_he_is() -> None:
    """At rest nothing changes and nothing alarms."""
    assert astuple(later(Stimulus(), 600)) == pytest.approx(astuple(Vitals()))
    assert alarming(Vitals()) == {}


def test_seconds_do_not_matter() -> None:
    """Pain after ten single seconds is pain after ten seconds; it reaches 63 % in its time constant of 8 s."""
    hurt = Stimulus(periosteum=1.0)
    assert later(hurt, 10).pain == pytest.approx(reacted(Vitals(), hurt, 10.0).pain)
    assert later(hurt, 8).pain == pytest.approx(7.5 * (1.0 - np.exp(-1.0)))


def test_pain_adds_up_to_ten() -> None:
    """Periosteum, balloon, injection and a touched root hurt more together, never above 10."""
    grades = [wanted_pain(s) for s in (
        Stimulus(), Stimulus(injecting=True), Stimulus(balloon_kpa=700.0), Stimulus(periosteum=1.0),
        Stimulus(periosteum=1.0, balloon_kpa=700.0, injecting=True, root_contact=True),
    )]  # fmt: skip
    assert grades == [0.0, 1.5, 2.5, 7.5, 10.0]


def test_cement_lowers_pressure_and_saturation_as_measured() -> None:
    """4 ml: mean pressure -9 mmHg (Albers), saturation -0.6 % (Kaufmann), in the end."""
    end = later(Stimulus(cement_ml=4.0), 1200)
    assert end.mean_pressure_mmhg == pytest.approx(97.0 - 9.0, abs=0.01)
    assert end.saturation_percent == pytest.approx(96.0 - 0.6, abs=0.01)


def test_emboli_alarm() -> None:
    """Two ml of cement in veins bring saturation below 90 %."""
    assert "saturation_percent" in alarming(later(Stimulus(cement_ml=4.0, venous_ml=2.0), 600))


@settings(max_examples=40, deadline=None, database=None, derandomize=True)
@given(st.floats(0, 1), st.floats(0, 4000), st.floats(0, 80), st.floats(0, 80), st.booleans())
def test_vitals_stay_within_a_body(
    periosteum: float, balloon: float, cement: float, venous: float, root: bool
) -> None:
    """Whatever is done: no negative pressure, no saturation above 100 %, and pain from 0 to 10."""
    end = later(Stimulus(periosteum, balloon, True, cement, venous, root), 400)
    assert 0.0 <= end.pain <= 10.0
    assert 0.0 < end.mean_pressure_mmhg < 140.0
    assert 50.0 <= end.saturation_percent <= 100.0
    assert 40.0 < end.heart_rate <= 180.0


def test_alarm_limits_are_strict() -> None:
    """At its limit a vital does not alarm; beyond it does."""
    for name, (low, high) in ALARMS.items():
        assert alarming(replace(Vitals(), **{name: low})) == {}
        assert set(alarming(replace(Vitals(), **{name: low - 0.01}))) == {name}
        assert set(alarming(replace(Vitals(), **{name: high + 0.01}))) == {name}


def test_local_anaesthetic_takes_most_of_the_pain(case: Case) -> None:
    """Metal in bone hurts; after a full block it hurts a seventh of that."""
    pains = {}
    for given_ml in (0.0, 8.0):
        script = [*approach(case, "right", 8.0)]
        script[0] = (1, [*([c.GiveLocalAnaesthetic("right", given_ml)] if given_ml else []), *script[0][1]])
        state: State = after(case, script[:2])[0]
        pains[given_ml] = after(case, [(180, [c.Advance("right", 20.0, "mallet")])], state)[0].vitals.pain
    assert pains[0.0] > 1.0
    assert pains[8.0] == pytest.approx(0.15 * pains[0.0], rel=0.02)


def test_a_push_between_two_looks_at_the_patient_hurts(case: Case, in_bone: State) -> None:
    """A tap that begins and ends within a second is felt, as long as it lasted."""
    rested = after(case, [(60 * 60 - in_bone.tick % 60, [])], in_bone)[0]
    state, moved = step(case, after(case, [(5, [])], rested)[0], [c.Advance("right", 0.2, "mallet")])[0], 1
    while state.needles[1].feed_mm != 0.0:
        state, moved = step(case, state)[0], moved + 1
    assert 2 <= moved < 50
    assert state.felt.periosteum_s > 0.0
    after_it = after(case, [(60, [])], state)[0]
    assert after_it.vitals.pain > rested.vitals.pain + 1e-3
    assert after_it.felt == Felt()


def test_an_alarm_is_raised_once(case: Case, in_bone: State) -> None:
    """An alarm that goes on is one event; one that comes again is another."""
    low = replace(in_bone, vitals=replace(in_bone.vitals, saturation_percent=80.0), tick=6000)
    state, events = after(case, [(200, [])], low)
    assert kinds(events).count("vitals_alarm") == 1
    assert state.alarms == ("saturation_percent",)
    well = replace(state, vitals=Vitals())
    state, events = after(case, [(60, [])], well)
    assert state.alarms == ()
    again = replace(state, vitals=replace(state.vitals, saturation_percent=80.0))
    assert kinds(after(case, [(60, [])], again)[1]).count("vitals_alarm") == 1

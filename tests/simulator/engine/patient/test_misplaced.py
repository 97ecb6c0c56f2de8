"""Local anaesthetic through the fine needle: into a layer, a vessel, the canal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.devices.fine_needle import FineNeedle
from simulator.engine import commands as c
from simulator.engine import events as e
from simulator.engine.case import Case, initial_state
from simulator.engine.fine_needling import fine_needle_site
from simulator.engine.reacting import felt, stimulus_of
from simulator.engine.state import State
from simulator.engine.step import step
from tests.simulator.engine.playing import after

GIVE = c.GiveLocalAnaesthetic("right", 10.0, site="needle")


def test_without_a_fine_needle_it_is_refused(case: Case) -> None:
    _, events = step(case, initial_state(case), [GIVE])
    assert [ev.kind for ev in events] == ["refused"]


def in_the(case: Case, site: str) -> State:
    """A state with the tip of the fine needle in a site, found along lines through the target's level."""
    start = case.patient.landmarks[f"{case.patient.column.target} body centre"]
    for aside in (0.0, 25.0, 35.0):
        for depth in range(-120, 60, 2):
            tip = (float(start[0]) + aside, float(start[1]) + depth, float(start[2]))
            needle = FineNeedle(22, (tip[0], tip[1] - 60.0, tip[2]), (0.0, 1.0, 0.0), 60.0)
            state = replace(initial_state(case), fine_needle=needle)
            if fine_needle_site(case, state) == site:
                return state
    raise AssertionError(f"no {site} on these lines")


@pytest.mark.parametrize(("site", "layer"), [("periosteum", "periosteum"), ("muscle", "muscle")])
def test_a_layer_is_numbed_where_the_tip_lies(case: Case, site: str, layer: str) -> None:
    state, events = after(case, [(3600, [GIVE])], in_the(case, site))
    assert [ev.site for ev in events if isinstance(ev, e.AnaestheticGiven)] == [site]
    numb = state.body.numb[1]
    assert getattr(numb, layer) > 0.9
    assert max(getattr(numb, other) for other in ("skin", "muscle", "periosteum") if other != layer) == 0.0


def test_into_a_vessel_it_poisons_in_seconds(case: Case) -> None:
    """300 mg: signs within a minute, where infiltrated it gives none; nothing is numbed."""
    much = replace(GIVE, volume_ml=30.0)
    state, events = after(case, [(3600, [much])], in_the(case, "vessel"))
    assert [ev.fault for ev in events if isinstance(ev, e.AnaestheticGiven)] == ["into the vein"]
    assert "seizure" in [ev.sign for ev in events if isinstance(ev, e.SignSeen)]
    assert state.body.numb[1].muscle == 0.0
    _, events = after(case, [(3600, [replace(much, volume_ml=20.0)])], in_the(case, "muscle"))
    assert not [ev for ev in events if isinstance(ev, e.SignSeen)]


def test_into_the_canal_it_blocks(case: Case) -> None:
    """Legs go numb, pressure falls, and the breath weakens with much of it."""
    state, events = after(case, [(60 * 300, [GIVE])], in_the(case, "canal"))
    assert [ev.fault for ev in events if isinstance(ev, e.AnaestheticGiven)] == ["into the canal"]
    assert {"legs heavy and numb", "weak voice"} <= {ev.sign for ev in events if isinstance(ev, e.SignSeen)}
    assert state.vitals.mean_pressure_mmhg < 85.0
    assert state.breathing.depth_wanted < 0.85
    _, events = step(case, state, [c.AskPatient()])
    assert [ev.legs for ev in events if isinstance(ev, e.PatientAnswered)] == ["both are weak"]


def test_a_fine_needle_stings_and_may_touch_what_it_should_not(case: Case) -> None:
    state = in_the(case, "vessel")
    inserted = e.FineNeedleInserted(22, 60.0, "vessel", False, (), 0.0)
    assert felt(state, [inserted]).felt.sting == 2.0
    assert stimulus_of(case, state).bleeding_ml_min > 0.0
    assert stimulus_of(case, in_the(case, "muscle")).bleeding_ml_min == 0.0

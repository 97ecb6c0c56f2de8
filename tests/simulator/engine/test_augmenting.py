"""Balloon and cement in the fractured body: cavities, lift and recoil, leaks, and nothing lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatomy.regions import IN_BONE, Region
from simulator.devices.balloon import Balloon
from simulator.devices.lifting import recoiled_amplitude
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.inflating import inflated
from simulator.engine.leaks import cement_by_region_ml, embolised_ml, in_patient_ml, leaked_ml
from simulator.engine.measuring import outcome
from simulator.engine.state import State, with_side
from simulator.physics.filling import Filling
from tests.simulator.engine.playing import MIXED_TICKS, after, kinds


class Jack(Balloon):
    """A device that keeps pressing as hard whatever gives way."""

    def advanced(self, *_: object) -> Jack:
        """As it was."""
        return self


@pytest.fixture(scope="module")
def opened(case: Case, in_bone: State) -> State:
    """A channel drilled, cement mixed."""
    script = [(MIXED_TICKS, [c.RemoveStylet("right"), c.Drill("right", 18.0), c.MixCement()])]
    return after(case, script, in_bone)[0]


@pytest.fixture(scope="module")
def up(case: Case, opened: State) -> State:
    """A balloon of 1.5 ml that has rested, in a body of which a quarter of the loss has come back."""
    state, _ = after(case, [(1100, [c.InsertBalloon("right"), c.Inflate("right", 1.5)])], opened)
    return replace(state, amplitude=0.75, lowest_amplitude=0.75)


def test_a_balloon_that_bears_on_the_endplate_lifts_it(case: Case, up: State) -> None:
    """350 N against 200 N of load: height comes back towards 150 N / 22 N/mm, and the outcome says how much."""
    balloon, collapse = up.balloons[1], case.ground.collapse
    assert balloon is not None
    assert collapse is not None
    fields = {name: getattr(balloon, name) for name in ("side", "model", "distal_mm", "proximal_mm", "volume_ml")}
    strong = Jack(**fields, pressure_kpa=1000.0, bearing_mm2=350.0)
    state = replace(up, balloons=(None, strong), amplitude=1.0, lowest_amplitude=1.0)
    rising = [1.0]
    for _ in range(200):
        state, _ = inflated(case, state)
        rising.append(state.amplitude)
    assert rising == sorted(rising, reverse=True)
    gain_mm = min(150.0 / 22.0, collapse.mobile_share * collapse.lost_anterior_mm)
    assert (1.0 - state.amplitude) * collapse.lost_anterior_mm == pytest.approx(gain_mm, rel=1e-3)
    assert state.lowest_amplitude == state.amplitude
    row = outcome(case, state)["reduction"]
    assert row["anterior_height_now_mm"] - row["anterior_height_found_mm"] == pytest.approx(gain_mm, abs=0.02)
    assert row["anterior_height_best_mm"] == row["anterior_height_now_mm"]


def test_the_cavity_is_as_large_as_the_balloon_was(case: Case, up: State) -> None:
    """Emptied, the balloon leaves its volume as room, and the bone it pushed aside around it."""
    empty, events = after(case, [(0, [c.Deflate("right")])], up)
    assert kinds(events) == ["balloon_deflated"]
    cavity, taken = empty.opened.cavity, empty.opened.mineral_taken
    assert cavity is not None
    assert taken is not None
    assert float(cavity.sum(dtype=np.float64)) * case.ground.grid.voxel_ml == pytest.approx(1.5, rel=1e-4)
    assert abs(float(taken.sum(dtype=np.float64))) < 1e-4 * float(np.abs(taken).sum(dtype=np.float64))
    assert empty.balloons[1] is not None
    assert (empty.balloons[1].volume_ml, empty.balloons[1].pressure_kpa) == (0.0, 0.0)


def test_height_sinks_back_once(case: Case, up: State) -> None:
    """Deflation costs Rotter's share; emptying what is empty, pulling it out or trying anew costs nothing."""
    collapse = case.ground.collapse
    assert collapse is not None
    once, _ = after(case, [(0, [c.Deflate("right")])], up)
    assert once.amplitude == pytest.approx(recoiled_amplitude(collapse, up.amplitude))
    assert once.lowest_amplitude == up.lowest_amplitude
    more = (c.Deflate("right"), c.RemoveBalloon("right"), c.InsertBalloon("right"), c.Deflate("right"))
    again, events = after(case, [(12, [command]) for command in more], once)
    assert "refused" not in kinds(events)
    assert again.amplitude == once.amplitude


def test_a_burst_costs_the_same_height(case: Case, up: State) -> None:
    """A ruptured balloon holds nothing up: cavity and recoil are those of a deflation."""
    balloon = up.balloons[1]
    assert balloon is not None
    weak = replace(balloon, model=replace(balloon.model, rated_psi=5.0), wanted_ml=1.6)
    state = replace(up, balloons=with_side(up.balloons, "right", weak))
    burst, events = inflated(case, state)
    assert "balloon_ruptured" in kinds(events)
    gentle, _ = after(case, [(0, [c.Deflate("right")])], up)
    assert burst.amplitude == pytest.approx(gentle.amplitude, abs=1e-3)
    assert burst.opened.cavity is not None
    assert burst.balloons[1] is not None
    assert burst.balloons[1].ruptured
    settled, _ = after(case, [(12, []), (0, [c.Deflate("right"), c.RemoveBalloon("right")])], replace(burst))
    assert settled.amplitude == burst.amplitude
    assert settled.balloons[1] is None


def test_deflating_forgets_what_was_wanted(case: Case, opened: State) -> None:
    """Inflate and Deflate in one tick leave the balloon empty."""
    both = [c.InsertBalloon("right"), c.Inflate("right", 1.0), c.Deflate("right")]
    state, _ = after(case, [(60, both)], opened)
    assert state.balloons[1] is not None
    assert state.balloons[1].volume_ml == 0.0


def test_reasons_to_stop_are_met_once(case: Case, up: State) -> None:
    """Each criterion is one event, kept in the state; pressure and volume go by the product's numbers."""
    up, _ = inflated(case, up)
    balloon = up.balloons[1]
    assert balloon is not None
    limits = {"pressure": {"rated_psi": 0.95 * balloon.pressure_psi}, "volume": {"ceiling_ml": 1.505}}
    for criterion, limit in limits.items():
        tight = replace(balloon, wanted_ml=1.52, model=replace(balloon.model, **limit))
        state = replace(up, balloons=with_side(up.balloons, "right", tight), stop_criteria=((), ()))
        state, events = inflated(case, state)
        met = [e.criterion for e in events if e.kind == "stop_criterion_met"]
        assert criterion in met
        assert state.stop_criteria[1] == tuple(met)
        _, more = inflated(case, state)
        assert criterion not in [e.criterion for e in more if e.kind == "stop_criterion_met"]


def test_cement_goes_into_the_cavity_and_is_all_there(case: Case, up: State) -> None:
    """After 90 s of cement: cavity first, and injected = in bone + leaked by destination + bores + came back."""
    script = [(1, [c.Deflate("right")]), (1, [c.RemoveBalloon("right")]), (1800, [c.StartInjection("right", 3.0)])]
    state, _ = after(case, script, up)
    batch, now = state.batch, case.ground.at(state.amplitude)
    assert batch.injected_ml == pytest.approx(1.5, rel=0.01)
    regions = cement_by_region_ml(now, state)
    assert sum(regions.values()) + embolised_ml(state) == pytest.approx(in_patient_ml(state), abs=1e-9)
    kept = sum(regions.get(r, 0.0) for r in IN_BONE) + sum(leaked_ml(now, state).values())
    assert kept + sum(batch.bore_ml) + batch.backflow_ml == pytest.approx(batch.injected_ml, abs=1e-6)
    row = outcome(case, state)["cement"]
    assert row["cavity_filled_percent"] > 40.0
    cavity = state.opened.cavity
    assert cavity is not None
    within = np.minimum(batch.filling.on_grid(), cavity * now.grid.voxel_ml).sum()
    assert within > 0.8 * batch.filling.total_ml


def filled(case: Case, state: State, region: Region, ml: float) -> State:
    """The state with cement put into voxels of a region near the canal's height, mixed and flowing."""
    now = case.ground.at(state.amplitude)
    voxels = np.argwhere(now.label == region)
    middle = np.array(now.grid.shape) / 2.0
    nearest = voxels[np.argsort(((voxels - middle) ** 2).sum(axis=1), kind="stable")[:400]]
    cement_ml = np.zeros(now.grid.shape)
    cement_ml[tuple(nearest.T)] = ml / len(nearest)
    filling = Filling(now.grid.shape, (0, 0, 0), cement_ml, np.zeros(now.grid.shape))
    return replace(state, batch=replace(state.batch, filling=filling, injected_ml=ml, mixed_tick=0))


@pytest.mark.parametrize("region", [r for r in Region if r not in IN_BONE])
def test_leaks_are_told_by_destination(case: Case, in_bone: State, region: Region) -> None:
    """Cement in a region outside bone is that region's leak, all of it."""
    if not (case.ground.at(1.0).label == region).any():
        pytest.skip(f"this patient's region grid has no {region.name}")
    state = filled(case, in_bone, region, 0.2)
    (leak,) = leaked_ml(case.ground.at(state.amplitude), state).values()
    assert leak == pytest.approx(0.2)


def test_a_leak_is_told_once(case: Case, opened: State) -> None:
    """The first time cement is seen by truth in a place outside bone is an event; the second is not."""
    state = filled(case, opened, Region.CANAL, 0.2)
    state, events = after(case, [(60, [c.StartInjection("right", 0.5)])], state)
    assert [e.destination for e in events if e.kind == "cement_leaked"] == ["canal"]
    assert "canal" in state.leaked


def test_a_cannula_drawn_out_frees_its_side(case: Case, opened: State) -> None:
    """What filled its bore has come back with it, and a new cannula is empty."""
    full = replace(opened, batch=replace(opened.batch, bore_ml=(0.0, 0.4), injected_ml=0.4))
    out, _ = after(case, [(600, [c.Withdraw("right", 130.0)])], full)
    assert out.needles[1] is None
    assert out.batch.bore_ml == (0.0, 0.0)
    assert out.batch.backflow_ml == pytest.approx(0.4)

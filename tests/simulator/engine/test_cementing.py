"""Cement in a session: hands that take time, injectors that run empty, the stylet, a second batch, replay."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simulator.devices.cement_products import CEMENTS
from simulator.devices.injectors import INJECTORS
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.cementing import cemented
from simulator.engine.leaks import in_patient_ml
from simulator.engine.recording import parse
from simulator.engine.replay import verify
from simulator.engine.session import new_session
from simulator.engine.state import TICK_HZ, State
from tests.simulator.engine.playing import MIXED_TICKS, after, approach, kinds, play


def with_tools(case: Case, **changes: Any) -> Case:
    """The case with other instruments on the table."""
    tools = case.scenario.instruments.model_copy(update=changes)
    return replace(case, scenario=case.scenario.model_copy(update={"instruments": tools}))


@pytest.fixture(scope="module")
def syringe(case: Case) -> Case:
    """The case with a syringe and two batches of 4 ml."""
    return with_tools(case, injector="syringe", batches=2, batch_ml=4.0)


@pytest.fixture(scope="module")
def ready(syringe: Case, in_bone: State) -> State:
    """A cannula in bone without its stylet, cement mixed, the syringe loaded."""
    return after(syringe, [(MIXED_TICKS, [c.RemoveStylet("right"), c.MixCement()])], in_bone)[0]


def accounted(state: State) -> None:
    """Both accounts to 1e-9 ml."""
    batch = state.batch
    made = batch.bowl_ml + batch.loaded_ml + batch.injected_ml + batch.wasted_ml
    assert made == pytest.approx(batch.mixed_ml, abs=1e-9)
    kept = sum(batch.bore_ml) + in_patient_ml(state) + batch.backflow_ml
    assert kept == pytest.approx(batch.injected_ml, abs=1e-9)


def test_mixing_and_loading_take_the_time_of_product_and_injector(case: Case, in_bone: State) -> None:
    """Cement's clock runs from pouring; the first filler is ready after mixing and loading, and told once."""
    product, model = CEMENTS["high viscosity"], INJECTORS["fillers"]
    seconds = product.mixing_s + model.load_s
    early, events = after(case, [(round((seconds - 1.0) * TICK_HZ), [c.MixCement()])], in_bone)
    assert kinds(events) == ["cement_mixed"]
    assert early.batch.loaded_ml == 0.0
    state, events = after(case, [(2 * TICK_HZ, [])], early)
    assert [(e.kind, e.number, e.volume_ml) for e in events if e.kind == "injector_loaded"] == [  # type: ignore[union-attr]
        ("injector_loaded", 1, 1.5)
    ]
    assert (state.batch.loaded_ml, state.batch.bowl_ml) == (1.5, product.batch_ml - 1.5)
    assert state.batch.cure > early.batch.cure > 0.0


def test_an_empty_syringe_stops_and_goes_on_when_filled(syringe: Case, ready: State) -> None:
    """3 ml of 4, then the last one; then nothing is left. Every millilitre is accounted for on the way."""
    state, events = after(syringe, [(3 * 600 + 700, [c.StartInjection("right", 8.0)])], ready)
    stops = [e.by for e in events if e.kind == "injection_stopped"]  # type: ignore[union-attr]
    assert stops == ["empty"]
    assert state.batch.injected_ml == pytest.approx(3.0, abs=1e-9)
    accounted(state)
    again = [(16 * TICK_HZ, [c.LoadInjector()]), (900, [c.StartInjection("right", 8.0)])]
    state, events = after(syringe, again, state)
    assert kinds(events)[:2] == ["injector_loaded", "injection_started"]
    assert state.batch.injected_ml == pytest.approx(4.0, abs=1e-9)
    _, events = after(syringe, [(0, [c.LoadInjector()])], state)
    assert kinds(events) == ["refused"]
    accounted(state)


def test_a_second_batch_is_mixed_and_a_third_is_not(syringe: Case, ready: State) -> None:
    """What was left of the first is wasted; the clock starts anew."""
    state, _ = after(syringe, [(MIXED_TICKS, [c.MixCement()])], ready)
    assert (state.batch.batches, state.batch.mixed_ml, state.batch.wasted_ml) == (2, 8.0, 4.0)
    assert state.batch.mixed_tick == ready.tick
    _, events = after(syringe, [(0, [c.MixCement()])], state)
    assert "2 batches" in events[0].why  # type: ignore[union-attr]
    accounted(state)


def test_the_stylet_pushes_the_bore_empty(syringe: Case, ready: State) -> None:
    """What the bore holds comes into bone, then the stylet is in; stopped half-way it is not."""
    script = [(900, [c.StartInjection("right", 3.0)]), (0, [c.StopInjection()])]
    full, _ = after(syringe, script, ready)
    assert full.batch.bore_ml[1] > 0.3
    state, events = after(syringe, [(1200, [c.InsertStylet("right")])], full)
    assert kinds(events)[0] == "injection_started"
    assert [e.by for e in events if e.kind == "injection_stopped"] == ["stylet"]  # type: ignore[union-attr]
    assert kinds(events)[-1] == "stylet_moved"
    needle = state.needle("right")
    assert needle is not None
    assert needle.stylet
    assert state.batch.bore_ml[1] == pytest.approx(0.0, abs=1e-9)
    assert state.batch.injected_ml == full.batch.injected_ml
    assert in_patient_ml(state) > in_patient_ml(full) + 0.3
    accounted(state)
    half, _ = after(syringe, [(120, [c.InsertStylet("right")]), (0, [c.StopInjection()])], full)
    needle = half.needle("right")
    assert needle is not None
    assert not needle.stylet
    assert 0.1 < half.batch.bore_ml[1] < full.batch.bore_ml[1]
    accounted(half)


def test_a_held_force_is_felt_as_its_pressure(syringe: Case, ready: State) -> None:
    """60 N on a plunger of 8.66 mm are 1019 kPa while cement flows."""
    state, events = after(syringe, [(60, [c.InjectByForce("right", 60.0)])], ready)
    assert kinds(events) == ["injection_started"]
    assert state.batch.flow_ml_s > 0.0
    assert state.batch.pressure_kpa <= 1018.7
    _, events = after(with_tools(syringe, injector="screw"), [(0, [c.InjectByForce("right", 60.0)])], ready)
    assert "turned, not pushed" in events[0].why  # type: ignore[union-attr]


def test_a_drop_tells_consistency_and_costs_its_volume(syringe: Case, ready: State) -> None:
    """High-viscosity cement looks like honey at first and is hard in the end."""
    words = []
    state = ready
    for cure in (state.batch.cure, 0.05, 0.2, 0.4, 0.75):
        state = replace(state, batch=replace(state.batch, cure=cure))
        state, events = after(syringe, [(0, [c.SampleCement()])], state)
        words.append(events[0].consistency)  # type: ignore[union-attr]
    assert words[0] == "honey"
    assert words[-1] == "hard"
    assert state.batch.wasted_ml == pytest.approx(5 * 0.05)
    accounted(state)


def test_cement_in_the_cannula_sets_first(syringe: Case, ready: State) -> None:
    """Left standing, bone or cannula set while the syringe is still soft; then nothing goes through any more."""
    script = [(900, [c.StartInjection("right", 5.0)]), (0, [c.StopInjection()])]
    full, _ = after(syringe, script, ready)
    later, _ = after(syringe, [(8 * 60 * TICK_HZ, [])], full)
    _, events = after(syringe, [(0, [c.StartInjection("right", 3.0)])], later)
    assert events[0].kind == "refused"
    assert "in the right" in events[0].why  # type: ignore[union-attr]


def test_a_session_with_all_of_it_replays_to_the_bit(syringe: Case) -> None:
    """Recorded and verified: load, force, drop, stylet."""
    session = new_session(syringe, "T-1")
    play(session, [
        (0, [c.MixCement()]), *approach(syringe, "right"), (MIXED_TICKS, [c.RemoveStylet("right")]),
        (600, [c.InjectByForce("right", 100.0)]), (6, [c.StopInjection()]), (6, [c.SampleCement()]),
        (960, [c.LoadInjector()]), (120, [c.InsertStylet("right")]), (10, [c.EndProcedure()]),
    ])  # fmt: skip
    assert session.state.batch.injected_ml > 0.1
    accounted(session.state)
    verdict = verify(parse(b"".join(session.recorder.lines), source="memory"), syringe)
    assert (verdict.result, verdict.exact, verdict.difference) == ("verified", True, "")


def test_cement_that_has_warmed_itself_cures_faster(syringe: Case, ready: State) -> None:
    """The bone around cures cement at 37 C, and at what its own heat has made of it."""
    flowing, _ = after(
        syringe, [(24 * TICK_HZ, [c.StartInjection("right", 3.0)]), (TICK_HZ, [c.StopInjection()])], ready
    )
    assert flowing.thermal is not None
    hotter = replace(
        flowing, thermal=replace(flowing.thermal, temperature_c=np.full_like(flowing.thermal.temperature_c, 70.0))
    )
    cures = [cemented(syringe, state)[0].batch.streams[1].front_cure for state in (flowing, hotter)]
    before = flowing.batch.streams[1].front_cure
    assert cures[0] - before > 0.0
    assert cures[1] - before > 2.0 * (cures[0] - before)


def test_viscosity_is_written_once_a_second(syringe: Case) -> None:
    """The trace of a recording follows the cement's viscosity."""
    session = new_session(syringe, "T-1")
    session.tick([c.MixCement()])
    for _ in range(90 * TICK_HZ):
        session.tick()
    rows = parse(b"".join(session.recorder.lines), source="memory").rows
    written = [row["viscosity_pa_s"] for row in rows if row["row"] == "trace" and "viscosity_pa_s" in row]
    assert len(written) >= 60
    assert written == sorted(written)
    assert written[-1] > written[0]

"""Orders to cement."""

from __future__ import annotations

from dataclasses import replace

from simulator.devices import cement
from simulator.engine import commands as c
from simulator.engine import events as e
from simulator.engine.case import Case
from simulator.engine.orders.common import Outcome, no_needle, unsteady
from simulator.engine.state import TICK_HZ, State, index_of


def mix_cement(case: Case, state: State, command: c.MixCement) -> Outcome:
    if state.batch.is_mixed:
        minutes = (state.tick - (state.batch.mixed_tick or 0)) / TICK_HZ / 60.0
        return f"the cement was mixed {minutes:.1f} min ago; this case has one batch"
    batch = replace(state.batch, mixed_tick=state.tick)
    return replace(state, batch=batch), [e.CementMixed(case.scenario.instruments.cement)]


def start_injection(case: Case, state: State, command: c.StartInjection) -> Outcome:
    batch, needle = state.batch, state.needle(command.side)
    if not batch.is_mixed:
        return "the cement has not been mixed; mix it first"
    if needle is None:
        return no_needle(command.side)
    if (why := unsteady(state, command.side, beside=frozenset({"filler"}))) is not None:
        return why
    if batch.side is not None:
        return f"cement is being injected on the {batch.side}; stop that first"
    if needle.stylet:
        return "the stylet is in the cannula; remove it before injecting"
    if not needle.in_bone:
        return "the cannula's tip is not in bone; cement would go into soft tissue"
    if cement.is_set(batch, case.cement):
        return "the cement has set; nothing can be injected any more"
    same = batch.bore_ml[index_of(command.side)] > 0.0
    batch = replace(
        batch,
        side=command.side,
        wanted_ml_s=command.rate_ml_per_min / 60.0,
        resistance_pa_s_m3=batch.resistance_pa_s_m3 if same else 0.0,
    )
    minutes = (state.tick - (batch.mixed_tick or 0)) / TICK_HZ / 60.0
    viscosity = cement.viscosity_pa_s(batch, case.cement)
    started = e.InjectionStarted(command.side, round(minutes, 3), round(viscosity, 1))
    return replace(state, batch=batch), [started]


def stop_injection(case: Case, state: State, command: c.StopInjection) -> Outcome:
    batch = state.batch
    if batch.side is None:
        return "no cement is being injected"
    stopped = e.InjectionStopped(batch.side, "hand", round(batch.filling.total_ml, 3))
    return replace(state, batch=replace(batch, side=None, flow_ml_s=0.0)), [stopped]

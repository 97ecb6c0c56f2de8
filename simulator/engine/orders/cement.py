"""Orders to cement."""

from __future__ import annotations

from dataclasses import replace

from anatomy.spec import Side
from simulator.devices import cement
from simulator.devices.injectors import INJECTORS
from simulator.engine import commands as c
from simulator.engine import events as e
from simulator.engine.case import Case
from simulator.engine.orders.common import Outcome, Refusal, no_needle, unsteady
from simulator.engine.state import TICK_HZ, State, index_of

DROP_ML = 0.05
"""Cement that a look at its consistency costs."""
_CONSISTENCY = ((100.0, "runs"), (500.0, "honey"), (2000.0, "toothpaste"), (10000.0, "dough"))
"""How a drop at the mouth of an injector looks below a viscosity in Pa.s (unconfirmed); beyond, it is hard."""
_NAMES = {"syringe": "the syringe", "screw": "the screw injector", "fillers": "the filler"}


def mix_cement(case: Case, state: State, command: c.MixCement) -> Outcome:
    batch, tools, product = state.batch, case.scenario.instruments, case.cement_product
    if batch.side is not None:
        return f"cement is being injected on the {batch.side}; stop that first"
    if batch.is_mixed and batch.batches >= tools.batches:
        had = "one batch" if tools.batches == 1 else f"{tools.batches} batches"
        return f"the cement was mixed {_minutes(state):.1f} min ago; this case has {had}"
    seconds = product.mixing_s + INJECTORS[tools.injector].load_s
    volume_ml = product.batch_ml if tools.batch_ml is None else tools.batch_ml
    batch = cement.mixed(batch, volume_ml, state.tick, state.tick + round(seconds * TICK_HZ))
    return replace(state, batch=batch), [e.CementMixed(tools.cement)]


def load_injector(case: Case, state: State, command: c.LoadInjector) -> Outcome:
    batch, injector = state.batch, case.scenario.instruments.injector
    if (why := _not_at_hand(state)) is not None:
        return why
    if batch.side is not None:
        return f"cement is being injected on the {batch.side}; stop that first"
    if cement.is_set(batch, case.cement):
        return "the cement has set; nothing can be drawn up any more"
    if batch.bowl_ml <= 0.0:
        return "the bowl is empty; the batch is used up"
    if batch.loaded_ml >= INJECTORS[injector].volume_ml - 1e-9:
        return f"{_NAMES[injector]} is full; inject it first"
    done = state.tick + round(INJECTORS[injector].load_s * TICK_HZ)
    return replace(state, batch=replace(batch, ready_tick=done)), []


def sample_cement(case: Case, state: State, command: c.SampleCement) -> Outcome:
    batch = state.batch
    if (why := _not_at_hand(state)) is not None:
        return why
    if batch.bowl_ml + batch.loaded_ml < DROP_ML:
        return "no cement is left to look at"
    viscosity = cement.viscosity_pa_s(batch, case.cement)
    looks = next((word for limit, word in _CONSISTENCY if viscosity < limit), "hard")
    sampled = e.CementSampled(round(_minutes(state), 3), round(viscosity, 1), looks)
    return replace(state, batch=cement.wasted(batch, DROP_ML)), [sampled]


def start_injection(case: Case, state: State, command: c.StartInjection) -> Outcome:
    if (why := _not_injectable(case, state, command.side)) is not None:
        return why
    return _started(case, state, command.side, rate_ml_s=command.rate_ml_per_min / 60.0)


def inject_by_force(case: Case, state: State, command: c.InjectByForce) -> Outcome:
    model = INJECTORS[case.scenario.instruments.injector]
    if model.turned:
        return "a screw injector is turned, not pushed; inject at a rate"
    if command.force_n > model.hand_n:
        return f"a hand gives {model.hand_n:.0f} N on {_NAMES[model.name]} at most; push with less"
    if (why := _not_injectable(case, state, command.side)) is not None:
        return why
    return _started(case, state, command.side, kpa=model.pressure_kpa(command.force_n))


def stop_injection(case: Case, state: State, command: c.StopInjection) -> Outcome:
    batch = state.batch
    if batch.side is None:
        return "no cement is being injected"
    stopped = e.InjectionStopped(batch.side, "hand", round(batch.filling.total_ml, 3))
    return replace(state, batch=cement.at_rest(batch)), [stopped]


def pushed_by_stylet(case: Case, state: State, side: Side) -> Outcome:
    """The state once the stylet begins to push a side's bore empty into bone, or why it cannot."""
    why = cement.set_where(replace(state.batch, by_stylet=True), case.cement, side, "syringe")
    if why is not None:
        return f"the cement in the {side} {why} has set; the stylet no longer goes in"
    return _started(case, state, side, by_stylet=True)


def _started(
    case: Case,
    state: State,
    side: Side,
    *,
    rate_ml_s: float = 0.0,
    kpa: float | None = None,
    by_stylet: bool = False,
) -> Outcome:
    batch = state.batch
    same = batch.bore_ml[index_of(side)] > 0.0
    batch = replace(
        batch,
        side=side,
        wanted_ml_s=rate_ml_s,
        wanted_kpa=kpa,
        by_stylet=by_stylet,
        resistance_pa_s_m3=batch.resistance_pa_s_m3 if same else 0.0,
    )
    viscosity = cement.viscosity_pa_s(batch, case.cement)
    started = e.InjectionStarted(side, round(_minutes(state), 3), round(viscosity, 1))
    return replace(state, batch=batch), [started]


def _not_injectable(case: Case, state: State, side: Side) -> Refusal | None:
    """Why nothing can be injected through a side's cannula now."""
    batch, needle, injector = state.batch, state.needle(side), case.scenario.instruments.injector
    if not batch.is_mixed:
        return "the cement has not been mixed; mix it first"
    if needle is None:
        return no_needle(side)
    if (why := unsteady(state, side, beside=frozenset({"filler"}))) is not None:
        return why
    if batch.side is not None:
        return f"cement is being injected on the {batch.side}; stop that first"
    if needle.stylet:
        return "the stylet is in the cannula; remove it before injecting"
    if not needle.in_bone:
        return "the cannula's tip is not in bone; cement would go into soft tissue"
    if (why := _not_at_hand(state)) is not None:
        return why
    where = cement.set_where(batch, case.cement, side, injector)
    if where is not None:
        place = "the cement" if where == "injector" else f"the cement in the {side} {where}"
        return f"{place} has set; nothing can be injected here any more"
    if batch.loaded_ml <= 1e-9:
        if batch.bowl_ml <= 0.0:
            return "the batch is used up; nothing is left to inject"
        return f"{_NAMES[injector]} is empty; load it first"
    return None


def _not_at_hand(state: State) -> Refusal | None:
    """Why the cement cannot be used at the moment."""
    batch = state.batch
    if not batch.is_mixed:
        return "the cement has not been mixed; mix it first"
    if batch.ready_tick is not None:
        seconds = max(batch.ready_tick - state.tick, 0) / TICK_HZ
        return f"hands are still busy mixing or loading the cement; wait {seconds:.0f} s"
    return None


def _minutes(state: State) -> float:
    return (state.tick - (state.batch.mixed_tick or 0)) / TICK_HZ / 60.0

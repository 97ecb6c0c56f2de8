"""Cement at work, ten times a second."""

from __future__ import annotations

import numpy as np

from anatomy.changing import changed
from anatomy.keeping import kept_with_first
from simulator.devices import bone_medium, cement
from simulator.devices.bone_medium import Injector
from simulator.devices.ground import GroundNow
from simulator.devices.venous import NO_CEMENT_IN_VEINS, VenousCement
from simulator.devices.warm_places import BODY_C
from simulator.engine.case import Case
from simulator.engine.draining import drained
from simulator.engine.events import CementLeaked, Event, InjectionStopped, InjectorLoaded, StyletMoved
from simulator.engine.heating import cement_temperature_c
from simulator.engine.leaks import leaked_ml
from simulator.engine.opened import mineral_now
from simulator.engine.state import DEVICE_EVERY, TICK_HZ, Opened, State, with_side
from simulator.physics.filling import squeeze
from simulator.physics.porous_medium import PorousMedium

TICK_S = DEVICE_EVERY / TICK_HZ
LEAK_NOTICED_ML = 0.01
_VISCOSITY_STEP = 1.1  # the medium is made anew when viscosity has changed by a tenth


def cemented(case: Case, state: State) -> tuple[State, list[Event]]:
    """The state after cement has aged and flowed for one device tick."""
    batch = state.batch
    if not batch.is_mixed:
        return state, []
    injector = case.scenario.instruments.injector
    # Cement in bone cures at body temperature, and faster where its own heat has made it warmer.
    bone_c = max(BODY_C, cement_temperature_c(state))
    batch = cement.aged(batch, case.cement, case.scenario.room.temperature_c, TICK_S, bone_c=bone_c)
    events: list[Event] = []
    if batch.ready_tick is not None and state.tick >= batch.ready_tick:
        batch = cement.loaded(batch, injector)
        events.append(InjectorLoaded(injector, batch.loads, round(batch.loaded_ml, 3)))
    if batch.side is None:
        if batch.loaded_ml > 0.0 and not any(state.balloons):  # bone is looked at before it has to take cement
            now, viscosity = case.ground.at(state.amplitude), cement.viscosity_pa_s(batch, case.cement)
            medium_now(now, state.opened, viscosity, injector, state.venous)
        return changed(state, batch=batch), events
    needle = state.needle(batch.side)
    if needle is None:  # taken out while injecting
        events.append(InjectionStopped(batch.side, "hand", round(batch.filling.total_ml, 3)))
        return changed(state, batch=cement.at_rest(batch)), events
    now = case.ground.at(state.amplitude)
    viscosity = cement.bone_viscosity_pa_s(batch, case.cement, needle.side)
    bone = medium_now(now, state.opened, viscosity, injector, state.venous)
    filling, lost_ml = squeeze(bone, batch.filling)
    batch = changed(batch, filling=filling, backflow_ml=batch.backflow_ml + lost_ml)
    batch, delivery = cement.injected(batch, case.cement, needle, bone, now, injector, TICK_S)
    batch, venous, lungs, embolised = drained(
        now, bone, batch, case.cement, needle.side, state.venous, state.emboli, TICK_S
    )
    events += embolised
    if delivery.blocked is not None:
        events.append(InjectionStopped(needle.side, delivery.blocked, round(batch.filling.total_ml, 3)))
        batch = cement.at_rest(batch)
        if delivery.blocked == "stylet":
            state = changed(state, needles=with_side(state.needles, needle.side, changed(needle, stylet=True)))
            events.append(StyletMoved(needle.side, True))
    state = changed(state, batch=batch, venous=venous, emboli=lungs)
    fresh = tuple(
        name for name, ml in leaked_ml(now, state).items() if ml > LEAK_NOTICED_ML and name not in state.leaked
    )
    if fresh:
        state = changed(state, leaked=(*state.leaked, *fresh))
        events += [CementLeaked(name) for name in fresh]
    return state, events


def prepared(case: Case, state: State) -> None:
    """What no viscosity changes of the bone, worked out between device ticks just before cement is drawn up, and
    from then on: with all the rest it would take too long for one. Nothing but time depends on it."""
    if state.tick % DEVICE_EVERY != 3 or any(state.balloons):
        return
    batch = state.batch
    if batch.loaded_ml > 0.0 or (batch.ready_tick is not None and state.tick > batch.ready_tick - DEVICE_EVERY):
        _parts(case.ground.at(state.amplitude), state.opened, case.scenario.instruments.injector)


def medium_now(
    now: GroundNow,
    opened: Opened,
    viscosity_pa_s: float,
    injector: Injector,
    venous: VenousCement = NO_CEMENT_IN_VEINS,
) -> PorousMedium:
    """Bone as cement meets it now; the last few are kept, viscosity in steps of a tenth."""
    steps = round(float(np.log(viscosity_pa_s) / np.log(_VISCOSITY_STEP)))
    return _medium(now, opened, steps, injector, venous.ease_steps)


@kept_with_first(2)
def _medium(
    now: GroundNow, opened: Opened, viscosity_steps: int, injector: Injector, ease_steps: tuple[int, ...]
) -> PorousMedium:
    venous = VenousCement(ease_steps=ease_steps)
    return bone_medium.of_parts(now, _parts(now, opened, injector), _VISCOSITY_STEP**viscosity_steps, venous)


@kept_with_first(1)
def _parts(now: GroundNow, opened: Opened, injector: Injector) -> bone_medium.Parts:
    cavity = opened.cavity if opened.cavity is not None else np.zeros(now.grid.shape, dtype=np.float32)
    channels = opened.channels if opened.channels is not None else np.zeros(now.grid.shape, dtype=bool)
    if opened.broken_out is not None:  # what a balloon has torn open lets cement through as a channel does
        channels = channels | opened.broken_out
    return bone_medium.parts(now, mineral_now(now, opened), cavity, channels, injector, opened.tracks)

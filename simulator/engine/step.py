"""One tick: the state and the commands in, the next state and events out. Pure.

Order inside a tick, always the same: commands, devices, patient, exposure, events. Limits live here and in the
devices, not in a window: a script cannot do what a hand cannot.
"""

from __future__ import annotations

from collections.abc import Sequence

from anatomy.changing import changed
from simulator.engine import cementing, exposing, heating, inflating, needling, reacting
from simulator.engine.case import Case
from simulator.engine.commands import Command, Expose
from simulator.engine.events import Event, Refused
from simulator.engine.orders import carry_out
from simulator.engine.state import DEVICE_EVERY, HEAT_EVERY, TICK_HZ, VITALS_EVERY, Plane, State


def step(case: Case, state: State, commands: Sequence[Command] = ()) -> tuple[State, list[Event]]:
    """The state one tick later and what happened in it. Neither case nor state is changed."""
    events: list[Event] = []
    singles = set()
    for command in commands:
        state, happened = carry_out(case, state, command)
        events += happened
        if isinstance(command, Expose) and not any(isinstance(h, Refused) for h in happened):
            singles.add(command.plane)
    if state.ended:
        return heating.looked_ahead(case, state).a_tick_later(), events
    state = _equipment_moved(case, state)
    state, happened = needling.fed(case, state)
    events += happened
    state = reacting.felt(state, events)
    inflating.prepared(case, state)
    cementing.prepared(case, state)
    if state.tick % DEVICE_EVERY == 0:
        state, happened = inflating.inflated(case, state)
        state = reacting.contrast_spilt(case, state, happened)
        events += happened
        state, happened = cementing.cemented(case, state)
        events += happened
    if state.tick % HEAT_EVERY == 0:
        state, happened = heating.heated(case, state)
        events += happened
    if state.tick % VITALS_EVERY == 0:
        state, happened = reacting.patient_reacted(case, state)
        events += happened
    state, pulses = exposing.pulses(case, state, frozenset(singles))
    events += pulses
    return state.a_tick_later(), events


def _equipment_moved(case: Case, state: State) -> State:
    if state.table.is_moving:
        state = changed(state, table=state.table.advanced(1.0 / TICK_HZ))
    if any(p.pose.is_moving for p in state.planes):
        state = changed(state, planes=tuple(_turned(case, p) for p in state.planes))
    return state


def _turned(case: Case, plane: Plane) -> Plane:
    return changed(plane, pose=plane.pose.advanced(case.carm(plane.name), 1.0 / TICK_HZ))

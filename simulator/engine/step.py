"""One tick: the state and the commands in, the next state and events out. Pure.

Order inside a tick, always the same: commands, devices, patient, exposure, events. Limits live here and in the
devices, not in a window: a script cannot do what a hand cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from anatomy.spec import SIDES
from simulator.engine import breathing, cementing, exposing, heating, inflating, needling
from simulator.engine.case import Case
from simulator.engine.commands import Command, Expose
from simulator.engine.events import Event, Refused, VitalsAlarm
from simulator.engine.leaks import leaked_ml
from simulator.engine.orders import carry_out
from simulator.engine.physiology import FULL_BLOCK_ML, Felt, Stimulus, alarming, reacted
from simulator.engine.state import DEVICE_EVERY, HEAT_EVERY, TICK_HZ, VITALS_EVERY, Plane, State, index_of


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
    state = _felt(state)
    if state.tick % DEVICE_EVERY == 0:
        state, happened = inflating.inflated(case, state)
        events += happened
        state, happened = cementing.cemented(case, state)
        events += happened
    if state.tick % HEAT_EVERY == 0:
        state, happened = heating.heated(case, state)
        events += happened
    if state.tick % VITALS_EVERY == 0:
        state, happened = _patient_reacted(case, state)
        events += happened
    state, pulses = exposing.pulses(case, state, frozenset(singles))
    events += pulses
    return state.a_tick_later(), events


def _equipment_moved(case: Case, state: State) -> State:
    if state.table.is_moving:
        state = replace(state, table=state.table.advanced(1.0 / TICK_HZ))
    if any(p.pose.is_moving for p in state.planes):
        state = replace(state, planes=tuple(_turned(case, p) for p in state.planes))
    return state


def _turned(case: Case, plane: Plane) -> Plane:
    return replace(plane, pose=plane.pose.advanced(case.carm(plane.name), 1.0 / TICK_HZ))


def _felt(state: State) -> State:
    """Touches are added up tick by tick, so that a short push hurts as it should."""
    periosteum = 0.0
    for side in SIDES:
        needle = state.needle(side)
        if needle is not None and needle.bone_mm > 0.0 and needle.feed_mm != 0.0:
            numb = min(state.anaesthetic_ml[index_of(side)] / FULL_BLOCK_ML, 1.0)
            periosteum = max(periosteum, 1.0 - 0.85 * numb)
    root = any(c.structure.startswith("nerve root") for w in state.needlework for c in w.contacts)
    if periosteum == 0.0 and root == state.felt.root:
        return state
    return replace(state, felt=Felt(state.felt.periosteum_s + periosteum / TICK_HZ, state.felt.root or root))


def _patient_reacted(case: Case, state: State) -> tuple[State, list[Event]]:
    """Vitals a second later, and alarms that have just begun."""
    vitals = reacted(state.vitals, _stimulus(case, state), VITALS_EVERY / TICK_HZ)
    now = alarming(vitals)
    events: list[Event] = [VitalsAlarm(n, round(v, 1)) for n, v in now.items() if n not in state.alarms]
    breath = breathing.reacted(state.breathing, vitals, state.tick)
    return replace(state, vitals=vitals, breathing=breath, felt=Felt(), alarms=tuple(now)), events


def _stimulus(case: Case, state: State) -> Stimulus:
    """What the patient has felt in the last second and bears now."""
    cement_ml = venous_ml = 0.0
    if state.batch.filling.total_ml > 0.0:
        leaks = leaked_ml(case.ground.at(state.amplitude), state)
        venous_ml = leaks.get("epidural vein", 0.0) + leaks.get("segmental vein", 0.0)
        cement_ml = state.batch.filling.total_ml
    return Stimulus(
        periosteum=min(state.felt.periosteum_s * TICK_HZ / VITALS_EVERY, 1.0),
        balloon_kpa=max((b.pressure_kpa for b in state.balloons if b is not None), default=0.0),
        injecting=state.batch.side is not None,
        cement_ml=cement_ml,
        venous_ml=venous_ml,
        root_contact=state.felt.root,
    )

"""States with the patient and cement where a test wants them, and the pulses that are given then."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.events import Event, Exposed
from simulator.engine.state import State
from simulator.engine.step import step
from simulator.imaging.carm import PlaneName


def pulses(events: list[Event]) -> list[Exposed]:
    """The exposures among events."""
    return [event for event in events if isinstance(event, Exposed)]


def shifted(case: Case, *shift_mm: float) -> State:
    """The beginning, with the table at rest somewhere: across, along, up."""
    state = initial_state(case)
    across, along, up = shift_mm
    table = replace(state.table, shift_mm=(across, along, up), wanted_mm=(across, along, up))
    return replace(state, table=table)


def centred(case: Case) -> State:
    """The target in the middle of both views."""
    return shifted(case, 0.0, 0.0, -8.0)


def cemented(case: Case, state: State, share: float) -> State:
    """The state with a share of the target body's volume taken by cement."""
    ground = case.ground.at(state.amplitude)
    cement_ml = np.where(ground.body_mm < 0.0, share * ground.grid.voxel_ml, 0.0)
    filling = replace(state.batch.filling, cement_ml=cement_ml, head_per_m3=0.0 * cement_ml, start=(0, 0, 0))
    return replace(state, batch=replace(state.batch, filling=filling))


def shot(case: Case, state: State, plane: PlaneName = "A") -> Exposed:
    """A single shot of a state."""
    (found,) = pulses(step(case, state, [c.Expose(plane)])[1])
    return found


def on_pedal(
    case: Case, state: State, ticks: int, plane: PlaneName = "A"
) -> tuple[State, list[tuple[int, Exposed]]]:
    """The state after so many ticks with the pedal down, and its pulses with their ticks."""
    found: list[tuple[int, Exposed]] = []
    for tick in range(ticks):
        pressed = [c.PressPedal(plane)] if tick == 0 else []
        now = state.tick
        state, events = step(case, state, pressed)
        found += [(now, pulse) for pulse in pulses(events) if pulse.plane == plane]
    state, _ = step(case, state, [c.ReleasePedal(plane)])
    return state, found

"""Balloons at work, ten times a second."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from anatomy.spec import SIDES, Side
from simulator.devices import balloon as balloons
from simulator.devices.balloon import Balloon
from simulator.devices.bed import Bed
from simulator.devices.ground import GroundNow
from simulator.engine.case import Case
from simulator.engine.events import BalloonRuptured, Event, StopCriterionMet
from simulator.engine.opened import mineral_now
from simulator.engine.state import DEVICE_EVERY, TICK_HZ, Opened, State, index_of, with_side

TICK_S = DEVICE_EVERY / TICK_HZ
CONTACT_SEEN_MM2 = 12.0
"""Contact of a balloon with endplate or cortex from which it counts (preset)."""


def inflated(case: Case, state: State) -> tuple[State, list[Event]]:
    """The state after balloons have grown, pressed and lifted for one device tick."""
    events: list[Event] = []
    if all(b is None or (b.volume_ml <= 0.0 and b.wanted_ml <= 0.0) for b in state.balloons):
        return state, events
    now = case.ground.at(state.amplitude)
    for side in SIDES:
        old = state.balloon(side)
        if old is None or old.ruptured:
            continue
        new = balloons.inflated(old, bed_of(now, state.opened), _taken(state, side), TICK_S)
        if new is old:
            continue
        if new.ruptured:
            events.append(BalloonRuptured(side, round(new.volume_ml, 2)))
        found, events_found = _criteria(case, state, side, new, now)
        events += events_found
        state = replace(
            state,
            balloons=with_side(state.balloons, side, new),
            stop_criteria=with_side(state.stop_criteria, side, found),
        )
        if new.ruptured:
            state = deflated(case, state, side)
    return _lifted(case, state), events


@lru_cache(maxsize=4)
def bed_of(now: GroundNow, opened: Opened) -> Bed:
    """The bone a balloon lies in now, earlier cavities and drilled channels emptied."""
    mineral = mineral_now(now, opened)
    if opened.channels is not None:
        mineral = np.where(opened.channels, np.float32(0.0), mineral)
    return Bed(now.grid, mineral, now.room, now.roof_mm)


def _taken(state: State, side: Side) -> NDArray[np.float32] | None:
    """Room that the other balloon holds (None if it holds none)."""
    other = state.balloons[1 - index_of(side)]
    return None if other is None else other.share


def _criteria(
    case: Case, state: State, side: Side, new: Balloon, now: GroundNow
) -> tuple[tuple[str, ...], list[Event]]:
    """Reasons to stop that are met now, and events for those met for the first time (clinical M21)."""
    met = []
    if new.contact_mm2 > CONTACT_SEEN_MM2:
        met.append("endplate")
    if new.share is not None:
        touching = int(np.count_nonzero(new.share[now.cortex_side] > 0.5))
        if touching * float(now.grid.voxel_mm[0]) ** 2 > CONTACT_SEEN_MM2:
            met.append("cortex")
    if new.pressure_psi >= new.model.rated_psi:
        met.append("pressure")
    if new.volume_ml >= new.model.ceiling_ml:
        met.append("volume")
    collapse = case.ground.collapse
    if collapse is not None and (1.0 - state.amplitude) >= 0.9 * collapse.mobile_share > 0.0:
        met.append("height")
    known = state.stop_criteria[index_of(side)]
    fresh = [c for c in met if c not in known]
    events: list[Event] = [
        StopCriterionMet(side, c, round(new.volume_ml, 2), round(new.pressure_psi, 1)) for c in fresh
    ]
    return (*known, *fresh), events


def _lifted(case: Case, state: State) -> State:
    """The endplate lifted by all balloons together."""
    collapse = case.ground.collapse
    if collapse is None:
        return state
    force = sum(balloons.lift_n(b) for b in state.balloons if b is not None)
    amplitude = balloons.raised_amplitude(collapse, state.amplitude, force, TICK_S, rest=case.rest_amplitude)
    if amplitude == state.amplitude:
        return state
    return replace(state, amplitude=amplitude, lowest_amplitude=min(state.lowest_amplitude, amplitude))


def deflated(case: Case, state: State, side: Side) -> State:
    """The state after a balloon was emptied: its cavity stays, and with the last one part of the height goes.

    Emptying an empty balloon only forgets what it was still to be filled with.
    """
    old = state.balloon(side)
    held_up = old is not None and old.volume_ml > 0.0
    state = _emptied(case, state, side)
    collapse = case.ground.collapse
    still_up = any(b is not None and b.volume_ml > 0.0 for b in state.balloons)
    if collapse is None or still_up or not held_up:
        return state
    sunk = balloons.recoiled_amplitude(collapse, state.amplitude, rest=case.rest_amplitude)
    return replace(state, amplitude=sunk)


def _emptied(case: Case, state: State, side: Side) -> State:
    """The balloon of a side without its contrast, its room left behind as a cavity."""
    old = state.balloon(side)
    if old is None:
        return state
    if old.share is None:
        return replace(state, balloons=with_side(state.balloons, side, replace(old, wanted_ml=0.0)))
    now = case.ground.at(state.amplitude)
    taken = balloons.mineral_taken(old.share, bed_of(now, state.opened))
    cavity, before = state.opened.cavity, state.opened.mineral_taken
    opened = replace(
        state.opened,
        cavity=old.share if cavity is None else np.maximum(cavity, old.share),
        mineral_taken=taken if before is None else before + taken,
    )
    empty = replace(
        old,
        volume_ml=0.0,
        wanted_ml=0.0,
        pressure_kpa=0.0,
        strain=0.0,
        share=None,
        contact_mm2=0.0,
        bearing_mm2=0.0,
    )
    return replace(state, opened=opened, balloons=with_side(state.balloons, side, empty))

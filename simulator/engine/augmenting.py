"""Balloon and cement at work, ten times a second."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from anatomy.regions import Region
from anatomy.spec import SIDES, Side
from simulator.devices import balloon as balloons
from simulator.devices import cement
from simulator.devices.balloon import Balloon
from simulator.devices.bed import Bed
from simulator.devices.ground import GroundNow, leak_destination
from simulator.engine.case import Case
from simulator.engine.events import BalloonRuptured, CementLeaked, Event, InjectionStopped, StopCriterionMet
from simulator.engine.state import DEVICE_EVERY, TICK_HZ, Opened, State, index_of, with_side
from simulator.physics.filling import squeeze
from simulator.physics.porous_medium import PorousMedium

TICK_S = DEVICE_EVERY / TICK_HZ
LEAK_NOTICED_ML = 0.01
CONTACT_SEEN_MM2 = 12.0
"""Contact of a balloon with endplate or cortex from which it counts (preset)."""
_VISCOSITY_STEP = 1.1  # the medium is made anew when viscosity has changed by a tenth


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


def mineral_now(now: GroundNow, opened: Opened) -> NDArray[np.float32]:
    """Mineral (i, j, k) with what balloons have pushed aside."""
    if opened.mineral_taken is None:
        return now.mineral
    return np.maximum(now.mineral - opened.mineral_taken, 0.0)


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


def cemented(case: Case, state: State) -> tuple[State, list[Event]]:
    """The state after cement has aged and flowed for one device tick."""
    batch = state.batch
    if not batch.is_mixed:
        return state, []
    batch = cement.aged(batch, case.cement, case.scenario.room.temperature_c, TICK_S)
    if batch.side is None:
        return replace(state, batch=batch), []
    needle = state.needle(batch.side)
    if needle is None:  # taken out while injecting
        stopped = InjectionStopped(batch.side, "hand", round(batch.filling.total_ml, 3))
        return replace(state, batch=replace(batch, side=None, flow_ml_s=0.0)), [stopped]
    now = case.ground.at(state.amplitude)
    injector = case.scenario.instruments.injector
    bone = medium_now(now, state.opened, cement.viscosity_pa_s(batch, case.cement), injector)
    filling, lost_ml = squeeze(bone, batch.filling)
    batch = replace(batch, filling=filling, backflow_ml=batch.backflow_ml + lost_ml)
    batch, delivery = cement.injected(batch, case.cement, needle, bone, now, injector, TICK_S)
    events: list[Event] = []
    if delivery.blocked is not None:
        events.append(InjectionStopped(needle.side, delivery.blocked, round(batch.filling.total_ml, 3)))
        batch = replace(batch, side=None, flow_ml_s=0.0)
    state = replace(state, batch=batch)
    fresh = tuple(
        name for name, ml in leaked_ml(now, state).items() if ml > LEAK_NOTICED_ML and name not in state.leaked
    )
    if fresh:
        state = replace(state, leaked=(*state.leaked, *fresh))
        events += [CementLeaked(name) for name in fresh]
    return state, events


def medium_now(now: GroundNow, opened: Opened, viscosity_pa_s: float, injector: cement.Injector) -> PorousMedium:
    """Bone as cement meets it now; the last few are kept, viscosity in steps of a tenth."""
    return _medium(now, opened, round(float(np.log(viscosity_pa_s) / np.log(_VISCOSITY_STEP))), injector)


@lru_cache(maxsize=4)
def _medium(now: GroundNow, opened: Opened, viscosity_steps: int, injector: cement.Injector) -> PorousMedium:
    cavity = opened.cavity if opened.cavity is not None else np.zeros(now.grid.shape, dtype=np.float32)
    channels = opened.channels if opened.channels is not None else np.zeros(now.grid.shape, dtype=bool)
    viscosity = _VISCOSITY_STEP**viscosity_steps
    return cement.medium(now, mineral_now(now, opened), cavity, channels, viscosity, injector)


def cement_by_region_ml(now: GroundNow, state: State) -> dict[Region, float]:
    """Cement by the region it lies in now."""
    filling = state.batch.filling
    labels = now.label[filling.window].ravel()
    sums = np.bincount(labels, filling.cement_ml.ravel(), minlength=max(Region) + 1)
    return {Region(int(number)): float(sums[number]) for number in np.flatnonzero(sums > 0.0)}


def leaked_ml(now: GroundNow, state: State) -> dict[str, float]:
    """Cement outside bone by destination."""
    out = {}
    for region, ml in cement_by_region_ml(now, state).items():
        destination = leak_destination(region)
        if destination is not None:
            out[destination] = ml
    return out

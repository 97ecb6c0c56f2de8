"""Balloons at work, ten times a second."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatomy.changing import changed
from anatomy.keeping import kept_with_first
from anatomy.spec import SIDES, Side
from simulator.devices import expander, lifting, manometer, shell, spill
from simulator.devices.balloon import BURST_SHARE, Balloon
from simulator.devices.bed import Bed, bed_in
from simulator.devices.ground import Ground, GroundNow
from simulator.engine.case import Case
from simulator.engine.events import BalloonRuptured, Event, PressureAlarm, StopCriterionMet, WallBreached
from simulator.engine.opened import mineral_now
from simulator.engine.state import DEVICE_EVERY, TICK_HZ, Opened, Spilled, State, index_of, with_side

TICK_S = DEVICE_EVERY / TICK_HZ
STREAM = 0x73706963  # "spic": whether a spicule pierces a balloon
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
        luck = _luck(case, state, side) if old.wanted_ml > old.volume_ml else 1.0
        new = old.advanced(bed_of(case.ground, now, state.opened), _taken(state, side), TICK_S, luck)
        if new is old:
            continue
        new, told = _alarmed(case, old, new)
        events += told
        if new.ruptured:
            events.append(BalloonRuptured(side, round(new.volume_ml, 2), new.burst_by))
        found, told = _criteria(case, state, side, new, now)
        events += told
        state = changed(
            state,
            balloons=with_side(state.balloons, side, new),
            stop_criteria=with_side(state.stop_criteria, side, found),
        )
        state, told = _broken_out(case, state, new, now)
        events += told
        if new.ruptured:
            state = deflated(case, _contrast_spilled(case, state, new, now), side)
    return _lifted(case, state), events


def prepared(case: Case, state: State) -> None:
    """Work of the next device tick done in the ticks before it: where the endplate has moved, the ground and the
    bed have to be read anew, and all at once would take too long for a tick. Nothing but time depends on it."""
    if all(b is None or b.ruptured for b in state.balloons):
        return
    phase = state.tick % DEVICE_EVERY
    if phase == 2:
        case.ground.at(state.amplitude)
    elif phase == 4:
        near = bed_of(case.ground, case.ground.at(state.amplitude), state.opened).near
        near.hollow  # noqa: B018 - found once and kept
        if near.wall is not None:
            shell.shell_mm(near)


def _luck(case: Case, state: State, side: Side) -> float:
    """A number from 0 to 1 for a side and a tick."""
    return float(np.random.default_rng([case.seed, STREAM, state.tick, index_of(side)]).random())


def bed_of(ground: Ground, now: GroundNow, opened: Opened) -> Bed:
    """The bone a balloon lies in now, earlier cavities and drilled channels emptied."""
    return _bed(now, ground, opened)


@kept_with_first(1)
def _bed(now: GroundNow, ground: Ground, opened: Opened) -> Bed:
    mineral = mineral_now(now, opened)
    if opened.channels is not None:
        mineral = np.where(opened.channels, np.float32(0.0), mineral)
    both = ground.collapse is not None and ground.collapse.spec.shape == "biconcave"
    return bed_in(ground.vertebra, now, mineral, broken_out=opened.broken_out, both_ends=both)


def _taken(state: State, side: Side) -> NDArray[np.float32] | None:
    """Room that the other balloon holds (None if it holds none)."""
    other = state.balloons[1 - index_of(side)]
    return None if other is None else other.share


def _alarmed(case: Case, old: Balloon, new: Balloon) -> tuple[Balloon, list[Event]]:
    """The balloon with its syringe sounding or not, and the event when it begins to."""
    limit = float(case.scenario.instruments.syringe_limit_psi)
    # What bursts a balloon shows for a moment.
    at_burst = BURST_SHARE * new.model.rated_psi if new.burst_by == "pressure" else 0.0
    peak = max(new.pressure_psi, at_burst)
    sounds = manometer.sounding(old.sounding, peak, limit)
    told: list[Event] = []
    if sounds and not old.sounding:
        told.append(PressureAlarm(new.side, round(peak, 1), limit))
    sounds = sounds and not new.ruptured
    return (new if sounds == new.sounding else changed(new, sounding=sounds)), told


def _criteria(
    case: Case, state: State, side: Side, new: Balloon, now: GroundNow
) -> tuple[tuple[str, ...], list[Event]]:
    """Reasons to stop that are met now, and events for those met for the first time (clinical M21)."""
    met = []
    if max(new.contact_mm2, new.floor_contact_mm2) > CONTACT_SEEN_MM2:
        met.append("endplate")
    if new.share is not None:
        touching = int(np.count_nonzero(new.share.ravel()[now.cortex_side] > 0.5))
        if touching * float(now.grid.voxel_mm[0]) ** 2 > CONTACT_SEEN_MM2:
            met.append("cortex")
    if new.pressure_psi >= new.model.rated_psi or new.burst_by == "pressure":
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


def _broken_out(case: Case, state: State, new: Balloon, now: GroundNow) -> tuple[State, list[Event]]:
    """The state with walls that could not bear the balloon's pressure open, each told once."""
    events: list[Event] = []
    for patch in new.walls:
        if patch.wall in state.opened.walls_broken or new.pressure_kpa <= patch.bears_kpa or new.share is None:
            continue
        out = shell.bulge(bed_of(case.ground, now, state.opened), new.share, patch.wall)
        before = state.opened.broken_out
        opened = changed(
            state.opened,
            broken_out=out if before is None else before | out,
            walls_broken=(*state.opened.walls_broken, patch.wall),
        )
        state = changed(state, opened=opened)
        events.append(WallBreached(new.side, patch.wall, round(new.pressure_psi, 1), round(patch.area_mm2, 1)))
    return state, events


def _contrast_spilled(case: Case, state: State, burst: Balloon, now: GroundNow) -> State:
    """The state with the contrast of a burst balloon in the bone."""
    if burst.share is None:
        return state
    fresh = spill.spilled(burst.share, bed_of(case.ground, now, state.opened))
    before = state.spilled
    if before is not None:
        faded = spill.still_there((state.tick - before.tick) / TICK_HZ)
        fresh = np.minimum(fresh + np.float32(faded) * before.share, 1.0)
    return changed(state, spilled=Spilled(fresh, state.tick))


def _lifted(case: Case, state: State) -> State:
    """The endplate lifted by all balloons together."""
    collapse = case.ground.collapse
    if collapse is None:
        return state
    force = expander.lift_n(state.balloons)
    amplitude = lifting.raised_amplitude(collapse, state.amplitude, force, TICK_S, rest=case.rest_amplitude)
    if amplitude == state.amplitude:
        return state
    return changed(state, amplitude=amplitude, lowest_amplitude=min(state.lowest_amplitude, amplitude))


def deflated(case: Case, state: State, side: Side) -> State:
    """The state after a balloon was emptied: its cavity stays, and with the last one part of the height goes.

    Emptying an empty balloon only forgets what it was still to be filled with.
    """
    old = state.balloon(side)
    if old is None:
        return state
    remains = old.remains()
    state = _let_out(case, state, old)
    collapse = case.ground.collapse
    still_up = any(b is not None and b.volume_ml > 0.0 for b in state.balloons)
    if collapse is None or still_up or old.volume_ml <= 0.0:
        return state
    holds = 0.0 if remains is None else remains.holds_up
    sunk = lifting.recoiled_amplitude(collapse, state.amplitude, rest=case.rest_amplitude, holds_up=holds)
    return changed(state, amplitude=sunk)


def drawn_back(case: Case, state: State, side: Side, volume_ml: float) -> State:
    """The state after contrast was taken out of a balloon until it holds volume_ml: it lies slack in the cavity
    that it has made, whose bone stays crushed, and what it still holds keeps the endplate up (unconfirmed)."""
    old = state.balloon(side)
    if old is None:
        return state
    state = _let_out(case, state, old)
    slack = changed(old.emptied(), volume_ml=volume_ml, wanted_ml=volume_ml)
    bed = bed_of(case.ground, case.ground.at(state.amplitude), state.opened)
    settled = slack.advanced(bed, _taken(state, side), 0.0, 1.0)
    return changed(state, balloons=with_side(state.balloons, side, settled))


def _let_out(case: Case, state: State, balloon: Balloon) -> State:
    """The state with a balloon's contrast out and its cavity left behind, the height as it was."""
    remains = balloon.remains()
    state = changed(state, balloons=with_side(state.balloons, balloon.side, balloon.emptied()))
    if remains is None:
        return state
    bed = bed_of(case.ground, case.ground.at(state.amplitude), state.opened)
    return changed(state, opened=left_behind(state.opened, remains, bed))


def left_behind(opened: Opened, remains: expander.Remains, bed: Bed) -> Opened:
    """What instruments have opened, with what a device leaves: its cavity, and bone packed around it or gone."""
    taken = expander.mineral_taken(remains, bed)
    cavity, before = opened.cavity, opened.mineral_taken
    return changed(
        opened,
        cavity=remains.cavity if cavity is None else np.maximum(cavity, remains.cavity),
        mineral_taken=taken if before is None else before + taken,
    )

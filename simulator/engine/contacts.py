"""What an instrument's surface touches that it must not, how deep and for how long, and how near it has come."""

from __future__ import annotations

import numpy as np

from anatomy.changing import changed
from anatomy.frames import FloatArray
from anatomy.regions import Region
from anatomy.spec import Side
from simulator.devices.needle import Needle
from simulator.devices.probe import Probe
from simulator.devices.tools import ahead_mm
from simulator.engine.case import Case
from simulator.engine.events import Event, Released, Touched, WallReleased, WallTouched
from simulator.engine.state import TICK_HZ, Contact, Nearest, Needlework, State

NEAR_MM = 40.0
"""Nearest approaches are kept within this: distance maps end a little farther."""
DISCS = {"disc above": Region.DISC_ABOVE, "disc below": Region.DISC_BELOW}


def surface_points(needle: Needle, shaft: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Points (n, 3) on the middle of shaft and of the tool ahead of it, and how far its surface lies from each."""
    radii = np.full(len(shaft), needle.outer_radius_mm)
    tool = ahead_mm(needle)
    if tool is None:
        return shaft, radii
    points, radius = tool
    return np.vstack([points, shaft]), np.concatenate([np.full(len(points), radius), radii])


def _in_discs_mm(probe: Probe, needle: Needle, shaft: FloatArray) -> dict[str, float]:
    """Length of instrument in a disc that its tip lies in, mm."""
    points, _ = surface_points(needle, shaft)
    tip, found = probe.region(points[:1])[0], {}
    for name, region in DISCS.items():
        if tip == region:
            found[name] = float((probe.region(points) == region).sum())
    return found


def contacts(
    case: Case, state: State, needle: Needle, work: Needlework, shaft: FloatArray
) -> tuple[Needlework, list[Event]]:
    """Needlework with what the instrument touches now and has come near, and events of touching and letting go."""
    apart = case.probe.hazards_mm(*surface_points(needle, shaft))
    work = _nearest(state, work, apart)
    depths = {name: -mm for name, mm in apart.items() if mm < 0.0} | _in_discs_mm(case.probe, needle, shaft)
    events: list[Event] = []
    kept = []
    for contact in work.contacts:
        if contact.structure in depths:
            deepest = max(contact.deepest_mm, depths.pop(contact.structure))
            kept.append(changed(contact, deepest_mm=deepest))
        else:
            events.append(_released(state, needle.side, contact))
    for structure, depth in depths.items():
        kept.append(Contact(structure, state.tick, depth))
        events.append(Touched(needle.side, structure))
    return changed(work, contacts=tuple(kept)), events


def _nearest(state: State, work: Needlework, apart: dict[str, float]) -> Needlework:
    """Nearest approaches, with what has come nearer than ever; nothing beyond NEAR_MM."""
    known = {one.structure: one for one in work.nearest}
    for name, mm in apart.items():
        if mm < NEAR_MM and (name not in known or mm < known[name].distance_mm):
            known[name] = Nearest(name, mm, state.tick)
    return changed(work, nearest=tuple(known.values())) if known else work


def wall_contacts(
    state: State, side: Side, work: Needlework, beyond: dict[str, float]
) -> tuple[Needlework, list[Event]]:
    """Needlework with the walls of bone that the instrument lies outside of now, and events of both ends."""
    events: list[Event] = []
    kept = []
    left = dict(beyond)
    for wall in work.walls:
        if wall.structure in left:
            kept.append(changed(wall, deepest_mm=max(wall.deepest_mm, left.pop(wall.structure))))
        else:
            events.append(_back_inside(state, side, wall))
    for name, mm in left.items():
        kept.append(Contact(name, state.tick, mm))
        events.append(WallTouched(side, name))
    return changed(work, walls=tuple(kept)), events


def _back_inside(state: State, side: Side, wall: Contact) -> WallReleased:
    dwell = (state.tick - wall.since_tick) / TICK_HZ
    return WallReleased(side, wall.structure, round(dwell, 2), round(wall.deepest_mm, 2))


def _released(state: State, side: Side, contact: Contact) -> Released:
    dwell = (state.tick - contact.since_tick) / TICK_HZ
    return Released(side, contact.structure, round(dwell, 2), round(contact.deepest_mm, 2))


def all_released(state: State, side: Side, work: Needlework) -> tuple[Needlework, list[Event]]:
    """Needlework and events when the instrument has left the patient."""
    walls = [_back_inside(state, side, wall) for wall in work.walls]
    released = [_released(state, side, c) for c in work.contacts]
    return changed(work, contacts=(), walls=()), [*walls, *released]

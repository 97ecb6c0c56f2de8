"""What a moving cannula does: bone entered, walls breached, structures touched, rules broken.

Everything is measured on the instrument's *surface* against the patient's own geometry, as it happens, and
kept in ``Needlework``: the truth that grades are made from.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from anatomy.changing import changed
from anatomy.corridors import PEDICLE_BEHIND_MM, PEDICLE_FROM_MM
from anatomy.frames import FloatArray, angle_between_rad, apply, apply_direction
from anatomy.skeleton.vertebra import side_sign
from anatomy.spec import LEVELS, SIDES, Side
from simulator.devices import track
from simulator.devices.cement import without_cannula
from simulator.devices.feeding import BROKEN, moved, tip_force_n
from simulator.devices.needle import Needle, shaft_points_mm
from simulator.devices.tools import wire_left
from simulator.engine.case import Case
from simulator.engine.contacts import all_released, contacts, wall_contacts
from simulator.engine.events import (
    BoneEntered,
    CortexBroken,
    Event,
    NeedleRemoved,
    OrderRuleBroken,
    Stalled,
)
from simulator.engine.fine_needling import fine_needle_site as fine_needle_site
from simulator.engine.state import (
    DEVICE_EVERY,
    TICK_HZ,
    Needlework,
    Opened,
    Placed,
    State,
    index_of,
    with_side,
)

REACH_MM = 70.0
"""Length of shaft behind the tip that is watched for contacts."""


def fed(case: Case, state: State) -> tuple[State, list[Event]]:
    """The state after this tick's feed of both cannulae."""
    events: list[Event] = []
    for side in SIDES:
        needle = state.needle(side)
        if needle is None or needle.feed_mm == 0.0:
            continue
        after, stalled = moved(needle, case.probe, 1.0 / TICK_HZ)
        work = state.needlework[index_of(side)]
        work = changed(work, path_mm=work.path_mm + abs(after.depth_mm - needle.depth_mm))
        if stalled is not None:
            events.append(Stalled(side, round(stalled.force_n, 1), round(stalled.limit_n, 1)))
        if not needle.in_bone and after.in_bone:
            work, entered = _bone_entered(case, after, work)
            events.append(entered)
        if after.layer != needle.layer:
            events += _cortex_broken(case, needle, after)
        if state.tick % DEVICE_EVERY == 0 or after.feed_mm == 0.0:
            work, found = measured(case, state, after, work)
            events += found
        removed = after.depth_mm <= 0.0 and needle.feed_mm < 0.0
        after, opened = _track(case, state.opened, needle, after)
        if opened is not state.opened:
            state = changed(state, opened=opened)
        if removed:
            work, found = all_released(state, side, work)
            events += [*found, NeedleRemoved(side)]
            wires = with_side(state.wires, side, wire_left(after) or state.wires[index_of(side)])
            state = changed(state, batch=without_cannula(state.batch, side), wires=wires)
        state = changed(
            state,
            needles=with_side(state.needles, side, None if removed else after),
            needlework=with_side(state.needlework, side, work),
        )
    return state, events


def _bone_entered(case: Case, needle: Needle, work: Needlework) -> tuple[Needlework, Event]:
    entry = needle.entry_mm
    level = level_at(case, entry)
    planned = case.patient.corridors[needle.side].entry_mm
    error = float(np.linalg.norm(entry - planned))
    x, y, z = (round(float(c), 2) for c in entry)
    work = changed(work, level=level, entry_error_mm=error, bone_entries=work.bone_entries + 1, reach_mm=0.0)
    return work, BoneEntered(needle.side, level, (x, y, z), round(error, 2))


def _cortex_broken(case: Case, before: Needle, after: Needle) -> list[Event]:
    """Events of a tip that has come through a shell: in where its force fell by half or more, or out again."""
    if after.feed_mm < 0.0 or before.feed_mm < 0.0 or before.layer == "outside" or after.drilled_mm > 0.0:
        return []
    where: Literal["entry", "exit"] = "entry" if after.layer == "inside" else "exit"
    left_n = after.peak_n if where == "entry" else tip_force_n(after, case.probe, after.tip_mm)
    if before.peak_n <= 0.0 or left_n > BROKEN * before.peak_n or (where == "exit" and not before.in_bone):
        return []
    drop = 100.0 * (1.0 - left_n / before.peak_n)
    return [CortexBroken(after.side, where, round(before.peak_force_n, 1), round(drop, 1))]


def _track(case: Case, opened: Opened, before: Needle, after: Needle) -> tuple[Needle, Opened]:
    """Needle and openings after a tick of feed: once it rests, what it has left lies open, what it fills does not.

    A bent path is forgotten as the tip comes back along it, so it is marked tick by tick.
    """
    grid, tracks = case.ground.grid, opened.tracks
    if before.knots and after.depth_mm < before.depth_mm:
        tracks = track.merged(tracks, track.behind_the_tip(changed(before, depth_mm=after.depth_mm), grid))
        after = changed(after, furthest_mm=after.depth_mm)
    elif after.feed_mm == 0.0 and after.depth_mm < after.furthest_mm:
        tracks = track.merged(tracks, track.behind_the_tip(after, grid))
        after = changed(after, furthest_mm=after.depth_mm)
    elif after.feed_mm == 0.0 and after.depth_mm > 0.0 and tracks is not None:
        tracks = track.without(tracks, track.filled(after, grid))
    return after, opened if tracks is opened.tracks else changed(opened, tracks=tracks)


def level_at(case: Case, point_mm: FloatArray) -> str:
    """The level whose pedicles are nearest to a point on bone."""
    marks = case.patient.landmarks
    distance = {
        level: min(float(np.linalg.norm(marks[f"{level} pedicle {side}"] - point_mm)) for side in SIDES)
        for level in LEVELS
    }
    return min(distance, key=lambda level: distance[level])


def measured(case: Case, state: State, needle: Needle, work: Needlework) -> tuple[Needlework, list[Event]]:
    """Needlework and events after a hand has moved a cannula to where it is now."""
    work = changed(work, handled_tick=state.tick)
    shaft = shaft_points_mm(needle, REACH_MM)
    local = apply(case.target_from_patient, shaft)
    work, beyond = _pedicle_walls(case, needle, work, shaft, local)
    work, in_front = _anterior_wall(case, needle, work)
    work, breached = wall_contacts(state, needle.side, work, beyond | in_front)
    work = _deepest(case, needle, work)
    work, broken = _order_rule(case, needle, work)
    work, touched = contacts(case, state, needle, work, shaft)
    return work, [*breached, *broken, *touched]


Walls = dict[str, float]
"""How far an instrument's surface lies outside bone now, mm, by the wall that it has come through."""


def _pedicle_walls(
    case: Case, needle: Needle, work: Needlework, shaft: FloatArray, local: FloatArray
) -> tuple[Needlework, Walls]:
    """Clearance and breach of the cannula's surface on its way through the target's pedicle (clinical M1, M2)."""
    if case.patient.corridors[needle.side].approach == "extrapedicular":
        return _beside_the_pedicle(case, needle, work, shaft)
    v = case.ground.vertebra
    behind = v.posterior_wall_y_mm - local[:, 1]
    near = (behind > PEDICLE_FROM_MM) & (behind < PEDICLE_BEHIND_MM) & (np.abs(local[:, 2]) < 30.0)
    # Only shaft that bone has taken counts; a needle still behind the lamina has breached nothing.
    taken = np.arange(len(shaft)) <= needle.bone_mm
    near &= taken
    if not near.any() or needle.bone_mm <= 0.0:
        return work, {}
    points = shaft[near]
    outside = case.probe.bone_distance_mm(points) + needle.outer_radius_mm
    worst = int(np.argmax(outside))
    clearance = -float(outside[worst])
    least = clearance if work.clearance_mm is None else min(work.clearance_mm, clearance)
    work = changed(work, clearance_mm=least)
    breach = max(-clearance, 0.0)
    if breach <= 0.0:
        return work, {}
    direction = _wall_direction(case, needle.side, points[worst])
    medial = max(work.medial_breach_mm, breach if direction == "medial" else 0.0)
    beyond = {f"pedicle wall, {direction}": breach}
    if breach <= work.breach_mm:
        return changed(work, medial_breach_mm=medial), beyond
    return changed(work, breach_mm=breach, breach_direction=direction, medial_breach_mm=medial), beyond


def _beside_the_pedicle(
    case: Case, needle: Needle, work: Needlework, shaft: FloatArray
) -> tuple[Needlework, Walls]:
    """The same where the plan passes the pedicle by: only its wall towards the canal can be breached."""
    if needle.bone_mm <= 0.0:
        return work, {}
    clearance = float(case.probe.hazard_distance_mm("canal", shaft).min()) - needle.outer_radius_mm
    least = clearance if work.clearance_mm is None else min(work.clearance_mm, clearance)
    work = changed(work, clearance_mm=least)
    breach = max(-clearance, 0.0)
    beyond = {"pedicle wall, medial": breach} if breach > 0.0 else {}
    if breach <= work.breach_mm:
        return work, beyond
    return changed(work, breach_mm=breach, breach_direction="medial", medial_breach_mm=breach), beyond


def _wall_direction(case: Case, side: Side, point_mm: FloatArray) -> str:
    """Towards which wall of the pedicle the nearest surface of bone lies."""
    step = 0.75 * np.eye(3)
    up = case.probe.bone_distance_mm(point_mm + step)
    down = case.probe.bone_distance_mm(point_mm - step)
    x, _, z = apply_direction(case.target_from_patient, up - down)
    if abs(x) >= abs(z):
        return "lateral" if side_sign(side) * x > 0.0 else "medial"
    return "cranial" if z > 0.0 else "caudal"


def _anterior_wall(case: Case, needle: Needle, work: Needlework) -> tuple[Needlework, Walls]:
    """How far cannula, drill or another tool have come out of the body's front or sides."""
    reach = max(needle.drilled_mm, needle.tool_mm)
    end = (needle.tip_mm + reach * needle.axis)[None, :]
    local = apply(case.target_from_patient, end)[0]
    if needle.bone_mm <= 0.0 or local[1] < 0.0:
        return work, {}
    outside = float(case.probe.bone_distance_mm(end)[0])
    # A channel that was drilled too far stays, the instrument that stands in it is what touches.
    standing = (needle.tip_mm + needle.tool_mm * needle.axis)[None, :]
    beyond = float(case.probe.bone_distance_mm(standing)[0])
    walls = {"front or side of the body": beyond} if beyond > 0.0 else {}
    return changed(work, anterior_breach_mm=max(work.anterior_breach_mm, outside)), walls


def _deepest(case: Case, needle: Needle, work: Needlework) -> Needlework:
    """Where the open channel ends, if it has never been deeper in bone."""
    reach = needle.depth_mm + needle.drilled_mm
    if not needle.in_bone or reach <= work.reach_mm:
        return work
    planned, v = case.patient.corridors[needle.side], case.ground.vertebra
    local = apply(case.target_from_patient, needle.channel_end_mm)
    along = float(np.clip((planned.target_mm - needle.skin_mm) @ needle.axis, 0.0, reach))
    nearest = np.array(needle.skin_mm) + along * needle.axis
    if needle.knots:
        way = needle.points_mm(np.arange(0.0, reach, 0.5))
        nearest = way[int(np.argmin(np.linalg.norm(way - planned.target_mm, axis=1)))]
    placed = Placed(
        target_error_mm=float(np.linalg.norm(planned.target_mm - nearest)),
        angle_error_deg=float(np.degrees(angle_between_rad(planned.direction, needle.axis))),
        depth_percent=100.0 * float(local[1] - v.posterior_wall_y_mm) / v.size.depth_mm,
        laterality_percent=200.0 * float(abs(local[0])) / v.size.endplate_width_inf_mm,
    )
    return changed(work, reach_mm=reach, placed=placed)


def _order_rule(case: Case, needle: Needle, work: Needlework) -> tuple[Needlework, list[Event]]:
    """Medial border of the pedicle passed while the tip is still behind the posterior wall (clinical M6)."""
    v = case.ground.vertebra
    tip = apply(case.target_from_patient, needle.tip_mm)
    medial = 0.5 * v.size.canal_width_mm - side_sign(needle.side) * tip[0]
    behind = v.posterior_wall_y_mm - tip[1]
    in_reach = behind < v.size.canal_depth_mm + 4.0 and abs(tip[2]) < 0.8 * v.size.rim_height_mm
    if medial <= 0.0 or behind <= 0.0 or not in_reach:
        return work, []
    if work.order_broken_mm > 0.0:
        return changed(work, order_broken_mm=max(work.order_broken_mm, float(behind))), []
    event = OrderRuleBroken(needle.side, round(float(behind), 2))
    return changed(work, order_broken_mm=float(behind)), [event]

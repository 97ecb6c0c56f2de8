"""A competent operator without the pictures: where the cannulae come to lie, and what makes him stop.

The scatter is what is left after corrections under biplane fluoroscopy: a few tenths to 2 mm at the tip, and a
cannula that stays in the pedicle. Stops are those of the scripted competent trainee: a visible leak, cement near
the posterior wall. Presets of ours, *unconfirmed*.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatomy import frames
from anatomy.corridors import pedicle_clearance_mm
from anatomy.patient import Patient
from anatomy.skeleton.vertebra import Vertebra, side_sign
from anatomy.spec import Side
from simulator.devices.ground import GroundNow
from simulator.devices.needle import Needle
from simulator.imaging.solids.instruments import DIAMETERS_MM
from simulator.validation.population.arms import Gauge

STREAM = 0x6F706572  # "oper"

ENTRY_MM, TIP_MM = 0.9, 1.6
"""SD of entry and target about the planned ones, each way across the corridor."""
DEPTH_SHARE = (0.74, 0.04)
"""Where a vertebroplasty's tip ends: share of depth from the posterior wall, mean and SD (clinical M4: anterior
third)."""
BEYOND_WALL_MM = (4.0, 0.8)
"""Where a kyphoplasty's cannula ends, in front of the posterior wall."""
DRILL_SHARE = (0.80, 0.03)
"""Where its channel ends: share of depth."""
WITHIN_BODY_MM = 2.0
"""Tip and channel end at least so far inside the body's wall: in two planes everybody sees a tip that does not."""
WITHIN_PEDICLE_MM = -0.5
"""Least clearance of the cannula's surface in the pedicle that is accepted (negative: outside)."""

LOOK_S = 2.0
"""Between pictures while cement flows."""
FRONTAL_EVERY = 5
"""Every so many lateral pictures a frontal one is taken too."""
SEEN_MM2 = 8.0
"""Leaked cement in a picture that nobody overlooks, as for the scripted trainees."""
REACTION_S = 3.0
PAUSE_S = 40.0
"""After a leak is seen: cement is let thicken, then goes on slower; at the second leak it is stopped for good."""
SLOWER = 0.6
POSTERIOR_STOP = 0.22
"""Share of depth in front of the posterior wall at which filling stops."""
READING_MM = 0.8
"""SD of where the cement's front is read in a lateral picture."""

INFLATION_ML, PAUSE_INFLATION_S = 0.5, 5.0
STOP_PSI = 330.0
LEAST_CAVITY_ML = 1.5
"""A cavity for cement is wanted even where bolsters have raised the body already."""
MIX_AT = 0.6
"""Cement is mixed when the balloons hold this share of their volume."""


@dataclass(frozen=True)
class Placement:
    """A cannula as it came to lie, and how far its channel is to be drilled beyond the tip."""

    needle: Needle
    drill_mm: float


def placement(
    rng: np.random.Generator,
    body: Patient,
    side: Side,
    gauge: Gauge,
    balloon_length_mm: float | None,
    now: GroundNow,
) -> Placement:
    """The cannula of one side; with a balloon its tip stays back and a channel is drilled that holds it. now: the
    bone as the patient lies."""
    v, plan = body.column.target_vertebra, body.corridors[side]
    to_vertebra = frames.inverse(v.patient_from_vertebra)
    entry, target = frames.apply(to_vertebra, [plan.entry_mm, plan.target_mm])
    share = 1.0 if plan.approach == "transpedicular" else 0.5
    radius = 0.5 * DIAMETERS_MM[gauge][0]
    planned = pedicle_clearance_mm(v, target, frames.unit(target - entry), body.bone_distance)
    for _ in range(60):
        off = share * rng.standard_normal((2, 2)) * [[ENTRY_MM], [TIP_MM]]
        start, end = entry + (off[0, 0], 0.0, off[0, 1]), target + (off[1, 0], 0.0, off[1, 1])
        way = frames.unit(end - start)
        clearance = pedicle_clearance_mm(v, end, way, body.bone_distance)
        crossed = side_sign(side) * end[0] < -1.0
        if not crossed and clearance - radius >= min(WITHIN_PEDICLE_MM, planned - radius):
            break
    else:
        start, way = entry, frames.unit(target - entry)
    depth_share = float(rng.normal(*DEPTH_SHARE))
    beyond_mm, drill_share = float(rng.normal(*BEYOND_WALL_MM)), float(rng.normal(*DRILL_SHARE))
    if balloon_length_mm is None:
        tip_mm = _inside(v, start, way, _at_depth(v, start, way, depth_share), now)
        return Placement(_lying(v, side, gauge, start, way, plan.skin_mm, tip_mm), 0.0)
    end_mm = _inside(v, start, way, _at_depth(v, start, way, drill_share), now)
    # A channel too short for the balloon begins nearer the posterior wall.
    tip_mm = min(_at_depth(v, start, way, beyond_mm / v.size.depth_mm), end_mm - balloon_length_mm - 0.5)
    needle = _lying(v, side, gauge, start, way, plan.skin_mm, max(tip_mm, 4.0))
    return Placement(needle, max(end_mm - tip_mm, balloon_length_mm + 0.5))


def _at_depth(v: Vertebra, start: frames.FloatArray, way: frames.FloatArray, share: float) -> float:
    """How far along a line from start (vertebral frame) it has come to a share of the body's depth, mm."""
    return float((v.posterior_wall_y_mm + share * v.size.depth_mm - start[1]) / way[1])


def _inside(
    v: Vertebra, start: frames.FloatArray, way: frames.FloatArray, along_mm: float, now: GroundNow
) -> float:
    """The way along a line, mm, cut short so that it ends in the body."""
    back = along_mm - np.arange(0.0, max(along_mm - 4.0, 0.0) + 0.5, 0.5)
    points = frames.apply(v.patient_from_vertebra, start + back[:, None] * way)
    voxels = np.rint(frames.apply(frames.inverse(now.grid.patient_from_voxel), points)).astype(int)
    voxels = np.clip(voxels, 0, np.array(now.grid.shape) - 1)
    deep = now.body_mm[tuple(voxels.T)] <= -WITHIN_BODY_MM
    return float(back[np.argmax(deep)]) if deep.any() else along_mm


def _lying(
    v: Vertebra,
    side: Side,
    gauge: Gauge,
    start: frames.FloatArray,
    way: frames.FloatArray,
    skin_mm: frames.FloatArray,
    in_bone_mm: float,
) -> Needle:
    """A cannula at rest, its stylet out: from an entry in bone along a way (vertebral frame), so deep."""
    entry_mm = frames.apply(v.patient_from_vertebra, start)
    direction = frames.apply_direction(v.patient_from_vertebra, way)
    soft_mm = float(np.linalg.norm(entry_mm - skin_mm))
    skin = entry_mm - soft_mm * direction
    return Needle(
        side=side,
        gauge=gauge,
        skin_mm=(float(skin[0]), float(skin[1]), float(skin[2])),
        direction=(float(direction[0]), float(direction[1]), float(direction[2])),
        depth_mm=soft_mm + in_bone_mm,
        bone_mm=in_bone_mm,
        stylet=False,
        furthest_mm=soft_mm + in_bone_mm,
    )


def front_noise(rng: np.random.Generator, depth_mm: float) -> float:
    """Error of one reading of the cement's front, share of depth."""
    return READING_MM / depth_mm * float(rng.standard_normal())

"""Facet joints: where the articular processes of two neighbours face each other across a joint space.

A joint belongs to both bones. It is placed once, between what anatomy 3.1 says of either (SSM87 joint centres,
Masharawi angles), as the vertebrae stand before a fracture; each bone then grows its process to its own side of
it, and neither reaches into the other's. Below L5 and above T1 a process stands where its neighbour would need it.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.skeleton.vertebra import Joint, Vertebra, side_sign
from anatomy.spec import LEVELS, SIDES, Level, Side

JOINT_SPACE_MM = 2.6  # between the bones: 2 to 3 mm with cartilage on CT (anatomy 3.1)
_STEEP_DEG = {"T": 66.0, "L": 86.0}  # of facets above the endplate: about 60 (anatomy 3.1), lumbar ours


def joint_of(v: Vertebra, end: str, side: Side) -> Joint:
    """The joint at the "superior" or "inferior" end of a vertebra; one that stands alone has it all the same."""
    return v.joints[end, side] if (end, side) in v.joints else _joints_alone(v)[end, side]


def jointed(vertebrae: Mapping[Level, Vertebra]) -> dict[Level, Vertebra]:
    """Vertebrae that know their facet joints; their places are those before a fracture."""
    out: dict[Level, Vertebra] = {
        level: replace(v, joints=_joints_alone(v)) for level, v in vertebrae.items()
    }  # fmt: skip
    for upper, lower in itertools.pairwise(LEVELS):
        if upper not in out or lower not in out:
            continue
        a, b = out[upper], out[lower]
        for side in SIDES:
            shared = _between(a, b, side)
            out[upper] = a = replace(a, joints={**a.joints, ("inferior", side): _seen_from(a, shared)})
            out[lower] = b = replace(b, joints={**b.joints, ("superior", side): _seen_from(b, shared)})
    return out


def _joints_alone(v: Vertebra) -> dict[tuple[str, Side], Joint]:
    return {(end, side): joint for side in SIDES for end, joint in
            (("superior", _superior(v, side)), ("inferior", _inferior(v, side)))}  # fmt: skip


def is_lumbar_joint(v: Vertebra) -> bool:
    """Whether the joint below a vertebra is of the lumbar kind: from T12 down (Masharawi, anatomy 3.1)."""
    return v.region == "L" or v.level == "T12"


def _superior(v: Vertebra, side: Side) -> Joint:
    """The joint above a vertebra by its own dimensions, vertebral frame."""
    d, s, wall = v.size, side_sign(side), v.posterior_wall_y_mm
    half = 0.5 * d.rim_height_mm
    if v.region == "L":
        centre = (s * _lumbar_x_mm(v), wall - 1.14 * d.canal_depth_mm, half)
    else:  # tips at |x| 10 to 13, 10 to 14 mm behind the wall, 5 to 7 mm above the endplate
        centre = (s * (0.5 * d.canal_width_mm + 3.0), wall - 1.00 * d.canal_depth_mm, half + 1.5)
    return _joint(v, side, np.array(centre), lumbar=v.region == "L")


def _inferior(v: Vertebra, side: Side) -> Joint:
    """The joint below a vertebra by its own dimensions, vertebral frame."""
    d, s, wall = v.size, side_sign(side), v.posterior_wall_y_mm
    below = -0.5 * d.rim_height_mm - d.disc_below_height_mid_mm
    if is_lumbar_joint(v):
        centre = (s * _lumbar_x_mm(v), wall - 1.14 * d.canal_depth_mm, below)
    else:
        centre = (s * (0.5 * d.canal_width_mm + 3.0), wall - 1.04 * d.canal_depth_mm, below + 1.5)
    return _joint(v, side, np.array(centre), lumbar=is_lumbar_joint(v))


def _lumbar_x_mm(v: Vertebra) -> float:
    """Joint space from the midline: 14 (L1, L2) to 19 mm (L4) between the tips of SSM87."""
    return 0.45 * v.size.canal_width_mm + {"L3": 4.0, "L4": 6.5, "L5": 8.5}.get(v.level, 3.4)


def _joint(v: Vertebra, side: Side, centre: FloatArray, *, lumbar: bool) -> Joint:
    d, s = v.size, side_sign(side)
    angle = np.radians(d.facet_angle_from_midsagittal_deg)
    if lumbar:  # the lower bone's facet looks backwards and inwards
        level = np.array([-s * np.cos(angle), -np.sin(angle), 0.0])
        angle_up = np.radians(90.0 - _STEEP_DEG["L"])
    else:  # backwards, a little outwards, and up
        level = np.array([s * np.cos(angle), -np.sin(angle), 0.0])
        angle_up = np.radians(90.0 - _STEEP_DEG["T"])
    across = np.cos(angle_up) * level + np.sin(angle_up) * np.array([0.0, 0.0, 1.0])
    half = 0.5 * d.inf_facet_width_mm, 0.5 * d.inf_facet_height_mm
    return _squared(centre, across, np.array([0.0, 0.0, 1.0]), *half)


def _squared(
    centre: FloatArray, across: FloatArray, up: FloatArray, half_width: float, half_height: float
) -> Joint:
    across = frames.unit(across)
    up = frames.unit(up - across * float(across @ up))
    return Joint(centre, across, up, half_width, half_height)


def _between(upper: Vertebra, lower: Vertebra, side: Side) -> Joint:
    """The joint of two neighbours, patient frame: between what each would have, of the upper one's kind."""
    a = _in_patient(upper, upper.joints["inferior", side])
    b = _in_patient(lower, lower.joints["superior", side])
    centre, up = 0.5 * (a.centre + b.centre), a.up + b.up
    return _squared(centre, a.across, up, a.half_width_mm, a.half_height_mm)


def _in_patient(v: Vertebra, joint: Joint) -> Joint:
    return _turned(v.patient_from_vertebra, joint)


def _seen_from(v: Vertebra, joint: Joint) -> Joint:
    return _turned(frames.inverse(v.patient_from_vertebra), joint)


def _turned(b_from_a: FloatArray, joint: Joint) -> Joint:
    return Joint(
        frames.apply(b_from_a, joint.centre),
        frames.apply_direction(b_from_a, joint.across),
        frames.apply_direction(b_from_a, joint.up),
        joint.half_width_mm,
        joint.half_height_mm,
    )

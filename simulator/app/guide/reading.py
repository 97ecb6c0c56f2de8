"""What the guide reads of views and needles: how far they are from where they should be. Pure, no Qt.

Truth, which only a tutorial tells; measured against the same landmarks, corridors and borders as scores are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from anatomy.frames import FloatArray, apply, apply_direction
from anatomy.skeleton.vertebra import side_sign
from anatomy.spec import Side
from simulator.assessment.trainees.access import Plan
from simulator.devices.needle import Needle
from simulator.engine.case import Case
from simulator.engine.measuring import beside_pedicle
from simulator.engine.state import Plane, State
from simulator.imaging.carm import CArmPose, PlaneName
from simulator.imaging.view import View

ViewKind = Literal["frontal", "lateral"]
Way = Literal["lateral", "medial", "cranial", "caudal"]
NEAR_BONE_MM = 1.2
"""A tip so near to bone's surface stands on it."""


def plane_of(state: State, kind: ViewKind) -> PlaneName:
    """The plane that shows a view: its own where there are two."""
    return "B" if kind == "lateral" and len(state.planes) == 2 else "A"


def true_angles_deg(case: Case, kind: ViewKind, orbital_deg: float = 0.0) -> tuple[float, float]:
    """Gantry angles (orbital, angulation) of the target's true view, by the lateral side that is nearer to
    orbital_deg.

    The detector is behind the prone patient at orbital 0, where the ray runs against the patient's forward axis
    (``trainees.eyes``); at 90 it runs to the patient's right.
    """
    axes = case.ground.vertebra.patient_from_vertebra[:3, :3]
    ray = -axes[:, 1] if kind == "frontal" else axes[:, 0] * (1.0 if orbital_deg >= 0.0 else -1.0)
    return float(np.degrees(np.arctan2(ray[0], -ray[1]))), float(np.degrees(np.arcsin(ray[2])))


def turn_needed_deg(case: Case, pose: CArmPose, kind: ViewKind) -> tuple[float, float]:
    """(orbital, angulation) by which a plane is to be turned to the true view."""
    orbital, angulation = true_angles_deg(case, kind, pose.orbital_deg)
    return orbital - pose.orbital_deg, angulation - pose.angulation_deg


def off_centre_mm(case: Case, state: State, plane: Plane) -> tuple[float, float]:
    """How far the target lies from the middle of a plane's picture: to the patient's right, to the head; mm."""
    view = case.view(state, plane)
    centre = landmark(case, "body centre")
    to_centre = centre - view.source_patient_mm
    off = to_centre - (to_centre @ view.direction_patient) * view.direction_patient
    return float(off[0]), float(off[2])


def landmark(case: Case, name: str) -> FloatArray:
    """A landmark of the target (3,), patient frame."""
    return case.patient.landmarks[f"{case.patient.column.target} {name}"]


def centre_px(view: View) -> FloatArray:
    """The middle of a picture, (2,) row and column."""
    return (np.array(view.shape) - 1.0) / 2.0


@dataclass(frozen=True)
class Tip:
    """Where a cannula's tip is. All mm but depth_share.

    on_bone: it stands on bone or in it; to_bone: way left until it meets bone, None where it would not;
    medial: how far beyond the pedicle's medial border towards the midline (negative: short of it); behind: behind
    the posterior wall (negative: in front of it); at_wall: what medial will be when the posterior wall is reached
    on this way; depth_share: of the body's depth in front of the posterior wall; miss: from the planned corridor's
    axis, way: to which side.
    """

    on_bone: bool
    to_bone: float | None
    medial: float
    behind: float
    at_wall: float
    depth_share: float
    miss: float
    way: Way


def tip_of(case: Case, needle: Needle) -> Tip:
    """Where a cannula's tip is."""
    beside, v = beside_pedicle(case, needle), case.ground.vertebra
    medial, behind = beside["medial_mm"], beside["behind_mm"]
    way = apply_direction(case.target_from_patient, needle.axis)
    forward, inward = max(float(way[1]), 0.1), -side_sign(needle.side) * float(way[0])
    miss, side_of_plan = miss_of(case, needle.side, needle.tip_mm)
    line = needle.tip_mm + np.arange(0.0, 90.0, 0.5)[:, None] * needle.axis
    outside = case.probe.bone_distance_mm(line)
    meets = np.flatnonzero(outside <= 0.0)
    return Tip(
        on_bone=bool(outside[0] < NEAR_BONE_MM) or needle.bone_mm > 0.0,
        to_bone=0.5 * float(meets[0]) if len(meets) else None,
        medial=medial,
        behind=behind,
        at_wall=medial + max(behind, 0.0) * inward / forward,
        depth_share=-behind / v.size.depth_mm,
        miss=miss,
        way=side_of_plan,
    )


def miss_of(case: Case, side: Side, point_mm: FloatArray) -> tuple[float, Way]:
    """How far a point lies from the planned corridor's axis, mm, and to which side of it most."""
    corridor = case.patient.corridors[side]
    plan = Plan(side, corridor.entry_mm, corridor.target_mm, corridor.skin_mm)
    along = (point_mm - plan.entry_mm) @ plan.way
    x, _, z = apply_direction(case.target_from_patient, point_mm - plan.entry_mm - along * plan.way)
    outward = side_sign(side) * float(x)
    if abs(outward) >= abs(float(z)):
        return plan.miss_mm(point_mm), "lateral" if outward > 0.0 else "medial"
    return plan.miss_mm(point_mm), "cranial" if z > 0.0 else "caudal"


def channel_share(case: Case, needle: Needle) -> float:
    """Where the channel ends: share of the body's depth in front of the posterior wall."""
    v = case.ground.vertebra
    end = apply(case.target_from_patient, needle.channel_end_mm)
    return float(end[1] - v.posterior_wall_y_mm) / v.size.depth_mm


def to_share_mm(case: Case, needle: Needle, share: float, *, drilled: bool = False) -> float:
    """Way left along the needle until tip, or channel, is at a share of the body's depth; negative beyond it."""
    v = case.ground.vertebra
    now = channel_share(case, needle) if drilled else tip_of(case, needle).depth_share
    forward = float(apply_direction(case.target_from_patient, needle.axis)[1])
    return (share - now) * v.size.depth_mm / max(forward, 0.3)

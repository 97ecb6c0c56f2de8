"""Transpedicular corridors: the straight way from skin through a pedicle into the body.

Found from the voxel distance to bone, not from the recipe, so that the same search serves a patient imported
from CT: of the lines through a small target region of the anterior body and the pedicle's isthmus, the one
whose axis keeps farthest from the pedicle's cortex.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.spec import Side
from anatomy.vertebra import Vertebra, side_sign
from anatomy.volume import Volume, sample

TARGET_DEPTH = 0.78  # of the body from its posterior wall: anterior third (clinical M4: from 0.67, cap 0.90)
_TARGET_X_MM = (3.0, 4.5, 6.0, 7.5, 9.0)
_TARGET_Z_SHARE = (-0.16, -0.08, 0.0, 0.06)  # of the rim height; a fractured body is entered low
_ISTHMUS_OUTWARDS_MM = (1.2, 0.0, -1.2)  # of equally good lines the first counts: the one farther from the canal
_ISTHMUS_UP_MM = (-1.2, 0.0, 1.2)
MIDDLE_Z = -0.06
"""Middle of a collapsed body, share of the rim height."""
ENOUGH_MM = 2.9
"""Clearance beyond which a corridor is not better for being wider: a 10 G cannula with 1.2 mm to spare."""
PEDICLE_BEHIND_MM = 11.0  # the pedicle reaches this far behind the posterior wall


@dataclass(frozen=True, eq=False)
class Corridor:
    """A planned path, patient frame, mm. The tip goes from skin to entry (dorsal cortex) to target.

    radius_mm is the distance from the axis to the pedicle's cortex where it is narrowest: an instrument of a
    smaller radius stays inside bone.
    """

    side: Side
    skin_mm: FloatArray
    entry_mm: FloatArray
    target_mm: FloatArray
    radius_mm: float

    @property
    def direction(self) -> FloatArray:
        """Unit vector (3,), entry to target."""
        return frames.unit(self.target_mm - self.entry_mm)


def corridor(v: Vertebra, side: Side, bone_distance: Volume, tissue_label: Volume) -> Corridor:
    """The widest corridor of one side.

    bone_distance: signed distance to bone, mm, negative inside; tissue_label: Tissue labels reaching out of
    the skin. Raises ValueError where no line through the isthmus stays inside bone.
    """
    s, d = side_sign(side), v.size
    isthmus, _ = v.pedicle_axis(side)
    best: tuple[float, FloatArray, FloatArray] | None = None
    for x, z, dx, dz in product(_TARGET_X_MM, _TARGET_Z_SHARE, _ISTHMUS_OUTWARDS_MM, _ISTHMUS_UP_MM):
        target = np.array([s * x, v.posterior_wall_y_mm + TARGET_DEPTH * d.depth_mm, z * d.rim_height_mm])
        way = frames.unit(target - (isthmus + (s * dx, 0.0, dz)))
        clearance = pedicle_clearance_mm(v, target, way, bone_distance)
        # Wide enough first; then the one that ends nearer to the middle of the anterior third.
        off_middle = abs(x - 3.5) + 0.8 * abs(z - MIDDLE_Z) * d.rim_height_mm
        merit = min(clearance, ENOUGH_MM) - 0.1 * off_middle
        if best is None or merit > best[0]:
            best = (merit, target, way)
    assert best is not None
    _, target, way = best
    clearance = pedicle_clearance_mm(v, target, way, bone_distance)
    if clearance <= 0.0:
        raise ValueError(f"no straight line passes the {side} pedicle of {v.level} inside bone")
    axis = frames.apply_direction(v.patient_from_vertebra, way)
    target_mm = frames.apply(v.patient_from_vertebra, target)
    entry_mm = _first_outside(bone_distance, target_mm, -axis, isthmus_mm=_depth_to_isthmus(v, target, way))
    return Corridor(side, skin_point(tissue_label, entry_mm, -axis), entry_mm, target_mm, clearance)


def pedicle_clearance_mm(v: Vertebra, point: FloatArray, way: FloatArray, bone_distance: Volume) -> float:
    """Least distance from a line to the bone's surface on its way through the pedicle; negative outside.

    point and way (unit, going anteriorly) are in the vertebral frame.
    """
    behind = np.arange(-1.0, PEDICLE_BEHIND_MM, 0.5)
    share = (v.posterior_wall_y_mm - behind - point[1]) / way[1]
    line = point + share[:, None] * way
    return float(-sample(bone_distance, frames.apply(v.patient_from_vertebra, line), outside=10.0).max())


def _depth_to_isthmus(v: Vertebra, target: FloatArray, way: FloatArray) -> float:
    return float((target[1] - v.posterior_wall_y_mm + PEDICLE_BEHIND_MM) / way[1])


def _first_outside(
    bone_distance: Volume, start_mm: FloatArray, way: FloatArray, *, isthmus_mm: float
) -> FloatArray:
    """Where a line from start leaves bone, looked for beyond isthmus_mm."""
    steps = np.arange(isthmus_mm, isthmus_mm + 60.0, 0.25)
    outside = sample(bone_distance, start_mm + steps[:, None] * way, outside=10.0) > 0.0
    return start_mm + steps[int(np.argmax(outside))] * way


def skin_point(tissue_label: Volume, start_mm: FloatArray, way: FloatArray) -> FloatArray:
    """Where a line from inside the body comes out of the skin. Raises ValueError if it does not."""
    steps = np.arange(0.0, 250.0, 0.5)
    label = sample(tissue_label, start_mm + steps[:, None] * way, order=0)
    air = np.flatnonzero(label == 0)
    if air.size == 0:
        raise ValueError(f"the line from {np.round(start_mm, 1)} along {np.round(way, 2)} finds no skin")
    return start_mm + steps[air[0]] * way

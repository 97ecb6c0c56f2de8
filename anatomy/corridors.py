"""Corridors: the straight way from skin into the body, through a pedicle or, where it is too narrow, beside it.

Found from the voxel distance to bone, not from the recipe, so that the same search serves a patient imported
from CT: of the lines through a small target region of the anterior body and the pedicle's isthmus, the one
whose axis keeps farthest from the pedicle's cortex. The way beside a thoracic pedicle is in ``extrapedicular.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from anatomy import extrapedicular, frames
from anatomy.frames import FloatArray
from anatomy.skeleton.vertebra import Vertebra, side_sign
from anatomy.spec import Side
from anatomy.volume import Volume, sample

Approach = Literal["transpedicular", "extrapedicular"]

TARGET_DEPTH = 0.78  # of the body from its posterior wall: anterior third (clinical M4: from 0.67, cap 0.90)
_TARGET_X_MM = (3.0, 4.5, 6.0, 7.5, 9.0)
_TARGET_Z_SHARE = (-0.16, -0.08, 0.0, 0.06)  # of the rim height; a fractured body is entered low
_ISTHMUS_OUTWARDS_MM = (1.2, 0.0, -1.2)  # of equally good lines the first counts: the one farther from the canal
_ISTHMUS_UP_MM = (-1.2, 0.0, 1.2)
# Pedicles of the lower thoracic spine point straight ahead, some outwards (T12: 0 degrees, SD 5): a line through
# one of those ends farther out, and less deep, or it would come too near to the front of the side wall.
_STRAIGHT_X_MM, STRAIGHT_DEPTH, _STRAIGHT_OUTWARDS_MM = (10.0, 11.0, 12.0), 0.68, (1.2, 0.6, 0.0, -0.6, -1.2)
_FROM_THE_WALL_MM = 2.4  # of such a target: an 11 G cannula with 0.9 mm to spare
MIDDLE_Z = -0.06
"""Middle of a collapsed body, share of the rim height."""
_ROD_AHEAD_MM = 8.0  # in front of the posterior wall, where pedicle and body meet
ENOUGH_MM = 2.9
"""Clearance beyond which a corridor is not better for being wider: a 10 G cannula with 1.2 mm to spare."""
NARROW_MM = 2.4
"""A thoracic pedicle that leaves less to the axis (one below about 5 mm) is passed by, not through (anatomy 2)."""
PEDICLE_FROM_MM, PEDICLE_BEHIND_MM = 1.0, 11.0  # behind the posterior wall; in front of it bone is one


@dataclass(frozen=True, eq=False)
class Corridor:
    """A planned path, patient frame, mm. The tip goes from skin to entry (dorsal cortex) to target.

    radius_mm is the distance from the axis to the pedicle's cortex where it is narrowest: an instrument of a
    smaller radius stays inside bone. Of an extrapedicular path, which enters the body at its posterolateral side,
    it is the distance to the bones it passes between, to canal, root and lung: a smaller one stays clear.
    """

    side: Side
    skin_mm: FloatArray
    entry_mm: FloatArray
    target_mm: FloatArray
    radius_mm: float
    approach: Approach = "transpedicular"

    @property
    def direction(self) -> FloatArray:
        """Unit vector (3,), entry to target."""
        return frames.unit(self.target_mm - self.entry_mm)


def corridor(
    v: Vertebra,
    side: Side,
    bone_distance: Volume,
    tissue_label: Volume,
    keep_clear: Mapping[str, Volume] | None = None,
) -> Corridor:
    """The widest corridor of one side.

    bone_distance: signed distance to bone (ribs too, where a way beside the pedicle may be needed), mm, negative
    inside; tissue_label: Tissue labels reaching out of the skin; keep_clear: signed distances to hazards by name,
    without which only the way through the pedicle is looked for. Raises ValueError where there is no way.
    """
    target, way, clearance = _through_the_pedicle(v, side, bone_distance, _CONVERGING)
    if clearance < NARROW_MM and v.region == "T":
        ahead = _through_the_pedicle(v, side, bone_distance, _STRAIGHT)
        if ahead[2] >= NARROW_MM:
            target, way, clearance = ahead
    if clearance < NARROW_MM and v.region == "T" and keep_clear:
        beside = extrapedicular.search(v, side, bone_distance, keep_clear)
        if beside is not None:
            entry_mm, target_mm = frames.apply(v.patient_from_vertebra, [beside.entry, beside.target])
            skin_mm = skin_point(tissue_label, entry_mm, frames.unit(entry_mm - target_mm))
            return Corridor(side, skin_mm, entry_mm, target_mm, beside.radius_mm, "extrapedicular")
    if clearance <= 0.0:
        raise ValueError(
            f"no straight line passes the {side} pedicle of {v.level} inside bone, nor beside it clear of canal, "
            "root, lung and rib; choose another level or wider pedicles"
        )
    axis = frames.apply_direction(v.patient_from_vertebra, way)
    target_mm = frames.apply(v.patient_from_vertebra, target)
    entry_mm = _first_outside(bone_distance, target_mm, -axis, isthmus_mm=_depth_to_isthmus(v, target, way))
    radius_mm = _rod_radius_mm(v, target, way, bone_distance, clearance)
    return Corridor(side, skin_point(tissue_label, entry_mm, -axis), entry_mm, target_mm, radius_mm)


@dataclass(frozen=True)
class _Tried:
    """Where tried lines end (mm from the midline, share of the depth), how far outwards they pass the isthmus'
    middle, and how far from bone's surface they must end."""

    x_mm: tuple[float, ...]
    depth: float
    outwards_mm: tuple[float, ...]
    from_the_wall_mm: float


_CONVERGING = _Tried(_TARGET_X_MM, TARGET_DEPTH, _ISTHMUS_OUTWARDS_MM, 0.0)
_STRAIGHT = _Tried(_STRAIGHT_X_MM, STRAIGHT_DEPTH, _STRAIGHT_OUTWARDS_MM, _FROM_THE_WALL_MM)


def _through_the_pedicle(
    v: Vertebra, side: Side, bone_distance: Volume, tried: _Tried
) -> tuple[FloatArray, FloatArray, float]:
    """(target, way, clearance) of the best line through the isthmus, vertebral frame; negative clearance: none."""
    s, d = side_sign(side), v.size
    isthmus, _ = v.pedicle_axis(side)
    best: tuple[float, FloatArray, FloatArray, float] | None = None
    for x, z, dx, dz in product(tried.x_mm, _TARGET_Z_SHARE, tried.outwards_mm, _ISTHMUS_UP_MM):
        target = np.array([s * x, v.posterior_wall_y_mm + tried.depth * d.depth_mm, z * d.rim_height_mm])
        way = frames.unit(target - (isthmus + (s * dx, 0.0, dz)))
        clearance = pedicle_clearance_mm(v, target, way, bone_distance)
        if tried.from_the_wall_mm > 0.0:
            end = frames.apply(v.patient_from_vertebra, target)
            if float(sample(bone_distance, end, outside=10.0)) > -tried.from_the_wall_mm:
                clearance = -np.inf
        # Wide enough first; then the one that ends nearer to the middle of the anterior third.
        off_middle = abs(x - 3.5) + 0.8 * abs(z - MIDDLE_Z) * d.rim_height_mm
        merit = min(clearance, ENOUGH_MM) - 0.1 * off_middle
        if best is None or merit > best[0]:
            best = (merit, target, way, clearance)
    assert best is not None
    return best[1], best[2], best[3]


def pedicle_clearance_mm(v: Vertebra, point: FloatArray, way: FloatArray, bone_distance: Volume) -> float:
    """Least distance from a line to the bone's surface on its way through the pedicle; negative outside.

    point and way (unit, going anteriorly) are in the vertebral frame.
    """
    behind = np.arange(PEDICLE_FROM_MM, PEDICLE_BEHIND_MM, 0.5)
    share = (v.posterior_wall_y_mm - behind - point[1]) / way[1]
    line = point + share[:, None] * way
    return float(-sample(bone_distance, frames.apply(v.patient_from_vertebra, line), outside=10.0).max())


def _rod_radius_mm(
    v: Vertebra, point: FloatArray, way: FloatArray, bone_distance: Volume, most_mm: float
) -> float:
    """Radius of the rod about a line that stays in bone from the pedicle into the body.

    Distances deep inside are good to some tenths of a millimetre; at the surface, where the rod's skin is, they
    are exact.
    """
    ahead = np.arange(-_ROD_AHEAD_MM, PEDICLE_BEHIND_MM - 2.0, 0.5)
    line = point + ((v.posterior_wall_y_mm - ahead - point[1]) / way[1])[:, None] * way
    across = frames.unit(np.cross(way, (0.0, 0.0, 1.0)))
    angle = np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)[:, None]
    ring = np.cos(angle) * across + np.sin(angle) * np.cross(way, across)
    radius = most_mm
    for _ in range(4):
        rod = frames.apply(v.patient_from_vertebra, line[:, None] + radius * ring)
        radius -= max(float(sample(bone_distance, rod, outside=10.0).max()), 0.0)
    return max(radius, 0.0)


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

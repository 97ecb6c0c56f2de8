"""The way into a thoracic body beside its pedicle: through the costotransverse gap.

The line passes above the transverse process, between rib and pedicle, and enters the body at its posterolateral
side. Like a corridor through the pedicle it is searched in voxel distances: of all lines to a small target region
of the anterior body, the one that keeps farthest from rib, process, canal, root and lung.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.skeleton.vertebra import Vertebra, side_sign
from anatomy.spec import Side
from anatomy.volume import Volume, sample

LEAST_MM = 1.2
"""Least radius of a way: a 13 G cannula (2.4 mm) with nothing to spare."""
ENOUGH_MM = 2.2
"""Beyond this a way is not better for being wider: an 11 G cannula with 0.7 mm to spare."""
CLEAR_MM = {
    "canal": 3.0,
    "nerve root": 1.6,
    "lung": 3.0,
    "pleura": 2.0,
    "aorta": 3.0,
    "azygos": 2.0,
    "hemiazygos": 2.0,
}
"""Least distance of the axis from hazards, of its own side where there are two (ours: half a cannula and what a
hand is off by)."""
AVOID_MM = {"segmental vessels": 1.6, "intercostal bundle": 1.6}
"""The same for what is passed at such a distance where there is room."""

_TARGET_X_MM = (-2.0, 0.0, 2.0, 4.0)  # towards the instrument's side
_TARGET_DEPTH = (0.64, 0.70, 0.76)  # anterior third (clinical M4: from 0.67, cap 0.90), past it a little short
_TARGET_Z_SHARE = (-0.28, -0.19, -0.10, 0.0)
_CONVERGENCE_RAD = np.radians(np.arange(22.0, 51.0, 3.0))  # 30 to 45 degrees at T4 to T8 (pedicle-rib unit, Kim)
_CAUDAL_RAD = np.radians(np.arange(10.0, 41.0, 3.0))
_FINER = np.array([2.0, 0.06, 0.09, np.radians(3.0), np.radians(3.0)])  # steps between those lines
_FOLLOWED = 6  # best lines around which finer ones are tried
_STEP_MM = 0.75
_OUT_MM = 75.0  # a line is followed so far out from its target
_LEAVING_MM = 4.5  # along a slanting line until it is clear of the wall it came through
_UNDER_ENDPLATE_MM = 2.0


@dataclass(frozen=True)
class Way:
    """Entry into bone and target (3,), vertebral frame, and the radius of the way (see ``corridors.Corridor``)."""

    entry: FloatArray
    target: FloatArray
    radius_mm: float


def search(v: Vertebra, side: Side, bone_distance: Volume, keep_clear: Mapping[str, Volume]) -> Way | None:
    """The widest way beside a pedicle; None where no cannula passes."""
    lines = np.stack(np.meshgrid(_TARGET_X_MM, _TARGET_DEPTH, _TARGET_Z_SHARE, _CONVERGENCE_RAD, _CAUDAL_RAD), -1)
    found = _judged(v, side, lines.reshape(-1, 5), bone_distance, keep_clear)
    if found is None:
        return None
    near = np.stack(np.meshgrid(*([-0.5, 0.0, 0.5],) * 5), -1).reshape(-1, 5) * _FINER
    best = found.line[np.argsort(-found.merit)[:_FOLLOWED]]
    found = _judged(v, side, (best[:, None] + near).reshape(-1, 5), bone_distance, keep_clear) or found
    at = int(np.argmax(np.where(found.is_clear, found.merit, -np.inf)))
    if not found.is_clear[at]:
        return None
    return Way(found.entry[at], found.target[at], float(found.radius[at]))


@dataclass(frozen=True)
class _Judged:
    """Lines (n, 5) that enter the body as they should, what is known of them; points (n, 3), vertebral frame."""

    line: FloatArray
    target: FloatArray
    entry: FloatArray
    radius: FloatArray
    is_clear: NDArray[np.bool_]
    merit: FloatArray


def _judged(
    v: Vertebra, side: Side, line: FloatArray, bone_distance: Volume, keep_clear: Mapping[str, Volume]
) -> _Judged | None:
    """What becomes of lines (n, 5): x, depth, z of the target, convergence, caudal angle; None if none is good."""
    target, back = _lines(v, side, line)
    steps = np.arange(0.0, _OUT_MM, _STEP_MM)
    bone = sample(bone_distance, _points(v, target, back, steps), outside=20.0)
    first_out = np.argmax(bone > 0.0, axis=1)
    entry = target + steps[first_out, None] * back
    from_entry = np.arange(len(steps)) - first_out[:, None]
    radius = np.where(from_entry > _LEAVING_MM / _STEP_MM, bone, np.inf).min(axis=1)
    good = _enters_the_body(v, side, entry) & (radius > 0.5 * LEAST_MM) & (first_out > 0)
    in_body = np.where(from_entry < -_LEAVING_MM / _STEP_MM, bone, -np.inf)
    good &= in_body.max(axis=1) < -_UNDER_ENDPLATE_MM
    if not good.any():
        return None
    target, back, entry, radius = target[good], back[good], entry[good], radius[good]
    points = _points(v, target, back, steps)
    too_near = np.maximum(LEAST_MM - radius, 0.0)
    for what, least in CLEAR_MM.items():
        for name in sorted({what, f"{what} {side}"} & set(keep_clear)):
            free = sample(keep_clear[name], points, outside=50.0).min(axis=1)
            radius = np.minimum(radius, free)
            too_near = too_near + np.maximum(least - free, 0.0)
    # Wide enough first; then lower under the endplate, past small vessels, and ending nearer to the middle.
    high = np.maximum(entry[:, 2] / v.size.rim_height_mm - 0.25, 0.0)
    merit = np.minimum(radius, ENOUGH_MM) - 2.0 * high - 0.02 * np.abs(target[:, 0]) - 3.0 * too_near
    for what, least in AVOID_MM.items():
        for name in {f"{what} {side}"} & set(keep_clear):
            free = sample(keep_clear[name], points, outside=50.0).min(axis=1)
            merit = merit - 0.4 * np.clip(least - free, 0.0, least)
    return _Judged(line[good], target, entry, radius, too_near <= 0.0, merit)


def _lines(v: Vertebra, side: Side, line: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Targets (n, 3) and unit directions (n, 3) from them back to the skin, vertebral frame."""
    s, d = side_sign(side), v.size
    x, y, z, a, c = line.T
    target = np.stack([s * x, v.posterior_wall_y_mm + y * d.depth_mm, z * d.rim_height_mm], axis=1)
    back = np.stack([s * np.sin(a) * np.cos(c), -np.cos(a) * np.cos(c), np.sin(c)], axis=1)
    return target, back


def _points(v: Vertebra, target: FloatArray, back: FloatArray, steps: FloatArray) -> FloatArray:
    """Points (n, steps, 3) of lines, patient frame."""
    return frames.apply(v.patient_from_vertebra, target[:, None] + steps[:, None] * back[:, None])


def _enters_the_body(v: Vertebra, side: Side, entry: FloatArray) -> FloatArray:
    """Whether entries (n, 3) lie at the body's posterolateral side, beside the pedicle and below the endplate."""
    d = v.size
    behind = v.posterior_wall_y_mm - entry[:, 1]
    middle = d.pedicle_center_z_above_midbody_mm
    beside = side_sign(side) * entry[:, 0] > 0.5 * d.canal_width_mm
    at_height = (entry[:, 2] > middle - 0.35 * d.pedicle_height_mm) & (entry[:, 2] < 0.47 * d.rim_height_mm)
    return np.asarray((behind < 10.0) & (behind > -0.4 * d.depth_mm) & at_height & beside)

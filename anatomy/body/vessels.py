"""Arteries near the spine as tubes: aorta, iliac and segmental arteries; and what runs along a vertebral body.

Places and diameters: anatomy section 5 (one chest CT, T4 to L4; distances to bone from 557 CTs, bifurcation at two
thirds of L4, lumbar arteries 2.05 mm at L2 to 3.25 mm at L4 on the waist, 1 to 2 mm off bone). Thoracic segmental
and iliac arteries have textbook diameters (unconfirmed). All lines follow each vertebra's own frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from anatomy import frames, shapes
from anatomy.column import Column
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton.vertebra import SECTION_EXPONENT, Vertebra, side_sign
from anatomy.spec import LEVELS, Level, Side

OFF_BONE_MM = 1.5  # segmental vessels: 1 to 2 mm
BIFURCATION_SHARE = 0.67  # of the L4 body from its upper endplate
_SEGMENTAL_MM = {"T": 1.7, "L1": 2.0, "L2": 2.05, "L3": 2.65, "L4": 3.25, "L5": 2.4}  # T, L1, L5 unconfirmed
_COMMON_ILIAC_MM, _EXTERNAL_ILIAC_MM = 10.0, 8.0  # unconfirmed
_ILIAC_GAP_MM = {"left": 3.1, "right": 6.9}  # common iliac artery to the disc L4-5 (557 CTs, men and women)
_FAR_MM = 14.0


@dataclass(frozen=True)
class Tube:
    """A vessel: centre line (n, 3), patient frame, and radii (n,), mm."""

    line_mm: FloatArray
    radius_mm: FloatArray

    def distance(self, x: Array, y: Array, z: Array) -> Array:
        """Distance at axes x (i,1,1), y (1,j,1), z (1,1,k): true to 14 mm off the wall, that far beyond."""
        return shapes.gut(x, y, z, self.line_mm, self.radius_mm, _FAR_MM)

    def box(self, margin_mm: float) -> tuple[FloatArray, FloatArray]:
        """The box (low, high) that holds the wall and a margin about it."""
        return shapes.around(*self.line_mm, margin_mm=float(self.radius_mm.max()) + margin_mm)

    @property
    def length_mm(self) -> float:
        """Length of the centre line."""
        return float(np.linalg.norm(np.diff(self.line_mm, axis=0), axis=1).sum())


def tube(points_mm: ArrayLike, radii_mm: ArrayLike, per_span: int = 3) -> Tube:
    """A smooth tube through points (n, 3) with radii (n,) or one radius."""
    points = np.asarray(points_mm, dtype=float)
    line = shapes.spline(points, per_span)
    radii = np.broadcast_to(np.asarray(radii_mm, dtype=float), len(points))
    return Tube(line, np.interp(np.linspace(0, len(points) - 1, len(line)), np.arange(len(points)), radii))


def beside_body(v: Vertebra, angle_rad: ArrayLike, off_mm: float, z_mm: float | None = None) -> FloatArray:
    """Points (..., 3), vertebral frame, off_mm outside a body's wall at angles (...) from the front to the right.

    z_mm: at that height of the waisted wall; None: at mid-height, but off the wider rim of the endplates, where a
    vessel that passes several levels runs.
    """
    d, angle = v.size, np.asarray(angle_rad, dtype=float)
    height = 0.0 if z_mm is None else z_mm
    t = np.clip(height / d.rim_height_mm + 0.5, 0.0, 1.0)
    a = 0.5 * (d.endplate_width_inf_mm + (d.endplate_width_sup_mm - d.endplate_width_inf_mm) * t)
    b = 0.5 * (d.endplate_depth_inf_mm + (d.endplate_depth_sup_mm - d.endplate_depth_inf_mm) * t)
    if z_mm is None:
        a = 0.5 * max(d.endplate_width_sup_mm, d.endplate_width_inf_mm)
        b = 0.5 * max(d.endplate_depth_sup_mm, d.endplate_depth_inf_mm)
    else:
        bulge = (2.0 * t - 1.0) ** 2
        a *= d.waist_width_ratio + (1.0 - d.waist_width_ratio) * bulge
        b *= d.waist_depth_ratio + (1.0 - d.waist_depth_ratio) * bulge
    n, sin, cos = SECTION_EXPONENT[v.region], np.sin(angle), np.cos(angle)
    reach = (np.abs(sin / a) ** n + np.abs(cos / b) ** n) ** (-1.0 / n)
    x, y = reach * sin, reach * cos
    normal = np.stack([np.sign(x) * np.abs(x) ** (n - 1.0) / a**n, np.sign(y) * np.abs(y) ** (n - 1.0) / b**n], -1)
    out = np.stack([x, y], -1) + off_mm * frames.unit(normal)
    return np.stack([out[..., 0], v.posterior_wall_y_mm + b + out[..., 1], np.full(angle.shape, height)], -1)


def aorta_centre(v: Vertebra) -> tuple[FloatArray, float]:
    """((3,) centre of the aorta, vertebral frame, its radius): never closer to bone than published."""
    d = v.size
    radius = 0.5 * d.aorta_diameter_mm
    left = d.aorta_center_left_of_body_center_mm
    forward = max(
        d.aorta_center_anterior_of_body_center_mm,
        np.sqrt(max((0.5 * d.depth_mm + d.aorta_gap_to_vertebra_mm + radius) ** 2 - left**2, 0.0)),
    )
    return np.array([-left, forward, 0.0]), radius


def aorta(spine: Column) -> Tube:
    """Descending aorta from its division at L4 up to T4, left of the midline."""
    v = spine.vertebrae["L4"]
    end, radius = aorta_centre(v)
    height = v.size.rim_height_mm * (0.5 - BIFURCATION_SHARE)
    points = [frames.apply(v.patient_from_vertebra, end + (0.3 * abs(end[0]), 0.0, height))]
    radii = [0.95 * radius]
    for level in reversed(LEVELS[LEVELS.index("T4") : LEVELS.index("L4")]):
        centre, radius = aorta_centre(spine.vertebrae[level])
        points.append(frames.apply(spine.vertebrae[level].patient_from_vertebra, centre))
        radii.append(radius)
    return tube(points, radii)


def iliac_arteries(spine: Column) -> dict[Side, Tube]:
    """Common and external iliac artery of each side, from the division of the aorta to the groin."""
    out: dict[Side, Tube] = {}
    start = aorta(spine).line_mm[0]
    l5, sacrum = spine.vertebrae["L5"], spine.patient_from_sacrum
    radius = 0.5 * _COMMON_ILIAC_MM
    for side in ("left", "right"):
        s = side_sign(side)
        rim = beside_body(l5, s * np.radians(38.0), _ILIAC_GAP_MM[side] + radius)
        points = [
            start + (s * 4.0, -1.0, -3.0),
            frames.apply(l5.patient_from_vertebra, rim),
            frames.apply(sacrum, (s * 38.0, 24.0, -14.0)),
            frames.apply(sacrum, (s * 52.0, 44.0, -44.0)),
            frames.apply(sacrum, (s * 66.0, 78.0, -84.0)),
        ]
        radii = [radius, radius, 0.95 * radius, 0.5 * _EXTERNAL_ILIAC_MM, 0.5 * _EXTERNAL_ILIAC_MM]
        out[side] = tube(points, radii)
    return out


def inferior_vena_cava(spine: Column) -> Tube:
    """Inferior vena cava from its confluence at L4-5 to T10: 20 to 28 mm right of the centres (anatomy 5)."""
    order = LEVELS[LEVELS.index("T10") :]
    points, radii = [], []
    for level in reversed(order):
        v = spine.vertebrae[level]
        d = v.size
        climb = np.clip((LEVELS.index("L1") - LEVELS.index(level)) / 2.0, 0.0, 1.0)
        share = {"L5": 0.55, "L4": 0.78}.get(level, 1.0)  # the confluence lies nearer to the midline
        right = share * (0.5 * d.endplate_width_inf_mm + 1.0)
        forward = 0.5 * d.depth_mm + 12.0 + 16.0 * climb
        height = 0.5 * d.rim_height_mm if level == "L5" else 0.0
        points.append(frames.apply(v.patient_from_vertebra, (right, forward, height)))
        radii.append(9.5)
    return tube(points, radii)


def segmental_diameter_mm(level: Level) -> float:
    """Diameter of a segmental artery."""
    return _SEGMENTAL_MM[level if level.startswith("L") else "T"]


def segmental_artery(v: Vertebra, side: Side) -> Tube:
    """From the back of the aorta around the waist of a body, then backwards below the transverse process."""
    s = side_sign(side)
    radius = 0.5 * segmental_diameter_mm(v.level)
    if v.level == "L5":  # the iliolumbar artery: a branch of the internal iliac
        first = s * np.radians(50.0)
        start = beside_body(v, first, 6.0, -0.5 * v.size.rim_height_mm)[None]
    else:
        centre, _ = aorta_centre(v)
        first = float(np.arctan2(centre[0], centre[1]))
        start = beside_body(v, first, OFF_BONE_MM + 3.0, -2.0)[None]
    around = beside_body(v, np.linspace(first, s * np.radians(118.0), 9), OFF_BONE_MM + radius, -2.0)
    local = np.vstack([start, around, dorsal_branch(v, side)])
    return tube(frames.apply(v.patient_from_vertebra, local), radius, per_span=1)


def dorsal_branch(v: Vertebra, side: Side) -> FloatArray:
    """Where segmental vessels run backwards, below the transverse process, vertebral frame (2, 3)."""
    d, s, wall = v.size, side_sign(side), v.posterior_wall_y_mm
    x = 0.5 * d.pedicle_center_to_center_mm + 0.5 * d.pedicle_width_mm
    low = d.pedicle_center_z_above_midbody_mm - 0.5 * d.pedicle_height_mm
    return np.array([(s * (x + 4.0), wall - 4.0, min(low - 1.0, -2.0)),
                     (s * (x + 6.0), wall - 14.0, min(low - 4.0, -6.0))])  # fmt: skip

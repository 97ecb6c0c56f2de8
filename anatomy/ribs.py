"""Ribs 8 to 12 as swept ellipses: head, neck, tubercle on the transverse process, angle, flank, end.

Waypoints: one chest CT with all ribs labelled (anatomy 3.3), mean of both sides, relative to the centroid of
the rib's own vertebra; the angle and the section (6 x 13 mm, lower ribs 5 x 9) are from the same section.
That chest was a large one: in slimmer people flank and end are drawn in until they lie below skin and fat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatomy import frames, shapes
from anatomy.arch import FAR_MM
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.spec import SIDES, Level, PatientSpec, Side
from anatomy.spine import Column
from anatomy.tissue import CORTEX_MINERAL_G_CM3
from anatomy.trunk import SKIN_MM, Trunk, fat_layer_mm, outline_distance
from anatomy.vertebra import Vertebra, side_sign
from anatomy.volume import Grid

RIB_CORTEX_MM = 0.75  # 0.7 to 1.0 (anatomy 3.3)
RIB_CORE_G_CM3 = 0.11  # 100 to 200 HU inside

# tubercle, angle, most lateral point, anterior bony end (x, y, z); and half section (across, upright)
_WAYPOINTS: dict[Level, tuple[tuple[tuple[int, int, int], ...], tuple[float, float]]] = {
    "T8": (((33, -25, 6), (62, -37, -14), (129, 86, -60), (117, 127, -97)), (3.0, 6.5)),
    "T9": (((33, -24, 3), (62, -36, -18), (132, 65, -62), (121, 104, -90)), (3.0, 6.5)),
    "T10": (((32, -22, 0), (60, -34, -22), (132, 47, -73), (128, 78, -88)), (3.0, 6.3)),
    "T11": (((31, -24, -5), (62, -33, -24), (128, 27, -80), (127, 35, -85)), (2.6, 5.0)),
    "T12": (((31, -23, -9), (55, -26, -27), (91, -15, -58), (89, -12, -65)), (2.4, 4.4)),
}
_REACHES = tuple(np.arange(1.0, 0.3, -0.02))


@dataclass(frozen=True)
class Rib:
    """Centre line (n, 3) in the patient frame and half section (across, upright), mm."""

    level: Level
    side: Side
    line_mm: FloatArray
    half_mm: tuple[float, float]


def ribs(spec: PatientSpec, spine: Column, outline: Trunk) -> list[Rib]:
    """All ribs, scaled with the patient's trunk and inside it."""
    size = (0.93 if spec.sex == "female" else 1.05) * (spec.stature_mm / 1720.0) ** 0.7
    out = []
    for level, (points, half) in _WAYPOINTS.items():
        v = spine.vertebrae[level]
        local = np.vstack([_head(v), size * np.asarray(points, dtype=float)])
        half_mm = (size * half[0], size * half[1])
        drawn_in = (_line(v, local, reach) for reach in _REACHES)
        right = next(
            (line for line in drawn_in if _is_inside(outline, line, half_mm)), _line(v, local, _REACHES[-1])
        )
        for side in SIDES:
            out.append(Rib(level, side, right * (side_sign(side), 1.0, 1.0), half_mm))
    return out


def _line(v: Vertebra, waypoints: FloatArray, reach: float) -> FloatArray:
    """Centre line in the patient frame, flank and end drawn in towards the angle: reach 1 as measured, 0 at it."""
    drawn = waypoints.copy()
    drawn[3:] = drawn[2] + reach * (drawn[3:] - drawn[2])
    return frames.apply(v.patient_from_vertebra, shapes.spline(drawn, per_span=5))


def _is_inside(outline: Trunk, line_mm: FloatArray, half_mm: tuple[float, float]) -> bool:
    """Whether a rib lies below skin and fat along its whole length."""
    x, y, z = line_mm.T.astype(np.float32)
    below_fat = outline_distance(outline, x, y, z) + SKIN_MM + fat_layer_mm(outline, x, y, z)
    return bool(np.all(below_fat < -max(half_mm)))


def _head(v: Vertebra) -> FloatArray:
    """Where the head meets the body: T8 to T10 at the disc above, T11 and T12 on their own body."""
    d = v.size
    z = 0.5 * d.rim_height_mm if v.level in ("T8", "T9", "T10") else 2.0
    return np.array([0.5 * d.endplate_width_sup_mm + 1.0, v.posterior_wall_y_mm + 3.0, z])


def rib_distance(rib: Rib, grid: Grid) -> tuple[tuple[slice, slice, slice], Array] | None:
    """(window, distance) of a rib on an axis-aligned grid; None where the grid does not reach it."""
    margin = max(rib.half_mm) + 4.0
    window = grid.window(*shapes.around(*rib.line_mm, margin_mm=margin))
    if any(s.stop <= s.start for s in window):
        return None
    distance = np.full(tuple(s.stop - s.start for s in window), FAR_MM, dtype=np.float32)
    part = grid.part(window)
    for start, end in zip(rib.line_mm[:-1], rib.line_mm[1:], strict=True):
        inner = part.window(*shapes.around(start, end, margin_mm=margin))
        if any(s.stop <= s.start for s in inner):
            continue
        x, y, z = part.part(inner).axes_mm()
        piece = shapes.limb(x, y, z, start, end, rib.half_mm, rib.half_mm)
        distance[inner] = np.minimum(distance[inner], piece)
    return window, distance


def add_ribs(mineral: Array, distance: Array, all_ribs: list[Rib], grid: Grid) -> tuple[Array, Array]:
    """(mineral, distance) with ribs added; the arguments are left as they are."""
    mineral, distance = mineral.copy(), distance.copy()
    voxel = float(grid.voxel_mm.max())
    for rib in all_ribs:
        found = rib_distance(rib, grid)
        if found is None:
            continue
        window, d = found
        bone = CORTEX_MINERAL_G_CM3 * shapes.shell_coverage(d, RIB_CORTEX_MM, voxel)
        bone = bone + RIB_CORE_G_CM3 * shapes.coverage(d + RIB_CORTEX_MM, voxel)
        mineral[window] = np.maximum(mineral[window], bone)
        distance[window] = np.minimum(distance[window], d)
    return mineral, distance

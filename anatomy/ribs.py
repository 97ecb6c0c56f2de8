"""Twelve pairs of ribs as swept ellipses: head, neck, tubercle on the transverse process, angle, flank, end.

Waypoints: one chest CT with all ribs labelled (anatomy 3.3), mean of both sides, relative to the centroid of
the rib's own vertebra; the section (6 x 13 mm, first rib 5 x 17 flat, lower ribs 5 x 9) is from the same
section, the angles of ribs 1 to 4 are ours. Ribs 1 to 7 are given along the scanner's axes, because that
patient's upper spine leaned more than ours: the cage hangs from the spine as it did there. That chest was a
large one: in slimmer people flank and end are drawn in until they lie below skin and fat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatomy import frames, shapes
from anatomy.bones import Bone, swept
from anatomy.column import Column, forward_lean_rad
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.spec import LEVELS, SIDES, Level, Side
from anatomy.trunk import SKIN_MM, Trunk, fat_layer_mm, outline_distance
from anatomy.vertebra import Vertebra, side_sign

RIB_CORTEX_MM = 0.75  # 0.7 to 1.0 (anatomy 3.3)
RIB_CORE_G_CM3 = 0.11  # 100 to 200 HU inside

# tubercle, angle, most lateral point, anterior bony end (x, y, z); and half section (across, upright)
_WAYPOINTS: dict[Level, tuple[tuple[tuple[int, int, int], ...], tuple[float, float]]] = {
    "T1": (((35, -2, 11), (48, 0, 9), (68, 20, -5), (41, 73, -27)), (8.0, 2.6)),
    "T2": (((34, -7, 17), (58, -12, 14), (91, 21, 0), (41, 97, -29)), (2.8, 6.5)),
    "T3": (((35, -13, 20), (62, -20, 14), (105, 43, -6), (56, 116, -45)), (3.0, 6.5)),
    "T4": (((36, -16, 22), (62, -27, 14), (110, 52, -10), (60, 136, -58)), (3.0, 6.5)),
    "T5": (((36, -19, 19), (62, -33, 8), (115, 67, -19), (72, 147, -74)), (3.0, 6.5)),
    "T6": (((37, -22, 16), (62, -35, 3), (116, 75, -30), (88, 150, -82)), (3.0, 6.5)),
    "T7": (((35, -24, 11), (62, -36, -5), (120, 95, -50), (105, 145, -87)), (3.0, 6.5)),
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


def ribs(spine: Column, outline: Trunk) -> list[Rib]:
    """All ribs, scaled with the patient's trunk and inside it."""
    size = outline.frame_scale
    lean = forward_lean_rad({level: v.size for level, v in spine.vertebrae.items()})
    out = []
    for level, (points, half) in _WAYPOINTS.items():
        v = spine.vertebrae[level]
        waypoints: Array = size * np.asarray(points, dtype=float)
        if LEVELS.index(level) < LEVELS.index("T8"):
            waypoints = frames.apply(frames.rotation((1.0, 0.0, 0.0), lean[level]), waypoints)
        local = np.vstack([_head(v), waypoints])
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
    """Where the head meets the body: T2 to T10 at the disc above, T1, T11 and T12 on their own body."""
    d = v.size
    z = 2.0 if v.level in ("T1", "T11", "T12") else 0.5 * d.rim_height_mm
    return np.array([0.5 * d.endplate_width_sup_mm + 1.0, v.posterior_wall_y_mm + 3.0, z])


def bone_of(rib: Rib, *, above: bool) -> Bone:
    """A rib as the bone that is drawn."""
    name = f"rib {rib.level} {rib.side}"
    return Bone(name, above, swept(rib.line_mm, rib.half_mm, is_flat=True), 0.0, RIB_CORTEX_MM, RIB_CORE_G_CM3)

"""Muscles of back and loins, and the fat between them, painted in the upright body.

Measures: anatomy section 5. Autochthonous muscle of one side 2.9 cm2 at T4 to 15 at L2 (one chest CT) and 18 to
22 at L4 (unconfirmed), with width and thickness; psoas 10 to 15 mm thick at L1 and L2, 6 to 9 cm2 (women) or 10
to 15 (men) at L4; quadratus lumborum 30 x 10 mm (unconfirmed). They are those of the nominal adult and grow with
the frame. Sheets and fat planes are "shape: ours".
"""

from __future__ import annotations

from functools import partial

import numpy as np

from anatomy import shapes
from anatomy.body.organ import Organ
from anatomy.body.trunk import SKIN_MM, Trunk
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton.vertebra import side_sign
from anatomy.spec import SIDES, Level
from anatomy.tissue import Tissue

# Autochthonous muscle of one side: (area in cm2, width, thickness in mm); at T1 and from L4 down unconfirmed.
_BACK: dict[Level, tuple[float, float, float]] = {
    "T1": (3.4, 24.0, 20.0), "T4": (2.9, 22.0, 17.0), "T8": (3.6, 38.0, 15.0), "T10": (5.8, 47.0, 17.0),
    "T12": (8.3, 52.0, 21.0), "L1": (10.5, 58.0, 27.0), "L2": (15.0, 60.0, 35.0), "L4": (20.0, 66.0, 42.0),
    "L5": (18.0, 62.0, 42.0),
}  # fmt: skip
_BACK_EXPONENT = 2.2
_PSOAS_SHARE: tuple[tuple[Level, float], ...] = (
    ("T12", 0.05),
    ("L1", 0.13),
    ("L2", 0.19),
    ("L3", 0.58),
    ("L4", 1.0),
    ("L5", 1.05),
)  # of L4's area
_PSOAS_CM2 = {"female": 7.5, "male": 12.5}  # at L4
_PSOAS_LENGTHENED = 1.15  # its depth over its width (shape: ours)
_QUADRATUS_HALF_MM = (5.0, 15.0)
_PLANE_MM = 2.2  # fat about the autochthonous muscle
_SHEET_MM: tuple[tuple[Level, float], ...] = (
    ("L4", 3.0),
    ("L1", 6.0),
    ("T9", 7.0),
    ("T6", 11.0),
    ("T3", 15.0),
    ("T1", 15.0),
)
"""Latissimus and, above T6, trapezius with rhomboids behind the autochthonous muscle (10 to 25 mm, T1 to T5)."""


def muscles(t: Trunk) -> list[Organ]:
    """All of them in painting order, each pair after the fat in which it lies."""
    low, high = t.z_of["L5"] - 70.0, t.z_of["T1"] + 10.0
    back, front = t.back_y_mm.min() - 5.0, t.centre_y_mm.max() + 70.0
    box = (np.array([-110.0, back, low]), np.array([110.0, front, high]))
    psoas_box = (np.array([-110.0, back, t.z_of["L5"] - 110.0]), np.array([110.0, front, t.z_of["T12"]]))
    out = []
    for side in SIDES:
        s = side_sign(side)
        out.append(
            Organ(f"fat about erector spinae {side}", Tissue.FAT, partial(_plane, t, s), box, is_smooth=True)
        )
        out += [
            Organ(f"erector spinae {side}", Tissue.MUSCLE, partial(erector_distance, t, s), box, is_smooth=True),
            Organ(f"psoas {side}", Tissue.MUSCLE, partial(psoas_distance, t, s), psoas_box, is_smooth=True),
            quadratus(t, side),
        ]
    return out


def retroperitoneal_fat(t: Trunk) -> list[Organ]:
    """Fat beside the lumbar bodies and on the outer side of psoas, painted before all organs (extent: ours)."""
    low = np.array([-110.0, t.back_y_mm.min(), t.z_of["L5"] - 110.0])
    high = np.array([110.0, t.centre_y_mm.max() + 70.0, t.z_of["T11"]])
    beside = [
        Organ(f"fat beside psoas {side}", Tissue.FAT, partial(_psoas_fat, t, side_sign(side)), (low, high),
              in_cavity=True, is_smooth=True)
        for side in SIDES
    ]  # fmt: skip
    return [
        Organ("fat about the lumbar spine", Tissue.FAT, partial(_spine_fat, t), (low, high), is_smooth=True),
        *beside,
    ]


def _by_level(t: Trunk, levels: list[Level], values: FloatArray, z: Array) -> Array:
    """Values given at levels (cranial first), linear in height."""
    heights = np.array([t.z_of[level] for level in levels])
    return np.interp(z, heights[::-1], values[::-1]).astype(np.float32)


def back_muscle(t: Trunk, z: Array) -> tuple[Array, Array, Array]:
    """(area in mm2, half width, half thickness in mm) of the autochthonous muscle of one side at heights z."""
    levels = list(_BACK)
    area, width, thickness = np.array(list(_BACK.values())).T
    s = t.frame_scale
    return (
        100.0 * s * s * _by_level(t, levels, area, z),
        0.5 * s * _by_level(t, levels, width, z),
        0.5 * s * _by_level(t, levels, thickness, z),
    )


def erector_distance(t: Trunk, s: float, x: Array, y: Array, z: Array) -> Array:
    """Distance to the autochthonous muscle of the right (+1) or left (-1), behind the laminae."""
    area, half_width, half_thickness = back_muscle(t, z)
    section = _section_share(_BACK_EXPONENT) * half_width * half_thickness
    shrink = np.sqrt(np.minimum(area / section, 1.0))
    half_width, half_thickness = shrink * half_width, shrink * half_thickness
    skin = t.at(t.back_y_mm, z) + SKIN_MM + t.fat_mm * t.along(((-0.6, 1.2), (0.0, 1.0), (1.1, 0.6)), z)
    behind = skin + _sheet_mm(t, z) + _PLANE_MM
    centre_x = s * (half_width + 5.0)
    down = np.clip((np.abs(x) - 20.0) / 60.0, 0.0, 1.0)  # it hangs forward at the sides, as the back is round
    centre_y = behind + half_thickness + 9.0 * down * down
    return shapes.superellipse(x - centre_x, y - centre_y, half_width, half_thickness, _BACK_EXPONENT)


def _section_share(exponent: float) -> float:
    """Area of a superellipse over the product of its half axes."""
    t = np.linspace(0.0, 1.0, 4001)
    return float(4.0 * np.trapezoid((1.0 - t**exponent) ** (1.0 / exponent), t))


def _sheet_mm(t: Trunk, z: Array) -> Array:
    levels = [level for level, _ in reversed(_SHEET_MM)]
    values = np.array([mm for _, mm in reversed(_SHEET_MM)])
    return t.frame_scale * _by_level(t, levels, values, z)


def _plane(t: Trunk, s: float, x: Array, y: Array, z: Array) -> Array:
    """Fat about the autochthonous muscle, more of it below the ribs."""
    more = np.clip((t.z_of["T12"] - z) / 60.0, 0.0, 1.0)
    return erector_distance(t, s, x, y, z) - _PLANE_MM - 2.0 * more


def psoas_radius_mm(t: Trunk, z: Array) -> Array:
    """Radius of a circle with psoas' area at heights z: a cord of 10 to 15 mm at L1 and L2, thick from L3 down."""
    size = (t.spec.stature_mm / (1650.0 if t.spec.sex == "female" else 1780.0)) ** 1.4
    levels = [level for level, _ in _PSOAS_SHARE]
    share = _by_level(t, levels, np.array([v for _, v in _PSOAS_SHARE]), z)
    return np.sqrt(100.0 * _PSOAS_CM2[t.spec.sex] * size * share / np.pi)


def psoas_distance(t: Trunk, s: float, x: Array, y: Array, z: Array) -> Array:
    """Distance to psoas: beside the lumbar bodies; below L5 it leaves the spine forwards and outwards."""
    radius = psoas_radius_mm(t, z)
    across, deep = radius / np.sqrt(_PSOAS_LENGTHENED), radius * np.sqrt(_PSOAS_LENGTHENED)
    away = np.maximum(t.z_of["L5"] + 6.0 - z, 0.0)
    centre_x = s * (t.at(t.half_width_mm, z) - 1.0 + across + 0.30 * away)
    down = np.clip((t.z_of["T12"] - z) / (t.z_of["T12"] - t.z_of["L4"]), 0.0, 1.2)
    centre_y = t.at(t.centre_y_mm, z) - 5.0 + 3.0 * down + 0.75 * away
    around = shapes.superellipse(x - centre_x, y - centre_y, across, deep, 2.0)
    return np.maximum(around, z - (t.z_of["T12"] - 10.0))


def _psoas_fat(t: Trunk, s: float, x: Array, y: Array, z: Array) -> Array:
    """Retroperitoneal fat on the outer side of psoas: what makes its edge visible (thickness: ours)."""
    outer = np.clip((s * x - t.at(t.half_width_mm, z) - 6.0) / 12.0, 0.0, 1.0)
    return psoas_distance(t, s, x, y, z) - 8.0 * outer


def _spine_fat(t: Trunk, x: Array, y: Array, z: Array) -> Array:
    """Fat beside and in front of the bodies: from behind the kidneys to the great vessels, narrow in the chest."""
    ahead = y - t.at(t.centre_y_mm, z) + 2.0
    low = _by_level(t, ["T10", "L1"], np.array([0.0, 1.0]), z)
    half_x, half_y = (36.0 + 26.0 * low) * t.frame_scale, 23.0 + 4.0 * low + 0.25 * np.abs(x)
    around = shapes.superellipse(x, ahead, half_x, half_y, 3.0)
    top, floor = t.z_of["T3"], t.z_of["L5"] - 16.0
    return shapes.smooth_max(around, np.abs(z - 0.5 * (top + floor)) - 0.5 * (top - floor), 20.0)


def quadratus(t: Trunk, side: str) -> Organ:
    """Quadratus lumborum, a plate lateral to the tips of the transverse processes L1 to L4."""
    s, size = side_sign(side), t.frame_scale  # type: ignore[arg-type]
    half = (size * _QUADRATUS_HALF_MM[0], size * _QUADRATUS_HALF_MM[1])
    x1, y1 = s * (44.0 * size + half[1]), t.centre(t.z_of["L2"]) - 30.0
    start, end = (x1, y1, t.z_of["T12"] - 5.0), (1.12 * x1, y1 + 4.0, t.z_of["L5"] + 14.0)
    shape = partial(shapes.limb, start=start, end=end, half_start=half, half_end=half, flat_axis=(1.0, 0.0, 0.0))
    return Organ(f"quadratus lumborum {side}", Tissue.MUSCLE, shape, shapes.around(start, end, margin_mm=22.0))

"""Muscles beside the spine: erector spinae, psoas and quadratus lumborum of both sides (anatomy 5)."""

from __future__ import annotations

from functools import partial

import numpy as np

from anatomy import shapes
from anatomy.organ import Organ
from anatomy.shapes import Array
from anatomy.spec import SIDES
from anatomy.tissue import Tissue
from anatomy.trunk import SKIN_MM, Trunk
from anatomy.vertebra import side_sign


def muscles(t: Trunk) -> list[Organ]:
    """All of them in painting order."""
    out = []
    low, high = t.z_of["L5"] - 70.0, t.z_of["T1"] + 10.0
    back, front = t.back_y_mm.min() - 5.0, t.centre_y_mm.max() + 70.0
    box = (np.array([-110.0, back, low]), np.array([110.0, front, high]))
    psoas_box = (np.array([-110.0, back, t.z_of["L5"] - 110.0]), np.array([110.0, front, t.z_of["T12"]]))
    for side in SIDES:
        s = side_sign(side)
        out += [
            Organ(f"erector spinae {side}", Tissue.MUSCLE, partial(_erector, t, s), box, is_smooth=True),
            Organ(f"psoas {side}", Tissue.MUSCLE, partial(_psoas, t, s), psoas_box, is_smooth=True),
            _quadratus(t, side, s),
        ]
    return out


def retroperitoneal_fat(t: Trunk) -> list[Organ]:
    """Fat along the outer side of psoas, painted before all organs: it makes the muscle's edge visible."""
    low, high = (
        (-110.0, t.back_y_mm.min(), t.z_of["L5"] - 110.0),
        (110.0, t.centre_y_mm.max() + 70.0, t.z_of["T12"]),
    )
    return [
        Organ(f"fat beside psoas {side}", Tissue.FAT, partial(_psoas_fat, t, side_sign(side)),
              (np.array(low), np.array(high)), in_cavity=True, is_smooth=True)
        for side in SIDES
    ]  # fmt: skip


def _erector(t: Trunk, s: float, x: Array, y: Array, z: Array) -> Array:
    back = t.at(t.back_y_mm, z) + SKIN_MM + t.fat_mm
    front = t.at(t.centre_y_mm - t.half_depth_mm, z) - 17.0
    down = np.clip((t.z_of["T10"] - z) / 110.0, 0.0, 1.0)
    return shapes.superellipse(x - s * 30.0, y - 0.5 * (back + front), 27.0 + 3.0 * down,
                               0.5 * np.maximum(front - back, 8.0), 2.6)  # fmt: skip


def _psoas(t: Trunk, s: float, x: Array, y: Array, z: Array) -> Array:
    """Round beside the lumbar bodies, thicker downwards; below L5 it leaves the spine forwards and outwards."""
    down = np.clip((t.z_of["T12"] - 8.0 - z) / (t.z_of["T12"] - t.z_of["L4"]), 0.02, 1.2)
    away = np.maximum(t.z_of["L5"] + 6.0 - z, 0.0)
    radius = 4.0 + 14.0 * down
    centre_x = s * (t.at(t.half_width_mm, z) - 1.0 + 0.85 * radius + 0.30 * away)
    centre_y = t.at(t.centre_y_mm, z) - 5.0 + 3.0 * down + 0.75 * away
    around = shapes.superellipse(x - centre_x, y - centre_y, radius, 1.15 * radius, 2.0)
    return np.maximum(around, z - (t.z_of["T12"] - 10.0))


def _psoas_fat(t: Trunk, s: float, x: Array, y: Array, z: Array) -> Array:
    """Retroperitoneal fat on the outer side of psoas: what makes its edge visible (thickness: ours)."""
    outer = np.clip((s * x - t.at(t.half_width_mm, z) - 6.0) / 12.0, 0.0, 1.0)
    return _psoas(t, s, x, y, z) - 8.0 * outer


def _quadratus(t: Trunk, side: str, s: float) -> Organ:
    x1, y1 = s * 60.0, t.centre(t.z_of["L2"]) - 33.0
    start, end = (x1, y1, t.z_of["T12"] - 5.0), (1.1 * x1, y1 + 4.0, t.z_of["L5"] + 14.0)
    shape = partial(shapes.limb, start=start, end=end, half_start=(6.0, 15.0), half_end=(7.0, 17.0),
                    flat_axis=(1.0, 0.0, 0.0))  # fmt: skip
    return Organ(f"quadratus lumborum {side}", Tissue.MUSCLE, shape, shapes.around(start, end, margin_mm=22.0))

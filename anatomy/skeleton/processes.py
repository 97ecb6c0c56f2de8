"""Parts of the vertebral arch in general, and its transverse, mammillary and spinous processes.

Positions are those of anatomy section 3.1 (SSM87 meshes L2 to L5, one LIDC case, 802 CTs); numbers marked "shape:"
have no published value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from anatomy import frames, shapes
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton import facets
from anatomy.skeleton.vertebra import Contact, Vertebra, side_sign
from anatomy.spec import LEVELS, Side

_UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class Part:
    """One solid of the arch. box is (low, high) in the vertebral frame, mm, already with a margin.

    blend_mm is the fillet with which it grows out of the parts before it.
    """

    name: str
    distance: Callable[[Array, Array, Array], Array]
    box: tuple[FloatArray, FloatArray]
    blend_mm: float


def limb_part(
    name: str,
    start: FloatArray,
    end: FloatArray,
    half_start: tuple[float, float],
    half_end: tuple[float, float],
    flat_axis: FloatArray,
    blend_mm: float,
) -> Part:
    """A tapered limb (``shapes.limb``) as a part."""
    margin = max(*half_start, *half_end) + blend_mm + 2.0
    return Part(
        name,
        lambda x, y, z: shapes.limb(x, y, z, start, end, half_start, half_end, flat_axis),
        shapes.around(start, end, margin_mm=margin),
        blend_mm,
    )


def _knob(name: str, centre: ArrayLike, half: tuple[float, float, float], blend_mm: float) -> Part:
    """An ellipsoid as a part."""
    box = shapes.around(centre, margin_mm=max(half) + blend_mm + 2.0)
    return Part(name, lambda x, y, z: shapes.ellipsoid(x, y, z, centre, half), box, blend_mm)


def transverse_process(v: Vertebra, side: Side) -> list[Part]:
    """Transverse process with what grows on it: a costal facet (T1 to T10), a mammillary process (T12 to L5)."""
    d, s, wall = v.size, side_sign(side), v.posterior_wall_y_mm
    tip = np.array([s * 0.5 * d.tp_span_mm, wall - d.tp_tip_behind_post_wall_mm, d.tp_tip_z_rel_midbody_mm])
    root_x = 0.5 * (d.pedicle_center_to_center_mm + d.pedicle_width_mm)
    if v.region == "L":
        return [*_costal_process(v, side, tip, root_x), _mammillary_process(v, side)]
    root = np.array([s * min(root_x, 0.6 * abs(tip[0])), wall - 14.0, d.pedicle_center_z_above_midbody_mm - 2.0])
    name = f"transverse process {side}"
    if v.level in ("T11", "T12"):  # short stumps; T12 has the first mammillary process
        end = tip - 4.0 * frames.unit(tip - root)
        stump = limb_part(name, root, end, (4.2, 5.6), (4.0, 4.6), _UP, 4.5)
        return [stump, _mammillary_process(v, side)] if v.level == "T12" else [stump]
    radius = 4.0 + 0.1 * (d.inf_facet_height_mm - 10.0)  # shape: clubbed tip, 8 to 9 mm high
    end = tip - radius * frames.unit(tip - root)
    stem = limb_part(name, root, end, (4.0, 5.0), (3.9, 4.2), _UP, 4.5)
    return [stem, _clubbed_tip(v, side, root, end, radius)]


def _clubbed_tip(v: Vertebra, side: Side, root: FloatArray, centre: FloatArray, radius_mm: float) -> Part:
    """Outer half of a transverse process, thickest at its tip, with the hollow facet for its rib in front."""
    upper = LEVELS.index(v.level) < LEVELS.index("T7")
    facing = frames.unit(np.array([0.0, 0.97, 0.26] if upper else [0.0, 0.80, 0.60]))
    hollow = centre + (radius_mm + 3.4) * facing
    middle = 0.5 * (root + centre)

    def distance(x: Array, y: Array, z: Array) -> Array:
        club = shapes.limb(x, y, z, middle, centre, (3.4, 4.0), (radius_mm, radius_mm + 0.5), _UP)
        facet = shapes.ellipsoid(x, y, z, hollow, (4.2, 4.2, 4.2))
        return shapes.smooth_max(club, -facet, 0.6)

    box = shapes.around(middle, centre, margin_mm=radius_mm + 5.0)
    return Part(f"costal facet {side}", distance, box, 3.0)


def _costal_process(v: Vertebra, side: Side, tip: FloatArray, root_x: float) -> list[Part]:
    """Lumbar transverse process: a coronal plate, 8 to 13 mm high, 4 to 6 thick; that of L5 a stout pyramid."""
    d, s, wall = v.size, side_sign(side), v.posterior_wall_y_mm
    stout = v.level == "L5"
    root = np.array([s * root_x, wall - (14.5 if stout else 12.5), d.pedicle_center_z_above_midbody_mm - 1.0])
    half_root, half_mid, half_tip = (((4.4, 7.0), (3.8, 5.8), (2.8, 4.4)) if stout
                                     else ((2.9, 6.0), (2.2, 4.6), (1.9, 3.9)))  # fmt: skip
    end = tip - half_tip[0] * frames.unit(tip - root)
    middle = root + 0.55 * (end - root) + np.array([0.0, -0.8, -0.6])  # shape: bows back and droops a little
    name = f"transverse process {side}"
    return [
        limb_part(name, root, middle, half_root, half_mid, _UP, 4.5),
        limb_part(f"{name}, outer half", middle, end, half_mid, half_tip, _UP, 2.0),
    ]


def _mammillary_process(v: Vertebra, side: Side) -> Part:
    """Knob on the posterolateral edge of the superior articular process (T12 to L5)."""
    joint = facets.joint_of(v, "superior", side)
    outward = joint.along * np.sign(joint.along[0] * side_sign(side))
    middle = joint.centre - (0.5 * facets.JOINT_SPACE_MM + 3.2) * joint.across
    centre = middle + (joint.half_width_mm - 1.0) * outward - 2.0 * joint.up
    return _knob(f"mammillary process {side}", centre, (3.0, 3.4, 4.6), 3.0)


def spinous_process(v: Vertebra) -> list[Part]:
    """Down to T10 a slanting bar with a knob at its tip, below a plate; flat where it touches another."""
    parts = _plate(v) if v.region == "L" or v.level in ("T11", "T12") else _bar(v)
    for contact in v.contacts:
        parts = [_cut_at(part, contact) for part in parts]
    return parts


def _cut_at(part: Part, contact: Contact) -> Part:
    at, out = contact.point.astype(np.float32), contact.normal.astype(np.float32)

    def distance(x: Array, y: Array, z: Array) -> Array:
        beyond = (x - at[0]) * out[0] + (y - at[1]) * out[1] + (z - at[2]) * out[2]
        return shapes.smooth_max(part.distance(x, y, z), beyond, 1.0)

    return replace(part, distance=distance)


def _bar(v: Vertebra) -> list[Part]:
    d, wall = v.size, v.posterior_wall_y_mm
    slope = np.tan(np.radians(d.spinous_inclination_deg))
    root_y = wall - d.canal_depth_mm - 3.0
    tip = v.spinous_tip
    root = np.array([0.0, root_y, tip[2] + slope * (root_y - tip[1])])
    half_tip = 0.5 * d.spinous_thickness_mm
    way = frames.unit(tip - root)
    end = tip - half_tip * way
    half_height = 0.5 * d.spinous_plate_height_mm
    across = np.array([0.0, -way[2], way[1]])  # in the midsagittal plane, across the bar
    bar = limb_part("spinous process", root, end, (half_tip + 0.4, half_height + 0.3),
                    (half_tip - 0.5, half_height - 1.0), across, 6.0)  # fmt: skip
    knob = limb_part("spinous process, tip", end + 1.0 * across, end - 1.0 * across, (half_tip, half_tip),
                     (half_tip, half_tip), way, 2.5)  # fmt: skip
    return [bar, knob]


def _plate(v: Vertebra) -> list[Part]:
    d, wall = v.size, v.posterior_wall_y_mm
    back = wall - d.canal_depth_mm
    tip_y, tip_z = wall - d.spinous_tip_behind_post_wall_mm, d.spinous_tip_z_rel_midbody_mm
    slope = np.tan(np.radians(d.spinous_inclination_deg))
    half = 0.5 * d.spinous_plate_height_mm
    radius = min(5.5, 0.5 * half)  # shape: rounding of the plate's outline
    root_y = back - 4.0
    root_z = tip_z + slope * (root_y - tip_y)
    length = root_y - tip_y
    outline = [  # counter-clockwise in (y, z), from the lower tip
        (tip_y + radius + 0.5, tip_z - 0.66 * half + 0.4 * radius),
        (tip_y + 0.30 * length, tip_z + slope * 0.30 * length - half + radius),
        (root_y, root_z - 0.50 * half + radius),
        (root_y, root_z + 0.60 * half - radius),
        (tip_y + 0.40 * length, tip_z + slope * 0.40 * length + 0.66 * half - radius),
        (tip_y + radius, tip_z + 0.42 * half - radius),
    ]
    thick_root, thick_tip = 0.5 * (d.spinous_thickness_mm - 2.0), 0.5 * d.spinous_thickness_mm + 0.4

    def distance(x: Array, y: Array, z: Array) -> Array:
        plate = shapes.rounded_polygon(y, z, outline, radius)
        towards_tip = np.clip((root_y - y) / (root_y - tip_y), 0.0, 1.0)
        lower = np.clip((root_z + slope * (y - root_y) - z) / half, 0.0, 1.0)
        thickness = thick_root + (thick_tip - thick_root) * np.maximum(towards_tip**3, lower**2)
        return shapes.smooth_max(plate, np.abs(x) - thickness, 3.4)

    corners = [(0.0, y, z) for y, z in outline]
    return [Part("spinous process", distance, shapes.around(*corners, margin_mm=(12.0, 9.0, 9.0)), 6.0)]

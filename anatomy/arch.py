"""The parts of the vertebral arch: what joins to what, where, and how thick.

Each part is a signed distance in the vertebral frame with the box in which it matters and the fillet with
which it grows out of the parts before it. Positions are those of anatomy section 3.1 (SSM87 meshes L2 to L5,
one LIDC case, 802 CTs); numbers marked "shape:" have no published value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from anatomy import frames, shapes
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.spec import SIDES, Side
from anatomy.vertebra import Vertebra, canal_distance, pedicle_distance, side_sign
from anatomy.volume import Grid

FAR_MM = np.float32(50.0)


@dataclass(frozen=True)
class Part:
    """One solid of the arch. box is (low, high) in the vertebral frame, mm, already with a margin."""

    name: str
    distance: Callable[[Array, Array, Array], Array]
    box: tuple[FloatArray, FloatArray]
    blend_mm: float


@dataclass(frozen=True)
class Facets:
    """Centres and axes of the articular processes of one side, vertebral frame."""

    superior: FloatArray
    superior_tip: FloatArray
    inferior: FloatArray
    inferior_tip: FloatArray
    tangent: FloatArray  # along the joint surface, in the axial plane


def facets(v: Vertebra, side: Side) -> Facets:
    """Where the facet joints lie (anatomy 3.1: SSM87 joint centres, Masharawi angles)."""
    d, s, wall = v.size, side_sign(side), v.posterior_wall_y_mm
    half = 0.5 * d.rim_height_mm
    angle = np.radians(d.facet_angle_from_midsagittal_deg)
    canal_half = 0.5 * d.canal_width_mm
    lumbar = v.region == "L"
    # Lumbar superior facets face backwards and inwards, thoracic ones backwards and outwards.
    tangent = np.array([s * np.sin(angle), -np.cos(angle) if lumbar else 0.35 * np.cos(angle), 0.0])
    if lumbar:
        superior = np.array([s * (canal_half + 4.6), wall - 16.0, half + 1.0])
        inferior = np.array([s * (canal_half + 0.4), wall - 21.5, -half - 5.5])
        rise, drop = 6.0, 9.0
    else:
        superior = np.array([s * (canal_half + 1.2), wall - 12.5, half + 0.5])
        inferior = np.array([s * (canal_half - 0.8), wall - 18.5, -half - 0.5])
        rise, drop = 5.0, 6.0
    return Facets(
        superior, superior + _up(rise, forward=-0.5), inferior, inferior + _up(-drop, forward=-0.5), tangent
    )


def _up(z: float, *, forward: float = 0.0) -> FloatArray:
    return np.array([0.0, forward, z])


def arch_distance(v: Vertebra, grid: Grid) -> Array:
    """Distance (i, j, k) to pedicles, laminae and processes; FAR_MM where none is near, canal left free."""
    vertebra_from_patient = frames.inverse(v.patient_from_vertebra)
    distance = np.full(grid.shape, FAR_MM, dtype=np.float32)
    for part in arch_parts(v):
        window = grid.window(*box_in_patient(part.box, v.patient_from_vertebra))
        if any(s.stop <= s.start for s in window):
            continue
        x, y, z = shapes.local_axes(grid.part(window), vertebra_from_patient)
        distance[window] = shapes.smooth_min(distance[window], part.distance(x, y, z), part.blend_mm)
    window = grid.window(*box_in_patient(_canal_box(v), v.patient_from_vertebra))
    if all(s.stop > s.start for s in window):
        x, y, _ = shapes.local_axes(grid.part(window), vertebra_from_patient)
        distance[window] = shapes.smooth_max(distance[window], -canal_distance(v, x, y), 0.8)
    return distance


def _canal_box(v: Vertebra) -> tuple[FloatArray, FloatArray]:
    """Where the canal can cut into the arch, vertebral frame, with a margin for the rounded edge."""
    half, wall = 0.5 * v.size.canal_width_mm + 1.5, v.posterior_wall_y_mm
    return np.array([-half, wall - v.size.canal_depth_mm - 1.5, -60.0]), np.array([half, wall + 1.5, 60.0])


def box_in_patient(
    box: tuple[FloatArray, FloatArray], patient_from_vertebra: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The patient-aligned box (low, high) around a box given in the vertebral frame."""
    corners = frames.apply(patient_from_vertebra, list(product(*zip(*box, strict=True))))
    return corners.min(axis=0), corners.max(axis=0)


def arch_parts(v: Vertebra) -> list[Part]:
    """Parts in the order in which they are joined."""
    parts: list[Part] = []
    for side in SIDES:
        parts += [_pedicle(v, side), _pillar(v, side), _lamina(v, side)]
        parts += [_transverse_process(v, side), _superior_process(v, side), _inferior_process(v, side)]
    parts.append(_spinous_process(v))
    return parts


def _pedicle(v: Vertebra, side: Side) -> Part:
    centre, along = v.pedicle_axis(side)
    margin = 0.75 * max(v.size.pedicle_height_mm, v.size.pedicle_width_mm) + 4.0
    box = shapes.around(centre + 14.0 * along, centre - 10.0 * along, margin_mm=margin)
    return Part(f"pedicle {side}", lambda x, y, z: pedicle_distance(v, side, x, y, z), box, 0.0)


def _limb(
    name: str,
    start: FloatArray,
    end: FloatArray,
    half_start: tuple[float, float],
    half_end: tuple[float, float],
    flat_axis: FloatArray,
    blend_mm: float,
) -> Part:
    margin = max(*half_start, *half_end) + blend_mm + 2.0
    return Part(
        name,
        lambda x, y, z: shapes.limb(x, y, z, start, end, half_start, half_end, flat_axis),
        shapes.around(start, end, margin_mm=margin),
        blend_mm,
    )


def _pillar(v: Vertebra, side: Side) -> Part:
    """Pars interarticularis: from the root of the superior to that of the inferior process."""
    f = facets(v, side)
    lumbar = v.region == "L"
    thickness = (3.4, 5.4) if lumbar else (3.2, 4.6)  # width 10-13, thickness 5-7 mm (anatomy 3.1)
    start, end = f.superior + _up(-7.0), f.inferior + _up(6.0)
    return _limb(f"pars {side}", start, end, thickness, thickness, _across(f), 5.0)


def _across(f: Facets) -> FloatArray:
    return f.tangent / np.linalg.norm(f.tangent)


def _superior_process(v: Vertebra, side: Side) -> Part:
    f = facets(v, side)
    half = (2.9, 6.2) if v.region == "L" else (2.2, 5.2)
    start = f.superior + _up(-8.0, forward=1.0)
    return _limb(f"superior articular process {side}", start, f.superior_tip,
                 (half[0] + 1.0, half[1]), half, _across(f), 4.0)  # fmt: skip


def _inferior_process(v: Vertebra, side: Side) -> Part:
    f, d = facets(v, side), v.size
    half = (2.7, 0.42 * d.inf_facet_width_mm)
    start = f.inferior + _up(6.0, forward=1.0)
    return _limb(f"inferior articular process {side}", start, f.inferior_tip,
                 (half[0] + 0.6, half[1]), half, _across(f), 4.0)  # fmt: skip


def _lamina(v: Vertebra, side: Side) -> Part:
    """Sloping plate from the pillar to the root of the spinous process; 6 to 7 mm thick (anatomy 3.1)."""
    d, s, wall = v.size, side_sign(side), v.posterior_wall_y_mm
    lumbar = v.region == "L"
    height = (0.75 if lumbar else 0.90) * d.body_height_post_mm
    back = wall - d.canal_depth_mm
    z = -0.24 * d.body_height_post_mm if lumbar else -0.12 * d.body_height_post_mm
    start = np.array([s * (0.5 * d.canal_width_mm + 1.5), back + 0.30 * d.canal_depth_mm, z + 1.5])
    end = np.array([s * 1.0, back - 3.6, z - 1.5])
    # Leaning back going down, as the shingles of a roof.
    lean = np.array([0.0, 0.34 if lumbar else 0.45, 1.0])
    half = (3.1, 0.5 * height)
    return _limb(f"lamina {side}", start, end, half, half, lean, 4.5)


def _transverse_process(v: Vertebra, side: Side) -> Part:
    d, s, wall = v.size, side_sign(side), v.posterior_wall_y_mm
    lumbar = v.region == "L"
    tip = np.array([s * 0.5 * d.tp_span_mm, wall - d.tp_tip_behind_post_wall_mm, d.tp_tip_z_rel_midbody_mm])
    root_x = 0.5 * (d.pedicle_center_to_center_mm + d.pedicle_width_mm)
    root_y = wall - (9.0 if lumbar else 11.0)
    root = np.array([s * root_x, root_y, d.pedicle_center_z_above_midbody_mm - (2.0 if lumbar else 0.0)])
    if lumbar:  # thin coronal plates, height 8-13 and thickness 4-6 mm
        half_root, half_tip = (2.9, 6.0), (2.0, 3.6)
    else:  # stout and round; T11 and T12 short
        half_root, half_tip = (4.6, 5.2), (3.6, 4.2)
    tip = tip - half_tip[0] * (tip - root) / np.linalg.norm(tip - root)
    return _limb(f"transverse process {side}", root, tip, half_root, half_tip, np.array([0.0, 0.0, 1.0]), 5.0)


def _spinous_process(v: Vertebra) -> Part:
    """Mid-sagittal plate, thick at its lower border and at the tip."""
    d, wall = v.size, v.posterior_wall_y_mm
    back = wall - d.canal_depth_mm
    tip_y, tip_z = wall - d.spinous_tip_behind_post_wall_mm, d.spinous_tip_z_rel_midbody_mm
    slope = np.tan(np.radians(d.spinous_inclination_deg))
    half = 0.5 * d.spinous_plate_height_mm
    radius = min(5.0, 0.45 * half)  # shape: rounding of the plate's outline
    root_y = back - 2.5
    root_z = tip_z + slope * (root_y - tip_y)
    length = root_y - tip_y
    outline = [  # counter-clockwise in (y, z), from the lower tip
        (tip_y + radius + 0.5, tip_z - 0.62 * half + 0.4 * radius),
        (tip_y + 0.30 * length, tip_z + slope * 0.30 * length - half + radius),
        (root_y, root_z - 0.50 * half + radius),
        (root_y, root_z + 0.95 * half - radius),
        (tip_y + 0.40 * length, tip_z + slope * 0.40 * length + 0.66 * half - radius),
        (tip_y + radius, tip_z + 0.42 * half - radius),
    ]
    thick_root, thick_tip = 0.5 * (d.spinous_thickness_mm - 2.4), 0.5 * d.spinous_thickness_mm

    def distance(x: Array, y: Array, z: Array) -> Array:
        plate = shapes.rounded_polygon(y, z, outline, radius)
        towards_tip = np.clip((root_y - y) / (root_y - tip_y), 0.0, 1.0)
        lower = np.clip((root_z + slope * (y - root_y) - z) / half, 0.0, 1.0)
        thickness = thick_root + (thick_tip - thick_root) * np.maximum(towards_tip**3, lower**2)
        return shapes.smooth_max(plate, np.abs(x) - thickness, 2.5)

    corners = [(0.0, y, z) for y, z in outline]
    return Part("spinous process", distance, shapes.around(*corners, margin_mm=(12.0, 9.0, 9.0)), 4.5)

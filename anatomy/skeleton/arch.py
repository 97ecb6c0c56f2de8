"""The vertebral arch: pedicles, partes interarticulares, laminae, articular processes, and how all parts join.

Each part is a signed distance in the vertebral frame with the box in which it matters and the fillet with
which it grows out of the parts before it. Positions are those of anatomy section 3.1 (SSM87 meshes L2 to L5,
one LIDC case, 802 CTs); numbers marked "shape:" have no published value.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from anatomy import frames, shapes
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton import facets, processes
from anatomy.skeleton.processes import Part, limb_part
from anatomy.skeleton.vertebra import Joint, Vertebra, canal_distance, pedicle_distance, side_sign
from anatomy.spec import SIDES, Side
from anatomy.volume import Grid

FAR_MM = np.float32(50.0)


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
    return _without_neighbours(distance, v, grid, vertebra_from_patient)


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
        parts += [_pedicle(v, side), _pars(v, side), _lamina(v, side)]
        parts += [_superior_process(v, side), _inferior_process(v, side)]
        parts += processes.transverse_process(v, side)
    return [*parts, *processes.spinous_process(v)]


def _pedicle(v: Vertebra, side: Side) -> Part:
    centre, along = v.pedicle_axis(side)
    margin = 0.75 * max(v.size.pedicle_height_mm, v.size.pedicle_width_mm) + 4.0
    box = shapes.around(centre + 14.0 * along, centre - 10.0 * along, margin_mm=margin)
    return Part(f"pedicle {side}", lambda x, y, z: pedicle_distance(v, side, x, y, z), box, 0.0)


def _facing(v: Vertebra, end: str, side: Side) -> tuple[Joint, FloatArray, float]:
    """(joint, middle of the process on this bone's side of it, half its thickness)."""
    joint = facets.joint_of(v, end, side)
    half = (3.3 if end == "superior" else 3.0) if v.region == "L" else 2.4
    away = joint.across if end == "inferior" else -joint.across
    return joint, joint.centre + (0.5 * facets.JOINT_SPACE_MM + half) * away, half


def _pars(v: Vertebra, side: Side) -> Part:
    """Pars interarticularis: from the root of the superior to that of the inferior process."""
    above, top, _ = _facing(v, "superior", side)
    below, bottom, _ = _facing(v, "inferior", side)
    half = (3.0, 5.0) if v.region == "L" else (2.8, 4.4)  # width 10-13, thickness 5-7 mm (anatomy 3.1)
    start = top - (above.half_height_mm + 1.0) * above.up
    end = bottom + (below.half_height_mm + 3.0) * below.up
    return limb_part(f"pars {side}", start, end, half, half, above.along + below.along, 5.0)


def _superior_process(v: Vertebra, side: Side) -> Part:
    joint, middle, half = _facing(v, "superior", side)
    wide = joint.half_width_mm * (0.92 if v.region == "L" else 1.0)
    start = middle - (joint.half_height_mm + 1.5) * joint.up
    end = middle + (joint.half_height_mm - half) * joint.up
    return limb_part(f"superior articular process {side}", start, end,
                     (half + 0.4, wide), (half, 0.86 * wide), joint.along, 4.0)  # fmt: skip


def _inferior_process(v: Vertebra, side: Side) -> Part:
    joint, middle, half = _facing(v, "inferior", side)
    wide = joint.half_width_mm * (0.88 if v.region == "L" else 1.0)
    start = middle + (joint.half_height_mm + 2.0) * joint.up
    end = middle - (joint.half_height_mm - half) * joint.up
    return limb_part(f"inferior articular process {side}", start, end,
                     (half + 0.5, wide), (half, 0.78 * wide), joint.along, 5.0)  # fmt: skip


def _lamina(v: Vertebra, side: Side) -> Part:
    """Sloping plate from the pars to the root of the spinous process; 6 to 7 mm thick (anatomy 3.1)."""
    d, s, wall = v.size, side_sign(side), v.posterior_wall_y_mm
    lumbar = v.region == "L"
    share = 0.60 if v.level == "L5" else 0.75 if lumbar else 0.90
    back = wall - d.canal_depth_mm
    z = -0.24 * d.body_height_post_mm if lumbar else -0.18 * d.body_height_post_mm
    start = np.array(
        [s * (0.5 * d.canal_width_mm + 1.0), back + (0.22 if lumbar else 0.06) * d.canal_depth_mm, z + 1.5]
    )
    end = np.array([s * 1.0, back - 3.7, z - 1.5])
    # Leaning back going down, as the shingles of a roof.
    lean = np.array([0.0, 0.34 if lumbar else 0.45, 1.0])
    half = (3.2, 0.5 * share * d.body_height_post_mm)
    return limb_part(f"lamina {side}", start, end, half, half, lean, 5.0)


def _without_neighbours(distance: Array, v: Vertebra, grid: Grid, vertebra_from_patient: FloatArray) -> Array:
    """Distance to the arch where it keeps to its own side of its facet joints."""
    for side in SIDES:
        for end in ("superior", "inferior"):
            joint = facets.joint_of(v, end, side)
            box = box_in_patient(shapes.around(joint.centre, margin_mm=22.0), v.patient_from_vertebra)
            window = grid.window(*box)
            if any(s.stop <= s.start for s in window):
                continue
            x, y, z = shapes.local_axes(grid.part(window), vertebra_from_patient)
            dx, dy, dz = (a - c for a, c in zip((x, y, z), joint.centre.astype(np.float32), strict=True))
            n, a, u = (dx * e[0] + dy * e[1] + dz * e[2] for e in (joint.across, joint.along, joint.up))
            if end == "inferior":
                n, u = -n, -u
            theirs = np.maximum(-n - 0.5 * facets.JOINT_SPACE_MM, np.abs(a) - joint.half_width_mm - 2.0)
            theirs = np.maximum(theirs, -u - joint.half_height_mm - 2.0)
            theirs = np.maximum(theirs, n - (12.0 if v.region == "L" else 8.5))
            distance[window] = shapes.smooth_max(distance[window], -theirs, 1.2)
    return distance

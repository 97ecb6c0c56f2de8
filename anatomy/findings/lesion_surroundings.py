"""What tumours put beside bone: tissue in marrow's place, a mass in the canal, ways out for cement."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatomy import frames, shapes
from anatomy.body.soft_tissue import SoftTissue, brush
from anatomy.column import Column
from anatomy.findings.lesion_shapes import lesions_at
from anatomy.findings.lesions import EATS, MARGIN_MM, destroyed, share_inside
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton.arch import arch_distance, box_in_patient
from anatomy.skeleton.vertebra import Vertebra, body_field, canal_distance
from anatomy.spec import PatientSpec
from anatomy.tissue import SOFT_AND_ADIPOSE_G_CM3, Tissue
from anatomy.volume import Grid

_FATTY_G_CM3 = (0.22, 0.76)  # marrow of a haemangioma: fat between its vessels (a mixture: ours)
_HOLE_REACH_MM = 1.6  # of voxels that open a wall, to either side of the surface


def paint(canvas: SoftTissue, spec: PatientSpec, spine: Column, bone_mm: Array, grid: Grid) -> None:
    """Tumour in marrow's place, and what bulges into the canal, onto a canvas that is still being built.

    bone_mm: distance (i, j, k) to all bone.
    """
    voxel = float(grid.voxel_mm.max())
    for level in dict.fromkeys(one.level for one in spec.lesions):
        v = spine.vertebrae[level]
        window = grid.window(*_box(v))
        if any(s.stop <= s.start for s in window):
            continue
        part = grid.part(window)
        near = np.nonzero(bone_mm[window] < 0.5 * voxel)
        x, y, z = _unfractured(spine, v, part)
        at = tuple(np.broadcast_to(a, part.shape)[near] for a in (x, y, z))
        for lesion in lesions_at(spec, v):
            if lesion.kind == "blastic metastasis":
                continue
            into = _FATTY_G_CM3 if lesion.kind == "haemangioma" else SOFT_AND_ADIPOSE_G_CM3[Tissue.TUMOUR]
            share = share_inside(lesion.distance(*at), MARGIN_MM[lesion.kind], voxel)
            share = share * shapes.coverage(bone_mm[window][near], voxel)
            for volume, density in zip((canvas.soft, canvas.adipose), into, strict=True):
                volume[window][near] += share * (density - volume[window][near])
            if lesion.bulge is not None:
                bulge = np.maximum(lesion.bulge.distance(x, y, z), canal_distance(v, x, y))
                brush(canvas, window, np.broadcast_to(bulge, part.shape), Tissue.TUMOUR, voxel)


def openings(spec: PatientSpec, spine: Column, grid: Grid) -> NDArray[np.bool_]:
    """Voxels (i, j, k) of the target's walls that a tumour has eaten through, as found: ways out for cement."""
    v = spine.target_vertebra
    open_wall = np.zeros(grid.shape, dtype=bool)
    lesions = [one for one in lesions_at(spec, v) if one.kind in EATS or one.hole_mm is not None]
    if not lesions:
        return open_wall
    x, y, z = _unfractured(spine, v, grid)
    surface = np.minimum(np.broadcast_to(body_field(v, x, y, z).distance_mm, grid.shape), arch_distance(v, grid))
    near = np.nonzero(np.abs(surface) < _HOLE_REACH_MM)
    at = tuple(np.broadcast_to(a, grid.shape)[near] for a in (x, y, z))
    for lesion in lesions:
        share = share_inside(lesion.distance(*at), MARGIN_MM[lesion.kind], float(grid.voxel_mm.max()))
        open_wall[near] |= share * destroyed(lesion, v, *at) > 0.6
    return open_wall


def _unfractured(spine: Column, v: Vertebra, grid: Grid) -> tuple[Array, Array, Array]:
    """x, y, z of voxels (broadcastable) in the vertebral frame, in the target's unfractured body."""
    x, y, z = shapes.local_axes(grid, frames.inverse(v.patient_from_vertebra))
    if spine.collapse is not None and v.level == spine.target:
        y, z, _ = spine.collapse.unfractured(x, y, z, 1.0)
    return x, y, z


def _box(v: Vertebra) -> tuple[FloatArray, FloatArray]:
    d = v.size
    half = np.array([0.5 * d.endplate_width_inf_mm + 6.0, 0.5 * d.depth_mm + 4.0, 0.5 * d.rim_height_mm + 6.0])
    low, high = -half, half
    low[1] -= 0.8 * d.canal_depth_mm + 8.0  # pedicles and canal
    return box_in_patient((low, high), v.patient_from_vertebra)

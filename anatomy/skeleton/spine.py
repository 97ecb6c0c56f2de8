"""The bones of the column as voxels: mineral of each vertebra in three groups, and the distance to bone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatomy import frames, shapes
from anatomy.column import Column
from anatomy.findings import earlier_cement, lesions
from anatomy.fractures import fracture_field
from anatomy.fractures.breaks import opening_distance
from anatomy.fractures.fracture import Collapse
from anatomy.frames import FloatArray
from anatomy.shapes import Array, Indices
from anatomy.skeleton import bone_density
from anatomy.skeleton.arch import FAR_MM, arch_distance, box_in_patient
from anatomy.skeleton.vertebra import SECTION_EXPONENT, Vertebra, body_box, body_field
from anatomy.spec import PatientSpec
from anatomy.tissue import CORTEX_MINERAL_G_CM3
from anatomy.volume import Grid

ARCH_CORTEX_MM = 1.05  # lamina and pedicle walls; medial twice the lateral one (anatomy 2)
PEDICLE_ROOT_MM = 4.0  # shape: fillet between pedicle and body
_ARCH_REACH_MM = 46.0
_PEDICLE_END_MM = 2.5  # before the posterior wall's middle: where the wall is at the pedicles


@dataclass(frozen=True)
class BonePiece:
    """One vertebra in a window of a grid.

    distance: to its surface (i, j, k), mm; at: where in the window mineral is; body, arch: that mineral, g/cm3.
    """

    window: tuple[slice, slice, slice]
    distance: Array
    at: Indices
    body: Array
    arch: Array


@dataclass(frozen=True)
class _Surface:
    """Distances of one vertebra in a window of a grid: to its arch, its body (where near), and to both."""

    window: tuple[slice, slice, slice]
    part: Grid
    arch: Array
    body: _BodyOnGrid | None
    distance: Array


def _surface(spec: PatientSpec, v: Vertebra, grid: Grid, collapse: Collapse | None) -> _Surface | None:
    window = grid.window(*box_in_patient(_vertebra_box(v, collapse), v.patient_from_vertebra))
    if any(s.stop <= s.start for s in window):
        return None
    part = grid.part(window)
    arch = arch_as_found(v, part, collapse)
    body = _body_on_grid(spec, v, part, collapse)
    distance = arch.copy()
    if body is not None:
        distance[body.window] = shapes.smooth_min(body.distance, arch[body.window], PEDICLE_ROOT_MM)
    return _Surface(window, part, arch, body, distance)


def arch_as_found(v: Vertebra, grid: Grid, collapse: Collapse | None) -> Array:
    """Distance (i, j, k) to the arch. In a fractured vertebra its pedicles end where they meet the body: what runs
    on into a whole body would stand out of a collapsed one."""
    arch = arch_distance(v, grid)
    if collapse is None:
        return arch
    x, y, _ = _local(v, grid)
    # The body's back is round: beside its middle the pedicle has farther to go until it meets it.
    n, half_depth = SECTION_EXPONENT[v.region], 0.5 * v.size.depth_mm
    across = np.minimum(np.abs(x) / (0.5 * v.size.endplate_width_inf_mm), 0.9)
    farther = half_depth * (1.0 - (1.0 - across**n) ** (1.0 / n))
    return np.maximum(arch, y - (v.posterior_wall_y_mm + _PEDICLE_END_MM + farther), dtype=np.float32)


def vertebra_piece(spec: PatientSpec, v: Vertebra, grid: Grid, collapse: Collapse | None) -> BonePiece | None:
    """One vertebra as found; None where the grid does not reach it.

    Body and arch are one bone: the cortex follows their common surface, marrow is continuous through the
    pedicles. The two are then told apart along the posterior wall, because only the body collapses.
    """
    found = _surface(spec, v, grid, collapse)
    if found is None:
        return None
    part, voxel = found.part, float(found.part.voxel_mm.max())
    at: Indices = np.nonzero(found.distance < 0.5 * voxel)  # type: ignore[assignment]  # a seventh of the window
    x, y, _ = (np.broadcast_to(a, part.shape)[at] for a in _local(v, part))
    inside, of_arch = found.distance[at], found.arch[at]
    of_body, body_cortex, body_trabecular, squeeze = _body_at(found.body, at)
    arch_cortex = np.sqrt(bone_density.cortical_thinning(spec)) * _arch_cortex_mm(v, x, y)
    is_body = of_body < of_arch
    # No wall between pedicle and body: inside the junction both surfaces are near and neither counts.
    junction = np.exp(-(((of_body - of_arch) / 4.0) ** 2)) * np.clip(-inside / 0.5 - 0.6, 0.0, 1.0)
    cortex = np.where(is_body, body_cortex, arch_cortex) * (1.0 - junction)
    pedicle = np.float32(bone_density.arch_bmd_g_cm3(spec, v)) * np.where(of_body < 0.0, squeeze, np.float32(1.0))
    trabecular = np.where(is_body, body_trabecular, pedicle)
    grown_at = _grown_at(v, part, at, is_body, collapse)
    if voxel < 1.0:
        trabecular = trabecular * bone_density.grain(spec, v, part, grown_at, is_body)
    elif voxel > 1.0:  # voxels of 1 mm are quick to build and have no texture
        trabecular = trabecular * bone_density.patches(spec, v, part, grown_at)
    if any(lesion.level == v.level for lesion in spec.lesions):
        points = _unfractured(v, part, at, is_body, collapse)
        cortex, trabecular = lesions.changed_bone(spec, v, points, cortex, trabecular, voxel)
    mineral = _mineral(inside, cortex, trabecular, voxel)
    if earlier_cement.cement_at(spec, v.level) is not None:
        points = _unfractured(v, part, at, is_body, collapse)
        mineral += earlier_cement.AS_MINERAL_G_CM3 * earlier_cement.cement_share(spec, v, points, voxel)
    behind = 3.0 + (collapse.spec.retropulsion_mm if collapse is not None else 0.0)
    share = shapes.coverage(of_body - 1.5, 1.0) * (y > v.posterior_wall_y_mm - behind)
    body: Array = mineral * share
    arch: Array = mineral * (1.0 - share)
    if collapse is not None:
        # In large voxels the whole body is quick to weigh; in small ones only where the shorter way is not exact.
        whole = vertebra_piece(spec, v, grid, None) if collapse.is_deep or voxel >= 1.0 else None
        if whole is not None:
            wanted = float(whole.body.sum())
        else:  # the mineral of each voxel before the fracture, times how far it was pressed together
            pressed = np.maximum(squeeze, np.float32(0.05))
            before = _mineral(inside, cortex / pressed, trabecular / pressed, voxel)
            wanted = float((before * share * squeeze).sum())
        body = bone_density.weighed(body, share * shapes.coverage(inside + cortex, voxel), wanted)
    return BonePiece(found.window, found.distance, at, body, arch)


def _unfractured(
    v: Vertebra, part: Grid, at: Indices, is_body: NDArray[np.bool_], collapse: Collapse | None
) -> tuple[Array, Array, Array]:
    """x, y, z (n,) of voxels in the vertebral frame: of the body (n,) where they were before the fracture."""
    x, y, z = (np.broadcast_to(a, part.shape)[at] for a in _local(v, part))
    if collapse is not None:
        body_y, body_z, _ = collapse.unfractured(x[is_body], y[is_body], z[is_body], 1.0)
        y[is_body], z[is_body] = body_y, body_z
    return x, y, z


def _grown_at(
    v: Vertebra, part: Grid, at: Indices, is_body: NDArray[np.bool_], collapse: Collapse | None
) -> Indices:
    """Voxels in which the bone of voxels lay before the fracture: its texture moves with it."""
    if collapse is None:
        return at
    points = np.stack(_unfractured(v, part, at, is_body, collapse), axis=-1)
    index = frames.apply(frames.compose(frames.inverse(part.patient_from_voxel), v.patient_from_vertebra), points)
    i, j, k = np.rint(index).astype(np.intp).T
    return i, j, k


def _local(v: Vertebra, grid: Grid) -> tuple[Array, Array, Array]:
    return shapes.local_axes(grid, frames.inverse(v.patient_from_vertebra))


def _vertebra_box(v: Vertebra, collapse: Collapse | None) -> tuple[FloatArray, FloatArray]:
    d, high = v.size, _body_reach(v, collapse)[1]
    half_span = max(0.5 * d.tp_span_mm + 5.0, high[0])
    back = v.posterior_wall_y_mm - d.spinous_tip_behind_post_wall_mm - 6.0
    return np.array([-half_span, back, -_ARCH_REACH_MM]), np.array([half_span, high[1], _ARCH_REACH_MM])


def _body_reach(v: Vertebra, collapse: Collapse | None) -> tuple[FloatArray, FloatArray]:
    """``body_box`` with what a fracture drives out of it, forward and back."""
    low, high = body_box(v)
    if collapse is not None:
        low = low - (0.0, collapse.spec.retropulsion_mm, 0.0)
        high = high + (0.0, fracture_field.FORWARD_MM, 0.0)
    return low, high


@dataclass(frozen=True)
class _BodyOnGrid:
    """A body in the window of a grid in which it is near: distance and cortex (mm), trabecular bone (g/cm3), and
    how much denser the collapse has made it there."""

    window: tuple[slice, slice, slice]
    distance: Array
    cortex: Array
    trabecular: Array
    squeeze: Array


def _body_on_grid(spec: PatientSpec, v: Vertebra, grid: Grid, collapse: Collapse | None) -> _BodyOnGrid | None:
    """The body as found; None where the grid does not reach it."""
    window = grid.window(*box_in_patient(_body_reach(v, collapse), v.patient_from_vertebra))
    if any(s.stop <= s.start for s in window):
        return None
    x, y, z = _local(v, grid.part(window))
    wall: Array | float = 1.0
    core: Array | float = 1.0
    if collapse is not None:
        y, z, wall, core = collapse.as_found(x, y, z, float(grid.voxel_mm[2]))
    field = body_field(v, x, y, z, thinning=bone_density.cortical_thinning(spec))
    density = bone_density.body_bmd_g_cm3(spec) * v.size.trab_hu_factor_rel_L1
    # What was pressed together keeps its mass: a shortened wall folds and thickens, marrow bone gets denser.
    cortex = _with_openings(v, collapse, field.cortex_mm, x, y, z) * wall
    trabecular = density * bone_density.body_profile(v, x, y, z) * core
    squeeze = np.broadcast_to(core, field.distance_mm.shape)
    arrays = (field.distance_mm, cortex, trabecular, squeeze)
    return _BodyOnGrid(window, *(np.asarray(a, dtype=np.float32) for a in arrays))


def _body_at(field: _BodyOnGrid | None, at: Indices) -> tuple[Array, Array, Array, Array]:
    """Distance, cortex, trabecular bone and squeeze (n,) of the body at voxels; far, nothing, nothing and 1 where
    it is not near."""
    out = tuple(np.full(at[0].size, fill, np.float32) for fill in (FAR_MM, 0.0, 0.0, 1.0))
    if field is not None:
        inner = [a - s.start for a, s in zip(at, field.window, strict=True)]
        near = np.logical_and.reduce(
            [(a >= 0) & (a < n) for a, n in zip(inner, field.distance.shape, strict=True)]
        )
        there = tuple(a[near] for a in inner)
        arrays = (field.distance, field.cortex, field.trabecular, field.squeeze)
        for values, array in zip(out, arrays, strict=True):
            values[near] = array[there]
    return out[0], out[1], out[2], out[3]


def _with_openings(
    v: Vertebra, collapse: Collapse | None, cortex_mm: Array, x: Array, y: Array, z: Array
) -> Array:
    """Cortical thickness with the basivertebral foramen and what the fracture broke open taken out."""
    open_wall = bone_density.basivertebral_share(v, x, y, z) * (y < v.posterior_wall_y_mm + 4.0)
    cortex = cortex_mm * (1.0 - np.clip(open_wall, 0.0, 1.0))
    if collapse is not None:
        cortex = cortex * (opening_distance(collapse, x, y, z) > 0.0)
    return cortex


def _arch_cortex_mm(v: Vertebra, x: Array, y: Array) -> Array:
    """True cortical thickness: the pedicle's medial wall about twice its lateral one (anatomy 2)."""
    offset = np.abs(x) - 0.5 * v.size.pedicle_center_to_center_mm
    outward = np.clip(offset / (0.5 * v.size.pedicle_width_mm), -1.0, 1.0)
    near = np.exp(-(((y - v.posterior_wall_y_mm + 6.0) / 6.0) ** 2))
    return ARCH_CORTEX_MM * (1.0 - 0.32 * outward * near)


def _mineral(distance: Array, cortex_mm: Array, trabecular: Array, voxel_mm: float) -> Array:
    """Mineral density of voxels: a cortical shell of true areal density around trabecular bone."""
    shell = shapes.shell_coverage(distance, cortex_mm, voxel_mm)
    core = shapes.coverage(distance + cortex_mm, voxel_mm)
    return np.asarray(CORTEX_MINERAL_G_CM3 * shell + trabecular * core, dtype=np.float32)


@dataclass(frozen=True)
class Bones:
    """Mineral on one grid in three groups that move differently, and the distance to all bone.

    lower   target's arch and everything below and beside it: never moves
    body    the target's body: deforms with the fracture
    upper   everything above: follows the superior endplate rigidly
    """

    lower: Array
    body: Array
    upper: Array
    distance: Array


def voxelise(spec: PatientSpec, spine: Column, grid: Grid) -> Bones:
    """All vertebrae on an axis-aligned grid. Where two bones meet in a voxel the denser one counts."""
    lower, upper, body = (np.zeros(grid.shape, dtype=np.float32) for _ in range(3))
    distance = np.full(grid.shape, FAR_MM, dtype=np.float32)

    def piece_of(v: Vertebra) -> BonePiece | None:
        return vertebra_piece(spec, v, grid, spine.collapse if v.level == spine.target else None)

    # NumPy computes outside the interpreter's lock, so two vertebrae are made at once; they are joined in order.
    with ThreadPoolExecutor(max_workers=2) as pool:
        for level, piece in zip(spine.vertebrae, pool.map(piece_of, spine.vertebrae.values()), strict=True):
            if piece is None:
                continue
            is_target = level == spine.target
            group = upper if spine.is_above(level) else lower
            for into, mineral in ((body if is_target else group, piece.body), (group, piece.arch)):
                part = into[piece.window]
                part[piece.at] = np.maximum(part[piece.at], mineral)
            np.minimum(distance[piece.window], piece.distance, out=distance[piece.window])
    return Bones(lower, body, upper, distance)


def bone_distance(spec: PatientSpec, spine: Column, grid: Grid) -> Array:
    """Distance (i, j, k) to all vertebrae on an axis-aligned grid, mm; FAR_MM where none is near."""
    distance = np.full(grid.shape, FAR_MM, dtype=np.float32)
    for level, v in spine.vertebrae.items():
        found = _surface(spec, v, grid, spine.collapse if level == spine.target else None)
        if found is not None:
            np.minimum(distance[found.window], found.distance, out=distance[found.window])
    return distance

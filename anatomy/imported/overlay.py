"""The scan's voxels in place of a made-up person's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy import frames, shapes
from anatomy.column import Column
from anatomy.imported.moving import BODY, LOWER, UPPER, as_broken
from anatomy.imported.organs import ORGANS, seen_hazards
from anatomy.imported.scan import Scan, densities, sampled, signed_distance_mm, tissue_of
from anatomy.mineral_groups import MineralGroups
from anatomy.patient import Patient
from anatomy.regions import Region
from anatomy.shapes import Array
from anatomy.tissue import SOFT_AND_ADIPOSE_G_CM3, Tissue
from anatomy.volume import Grid, Volume

_STEPS_A_G = np.float32(1024.0)
_FILLED = SOFT_AND_ADIPOSE_G_CM3[Tissue.LIGAMENT]  # what lies where a fracture has moved bone away


@dataclass(frozen=True, eq=False)
class Source:
    """What is overlaid: the scan, which group each of its voxels moves with, and labelled organs (see ORGANS)."""

    scan: Scan
    group: NDArray[np.uint8]
    organs: Mapping[str, NDArray[np.bool_]]

    def group_on(self, grid: Grid) -> NDArray[np.uint8]:
        """Groups on another grid, by nearest voxel."""
        code = sampled(self.group, self.scan.hu.grid, grid, order=0, outside=float(LOWER))
        return np.asarray(code.astype(np.uint8))


@dataclass(frozen=True, eq=False)
class _There:
    """The scan on the part of a grid that it reaches: CT number, vertebral bone, weight of bone against what was
    made up, and group of each voxel."""

    window: tuple[slice, slice, slice]
    grid: Grid
    hu: Array
    bone: Array
    share: Array
    group: NDArray[np.uint8]

    @classmethod
    def of(cls, source: Source, grid: Grid) -> _There:
        scan = source.scan
        window = scan.window_on(grid)
        part = grid.part(window)
        return cls(window, part, scan.hu_on(part), scan.bone_on(part), scan.share(part), source.group_on(part))

    def into(self, made_up: NDArray, real: Array, share: Array) -> Array:
        """A made-up array of the whole grid (float32, written to) with the scan's values in it by their share."""
        part = made_up[self.window]
        for i in _slabs(len(part)):
            part[i] += share[i] * (real[i] - part[i])
        for i in _slabs(len(made_up)):  # steps of about one HU: noise below would only fill the patient file
            made_up[i] = np.rint(made_up[i] * _STEPS_A_G) / _STEPS_A_G
        return made_up

    def densities(self, which: Iterable[int] = (0, 1, 2)) -> tuple[Array, ...]:
        """Soft, adipose and mineral density of the scan (0, 1 and 2), or some of them."""
        out = tuple(np.empty_like(self.hu) for _ in which)
        for i in _slabs(len(self.hu)):
            found = densities(self.hu[i], self.bone[i])
            for array, number in zip(out, which, strict=True):
                array[i] = found[number]
        return out


def _slabs(n: int) -> Iterator[slice]:
    """Parts of a first axis: what is computed in between takes little memory."""
    return (slice(start, min(start + 16, n)) for start in range(0, n, 16))


def overlaid(made_up: Patient, source: Source, *, progress: Callable[[float], None]) -> Patient:
    """made_up with the scan in it. Landmarks, corridors and digest are still those of made_up.

    Volume by volume takes the place of the made-up one: memory holds both only if the caller does.
    """
    column, scan = made_up.column, source.scan
    made_up = replace(made_up, fine=_fine(made_up, source))
    progress(0.4)
    grid = _covering(made_up.soft.grid, scan)
    there = _There.of(source, grid)
    soft_ct, adipose_ct, mineral = there.densities()
    far, bone = _mineral(made_up.far, there, column, grid, mineral)
    del mineral
    made_up = replace(made_up, far=far)
    if bone is not None:
        _refill(soft_ct, adipose_ct, there.bone, bone)
    progress(0.6)
    share = scan.share(there.grid, soft=True)
    made_up = replace(made_up, soft=Volume(there.into(_padded(made_up.soft, grid), soft_ct, share), grid))
    made_up = replace(made_up, adipose=Volume(there.into(_padded(made_up.adipose, grid), adipose_ct, share), grid))
    del soft_ct, adipose_ct, share, bone
    progress(0.65)
    made_up = replace(made_up, tissue=Volume(_tissue(made_up, source, there, grid), grid))
    del there
    progress(0.75)
    return replace(
        made_up,
        bone_distance=_bone_distance(made_up, source, column),
        regions=_regions(made_up, source, column),
        hazards=seen_hazards(made_up.hazards, scan, source.organs),
    )


def _fine(made_up: Patient, source: Source) -> MineralGroups:
    """Mineral of the fine box."""
    grid = made_up.fine.lower.grid
    there = _There.of(source, grid)
    (mineral,) = there.densities((2,))
    return _mineral(made_up.fine, there, made_up.column, grid, mineral)[0]


def _covering(grid: Grid, scan: Scan) -> Grid:
    """The body's grid, widened by whole voxels to hold all of the scanned body."""
    index = np.argwhere(scan.body[::2, ::2, ::2]) * 2.0
    points = frames.apply(scan.hu.patient_from_voxel, index)
    low, high = grid.box_mm()
    voxel = grid.voxel_mm
    wider_low = np.minimum(low, low + voxel * np.floor((points.min(axis=0) - 4.0 - low) / voxel))
    wider_high = np.maximum(high, high + voxel * np.ceil((points.max(axis=0) + 4.0 - high) / voxel))
    # The ends of the trunk stay where they are: what is shown reaches from neck to hips.
    wider_low[2], wider_high[2] = low[2], high[2]
    return Grid.spanning(wider_low, wider_high, voxel)


def _padded(volume: Volume, grid: Grid) -> NDArray:
    """A volume on a grid that is larger by whole voxels, zero around it."""
    offset = frames.apply(frames.inverse(grid.patient_from_voxel), volume.patient_from_voxel[:3, 3])
    start = np.rint(offset).astype(int)
    out = np.zeros(grid.shape, dtype=volume.array.dtype)
    out[tuple(slice(s, s + n) for s, n in zip(start, volume.array.shape, strict=True))] = volume.array
    return out


def _mineral(
    made_up: MineralGroups, there: _There, column: Column, grid: Grid, mineral: Array
) -> tuple[MineralGroups, Array | None]:
    """Mineral groups on a grid with the scan's mineral, and where bone lies after a fracture (None without)."""
    collapse = column.collapse
    bone = None if collapse is None else np.zeros_like(there.bone)
    volumes = []
    for number, group in ((LOWER, made_up.lower), (BODY, made_up.body), (UPPER, made_up.upper)):
        mine = there.group == number
        part = np.where(mine, mineral, np.float32(0.0))
        if collapse is not None and bone is not None:
            moved = as_broken(np.where(mine, there.bone, np.float32(0.0)), there.grid, collapse, number)
            np.maximum(bone, moved, out=bone)
            part = as_broken(part, there.grid, collapse, number, with_mass=True)
        whole = there.into(_padded(group, grid), part, there.share)
        volumes.append(_cropped(whole, grid, keep_all=number == LOWER))
    return MineralGroups(volumes[0], volumes[1], volumes[2], made_up.part), bone


def _refill(soft: Array, adipose: Array, was_bone: Array, bone: Array) -> None:
    """Marrow where bone has come to lie, ligament and disc where it has gone (the canvas is our own)."""
    for canvas, filled, marrow in zip((soft, adipose), _FILLED, SOFT_AND_ADIPOSE_G_CM3[Tissue.BONE], strict=True):
        gone = np.clip(was_bone - bone, 0.0, 1.0)
        canvas += gone * (np.float32(filled) - canvas)
        come = np.clip(bone - was_bone, 0.0, 1.0)
        canvas += come * (np.float32(marrow) - canvas)


def _cropped(array: Array, grid: Grid, *, keep_all: bool) -> Volume:
    """A group cropped to where it is, with a margin for the way that a reduction moves it."""
    if keep_all:
        return Volume(array, grid)
    window = []
    for axis, n in enumerate(grid.shape):
        met = np.flatnonzero(array.any(axis=tuple(a for a in range(3) if a != axis)))
        margin = int(np.ceil(16.0 / grid.voxel_mm[axis]))
        low, high = (met[0], met[-1] + 1) if met.size else (0, min(4, n))
        window.append(slice(max(int(low) - margin, 0), min(int(high) + margin, n)))
    i, j, k = window
    return Volume(np.ascontiguousarray(array[i, j, k]), grid.part((i, j, k)))


def _tissue(made_up: Patient, source: Source, there: _There, grid: Grid) -> NDArray[np.uint8]:
    scan = source.scan
    body = scan.mask_on(scan.body, there.grid)
    label = tissue_of(there.hu, there.bone, body, float(grid.voxel_mm.max()))
    for name, mask in source.organs.items():
        made_of = ORGANS[name].tissue
        if made_of is not None:
            label[scan.mask_on(mask, there.grid)] = made_of
    out = _padded(made_up.tissue, grid)
    part = out[there.window]
    if made_up.column.collapse is not None:  # where the fracture has left bone, the fitted one tells
        label[part == Tissue.BONE] = Tissue.BONE
    np.copyto(part, label, where=there.share > 0.5)
    return out


def _found_bone(source: Source, column: Column, grid: Grid) -> tuple[list[NDArray], NDArray]:
    """Bone (bool) of the three groups on a grid as found, and where the scan counts."""
    scan = source.scan
    bone, code = scan.bone_on(grid), source.group_on(grid)
    out = []
    for number in (LOWER, BODY, UPPER):
        part = np.where(code == number, bone, np.float32(0.0))
        if column.collapse is not None:
            part = as_broken(part, grid, column.collapse, number)
        out.append(part > 0.5)
    return out, scan.share(grid) > 0.5


def _bone_distance(made_up: Patient, source: Source, column: Column) -> Volume:
    grid = made_up.bone_distance.grid
    parts, real = _found_bone(source, column, grid)
    bone = np.where(real, parts[0] | parts[1] | parts[2], made_up.bone_distance.array < 0.0)
    # A staircase of whole voxels would catch a needle; half a voxel of smoothing takes it away.
    return Volume(signed_distance_mm(bone, grid, smooth_mm=0.7), grid)


def _regions(made_up: Patient, source: Source, column: Column) -> Volume:
    """Regions of the fitted geometry with bone told by the voxels."""
    grid, before = made_up.regions.grid, made_up.regions.array
    parts, real = _found_bone(source, column, grid)
    bony = np.isin(before, (Region.BODY, Region.ARCH, Region.NEIGHBOUR_BONE, Region.BASIVERTEBRAL_VEIN))
    # Where the fit saw bone and the scan shows none, the nearest soft region goes on.
    nearest = ndimage.distance_transform_edt(bony, return_distances=False, return_indices=True)
    label = before[tuple(nearest)]
    v = column.target_vertebra
    _, y, z = shapes.local_axes(grid, frames.inverse(v.patient_from_vertebra))
    half, wall = 0.5 * v.size.rim_height_mm, v.posterior_wall_y_mm
    below = np.broadcast_to(z < np.where(y > wall, -half - 1.5, -half - 12.0), grid.shape)
    label[parts[LOWER]] = Region.ARCH
    label[(parts[LOWER] & below) | parts[UPPER]] = Region.NEIGHBOUR_BONE
    label[parts[BODY]] = Region.BODY
    inner = (before == Region.BASIVERTEBRAL_VEIN) & parts[BODY]
    label[inner] = Region.BASIVERTEBRAL_VEIN
    return Volume(np.where(real, label, before).astype(before.dtype), grid)

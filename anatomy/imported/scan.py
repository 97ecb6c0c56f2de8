"""The scan in the patient's frame: what is body, what is bone, and densities on any grid."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy import frames, shapes
from anatomy.frames import FloatArray
from anatomy.imported.completing import Skin
from anatomy.imported.fitting import BONE_HU
from anatomy.shapes import Array
from anatomy.tissue import HU_PER_BMD, SOFT_AND_ADIPOSE_G_CM3, Tissue, densities_from_hu, hu_from_densities
from anatomy.volume import Grid, Volume

AIR_HU = -1000.0
_BODY_HU = -300.0  # denser is patient or couch
_GAS_HU, _FAT_HU = -250.0, -30.0
_SKIN_MM = 2.0
_HOLE_MM2 = 90.0  # a canal has 150 to 400 mm2 (anatomy 3.1)
FADE_MM = 8.0
"""Over so much inside the scan's edge its bone gives way to what was made up."""
SOFT_FADE_MM = 35.0
"""Over at most so much its soft tissue does, at the ends of the scan."""


@dataclass(frozen=True, eq=False)
class Scan:
    """CT numbers without the couch (float32), vertebral bone (0 to 1) and body (bool) on one grid.

    The grid's affine leads into the patient frame and is usually turned a little.
    """

    hu: Volume
    bone: NDArray[np.float32]
    body: NDArray[np.bool_]

    def window_on(self, grid: Grid) -> tuple[slice, slice, slice]:
        """The voxels of a grid among which all lie that the scan reaches; at least one voxel a side."""
        low, high = self.hu.grid.box_mm()
        i, j, k = grid.window(low, high)
        i, j, k = (slice(s.start, max(s.stop, s.start + 1)) if s.start < n else slice(n - 1, n)
                   for s, n in zip((i, j, k), grid.shape, strict=True))  # fmt: skip
        return i, j, k

    def share(self, grid: Grid, *, soft: bool = False) -> Array:
        """How much the scan counts on a grid: 0 from half a voxel inside its edge, 1 deeper inside.

        Bone fades over FADE_MM; soft tissue, whose outlines and organs do not go on where they were cut off, over
        a tenth of the scan's height along the body.
        """
        source = self.hu.grid
        out: Array = np.empty(grid.shape, dtype=np.float32)
        for k, part in grid.blocks(16):
            weight: Array = np.ones((1, 1, 1), dtype=np.float32)
            index = shapes.local_axes(part, frames.inverse(source.patient_from_voxel))
            for number, (axis, n, voxel) in enumerate(zip(index, source.shape, source.voxel_mm, strict=True)):
                fade = np.clip(0.1 * n * voxel, FADE_MM, SOFT_FADE_MM) if soft and number == 2 else FADE_MM
                rim = 0.5 * float(voxel)
                depth = (np.minimum(axis, (n - 1) - axis) + 0.5) * np.float32(voxel)
                t = np.clip((depth - rim) / (fade - rim), 0.0, 1.0)
                weight = weight * (t * t * (3.0 - 2.0 * t))
            out[:, :, k] = weight
        return out

    def hu_on(self, grid: Grid) -> Array:
        """CT numbers on a grid (cubic), air beyond the scan. Voxels finer than the grid's are averaged first."""
        coarser = grid.voxel_mm.max() / self.hu.grid.voxel_mm
        source = np.asarray(self.hu.array, dtype=np.float32)
        if np.any(coarser > 1.2):
            source = ndimage.gaussian_filter(source, np.maximum(0.4 * (coarser - 1.0), 0.0), truncate=3.0)
        return np.clip(sampled(source, self.hu.grid, grid, order=3, outside=AIR_HU), -1024.0, 3071.0)

    def bone_on(self, grid: Grid) -> Array:
        """Share of vertebral bone on a grid (linear)."""
        return sampled(self.bone, self.hu.grid, grid, order=1, outside=0.0)

    def mask_on(self, mask: NDArray[np.bool_], grid: Grid) -> NDArray[np.bool_]:
        """A mask of the scan on another grid."""
        return sampled(mask.astype(np.float32), self.hu.grid, grid, order=1, outside=0.0) > 0.5


def sampled(source: NDArray, from_grid: Grid, grid: Grid, *, order: int, outside: float) -> Array:
    """source on another grid, in slabs on two threads."""
    voxel_from_voxel = frames.compose(frames.inverse(from_grid.patient_from_voxel), grid.patient_from_voxel)
    # Only the part that is met, so that the spline is fitted to no more than it has to be.
    corners = frames.apply(
        voxel_from_voxel, np.array(np.meshgrid(*((0, n - 1) for n in grid.shape))).reshape(3, -1).T
    )
    low = np.clip(np.floor(corners.min(axis=0)).astype(int) - 12, 0, np.array(from_grid.shape) - 1)
    high = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 13, 1, from_grid.shape)
    out = np.full(grid.shape, outside, dtype=np.float32)
    if np.any(high <= low):
        return out
    part = source[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    # The scan is met as far as its last voxels reach; beyond, the edge goes on and `outside` is put back below.
    if order > 1:
        part = ndimage.spline_filter(part, order, output=np.float32, mode="nearest")

    def slab(k: slice, block: Grid) -> None:
        shape = (*grid.shape[:2], k.stop - k.start)
        shift = voxel_from_voxel[:3, 3] + k.start * voxel_from_voxel[:3, 2] - low
        out[:, :, k] = ndimage.affine_transform(
            part, voxel_from_voxel[:3, :3], shift, shape, order=order, prefilter=False, mode="nearest"
        )

        beyond: NDArray = np.zeros((1, 1, 1), dtype=bool)
        for axis, n in zip(shapes.local_axes(block, voxel_from_patient), from_grid.shape, strict=True):
            beyond = beyond | (axis < -0.5) | (axis > n - 0.5)
        np.copyto(out[:, :, k], np.float32(outside), where=beyond)

    voxel_from_patient = frames.inverse(from_grid.patient_from_voxel)
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(slab, *zip(*grid.blocks(16), strict=True)))
    return out


def body_mask(hu: Volume) -> NDArray[np.bool_]:
    """What is patient and not couch or air: the largest piece after thin bridges are cut, holes filled."""
    dense = hu.array > _BODY_HU
    if dense.mean() > 0.97:  # a crop from inside the body
        return np.ones(dense.shape, dtype=bool)
    voxel = hu.grid.voxel_mm
    ball = _ball(4.0, voxel)
    # Padded with tissue at the ends, so that opening does not nibble at the first and last slices.
    padded = np.pad(dense, [(0, 0), (0, 0), (len(ball), len(ball))], mode="edge")
    opened = ndimage.binary_opening(padded, ball)[:, :, len(ball) : -len(ball)]
    pieces, count = ndimage.label(opened)
    if count == 0:
        return np.ones(dense.shape, dtype=bool)
    largest = pieces == 1 + int(np.bincount(pieces.ravel())[1:].argmax())
    body = ndimage.binary_dilation(largest, _ball(max(4.0, 1.5 * float(voxel.max())), voxel)) & dense
    for k in range(body.shape[2]):  # gas inside is patient too
        body[:, :, k] = ndimage.binary_fill_holes(body[:, :, k])
    return np.asarray(body)


def _ball(radius_mm: float, voxel_mm: FloatArray) -> NDArray[np.bool_]:
    n = np.maximum(np.round(radius_mm / voxel_mm), 1).astype(int)
    axes = np.meshgrid(*(np.arange(-k, k + 1) / k for k in n), indexing="ij")
    return np.asarray(sum(a * a for a in axes) <= 1.0)


def bone_share(hu: Volume, is_vertebra: NDArray[np.bool_], near: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Vertebral bone (0 to 1): labelled voxels, and where labels hold bodies only (near) what is dense as well."""
    share = is_vertebra.astype(np.float32)
    share[near] = np.clip((hu.array[near] - BONE_HU) / 120.0 + 0.5, 0.0, 1.0)
    # Marrow inside processes is less dense than the threshold: small holes are filled, the canal is none.
    largest = _HOLE_MM2 / float(np.prod(hu.grid.voxel_mm[:2]))
    for k in range(share.shape[2]):
        bony = share[:, :, k] > 0.5
        holes, count = ndimage.label(ndimage.binary_fill_holes(bony) & ~bony)
        if count:
            sizes = np.bincount(holes.ravel())
            small = (sizes[holes] <= largest) & (holes > 0)
            share[:, :, k][small] = 1.0
    return share


def signed_distance_mm(inside: NDArray[np.bool_], grid: Grid, *, smooth_mm: float = 0.0) -> Array:
    """Distance (i, j, k) to the surface of a mask, negative inside; far (50 mm) where there is none."""
    if not inside.any():
        return np.full(grid.shape, 50.0, dtype=np.float32)
    voxel = grid.voxel_mm
    out = ndimage.distance_transform_edt(~inside, sampling=voxel).astype(np.float32)
    out -= ndimage.distance_transform_edt(inside, sampling=voxel).astype(np.float32)
    # Centres on both sides lie half a voxel from the surface.
    out -= np.sign(out) * np.float32(0.5 * voxel.min())
    if smooth_mm > 0.0:
        out = ndimage.gaussian_filter(out, smooth_mm / voxel)
    return np.minimum(out, np.float32(50.0))


def densities(hu: Array, bone: Array | float) -> tuple[Array, Array, Array]:
    """(soft, adipose, mineral), g/cm3, of CT numbers; bone: share of it that is marrow-filled bone.

    In bone the mineral is what exceeds marrow, so that osteoporotic bone of 20 to 60 HU keeps its own. Both mixes
    invert ``tissue.hu_from_densities``.
    """
    soft, adipose, mineral = (np.asarray(a, dtype=np.float32) for a in densities_from_hu(hu))
    marrow = SOFT_AND_ADIPOSE_G_CM3[Tissue.BONE]
    marrow_hu = float(hu_from_densities(*marrow, 0.0))
    is_marrow = np.asarray(bone, dtype=np.float32) * np.clip((hu - marrow_hu) / 20.0, 0.0, 1.0).astype(np.float32)
    in_bone = np.maximum(hu - marrow_hu, 0.0) / np.float32(1000.0 * HU_PER_BMD)
    soft += is_marrow * (np.float32(marrow[0]) - soft)
    adipose += is_marrow * (np.float32(marrow[1]) - adipose)
    mineral += is_marrow * (in_bone - mineral)
    return soft, adipose, mineral


def tissue_of(hu: Array, bone: Array, body: NDArray[np.bool_], voxel_mm: float) -> NDArray[np.uint8]:
    """Tissue labels (i, j, k) told by CT number: air, skin, fat, muscle, gas in lung or bowel, bone."""
    hu = ndimage.gaussian_filter(hu, 2.0 / voxel_mm)  # noise is no fat
    label = np.full(hu.shape, Tissue.MUSCLE, dtype=np.uint8)
    label[hu < _FAT_HU] = Tissue.FAT
    gas = hu < _GAS_HU
    label[gas] = Tissue.BOWEL_GAS
    # Lung is the gas that still holds 0.1 to 0.5 g/cm3 over a volume no bowel has.
    spongy = ndimage.binary_opening(gas & (hu > -930.0), iterations=max(round(6.0 / voxel_mm), 1))
    label[ndimage.binary_dilation(spongy, iterations=max(round(8.0 / voxel_mm), 1)) & gas] = Tissue.LUNG
    label[(bone > 0.5) | (hu > 350.0)] = Tissue.BONE
    rim = body & ~ndimage.binary_erosion(body, iterations=max(round(_SKIN_MM / voxel_mm), 1), border_value=1)
    label[rim] = Tissue.SKIN
    label[~body] = Tissue.AIR
    return label


def skin_of(scan: Scan) -> Skin | None:
    """Where the skin is seen all round; None where the scan is a crop from inside the body."""
    grid = scan.hu.grid
    body = scan.body
    complete = [k for k in range(grid.shape[2]) if _is_seen_all_round(body[:, :, k])]
    if len(complete) < 5:
        return None
    rows = []
    for k in complete[:: max(len(complete) // 60, 1)]:
        index = np.argwhere(body[:, :, k])
        points = frames.apply(grid.patient_from_voxel, np.column_stack([index, np.full(len(index), k)]))
        x, y, z = points.T
        aside = (np.abs(x) > 10.0) & (np.abs(x) < 24.0)
        if aside.sum() < 4:
            continue
        rows.append((z.mean(), 0.5 * (x.max() - x.min()), y[aside].min(), y[np.abs(x) < 20.0].max()))
    rows.sort()
    return Skin(*np.array(rows).T) if len(rows) >= 5 else None


def _is_seen_all_round(section: NDArray[np.bool_]) -> bool:
    """True where a section through the body is not cut off by the scan's sides."""
    sides = section[0].mean() + section[-1].mean(), section[:, 0].mean() + section[:, -1].mean()
    return bool(section.any() and section.mean() < 0.95 and max(sides) < 0.2)

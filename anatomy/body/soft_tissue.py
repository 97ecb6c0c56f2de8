"""The body around the spine: skin, fat, muscle, vessels, organs, lungs, discs and canal, painted as voxels.

Organs are signed distances in the patient frame, painted in order onto a coarse grid with the share of each
voxel that they cover. What they are and where is said in trunk.py, abdomen.py, thorax.py, muscles.py and, near the
vertebrae, beside_spine.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy import shapes
from anatomy.body.abdomen import abdominal_organs
from anatomy.body.lung_vessels import vessel_share
from anatomy.body.muscles import muscles, retroperitoneal_fat
from anatomy.body.organ import Organ
from anatomy.body.thorax import Cage, hilum_mm, lung_distance, lung_g_cm3, mediastinal_fat, mediastinum
from anatomy.body.trunk import SKIN_MM, Trunk, cavity_distance, fat_layer_mm
from anatomy.shapes import Array
from anatomy.skeleton.vertebra import side_sign
from anatomy.spec import SIDES, PatientSpec, Side
from anatomy.table import Table, tabulated
from anatomy.tissue import SOFT_AND_ADIPOSE_G_CM3, Tissue
from anatomy.volume import Grid, Volume, sample

STREAM = 0x736F6674  # "soft"
Window = tuple[slice, slice, slice]


@dataclass(frozen=True)
class SoftTissue:
    """Labels (uint8) and soft and adipose densities (g/cm3, float32) on one grid."""

    label: NDArray[np.uint8]
    soft: Array
    adipose: Array


def paint(t: Trunk, skin: Table, c: Cage, grid: Grid) -> SoftTissue:
    """Soft tissue on an axis-aligned grid, without what lies beside the vertebrae, and bone (added later).

    skin: the outline's distance at every second voxel of the grid.
    """
    canvas = SoftTissue(
        np.zeros(grid.shape, dtype=np.uint8), *(np.zeros(grid.shape, dtype=np.float32) for _ in range(2))
    )
    streaks = _streaks(t.spec, grid)
    cavity = Table(skin.grid, cavity_distance(t, skin.values, *skin.grid.axes_mm()).astype(np.float32))
    _paint_layers(canvas, t, skin, cavity, grid, streaks)
    organs = [*retroperitoneal_fat(t), *abdominal_organs(t), mediastinal_fat(t), *muscles(t)]
    for organ in organs:
        _paint_organ(canvas, organ, grid, streaks, cavity)
    # The two lungs do not touch; markings take most of the time.
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(lambda side: _paint_lung(canvas, t, c, skin, side, grid), SIDES))
    for organ in mediastinum(t):
        _paint_organ(canvas, organ, grid, streaks, cavity)
    return canvas


def _paint_layers(canvas: SoftTissue, t: Trunk, skin: Table, cavity: Table, grid: Grid, streaks: Array) -> None:
    """Skin, fat, wall and cavity."""
    voxel = float(grid.voxel_mm.max())

    def paint_slab(block: tuple[slice, Grid]) -> None:
        slab, part = block
        low, high = part.box_mm()
        body = skin.part(low - grid.voxel_mm * (0, 0, 2), high + grid.voxel_mm * (0, 0, 2)).box_below(0.5 * voxel)
        if body is None:
            return
        i, j, _ = grid.window(*body)
        window = (i, j, slab)
        axes = grid.part(window).axes_mm()
        outline = skin.at(*axes)
        brush(canvas, window, outline, Tissue.SKIN, voxel)
        brush(canvas, window, outline + SKIN_MM, Tissue.FAT, voxel)
        brush(canvas, window, outline + SKIN_MM + fat_layer_mm(t, *axes), Tissue.MUSCLE, voxel, streaks)
        brush(canvas, window, cavity.at(*axes), Tissue.VISCERA, voxel, streaks)

    # NumPy computes outside the interpreter's lock; slabs do not touch each other.
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(paint_slab, grid.blocks(16)))


def _paint_organ(canvas: SoftTissue, organ: Organ, grid: Grid, streaks: Array, cavity: Table) -> None:
    voxel = float(grid.voxel_mm.max())
    box = organ.box
    if organ.is_smooth:
        step = cavity.grid.voxel_mm
        places = cavity.grid.window(organ.box[0] - step, organ.box[1] + step)
        if any(s.stop <= s.start for s in places):
            return
        table = tabulated(organ.distance, cavity.grid.part(places))
        near = table.box_below(0.5 * voxel)
        if near is None:
            return
        box = np.maximum(near[0], box[0]), np.minimum(near[1], box[1])
    window = grid.window(*box)
    if any(s.stop <= s.start for s in window):
        return
    axes = grid.part(window).axes_mm()
    distance = table.at(*axes) if organ.is_smooth else organ.distance(*axes)
    if organ.in_cavity:
        distance = np.maximum(distance, cavity.at(*axes))
    brush(canvas, window, distance, organ.tissue, voxel, streaks)


def _paint_lung(canvas: SoftTissue, t: Trunk, c: Cage, skin: Table, side: Side, grid: Grid) -> None:
    """One lung with its vessels."""
    sign, (low, high) = side_sign(side), grid.box_mm()
    low[2], high[2] = t.z_of["T10"] - 120.0, t.z_of["T1"] + 30.0
    low[0], high[0] = (-12.0, high[0]) if sign > 0 else (low[0], 12.0)
    near = skin.part(low, high)
    lung = Table(near.grid, lung_distance(t, c, sign, near.values, *near.grid.axes_mm()).astype(np.float32))
    voxel = float(grid.voxel_mm.max())
    box = lung.box_below(0.5 * voxel)
    if box is None:
        return
    window = grid.window(*box)
    part = grid.part(window)
    distance = lung.at(*part.axes_mm())
    brush(canvas, window, distance, Tissue.LUNG, voxel)
    _, y, z = part.axes_mm()
    canvas.soft[window] += shapes.coverage(distance, voxel) * (
        lung_g_cm3(c, y, z) - SOFT_AND_ADIPOSE_G_CM3[Tissue.LUNG][0]
    )
    inside = Volume(distance, part)
    filled = vessel_share(
        lambda points: sample(inside, points, outside=9.0), hilum_mm(t, sign), sign, part, t.spec.seed
    )
    filled *= shapes.coverage(distance + 1.0, voxel)
    soft, _ = SOFT_AND_ADIPOSE_G_CM3[Tissue.BLOOD]
    canvas.soft[window] += filled * (soft - canvas.soft[window])


def paint_beside_bone(canvas: SoftTissue, organs: Iterable[Organ], grid: Grid) -> None:
    """Discs, canal, nerves and small vessels, painted where they lie: after the trunk, before bone."""
    voxel = float(grid.voxel_mm.max())
    for organ in organs:
        window = grid.window(*organ.box)
        if all(s.stop > s.start for s in window):
            distance = organ.distance(*grid.part(window).axes_mm())
            brush(canvas, window, distance, organ.tissue, voxel, g_cm3=organ.g_cm3)


def brush(
    canvas: SoftTissue,
    window: tuple[slice, slice, slice],
    distance: Array,
    tissue: Tissue,
    voxel_mm: float,
    streaks: Array | None = None,
    g_cm3: tuple[float, float] | None = None,
) -> None:
    """Paint one organ onto a canvas that is still being built (the only function here that writes).

    g_cm3: (soft, adipose) in place of the tissue's own.
    """
    share = shapes.coverage(distance, voxel_mm)
    soft, adipose = SOFT_AND_ADIPOSE_G_CM3[tissue] if g_cm3 is None else g_cm3
    new_soft: Array | float = soft
    new_adipose: Array | float = adipose
    swing = {Tissue.MUSCLE: 0.06, Tissue.VISCERA: 0.22}.get(tissue, 0.0)
    if swing and streaks is not None:
        fat = np.clip(swing * streaks[window], -adipose, soft)  # takes the place of soft tissue, gram for gram
        new_soft, new_adipose = soft - fat, adipose + fat
    canvas.soft[window] += share * (new_soft - canvas.soft[window])
    canvas.adipose[window] += share * (new_adipose - canvas.adipose[window])
    np.copyto(canvas.label[window], np.uint8(tissue), where=share >= 0.5)


def _streaks(spec: PatientSpec, grid: Grid) -> Array:
    """Smooth random field (i, j, k) of SD about 1: fat in muscle, mesentery between loops."""
    rng = np.random.default_rng([spec.seed, STREAM, 2])
    coarse_mm = 4.0
    shape = [int(np.ceil(n * m / coarse_mm)) + 2 for n, m in zip(grid.shape, grid.voxel_mm, strict=True)]
    field = ndimage.gaussian_filter(rng.standard_normal(shape, dtype=np.float32), 5.0 / coarse_mm, mode="wrap")
    return shapes.upsampled(field / field.std(), grid.shape, grid.voxel_mm / coarse_mm)

"""The side walls of a body against a device that presses on them from inside: how thick they are, when they break.

A wall is punched out where pressure on the patch that is pressed on exceeds the shear that its edge bears:
p pi a^2 = 2 pi a t tau, so p = 2 t tau / a for a patch of radius a and a shell of thickness t.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy.keeping import kept_with_first
from anatomy.tissue import CORTEX_MINERAL_G_CM3
from simulator.devices.bed import WALLS, Bed
from simulator.physics.crush import residual_share

SHEAR_KPA = 40_000.0
"""Shear strength of vertebral shell, MPa 40: compact bone bears 50 to 70, the shell is porous (unconfirmed)."""
LEAST_PATCH_MM2 = 12.0
"""A smaller contact is not followed: it is a few voxels."""
WEAKEST = 25.0
"""Percentile of a patch's thickness that decides: it breaks where it is thin."""
BULGE_MM = 3.0
"""How far a device can come out through a broken wall before ligaments and muscle hold it (unconfirmed)."""
_INWARD_MM, _OUTWARD_MM, _STEP_MM = 0.5, 3.0, 0.5


@dataclass(frozen=True)
class Patch:
    """A side wall that is pressed on: name, area (mm2), thickness of its shell (mm), pressure it bears (kPa)."""

    wall: str
    area_mm2: float
    thickness_mm: float
    bears_kpa: float


def patches(bed: Bed, share: NDArray[np.float32]) -> list[Patch]:
    """Walls that a device which fills a share of each voxel of the bed's window presses on."""
    near, voxel = bed.near, float(bed.grid.voxel_mm[0])
    if near.wall is None:
        return []
    along = near.along_walls[share.ravel()[near.along_walls] > 0.5]
    numbers = near.wall.ravel()[along]
    counts = np.bincount(numbers, minlength=len(WALLS) + 1)
    found = []
    for number, name in enumerate(WALLS, start=1):
        area = float(counts[number]) * voxel**2
        if area < LEAST_PATCH_MM2:
            continue
        here = along[numbers == number]
        thickness = float(np.percentile(shell_mm(near).ravel()[here], WEAKEST))
        whole = 1.0 if near.crushed is None else float(np.mean(residual_share(near.crushed.ravel()[here])))
        radius = float(np.sqrt(area / np.pi))
        found.append(Patch(name, area, thickness, 2.0 * thickness * SHEAR_KPA * whole / radius))
    return found


@kept_with_first(1)
def shell_mm(near: Bed) -> NDArray[np.float32]:
    """Thickness (i, j, k) of compact bone outside each voxel along a wall: mineral added up outwards, over that
    of compact bone; 0 elsewhere."""
    assert near.wall is not None
    assert near.body_mm is not None
    out = np.zeros(near.grid.shape, dtype=np.float32)
    index = np.argwhere(near.wall > 0)
    if not index.size:
        return out
    slopes = np.array(np.gradient(near.body_mm))[:, *index.T].T  # (n, 3), away from the body
    outward = slopes / np.maximum(np.linalg.norm(slopes, axis=1), 1e-6)[:, None]
    depths = np.arange(_INWARD_MM, _OUTWARD_MM, _STEP_MM)
    places = index[:, None] + outward[:, None] * (depths / near.grid.voxel_mm[0])[None, :, None]
    mineral = ndimage.map_coordinates(near.mineral, places.reshape(-1, 3).T, order=1, mode="nearest")
    out[tuple(index.T)] = mineral.reshape(len(index), -1).sum(axis=1) * (_STEP_MM / CORTEX_MINERAL_G_CM3)
    return out


def bulge(bed: Bed, share: NDArray[np.float32], wall: str) -> NDArray[np.bool_]:
    """Voxels (i, j, k) of the whole grid that open when a device breaks through a wall: beyond the patch it
    presses on, BULGE_MM from it at most."""
    assert bed.wall is not None
    assert bed.body_mm is not None
    pressed = (share > 0.5) & (bed.wall == WALLS.index(wall) + 1)
    away = ndimage.distance_transform_edt(~pressed, sampling=bed.grid.voxel_mm)
    return np.asarray((away <= BULGE_MM) & ~bed.room & (bed.roof_mm > 0.0))

"""Contrast from a burst balloon: where it goes in the bone, and how long it is seen there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from simulator.devices.bed import Bed
from simulator.physics.crush import porosity_of

STAYS = 0.6
"""Share of the contrast that stays in the cavity as it mixes with blood (unconfirmed)."""
SOAKS_MM = 2.0
"""Depth over which the rest soaks into the bone around falls off (unconfirmed)."""
WASHED_OUT_S = 300.0
"""Time constant with which blood carries contrast out of the marrow (unconfirmed)."""
_FARTHEST_MM = 8.0


def spilled(share: NDArray[np.float32], bed: Bed) -> NDArray[np.float32]:
    """Contrast (i, j, k), share of each voxel at the strength it had in the balloon, just after a balloon that
    filled a share of each voxel has burst. Its sum is that of the balloon."""
    distance = ndimage.distance_transform_edt(share < 0.5, sampling=bed.grid.voxel_mm)
    free = bed.room & (distance > 0.0) & (distance < _FARTHEST_MM)
    pores = np.maximum(porosity_of(float(bed.mineral[bed.room].mean())), 0.1) if bed.room.any() else 1.0
    weight = np.where(free, np.exp(-distance / SOAKS_MM), 0.0) * pores
    if bed.cleft is not None:  # a cleft is open: it takes what a cavity would
        weight = np.maximum(weight, np.where(free, bed.cleft, 0.0))
    total = float(weight.sum(dtype=np.float64))
    if total <= 0.0:
        return share
    out = STAYS * share + weight * ((1.0 - STAYS) * float(share.sum(dtype=np.float64)) / total)
    return out.astype(np.float32)


def still_there(elapsed_s: float) -> float:
    """Share of spilled contrast that has not been washed out after a time."""
    return float(np.exp(-max(elapsed_s, 0.0) / WASHED_OUT_S))

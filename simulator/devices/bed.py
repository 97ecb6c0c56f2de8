"""The bone around a balloon: how strong it is, and where a cavity may grow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy.frames import FloatArray
from anatomy.volume import Grid

SMOOTHING_MM = 2.0
"""Over which strength is averaged for a balloon's way."""


def yield_stress_kpa(mineral_g_cm3: FloatArray | float) -> FloatArray:
    """Compressive yield stress of vertebral trabecular bone, kPa, by mineral density.

    sigma_y = -0.75 + 0.0249 rho_QCT MPa with rho in mg/cm3 (Kopperdahl, Morgan & Keaveny 2002; unconfirmed),
    held above 100 kPa where the line would leave nothing.
    """
    return np.maximum(-750.0 + 24900.0 * np.asarray(mineral_g_cm3, dtype=float), 100.0)


@dataclass(frozen=True, eq=False)
class Bed:
    """The bone a balloon lies in, on the region grid as it is now. Arrays (i, j, k).

    mineral: g/cm3; room: True where a cavity may grow (inside the body, short of its cortex);
    roof_mm: distance down from the superior endplate (large elsewhere).
    """

    grid: Grid
    mineral: NDArray[np.float32]
    room: NDArray[np.bool_]
    roof_mm: NDArray[np.float32]

    @cached_property
    def window(self) -> tuple[slice, slice, slice]:
        """The part of the grid that holds the room, with as much around it as smoothing reaches."""
        margin = int(np.ceil(2.0 * SMOOTHING_MM / self.grid.voxel_mm[0])) + 1
        spans = []
        for axis, count in enumerate(self.grid.shape):
            met = np.flatnonzero(self.room.any(axis=tuple(a for a in range(3) if a != axis)))
            low, high = (met[0], met[-1] + 1) if met.size else (0, count)
            spans.append(slice(max(int(low) - margin, 0), min(int(high) + margin, count)))
        return spans[0], spans[1], spans[2]

    @cached_property
    def near(self) -> Bed:
        """The bed on its window alone: all that a balloon can meet, in a fraction of the voxels."""
        w = self.window
        return Bed(self.grid.part(w), self.mineral[w], self.room[w], self.roof_mm[w])

    @cached_property
    def delay(self) -> NDArray[np.float32]:
        """Factor (i, j, k) by which strong bone is reached later than weak: relative yield stress ^ 0.4.

        Yield stress over its median in the room, smoothed over 2 mm, within 0.5 to 2; infinite where no cavity
        can grow. Exponent and limits are unconfirmed.
        """
        stress = yield_stress_kpa(self.mineral).astype(np.float32)
        stress = ndimage.gaussian_filter(stress, SMOOTHING_MM / self.grid.voxel_mm[0], truncate=2.0)
        typical = float(np.median(stress[self.room])) if self.room.any() else 1.0
        relative = np.clip(stress / np.float32(typical), 0.5, 2.0) ** np.float32(0.4)
        return np.where(self.room, relative, np.float32(np.inf))

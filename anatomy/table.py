"""Distances tabulated on a coarse grid and read between its voxels: for large surfaces that curve gently.

For a surface that curves with a radius of 50 mm and more, tabulated every 4 mm, the error is below 0.05 mm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from anatomy.frames import FloatArray
from anatomy.shapes import Array, linear
from anatomy.volume import Grid, Volume, sample

Distance = Callable[[Array, Array, Array], Array]
_SLAB = 12


@dataclass(frozen=True, eq=False)
class Table:
    """Values (i, j, k) at the voxel centres of an axis-aligned grid."""

    grid: Grid
    values: Array

    def at(self, x: Array, y: Array, z: Array) -> Array:
        """Values at axes x (i,1,1), y (1,j,1), z (1,1,k), mm: linear, the edge's value outside.

        Also at any arrays that broadcast; outside the grid these read its largest value.
        """
        if x.size * y.size * z.size != np.broadcast(x, y, z).size:  # not axes: a bone that a scoliosis has moved
            points = np.stack(np.broadcast_arrays(x, y, z), axis=-1)
            read = sample(Volume(self.values, self.grid), points, outside=float(self.values.max()))
            return read.astype(np.float32)
        origin, step = self.grid.patient_from_voxel[:3, 3], self.grid.voxel_mm
        out = self.values
        for axis, places in ((2, z), (1, y), (0, x)):
            out = linear(out, axis, (places.ravel() - origin[axis]) / step[axis])
        return out

    def part(self, low_mm: FloatArray, high_mm: FloatArray) -> Table:
        """The part whose voxel centres lie in a box."""
        window = self.grid.window(low_mm, high_mm)
        return Table(self.grid.part(window), self.values[window])

    def box_below(self, limit_mm: float) -> tuple[FloatArray, FloatArray] | None:
        """A box (low, high) outside of which no value read is below a limit; None where none is anywhere."""
        below = self.values < limit_mm
        if not below.any():
            return None
        origin, step = self.grid.patient_from_voxel[:3, 3], self.grid.voxel_mm
        ends = []
        for axis in range(3):
            found = np.flatnonzero(below.any(axis=tuple(a for a in range(3) if a != axis)))
            ends.append((found[0] - 1, found[-1] + 1))
        low, high = (origin + step * [end[n] for end in ends] for n in (0, 1))
        return low, high


def tabulated(distance: Distance, grid: Grid) -> Table:
    """A distance worked out at every voxel of a grid, slab by slab."""
    values = np.empty(grid.shape, dtype=np.float32)
    for slab, part in grid.blocks(_SLAB):
        values[:, :, slab] = distance(*part.axes_mm())
    return Table(grid, values)


def every_second(grid: Grid) -> Grid:
    """Every second voxel of an axis-aligned grid each way, to beyond its end."""
    i, j, k = (n // 2 + 2 for n in grid.shape)
    return Grid((i, j, k), grid.patient_from_voxel @ np.diag([2.0, 2.0, 2.0, 1.0]))

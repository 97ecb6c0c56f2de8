"""Mineral on a grid in the groups that a fracture moves differently, put together at any state of reduction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from anatomy.column import Column
from anatomy.fractures import deform
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.volume import Grid, Volume

COARSE_MM = 2.0
"""Voxels of the whole body."""
FINE_BOX = ((-60.0, -80.0, -80.0), (60.0, 30.0, 80.0))
"""(low, high) of the fine grid around the target, patient frame, mm."""

Part = Literal["everything", "fine box", "the rest"]

_PLANES = 8  # of (j, k) at a time: what is in between stays in the processor's cache


@dataclass(frozen=True, eq=False)
class MineralGroups:
    """Mineral (g/cm3) on one grid in the groups that move differently (spine.Bones), each cropped.

    part: what of it is shown. Of a patient the fine grid shows the "fine box", the coarse one "the rest"; between
    the two one fades into the other, so that a radiograph shows no seam.
    """

    lower: Volume
    body: Volume
    upper: Volume
    part: Part = "everything"

    def volumes(self) -> tuple[Volume, Volume, Volume]:
        """What moves differently: lower, body and upper."""
        return self.lower, self.body, self.upper

    def at(self, column: Column, amplitude: float) -> Volume:
        """All mineral at a collapse amplitude (1 as found): a new volume on the grid of ``lower``."""
        grid, body, upper = self.lower.grid, self.body.array, self.upper.array
        moved, rows, squeeze = _Shown(self.upper.grid, self.part), None, None
        if column.collapse is not None and amplitude != 1.0:
            body = deform.body_places(column.collapse, self.body.grid, amplitude).density(body)
            y, z, determinant = deform.upper_map(column.collapse, self.upper.grid, amplitude)
            rows, squeeze = deform.Rows.at(upper, self.upper.grid, y, z), determinant.astype(np.float32)
            moved = _Shown(self.upper.grid, self.part, y, z)
        total = np.empty(grid.shape, dtype=np.float32)
        shown = _Shown(grid, self.part)
        for planes in _slabs(grid.shape[0]):
            np.multiply(self.lower.array[planes], shown.share(planes), out=total[planes])
        window = total[grid.window(*_inner(self.body.grid))]
        shown = _Shown(self.body.grid, self.part)
        for planes in _slabs(body.shape[0]):
            np.maximum(window[planes], body[planes] * shown.share(planes), out=window[planes])
        window = total[grid.window(*_inner(self.upper.grid))]
        for planes in _slabs(upper.shape[0]):
            bone = upper[planes]
            if rows is not None and squeeze is not None:
                bone = rows.read(bone)
                bone *= squeeze
            np.maximum(window[planes], bone * moved.share(planes), out=window[planes])
        return Volume(total, grid)


class _Shown:
    """Share of each voxel of a grid that a part shows, a few planes at a time.

    Of bone that moved, the fine box shows what lies in it now and, by its place as found (y, z), each (j, k), did
    so then.
    """

    def __init__(self, grid: Grid, part: Part, found_y: Array | None = None, found_z: Array | None = None) -> None:
        self._part = part
        x, y, z = grid.axes_mm()
        self._x, self._y, self._z = _fading(x, 0), _fading(y, 1), _fading(z, 2)
        self._found: Array | None = None
        if found_y is not None and found_z is not None:
            self._found = _fading(found_y, 1) * _fading(found_z, 2)

    def share(self, planes: slice) -> Array:
        """Of some of the planes (j, k): (n, j, k), or what broadcasts to it."""
        if self._part == "everything":
            return np.ones((1, 1, 1), dtype=np.float32)
        inside = self._x[planes] * self._y * self._z
        if self._found is not None:
            np.minimum(inside, self._found, out=inside)
        return inside if self._part == "fine box" else np.subtract(1.0, inside, out=inside)


def _slabs(n: int) -> Iterator[slice]:
    return (slice(first, first + _PLANES) for first in range(0, n, _PLANES))


def _fading(place_mm: Array, axis: int) -> Array:
    """1 deep in the fine box to 0 near its edges: what linear interpolation makes of a hole in the coarse grid."""
    low, high = np.array(FINE_BOX)[:, axis]
    depth = np.minimum(place_mm - low, high - place_mm) - 0.5 * COARSE_MM
    return np.clip(depth / COARSE_MM, 0.0, 1.0).astype(np.float32)


def _inner(grid: Grid) -> tuple[FloatArray, FloatArray]:
    low, high = grid.box_mm()
    return low + 0.25 * grid.voxel_mm, high - 0.25 * grid.voxel_mm

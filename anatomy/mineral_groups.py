"""Mineral on a grid in the groups that a fracture moves differently, put together at any state of reduction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from anatomy.column import Column
from anatomy.filled_rows import FilledRows
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

    Bone fills a twentieth of its box: the groups are kept as their filled rows, and put together a few planes at
    a time.
    """

    lower: Volume
    body: Volume
    upper: Volume
    part: Part = "everything"

    def __post_init__(self) -> None:
        for name in ("lower", "body", "upper"):
            object.__setattr__(self, name, getattr(self, name).without_empty())

    def volumes(self) -> tuple[Volume, Volume, Volume]:
        """What moves differently: lower, body and upper."""
        return self.lower, self.body, self.upper

    def at(self, column: Column, amplitude: float) -> Volume:
        """All mineral at a collapse amplitude (1 as found): a new volume on the grid of ``lower``."""
        grid = self.lower.grid
        slabs = self.planes_at(column, amplitude)
        return Volume.of_rows(FilledRows.of_planes(grid.shape, np.dtype(np.float32), slabs), grid)

    def planes_at(self, column: Column, amplitude: float) -> Iterator[Array]:
        """The same a few planes (n, j, k) at a time, in their order."""
        grid = self.lower.grid
        body, upper = _Group(self.body, grid, self.part), _Group(self.upper, grid, self.part)
        if column.collapse is not None and amplitude != 1.0:
            places = deform.body_places(column.collapse, self.body.grid, amplitude)
            body.moved(places.density(self.body.array))
            upper.moved_by_rows(*deform.upper_map(column.collapse, self.upper.grid, amplitude))
        shown = _Shown(grid, self.part)
        for planes in _slabs(grid.shape[0]):
            total = self.lower.planes(planes) * shown.share(planes)
            body.add(total, planes)
            upper.add(total, planes)
            yield total


class _Group:
    """A cropped group on its place in a grid, and what of it is shown; where it was, or moved."""

    def __init__(self, volume: Volume, grid: Grid, part: Part) -> None:
        self._volume, self._part = volume, part
        self._window = grid.window(*_inner(volume.grid))
        self._shown = _Shown(volume.grid, part)
        self._array: Array | None = None
        self._rows: deform.Rows | None = None
        self._squeeze: Array | None = None

    def moved(self, array: Array) -> None:
        """It is this array now."""
        self._array = array

    def moved_by_rows(self, y: Array, z: Array, determinant: Array) -> None:
        """It was found at (y, z), mm, for each (j, k), and is as many times denser as the determinant."""
        grid = self._volume.grid
        self._rows = deform.Rows.at(self._volume.rows.holds(), grid, y, z)
        self._squeeze = determinant.astype(np.float32)
        self._shown = _Shown(grid, self._part, y, z)

    def add(self, total: Array, planes: slice) -> None:
        """Let the denser count in some planes (n, j, k) of the whole grid."""
        first = self._window[0].start
        low, high = max(planes.start, first), min(planes.stop, self._window[0].stop, planes.start + len(total))
        if high <= low:
            return
        own = slice(low - first, high - first)
        bone = self._volume.planes(own) if self._array is None else self._array[own]
        if self._rows is not None and self._squeeze is not None:
            bone = self._rows.read(bone)
            bone *= self._squeeze
        window = total[low - planes.start : high - planes.start, self._window[1], self._window[2]]
        np.maximum(window, bone * self._shown.share(own), out=window)


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

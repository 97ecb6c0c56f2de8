"""Volume: a 3-D array that knows where its voxels lie in the patient.

A ``Grid`` is a shape and the affine ``patient_from_voxel``; a ``Volume`` is a grid with one value a voxel.
Both are frozen, arrays are read-only, and functions return new ones. A volume of which most is empty may be kept
as its filled rows; its array is then made anew when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any
from weakref import ref

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from anatomy import frames
from anatomy.filled_rows import FilledRows
from anatomy.frames import FloatArray

WORTH_BYTES, WORTH_SHARE = 1 << 20, 0.7
"""Arrays below so many bytes, or of which rows would take more than that share, are kept whole."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Where voxels lie: shape (i, j, k) and patient_from_voxel (4, 4), mm, RAS+."""

    shape: tuple[int, int, int]
    patient_from_voxel: FloatArray

    def __post_init__(self) -> None:
        matrix = np.array(self.patient_from_voxel, dtype=float)
        if matrix.shape != (4, 4) or not np.all(np.isfinite(matrix)):
            raise ValueError(f"patient_from_voxel must be a finite 4 x 4 matrix, got shape {matrix.shape}")
        if abs(np.linalg.det(matrix[:3, :3])) < 1e-12:
            raise ValueError("patient_from_voxel is singular: two voxel axes point the same way")
        if len(self.shape) != 3 or any(int(n) < 1 for n in self.shape):
            raise ValueError(f"a grid needs three positive sizes, got {self.shape}")
        matrix.setflags(write=False)
        object.__setattr__(self, "patient_from_voxel", matrix)
        object.__setattr__(self, "shape", tuple(int(n) for n in self.shape))

    @classmethod
    def spanning(cls, low_mm: ArrayLike, high_mm: ArrayLike, voxel_mm: float | ArrayLike) -> Grid:
        """Axis-aligned grid whose voxel *edges* cover the box low_mm to high_mm (3,) each.

        >>> Grid.spanning((0, 0, 0), (10, 10, 4), 2.0).shape
        (5, 5, 2)
        """
        low, high = frames.as_point(low_mm, name="low_mm"), frames.as_point(high_mm, name="high_mm")
        voxel = np.broadcast_to(np.asarray(voxel_mm, dtype=float), (3,))
        if np.any(voxel <= 0.0) or np.any(high <= low):
            raise ValueError(f"box {low} to {high} with voxels of {voxel} mm is empty")
        shape = np.maximum(np.ceil((high - low) / voxel - 1e-9).astype(int), 1)
        return cls((shape[0], shape[1], shape[2]), frames.affine(np.diag(voxel), low + voxel / 2.0))

    @property
    def voxel_mm(self) -> FloatArray:
        """Voxel edge lengths (3,), mm."""
        return frames.voxel_sizes_mm(self.patient_from_voxel)

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel, ml."""
        return float(abs(np.linalg.det(self.patient_from_voxel[:3, :3])) / 1000.0)

    @cached_property
    def is_axis_aligned(self) -> bool:
        """True where voxel axes i, j, k are the patient's +x, +y, +z."""
        linear = self.patient_from_voxel[:3, :3]
        steps = np.diag(linear)
        return bool(steps.min() > 0.0 and np.abs(linear - np.diag(steps)).max() <= 1e-8)

    def axes_mm(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Patient coordinates of voxel centres as broadcastable x (i,1,1), y (1,j,1), z (1,1,k), float32.

        Raises ValueError for a grid that is not axis-aligned.
        """
        if not self.is_axis_aligned:
            raise ValueError("axes_mm needs a grid aligned with the patient's axes; use centres_mm")
        step, origin = np.diag(self.patient_from_voxel)[:3], self.patient_from_voxel[:3, 3]
        x, y, z = ((origin[a] + step[a] * np.arange(self.shape[a])).astype(np.float32) for a in range(3))
        return x[:, None, None], y[None, :, None], z[None, None, :]

    def centres_mm(self) -> FloatArray:
        """Patient coordinates (i, j, k, 3) of every voxel centre."""
        return frames.apply(self.patient_from_voxel, np.moveaxis(np.indices(self.shape), 0, -1))

    def box_mm(self) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest patient coordinates (3,) of the voxel edges."""
        ends = product(*((-0.5, n - 0.5) for n in self.shape))
        corners = frames.apply(self.patient_from_voxel, list(ends))
        return corners.min(axis=0), corners.max(axis=0)

    def window(self, low_mm: ArrayLike, high_mm: ArrayLike) -> tuple[slice, slice, slice]:
        """Slices of the voxels whose centres lie in the box (axis-aligned grids); may be empty."""
        if not self.is_axis_aligned:
            raise ValueError("window needs a grid aligned with the patient's axes")
        voxel_from_patient = frames.inverse(self.patient_from_voxel)
        low = np.ceil(frames.apply(voxel_from_patient, low_mm) - 1e-6).astype(int)
        high = np.floor(frames.apply(voxel_from_patient, high_mm) + 1e-6).astype(int) + 1
        low, high = np.clip(low, 0, self.shape), np.clip(high, 0, self.shape)
        i, j, k = (slice(int(a), int(max(a, b))) for a, b in zip(low, high, strict=True))
        return i, j, k

    def part(self, window: tuple[slice, slice, slice]) -> Grid:
        """The grid of the voxels in a non-empty window."""
        start = [s.start for s in window]
        i, j, k = (s.stop - s.start for s in window)
        origin = frames.apply(self.patient_from_voxel, start)
        return Grid((i, j, k), frames.affine(self.patient_from_voxel[:3, :3], origin))

    def blocks(self, thickness: int = 16) -> Iterator[tuple[slice, Grid]]:
        """Slabs of the grid along k, so that large formulas stay within the processor's cache."""
        for start in range(0, self.shape[2], thickness):
            slab = slice(start, min(start + thickness, self.shape[2]))
            yield slab, self.part((slice(0, self.shape[0]), slice(0, self.shape[1]), slab))


@dataclass(frozen=True, eq=False)
class Volume:
    """Values on a grid: array (i, j, k), read-only, and its patient_from_voxel."""

    array: NDArray
    grid: Grid

    def __post_init__(self) -> None:
        if self.array.shape != self.grid.shape:
            raise ValueError(f"array of shape {self.array.shape} does not fit a grid of {self.grid.shape}")
        view = self.array.view()
        view.setflags(write=False)
        object.__setattr__(self, "array", view)

    @classmethod
    def of_rows(cls, rows: FilledRows, grid: Grid) -> Volume:
        """A volume kept as its filled rows."""
        if rows.shape != grid.shape:
            raise ValueError(f"rows of shape {rows.shape} do not fit a grid of {grid.shape}")
        volume = object.__new__(cls)
        volume.__dict__.update(grid=grid, _rows=rows)
        return volume

    def __getattr__(self, name: str) -> Any:
        """The array of a volume that is kept as rows: made now, and the same again while somebody has it."""
        rows: FilledRows | None = self.__dict__.get("_rows")
        if name != "array" or rows is None:
            raise AttributeError(f"a volume has no {name!r}")
        made: ref[NDArray] | None = self.__dict__.get("_made")
        array = None if made is None else made()
        if array is None:
            array = rows.planes()
            array.setflags(write=False)
            self.__dict__["_made"] = ref(array)
        return array

    @property
    def kept(self) -> NDArray | FilledRows:
        """What is there: the array (i, j, k), or its filled rows."""
        kept: NDArray | FilledRows = self.__dict__["_rows" if "_rows" in self.__dict__ else "array"]
        return kept

    @property
    def rows(self) -> FilledRows:
        """What of it is filled; worked out anew where it is kept whole."""
        return self.kept if isinstance(self.kept, FilledRows) else FilledRows.of(self.kept)

    def planes(self, which: slice) -> NDArray:
        """Some planes (n, j, k) of the array, without making the rest of it."""
        return self.kept.planes(which) if isinstance(self.kept, FilledRows) else self.kept[which]

    def section(self, axis: int, index: int) -> NDArray:
        """The plane of the array across an axis at an index, without making the rest of it."""
        if not isinstance(self.kept, FilledRows):
            return np.take(self.kept, index, axis)
        places = [np.arange(n) for n in self.grid.shape]
        places[axis] = np.array([index])
        return self.kept.at(*np.broadcast_arrays(*np.ix_(*places))).squeeze(axis)

    def without_empty(self) -> Volume:
        """The same volume kept as its filled rows where that is worth while, else itself."""
        array = self.kept
        if isinstance(array, FilledRows) or array.nbytes < WORTH_BYTES or not array.flags.c_contiguous:
            return self
        rows = FilledRows.of(array)
        return self if rows.nbytes > WORTH_SHARE * array.nbytes else Volume.of_rows(rows, self.grid)

    @classmethod
    def from_affine(cls, array: NDArray, patient_from_voxel: ArrayLike) -> Volume:
        """Volume of array (i, j, k) with patient_from_voxel (4, 4)."""
        return cls(array, Grid(array.shape, np.asarray(patient_from_voxel, dtype=float)))

    @property
    def patient_from_voxel(self) -> FloatArray:
        """The grid's affine (4, 4)."""
        return self.grid.patient_from_voxel


def sample(volume: Volume, points_mm: ArrayLike, *, outside: float = 0.0, order: int = 1) -> FloatArray:
    """Values (...,) at patient points (..., 3): order 1 trilinear, order 0 nearest voxel.

    Half a voxel beyond the outermost centres still counts as inside (the voxel reaches there); farther
    out the value is ``outside``.
    """
    points = np.asarray(points_mm, dtype=float)
    index = frames.apply(frames.inverse(volume.patient_from_voxel), points.reshape(-1, 3))
    last = np.array(volume.array.shape) - 1
    inside = np.all((index > -0.5) & (index < last + 0.5), axis=-1)
    source = volume.array if volume.array.dtype.kind == "f" else volume.array.astype(np.float32)
    values = ndimage.map_coordinates(source, np.clip(index, 0, last).T, order=order, mode="nearest")
    return np.where(inside, values, outside).reshape(points.shape[:-1])


def crop(volume: Volume, low_mm: ArrayLike, high_mm: ArrayLike) -> Volume:
    """The part whose voxel centres lie in the box low_mm to high_mm; raises ValueError if there is none."""
    window = volume.grid.window(low_mm, high_mm)
    if any(s.stop <= s.start for s in window):
        raise ValueError(f"no voxel centre lies between {low_mm!r} and {high_mm!r} mm")
    return Volume(volume.array[window], volume.grid.part(window))


def resample(volume: Volume, grid: Grid, *, outside: float = 0.0, order: int = 1) -> Volume:
    """volume on another grid, interpolated (order 1) or by nearest voxel (order 0)."""
    voxel_from_voxel = frames.compose(frames.inverse(volume.patient_from_voxel), grid.patient_from_voxel)
    source = volume.array if volume.array.dtype.kind == "f" or order == 0 else volume.array.astype(np.float32)
    array = ndimage.affine_transform(
        source, voxel_from_voxel[:3, :3], voxel_from_voxel[:3, 3], grid.shape, order=order, cval=outside
    )
    return Volume(array, grid)

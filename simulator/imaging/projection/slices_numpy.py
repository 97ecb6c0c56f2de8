"""The projector's sums in NumPy and SciPy: the reference for ``slices_compiled``.

Linear interpolation is a sparse matrix with two entries a row. Applied from the left it works on whole rows,
which is several times faster than gathering single samples; so a slab of slices is interpolated along its first
axis, turned, and interpolated along its second, where the same product also adds up the slices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from anatomy.filled_rows import FilledRows
from anatomy.frames import FloatArray
from simulator.imaging.projection.base_plane import BasePlane
from simulator.imaging.threads import in_parallel

Image = NDArray[np.float32]

SLAB = 8
"""Slices handled together: few enough to stay in the cache, enough to outweigh the calls."""
SHARES = 2
"""Slabs are summed in two shares, on one core one after the other: the sum does not depend on the cores."""


def sum_of_slices(slices: FilledRows, base: BasePlane) -> Image:
    """The base image (samples, samples): slices (n, a, b), given as their filled rows, resampled and added."""
    starts = range(base.slices[0], base.slices[1], SLAB)

    def share(which: int) -> Image:
        turned = np.zeros(base.count[::-1], dtype=np.float32)
        for start in starts[which::SHARES]:
            _add_slab(turned, slices, base, start, min(start + SLAB, base.slices[1]))
        return turned

    one, other = in_parallel(share, range(SHARES))
    one += other
    return np.ascontiguousarray(one.T)


def _add_slab(turned_total: Image, slices: FilledRows, base: BasePlane, start: int, stop: int) -> None:
    spans = slices.spans
    filled = spans[start:stop, :, 1] > spans[start:stop, :, 0]
    rows = np.flatnonzero(filled.any(axis=0))
    if rows.size == 0:
        return
    low = rows[0], int(spans[start:stop, :, 0][filled].min())
    high = rows[-1] + 1, int(spans[start:stop, :, 1].max())
    slab = _apart(slices.planes(slice(start, stop))[:, low[0] : high[0], low[1] : high[1]])
    count, _, width = slab.shape
    scale = base.scale(np.arange(start, stop))
    first = _Linear.along(base.positions(0, scale) - low[0], high[0] - low[0])
    second = _Linear.along(base.positions(1, scale) - low[1], high[1] - low[1])
    if first is None or second is None:
        return
    across = first.slice_by_slice() @ slab.reshape(-1, width)
    turned = across.reshape(count, -1, width).swapaxes(1, 2).reshape(count * width, -1)
    turned_total[second.where, first.where] += second.summing_slices(width) @ turned


def _apart(slab: Image) -> Image:
    """A contiguous copy whose rows end in zeros up to an odd multiple of 8 entries.

    Rows a power of two apart fall into the same few lines of the cache; turning the slab would take three
    times as long.
    """
    count, rows, columns = slab.shape
    copy = np.zeros((count, rows, (columns + 7) // 16 * 16 + 8), dtype=np.float32)
    copy[:, :, :columns] = slab
    return copy


@dataclass(frozen=True, eq=False)
class _Linear:
    """Linear interpolation along one axis of the slices of a slab.

    ``where`` says which samples of the base are served; ``index`` and ``weight`` (slices, samples, 2) which two
    of the ``entries`` of a slice make each.
    """

    where: slice
    index: NDArray[np.int32]
    weight: Image
    entries: int

    @classmethod
    def along(cls, position: FloatArray, entries: int) -> _Linear | None:
        """For positions (slices, samples) among the entries; zero beyond them. None where none meets an entry."""
        met = np.flatnonzero(((position > -1.0) & (position < entries)).any(axis=0))
        if met.size == 0:
            return None
        where = slice(int(met[0]), int(met[-1]) + 1)
        below = np.floor(position[:, where])
        far = position[:, where] - below
        index = np.stack([below, below + 1.0], axis=-1).astype(np.int32)
        weight = np.stack([1.0 - far, far], axis=-1).astype(np.float32)
        weight[(index < 0) | (index >= entries)] = 0.0
        return cls(where, np.clip(index, 0, entries - 1), weight, entries)

    def slice_by_slice(self) -> sparse.csr_array:
        """(slices * samples, slices * entries): interpolates the stacked slices, each by itself."""
        slices, samples, _ = self.index.shape
        stacked = self.index + self.entries * np.arange(slices, dtype=np.int32)[:, None, None]
        return _rows_of(stacked, self.weight, slices * samples, slices * self.entries)

    def summing_slices(self, width: int) -> sparse.csr_array:
        """(samples, slices * width): interpolates the stacked slices, ``width`` entries each, and adds them up."""
        slices, samples, _ = self.index.shape
        stacked = self.index + width * np.arange(slices, dtype=np.int32)[:, None, None]
        return _rows_of(stacked.swapaxes(0, 1), self.weight.swapaxes(0, 1), samples, slices * width)


def _rows_of(index: NDArray[np.int32], weight: Image, rows: int, columns: int) -> sparse.csr_array:
    """A sparse matrix whose rows all have equally many entries, given in order."""
    starts = np.arange(0, index.size + 1, index.size // rows, dtype=np.int32)
    return sparse.csr_array((weight.ravel(), index.ravel(), starts), shape=(rows, columns))


def on_detector(summed: Image, base: BasePlane, out: Image) -> None:
    """Write to out (rows, columns) the base image seen at each pixel, times the length of ray between slices."""
    rows, columns = (np.arange(n) for n in out.shape)
    m = base.rays
    depth, a, b = (m[i, 0] * rows[:, None] + (m[i, 1] * columns + m[i, 2]) for i in range(3))
    if base.straight is not None:
        out[...] = _straight_look_up(summed, base, out.shape)
    else:
        reach = (base.plane - base.eye[0]) / depth
        at = np.empty((2, *out.shape))
        for which, ray in enumerate((a, b)):
            np.multiply(ray, reach / base.step[which], out=at[which])
            at[which] += (base.eye[which + 1] - base.start[which]) / base.step[which]
        ndimage.map_coordinates(summed, at, output=out, order=1, mode="constant", cval=0.0)
    depth, a, b = (v.astype(np.float32) for v in (depth, a, b))
    g = base.gram.astype(np.float32)
    squared = g[0, 0] * depth * depth + g[1, 1] * a * a + g[2, 2] * b * b
    squared += 2.0 * (g[0, 1] * depth * a + g[0, 2] * depth * b + g[1, 2] * a * b)
    np.sqrt(squared, out=squared)
    squared /= np.abs(depth)
    out *= squared


def _straight_look_up(summed: Image, base: BasePlane, shape: tuple[int, int]) -> Image:
    """The base image at each pixel of a straight view: linear along each axis by itself."""
    assert base.straight is not None
    reach = (base.plane - base.eye[0]) / base.rays[0, 2]
    seen = summed
    for which, pixel_index in enumerate(base.straight):
        ray = base.rays[which + 1, pixel_index] * np.arange(shape[pixel_index]) + base.rays[which + 1, 2]
        at = (base.eye[which + 1] + ray * reach - base.start[which]) / base.step[which]
        linear = _Linear.along(np.round(at, 6)[None, :], base.count[which])
        turned = np.zeros((shape[pixel_index], seen.shape[1]), dtype=np.float32)
        if linear is not None:
            turned[linear.where] = linear.slice_by_slice() @ seen
        seen = np.ascontiguousarray(turned.T)
    return seen if base.straight == (0, 1) else seen.T

"""Line integrals through a volume by slice factorisation (perspective shear-warp).

Along the volume axis nearest the central ray, the map from a slice to a base plane parallel to the slices, seen
from the source, is *scale and shift on each axis separately*. Each slice is therefore resampled by two
one-dimensional linear interpolations and added to one base image. At the end one perspective map takes the base
image to the detector, times the length of ray between slices. No ray is ever traced.

Sampling is that of Joseph (IEEE Trans Med Imaging 1982;1:192): bilinear in each slice; the factorisation is
Lacroute & Levoy (SIGGRAPH 1994). Measured against fine sampling of the trilinear integral the relative RMS is
below 0.4 % (``vertebrosim bench projector``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.volume import Volume
from simulator.imaging.view import View

Image = NDArray[np.float32]

SLAB = 8
"""Slices handled together: few enough to stay in the cache, enough to outweigh the calls."""


@dataclass(frozen=True, eq=False)
class Projectable:
    """A volume ready for projection: float32, and for each axis where each slice is not empty."""

    volume: Volume

    def __post_init__(self) -> None:
        if self.volume.array.dtype != np.float32:
            array = np.ascontiguousarray(self.volume.array, dtype=np.float32)
            object.__setattr__(self, "volume", Volume(array, self.volume.grid))

    def slices(self, axis: int) -> NDArray[np.float32]:
        """The array with ``axis`` first; slices across k are copied, because their rows are not contiguous."""
        return (self.volume.array, self.volume.array.swapaxes(0, 1), self._across_k)[axis]

    @cached_property
    def _across_k(self) -> NDArray[np.float32]:
        return np.ascontiguousarray(np.moveaxis(self.volume.array, 2, 0))

    @cached_property
    def _filled(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
        """Where lines along k, j, i hold anything: shapes (i, j), (i, k), (j, k)."""
        filled = self.volume.array != 0.0
        return filled.any(axis=2), filled.any(axis=1), filled.any(axis=0)

    def boxes(self, axis: int) -> NDArray[np.intp]:
        """(slices, 4): first and past-last non-empty index along the two axes in a slice; 0 0 0 0 if empty."""
        ij, ik, jk = self._filled
        rows, columns = ((ij, ik), (ij.T, jk), (ik.T, jk.T))[axis]
        return np.column_stack([*_span(rows), *_span(columns)])


def _span(filled: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    some = filled.any(axis=1)
    first = np.where(some, filled.argmax(axis=1), 0)
    last = np.where(some, filled.shape[1] - filled[:, ::-1].argmax(axis=1), 0)
    return first, last


def line_integrals(source: Projectable | Volume, view: View) -> Image:
    """Integral of the volume along the ray to every pixel: (rows, columns), value times mm.

    Outside the volume the value falls to zero within one voxel. Raises ValueError if the source lies inside
    the volume's slab of slices, where the factorisation has no meaning.
    """
    body = source if isinstance(source, Projectable) else Projectable(source)
    voxel_from_patient = frames.inverse(body.volume.patient_from_voxel)
    eye = frames.apply(voxel_from_patient, view.source_patient_mm)
    rays = voxel_from_patient[:3, :3] @ view.ray_matrix_patient()
    sizes = frames.voxel_sizes_mm(body.volume.patient_from_voxel)
    central = voxel_from_patient[:3, :3] @ view.direction_patient * sizes
    axis = int(np.argmax(np.abs(central)))
    order = [axis, *(a for a in range(3) if a != axis)]
    base = _base_plane(body, axis, eye[order], rays[order], view.shape)
    if base is None:
        return np.zeros(view.shape, dtype=np.float32)
    summed = _sum_of_slices(body, axis, eye[order], base)
    return _to_detector(summed, base, eye[order], rays[order], body.volume, order, view.shape)


@dataclass(frozen=True)
class _Base:
    """Base image: its slice position, and first coordinate and count (in voxels) along the slice's two axes."""

    slice_position: float
    start: tuple[float, float]
    count: tuple[int, int]

    def coordinates(self, which: int) -> FloatArray:
        return self.start[which] + np.arange(self.count[which])


def _base_plane(
    body: Projectable, axis: int, eye: FloatArray, rays: FloatArray, shape: tuple[int, int]
) -> _Base | None:
    """The part of the farthest slice's plane that both the filled volume and the detector's field can see.

    Its samples are a voxel apart and lie where grid and source put them: no slice is sampled more coarsely than
    its own voxels, and what is filled does not decide the sampling. Parts add up to the whole, and bone that did
    not move looks the same. None where field and volume do not meet.
    """
    boxes = body.boxes(axis)
    filled = np.flatnonzero(boxes[:, 1] > boxes[:, 0])
    if filled.size == 0:
        return None
    near, far = float(filled[0]), float(filled[-1])
    if near - 1.0 <= eye[0] <= far + 1.0:
        raise ValueError("the X-ray source lies inside the volume; move the patient or the C-arm apart")
    onwards = rays[0] @ ((shape[0] - 1) / 2.0, (shape[1] - 1) / 2.0, 1.0) > 0.0
    if onwards != (near > eye[0]):
        return None  # behind the source
    plane = len(boxes) - 1.0 if onwards else 0.0
    scale = (filled - eye[0]) / (plane - eye[0])  # slice coordinate per base coordinate
    corners = rays @ np.array([[r, c, 1.0] for r in (0, shape[0] - 1) for c in (0, shape[1] - 1)]).T
    start, count = [], []
    for which in (0, 1):
        low, high = boxes[filled, 2 * which] - 1.0, boxes[filled, 2 * which + 1] + 0.0
        seen_low = np.min(eye[which + 1] + (low - eye[which + 1]) / scale)
        seen_high = np.max(eye[which + 1] + (high - eye[which + 1]) / scale)
        field = eye[which + 1] + corners[which + 1] / corners[0] * (plane - eye[0])
        first, last = max(seen_low, field.min() - 2.0), min(seen_high, field.max() + 2.0)
        if last <= first:
            return None
        start.append(eye[which + 1] + np.floor(first - eye[which + 1]))
        count.append(int(np.ceil(last - start[-1])) + 1)
    return _Base(plane, (start[0], start[1]), (count[0], count[1]))


def _sum_of_slices(body: Projectable, axis: int, eye: FloatArray, base: _Base) -> Image:
    """The base image: every slice resampled onto it and added, a slab of slices at a time.

    Interpolation is a sparse matrix with two entries a row. Applied from the left it works on whole rows, which
    is several times faster than gathering single samples; so a slab is interpolated along its first axis,
    turned, and interpolated along its second, where the same product also adds up the slices.
    """
    slices, boxes = body.slices(axis), body.boxes(axis)
    turned_total = np.zeros(base.count[::-1], dtype=np.float32)
    for start in range(0, len(slices), SLAB):
        box = boxes[start : start + SLAB]
        box = box[box[:, 1] > box[:, 0]]
        if box.size == 0:
            continue
        low, high = box[:, ::2].min(axis=0), box[:, 1::2].max(axis=0)
        slab = _apart(slices[start : start + SLAB, low[0] : high[0], low[1] : high[1]])
        count, _, width = slab.shape
        scale = (np.arange(start, start + count) - eye[0]) / (base.slice_position - eye[0])
        first = _Linear.along(base.coordinates(0), eye[1], scale, low[0], high[0])
        second = _Linear.along(base.coordinates(1), eye[2], scale, low[1], high[1])
        if first is None or second is None:
            continue
        across = first.slice_by_slice() @ slab.reshape(-1, width)
        turned = across.reshape(count, -1, width).swapaxes(1, 2).reshape(count * width, -1)
        turned_total[second.where, first.where] += second.summing_slices(width) @ turned
    return np.ascontiguousarray(turned_total.T)


def _apart(slab: NDArray[np.float32]) -> NDArray[np.float32]:
    """A contiguous copy whose rows end in zeros up to an odd multiple of 8 entries.

    Rows a power of two apart fall into the same few lines of the cache; turning the slab would take three
    times as long.
    """
    count, rows, columns = slab.shape
    copy = np.zeros((count, rows, (columns + 7) // 16 * 16 + 8), dtype=np.float32)
    copy[:, :, :columns] = slab
    return copy


@dataclass(frozen=True)
class _Linear:
    """Linear interpolation along one axis of the slices of a slab.

    ``where`` says which samples of the base are served; ``index`` and ``weight`` (slices, samples, 2) which two
    of the ``entries`` of a slice make each.
    """

    where: slice
    index: NDArray[np.int32]
    weight: NDArray[np.float32]
    entries: int

    @classmethod
    def along(cls, base: FloatArray, eye: float, scale: FloatArray, low: int, high: int) -> _Linear | None:
        """Base coordinates seen from the eye in slices at these scales; zero beyond entries low to high - 1.

        None where no sample meets an entry.
        """
        position = eye - low + (base - eye) * scale[:, None]
        entries = int(high - low)
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


def _rows_of(index: NDArray[np.int32], weight: NDArray[np.float32], rows: int, columns: int) -> sparse.csr_array:
    """A sparse matrix whose rows all have equally many entries, given in order."""
    starts = np.arange(0, index.size + 1, index.size // rows, dtype=np.int32)
    return sparse.csr_array((weight.ravel(), index.ravel(), starts), shape=(rows, columns))


def _to_detector(
    summed: Image,
    base: _Base,
    eye: FloatArray,
    rays: FloatArray,
    volume: Volume,
    order: list[int],
    shape: tuple[int, int],
) -> Image:
    """The base image seen at each pixel, times the length of ray between two slices."""
    rows = np.arange(shape[0], dtype=np.float32)[:, None]
    columns = np.arange(shape[1], dtype=np.float32)[None, :]
    m = rays.astype(np.float32)
    depth, a, b = (m[i, 0] * rows + m[i, 1] * columns + m[i, 2] for i in range(3))
    reach = np.float32(base.slice_position - eye[0]) / depth
    at = np.empty((2, *shape), dtype=np.float32)
    for which, ray in enumerate((a, b)):
        np.multiply(ray, reach, out=at[which])
        at[which] += np.float32(eye[which + 1] - base.start[which])
    image = ndimage.map_coordinates(summed, at, order=1, mode="constant", cval=0.0)
    # |ray| in mm over its slices: the ray's vector in the patient frame has the length |A @ (depth, a, b)|.
    linear = volume.patient_from_voxel[:3, :3][:, order]
    gram = (linear.T @ linear).astype(np.float32)
    squared = gram[0, 0] * depth * depth + gram[1, 1] * a * a + gram[2, 2] * b * b
    squared += 2.0 * (gram[0, 1] * depth * a + gram[0, 2] * depth * b + gram[1, 2] * a * b)
    return np.asarray(image * (np.sqrt(squared) / np.abs(depth)), dtype=np.float32)

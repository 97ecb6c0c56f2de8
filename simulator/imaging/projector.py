"""Line integrals through a volume by slice factorisation (perspective shear-warp).

Along the volume axis nearest the central ray, the map from a slice to a base plane through the volume,
parallel to the slices and seen from the source, is *scale and shift on each axis separately*. Each slice is
therefore resampled by two one-dimensional linear interpolations, gathers of whole rows and columns, and added
to one base image. At the end one perspective map takes the base image to the detector, times the length of
ray between slices. No ray is ever traced.

Sampling is that of Joseph (IEEE Trans Med Imaging 1982;1:192): bilinear in each slice; the factorisation is
Lacroute & Levoy (SIGGRAPH 1994). Measured against fine sampling of the trilinear integral the relative RMS is
below 0.4 % (``vertebrosim bench projector``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.volume import Volume
from simulator.imaging.view import View

Image = NDArray[np.float32]


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
    """Base image: its slice position, and first coordinate, step and count along the slice's two axes."""

    slice_position: float
    start: tuple[float, float]
    step: tuple[float, float]
    count: tuple[int, int]

    def coordinates(self, which: int) -> FloatArray:
        return self.start[which] + self.step[which] * np.arange(self.count[which])


def _base_plane(
    body: Projectable, axis: int, eye: FloatArray, rays: FloatArray, shape: tuple[int, int]
) -> _Base | None:
    """The part of the middle slice's plane that both the filled volume and the detector's field can see.

    Its step is one voxel in the slice farthest from the source, so that no slice is sampled more coarsely
    than its own voxels. None where field and volume do not meet.
    """
    boxes = body.boxes(axis)
    filled = np.flatnonzero(boxes[:, 1] > boxes[:, 0])
    if filled.size == 0:
        return None
    near, far = float(filled[0]), float(filled[-1])
    if near - 1.0 <= eye[0] <= far + 1.0:
        raise ValueError("the X-ray source lies inside the volume; move the patient or the C-arm apart")
    middle = 0.5 * (near + far)
    scale = (filled - eye[0]) / (middle - eye[0])  # slice coordinate per base coordinate
    corners = rays @ np.array([[r, c, 1.0] for r in (0, shape[0] - 1) for c in (0, shape[1] - 1)]).T
    start, step, count = [], [], []
    for which in (0, 1):
        low, high = boxes[filled, 2 * which] - 1.0, boxes[filled, 2 * which + 1] + 0.0
        seen_low = np.min(eye[which + 1] + (low - eye[which + 1]) / scale)
        seen_high = np.max(eye[which + 1] + (high - eye[which + 1]) / scale)
        field = eye[which + 1] + corners[which + 1] / corners[0] * (middle - eye[0])
        spacing = 1.0 / float(scale.max())
        first = max(seen_low, field.min() - 2.0 * spacing)
        last = min(seen_high, field.max() + 2.0 * spacing)
        if last <= first:
            return None
        start.append(first)
        step.append(spacing)
        count.append(int(np.ceil((last - first) / spacing)) + 1)
    return _Base(middle, (start[0], start[1]), (step[0], step[1]), (count[0], count[1]))


def _sum_of_slices(body: Projectable, axis: int, eye: FloatArray, base: _Base) -> Image:
    """The base image: every slice resampled onto it and added."""
    slices, boxes = body.slices(axis), body.boxes(axis)
    total = np.zeros(base.count, dtype=np.float32)
    coordinates = base.coordinates(0), base.coordinates(1)
    for k in range(len(slices)):
        row_low, row_high, column_low, column_high = boxes[k]
        if row_high <= row_low:
            continue
        scale = (k - eye[0]) / (base.slice_position - eye[0])
        rows = _Gather.along(eye[1] + (coordinates[0] - eye[1]) * scale, int(row_low), int(row_high))
        columns = _Gather.along(eye[2] + (coordinates[1] - eye[2]) * scale, int(column_low), int(column_high))
        if rows is None or columns is None:
            continue
        part = slices[k, row_low:row_high, column_low:column_high]
        across = part.take(rows.index, axis=0)
        across *= rows.near[:, None]
        neighbour = part.take(rows.index_next, axis=0)
        neighbour *= rows.far[:, None]
        across += neighbour
        into = total[rows.where, columns.where]
        left = across.take(columns.index, axis=1)
        left *= columns.near
        into += left
        right = across.take(columns.index_next, axis=1)
        right *= columns.far
        into += right
    return total


@dataclass(frozen=True)
class _Gather:
    """Linear interpolation along one axis of a slice: which samples of the base it serves, from where."""

    where: slice
    index: NDArray[np.intp]
    index_next: NDArray[np.intp]
    near: NDArray[np.float32]
    far: NDArray[np.float32]

    @classmethod
    def along(cls, position: FloatArray, low: int, high: int) -> _Gather | None:
        """Samples at increasing positions from entries low to high (past last); zero beyond them."""
        first = int(np.searchsorted(position, low - 1.0, side="right"))
        last = int(np.searchsorted(position, float(high), side="left"))
        if last <= first:
            return None
        inside = position[first:last] - low
        index = np.floor(inside).astype(np.intp)
        far = (inside - index).astype(np.float32)
        near = np.float32(1.0) - far
        count = high - low
        near[index < 0] = 0.0
        far[index + 1 >= count] = 0.0
        return cls(
            slice(first, last),
            np.clip(index, 0, count - 1),
            np.clip(index + 1, 0, count - 1),
            near,
            far,
        )


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
        np.multiply(ray, reach * np.float32(1.0 / base.step[which]), out=at[which])
        at[which] += np.float32((eye[which + 1] - base.start[which]) / base.step[which])
    image = ndimage.map_coordinates(summed, at, order=1, mode="constant", cval=0.0)
    # |ray| in mm over its slices: the ray's vector in the patient frame has the length |A @ (depth, a, b)|.
    linear = volume.patient_from_voxel[:3, :3][:, order]
    gram = (linear.T @ linear).astype(np.float32)
    squared = gram[0, 0] * depth * depth + gram[1, 1] * a * a + gram[2, 2] * b * b
    squared += 2.0 * (gram[0, 1] * depth * a + gram[0, 2] * depth * b + gram[1, 2] * a * b)
    return np.asarray(image * (np.sqrt(squared) / np.abs(depth)), dtype=np.float32)

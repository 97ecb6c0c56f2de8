"""Reading a volume through the fracture's displacement field.

Where the field does not depend on x (``Collapse.is_flat``) and the target stands upright in the frontal plane, a
deformed volume is made of whole rows along x of the volume as found: four rows and four weights for each (j, k).
Otherwise that is so beside the body, and the box around the body is read voxel by voxel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy import frames, shapes
from anatomy.fractures.fracture import Collapse
from anatomy.fractures.fracture_field import Columns
from anatomy.frames import FloatArray
from anatomy.keeping import kept_with_first
from anatomy.shapes import Array
from anatomy.skeleton.arch import box_in_patient
from anatomy.skeleton.vertebra import body_box
from anatomy.volume import Grid

RIGID_MM, STILL_MM = 110.0, 260.0  # above the target's centre


@dataclass(frozen=True, eq=False)
class Box:
    """The window of a grid in which the field is read voxel by voxel, ready for any amplitude.

    x, y, z: its voxels in the vertebral frame, broadcastable; columns: the fracture's at (x, y).
    """

    window: tuple[slice, slice, slice]
    part: Grid
    x: Array
    y: Array
    z: Array
    columns: Columns


@dataclass(frozen=True, eq=False)
class Places:
    """Where the target body's points now on a grid lay as found, patient frame, mm, and by how much to multiply
    their density.

    rows: (y, z, determinant), each (j, k), the same at every x. box: a window of the grid in which ``within``
    holds instead: (x, y, z, determinant), each (i, j, k) of the window, x (i, 1, 1) where it stays; None where
    rows are all.
    """

    grid: Grid
    rows: tuple[Array, Array, Array]
    box: tuple[slice, slice, slice] | None = None
    within: tuple[Array, Array, Array, Array] | None = None

    def density(self, array: NDArray) -> Array:
        """A density (i, j, k) as found on the grid, where it is now: its sum stays."""
        y, z, squeeze = self.rows
        out = read_rows(array, self.grid, y, z) * squeeze.astype(np.float32)
        if self.box is not None and self.within is not None:
            out[self.box] = self._read(array) * self.within[3]
        return out

    def values(self, array: NDArray) -> Array:
        """Values (i, j, k) as found on the grid, where they are now: linear, zero outside."""
        y, z, _ = self.rows
        out = read_rows(array, self.grid, y, z)
        if self.box is not None:
            out[self.box] = self._read(array)
        return out

    def nearest(self, array: NDArray) -> NDArray:
        """Labels (i, j, k) as found on the grid, where they are now; the edge's own outside."""
        y, z, _ = self.rows
        out = read_nearest(array, self.grid, y, z)
        if self.box is not None:
            near = [np.clip(np.rint(a), 0, n - 1) for a, n in zip(self._at, array.shape, strict=True)]
            out[self.box] = array[tuple(a.astype(np.int32) for a in near)]
        return out

    @cached_property
    def _at(self) -> list[Array]:
        """Places within the box as voxel indices, not rounded."""
        assert self.within is not None
        origin, step = self.grid.patient_from_voxel[:3, 3], self.grid.voxel_mm
        return [(p - np.float32(o)) / np.float32(s) for p, o, s in zip(self.within[:3], origin, step, strict=True)]

    @cached_property
    def _corners(self) -> tuple[NDArray[np.int32], Array, Array] | None:
        """(flat index of the lower corner in (j, k), shares of the upper ones) where x stays and nothing is read
        from outside the grid; None elsewhere."""
        i, j, k = self._at
        _, nj, nk = self.grid.shape
        if i.ndim != 3 or i.shape[1:] != (1, 1) or self.box is None:
            return None
        if min(j.min(), k.min()) < 0.0 or j.max() >= nj - 1 or k.max() >= nk - 1:
            return None
        j0, k0 = j.astype(np.int32), k.astype(np.int32)
        rows = np.arange(self.box[0].start, self.box[0].stop, dtype=np.int32)[:, None, None]
        return (rows * np.int32(nj) + j0) * np.int32(nk) + k0, j - j0, k - k0

    def _read(self, array: NDArray) -> Array:
        """array within the box, linear, zero outside the grid."""
        corners = self._corners
        if corners is None:
            places = np.broadcast_arrays(*self._at)
            return np.asarray(ndimage.map_coordinates(array, places, order=1, mode="constant"))
        first, fj, fk = corners
        flat, nk = array.ravel(), self.grid.shape[2]
        near = flat.take(first)
        near += fk * (flat.take(first + 1) - near)
        far = flat.take(first + nk)
        far += fk * (flat.take(first + (nk + 1)) - far)
        return near + fj * (far - near)


def body_places(collapse: Collapse, grid: Grid, amplitude: float) -> Places:
    """Where the target body's points on the grid, now at an amplitude, lay as found (amplitude 1)."""
    v = collapse.vertebra
    voxel = float(grid.voxel_mm[2])
    _, y, z = shapes.local_axes(grid, frames.inverse(v.patient_from_vertebra))
    half_width = 0.5 * v.size.endplate_width_sup_mm
    flat_y, flat_z = (a[min(a.shape[0] - 1, grid.shape[0] // 2)] for a in (y, z))
    rows = collapse.between(half_width, flat_y, flat_z, found_at=1.0, wanted_at=amplitude, voxel_mm=voxel)
    y1, z1, squeeze = (np.broadcast_to(a, grid.shape[1:]) for a in rows)
    m, (_, py, pz) = v.patient_from_vertebra, (a[0] for a in grid.axes_mm())
    dy, dz = y1 - flat_y, z1 - flat_z
    plane = (py + (m[1, 1] * dy + m[1, 2] * dz), pz + (m[2, 1] * dy + m[2, 2] * dz), squeeze)
    box = _box(collapse, grid)
    if box is None:
        return Places(grid, plane)
    y1, z1, squeeze = collapse.between(
        box.x, box.y, box.z, found_at=1.0, wanted_at=amplitude, voxel_mm=voxel, columns=box.columns
    )
    dy, dz = y1 - box.y, z1 - box.z
    px, py, pz = box.part.axes_mm()
    a, b = m[:3, 1].astype(np.float32), m[:3, 2].astype(np.float32)
    if abs(m[0, 1]) + abs(m[0, 2]) > 1e-6:
        px = px + (a[0] * dy + b[0] * dz)
    within = (px, py + (a[1] * dy + b[1] * dz), pz + (a[2] * dy + b[2] * dz), np.asarray(squeeze, np.float32))
    return Places(grid, plane, box.window, within)


@kept_with_first(2)
def _box(collapse: Collapse, grid: Grid) -> Box | None:
    """Where rows would not do: the body's inside, unless it is a plane of (y, z); None where there is none."""
    v, d = collapse.vertebra, collapse.vertebra.size
    vertebra_from_patient = frames.inverse(v.patient_from_vertebra)
    if collapse.is_flat and shapes.local_axes(grid, vertebra_from_patient)[0].shape[1:] == (1, 1):
        return None
    tallest = max(d.body_height_ant_mm, d.body_height_post_mm)
    half = 0.5 * np.array([d.endplate_width_sup_mm, d.depth_mm, tallest])
    low, high = -half - 1.0, half + 1.0
    low[1] -= collapse.spec.retropulsion_mm
    window = grid.window(*box_in_patient((low, high), v.patient_from_vertebra))
    if any(s.stop <= s.start for s in window):
        return None
    part = grid.part(window)
    x, y, z = shapes.local_axes(part, vertebra_from_patient)
    return Box(window, part, x, y, z, collapse.columns(x, y))


def above_map(collapse: Collapse, grid: Grid, amplitude: float) -> tuple[Array, Array]:
    """Where the points of the spine above now on the grid lay as found: (y, z), each (j, k), mm."""
    move = above_from_found(collapse, amplitude)
    _, y, z = (a[0] for a in shapes.local_axes(grid, frames.inverse(move)))
    return np.broadcast_arrays(y, z)  # type: ignore[return-value]


def upper_map(collapse: Collapse, grid: Grid, amplitude: float) -> tuple[Array, Array, Array]:
    """above_map for bone at any height: (y, z, determinant), each (j, k), mm.

    Up to RIGID_MM above the target the spine follows the endplate rigidly. Farther up the table holds the body:
    the turn is taken up by the discs in between and chest, shoulders and neck stay (shape: ours). Grids of one
    voxel across are not stretched.
    """
    y_rigid, z_rigid = above_map(collapse, grid, amplitude)
    _, y, z = (a[0] for a in grid.axes_mm())
    t = np.clip((z - RIGID_MM) / (STILL_MM - RIGID_MM), 0.0, 1.0)
    share = np.broadcast_to(1.0 - t * t * (3.0 - 2.0 * t), y_rigid.shape)
    y1, z1 = y + share * (y_rigid - y), z + share * (z_rigid - z)
    if min(y1.shape) < 2:
        return y1, z1, np.ones_like(y1)
    _, dy, dz = grid.voxel_mm
    (yy, yz), (zy, zz) = np.gradient(y1, dy, dz), np.gradient(z1, dy, dz)
    return y1, z1, np.where(share < 1.0, yy * zz - yz * zy, np.float32(1.0))


def above_from_found(collapse: Collapse, amplitude: float) -> FloatArray:
    """patient_from_patient (4, 4): how the spine above has moved since it was found."""
    return frames.compose(collapse.above(amplitude), frames.inverse(collapse.above(1.0)))


def read_rows(array: NDArray, grid: Grid, y_mm: Array, z_mm: Array) -> Array:
    """array (i, j, k) on an axis-aligned grid, read at (y, z) for each (j, k): linear, zero outside."""
    return Rows.at(np.asarray(array.any(axis=0)), grid, y_mm, z_mm).read(array)


@dataclass(frozen=True, eq=False)
class Rows:
    """Which rows along x of an array (i, j, k) make each row of a new one, and with what weights: linear, zero
    outside.

    corners: for the four neighbours (rows written, rows read, weights), each (n,). Rows that hold nothing are left
    out: above a fracture that is most of them.
    """

    corners: tuple[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]], ...]

    @classmethod
    def at(cls, holds: NDArray[np.bool_], grid: Grid, y_mm: Array, z_mm: Array) -> Rows:
        """Of an array on an axis-aligned grid, read at (y, z) for each (j, k). holds: which rows hold anything."""
        _, nj, nk = grid.shape
        origin, step = grid.patient_from_voxel[:3, 3], np.diag(grid.patient_from_voxel)
        j, k = (y_mm - origin[1]) / step[1], (z_mm - origin[2]) / step[2]
        j0, k0 = np.floor(j).astype(np.intp), np.floor(k).astype(np.intp)
        fj, fk = (j - j0).astype(np.float32), (k - k0).astype(np.float32)
        corners = []
        for dj, dk, weight in ((0, 0, (1 - fj) * (1 - fk)), (1, 0, fj * (1 - fk)),
                               (0, 1, (1 - fj) * fk), (1, 1, fj * fk)):  # fmt: skip
            jj, kk = j0 + dj, k0 + dk
            inside = (jj >= 0) & (jj < nj) & (kk >= 0) & (kk < nk) & (weight > 0.0)
            where = np.flatnonzero(inside)
            source = (jj * nk + kk).ravel()[where]
            kept = holds.ravel()[source]
            corners.append((where[kept], source[kept], weight.ravel()[where[kept]]))
        return cls(tuple(corners))

    def read(self, array: NDArray) -> Array:
        """The array, or some of its planes (j, k), made of these rows."""
        flat = array.reshape(len(array), -1)
        out = np.zeros(flat.shape, dtype=np.float32)
        for plane, new in zip(flat, out, strict=True):
            for where, source, weight in self.corners:
                new[where] += plane.take(source) * weight
        return out.reshape(array.shape)


def read_nearest(array: NDArray, grid: Grid, y_mm: Array, z_mm: Array) -> NDArray:
    """array (i, j, k) read at the voxel nearest to (y, z) for each (j, k); the edge's value outside."""
    _, nj, nk = grid.shape
    origin, step = grid.patient_from_voxel[:3, 3], np.diag(grid.patient_from_voxel)
    j = np.clip(np.rint((y_mm - origin[1]) / step[1]), 0, nj - 1).astype(np.intp)
    k = np.clip(np.rint((z_mm - origin[2]) / step[2]), 0, nk - 1).astype(np.intp)
    return array[:, j, k]


def cleft_share(collapse: Collapse, grid: Grid, amplitude: float) -> NDArray[np.float32]:
    """Share (i, j, k) of each voxel that lies in the fracture's cleft at an amplitude."""
    out = np.zeros(grid.shape, dtype=np.float32)
    v = collapse.vertebra
    window = grid.window(*box_in_patient(body_box(v), v.patient_from_vertebra))
    if collapse.cleft is not None and all(s.stop > s.start for s in window):
        local = shapes.local_axes(grid.part(window), frames.inverse(v.patient_from_vertebra))
        out[window] = collapse.cleft_share(*local, amplitude, float(grid.voxel_mm[2]))
    return out

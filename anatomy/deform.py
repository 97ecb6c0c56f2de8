"""Reading a volume through the fracture's displacement field.

The field does not depend on x (fracture.py), so a deformed volume is made of whole rows along x of the volume
as found: four rows and four weights for each (j, k).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatomy import frames, shapes
from anatomy.fracture import Collapse
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.volume import Grid

RIGID_MM, STILL_MM = 110.0, 260.0  # above the target's centre


def body_map(collapse: Collapse, grid: Grid, amplitude: float) -> tuple[Array, Array, Array]:
    """Where the target body's points now on the grid lay as found: (y, z, determinant), each (j, k), mm."""
    vertebra_from_patient = frames.inverse(collapse.vertebra.patient_from_vertebra)
    _, y, z = (a[0] for a in shapes.local_axes(grid, vertebra_from_patient))
    y1, z1, squeeze = collapse.between(y, z, found_at=1.0, wanted_at=amplitude)
    return *_patient_yz(collapse, y1, z1), np.broadcast_to(squeeze, y1.shape)


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


def _patient_yz(collapse: Collapse, y: Array, z: Array) -> tuple[Array, Array]:
    m = collapse.vertebra.patient_from_vertebra
    return m[1, 1] * y + m[1, 2] * z + m[1, 3], m[2, 1] * y + m[2, 2] * z + m[2, 3]


def read_rows(array: NDArray, grid: Grid, y_mm: Array, z_mm: Array) -> Array:
    """array (i, j, k) on an axis-aligned grid, read at (y, z) for each (j, k): linear, zero outside."""
    _, nj, nk = grid.shape
    origin, step = grid.patient_from_voxel[:3, 3], np.diag(grid.patient_from_voxel)
    j, k = (y_mm - origin[1]) / step[1], (z_mm - origin[2]) / step[2]
    j0, k0 = np.floor(j).astype(np.intp), np.floor(k).astype(np.intp)
    fj, fk = (j - j0).astype(np.float32), (k - k0).astype(np.float32)
    flat = array.reshape(grid.shape[0], nj * nk)
    out = np.zeros((grid.shape[0], nj * nk), dtype=np.float32)
    for dj, dk, weight in ((0, 0, (1 - fj) * (1 - fk)), (1, 0, fj * (1 - fk)),
                           (0, 1, (1 - fj) * fk), (1, 1, fj * fk)):  # fmt: skip
        jj, kk = j0 + dj, k0 + dk
        inside = (jj >= 0) & (jj < nj) & (kk >= 0) & (kk < nk) & (weight > 0.0)
        where = np.flatnonzero(inside)
        source = (jj * nk + kk).ravel()[where]
        out[:, where] += flat[:, source] * weight.ravel()[where]
    return out.reshape(grid.shape)


def read_nearest(array: NDArray, grid: Grid, y_mm: Array, z_mm: Array) -> NDArray:
    """array (i, j, k) read at the voxel nearest to (y, z) for each (j, k); the edge's value outside."""
    _, nj, nk = grid.shape
    origin, step = grid.patient_from_voxel[:3, 3], np.diag(grid.patient_from_voxel)
    j = np.clip(np.rint((y_mm - origin[1]) / step[1]), 0, nj - 1).astype(np.intp)
    k = np.clip(np.rint((z_mm - origin[2]) / step[2]), 0, nk - 1).astype(np.intp)
    return array[:, j, k]

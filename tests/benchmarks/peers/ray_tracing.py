"""Two plain compiled ray tracers: the yardstick that times are divided by, and the exact integral.

Both see the field that ``simulator/imaging/ray_march.py`` defines: trilinear between voxel centres, falling to
zero within one voxel outside. Both trace every ray on its own and skip only what lies outside the volume.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.volume import Volume
from simulator.imaging.view import View


def marched(volume: Volume, view: View, *, step_mm: float) -> NDArray[np.float32]:
    """Line integrals (rows, columns), value times mm, by the midpoint rule: the yardstick with step_mm = 1.

    Trilinear samples in float32, as a programmer writes them who wants speed and knows no trick. Threads are
    numba's (``NUMBA_NUM_THREADS``).
    """
    image = np.empty(view.shape, dtype=np.float32)
    _march(volume.array, *_rays_in_voxels(volume, view), step_mm, image)
    return image


def traced(volume: Volume, view: View) -> FloatArray:
    """Line integrals (rows, columns), value times mm, exact to rounding in float64.

    Between eight voxel centres a trilinear field is a cubic along any ray, which two Gauss points integrate
    exactly; so each ray is cut at every lattice plane that it crosses.
    """
    image = np.empty(view.shape)
    _trace(volume.array, *_rays_in_voxels(volume, view), image)
    return image


def _rays_in_voxels(volume: Volume, view: View) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Source (3,) in voxel coordinates; matrices (3, 3) from (row, column, 1) to the ray in voxels and in mm."""
    voxel_from_patient = frames.inverse(volume.patient_from_voxel)
    rays_mm = np.ascontiguousarray(view.ray_matrix_patient())
    source = frames.apply(voxel_from_patient, view.source_patient_mm)
    return source, np.ascontiguousarray(voxel_from_patient[:3, :3] @ rays_mm), rays_mm


@njit(inline="always")
def _toward(matrix, axis, row, column):
    """One component of the vector from the source to a pixel."""
    return matrix[axis, 0] * row + matrix[axis, 1] * column + matrix[axis, 2]


@njit
def _length(matrix, row, column):
    a, b = _toward(matrix, 0, row, column), _toward(matrix, 1, row, column)
    c = _toward(matrix, 2, row, column)
    return np.sqrt(a * a + b * b + c * c)


@njit
def _inside(shape, source, ray):
    """First and last multiple of the ray between lattice planes -1 and n of all axes (first > last: a miss)."""
    first, last = 0.0, 1e30
    for axis in range(3):
        if ray[axis] != 0.0:
            one, other = (-1.0 - source[axis]) / ray[axis], (shape[axis] - source[axis]) / ray[axis]
            first, last = max(first, min(one, other)), min(last, max(one, other))
        elif not -1.0 < source[axis] < shape[axis]:
            last = -1.0
    return first, last


@njit
def _at_the_edge(array, i, j, k, u, v, w):
    """The field where some of the eight voxels lie outside the array and count as zero."""
    ni, nj, nk = array.shape
    value = 0.0
    for di in range(2):
        for dj in range(2):
            for dk in range(2):
                if 0 <= i + di < ni and 0 <= j + dj < nj and 0 <= k + dk < nk:
                    weight = (u if di else 1.0 - u) * (v if dj else 1.0 - v) * (w if dk else 1.0 - w)
                    value += weight * array[i + di, j + dj, k + dk]
    return value


@njit(inline="always")
def _trilinear(array, i, j, k, u, v, w):
    """The field at voxel i, j, k plus the fractions u, v, w, in the precision of those."""
    ni, nj, nk = array.shape
    if not (0 <= i < ni - 1 and 0 <= j < nj - 1 and 0 <= k < nk - 1):
        return _at_the_edge(array, i, j, k, u, v, w)
    a = array[i, j, k] + w * (array[i, j, k + 1] - array[i, j, k])
    b = array[i, j + 1, k] + w * (array[i, j + 1, k + 1] - array[i, j + 1, k])
    c = array[i + 1, j, k] + w * (array[i + 1, j, k + 1] - array[i + 1, j, k])
    d = array[i + 1, j + 1, k] + w * (array[i + 1, j + 1, k + 1] - array[i + 1, j + 1, k])
    near, far = a + v * (b - a), c + v * (d - c)
    return near + u * (far - near)


@njit(parallel=True, nogil=True, fastmath=True, error_model="numpy")
def _march(array, source, rays_voxel, rays_mm, step_mm, image):
    for column in prange(image.shape[1]):
        for row in range(image.shape[0]):  # upright views: neighbours in a column are neighbours in memory
            a, b = _toward(rays_voxel, 0, row, column), _toward(rays_voxel, 1, row, column)
            c = _toward(rays_voxel, 2, row, column)
            first, last = _inside(array.shape, source, (a, b, c))
            step = step_mm / _length(rays_mm, row, column)
            # one more than the position, so that cutting off the fraction rounds down at the edge, too
            x0, dx = np.float32(source[0] + first * a + 1.0), np.float32(step * a)
            y0, dy = np.float32(source[1] + first * b + 1.0), np.float32(step * b)
            z0, dz = np.float32(source[2] + first * c + 1.0), np.float32(step * c)
            total = np.float32(0.0)
            for n in range(int(max(np.ceil((last - first) / step), 0.0))):
                t = np.float32(n) + np.float32(0.5)
                x, y, z = x0 + t * dx, y0 + t * dy, z0 + t * dz
                i, j, k = int(x), int(y), int(z)
                u, v, w = x - np.float32(i), y - np.float32(j), z - np.float32(k)
                total += np.float32(_trilinear(array, i - 1, j - 1, k - 1, u, v, w))
            image[row, column] = total * step_mm


@njit(parallel=True, nogil=True)
def _trace(array, source, rays_voxel, rays_mm, image):
    for row in prange(image.shape[0]):
        crossing = np.empty(3)  # where the ray meets the next lattice plane of each axis, in multiples of the ray
        for column in range(image.shape[1]):
            a, b = _toward(rays_voxel, 0, row, column), _toward(rays_voxel, 1, row, column)
            ray = (a, b, _toward(rays_voxel, 2, row, column))
            first, last = _inside(array.shape, source, ray)
            for axis in range(3):
                at = source[axis] + first * ray[axis]
                ahead = np.floor(at) + 1.0 if ray[axis] > 0.0 else np.ceil(at) - 1.0
                crossing[axis] = (ahead - source[axis]) / ray[axis] if ray[axis] != 0.0 else np.inf
            total, here = 0.0, first
            while here < last:
                axis = np.argmin(crossing)
                there = min(crossing[axis], last)
                if there > here:
                    total += (there - here) * _mean_between(array, source, ray, here, there)
                    here = there
                crossing[axis] += 1.0 / abs(ray[axis])
            image[row, column] = total * _length(rays_mm, row, column)


@njit
def _mean_between(array, source, ray, here, there):
    """Mean of the field along a piece of ray within one cell: two Gauss points, exact for a cubic."""
    middle, off = 0.5 * (here + there), 0.5 / np.sqrt(3.0) * (there - here)
    value = 0.0
    for t in (middle - off, middle + off):
        x, y, z = source[0] + t * ray[0], source[1] + t * ray[1], source[2] + t * ray[2]
        i, j, k = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
        value += 0.5 * _trilinear(array, i, j, k, x - i, y - j, z - k)
    return value

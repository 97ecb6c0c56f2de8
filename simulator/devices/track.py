"""The way that an instrument leaves open when it is drawn out or pointed elsewhere, on the region grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.volume import Grid
from simulator.devices.needle import Needle

_SPACING_MM = 0.25


def along(grid: Grid, points_mm: FloatArray, radius_mm: float) -> NDArray[np.bool_]:
    """Voxels (i, j, k) whose centres lie within a radius of a line of close points (n, 3), and those that it cuts.

    Points outside the grid count for nothing.
    """
    found = np.zeros(grid.shape, dtype=bool)
    at = frames.apply(frames.inverse(grid.patient_from_voxel), points_mm)
    reach = int(np.ceil(radius_mm / float(grid.voxel_mm[0])))
    steps = np.arange(-reach, reach + 1)
    offsets = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    nearest = np.rint(at).astype(np.intp)
    index = nearest[:, None, :] + offsets
    near = np.linalg.norm((index - at[:, None, :]) * grid.voxel_mm, axis=2) <= radius_mm
    near |= (offsets == 0).all(axis=1)
    near &= np.all((index >= 0) & (index < grid.shape), axis=2)
    found[tuple(index[near].T)] = True
    return found


def behind_the_tip(needle: Needle, grid: Grid) -> NDArray[np.bool_]:
    """Voxels between the tip and the deepest that this path has been: what withdrawing has left open."""
    return _between(needle, grid, needle.depth_mm, needle.furthest_mm)


def whole(needle: Needle, grid: Grid) -> NDArray[np.bool_]:
    """Voxels from the skin to the deepest that this path has been."""
    return _between(needle, grid, 0.0, max(needle.furthest_mm, needle.depth_mm))


def filled(needle: Needle, grid: Grid) -> NDArray[np.bool_]:
    """Voxels that the cannula itself takes up now."""
    return _between(needle, grid, 0.0, needle.depth_mm)


def _between(needle: Needle, grid: Grid, from_mm: float, to_mm: float) -> NDArray[np.bool_]:
    if to_mm <= from_mm:
        return np.zeros(grid.shape, dtype=bool)
    count = max(int(np.ceil((to_mm - from_mm) / _SPACING_MM)), 1)
    depths = np.linspace(from_mm, to_mm, count + 1)
    return along(grid, needle.points_mm(depths), needle.outer_radius_mm)


def merged(tracks: NDArray[np.bool_] | None, fresh: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Tracks with fresh voxels; the same array where nothing is new."""
    if not fresh.any() or (tracks is not None and bool((fresh <= tracks).all())):
        return tracks
    return fresh if tracks is None else tracks | fresh


def without(tracks: NDArray[np.bool_] | None, taken: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Tracks less the voxels that something stands in again; the same array where that is nothing."""
    if tracks is None or not (tracks & taken).any():
        return tracks
    left = tracks & ~taken
    return left if left.any() else None

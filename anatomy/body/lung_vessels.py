"""Lung markings: arteries and veins that branch from the hila and thin out towards the pleura.

Shape: ours. End points are spread through the lung; the tree halves them again and again, each branch ending
part of the way to the middle of what it supplies. A vessel of n end points has radius r n^0.42, between Murray's
cube root and equal area. What thinner vessels hold is part of the lung's density.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from scipy import ndimage

from anatomy.frames import FloatArray, apply, inverse
from anatomy.shapes import Array
from anatomy.volume import Grid

STREAM = 0x6C756E67  # "lung"
ENDS = 150  # of each tree; an artery's and a vein's tree a lung
END_RADIUS_MM = 0.75
_RADIUS_EXPONENT = 0.42
_STEP_MM = 0.7
_BLUR_VOXELS = 0.55  # thin vessels are spread over a voxel, so that no line breaks into steps


def vessel_share(
    inside: Callable[[FloatArray], Array], hilum_mm: FloatArray, sign: float, grid: Grid, seed: int
) -> Array:
    """Share (i, j, k) of each voxel filled by vessels of one lung.

    inside: distance (n,) to the lung of points (n, 3), mm; sign +1 for the right lung.
    """
    rng = np.random.default_rng([seed, STREAM, int(sign > 0)])
    low, high = grid.box_mm()
    places, volumes = [], []
    for root in (hilum_mm, hilum_mm + (0.0, 8.0, -22.0)):
        points = rng.uniform(low, high, (40 * ENDS, 3))
        points = points[inside(points) < -4.0][:ENDS]
        if len(points) < 2:
            continue
        along = np.array([0.8 * sign, 0.1, 0.0])
        for line, radius in _branches(root, along, points, rng):
            place, volume = _filled(line, radius, rng)
            places.append(place)
            volumes.append(volume)
    if not places:
        return np.zeros(grid.shape, dtype=np.float32)
    share = _spread(np.concatenate(places), np.concatenate(volumes), grid)
    return np.minimum(ndimage.gaussian_filter(share, _BLUR_VOXELS, truncate=3.5), 1.0)


def _branches(
    start: FloatArray, along: FloatArray, ends: FloatArray, rng: np.random.Generator
) -> Iterator[tuple[FloatArray, float]]:
    """(curve (m, 3), radius) of every branch between start and the end points it supplies."""
    way = ends.mean(axis=0) - start
    stop = ends[0] if len(ends) == 1 else start + rng.uniform(0.30, 0.45) * way
    length = float(np.linalg.norm(stop - start))
    bend = start + 0.45 * length * along / max(float(np.linalg.norm(along)), 1e-6)
    t = np.linspace(0.0, 1.0, max(int(length / _STEP_MM), 2))[:, None]
    yield (
        (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t * t * stop,
        END_RADIUS_MM * len(ends) ** _RADIUS_EXPONENT,
    )
    if len(ends) == 1:
        return
    off = ends - stop
    _, _, axes = np.linalg.svd(off - off.mean(axis=0), full_matrices=False)
    beside = off @ (axes[0] + 0.3 * rng.standard_normal(3))
    cut = np.quantile(beside, rng.uniform(0.35, 0.65))
    first = beside <= cut
    for part in (first, ~first):
        if part.any():
            yield from _branches(stop, stop - bend, ends[part], rng)


def _filled(line: FloatArray, radius_mm: float, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Points (n, 3) that fill a tube about a line, and the volume (n,) in mm3 that each stands for."""
    copies = max(int(np.ceil(1.6 * radius_mm**2)), 1)
    offsets = rng.standard_normal((len(line), copies, 3))
    offsets *= (radius_mm * rng.uniform(0.0, 1.0, (len(line), copies, 1)) ** (1 / 3)) / np.linalg.norm(
        offsets, axis=2, keepdims=True
    )
    step = float(np.linalg.norm(np.diff(line, axis=0), axis=1).mean()) if len(line) > 1 else _STEP_MM
    points = (line[:, None, :] + offsets).reshape(-1, 3)
    return points, np.full(len(points), np.pi * radius_mm**2 * step / copies)


def _spread(points_mm: FloatArray, volume_mm3: FloatArray, grid: Grid) -> Array:
    """Volumes at points shared among the eight voxels around each, as a share of a voxel."""
    index = apply(inverse(grid.patient_from_voxel), points_mm)
    first = np.floor(index).astype(np.intp)
    part = index - first
    shape = np.array(grid.shape)
    places, weights = [], []
    for corner in np.ndindex(2, 2, 2):
        at = first + corner
        weight = np.prod(np.where(corner, part, 1.0 - part), axis=1) * volume_mm3
        kept = np.all((at >= 0) & (at < shape), axis=1)
        places.append(np.ravel_multi_index(tuple(at[kept].T), grid.shape))
        weights.append(weight[kept])
    total = np.bincount(np.concatenate(places), weights=np.concatenate(weights), minlength=int(shape.prod()))
    return (total / (1000.0 * grid.voxel_ml)).astype(np.float32).reshape(grid.shape)

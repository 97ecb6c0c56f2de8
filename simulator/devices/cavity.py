"""Where a device that makes room in bone makes it: the set of least reluctance that holds its volume.

Around the device's axis a *reluctance* is defined, distance times local strength, and the cavity of a volume V is
the set of least reluctance that holds V (to the last fraction of a voxel, so volume is conserved exactly).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from anatomy.volume import Grid
from simulator.devices.bed import Bed

Point = tuple[float, float, float]
Window = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
"""First index along each axis, and the one after the last."""
_NEWTON = 8
"""Steps: two more than change anything in single precision."""
LENGTHENING = 0.4  # half length gained per mm of radius
IN_CLEFT = 0.02
"""mm of reluctance per mm within a cleft: nothing has to be crushed there."""


def reluctance(
    proximal_mm: Point, distal_mm: Point, bed: Bed, taken: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    """How late a growing device reaches each voxel (n,) of the bed's hollow: mm of distance scaled by strength.

    A cleft is reached as a whole when the front first touches it, whatever bone lies between the device and its
    far end. Infinite where another device already is.
    """
    hollow = bed.near.hollow
    i, j, k = ((span.start, span.stop) for span in bed.window)
    radius = ellipsoid_radius_mm(proximal_mm, distal_mm, bed.grid, (i, j, k)).ravel()[hollow.at]
    late = radius * hollow.delay
    if hollow.open_cleft is not None:
        there = radius[hollow.open_cleft]
        if there.size:
            entry, near = float(late[hollow.cleft_rim].min(initial=np.inf)), float(there.min())
            late[hollow.open_cleft] = np.minimum(late[hollow.open_cleft], entry + IN_CLEFT * (there - near))
    if taken is None:
        return late
    return np.where(taken[bed.window].ravel()[hollow.at] > 0.5, np.float32(np.inf), late)


@lru_cache(maxsize=16)
def ellipsoid_radius_mm(proximal_mm: Point, distal_mm: Point, grid: Grid, window: Window) -> NDArray[np.float32]:
    """Radius (i, j, k) at which the free balloon's surface passes each voxel of a window of an axis-aligned grid.

    Free in water it is a prolate ellipsoid of half length L / 2 + LENGTHENING r for radius r, which reproduces
    the consistent sizes of physics B1 (15 mm balloon at 4 ml: 22 mm long, 18.6 mm across). The radius solves
    (s / a(r))^2 + (rho / r)^2 = 1, s along and rho across the axis, by Newton's method from below, where the
    left side is convex and falls: it never overshoots.
    """
    spans = (slice(*span) for span in window)
    x, y, z = (axis.astype(np.float32) for axis in grid.part((next(spans), next(spans), next(spans))).axes_mm())
    a, b = np.array(proximal_mm), np.array(distal_mm)
    along = ((b - a) / np.linalg.norm(b - a)).astype(np.float32)
    half = np.float32(0.5 * np.linalg.norm(b - a))
    dx, dy, dz = (axis - np.float32(c) for axis, c in zip((x, y, z), 0.5 * (a + b), strict=True))
    s = np.abs(dx * along[0] + dy * along[1] + dz * along[2])
    rho = np.sqrt(np.maximum(dx * dx + dy * dy + dz * dz - s * s, 0.0))
    radius = np.maximum(np.maximum(rho, (s - half) / np.float32(LENGTHENING)), np.float32(0.05))
    for _ in range(_NEWTON):
        reach = half + np.float32(LENGTHENING) * radius
        pole, side = (s / reach) ** 2, (rho / radius) ** 2
        fall = 2.0 * (np.float32(LENGTHENING) * pole / reach + side / radius)
        radius += np.maximum(pole + side - 1.0, 0.0) / np.maximum(fall, np.float32(1e-9))
    radius.setflags(write=False)
    return radius


def share_at_volume(
    late: NDArray[np.float32], volume_ml: float, voxel_mm: float
) -> tuple[NDArray[np.float32], float]:
    """(share (n,), front) of the cavity that holds volume_ml: voxels up to the front's reluctance.

    The share falls from 1 to 0 over one voxel about the front, and the front is placed by Newton's method, inside
    a bracket, so that the shares add up to the volume (relative 1e-6). Where the room is full, the share is 1
    everywhere in it.
    """
    voxel_ml = voxel_mm**3 / 1000.0
    finite = np.isfinite(late)
    values = late[finite]
    if volume_ml <= 0.0 or values.size == 0:
        return np.zeros_like(late), 0.0
    low, high = float(values.min()) - voxel_mm, float(values.max()) + voxel_mm
    front = 0.5 * (low + high)
    for _ in range(60):
        shares = np.clip((front - values) / voxel_mm + 0.5, 0.0, 1.0)
        missing_ml = volume_ml - float(shares.sum(dtype=np.float64)) * voxel_ml
        if abs(missing_ml) <= 1e-6 * volume_ml:
            break
        low, high = (front, high) if missing_ml > 0.0 else (low, front)
        at_front = float(np.count_nonzero((shares > 0.0) & (shares < 1.0))) * voxel_ml / voxel_mm  # ml per mm
        step = front + missing_ml / at_front if at_front > 0.0 else high
        front = step if low < step < high else 0.5 * (low + high)
    share = np.zeros_like(late)
    share[finite] = np.clip((front - values) / voxel_mm + 0.5, 0.0, 1.0)
    return share, front


def free_sizes_mm(length_mm: float, volume_ml: float) -> tuple[float, float]:
    """(length, diameter) of a balloon free in water: the prolate ellipsoid of ``ellipsoid_radius_mm`` that holds
    the volume, pi / 6 d^2 L with L = length_mm + 2 LENGTHENING (d / 2)."""
    low, high = 0.0, 100.0
    for _ in range(60):
        d = 0.5 * (low + high)
        too_much = np.pi / 6.0 * d * d * (length_mm + LENGTHENING * d) > 1000.0 * volume_ml
        low, high = (low, d) if too_much else (d, high)
    return length_mm + LENGTHENING * high, high

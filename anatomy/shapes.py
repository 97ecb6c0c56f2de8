"""Signed distances to simple solids, and how they are joined and turned into voxels.

Distances are in mm, negative inside. Coordinates x, y, z are float arrays that broadcast against each other;
results have the broadcast shape. Distances of ellipses and superellipses are first-order (value divided by
gradient): exact on the surface and good to a few per cent within a wall's thickness of it, which is what
shells and coverages need.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anatomy.frames import FloatArray
from anatomy.volume import Grid

Array = NDArray[np.floating]
Indices = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]


def local_axes(grid: Grid, local_from_patient: FloatArray) -> tuple[Array, Array, Array]:
    """Voxel centres of an axis-aligned grid in a local frame, as broadcastable float32 x, y, z.

    A frame that is only tilted about the patient's x axis keeps x separate from (y, z): most formulas of a
    vertebra then run on a plane instead of a volume.
    """
    px, py, pz = grid.axes_mm()
    m = np.asarray(local_from_patient, dtype=np.float32)
    out = []
    for row in range(3):
        axis: Array = np.full((1, 1, 1), m[row, 3], dtype=np.float32)
        for column, p in enumerate((px, py, pz)):
            if abs(m[row, column]) > 1e-9:
                axis = axis + m[row, column] * p
        out.append(axis)
    return out[0], out[1], out[2]


def smooth_min(a: Array, b: Array, blend_mm: float) -> Array:
    """Union of two solids with a fillet of about blend_mm (polynomial smooth minimum, Quilez 2013)."""
    if blend_mm <= 0.0:
        return np.minimum(a, b)
    return np.minimum(a, b) - _fillet(a, b, blend_mm)


def smooth_max(a: Array, b: Array, blend_mm: float) -> Array:
    """Intersection of two solids with a rounded edge of about blend_mm."""
    if blend_mm <= 0.0:
        return np.maximum(a, b)
    return np.maximum(a, b) + _fillet(a, b, blend_mm)


def _fillet(a: Array, b: Array, blend_mm: float) -> Array:
    h = blend_mm - np.abs(a - b)
    h = np.maximum(h, 0.0, out=h if isinstance(h, np.ndarray) else None)
    h /= blend_mm
    h *= h
    h *= blend_mm / 4.0
    return h


def coverage(distance_mm: Array, voxel_mm: float) -> Array:
    """Share (0 to 1) of a voxel that lies inside: a linear ramp one voxel wide about the surface."""
    return np.clip(0.5 - distance_mm / voxel_mm, 0.0, 1.0)


def soft_coverage(distance_mm: Array, voxel_mm: float) -> Array:
    """coverage with a ramp two voxels wide that has no kinks (a box run over a box).

    Thin walls that lie aslant in the grid keep their mass but show no hatching in a radiograph.
    """
    u = np.clip(-distance_mm / voxel_mm, -1.0, 1.0)
    return 0.5 + u - 0.5 * u * np.abs(u)


def shell_coverage(distance_mm: Array, thickness_mm: Array | float, voxel_mm: float) -> Array:
    """Share of a voxel filled by a shell of true thickness just inside the surface.

    A shell thinner than the voxel keeps its *areal* density: summed across the surface the shares times the
    voxel edge give the thickness, which is what an X-ray sees (anatomy 4.1).
    """
    return coverage(distance_mm, voxel_mm) - coverage(distance_mm + thickness_mm, voxel_mm)


def superellipse(u: Array, v: Array, a: Array | float, b: Array | float, n: float) -> Array:
    """Distance to |u/a|^n + |v/b|^n = 1; u, v, a, b in mm."""
    pu, pv = np.abs(u / a), np.abs(v / b)
    pu1, pv1 = pu ** (n - 1.0), pv ** (n - 1.0)
    level = pu1 * pu + pv1 * pv
    rho = level ** (1.0 / n)
    # The centre, where the gradient has no direction, is decided below: 1e-9 only keeps it from dividing by zero.
    gradient = np.sqrt((pu1 / a) ** 2 + (pv1 / b) ** 2) * rho / np.maximum(level, 1e-9)
    inner = np.minimum(a, b)
    return np.where(level > 1e-6, (rho - 1.0) / np.maximum(gradient, 1e-6), -inner)


def ellipsoid(x: Array, y: Array, z: Array, centre: ArrayLike, half: ArrayLike) -> Array:
    """Distance to an axis-aligned ellipsoid with half axes half (3,)."""
    (cx, cy, cz), (a, b, c) = np.asarray(centre, np.float32), np.asarray(half, np.float32)
    dx, dy, dz = (x - cx) / a, (y - cy) / b, (z - cz) / c
    k0 = np.sqrt(dx * dx + dy * dy + dz * dz)
    k1 = np.sqrt((dx / a) ** 2 + (dy / b) ** 2 + (dz / c) ** 2)
    return np.where(k0 > 1e-6, k0 * (k0 - 1.0) / np.maximum(k1, 1e-9), -min(a, b, c))


def limb(
    x: Array,
    y: Array,
    z: Array,
    start: ArrayLike,
    end: ArrayLike,
    half_start: tuple[float, float],
    half_end: tuple[float, float],
    flat_axis: ArrayLike = (0.0, 0.0, 1.0),
    *,
    is_flat: bool = False,
) -> Array:
    """Distance to a tapered limb with rounded ends and an elliptical section: ribs, processes, muscles.

    half_* are (across, along flat_axis) half diameters in mm; the section lies across start -> end and its
    second axis as near to flat_axis as possible. is_flat: flat sides and round corners (exponent 4) in place of
    an ellipse, as a rib has.
    """
    p0, p1 = np.asarray(start, dtype=np.float32), np.asarray(end, dtype=np.float32)
    along = p1 - p0
    length = float(np.sqrt(along @ along))
    t = along / length
    up = np.asarray(flat_axis, dtype=np.float32)
    up = up - t * float(up @ t)
    up = up / np.sqrt(up @ up)
    side = (t[1] * up[2] - t[2] * up[1], t[2] * up[0] - t[0] * up[2], t[0] * up[1] - t[1] * up[0])
    dx, dy, dz = x - p0[0], y - p0[1], z - p0[2]
    s = dx * t[0] + dy * t[1] + dz * t[2]
    share = np.minimum(np.maximum(s / length, 0.0), 1.0)
    w = half_start[0] + (half_end[0] - half_start[0]) * share
    if half_start[0] == half_start[1] and half_end[0] == half_end[1]:
        h = least = w
    else:
        h = half_start[1] + (half_end[1] - half_start[1]) * share
        least = np.minimum(w, h)
    over = s - share * length  # beyond an end: round it off as an ellipsoid
    across = (dx * side[0] + dy * side[1] + dz * side[2]) / w
    upward = (dx * up[0] + dy * up[1] + dz * up[2]) / h
    cap = over / least
    if is_flat:
        a2, u2, c2 = across**2, upward**2, cap**2
        k2 = np.sqrt(a2 * a2 + u2 * u2 + c2 * c2)
        k0 = np.sqrt(k2)
        slope = np.sqrt(a2 * (a2 / w) ** 2 + u2 * (u2 / h) ** 2 + c2 * (c2 / least) ** 2)
        return np.where(k0 > 1e-3, (k0 - 1.0) * k0 * k2 / np.maximum(slope, 1e-9), -least)
    k0 = np.sqrt(across * across + upward * upward + cap * cap)
    across /= w
    upward /= h
    cap /= least
    k1 = np.sqrt(across * across + upward * upward + cap * cap)
    inside = k0 - 1.0
    inside *= k0
    inside /= np.maximum(k1, 1e-9)
    return np.where(k0 > 1e-5, inside, -least)


def gut(x: Array, y: Array, z: Array, line: ArrayLike, radii: ArrayLike, far_mm: float) -> Array:
    """Distance to a tube along a line (n, 3) with radii (n,), up to far_mm beside it and far_mm beyond that.

    x (i,1,1), y (1,j,1) and z (1,1,k) ascend: each stretch is worked out only where it is near.
    """
    axes = (x.ravel(), y.ravel(), z.ravel())
    distance = np.full(tuple(a.size for a in axes), far_mm, dtype=np.float32)
    points, radius = np.asarray(line, dtype=float), np.asarray(radii, dtype=float)
    for a, b, ra, rb in zip(points[:-1], points[1:], radius[:-1], radius[1:], strict=True):
        low, high = around(a, b, margin_mm=max(ra, rb) + far_mm)
        i, j, k = (slice(*np.searchsorted(axes[n], (low[n], high[n]))) for n in range(3))
        if any(s.stop <= s.start for s in (i, j, k)):
            continue
        piece = limb(x[i], y[:, j], z[:, :, k], a, b, (ra, ra), (rb, rb), (0.31, 0.92, 0.24))
        distance[i, j, k] = np.minimum(distance[i, j, k], piece)
    return distance


def rounded_polygon(y: Array, z: Array, corners: Sequence[tuple[float, float]], radius_mm: float) -> Array:
    """Distance in the (y, z) plane to a convex polygon (corners counter-clockwise) grown by radius_mm."""
    points = np.asarray(corners, dtype=np.float32)
    squared = np.full(np.broadcast_shapes(np.shape(y), np.shape(z)), np.inf, dtype=np.float32)
    inside = np.full(squared.shape, True)
    for p, q in zip(points, np.roll(points, -1, axis=0), strict=True):
        ey, ez = q - p
        dy, dz = y - p[0], z - p[1]
        share = np.clip((dy * ey + dz * ez) / (ey * ey + ez * ez), 0.0, 1.0)
        squared = np.minimum(squared, (dy - ey * share) ** 2 + (dz - ez * share) ** 2)
        inside &= ey * dz - ez * dy >= 0.0
    return np.where(inside, -1.0, 1.0) * np.sqrt(squared) - radius_mm


def upsampled(
    coarse: FloatArray, shape: tuple[int, int, int], step: FloatArray, start: ArrayLike = (0.0, 0.0, 0.0)
) -> Array:
    """A coarse array read at shape places, linear, axis by axis: first at start, then step coarse voxels on."""
    out: Array = np.asarray(coarse, dtype=np.float32)
    first = np.asarray(start, dtype=float)
    for axis in (2, 1, 0):  # the axis along which voxels lie side by side first, while there are few of them
        out = linear(out, axis, first[axis] + np.arange(shape[axis]) * step[axis])
    return out


def linear(array: Array, axis: int, position: FloatArray) -> Array:
    """array read along one axis at positions (n,) in voxels: linear, the edge's value outside."""
    position = np.clip(position, 0.0, array.shape[axis] - 1.001)
    low = position.astype(np.intp)
    share = (position - low).astype(np.float32).reshape([-1 if a == axis else 1 for a in range(array.ndim)])
    out, rise = array.take(low, axis=axis), array.take(low + 1, axis=axis)
    rise -= out
    rise *= share
    out += rise
    return out


def spline(points: ArrayLike, per_span: int = 6) -> FloatArray:
    """Points (n, 3) on the centripetal Catmull-Rom curve through the given points (m, 3)."""
    p = np.asarray(points, dtype=float)
    p = np.vstack([2.0 * p[0] - p[1], p, 2.0 * p[-1] - p[-2]])
    out = [p[1]]
    for i in range(1, len(p) - 2):
        p0, p1, p2, p3 = p[i - 1 : i + 3]
        t1 = np.linalg.norm(p1 - p0) ** 0.5
        t2 = t1 + np.linalg.norm(p2 - p1) ** 0.5
        t3 = t2 + np.linalg.norm(p3 - p2) ** 0.5
        t = np.linspace(t1, t2, per_span + 1)[1:, None]
        a1 = p0 * (t1 - t) / t1 + p1 * t / t1
        a2 = p1 * (t2 - t) / (t2 - t1) + p2 * (t - t1) / (t2 - t1)
        a3 = p2 * (t3 - t) / (t3 - t2) + p3 * (t - t2) / (t3 - t2)
        b1 = a1 * (t2 - t) / t2 + a2 * t / t2
        b2 = a2 * (t3 - t) / (t3 - t1) + a3 * (t - t1) / (t3 - t1)
        out.extend(b1 * (t2 - t) / (t2 - t1) + b2 * (t - t1) / (t2 - t1))
    return np.asarray(out)


def rounded_outline(corners: Sequence[tuple[float, float]], per_side: int = 4) -> list[tuple[float, float]]:
    """Corners of a closed curve through the given ones."""
    ring = np.array([(*c, 0.0) for c in (*corners[-2:], *corners, *corners[:2])])
    fine = spline(ring, per_side)[2 * per_side : (len(corners) + 2) * per_side]
    return [(float(u), float(v)) for u, v, _ in fine]


def around(*points: ArrayLike, margin_mm: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """The box (low, high) about points with a margin: where a solid needs to be evaluated at all."""
    p = np.asarray(points, dtype=float)
    margin = np.asarray(margin_mm, dtype=float)
    return p.min(axis=0) - margin, p.max(axis=0) + margin

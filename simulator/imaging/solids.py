"""Exact path lengths of rays through simple solids: what instruments are made of.

A frame adds steel and contrast to the anatomy's line integrals without any voxels. Each function returns the
mm of ray inside the solid for every pixel of a view, computed only where the solid's shadow falls.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anatomy import frames
from anatomy.frames import FloatArray
from simulator.imaging.view import View

Image = NDArray[np.float32]
SUBPIXELS = 2
"""A pixel's value is the mean over SUBPIXELS x SUBPIXELS rays, so that thin needles have smooth edges."""
_PARALLEL = 1e-12
"""Below this a ray counts as parallel: to the side of a solid (its far root is then very far), to an end disc."""


def add_cylinder(image: Image, view: View, start_mm: ArrayLike, end_mm: ArrayLike, radius_mm: float) -> None:
    """Add to image the path (mm) through a solid cylinder between two patient points."""
    _add(image, view, start_mm, end_mm, radius_mm, radius_mm)


def add_cone(image: Image, view: View, base_mm: ArrayLike, apex_mm: ArrayLike, radius_mm: float) -> None:
    """Add to image the path (mm) through a cone from its base's centre to its apex: a sharp tip."""
    _add(image, view, base_mm, apex_mm, radius_mm, 0.0)


def _add(
    image: Image, view: View, start_mm: ArrayLike, end_mm: ArrayLike, radius: float, radius_end: float
) -> None:
    start, end = frames.as_point(start_mm, name="start_mm"), frames.as_point(end_mm, name="end_mm")
    window = _shadow(view, start, end, max(radius, radius_end))
    if window is None:
        return
    rows, columns = window
    fine = [(np.arange(s.start, s.stop)[:, None] + (np.arange(SUBPIXELS) + 0.5) / SUBPIXELS - 0.5).ravel()
            for s in (rows, columns)]  # fmt: skip
    matrix = view.ray_matrix_patient()
    rays = fine[0][:, None, None] * matrix[:, 0] + fine[1][None, :, None] * matrix[:, 1] + matrix[:, 2]
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    path = frustum_path_mm(view.source_patient_mm, rays, start, end, radius, radius_end)
    shape = (rows.stop - rows.start, SUBPIXELS, columns.stop - columns.start, SUBPIXELS)
    image[rows, columns] += path.reshape(shape).mean(axis=(1, 3)).astype(np.float32)


def frustum_path_mm(
    source_mm: FloatArray,
    directions: FloatArray,
    start_mm: FloatArray,
    end_mm: FloatArray,
    radius_start_mm: float,
    radius_end_mm: float,
) -> FloatArray:
    """Length (...,) of rays from source (3,) along unit directions (..., 3) inside a truncated cone.

    Solves |P - A|^2 = r(s)^2 along the ray, with s the height on the axis, and keeps what lies between the
    two end discs. Exact, also for a cylinder (equal radii) and a cone (one radius 0).
    """
    axis = end_mm - start_mm
    length = float(np.linalg.norm(axis))
    axis = axis / length
    slope = (radius_end_mm - radius_start_mm) / length
    rel = source_mm - start_mm
    d_axis, p_axis = directions @ axis, float(rel @ axis)
    # radius along the ray: r0 + slope * (p_axis + t d_axis); inside the cone's surface a t2 + 2 b t + c < 0
    r_p, r_d = radius_start_mm + slope * p_axis, slope * d_axis
    a = 1.0 - d_axis**2 - r_d**2
    a = np.where(np.abs(a) < _PARALLEL, _PARALLEL, a)
    b = directions @ rel - d_axis * p_axis - r_d * r_p
    c = float(rel @ rel) - p_axis**2 - r_p**2
    discriminant = b * b - a * c
    q = -(b + np.copysign(np.sqrt(np.maximum(discriminant, 0.0)), b))
    one, other = q / a, c / np.where(q == 0.0, 1.0, q)
    near, far = np.minimum(one, other), np.maximum(one, other)
    # Between the end discs, on the ray.
    with np.errstate(divide="ignore", invalid="ignore"):
        t0, t1 = -p_axis / d_axis, (length - p_axis) / d_axis
    parallel = np.abs(d_axis) < _PARALLEL
    within = 0.0 <= p_axis <= length
    enter = np.where(parallel, -np.inf if within else np.inf, np.minimum(t0, t1))
    leave = np.where(parallel, np.inf if within else -np.inf, np.maximum(t0, t1))
    between = np.maximum(np.minimum(far, leave) - np.maximum(near, enter), 0.0)
    # A ray steeper than the cone (a < 0) is inside before the first root and beyond the second.
    before, beyond = np.minimum(near, leave) - enter, leave - np.maximum(far, enter)
    steep = np.maximum(before, 0.0) + np.maximum(beyond, 0.0)
    return np.where(a < 0.0, steep, np.where(discriminant < 0.0, 0.0, between))


def _shadow(view: View, start: FloatArray, end: FloatArray, radius: float) -> tuple[slice, slice] | None:
    """Rows and columns that the solid can cover; None where it is outside the field."""
    corners = [p + radius * np.array(s) for p in (start, end) for s in product((-1.0, 1.0), repeat=3)]
    pixels = view.project(np.array(corners))
    if not np.all(np.isfinite(pixels)):
        raise ValueError("an instrument reaches behind the X-ray source")
    low = np.maximum(np.floor(pixels.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(pixels.max(axis=0)).astype(int) + 1, view.shape)
    if np.any(high <= low):
        return None
    return slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))

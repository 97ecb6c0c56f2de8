"""Transforms between named frames. The only place that multiplies 4 x 4 matrices.

A transform is a (4, 4) float array named ``to_from`` after its two frames, so that in a product
neighbouring names match and a wrong product looks wrong::

    pixel_from_patient = compose(pixel_from_beam, beam_from_room, room_from_patient)

Frames (right-handed, millimetres unless said otherwise)::

    voxel    indices i, j, k; index 0 is the centre of the first voxel
    patient  RAS+: +x to the patient's right, +y anterior, +z cranial
    room     +x across the table, +y along it towards the patient's head, +z up; origin at the isocentre
    beam     origin at the X-ray source, +z to the detector, +x against the detector's columns, +y down its rows
    pixel    row, column; row 0 on top

Points are plain ``(..., 3)`` arrays. Nothing here changes its input.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.floating]


def affine(linear: ArrayLike, origin: ArrayLike = (0.0, 0.0, 0.0)) -> FloatArray:
    """The (4, 4) transform ``p -> linear @ p + origin``; linear is (3, 3), origin (3,)."""
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    matrix[:3, 3] = origin
    return matrix


def translation(offset: ArrayLike) -> FloatArray:
    """The (4, 4) transform that adds offset (3,)."""
    return affine(np.eye(3), offset)


def rotation(axis: ArrayLike, angle_rad: float) -> FloatArray:
    """The (4, 4) right-handed rotation by angle_rad about axis (3,) through the origin (Rodrigues).

    >>> np.round(apply(rotation((0, 0, 1), np.pi / 2), (1.0, 0.0, 0.0)), 9) + 0.0
    array([0., 1., 0.])
    """
    x, y, z = unit(axis)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return affine(np.eye(3) + np.sin(angle_rad) * cross + (1.0 - np.cos(angle_rad)) * cross @ cross)


def compose(*transforms: ArrayLike) -> FloatArray:
    """The product of transforms, read right to left: ``a_from_c = compose(a_from_b, b_from_c)``."""
    return reduce(np.matmul, (np.asarray(t, dtype=float) for t in transforms))


def inverse(a_from_b: ArrayLike) -> FloatArray:
    """b_from_a. Raises ValueError where a_from_b cannot be inverted."""
    try:
        return np.linalg.inv(np.asarray(a_from_b, dtype=float))
    except np.linalg.LinAlgError:
        raise ValueError(f"transform is singular and has no inverse: {a_from_b!r}") from None


def apply(a_from_b: ArrayLike, points_b: ArrayLike) -> FloatArray:
    """Points (..., 3) of frame b in frame a.

    >>> apply(translation((1, 2, 3)), [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    array([[1., 2., 3.],
           [2., 3., 4.]])
    """
    matrix = np.asarray(a_from_b, dtype=float)
    points = np.asarray(points_b, dtype=float)
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def apply_direction(a_from_b: ArrayLike, directions_b: ArrayLike) -> FloatArray:
    """Directions (..., 3) of frame b in frame a: turned and scaled, never shifted."""
    return np.asarray(directions_b, dtype=float) @ np.asarray(a_from_b, dtype=float)[:3, :3].T


def voxel_sizes_mm(frame_from_voxel: ArrayLike) -> FloatArray:
    """Edge lengths (3,) of a voxel along i, j, k. Derived here, stored nowhere.

    >>> voxel_sizes_mm(affine(np.diag([0.5, 0.5, 2.0])))
    array([0.5, 0.5, 2. ])
    """
    linear = np.asarray(frame_from_voxel, dtype=float)[:3, :3]
    return np.sqrt((linear**2).sum(axis=0))


def unit(vectors: ArrayLike) -> FloatArray:
    """Vectors (..., 3) scaled to length one. Raises ValueError for a zero vector."""
    array = np.asarray(vectors, dtype=float)
    length = np.linalg.norm(array, axis=-1, keepdims=True)
    if np.any(length == 0.0):
        raise ValueError("a zero vector has no direction")
    return array / length


def angle_between_rad(a: ArrayLike, b: ArrayLike) -> float:
    """Angle (0 to pi) between two directions (3,), exact also where they are nearly parallel."""
    u, v = unit(a), unit(b)
    return float(2.0 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v)))


def as_point(values: Sequence[float] | ArrayLike, *, name: str = "point") -> FloatArray:
    """values as a finite float array (3,). Raises ValueError that names the argument."""
    point = np.asarray(values, dtype=float)
    if point.shape != (3,) or not np.all(np.isfinite(point)):
        raise ValueError(f"{name} must be three finite numbers, got {values!r}")
    return point

"""Where a body lies in the patient: its own frame, and rays as that frame sees them.

Plain tuples of floats, because bodies compare by value and because a frame's few numbers are worked out faster
without arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anatomy import frames
from anatomy.frames import FloatArray
from simulator.imaging.solids.intervals import Point, Triple

_RING = 8
_TURNS = 2.0 * np.pi * np.arange(_RING) / _RING
_CORNERS = np.column_stack([np.cos(_TURNS), np.sin(_TURNS)]) / np.cos(np.pi / _RING)
"""Of the prism that a round body is looked for in: an octagon about the unit circle."""


def point(values: ArrayLike, *, name: str = "point") -> Point:
    """Three finite numbers as a tuple, from anything like an array of them."""
    x, y, z = frames.as_point(values, name=name).tolist()
    return x, y, z


@dataclass(frozen=True)
class BodyFrame:
    """A right-handed frame: rows of axes are its directions in the patient frame."""

    origin: Point
    axes: tuple[Point, Point, Point]

    @cached_property
    def rotation(self) -> FloatArray:
        """local_from_patient (3, 3)."""
        return np.array(self.axes)

    def seen(self, source: ArrayLike, directions: NDArray) -> tuple[Point, Triple]:
        """Source and directions (n, 3) in this frame: three numbers, and three arrays (n,)."""
        here = self.rotation @ (np.asarray(source, dtype=float) - self.origin)
        x, y, z = here.tolist()  # plain numbers, so that single precision stays single
        u, v, w = self.rotation.astype(directions.dtype) @ directions.T
        return (x, y, z), (u, v, w)

    def placed(self, local: ArrayLike) -> FloatArray:
        """Points (n, 3) of this frame in the patient frame."""
        return np.asarray(local, dtype=float) @ self.rotation + self.origin


def frame_along(start_mm: Point, end_mm: Point, facing: Point | None = None) -> BodyFrame:
    """A frame at start with its third axis towards end, and its first towards the part of facing across that."""
    w = _unit(_minus(end_mm, start_mm))
    if facing is None:  # any direction across will do: that of the axis which is least along
        x, y, z = (abs(part) for part in w)
        facing = (1.0, 0.0, 0.0) if x <= min(y, z) else (0.0, 1.0, 0.0) if y <= z else (0.0, 0.0, 1.0)
    along = _dot(facing, w)
    u = _unit((facing[0] - along * w[0], facing[1] - along * w[1], facing[2] - along * w[2]))
    v = (w[1] * u[2] - w[2] * u[1], w[2] * u[0] - w[0] * u[2], w[0] * u[1] - w[1] * u[0])
    return BodyFrame(start_mm, (u, v, w))


def rigid_frame(patient_from_body: ArrayLike) -> BodyFrame:
    """The frame of a rigid transform (4, 4). Raises ValueError where it does not keep lengths and handedness."""
    matrix = np.asarray(patient_from_body, dtype=float)
    turn = matrix[:3, :3]
    if matrix.shape != (4, 4) or not np.allclose(turn @ turn.T, np.eye(3), atol=1e-6) or np.linalg.det(turn) < 0.0:
        raise ValueError(f"patient_from_body must be a rigid (4, 4) transform without mirroring, got {matrix!r}")
    x, y, z = (point(column) for column in turn.T)
    return BodyFrame(point(matrix[:3, 3]), (x, y, z))


def distance_mm(a: Point, b: Point) -> float:
    """Between two points."""
    return sqrt(_dot(_minus(a, b), _minus(a, b)))


def prism(frame: BodyFrame, low: float, high: float, low_radius: float, high_radius: float) -> FloatArray:
    """Corners (16, 3) of an octagonal prism about a round body between two heights on its axis."""
    corners = np.empty((2 * _RING, 3))
    corners[:_RING, :2], corners[_RING:, :2] = low_radius * _CORNERS, high_radius * _CORNERS
    corners[:_RING, 2], corners[_RING:, 2] = low, high
    return frame.placed(corners)


def check_positive(**sizes_mm: float) -> None:
    """Raises ValueError for the first size that is not positive."""
    for name, size in sizes_mm.items():
        if not size > 0.0:
            raise ValueError(f"{name} must be positive, got {size:g}")


def _minus(a: Point, b: Point) -> Point:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def _dot(a: Point, b: Point) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _unit(a: Point) -> Point:
    length = sqrt(_dot(a, a))
    if length < 1e-12:
        raise ValueError(f"{a} has no direction: an axis needs two points, and facing must not lie along the axis")
    return a[0] / length, a[1] / length, a[2] / length

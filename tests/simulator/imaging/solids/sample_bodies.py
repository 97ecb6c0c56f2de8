"""One body of each kind, with its volume in closed form and an independent answer to "is this point inside?"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from anatomy import frames
from anatomy.frames import FloatArray
from simulator.imaging.solids.bodies import Bevelled, Body, Box, Capsule, Cylinder, Ellipsoid, Frustum, Pointed
from simulator.imaging.solids.body_frame import point, rigid_frame

Inside = Callable[[FloatArray], FloatArray]  # local points (..., 3), axis along z from 0 -> True inside
LENGTH, RADIUS = 9.0, 2.5


@dataclass(frozen=True)
class Sample:
    """A body as it lies after a rigid move, what is inside before that move, and its volume."""

    build: Callable[[FloatArray], Body]
    inside: Inside
    volume_mm3: float


def _at(move: FloatArray, *xyz: float) -> tuple[float, float, float]:
    return point(frames.apply(move, xyz))


def _facing(move: FloatArray) -> tuple[float, float, float]:
    return point(frames.apply_direction(move, (1.0, 0.0, 0.4)))  # not quite across the axis: only that part counts


def _in_rod(p: FloatArray) -> FloatArray:
    return (np.hypot(p[..., 0], p[..., 1]) <= RADIUS) & (p[..., 2] >= 0.0) & (p[..., 2] <= LENGTH)


def _in_capsule(p: FloatArray) -> FloatArray:
    nearest = np.clip(p[..., 2], 0.0, LENGTH)
    return np.hypot(np.hypot(p[..., 0], p[..., 1]), p[..., 2] - nearest) <= RADIUS


def _in_cone(tip: float) -> Inside:
    def inside(p: FloatArray) -> FloatArray:
        radius = RADIUS + (tip - RADIUS) * p[..., 2] / LENGTH
        return (np.hypot(p[..., 0], p[..., 1]) <= radius) & (p[..., 2] >= 0.0) & (p[..., 2] <= LENGTH)

    return inside


def _in_bevel(p: FloatArray) -> FloatArray:
    """The cut loses as much length as radius at 45 degrees, from the point at +x backwards."""
    return _in_rod(p) & (p[..., 2] <= LENGTH - (RADIUS - p[..., 0]))


def _in_point(p: FloatArray) -> FloatArray:
    """Four facets at 45 degrees: as far from the axis along x and y as from the apex along z."""
    return _in_rod(p) & (np.maximum(np.abs(p[..., 0]), np.abs(p[..., 1])) <= LENGTH - p[..., 2])


def _pyramid_mm3() -> float:
    """Rod, less what the four facets take: over a quarter of the circle, the mean of x = r cos is taken off."""
    return float(np.pi * RADIUS**2 * LENGTH - 4.0 * RADIUS**3 * 2.0 * np.sin(np.pi / 4.0) / 3.0)


_ROD_MM3 = float(np.pi * RADIUS**2 * LENGTH)
HALF, SEMI = (1.5, 4.0, 6.0), (1.5, 3.0, 6.0)

SAMPLES: dict[str, Sample] = {
    "box": Sample(
        lambda m: Box(rigid_frame(m), HALF),
        lambda p: np.all(np.abs(p) <= HALF, axis=-1),
        float(8.0 * np.prod(HALF)),
    ),
    "ellipsoid": Sample(
        lambda m: Ellipsoid(rigid_frame(m), SEMI),
        lambda p: ((p / SEMI) ** 2).sum(axis=-1) <= 1.0,
        float(4.0 / 3.0 * np.pi * np.prod(SEMI)),
    ),
    "cylinder": Sample(lambda m: Cylinder(_at(m, 0, 0, 0), _at(m, 0, 0, LENGTH), RADIUS), _in_rod, _ROD_MM3),
    "frustum": Sample(
        lambda m: Frustum(_at(m, 0, 0, 0), _at(m, 0, 0, LENGTH), RADIUS, 1.0),
        _in_cone(1.0),
        float(np.pi * LENGTH * (RADIUS**2 + RADIUS + 1.0) / 3.0),
    ),
    "widening frustum": Sample(
        lambda m: Frustum(_at(m, 0, 0, 0), _at(m, 0, 0, LENGTH), RADIUS, 6.0),
        _in_cone(6.0),
        float(np.pi * LENGTH * (RADIUS**2 + 6.0 * RADIUS + 36.0) / 3.0),
    ),
    "flat cone": Sample(
        lambda m: Frustum(_at(m, 0, 0, 0), _at(m, 0, 0, LENGTH), 30.0, 0.0),
        lambda p: (np.hypot(p[..., 0], p[..., 1]) <= 30.0 * (1.0 - p[..., 2] / LENGTH)) & (p[..., 2] >= 0.0),
        float(np.pi * LENGTH * 900.0 / 3.0),
    ),
    "capsule": Sample(
        lambda m: Capsule(_at(m, 0, 0, 0), _at(m, 0, 0, LENGTH), RADIUS),
        _in_capsule,
        _ROD_MM3 + float(4.0 / 3.0 * np.pi * RADIUS**3),
    ),
    "bevel": Sample(
        lambda m: Bevelled(_at(m, 0, 0, 0), _at(m, 0, 0, LENGTH), RADIUS, np.pi / 4.0, _facing(m)),
        _in_bevel,
        float(np.pi * RADIUS**2 * (LENGTH - RADIUS)),
    ),
    "point": Sample(
        lambda m: Pointed(_at(m, 0, 0, 0), _at(m, 0, 0, LENGTH), RADIUS, np.pi / 4.0, _facing(m)),
        _in_point,
        _pyramid_mm3(),
    ),
}


def walked_mm(inside: Callable[[FloatArray], FloatArray], source, direction, reach_mm=120.0, step_mm=0.02):
    """Length of a ray by looking every fiftieth of a millimetre whether one is inside."""
    t = np.arange(0.0, reach_mm, step_mm) + step_mm / 2.0
    return step_mm * np.count_nonzero(inside(source + t[:, None] * direction))

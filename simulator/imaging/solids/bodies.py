"""Convex bodies, and where a ray enters and leaves them: the geometry under ``solids``.

A ray meets a convex body in one interval of distances, so rods, cones, capsules, ellipsoids, boxes and ground
tips all answer the same question, ``interval(source, directions) -> (enter, leave)``: distances (n,) in mm from
the source, negative behind it. A ray that misses has leave <= enter, or NaN where it glides exactly in a face.
NumPy warns of divisions by zero that are meant: ``Solid.path_mm`` asks under ``np.errstate``.

Bodies lie in the patient frame, mm. They hold tuples, not arrays, so that equal bodies are equal and what follows
from them can be kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import cos, pi, sin

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anatomy.frames import FloatArray
from simulator.imaging.solids.body_frame import BodyFrame, check_positive, distance_mm, frame_along, prism
from simulator.imaging.solids.intervals import (
    Interval,
    Point,
    Triple,
    below,
    between,
    both,
    in_capsule,
    in_cone,
    in_cylinder,
    in_sphere,
)

Plane = tuple[float, float, float, float]
"""Normal x, y, z and cut: what has normal . p <= cut is below it."""


@dataclass(frozen=True)
class Box:
    """A box about the origin of its frame, with half its size along each axis."""

    frame: BodyFrame
    half_mm: Point

    def __post_init__(self) -> None:
        check_positive(half_sizes_mm=min(self.half_mm))

    def interval(self, source: ArrayLike, directions: NDArray) -> Interval:
        """Enter and leave (n,), mm, of unit directions (n, 3)."""
        here, ways = self.frame.seen(source, directions)
        sides = [between(p, d, -h, h) for p, d, h in zip(here, ways, self.half_mm, strict=True)]
        return both(both(sides[0], sides[1]), sides[2])

    def outline_mm(self) -> FloatArray:
        """Points (8, 3) whose hull holds the body."""
        return self.frame.placed([np.multiply(s, self.half_mm) for s in product((-1.0, 1.0), repeat=3)])


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid about the origin of its frame, with its semi-axes."""

    frame: BodyFrame
    semi_mm: Point

    def __post_init__(self) -> None:
        check_positive(semi_axes_mm=min(self.semi_mm))

    def interval(self, source: ArrayLike, directions: NDArray) -> Interval:
        """Enter and leave (n,), mm, of unit directions (n, 3)."""
        (x, y, z), (u, v, w) = self.frame.seen(source, directions)
        a, b, c = self.semi_mm
        return in_sphere((x / a, y / b, z / c), (u / a, v / b, w / c), 1.0)

    def outline_mm(self) -> FloatArray:
        """Points (8, 3) whose hull holds the body."""
        return self.frame.placed([np.multiply(s, self.semi_mm) for s in product((-1.0, 1.0), repeat=3)])


@dataclass(frozen=True)
class Cylinder:
    """A cylinder with flat ends between two points."""

    start_mm: Point
    end_mm: Point
    radius_mm: float

    def __post_init__(self) -> None:
        check_positive(length_mm=self.length_mm, radius_mm=self.radius_mm)

    @property
    def length_mm(self) -> float:
        """Distance from start to end."""
        return distance_mm(self.start_mm, self.end_mm)

    @cached_property
    def frame(self) -> BodyFrame:
        """Origin at the start, third axis towards the end."""
        return frame_along(self.start_mm, self.end_mm)

    def interval(self, source: ArrayLike, directions: NDArray) -> Interval:
        """Enter and leave (n,), mm, of unit directions (n, 3)."""
        here, ways = self.frame.seen(source, directions)
        return both(in_cylinder(here, ways, self.radius_mm), between(here[2], ways[2], 0.0, self.length_mm))

    def outline_mm(self) -> FloatArray:
        """Points (16, 3) whose hull holds the body."""
        return prism(self.frame, 0.0, self.length_mm, self.radius_mm, self.radius_mm)


@dataclass(frozen=True)
class Frustum:
    """A truncated cone between two points; a cone where one radius is 0."""

    start_mm: Point
    end_mm: Point
    start_radius_mm: float
    end_radius_mm: float

    def __post_init__(self) -> None:
        check_positive(length_mm=self.length_mm, larger_radius_mm=max(self.start_radius_mm, self.end_radius_mm))
        if min(self.start_radius_mm, self.end_radius_mm) < 0.0:
            raise ValueError(f"radii must not be negative, got {self.start_radius_mm} and {self.end_radius_mm} mm")

    @property
    def slope(self) -> float:
        """Radius gained per length."""
        return (self.end_radius_mm - self.start_radius_mm) / self.length_mm

    @property
    def length_mm(self) -> float:
        """Distance from start to end."""
        return distance_mm(self.start_mm, self.end_mm)

    @cached_property
    def frame(self) -> BodyFrame:
        """Origin at the start, third axis towards the end."""
        return frame_along(self.start_mm, self.end_mm)

    def interval(self, source: ArrayLike, directions: NDArray) -> Interval:
        """Enter and leave (n,), mm, of unit directions (n, 3)."""
        here, ways = self.frame.seen(source, directions)
        if self.slope == 0.0:
            side = in_cylinder(here, ways, self.start_radius_mm)
        else:
            side = in_cone(here, ways, self.start_radius_mm, self.slope)
        return both(side, between(here[2], ways[2], 0.0, self.length_mm))

    def outline_mm(self) -> FloatArray:
        """Points (16, 3) whose hull holds the body."""
        return prism(self.frame, 0.0, self.length_mm, self.start_radius_mm, self.end_radius_mm)


@dataclass(frozen=True)
class Capsule:
    """All points within a radius of the segment between two points: a cylinder with round ends."""

    start_mm: Point
    end_mm: Point
    radius_mm: float

    def __post_init__(self) -> None:
        check_positive(length_mm=self.length_mm, radius_mm=self.radius_mm)

    @property
    def length_mm(self) -> float:
        """Distance from start to end, without the round ends."""
        return distance_mm(self.start_mm, self.end_mm)

    @cached_property
    def frame(self) -> BodyFrame:
        """Origin at the start, third axis towards the end."""
        return frame_along(self.start_mm, self.end_mm)

    def interval(self, source: ArrayLike, directions: NDArray) -> Interval:
        """Enter and leave (n,), mm, of unit directions (n, 3)."""
        here, ways = self.frame.seen(source, directions)
        return in_capsule(here, ways, self.length_mm, self.radius_mm)

    def outline_mm(self) -> FloatArray:
        """Points (16, 3) whose hull holds the body."""
        r = self.radius_mm
        return prism(self.frame, -r, self.length_mm + r, r, r)


@dataclass(frozen=True)
class Bevelled:
    """A cylinder from start to its foremost point, cut by one oblique plane.

    ::

        start ________________________ end     bevel_rad is the angle of the cut to the axis; the point lies on
             |                       /         the side that ``facing`` points to (its part across the axis),
             |______________________/          level with end_mm on the axis
    """

    start_mm: Point
    end_mm: Point
    radius_mm: float
    bevel_rad: float
    facing: Point

    def __post_init__(self) -> None:
        _check_ground(self.start_mm, self.end_mm, self.radius_mm, self.bevel_rad)

    @property
    def length_mm(self) -> float:
        """Distance from start to end."""
        return distance_mm(self.start_mm, self.end_mm)

    @cached_property
    def frame(self) -> BodyFrame:
        """Origin at the start, third axis towards the end, first axis towards the point."""
        return frame_along(self.start_mm, self.end_mm, self.facing)

    @property
    def planes(self) -> tuple[Plane, ...]:
        """The cut, in the body's frame."""
        x, z = -cos(self.bevel_rad), sin(self.bevel_rad)
        return ((x, 0.0, z, z * self.length_mm + x * self.radius_mm),)

    def interval(self, source: ArrayLike, directions: NDArray) -> Interval:
        """Enter and leave (n,), mm, of unit directions (n, 3)."""
        here, ways = self.frame.seen(source, directions)
        return _ground(here, ways, self.radius_mm, self.length_mm, self.planes)

    def outline_mm(self) -> FloatArray:
        """Points (16, 3) whose hull holds the body."""
        return prism(self.frame, 0.0, self.length_mm, self.radius_mm, self.radius_mm)


@dataclass(frozen=True)
class Pointed:
    """A cylinder from start to an apex on its axis, ground to a pyramid: a diamond or trocar tip.

    Every facet leans by facet_rad to the axis; the first faces ``facing`` (its part across the axis).
    """

    start_mm: Point
    apex_mm: Point
    radius_mm: float
    facet_rad: float
    facing: Point
    facets: int = 4

    def __post_init__(self) -> None:
        _check_ground(self.start_mm, self.apex_mm, self.radius_mm, self.facet_rad)
        if self.facets < 3:
            raise ValueError(f"a pyramid needs at least 3 facets, got {self.facets}; one facet is a Bevelled")

    @property
    def length_mm(self) -> float:
        """Distance from start to apex."""
        return distance_mm(self.start_mm, self.apex_mm)

    @cached_property
    def frame(self) -> BodyFrame:
        """Origin at the start, third axis towards the apex, first axis towards the first facet."""
        return frame_along(self.start_mm, self.apex_mm, self.facing)

    @property
    def planes(self) -> tuple[Plane, ...]:
        """The facets, in the body's frame."""
        along, across = sin(self.facet_rad), cos(self.facet_rad)
        turns = [2.0 * pi * turn / self.facets for turn in range(self.facets)]
        return tuple((across * cos(t), across * sin(t), along, along * self.length_mm) for t in turns)

    def interval(self, source: ArrayLike, directions: NDArray) -> Interval:
        """Enter and leave (n,), mm, of unit directions (n, 3)."""
        here, ways = self.frame.seen(source, directions)
        return _ground(here, ways, self.radius_mm, self.length_mm, self.planes)

    def outline_mm(self) -> FloatArray:
        """Points (16, 3) whose hull holds the body."""
        return prism(self.frame, 0.0, self.length_mm, self.radius_mm, self.radius_mm)


Body = Box | Ellipsoid | Cylinder | Frustum | Capsule | Bevelled | Pointed


def _ground(here: Point, ways: Triple, radius_mm: float, length_mm: float, planes: tuple[Plane, ...]) -> Interval:
    """In a cylinder with flat ends, below planes."""
    inside = both(in_cylinder(here, ways, radius_mm), between(here[2], ways[2], 0.0, length_mm))
    for x, y, z, cut in planes:
        inside = both(inside, below(here, ways, (x, y, z), cut))
    return inside


def _check_ground(start_mm: Point, end_mm: Point, radius_mm: float, angle_rad: float) -> None:
    length = distance_mm(start_mm, end_mm)
    check_positive(length_mm=length, radius_mm=radius_mm)
    if not 0.0 < angle_rad < 0.5 * pi:
        raise ValueError(
            f"a tip is ground at an angle to the axis between 0 and 90 degrees, got {angle_rad:g} rad"
        )

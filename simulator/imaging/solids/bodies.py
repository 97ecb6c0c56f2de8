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
from simulator.imaging.solids.body_frame import BodyFrame, distance_mm, frame_along
from simulator.imaging.solids.intervals import (
    Interval,
    Point,
    below,
    between,
    both,
    in_capsule,
    in_cone,
    in_cylinder,
    in_sphere,
)

_RING = 8
_TURNS = 2.0 * np.pi * np.arange(_RING) / _RING
_CORNERS = np.column_stack([np.cos(_TURNS), np.sin(_TURNS)]) / np.cos(np.pi / _RING)
"""Of the prism that a round body is looked for in: an octagon about the unit circle."""


@dataclass(frozen=True)
class Box:
    """A box about the origin of its frame, with half its size along each axis."""

    frame: BodyFrame
    half_mm: Point

    def __post_init__(self) -> None:
        _check_positive(half_sizes_mm=min(self.half_mm))

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
        _check_positive(semi_axes_mm=min(self.semi_mm))

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
        _check_positive(length_mm=self.length_mm, radius_mm=self.radius_mm)

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
        return _prism(self.frame, 0.0, self.length_mm, self.radius_mm, self.radius_mm)


@dataclass(frozen=True)
class Frustum:
    """A truncated cone between two points; a cone where one radius is 0."""

    start_mm: Point
    end_mm: Point
    start_radius_mm: float
    end_radius_mm: float

    def __post_init__(self) -> None:
        _check_positive(length_mm=self.length_mm, larger_radius_mm=max(self.start_radius_mm, self.end_radius_mm))
        if min(self.start_radius_mm, self.end_radius_mm) < 0.0:
            raise ValueError(f"radii must not be negative, got {self.start_radius_mm} and {self.end_radius_mm} mm")

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
        slope = (self.end_radius_mm - self.start_radius_mm) / self.length_mm
        if slope == 0.0:
            side = in_cylinder(here, ways, self.start_radius_mm)
        else:
            side = in_cone(here, ways, self.start_radius_mm, slope)
        return both(side, between(here[2], ways[2], 0.0, self.length_mm))

    def outline_mm(self) -> FloatArray:
        """Points (16, 3) whose hull holds the body."""
        return _prism(self.frame, 0.0, self.length_mm, self.start_radius_mm, self.end_radius_mm)


@dataclass(frozen=True)
class Capsule:
    """All points within a radius of the segment between two points: a cylinder with round ends."""

    start_mm: Point
    end_mm: Point
    radius_mm: float

    def __post_init__(self) -> None:
        _check_positive(length_mm=self.length_mm, radius_mm=self.radius_mm)

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
        return _prism(self.frame, -r, self.length_mm + r, r, r)


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

    def interval(self, source: ArrayLike, directions: NDArray) -> Interval:
        """Enter and leave (n,), mm, of unit directions (n, 3)."""
        here, ways = self.frame.seen(source, directions)
        normal = (-cos(self.bevel_rad), 0.0, sin(self.bevel_rad))
        cut = normal[2] * self.length_mm + normal[0] * self.radius_mm
        shaft = both(in_cylinder(here, ways, self.radius_mm), between(here[2], ways[2], 0.0, self.length_mm))
        return both(shaft, below(here, ways, normal, cut))

    def outline_mm(self) -> FloatArray:
        """Points (16, 3) whose hull holds the body."""
        return _prism(self.frame, 0.0, self.length_mm, self.radius_mm, self.radius_mm)


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

    def interval(self, source: ArrayLike, directions: NDArray) -> Interval:
        """Enter and leave (n,), mm, of unit directions (n, 3)."""
        here, ways = self.frame.seen(source, directions)
        inside = both(in_cylinder(here, ways, self.radius_mm), between(here[2], ways[2], 0.0, self.length_mm))
        along, across = sin(self.facet_rad), cos(self.facet_rad)
        for turn in range(self.facets):
            angle = 2.0 * pi * turn / self.facets
            normal = (across * cos(angle), across * sin(angle), along)
            inside = both(inside, below(here, ways, normal, along * self.length_mm))
        return inside

    def outline_mm(self) -> FloatArray:
        """Points (16, 3) whose hull holds the body."""
        return _prism(self.frame, 0.0, self.length_mm, self.radius_mm, self.radius_mm)


Body = Box | Ellipsoid | Cylinder | Frustum | Capsule | Bevelled | Pointed


def _prism(frame: BodyFrame, low: float, high: float, low_radius: float, high_radius: float) -> FloatArray:
    """Corners (16, 3) of an octagonal prism about a round body between two heights on its axis."""
    return frame.placed(np.concatenate([
        np.column_stack([radius * _CORNERS, np.full(_RING, height)])
        for height, radius in ((low, low_radius), (high, high_radius))
    ]))  # fmt: skip


def _check_positive(**sizes_mm: float) -> None:
    for name, size in sizes_mm.items():
        if not size > 0.0:
            raise ValueError(f"{name} must be positive, got {size:g}")


def _check_ground(start_mm: Point, end_mm: Point, radius_mm: float, angle_rad: float) -> None:
    length = distance_mm(start_mm, end_mm)
    _check_positive(length_mm=length, radius_mm=radius_mm)
    if not 0.0 < angle_rad < 0.5 * pi:
        raise ValueError(
            f"a tip is ground at an angle to the axis between 0 and 90 degrees, got {angle_rad:g} rad"
        )

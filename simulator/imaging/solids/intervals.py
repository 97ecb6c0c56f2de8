"""Where a ray enters and leaves planes, cylinders, cones and spheres: the algebra under ``bodies``.

Everything is in the frame of one body: the source as three plain numbers, unit directions as three arrays (...,),
distances in mm from the source. An interval is (enter, leave); it is empty where leave <= enter, or NaN where a
ray glides exactly in a plane. Discriminants are written as distances of lines (Lagrange's identity: b2 - ac as a
cross product), which do not cancel half a metre from the source: single precision is enough for pictures, and
double is exact to rounding. Divisions by zero are meant and come out as infinities: call under ``np.errstate``.
"""

from __future__ import annotations

import numpy as np

from anatomy.frames import FloatArray

Point = tuple[float, float, float]
Interval = tuple[FloatArray, FloatArray]
Triple = tuple[FloatArray, FloatArray, FloatArray]

_PARALLEL = 1e-30
"""Squared sine below which a ray counts as parallel to an axis."""
_SHALLOW = 0.05
"""Leading coefficient of a cone's equation from which its plain roots are as good as the careful ones."""


def both(one: Interval, other: Interval) -> Interval:
    """What two intervals have in common."""
    return np.maximum(one[0], other[0]), np.minimum(one[1], other[1])


def between(here: float, way: FloatArray, low: float, high: float) -> Interval:
    """Between two planes across one axis; here and way are the components along it."""
    one, other = (low - here) / way, (high - here) / way
    return np.minimum(one, other), np.maximum(one, other)


def below(here: Point, ways: Triple, normal: Point, cut: float) -> Interval:
    """Where normal . p <= cut."""
    towards = normal[0] * ways[0] + normal[1] * ways[1] + normal[2] * ways[2] + 0.0  # no negative zeros
    room = cut - (normal[0] * here[0] + normal[1] * here[1] + normal[2] * here[2])
    meet = room / towards
    return np.where(towards < 0.0, meet, -np.inf), np.where(towards < 0.0, np.inf, meet)


def in_cylinder(here: Point, ways: Triple, radius: float) -> Interval:
    """In the endless cylinder about the third axis."""
    (x, y, _), (u, v, _) = here, ways
    a = u * u + v * v
    across = u * y - v * x
    half = _signed_root(radius * radius * a - across * across)
    middle = u * x + v * y
    enter, leave = (-middle - half) / a, (half - middle) / a
    parallel = a < _PARALLEL
    if parallel.any():
        reach = np.inf if x * x + y * y < radius * radius else -np.inf
        enter, leave = np.where(parallel, -reach, enter), np.where(parallel, reach, leave)
    return enter, leave


def in_cone(here: Point, ways: Triple, radius: float, slope: float) -> Interval:
    """In the cone about the third axis whose radius is radius + slope z, where that is not negative.

    The surface is a t2 + 2 b t + c = 0. A ray shallower than the cone (a > 0) is inside between its roots; a
    steeper one beyond the last root or before the first, whichever lies on the side where the cone widens.
    """
    (x, y, z), (u, v, w) = here, ways
    there, grows = radius + slope * z, slope * w
    a = u * u + v * v - grows * grows + 0.0
    b = u * x + v * y - grows * there
    across = u * y - v * x
    discriminant = (there * u - grows * x) ** 2 + (there * v - grows * y) ** 2 - across * across
    if a.min(initial=1.0) > _SHALLOW:
        half = _signed_root(discriminant)
        return (-b - half) / a, (half - b) / a
    c = x * x + y * y - there * there
    q = -(b + np.copysign(np.sqrt(np.maximum(discriminant, 0.0)), b))
    one, other = q / a, c / q
    near, far = np.minimum(one, other), np.maximum(one, other)
    steep, widens = a < 0.0, grows > 0.0
    missed = (discriminant < 0.0) & ~steep
    enter = np.where(steep, np.where(widens, far, -np.inf), np.where(missed, np.inf, near))
    leave = np.where(steep, np.where(widens, np.inf, near), far)
    return enter, leave


def in_capsule(here: Point, ways: Triple, length: float, radius: float) -> Interval:
    """Within radius of the third axis between 0 and length; (n,) unit vectors.

    Where the endless cylinder is entered beyond an end, the capsule is entered through the sphere at that end, or
    not at all (NaN); and likewise left.
    """
    enter, leave = in_cylinder(here, ways, radius)
    return _capped(enter, -1.0, here, ways, length, radius), _capped(leave, 1.0, here, ways, length, radius)


def _capped(meet: FloatArray, sense: float, here: Point, ways: Triple, length: float, radius: float) -> FloatArray:
    height = here[2] + ways[2] * meet
    beyond = np.flatnonzero(~((height >= 0.0) & (height <= length)))
    if beyond.size == 0:
        return meet
    (x, y, z), (u, v, w) = here, (way[beyond] for way in ways)
    up = z - np.where(height[beyond] < 0.5 * length, 0.0, length).astype(meet.dtype)
    b = u * x + v * y + w * up
    off = (x - b * u) ** 2 + (y - b * v) ** 2 + (up - b * w) ** 2
    meet[beyond] = sense * np.sqrt(radius * radius - off) - b
    return meet


def in_sphere(here: Point, ways: Triple, radius: float) -> Interval:
    """In the sphere about the origin; ways need not be unit vectors (ellipsoids are scaled spheres)."""
    (x, y, z), (u, v, w) = here, ways
    a = u * u + v * v + w * w
    discriminant = radius * radius * a - (u * y - v * x) ** 2 - (v * z - w * y) ** 2 - (w * x - u * z) ** 2
    half = _signed_root(discriminant)
    middle = u * x + v * y + w * z
    return (-middle - half) / a, (half - middle) / a


def _signed_root(discriminant: FloatArray) -> FloatArray:
    """Its root, negative where it is negative: enter and leave then change places, which is an empty interval."""
    return np.copysign(np.sqrt(np.abs(discriminant)), discriminant)

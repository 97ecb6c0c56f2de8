"""The way that a needle's tip has taken, where it is not straight, and the shaft that lies along it.

A path is a straight line from the skin point up to its first knot; each knot begins a short straight piece in a
direction of its own. Depths are lengths along the path. Without knots it is the straight line and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatomy.frames import FloatArray

Triple = tuple[float, float, float]
KNOT_MM = 1.0
"""A bending needle sets a knot so often."""


@dataclass(frozen=True)
class Knot:
    """At a depth along the path, patient frame: where, and the unit direction from there on."""

    depth_mm: float
    at_mm: Triple
    way: Triple


def triple(point: FloatArray) -> Triple:
    """A point (3,) that a frozen value can keep."""
    x, y, z = (float(c) for c in point)
    return x, y, z


def points_at(skin_mm: Triple, direction: Triple, knots: tuple[Knot, ...], depths_mm: FloatArray) -> FloatArray:
    """Points (n, 3) of a path at depths (n,), patient frame; before the skin the line goes on straight."""
    points = np.array(skin_mm) + depths_mm[:, None] * np.array(direction)
    if knots:
        starts = np.array([knot.depth_mm for knot in knots])
        piece = np.searchsorted(starts, depths_mm, side="right") - 1
        bent = piece >= 0
        at, way = (np.array([getattr(knot, name) for knot in knots]) for name in ("at_mm", "way"))
        beyond = depths_mm[bent] - starts[piece[bent]]
        points[bent] = at[piece[bent]] + beyond[:, None] * way[piece[bent]]
    return points


def drawn_back(knots: tuple[Knot, ...], depth_mm: float) -> tuple[Knot, ...]:
    """The knots that are left when the tip is drawn back to a depth."""
    return tuple(knot for knot in knots if knot.depth_mm < depth_mm)


def chords(points_mm: FloatArray, least_mm: float) -> FloatArray:
    """Fewer of points (n, 3) along a line: its ends and what lies at least so far apart, for drawing."""
    kept = [0]
    for index in range(1, len(points_mm) - 1):
        if np.linalg.norm(points_mm[index] - points_mm[kept[-1]]) >= least_mm:
            kept.append(index)
    return points_mm[[*kept, len(points_mm) - 1]]

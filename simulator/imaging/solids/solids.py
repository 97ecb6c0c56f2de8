"""What instruments are made of: convex bodies of a material, with other bodies taken out of them.

A frame adds steel and contrast to the anatomy's line integrals without any voxels: ``Solid.path_mm`` is the exact
length of a ray inside. A tube is a cylinder without its bore, a joined hand is parts each without those before.
``shadows`` turns solids into pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anatomy.frames import FloatArray
from anatomy.tissue import Material
from simulator.imaging.solids.bodies import Bevelled, Body, Box, Capsule, Cylinder, Ellipsoid, Frustum, Pointed
from simulator.imaging.solids.body_frame import point, rigid_frame
from simulator.imaging.solids.intervals import Interval, both


@dataclass(frozen=True)
class Solid:
    """A body of one material, less what other bodies take out of it.

    A tube is a cylinder without its bore; parts that overlap make one piece if each is without those before it.
    """

    material: Material
    body: Body
    without: tuple[Body, ...] = ()

    @np.errstate(divide="ignore", invalid="ignore", over="ignore")
    def path_mm(self, source_mm: ArrayLike, directions: NDArray) -> FloatArray:
        """Length (...,) in mm of rays from source (3,) along unit directions (..., 3) inside, in their precision.

        A ray begins at the source: what lies behind it does not count, nor what is behind a source inside.
        """
        rays = directions.reshape(-1, 3)
        enter, leave = self.body.interval(source_mm, rays)
        whole = np.maximum(enter, 0.0), leave
        path = _length_mm(whole)
        if self.without:
            path -= _covered_mm([both(whole, body.interval(source_mm, rays)) for body in self.without])
            np.maximum(path, 0.0, out=path)
        return path.reshape(directions.shape[:-1])


@dataclass(frozen=True, eq=False)
class Assembly:
    """Solids that stay together, as a hand's do: recognised by identity, and its shadow kept as a whole."""

    solids: tuple[Solid, ...]


def rod(material: Material, start_mm: ArrayLike, end_mm: ArrayLike, radius_mm: float) -> Solid:
    """A solid cylinder between two patient points (3,)."""
    return Solid(material, cylinder(start_mm, end_mm, radius_mm))


def tube(
    material: Material, start_mm: ArrayLike, end_mm: ArrayLike, outer_radius_mm: float, inner_radius_mm: float
) -> Solid:
    """A hollow cylinder, open at both ends, between two patient points (3,)."""
    if not 0.0 < inner_radius_mm < outer_radius_mm:
        raise ValueError(f"a tube of radius {outer_radius_mm:g} mm cannot have a bore of {inner_radius_mm:g} mm")
    bore = cylinder(start_mm, end_mm, inner_radius_mm)
    return Solid(material, cylinder(start_mm, end_mm, outer_radius_mm), (bore,))


def cone(
    material: Material, start_mm: ArrayLike, end_mm: ArrayLike, start_radius_mm: float, end_radius_mm: float = 0.0
) -> Solid:
    """A cone or truncated cone between two patient points (3,)."""
    return Solid(material, Frustum(point(start_mm), point(end_mm), start_radius_mm, end_radius_mm))


def slab(material: Material, patient_from_slab: ArrayLike, half_mm: ArrayLike) -> Solid:
    """A box about the origin of a rigid frame (4, 4), with half its sizes (3,)."""
    return Solid(material, Box(rigid_frame(patient_from_slab), point(half_mm, name="half_mm")))


def ellipsoid(material: Material, patient_from_ellipsoid: ArrayLike, semi_mm: ArrayLike) -> Solid:
    """An ellipsoid about the origin of a rigid frame (4, 4), with its semi-axes (3,)."""
    return Solid(material, Ellipsoid(rigid_frame(patient_from_ellipsoid), point(semi_mm, name="semi_mm")))


def cylinder(start_mm: ArrayLike, end_mm: ArrayLike, radius_mm: float) -> Cylinder:
    """The body of a rod or a bore between two patient points (3,)."""
    return Cylinder(point(start_mm, name="start_mm"), point(end_mm, name="end_mm"), radius_mm)


def capsule(start_mm: ArrayLike, end_mm: ArrayLike, radius_mm: float) -> Capsule:
    """The body of everything within a radius of the segment between two patient points (3,)."""
    return Capsule(point(start_mm, name="start_mm"), point(end_mm, name="end_mm"), radius_mm)


def bevelled(
    start_mm: ArrayLike, end_mm: ArrayLike, radius_mm: float, bevel_rad: float, facing: ArrayLike
) -> Bevelled:
    """The body of a rod cut obliquely: see ``Bevelled``."""
    return Bevelled(point(start_mm), point(end_mm), radius_mm, bevel_rad, point(facing, name="facing"))


def pointed(
    start_mm: ArrayLike, apex_mm: ArrayLike, radius_mm: float, facet_rad: float, facing: ArrayLike, facets: int = 4
) -> Pointed:
    """The body of a rod ground to a pyramid: see ``Pointed``."""
    return Pointed(point(start_mm), point(apex_mm), radius_mm, facet_rad, point(facing, name="facing"), facets)


def _length_mm(interval: Interval) -> FloatArray:
    """Of intervals (n,); 0 for those that are empty or glide in a face (NaN)."""
    return np.fmax(interval[1] - interval[0], 0.0)


def _covered_mm(parts: list[Interval]) -> FloatArray:
    """Length (n,) that intervals cover together, what several cover counted once."""
    if len(parts) == 1:
        return _length_mm(parts[0])
    if len(parts) == 2:
        return _length_mm(parts[0]) + _length_mm(parts[1]) - _length_mm(both(parts[0], parts[1]))
    enter, leave = (np.stack(ends) for ends in zip(*parts, strict=True))
    empty = ~(leave > enter)
    enter[empty] = leave[empty] = 0.0
    order = np.argsort(enter, axis=0)
    enter, leave = np.take_along_axis(enter, order, axis=0), np.take_along_axis(leave, order, axis=0)
    reached = np.maximum.accumulate(leave, axis=0)
    enter[1:] = np.maximum(enter[1:], reached[:-1])
    return np.maximum(leave - enter, 0.0).sum(axis=0)

"""Bones beside the vertebrae and ribs: what one is, curved plates, and their mineral as voxels."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from anatomy import shapes
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton.arch import FAR_MM
from anatomy.table import Distance, Table
from anatomy.tissue import CORTEX_MINERAL_G_CM3
from anatomy.volume import Grid

_DEEP_MM = 8.0  # thicker than any cortex and half a voxel
MARGIN_MM = 4.0  # a solid's box reaches this far beyond its surface, for shell and fillet


@dataclass(frozen=True)
class Solid:
    """Part of a bone: distance(x, y, z) in the patient frame and the box (low, high) that holds it, mm."""

    distance: Distance
    box: tuple[FloatArray, FloatArray]


@dataclass(frozen=True)
class Bone:
    """Solids grown together with a fillet. Its shell has a true thickness, its inside a density.

    above: it follows the spine above the target.
    """

    name: str
    above: bool
    solids: tuple[Solid, ...]
    blend_mm: float
    cortex_mm: float
    core_g_cm3: float


@dataclass(frozen=True)
class Plate:
    """A curved bony plate: a height h(u, v) over an outline in the (u, v) plane, with a thickness.

    height: six coefficients of 1, u, v, u^2, uv, v^2 (mm); outline: convex, counter-clockwise, grown by round_mm;
    half_mm(u, v, inward): half thickness, inward being the distance to the outline's edge (negative inside).
    """

    height: FloatArray
    outline: Sequence[tuple[float, float]]
    round_mm: float
    half_mm: Callable[[Array, Array, Array], Array]

    def height_at(self, u: Array, v: Array) -> Array:
        """Height of the middle of the plate."""
        c = self.height
        return c[0] + c[1] * u + c[2] * v + c[3] * u * u + c[4] * u * v + c[5] * v * v

    def distance(self, u: Array, v: Array, h: Array) -> Array:
        """Distance to the plate at (u, v, h)."""
        c, surface = self.height, self.height_at(u, v)
        slope = (c[1] + 2 * c[3] * u + c[4] * v) ** 2 + (c[2] + c[4] * u + 2 * c[5] * v) ** 2
        inward = shapes.rounded_polygon(u, v, self.outline, self.round_mm)
        across = np.abs(h - surface) / np.sqrt(1.0 + slope) - self.half_mm(u, v, inward)
        return shapes.smooth_max(across, inward, 4.0)


def fitted_height(points: Sequence[tuple[float, float, float]]) -> FloatArray:
    """Coefficients (6,) of the height through points (u, v, h), least squares."""
    u, v, h = np.array(points, dtype=float).T
    terms = np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], axis=1)
    return np.asarray(np.linalg.lstsq(terms, h, rcond=None)[0], dtype=np.float32)


def limb(
    start: ArrayLike,
    end: ArrayLike,
    half_start: tuple[float, float],
    half_end: tuple[float, float],
    flat_axis: tuple[float, float, float] = (0.0, 0.0, 1.0),
    *,
    is_flat: bool = False,
) -> Solid:
    """shapes.limb as a solid."""
    shape = partial(shapes.limb, start=start, end=end, half_start=half_start, half_end=half_end,
                    flat_axis=flat_axis, is_flat=is_flat)  # fmt: skip
    return Solid(shape, shapes.around(start, end, margin_mm=max(*half_start, *half_end) + MARGIN_MM))


def ball(centre: ArrayLike, half: ArrayLike) -> Solid:
    """shapes.ellipsoid as a solid."""
    return Solid(
        partial(shapes.ellipsoid, centre=centre, half=half),
        shapes.around(centre, margin_mm=np.add(half, MARGIN_MM)),
    )


def swept(line_mm: FloatArray, half_mm: tuple[float, float], *, is_flat: bool = False) -> tuple[Solid, ...]:
    """A section, half_mm (across, upright), swept along a line (n, 3): an ellipse, or with flat sides."""
    return tuple(limb(a, b, half_mm, half_mm, is_flat=is_flat) for a, b in itertools.pairwise(line_mm))


def both_sides(solids: Iterable[Solid]) -> tuple[Solid, ...]:
    """Solids of the right side (+x) and their mirror images."""
    out = []
    for solid in solids:
        low, high = solid.box
        flipped = np.array([-high[0], low[1], low[2]]), np.array([-low[0], high[1], high[2]])
        out += [solid, Solid(partial(_flipped, solid.distance), flipped)]
    return tuple(out)


def beneath(bones: Iterable[Bone], skin: Table, least_mm: float) -> list[Bone]:
    """Bones cut back to where the distance to the skin is at least least_mm deep: for the thinnest."""
    return [
        replace(bone, solids=tuple(_beneath(solid, skin, least_mm) for solid in bone.solids)) for bone in bones
    ]


def _beneath(solid: Solid, skin: Table, least_mm: float) -> Solid:
    step = skin.grid.voxel_mm
    near = skin.values[skin.grid.window(solid.box[0] - step, solid.box[1] + step)]
    if near.size == 0 or near.max() < -least_mm - _DEEP_MM:
        return solid  # beyond the body that is shown, or so deep that a cut would change nothing near its surface
    return Solid(partial(_cut, solid.distance, skin, least_mm), solid.box)


def _cut(distance: Distance, skin: Table, least_mm: float, x: Array, y: Array, z: Array) -> Array:
    return shapes.smooth_max(distance(x, y, z), skin.at(x, y, z) + least_mm, 1.0)


def _flipped(distance: Distance, x: Array, y: Array, z: Array) -> Array:
    return distance(-x, y, z)


def bone_distance(bone: Bone, grid: Grid) -> tuple[tuple[slice, slice, slice], Array] | None:
    """(window, distance) of a bone on an axis-aligned grid; None where the grid does not reach it."""
    corners = [corner for solid in bone.solids for corner in solid.box]
    window = grid.window(np.min(corners, axis=0), np.max(corners, axis=0))
    if any(s.stop <= s.start for s in window):
        return None
    part = grid.part(window)
    distance = np.full(part.shape, FAR_MM, dtype=np.float32)
    for solid in bone.solids:
        inner = part.window(*solid.box)
        if any(s.stop <= s.start for s in inner):
            continue
        piece = solid.distance(*part.part(inner).axes_mm())
        distance[inner] = shapes.smooth_min(distance[inner], piece, bone.blend_mm)
    return window, distance


def add_bones(mineral: Array, distance: Array | None, bones: Iterable[Bone], grid: Grid) -> None:
    """Add bones to arrays that are still being built: mineral (g/cm3) and the distance to all bone (mm)."""
    voxel = float(grid.voxel_mm.max())
    for bone in bones:
        found = bone_distance(bone, grid)
        if found is None:
            continue
        window, d = found
        near = np.nonzero(d < voxel)
        core = shapes.soft_coverage(d[near] + bone.cortex_mm, voxel)
        shell = shapes.soft_coverage(d[near], voxel) - core
        filled = CORTEX_MINERAL_G_CM3 * shell + bone.core_g_cm3 * core
        part = mineral[window]
        part[near] = np.maximum(part[near], filled)
        if distance is not None:
            np.minimum(distance[window], d, out=distance[window])


def add_distances(distance: Array, bones: Iterable[Bone], grid: Grid) -> None:
    """Bring bones into a distance to all bone (mm) that is still being built."""
    for bone in bones:
        found = bone_distance(bone, grid)
        if found is not None:
            np.minimum(distance[found[0]], found[1], out=distance[found[0]])

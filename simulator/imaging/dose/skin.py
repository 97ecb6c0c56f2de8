"""The patient's skin as a surface: where a beam enters, what it passes, and where dose is summed.

The skin is one radius for each angle about the body's long axis and each height along it. That fits a trunk,
whose sections are star-shaped about their middle; arms and legs are not there. Frame: patient (RAS+), mm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from anatomy.frames import FloatArray
from anatomy.volume import Volume, sample

ANGLES, STEP_MM = 90, 20.0
"""Skin as it is recorded: every 4 degrees and 20 mm, on which a trunk is smooth (within 0.5 mm of every 10 mm)."""
TISSUE_G_CM3 = 0.5
"""Half-way between air and tissue: where voxels of both show the skin."""
_MARCH_MM = 1.0
_LEAST_HEIGHTS = 4
_FOLD_MM = 0.5
"""A patch that lies this far below a line across it is in a fold."""


@dataclass(frozen=True, eq=False)
class Skin:
    """A body's surface: radius_mm (angles, heights) about the axis x, y = axis_mm, parallel to z.

    Angle i is i / angles of a turn, from the patient's right (+x) towards the front (+y); heights are first_z_mm,
    first_z_mm + step_mm, ... Raises ValueError for radii that are no such table.
    """

    radius_mm: FloatArray
    axis_mm: tuple[float, float]
    first_z_mm: float
    step_mm: float

    def __post_init__(self) -> None:
        radius = np.array(self.radius_mm, dtype=float)
        if radius.ndim != 2 or min(radius.shape) < 4 or not np.all(radius > 0.0) or not np.isfinite(radius).all():
            raise ValueError(f"a skin needs at least 4 angles by 4 heights of positive radii, got {radius.shape}")
        if not self.step_mm > 0.0:
            raise ValueError(f"heights of a skin must rise, got a step of {self.step_mm} mm")
        radius.setflags(write=False)
        object.__setattr__(self, "radius_mm", radius)

    @property
    def z_mm(self) -> FloatArray:
        """Heights (heights,)."""
        return self.first_z_mm + self.step_mm * np.arange(self.radius_mm.shape[1])

    @property
    def angles_rad(self) -> FloatArray:
        """Angles (angles,), from +x towards +y."""
        return np.linspace(0.0, 2.0 * np.pi, len(self.radius_mm), endpoint=False)

    @cached_property
    def points_mm(self) -> FloatArray:
        """Middles of the patches (angles, heights, 3)."""
        angle = self.angles_rad[:, None]
        x = self.axis_mm[0] + self.radius_mm * np.cos(angle)
        y = self.axis_mm[1] + self.radius_mm * np.sin(angle)
        return np.stack([x, y, np.broadcast_to(self.z_mm, x.shape)], axis=-1)

    @cached_property
    def areas_mm2(self) -> FloatArray:
        """Outward normals of the patches (angles, heights, 3), as long as the patch has area."""
        around = 0.5 * (np.roll(self.points_mm, -1, axis=0) - np.roll(self.points_mm, 1, axis=0))
        along = np.gradient(self.points_mm, axis=1)
        return np.cross(around, along)

    @cached_property
    def folded(self) -> NDArray[np.bool_]:
        """True (angles, heights) where a patch lies below a line across it, so that the body may shade it."""
        found = np.full(self.radius_mm.shape, False)
        angles = len(self.radius_mm)
        for reach in range(max(angles // 60, 1), angles // 5, max(angles // 60, 1)):
            before, after = (np.roll(self.points_mm, by, axis=0) for by in (reach, -reach))
            chord, out = after - before, self.points_mm - before
            below = chord[..., 0] * out[..., 1] - chord[..., 1] * out[..., 0]
            found |= below > _FOLD_MM * np.hypot(chord[..., 0], chord[..., 1])
        return found

    @cached_property
    def front_y_mm(self) -> float:
        """The foremost skin: where a prone patient lies on the table."""
        return float(self.points_mm[..., 1].max())

    def finer(self, around: int, along: int) -> Skin:
        """The same surface with more patches, by cubic interpolation."""
        angles, heights = self.radius_mm.shape
        i = np.arange(angles * around) / around
        k = np.arange((heights - 1) * along + 1) / along
        turned = np.concatenate([self.radius_mm[-8:], self.radius_mm, self.radius_mm[:8]])
        at = np.meshgrid(i + min(8, angles), k, indexing="ij")
        radius = ndimage.map_coordinates(turned, at, order=3, mode="nearest")
        return Skin(radius, self.axis_mm, self.first_z_mm, self.step_mm / along)

    def contains(self, points_mm: ArrayLike) -> NDArray[np.bool_]:
        """True (...,) for points (..., 3) in the body. It goes on beyond its ends, as a trunk does."""
        points = np.atleast_2d(np.asarray(points_mm, dtype=float))
        x, y = points[..., 0] - self.axis_mm[0], points[..., 1] - self.axis_mm[1]
        angles, heights = self.radius_mm.shape
        i = np.mod(np.arctan2(y, x) / (2.0 * np.pi), 1.0) * angles
        k = np.clip((points[..., 2] - self.first_z_mm) / self.step_mm, 0.0, heights - 1.0)
        closed = np.concatenate([self.radius_mm, self.radius_mm[:1]])
        radius = ndimage.map_coordinates(closed, [i, k], order=1, mode="nearest")
        return np.asarray(np.hypot(x, y) < radius).reshape(np.shape(points_mm)[:-1])

    def path_mm(self, start_mm: ArrayLike, ends_mm: ArrayLike, steps: int = 160) -> tuple[FloatArray, FloatArray]:
        """Lengths of ways through the body, and how far from the start each enters it (infinity: never).

        start_mm (3,), ends_mm (..., 3); both results (...,). Sampled at ``steps`` places a way, which is how exact
        the length is; the entrance is narrowed down further, and lies inside.
        """
        start, ends = np.asarray(start_mm, dtype=float), np.asarray(ends_mm, dtype=float)
        share = (np.arange(steps) + 0.5) / steps
        inside = self.contains(start + share[:, None] * (ends - start)[..., None, :])
        length = np.linalg.norm(ends - start, axis=-1)
        within = share[inside.argmax(axis=-1)]
        without = within - 1.0 / steps
        for _ in range(5):
            middle = 0.5 * (within + without)
            met = self.contains(start + middle[..., None] * (ends - start))
            within, without = np.where(met, middle, within), np.where(met, without, middle)
        first = np.where(inside.any(axis=-1), within * length, np.inf)
        return inside.mean(axis=-1) * length, first

    def as_row(self) -> dict[str, Any]:
        """JSON-safe: to 0.1 mm."""
        return {
            "axis_mm": [round(c, 2) for c in self.axis_mm],
            "first_z_mm": self.first_z_mm,
            "step_mm": self.step_mm,
            "radius_mm": [[round(r, 1) for r in row] for row in self.radius_mm.tolist()],
        }

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Skin:
        """The skin that ``as_row`` wrote. Raises ValueError for anything else."""
        try:
            x, y = (float(c) for c in row["axis_mm"])
            radius = np.array(row["radius_mm"], dtype=float)
            return cls(radius, (x, y), float(row["first_z_mm"]), float(row["step_mm"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"this is no skin: {error}") from None


def skin_of(soft: Volume, adipose: Volume) -> Skin:
    """The skin around soft tissue and fat (g/cm3 on one axis-aligned grid): the outermost place of half density.

    Only the trunk: heights at which the axis lies in the body, so not a neck that bends away from it. Takes some
    0.1 s. Raises ValueError where that is no more than a slice.
    """
    tissue = Volume(soft.array + adipose.array, soft.grid)
    x, y, z = (axis.ravel() for axis in tissue.grid.axes_mm())
    filled = tissue.array > TISSUE_G_CM3
    if not filled.any():
        raise ValueError("the volumes hold no tissue, so there is no skin")
    axis = (_middle(x, np.asarray(filled.any(axis=1))), _middle(y, np.asarray(filled.any(axis=0))))
    # as many heights as fit, in the middle of what the volume shows
    heights = int((z[-1] - z[0]) // STEP_MM) + 1
    first = 0.5 * (float(z[0]) + float(z[-1])) - 0.5 * STEP_MM * (heights - 1)
    reach = float(np.hypot(*(np.abs(ends[[0, -1]] - c).max() for ends, c in zip((x, y), axis, strict=True))))
    out = np.arange(_MARCH_MM, reach, _MARCH_MM)
    angle = np.linspace(0.0, 2.0 * np.pi, ANGLES, endpoint=False)[:, None, None]
    height = (first + STEP_MM * np.arange(heights))[None, :, None]
    points = np.stack(
        np.broadcast_arrays(axis[0] + out * np.cos(angle), axis[1] + out * np.sin(angle), height), axis=-1
    )
    density = sample(tissue, points)
    dense = density > TISSUE_G_CM3
    trunk = _longest_run(np.asarray(dense.any(axis=2).all(axis=0)))
    if trunk.stop - trunk.start < _LEAST_HEIGHTS:
        raise ValueError("the body holds no tissue on one side of its middle: this is not a whole trunk")
    last = np.minimum(len(out) - 1 - dense[..., ::-1].argmax(axis=2), len(out) - 2)
    inner, outer = (np.take_along_axis(density, (last + n)[..., None], axis=2)[..., 0] for n in (0, 1))
    beyond = np.clip((inner - TISSUE_G_CM3) / np.maximum(inner - outer, 1e-9), 0.0, 1.0)
    radius = out[last] + _MARCH_MM * beyond
    return Skin(radius[:, trunk], axis, first + STEP_MM * trunk.start, STEP_MM)


def _longest_run(fits: NDArray[np.bool_]) -> slice:
    """The longest unbroken row of True (n,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], fits, [False]]).astype(np.int8)))
    runs = edges.reshape(-1, 2)
    if len(runs) == 0:
        return slice(0, 0)
    start, stop = runs[np.argmax(runs[:, 1] - runs[:, 0])]
    return slice(int(start), int(stop))


def _middle(places_mm: FloatArray, filled: NDArray[np.bool_]) -> float:
    """The middle, at most heights, between the first and the last place (n,) that is filled (n, heights)."""
    filled = filled[:, filled.any(axis=0)]
    first, last = places_mm[filled.argmax(axis=0)], places_mm[len(places_mm) - 1 - filled[::-1].argmax(axis=0)]
    return round(float(np.median(0.5 * (first + last))), 2)

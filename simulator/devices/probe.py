"""What an instrument meets at points of the patient: tissue, bone, mineral."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from anatomy import frames
from anatomy.filled_rows import FilledRows
from anatomy.findings.earlier_work import MetalPart, metal
from anatomy.frames import FloatArray
from anatomy.patient import Patient
from anatomy.regions import Region
from anatomy.tissue import Tissue
from anatomy.volume import Volume
from simulator.imaging.mineral import mineral_as_found

_CORNERS = np.indices((2, 2, 2)).reshape(3, 8).T
"""Steps (8, 3) from a voxel to the corners of its cell."""


@dataclass(frozen=True, eq=False)
class _Lookup:
    """A volume prepared for reading a few points quickly: trilinear for floats, nearest for labels."""

    kept: NDArray | FilledRows
    voxel_from_patient: FloatArray
    outside: float

    @classmethod
    def of(cls, volume: Volume, outside: float) -> _Lookup:
        return cls(volume.kept, frames.inverse(volume.patient_from_voxel), outside)

    @cached_property
    def _turn(self) -> FloatArray:
        return self.voxel_from_patient[:3, :3].T

    @cached_property
    def _shift(self) -> FloatArray:
        return self.voxel_from_patient[:3, 3]

    @cached_property
    def box_mm(self) -> tuple[FloatArray, FloatArray]:
        """Corners (3,), patient frame, of a box beyond which every point is outside."""
        ends = np.array(list(product(*((-1.0, float(n)) for n in self.kept.shape))))
        corners = frames.apply(frames.inverse(self.voxel_from_patient), ends)
        return corners.min(axis=0), corners.max(axis=0)

    def nearest(self, points_mm: FloatArray) -> FloatArray:
        """Values (n,) at points (n, 3)."""
        index = np.rint(points_mm @ self._turn + self._shift)
        index = index.astype(np.intp)
        inside = np.all((index >= 0) & (index < self.kept.shape), axis=1)
        i, j, k = np.where(inside[:, None], index, 0).T
        return np.where(inside, self._values(i, j, k), self.outside)

    def linear(self, points_mm: FloatArray) -> FloatArray:
        """Values (n,) at points (n, 3); ``outside`` where any neighbour is missing."""
        at = points_mm @ self._turn + self._shift
        if len(at) == 1:
            return np.array([self._at_one(*at[0].tolist())])
        low = np.floor(at).astype(np.intp)
        inside = np.all((low >= 0) & (low + 1 < self.kept.shape), axis=1)
        if not inside.any():  # most structures are far from most instruments
            return np.full(len(points_mm), self.outside)
        low = np.where(inside[:, None], low, 0)
        share = np.where(inside[:, None], at - low, 0.0)[:, None, :]
        i, j, k = np.moveaxis(low[:, None, :] + _CORNERS, 2, 0)
        near = np.where(_CORNERS == 1, share, 1.0 - share)
        weight = near[..., 0] * near[..., 1] * near[..., 2]
        total = (weight * self._values(i, j, k)).sum(axis=1)
        return np.where(inside, total, self.outside)

    def _values(self, i: NDArray[np.intp], j: NDArray[np.intp], k: NDArray[np.intp]) -> NDArray:
        """The voxels' values."""
        return self.kept.at(i, j, k) if isinstance(self.kept, FilledRows) else self.kept[i, j, k]

    def _cell(self, a: int, b: int, c: int) -> list[float]:
        """The values at the eight corners of a cell, the last index first to change."""
        kept = self.kept
        if isinstance(kept, FilledRows):
            return [value for i in (a, a + 1) for j in (b, b + 1) for value in kept.pair(i, j, c)]
        corners: list[float] = kept[a : a + 2, b : b + 2, c : c + 2].ravel().tolist()
        return corners

    def _at_one(self, i: float, j: float, k: float) -> float:
        """The value at one place in voxels: a tip asks several times a tick. The same sums in the same order."""
        a, b, c = math.floor(i), math.floor(j), math.floor(k)
        size = self.kept.shape
        if not (a >= 0 and b >= 0 and c >= 0 and a + 1 < size[0] and b + 1 < size[1] and c + 1 < size[2]):
            return self.outside
        u, v, w = i - a, j - b, k - c
        x, y, z = 1.0 - u, 1.0 - v, 1.0 - w
        p, q, r, s, d, e, f, g = self._cell(a, b, c)
        return float(
            ((x * y * z * p + x * y * w * q) + (x * v * z * r + x * v * w * s))
            + ((u * y * z * d + u * y * w * e) + (u * v * z * f + u * v * w * g))
        )


@dataclass(frozen=True, eq=False)
class Probe:
    """Point queries into one patient, points (n, 3) in the patient frame, mm."""

    _tissue: _Lookup
    _bone: _Lookup
    _mineral: _Lookup
    _region: _Lookup
    _hazards: dict[str, _Lookup]
    _metal: tuple[MetalPart, ...] = ()
    _parts: frozenset[str] = frozenset()  # hazards that lie in another one

    @classmethod
    def of(cls, patient: Patient) -> Probe:
        """Probe of the patient as found (instruments pass through bone that the fracture does not move)."""
        return cls(
            _Lookup.of(patient.tissue, float(Tissue.AIR)),
            _Lookup.of(patient.bone_distance, 20.0),
            _Lookup.of(mineral_as_found(patient)[0], 0.0),
            _Lookup.of(patient.regions, float(Region.SOFT_TISSUE)),
            {name: _Lookup.of(h.distance, 50.0) for name, h in patient.hazards.items()},
            tuple(part for part in metal(patient.spec, patient.column) if part.kind != "thread"),
            frozenset(name for name, hazard in patient.hazards.items() if hazard.part_of is not None),
        )

    def tissue(self, points_mm: FloatArray) -> FloatArray:
        """Tissue labels (n,)."""
        return self._tissue.nearest(points_mm)

    def bone_distance_mm(self, points_mm: FloatArray) -> FloatArray:
        """Signed distance to bone (n,), negative inside."""
        return self._bone.linear(points_mm)

    def mineral_g_cm3(self, points_mm: FloatArray) -> FloatArray:
        """Mineral density (n,)."""
        return self._mineral.linear(points_mm)

    def region(self, points_mm: FloatArray) -> FloatArray:
        """Region labels (n,) around the target, as found."""
        return self._region.nearest(points_mm)

    def hazard_distance_mm(self, name: str, points_mm: FloatArray) -> FloatArray:
        """Signed distance to a hazard (n,), negative inside."""
        return self._hazards[name].linear(points_mm)

    def hazards_mm(self, points_mm: FloatArray, radii_mm: FloatArray) -> dict[str, float]:
        """Signed distance to each hazard of ``hazard_names`` from the surface that lies radii (n,) around points
        (n, 3), negative inside it."""
        low, high = points_mm.min(axis=0), points_mm.max(axis=0)
        found = {}
        for name in self.hazard_names:
            hazard = self._hazards[name]
            first, last = hazard.box_mm
            if (high < first).any() or (low > last).any():
                found[name] = float((hazard.outside - radii_mm).min())
            else:
                found[name] = float((hazard.linear(points_mm) - radii_mm).min())
        return found

    def in_metal(self, points_mm: FloatArray) -> NDArray[np.bool_]:
        """Which of points (n, 3) lie in screws and rods of an earlier operation, as found."""
        inside = np.zeros(len(points_mm), dtype=bool)
        for part in self._metal:
            inside |= part.holds(points_mm)
        return inside

    @cached_property
    def hazard_names(self) -> tuple[str, ...]:
        """Names of the hazards, each place named once: a root of one level is part of the roots of its side."""
        return tuple(name for name in self._hazards if name not in self._parts)

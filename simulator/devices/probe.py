"""What an instrument meets at points of the patient: tissue, bone, mineral."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatomy import frames
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

    array: NDArray
    voxel_from_patient: FloatArray
    outside: float

    @classmethod
    def of(cls, volume: Volume, outside: float) -> _Lookup:
        return cls(volume.array, frames.inverse(volume.patient_from_voxel), outside)

    def nearest(self, points_mm: FloatArray) -> FloatArray:
        """Values (n,) at points (n, 3)."""
        index = np.rint(points_mm @ self.voxel_from_patient[:3, :3].T + self.voxel_from_patient[:3, 3])
        index = index.astype(np.intp)
        inside = np.all((index >= 0) & (index < self.array.shape), axis=1)
        i, j, k = np.where(inside[:, None], index, 0).T
        return np.where(inside, self.array[i, j, k], self.outside)

    def linear(self, points_mm: FloatArray) -> FloatArray:
        """Values (n,) at points (n, 3); ``outside`` where any neighbour is missing."""
        at = points_mm @ self.voxel_from_patient[:3, :3].T + self.voxel_from_patient[:3, 3]
        low = np.floor(at).astype(np.intp)
        inside = np.all((low >= 0) & (low + 1 < self.array.shape), axis=1)
        if not inside.any():  # most structures are far from most instruments
            return np.full(len(points_mm), self.outside)
        low = np.where(inside[:, None], low, 0)
        share = np.where(inside[:, None], at - low, 0.0)[:, None, :]
        i, j, k = np.moveaxis(low[:, None, :] + _CORNERS, 2, 0)
        near = np.where(_CORNERS == 1, share, 1.0 - share)
        weight = near[..., 0] * near[..., 1] * near[..., 2]
        total = (weight * self.array[i, j, k]).sum(axis=1)
        return np.where(inside, total, self.outside)


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

    def in_metal(self, points_mm: FloatArray) -> NDArray[np.bool_]:
        """Which of points (n, 3) lie in screws and rods of an earlier operation, as found."""
        inside = np.zeros(len(points_mm), dtype=bool)
        for part in self._metal:
            inside |= part.holds(points_mm)
        return inside

    @property
    def hazard_names(self) -> tuple[str, ...]:
        """Names of the hazards, each place named once: a root of one level is part of the roots of its side."""
        return tuple(name for name in self._hazards if name not in self._parts)

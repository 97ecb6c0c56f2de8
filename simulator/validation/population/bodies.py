"""The body of a person, as much of it as treatment without pictures needs, built once and kept.

A coarse patient (fine voxels of 1 mm, so without trabecular grain) from which is taken away what only pictures
show: soft tissue, the far skeleton, and everything beyond the region grid that cement flows on. Ground, corridors,
landmarks and veins are those of the whole patient, to the bit. Four seconds to build, 0.1 s to read.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from anatomy.mineral_groups import MineralGroups
from anatomy.patient import Patient, build
from anatomy.spec import PatientSpec
from anatomy.volume import Grid, Volume
from simulator.engine.patient_cache import PatientCache, user_cache

VOXEL_MM = 1.0
LIMIT_BYTES = 3_000_000_000
"""Preset: as much is kept, some 600 bodies."""
_BESIDE_MM = 2.0  # beyond the region grid, so that interpolation finds its neighbours


def body_of(spec: PatientSpec) -> Patient:
    """The body of a spec: from the user's cache, or built and kept there.

    Raises ValueError where there is no such patient: no way into the vertebra, no room for a cleft.
    """
    kept = user_cache()
    if kept is None:
        return built(spec)
    return PatientCache(kept.folder.parent / "population", LIMIT_BYTES).patient_of(spec, built)


def built(spec: PatientSpec) -> Patient:
    """A body, built."""
    return slim(build(spec, fine_mm=VOXEL_MM))


def slim(patient: Patient) -> Patient:
    """A patient without what only pictures show."""
    near = partial(_near, grid=patient.regions.grid)
    fine, far = patient.fine, patient.far
    return replace(
        patient,
        soft=_nothing(patient.soft),
        adipose=_nothing(patient.adipose),
        tissue=near(patient.tissue),
        bone_distance=near(patient.bone_distance),
        fine=MineralGroups(near(fine.lower), near(fine.body), near(fine.upper), fine.part),
        far=MineralGroups(_nothing(far.lower), _nothing(far.body), _nothing(far.upper), far.part),
        hazards={
            name: replace(hazard, distance=near(hazard.distance))
            for name, hazard in patient.hazards.items()
            if min(near(hazard.distance).array.shape) > 1  # the others lie elsewhere
        },
    )


def _near(volume: Volume, grid: Grid) -> Volume:
    """The part of a volume around a grid."""
    low, high = grid.box_mm()
    window = volume.grid.window(low - _BESIDE_MM, high + _BESIDE_MM)
    if any(part.stop == part.start for part in window):
        return _nothing(volume)
    return Volume(np.ascontiguousarray(volume.array[window]), volume.grid.part(window))


def _nothing(volume: Volume) -> Volume:
    """One voxel of nothing in the corner of a volume."""
    corner = (slice(0, 1),) * 3
    return Volume(np.zeros_like(volume.array[corner]), volume.grid.part(corner))

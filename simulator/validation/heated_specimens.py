"""Vertebrae with curing cement, as in the experiments that heat targets are held to: no session, no operator.

Cement is injected at two places at mid-depth beside the midline into a body whose walls let nothing out, or lies
in the canal as well; then it cures and cools. In the laboratory nothing is perfused; specimens start at 37 C.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from anatomy import frames
from anatomy.patient import Patient, build
from anatomy.regions import IN_BONE, Region
from anatomy.spec import PatientSpec, TargetLevel
from simulator.devices.bone_medium import medium
from simulator.devices.ground import Ground, GroundNow
from simulator.devices.warm_places import WarmPlaces
from simulator.devices.warmth import Thermal, is_over, still, warmed
from simulator.physics.cure import START_OF_CURE, Cement, advance_cure
from simulator.physics.filling import Filling, inject
from simulator.physics.opening import Opening
from simulator.physics.porous_medium import PorousMedium

FLOW_ML_S = 0.05
ROOM_C = 21.0
MIXED_S = 180.0  # between mixing and injection
BESIDE_MM = 8.0
VISCOSITY_PA_S = 100.0  # any: cement goes the same way


@lru_cache(maxsize=2)
def specimen(level: TargetLevel) -> tuple[Patient, GroundNow]:
    """An osteoporotic woman's unfractured vertebra, voxels of 1 mm."""
    patient = build(PatientSpec(seed=12, target_level=level), fine_mm=1.0)
    return patient, Ground.of(patient).at(1.0)


def closed_body(now: GroundNow) -> PorousMedium:
    """The body as a vessel without a way out: no veins either, whose mouths would hold what nobody drains."""
    nothing = np.zeros(now.grid.shape, dtype=np.float32)
    bone = medium(
        replace(now, mouth=None, veins=None), now.mineral, nothing, nothing > 0.0, VISCOSITY_PA_S, "syringe"
    )
    inside = np.isin(now.label, IN_BONE) & (now.body_mm < 0.0)
    return PorousMedium(bone.voxel_mm, np.where(inside, bone.pore_ml, 0.0), bone.permeability_m2, bone.anisotropy)


def openings(patient: Patient, now: GroundNow) -> list[Opening]:
    """Where cement enters: left and right of the middle of the body."""
    v = patient.column.target_vertebra
    middle_y = v.posterior_wall_y_mm + 0.55 * v.size.depth_mm
    to_voxel = frames.compose(frames.inverse(now.grid.patient_from_voxel), v.patient_from_vertebra)
    points = [frames.apply(to_voxel, (side * BESIDE_MM, middle_y, 0.0)) for side in (-1.0, 1.0)]
    return [Opening.ball(point, 1.2, float(now.grid.voxel_mm[0])) for point in points]


@lru_cache(maxsize=8)
def treated(
    level: TargetLevel, volume_ml: float, product: Cement, *, perfused: bool, in_canal_ml: float = 0.0
) -> Thermal:
    """The heat of a treated vertebra once all has cooled. in_canal_ml lies behind the posterior wall besides."""
    patient, now = specimen(level)
    places, bone = WarmPlaces.of(patient, perfused=perfused), closed_body(now)
    filling, thermal = Filling.empty(now.grid.shape), None
    cure = float(advance_cure(product.kinetics, START_OF_CURE, ROOM_C, MIXED_S))
    seconds = 0.5 * volume_ml / FLOW_ML_S
    for opening in openings(patient, now):
        for _ in range(round(seconds)):
            filling, _ = inject(
                bone, filling, opening, volume_ml=0.5 * volume_ml / round(seconds), duration_s=1.0,
                viscosity_pa_s=VISCOSITY_PA_S,
            )  # fmt: skip
            thermal = warmed(
                thermal, places, now, filling, entering_c=ROOM_C, entering_cure=cure, kinetics=product.kinetics,
                duration_s=1.0,
            )  # fmt: skip
            cure = float(advance_cure(product.kinetics, cure, ROOM_C, 1.0))
    if in_canal_ml > 0.0:
        leaked = _with_leak(now, filling, in_canal_ml)
        thermal = warmed(
            thermal, places, now, leaked, entering_c=ROOM_C, entering_cure=cure, kinetics=product.kinetics,
            duration_s=1.0,
        )  # fmt: skip
    assert thermal is not None
    for _ in range(2400):
        before, thermal = thermal, still(thermal, product.kinetics, 1.0)
        if is_over(before, thermal):
            break
    return thermal


def _with_leak(now: GroundNow, filling: Filling, ml: float) -> Filling:
    """The filling with cement in the canal's voxels nearest the middle of the body."""
    middle = np.argwhere(now.body_mm < 0.0).mean(axis=0)
    canal = np.argwhere(np.isin(now.label, (Region.CANAL, Region.EPIDURAL_VEIN)))
    near = canal[np.argsort(((canal - middle) ** 2).sum(axis=1), kind="stable")]
    share_ml = 0.8 * now.grid.voxel_ml
    cement = filling.on_grid()
    cement[tuple(near[: round(ml / share_ml)].T)] += share_ml
    return Filling(filling.shape, (0, 0, 0), cement, np.zeros(filling.shape))

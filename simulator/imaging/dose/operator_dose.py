"""What a pulse gives the operator: hands in the direct beam, and scatter from the patient's skin.

Direct: inverse square, through the table, and through as much of the patient as lies on the way. Scatter: the
patient is a source at the entrance surface. Each part of it sends, at 1 m, a share of the kerma that it
receives, in proportion to its area and depending on the angle to the beam; more towards the tube than behind
the patient. Not in it: leakage of the tube, scatter from walls, aprons, gloves and shields.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anatomy.frames import FloatArray
from anatomy.tissue import SOFT
from simulator.imaging.beam.exposure import spectrum_at
from simulator.imaging.beam.spectrum import air_kerma_mgy_per_mas, attenuated
from simulator.imaging.dose.skin import Skin
from simulator.imaging.dose.skin_dose import Beam, through_table

_SCATTER_DEG = np.array([30.0, 45.0, 60.0, 90.0, 120.0, 135.0])
_SCATTER_KV = np.array([50.0, 70.0, 100.0, 125.0])
_SCATTER_SHARE = np.array(
    [
        [0.00050, 0.00020, 0.00025, 0.00035, 0.00080, 0.00100],
        [0.00065, 0.00035, 0.00035, 0.00050, 0.00100, 0.00130],
        [0.00150, 0.00120, 0.00120, 0.00130, 0.00200, 0.00220],
        [0.00180, 0.00150, 0.00150, 0.00150, 0.00230, 0.00250],
    ]
)
"""Scattered to incident kerma at 1 m for a field of 400 cm2, by kV and angle from the beam's direction (NCRP 49,
table B-2, after Trout & Kelley, Radiology 1972;104:161). *Unconfirmed*: from memory. About 1e-3, the rule of
thumb, holds for 90 degrees and errs on the safe side (Simpkin & Dixon, Health Phys 1998;74:350)."""

HAND_RADIUS_MM, HEAD_RADIUS_MM = 40.0, 100.0
"""Hand and head are spheres of this size where it matters whether the beam meets them (presets)."""
_NEAREST_MM = 30.0
"""No skin of a hand comes nearer to the scattering skin than this (preset)."""
_PARTS = 7
"""The field is cut into this many parts each way, and each scatters from where it enters."""
_THICKNESSES_MM = np.linspace(0.0, 600.0, 25)

Task = Literal["at the hub", "at the syringe", "at the table side"]

INJECTOR_REACH_MM = {"syringe": 80.0, "fillers": 100.0, "screw": 300.0}
"""How far from the hub hands inject, by injector (*unconfirmed* presets): a syringe on the cannula, a filler's
plunger, a pump behind its tubing."""
_TABLE_SIDE_MM, _HEAD_SIDE_MM, _HEAD_ABOVE_MM = 330.0, 420.0, 520.0
"""Where idle hands and the head are: beside the midline, and above it (*unconfirmed*: depends on the operator)."""
_CONTROLS_BELOW_MM = 300.0
"""Idle hands are at the table's controls, so far towards the feet: out of a lateral beam (*unconfirmed*)."""


@dataclass(frozen=True, eq=False)
class Operator:
    """hands_mm (n, 3) and head_mm (3,) in the patient frame."""

    hands_mm: FloatArray
    head_mm: FloatArray


@dataclass(frozen=True)
class OperatorDose:
    """Air kerma of a pulse, uGy, at the more exposed hand and at the head; whether a hand was in the beam."""

    hand_in_beam: bool
    hand_ugy: float
    head_ugy: float


def operator_at(
    task: Task,
    side_sign: float,
    level_mm: ArrayLike,
    *,
    hub_mm: ArrayLike | None = None,
    outward: ArrayLike | None = None,
    injector: str = "syringe",
) -> Operator:
    """Where an operator's hands and head are during a task, beside a prone patient.

    side_sign  +1 for one who stands at the patient's right, -1 at the left
    level_mm   (3,) the target, patient frame: the operator stands beside it
    hub_mm     (3,) hub of the cannula that is worked at, outward (3,) its unit vector out of the body; needed
               unless the hands are at the table side

    At the hub one hand holds it and the other is a hand's breadth further out, with the hammer. Raises
    ValueError for a task at a cannula without one. A proposal: nobody's hands were measured.
    """
    level = np.asarray(level_mm, dtype=float)
    head = level + (side_sign * _HEAD_SIDE_MM, -_HEAD_ABOVE_MM, 0.0)
    if task == "at the table side":
        controls = level + (side_sign * _TABLE_SIDE_MM, 0.0, -_CONTROLS_BELOW_MM)
        return Operator(np.array([controls - (0.0, 0.0, 50.0), controls + (0.0, 0.0, 50.0)]), head)
    if hub_mm is None or outward is None:
        raise ValueError(f"hands {task} need the hub of a cannula and its direction")
    hub, away = np.asarray(hub_mm, dtype=float), np.asarray(outward, dtype=float)
    first, second = (0.0, 90.0) if task == "at the hub" else (0.6, 1.0)
    if task == "at the syringe":
        first, second = (share * INJECTOR_REACH_MM[injector] for share in (first, second))
    return Operator(np.array([hub + first * away, hub + second * away]), head)


def scatter_share(kv: float, angle_deg: ArrayLike) -> FloatArray:
    """Scattered to incident kerma (...,) at 1 m for 400 cm2; 0 degrees is onwards, 180 back to the tube.

    Linear between the table's rows and columns, constant beyond them.
    """
    by_angle = np.array([np.interp(kv, _SCATTER_KV, column) for column in _SCATTER_SHARE.T])
    return np.asarray(np.interp(np.asarray(angle_deg, dtype=float), _SCATTER_DEG, by_angle))


def operator_dose(beam: Beam, skin: Skin, operator: Operator) -> OperatorDose:
    """What the pulses of a beam give an operator. Pure; in proportion to the beam's kerma."""
    people = np.concatenate([operator.hands_mm, operator.head_mm[None]])
    radii = np.array([HAND_RADIUS_MM] * len(operator.hands_mm) + [HEAD_RADIUS_MM])
    met = _meets(beam, people, radii)
    total = np.where(met, direct_mgy(beam, skin, people), 0.0) + scatter_mgy(beam, skin, people)
    hands = slice(0, len(operator.hands_mm))
    return OperatorDose(bool(met[hands].any()), 1e3 * float(total[hands].max()), 1e3 * float(total[-1]))


def direct_mgy(beam: Beam, skin: Skin, points_mm: FloatArray) -> FloatArray:
    """Air kerma (...,) that the primary would give at points (..., 3), in the field or not.

    What the patient lets through is taken as soft tissue on the whole way between the skins.
    """
    kerma = beam.kerma_mgy(points_mm) * through_table(beam, skin, points_mm)
    tissue, _ = skin.path_mm(beam.source_mm, points_mm)
    return kerma * _behind(beam.kv, tissue)


def scatter_mgy(beam: Beam, skin: Skin, points_mm: FloatArray) -> FloatArray:
    """Air kerma (n,) that the irradiated skin sends to points (n, 3)."""
    ends, area_share = _field_parts(beam)
    source = beam.source_mm
    _, entrance = skin.path_mm(source, ends)
    meets = np.isfinite(entrance)
    if not meets.any():
        return np.zeros(len(points_mm))
    length = np.linalg.norm(ends - source, axis=-1)
    onward = ((ends - source) / length[:, None])[meets]
    skin_points = source + entrance[meets, None] * onward
    depth = beam.depth_mm(skin_points)
    area_cm2 = area_share[meets] * (depth / beam.view.source_to_detector_mm) ** 2 / 100.0
    incident = beam.kerma_mgy(skin_points) * through_table(beam, skin, skin_points)
    away = points_mm[:, None] - skin_points
    distance = np.linalg.norm(away, axis=-1)
    cosine = np.sum(away * onward, axis=-1) / np.maximum(distance, 1e-9)
    share = scatter_share(beam.kv, np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
    reach = (1000.0 / np.maximum(distance, _NEAREST_MM)) ** 2
    return np.asarray(np.sum(incident * area_cm2 / 400.0 * share * reach, axis=-1))


def _field_parts(beam: Beam) -> tuple[FloatArray, FloatArray]:
    """Points (n, 3) at the detector that stand for parts of the field, and the area there of each, mm2."""
    field, view = beam.collimation, beam.view
    middle = (np.arange(_PARTS) + 0.5) / _PARTS - 0.5
    down, across = np.repeat(field.height_mm * middle, _PARTS), np.tile(field.width_mm * middle, _PARTS)
    open_ = np.full(down.shape, True)
    if field.iris_mm is not None:
        open_ = np.hypot(down, across) <= field.iris_mm / 2.0
    on_detector = np.stack([across, down, np.full(down.shape, view.source_to_detector_mm)], axis=-1)[open_]
    matrix = view.patient_from_beam
    part_mm2 = field.height_mm * field.width_mm / _PARTS**2
    return on_detector @ matrix[:3, :3].T + matrix[:3, 3], np.full(len(on_detector), part_mm2)


def _meets(beam: Beam, points_mm: FloatArray, radii_mm: FloatArray) -> NDArray[np.bool_]:
    """True (n,) where spheres about points (n, 3) reach into the open field, before the detector."""
    matrix, field = beam.view.beam_from_patient, beam.collimation
    across, down, depth = np.abs(points_mm @ matrix[:3, :3].T + matrix[:3, 3]).T
    in_front = (points_mm @ matrix[2, :3] + matrix[2, 3] > 0.0) & (depth < beam.view.source_to_detector_mm)
    reach = depth / beam.view.source_to_detector_mm
    past_blades = (down - 0.5 * field.height_mm * reach, across - 0.5 * field.width_mm * reach)
    beside = np.hypot(*(np.maximum(past, 0.0) for past in past_blades))
    if field.iris_mm is not None:
        beside = np.maximum(beside, np.hypot(down, across) - 0.5 * field.iris_mm * reach)
    return np.asarray(in_front & (beside <= radii_mm))


@lru_cache(maxsize=128)
def _tissue_curve(kv: float) -> FloatArray:
    """Logarithm of the share of air kerma that soft tissue lets through, for thicknesses of _THICKNESSES_MM."""
    entrance = spectrum_at(kv)
    per_mm = 0.1 * SOFT.density_g_cm3
    left = [air_kerma_mgy_per_mas(attenuated(entrance, {SOFT: per_mm * mm})) for mm in _THICKNESSES_MM]
    return np.log(np.array(left) / left[0])


def _behind(kv: float, tissue_mm: FloatArray) -> FloatArray:
    """Share (...,) of air kerma that thicknesses (...,) of soft tissue let through."""
    return np.asarray(np.exp(np.interp(tissue_mm, _THICKNESSES_MM, _tissue_curve(kv))))

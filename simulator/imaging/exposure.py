"""Technique of a pulse, how the machine chooses it, and the dose it gives.

Automatic exposure follows a programmed curve, as real machines do (AAPM TG-125): tube potential rises with the
patient's thickness in the beam, then mAs is set so that the detector gets its dose behind the patient, within
what the tube can give. Curve and limits are unconfirmed presets in the range of physics D1 (frontal 70 to 80
kV, lateral 80 to 95, up to 110; 10 to 60 mA pulsed).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from anatomy.tissue import SOFT
from anatomy.volume import Volume, sample
from simulator.imaging.scatter import GRID_PRIMARY_TRANSMISSION
from simulator.imaging.spectrum import Spectrum, air_kerma_mgy_per_mas, attenuated, tube_spectrum
from simulator.imaging.view import View

ALUMINIUM_MM, COPPER_MM = 4.0, 0.1  # total filtration of a mobile C-arm (physics D1, unconfirmed)
DETECTOR_NGY = 30.0
"""Kerma per pulse behind patient and grid at which the detector is run; 5 to 35 nGy a frame (physics D1)."""
KV_AT_200_MM, KV_PER_MM = 76.0, 0.17
KV_LIMITS = (55.0, 110.0)
MAS_LIMITS = (0.005, 0.9)
REFERENCE_POINT_MM = 150.0
"""The interventional reference point lies this far from the isocentre towards the tube (IEC 60601-2-43)."""


@dataclass(frozen=True)
class Technique:
    """One pulse: tube potential and charge."""

    kv: float
    mas: float


@lru_cache(maxsize=256)
def spectrum_at(kv: float) -> Spectrum:
    """The C-arm's spectrum at a tube potential, filtered, at 1 m."""
    return tube_spectrum(kv, ALUMINIUM_MM, COPPER_MM)


def automatic_technique(tissue_mm: float, source_to_detector_mm: float) -> Technique:
    """The technique for a thickness of soft tissue in the middle of the field.

    kV in whole numbers. At the limit of the tube the picture stays underexposed, as in life.
    """
    kv = float(np.clip(round(KV_AT_200_MM + KV_PER_MM * (tissue_mm - 200.0)), *KV_LIMITS))
    behind = attenuated(spectrum_at(kv), {SOFT: 0.1 * tissue_mm * SOFT.density_g_cm3})
    per_mas = air_kerma_mgy_per_mas(behind, source_to_detector_mm) * GRID_PRIMARY_TRANSMISSION
    wanted = DETECTOR_NGY * 1e-6 / per_mas
    return Technique(kv, float(np.clip(float(f"{wanted:.3g}"), *MAS_LIMITS)))


def tissue_in_beam_mm(soft: Volume, adipose: Volume, view: View) -> float:
    """Soft-tissue equivalent thickness, mm, over the middle third of the field: what the machine measures.

    Mean over 5 x 5 rays through the coarse volumes, sampled every 3 mm; fat counts by its attenuation near 60
    keV (0.964 of muscle's per gram, physics D5). Metal and cement do not enter this first model.
    """
    rows, columns = view.shape
    r, c = np.meshgrid(np.linspace(0.33, 0.67, 5) * rows, np.linspace(0.33, 0.67, 5) * columns, indexing="ij")
    ends = np.stack([r.ravel(), c.ravel(), np.ones(25)], axis=-1) @ view.ray_matrix_patient().T
    length = float(np.linalg.norm(ends, axis=1).mean())
    share = np.arange(3.0, length, 3.0) / length
    points = view.source_patient_mm + share[:, None, None] * ends
    density = sample(soft, points) / SOFT.density_g_cm3 + 0.964 * sample(adipose, points) / SOFT.density_g_cm3
    return float(density.sum(axis=0).mean() * 3.0)


@dataclass(frozen=True)
class Dose:
    """Dose of one pulse: air kerma at the reference point, mGy, and dose-area product, Gy cm2."""

    reference_kerma_mgy: float
    area_product_gycm2: float


def dose_of(
    technique: Technique,
    field_mm: tuple[float, float],
    source_to_detector_mm: float,
    source_to_isocentre_mm: float,
) -> Dose:
    """Dose of a pulse with a field (height, width) at the detector. Kerma times area is equal everywhere."""
    at_reference = _kerma_per_mas(technique.kv, source_to_isocentre_mm - REFERENCE_POINT_MM)
    at_detector = _kerma_per_mas(technique.kv, source_to_detector_mm)
    area_cm2 = field_mm[0] * field_mm[1] / 100.0
    return Dose(technique.mas * at_reference, technique.mas * at_detector * 1e-3 * area_cm2)


@lru_cache(maxsize=256)
def _kerma_per_mas(kv: float, distance_mm: float) -> float:
    return air_kerma_mgy_per_mas(spectrum_at(kv), distance_mm)


def mean_exit_spectrum(technique: Technique, tissue_mm: float) -> Spectrum:
    """The spectrum behind a typical ray: what weighs the quanta."""
    return attenuated(spectrum_at(technique.kv), {SOFT: 0.1 * tissue_mm * SOFT.density_g_cm3})

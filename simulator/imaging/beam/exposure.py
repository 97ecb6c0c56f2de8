"""Technique of a pulse, the curves along which the machine chooses it, and the dose it gives.

Automatic exposure follows a programmed curve, as real machines do (AAPM TG-125): tube potential rises with the
thickness of soft tissue that the machine takes the patient for, then mAs is set so that the detector gets its
dose behind that much tissue. Where the generator or the law allows no more mAs, potential rises beyond the curve;
at the end of that the picture stays underexposed. How the machine comes to its idea of the thickness is in
``brightness``.

Curves, limits of the generator and detector doses are unconfirmed presets in the range of physics D1 (frontal 70
to 80 kV, lateral 80 to 95, up to 110; 2 to 6 mA continuous, 10 to 60 mA pulsed; 5 to 35 nGy a frame).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np

from anatomy.frames import FloatArray
from anatomy.tissue import SOFT
from anatomy.volume import Volume, sample
from simulator.imaging.beam.attenuation import air_energy_absorption_cm2_g, mass_attenuation_cm2_g
from simulator.imaging.beam.scatter import GRID_PRIMARY_TRANSMISSION
from simulator.imaging.beam.spectrum import Spectrum, air_kerma_mgy_per_mas, attenuated, tube_spectrum
from simulator.imaging.collimation import Collimation
from simulator.imaging.view import View

Mode = Literal["pulsed", "continuous"]
DoseLevel = Literal["normal", "half"]
CurveName = Literal["standard", "high contrast"]

ALUMINIUM_MM, COPPER_MM = 4.0, 0.1  # total filtration of a mobile C-arm (physics D1, unconfirmed)
DETECTOR_NGY = 30.0
"""Kerma per pulse behind patient and grid at which the detector is run; 5 to 35 nGy a frame (physics D1)."""
DOSE_SHARES: dict[DoseLevel, float] = {"normal": 1.0, "half": 0.5}
CONTINUOUS_FRAMES_PER_S = 30.0
CONTINUOUS_SHARE = 1.0 / 3.0
"""Detector dose of a continuous frame against a pulse: 10 nGy 30 times a second are 0.3 uGy/s, within the 0.11 to
0.44 uGy/s of a C-arm of the continuous kind (physics D1); the share itself is unconfirmed."""
REFERENCE_POINT_MM = 150.0
"""The interventional reference point lies this far from the isocentre towards the tube (IEC 60601-2-43)."""
ENTRANCE_LIMIT_MGY_MIN = 88.0
"""Highest entrance air kerma rate in normal mode: 10 R/min (21 CFR 1020.32; physics D1) ..."""
ENTRANCE_BEFORE_DETECTOR_MM = 300.0
"""... where a C-arm's is measured: 30 cm before the detector (the same paragraph)."""
_FRAME_MS = 1000.0 / CONTINUOUS_FRAMES_PER_S
_NODE_MM = 5.0


@dataclass(frozen=True)
class Technique:
    """One pulse: tube potential, charge, and the time in which it flows."""

    kv: float
    mas: float
    pulse_ms: float = 8.0

    @property
    def ma(self) -> float:
        """Tube current while the pulse lasts, mA."""
        return 1000.0 * self.mas / self.pulse_ms


@dataclass(frozen=True)
class Curve:
    """Tube potential against the thickness of tissue: a straight line between two ends (unconfirmed presets)."""

    kv_at_200_mm: float
    kv_per_mm: float
    kv_limits: tuple[float, float]

    def kv(self, tissue_mm: float) -> float:
        """Whole kilovolts for a thickness, as on a machine's display, so that spectra repeat."""
        wanted = round(self.kv_at_200_mm + self.kv_per_mm * (tissue_mm - 200.0))
        return float(np.clip(wanted, *self.kv_limits))


CURVES: dict[CurveName, Curve] = {
    "standard": Curve(76.0, 0.17, (55.0, 110.0)),
    "high contrast": Curve(66.0, 0.12, (50.0, 90.0)),
}
"""Standard; and one that keeps the potential low for contrast of bone, at the price of skin dose. The half-dose
programme is the standard curve at half the detector dose (``DOSE_SHARES``), and so for every curve."""


@dataclass(frozen=True)
class Generator:
    """What tube and generator can give in a pulse (unconfirmed presets; ranges of mA from physics D1).

    pulse_ms is the shortest and the longest pulse, usual_pulse_ms the one that is used while mA has its range.
    """

    ma: tuple[float, float]
    pulse_ms: tuple[float, float]
    usual_pulse_ms: float
    power_kw: float

    def highest_ma(self, kv: float) -> float:
        """Limit of the current, or of the power at this potential, mA."""
        return min(self.ma[1], 1000.0 * self.power_kw / kv)

    def mas_limits(self, kv: float) -> tuple[float, float]:
        """Least and most charge of a pulse."""
        return 1e-3 * self.ma[0] * self.pulse_ms[0], 1e-3 * self.highest_ma(kv) * self.pulse_ms[1]

    def technique(self, kv: float, mas: float) -> Technique:
        """The pulse that gives this charge: first by its current, beyond the current's range by its length."""
        ma = float(np.clip(1000.0 * mas / self.usual_pulse_ms, self.ma[0], self.highest_ma(kv)))
        return Technique(kv, mas, round(1000.0 * mas / ma, 3))


GENERATORS: dict[Mode, Generator] = {
    "pulsed": Generator((1.0, 60.0), (5.0, 15.0), 8.0, 6.0),
    "continuous": Generator((0.2, 6.0), (_FRAME_MS, _FRAME_MS), _FRAME_MS, 6.0),
}


@dataclass(frozen=True)
class Programme:
    """What the operator has chosen. frames_per_s is None for a single shot, which no rate limits."""

    curve: CurveName = "standard"
    dose_level: DoseLevel = "normal"
    mode: Mode = "pulsed"
    magnification: float = 1.0
    frames_per_s: float | None = None

    @property
    def detector_ngy(self) -> float:
        """Kerma of a frame at the detector. It rises with magnification, in proportion (unconfirmed preset):
        a smaller part of the panel fills the picture, and noise would show more."""
        share = CONTINUOUS_SHARE if self.mode == "continuous" else 1.0
        return DETECTOR_NGY * DOSE_SHARES[self.dose_level] * share * self.magnification


def technique_for(tissue_mm: float, source_to_detector_mm: float, programme: Programme) -> Technique:
    """The technique that a programme takes behind a thickness of soft tissue, within all limits."""
    curve, generator = CURVES[programme.curve], GENERATORS[programme.mode]
    kv = curve.kv(tissue_mm)
    while True:
        least, most = generator.mas_limits(kv)
        most = min(most, _lawful_mas(kv, source_to_detector_mm, programme.frames_per_s))
        wanted = programme.detector_ngy / detector_ngy_per_mas(kv, tissue_mm, source_to_detector_mm)
        if wanted <= most or kv >= curve.kv_limits[1]:
            return generator.technique(kv, float(f"{np.clip(wanted, least, most):.4g}"))
        kv += 1.0


def automatic_technique(tissue_mm: float, source_to_detector_mm: float) -> Technique:
    """The technique of a single shot behind a thickness of soft tissue: standard curve, normal dose."""
    return technique_for(tissue_mm, source_to_detector_mm, Programme())


def detector_ngy_per_mas(kv: float, tissue_mm: float, source_to_detector_mm: float) -> float:
    """Kerma of the primary behind soft tissue and grid, nGy per mAs."""
    left = float(np.exp(np.interp(tissue_mm, *_log_kerma_left(kv))))
    return 1e6 * left * _kerma_per_mas(kv, source_to_detector_mm) * GRID_PRIMARY_TRANSMISSION


def lawful(held: Technique, source_to_detector_mm: float, programme: Programme) -> Technique:
    """A technique that is held by hand, with as much of its charge as the entrance air kerma rate allows."""
    most = _lawful_mas(held.kv, source_to_detector_mm, programme.frames_per_s)
    return held if held.mas <= most else replace(held, mas=most, pulse_ms=held.pulse_ms * most / held.mas)


def _lawful_mas(kv: float, source_to_detector_mm: float, frames_per_s: float | None) -> float:
    """Charge of a frame at which the entrance air kerma rate reaches its limit."""
    if frames_per_s is None:
        return np.inf
    per_mas = _kerma_per_mas(kv, source_to_detector_mm - ENTRANCE_BEFORE_DETECTOR_MM)
    return ENTRANCE_LIMIT_MGY_MIN / (60.0 * frames_per_s * per_mas)


@lru_cache(maxsize=256)
def spectrum_at(kv: float) -> Spectrum:
    """The C-arm's spectrum at a tube potential, filtered, at 1 m."""
    return tube_spectrum(kv, ALUMINIUM_MM, COPPER_MM)


@lru_cache(maxsize=256)
def _log_kerma_left(kv: float) -> tuple[FloatArray, FloatArray]:
    """Thicknesses of soft tissue, mm, and the logarithm of the share of kerma that is left behind them.

    Straight lines between half centimetres are within 0.1 % of the exponentials.
    """
    spectrum, nodes_mm = spectrum_at(kv), np.arange(0.0, 601.0, _NODE_MM)
    energies = spectrum.energies_kev
    left = np.exp(-0.1 * SOFT.density_g_cm3 * np.multiply.outer(nodes_mm, mass_attenuation_cm2_g(SOFT, energies)))
    kerma = left @ (spectrum.photons_mm2_per_mas * energies * air_energy_absorption_cm2_g(energies))
    return nodes_mm, np.log(kerma / kerma[0])


def tissue_in_beam_mm(soft: Volume, adipose: Volume, view: View) -> float:
    """Soft-tissue equivalent thickness, mm, over the middle third of the field, without bone and instruments.

    Mean over 5 x 5 rays through the coarse volumes, sampled every 3 mm; fat counts by its attenuation near 60
    keV (0.964 of muscle's per gram, physics D5). For pictures of a patient alone; a session measures the signal
    (``brightness``).
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
    *,
    iris_mm: float | None = None,
) -> Dose:
    """Dose of a pulse with a field (height, width) and an iris at the detector. Kerma times area is equal
    everywhere along the beam."""
    at_reference = _kerma_per_mas(technique.kv, source_to_isocentre_mm - REFERENCE_POINT_MM)
    at_detector = _kerma_per_mas(technique.kv, source_to_detector_mm)
    area_cm2 = Collimation(*field_mm, iris_mm).area_mm2 / 100.0
    return Dose(technique.mas * at_reference, technique.mas * at_detector * 1e-3 * area_cm2)


@lru_cache(maxsize=512)
def _kerma_per_mas(kv: float, distance_mm: float) -> float:
    return air_kerma_mgy_per_mas(spectrum_at(kv), distance_mm)


def mean_exit_spectrum(technique: Technique, tissue_mm: float) -> Spectrum:
    """The spectrum behind a typical ray: what weighs the quanta."""
    return attenuated(spectrum_at(technique.kv), {SOFT: 0.1 * tissue_mm * SOFT.density_g_cm3})

"""X-ray spectra: from tube potential and filtration, their quality, and a few energies that stand for them.

A spectrum is a list of photon energies and how many photons of each arrive per mm2 and mAs at 1 m from the
focus. The unfiltered tube comes from a table (see ``tube_table``); everything between the anode and that
point, the metre of air included, is Beer-Lambert filtration applied here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from anatomy.tissue import IODINE, MINERAL, PLATINUM, SOFT, STEEL, Material
from simulator.imaging.beam.attenuation import (
    AIR,
    ALUMINIUM,
    COPPER,
    air_energy_absorption_cm2_g,
    cement_material,
    mass_attenuation_cm2_g,
)
from simulator.imaging.beam.few_energies import few_columns
from simulator.imaging.beam.tube_table import DEFAULT_ANODE_DEG, unfiltered_photons

FloatArray = NDArray[np.float64]

REFERENCE_DISTANCE_MM = 1000.0
ENERGY_COUNTS = range(7, 13)
FITTED_ERROR = 0.006
"""Error at which energies are enough on the paths of the fit; on other paths it is up to 1.7 times as large."""
SEEN_SHARE = 1e-7
"""Share of the open beam's signal below which a path is black: a thousandth of a quantum a pixel and pulse."""
MGY_CM2_G_MM2_PER_KEV = 1.602177e-8
"""One keV per mm2 times a coefficient in cm2/g, in mGy."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Photons of each energy: energies_kev (n,) increasing, photons_mm2_per_mas (n,) at 1 m from the focus.

    The energies are the centres of 1 keV bins, or the few that ``effective_bins`` chose; every formula is the
    same sum over them.
    """

    energies_kev: FloatArray
    photons_mm2_per_mas: FloatArray

    def __post_init__(self) -> None:
        energies = np.array(self.energies_kev, dtype=float)
        photons = np.array(self.photons_mm2_per_mas, dtype=float)
        if energies.ndim != 1 or energies.shape != photons.shape or energies.size == 0:
            raise ValueError(f"a spectrum needs as many photons {photons.shape} as energies {energies.shape}")
        if np.any(np.diff(energies) <= 0.0) or np.any(energies <= 0.0):
            raise ValueError("energies of a spectrum must be positive and increasing")
        if not np.all(np.isfinite(photons)) or np.any(photons < 0.0):
            raise ValueError("photons of a spectrum must be finite and not negative")
        energies.setflags(write=False)
        photons.setflags(write=False)
        object.__setattr__(self, "energies_kev", energies)
        object.__setattr__(self, "photons_mm2_per_mas", photons)


def tube_spectrum(
    kv: float, aluminium_mm: float, copper_mm: float, *, anode_deg: int = DEFAULT_ANODE_DEG
) -> Spectrum:
    """Spectrum of a tungsten tube at kv (40 to 120) behind total filtration and one metre of air.

    aluminium_mm counts the tube's own equivalent filtration too (a bare tube has none that is not aluminium
    equivalent). anode_deg is the target angle, 8, 10 or 12: the steeper the target, the more of its own
    tungsten hardens the beam. The spectrum ends at kv exactly; K lines appear above the tungsten K edge only.
    Raises ValueError outside the table or for negative filtration.
    """
    if min(aluminium_mm, copper_mm) < 0.0:
        raise ValueError(f"filtration cannot be negative, got {aluminium_mm} mm Al, {copper_mm} mm Cu")
    paths = {
        ALUMINIUM: 0.1 * aluminium_mm * ALUMINIUM.density_g_cm3,
        COPPER: 0.1 * copper_mm * COPPER.density_g_cm3,
        AIR: 0.1 * REFERENCE_DISTANCE_MM * AIR.density_g_cm3,
    }
    return attenuated(Spectrum(*unfiltered_photons(kv, anode_deg)), paths)


def attenuated(spectrum: Spectrum, path_g_cm2: Mapping[Material, float]) -> Spectrum:
    """The spectrum behind paths of materials, each in g/cm2 (density times length): Beer-Lambert."""
    exponent = np.zeros_like(spectrum.energies_kev)
    for material, path in path_g_cm2.items():
        exponent += path * mass_attenuation_cm2_g(material, spectrum.energies_kev)
    return Spectrum(spectrum.energies_kev, spectrum.photons_mm2_per_mas * np.exp(-exponent))


def mean_energy_kev(spectrum: Spectrum) -> float:
    """Mean photon energy, keV."""
    return float(np.average(spectrum.energies_kev, weights=spectrum.photons_mm2_per_mas))


def air_kerma_mgy_per_mas(spectrum: Spectrum, distance_mm: float = REFERENCE_DISTANCE_MM) -> float:
    """Air kerma free in air at distance_mm from the focus, mGy per mAs (inverse square, no further air)."""
    if distance_mm <= 0.0:
        raise ValueError(f"distance_mm must be positive, got {distance_mm}")
    per_photon = spectrum.energies_kev * air_energy_absorption_cm2_g(spectrum.energies_kev)
    kerma = MGY_CM2_G_MM2_PER_KEV * float(spectrum.photons_mm2_per_mas @ per_photon)
    return kerma * (REFERENCE_DISTANCE_MM / distance_mm) ** 2


def photons_mm2_per_mgy(spectrum: Spectrum) -> float:
    """Photons per mm2 that make one mGy of air kerma: links exposure targets to quanta."""
    return float(spectrum.photons_mm2_per_mas.sum()) / air_kerma_mgy_per_mas(spectrum)


def half_value_layer_mm_al(spectrum: Spectrum) -> float:
    """Aluminium, mm, that halves the air kerma of a narrow beam."""
    energies = spectrum.energies_kev
    kerma = spectrum.photons_mm2_per_mas * energies * air_energy_absorption_cm2_g(energies)
    per_mm = 0.1 * ALUMINIUM.density_g_cm3 * mass_attenuation_cm2_g(ALUMINIUM, energies)

    def excess(aluminium_mm: float) -> float:
        return float(kerma @ np.exp(-per_mm * aluminium_mm) / kerma.sum()) - 0.5

    return float(brentq(excess, 0.0, 100.0, xtol=1e-6))


def effective_bins(
    spectrum: Spectrum,
    count: int | None = None,
    *,
    response: Callable[[FloatArray], FloatArray] | None = None,
) -> Spectrum:
    """Few energies whose weighted sum gives the same detector signal as the whole spectrum, within 1 %.

    count     at most so many energies; by default the fewest of 7 to 12 that keep FITTED_ERROR
    response  maps energies (n,) to the mean signal of one photon; by default the photon's energy

    The energies are a subset of the spectrum's own, so each sits on its true side of every K edge (I 33.17, Cs
    35.98, Ba 37.44, Pt 78.39 keV); which, and with what weights, says ``few_energies``. Their sum is fitted over
    ``_PATHS``: 0 to 45 cm of soft tissue with up to 40 mm of dense bone, 20 mm of barium cement, 5 mm of steel,
    balloon contrast and marker platinum in any combination, where more than SEEN_SHARE of the beam is left.

    Largest error in per cent on 3640 other such paths, behind 2.5 Al, 3 Al + 0.1 Cu, 4 + 0.1, 4.5 + 0.3 and 3 +
    0.9 mm (the root mean square is a third to a half of it):

        =========  ====  ====  ====  ====  ====  ===============
        energies      6     7     8    10    12  default
        =========  ====  ====  ====  ====  ====  ===============
        45-55 kV    8.3   4.4   2.1   0.4   0.4  0.7, by 7 to 10
        60-65 kV    5.2   1.8   1.3   0.3   0.1  0.5, by 7 to 10
        70-120 kV   5.3   1.6   0.9   0.3   0.1  0.6, by 7 to 10
        =========  ====  ====  ====  ====  ====  ===============

    Behind 4 mm Al + 0.1 mm Cu the default is 7 or 8 energies from 70 to 110 kV.

    Takes 30 to 280 ms: keep the answer while the technique holds.
    """
    if count is not None and count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    energies, photons = spectrum.energies_kev, spectrum.photons_mm2_per_mas
    per_photon = energies if response is None else np.asarray(response(energies), dtype=float)
    attenuation = np.stack([mass_attenuation_cm2_g(material, energies) for material in _PATH_MATERIALS])
    signal = np.exp(-_PATHS @ attenuation) * (photons * per_photon)
    whole = signal.sum(axis=1)
    if not whole.max() > 0.0:
        raise ValueError("a spectrum without photons, or a response of zero, has no effective energies")
    seen = whole > SEEN_SHARE * whole.max()
    shares = signal[seen] / whole[seen, None]
    useful = np.flatnonzero(shares.max(axis=0) > 1e-6)
    for tried in ENERGY_COUNTS if count is None else (count,):
        columns, weights, error = few_columns(shares[:, useful], tried)
        if error <= FITTED_ERROR:
            break
    kept = useful[columns]
    return Spectrum(energies[kept], photons[kept] * weights)


_PATH_MATERIALS = (SOFT, MINERAL, cement_material(), STEEL, IODINE, PLATINUM)
_PATH_LIMITS_G_CM2 = np.array([47.7, 4.2, 2.78, 3.97, 0.45, 0.3])
"""45 cm of tissue; 40 mm of bone with 1.05 g/cm3 of mineral; 20 mm cement; 5 mm steel; 15 mm of contrast with
300 mg I/ml; 0.14 mm of platinum (balloon markers)."""


def _training_paths() -> FloatArray:
    """Paths (n, materials) in g/cm2: every corner of the range, mixtures from a fixed sequence, each alone."""
    part, ends = [0.0, 0.4, 1.0], [0.0, 1.0]
    corners = np.array(list(product(part, part, part, part, ends, ends)))
    sequence = np.random.default_rng(20_001)
    mixed = sequence.random((900, 6)) * (sequence.random((900, 6)) < np.array([1.0, 0.7, 0.4, 0.3, 0.2, 0.2]))
    mixed[:300] **= 0.7
    # Alone or behind little tissue a material with a K edge in the spectrum is the hardest to stand for.
    alone = np.kron(np.linspace(0.05, 0.95, 10)[:, None], np.eye(6))
    little_tissue = np.maximum(alone, [0.03, 0.0, 0.0, 0.0, 0.0, 0.0])
    return np.concatenate([corners, mixed, alone, little_tissue]) * _PATH_LIMITS_G_CM2


_PATHS = _training_paths()

"""X-ray spectra: from tube potential and filtration, their quality, and a few energies that stand for them.

A spectrum is a list of photon energies and how many photons of each arrive per mm2 and mAs at 1 m from the
focus. The unfiltered tube comes from a table (see ``tabulate_spectra``); everything between the anode and
that point, the metre of air included, is Beer-Lambert filtration applied here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, nnls

from anatomy.tissue import IODINE, MINERAL, PLATINUM, SOFT, STEEL, Material
from simulator.imaging.attenuation import (
    AIR,
    ALUMINIUM,
    COPPER,
    air_energy_absorption_cm2_g,
    cement_material,
    mass_attenuation_cm2_g,
)

FloatArray = NDArray[np.float64]

KV_RANGE = (40.0, 120.0)
TUNGSTEN_K_EDGE_KEV = 69.525
REFERENCE_DISTANCE_MM = 1000.0
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


def tube_spectrum(kv: float, aluminium_mm: float, copper_mm: float) -> Spectrum:
    """Spectrum of a tungsten tube at kv (40 to 120) behind total filtration and one metre of air.

    aluminium_mm counts the tube's own equivalent filtration too (a bare tube has none that is not aluminium
    equivalent). The spectrum ends at kv exactly; K lines appear above the tungsten K edge only. Between the
    table's whole kV it is interpolated linearly, within 0.1 % of the model but for the last five bins (3 %).
    Raises ValueError outside the table or for negative filtration.
    """
    if min(aluminium_mm, copper_mm) < 0.0:
        raise ValueError(f"filtration cannot be negative, got {aluminium_mm} mm Al, {copper_mm} mm Cu")
    paths = {
        ALUMINIUM: 0.1 * aluminium_mm * ALUMINIUM.density_g_cm3,
        COPPER: 0.1 * copper_mm * COPPER.density_g_cm3,
        AIR: 0.1 * REFERENCE_DISTANCE_MM * AIR.density_g_cm3,
    }
    return attenuated(_unfiltered(kv), paths)


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
    count: int = 12,
    *,
    response: Callable[[FloatArray], FloatArray] | None = None,
) -> Spectrum:
    """At most count energies whose weighted sum gives the same detector signal as the whole spectrum.

    response maps energies (n,) to the mean signal of one photon; by default the photon's energy. The energies
    are a subset of the spectrum's own, so each sits on its true side of every K edge (I 33.17, Cs 35.98, Ba
    37.44, Pt 78.39 keV). They are found by dropping, one by one, the energy that costs least, from a few
    thinned lists of candidates, of which the best result is taken; the weights are photons refitted, never
    negative, for the smallest largest relative error over ``_PATHS``: 0 to 35 cm of soft tissue with up to 40
    mm of dense bone, 20 mm of barium cement, 5 mm of steel, balloon contrast and marker platinum in any
    combination. A path that leaves less than 1e-8 of the beam does not count.

    Measured on thousands of other such paths, 12 energies, 40 to 120 kV, 2.5 to 4.5 mm Al with 0 to 0.9 mm
    Cu: largest error of the signal 0.5 %, typically 0.1 % (below 60 kV where at least 1e-7 of the beam is
    left). Takes 10 to 75 ms: keep the answer while the technique holds.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    energies, photons = spectrum.energies_kev, spectrum.photons_mm2_per_mas
    per_photon = energies if response is None else np.asarray(response(energies), dtype=float)
    attenuation = np.stack([mass_attenuation_cm2_g(material, energies) for material in _PATH_MATERIALS])
    signal = np.exp(-_PATHS @ attenuation) * (photons * per_photon)
    whole = signal.sum(axis=1)
    if not whole.max() > 0.0:
        raise ValueError("a spectrum without photons, or a response of zero, has no effective energies")
    seen = whole > 1e-8 * whole.max()
    shares = signal[seen] / whole[seen, None]
    useful = np.flatnonzero(shares.max(axis=0) > 1e-7)
    # Thinning saves time; a spectrum with few energies cannot spare any. No list may be
    # empty: nnls of scipy 1.17 crashes on a matrix without columns.
    strides = (2, 3) if len(useful) > 3 * count else (1, 2) if len(useful) > count else (1,)
    fits = []
    for candidates in (useful[first::stride] for stride in strides for first in range(stride)):
        kept = _without_cheapest(shares, candidates, count)
        fits.append((*_minimax_weights(shares[:, kept]), kept))
    _, weights, kept = min(fits, key=lambda fit: fit[0])
    return Spectrum(energies[kept[weights > 0.0]], (photons[kept] * weights)[weights > 0.0])


def _without_cheapest(shares: FloatArray, kept: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Indices of count columns of shares (paths, n) that still best combine to a column of ones.

    Dropping column i of a least-squares fit x adds x_i**2 / (G^-1)_ii to its squared error (Gram matrix G).
    """
    gram, target = shares.T @ shares, shares.sum(axis=0)
    while len(kept) > count:
        inverse = np.linalg.pinv(gram[np.ix_(kept, kept)], rcond=1e-13, hermitian=True)
        cost = (inverse @ target[kept]) ** 2 / np.maximum(np.diag(inverse), np.finfo(float).tiny)
        kept = np.delete(kept, np.argmin(cost))
    return kept


def _minimax_weights(shares: FloatArray) -> tuple[float, FloatArray]:
    """Largest error, and the weights (n,) >= 0 whose sum over shares (paths, n) keeps it small.

    Least squares, repeated with more weight on the paths that fit worst (Lawson 1961); the best round wins.
    """
    emphasis = np.ones(len(shares))
    best, least = np.zeros(shares.shape[1]), np.inf
    for _ in range(12):
        weights, _ = nnls(shares * np.sqrt(emphasis)[:, None], np.sqrt(emphasis))
        error = np.abs(shares @ weights - 1.0)
        worst = float(error.max())
        if worst < least:
            best, least = weights, worst
        if worst < 1e-9:
            break
        emphasis *= error / worst + 0.02
        emphasis /= emphasis.mean()
    return least, best


_PATH_MATERIALS = (SOFT, MINERAL, cement_material(), STEEL, IODINE, PLATINUM)
_PATH_LIMITS_G_CM2 = np.array([37.1, 4.2, 2.78, 3.97, 0.45, 0.3])
"""35 cm of tissue; 40 mm of bone with 1.05 g/cm3 of mineral; 20 mm cement; 5 mm steel; 15 mm of contrast with
300 mg I/ml; 0.14 mm of platinum (balloon markers)."""


def _training_paths() -> FloatArray:
    """Paths (1224, materials) in g/cm2: every corner of the range, and mixtures from a fixed sequence."""
    part, ends = [0.0, 0.4, 1.0], [0.0, 1.0]
    corners = np.array(list(product(part, part, part, part, ends, ends)))
    sequence = np.random.default_rng(20_001)
    mixed = sequence.random((900, 6)) * (sequence.random((900, 6)) < np.array([1.0, 0.7, 0.4, 0.3, 0.2, 0.2]))
    mixed[:300] **= 0.7
    return np.concatenate([corners, mixed]) * _PATH_LIMITS_G_CM2


_PATHS = _training_paths()


def _unfiltered(kv: float) -> Spectrum:
    low, high = KV_RANGE
    if not low <= kv <= high:
        raise ValueError(f"tube potential must lie between {low:g} and {high:g} kV, got {kv}")
    continuum, lines = _table()
    whole, part = int(kv), kv - int(kv)
    column = whole - int(low)
    photons = continuum[:whole, column]
    centres = np.arange(0.5, whole)
    if part > 0.0:
        # The tip of the spectrum falls to zero linearly, so a bin filled to a part holds the part squared.
        body = (1.0 - part) * photons + part * continuum[:whole, column + 1]
        photons = np.append(body, part**2 * continuum[whole, column + 1])
        centres = np.append(centres, whole + 0.5 * part)
    return Spectrum(centres, photons + _lines_at(kv, lines)[: len(photons)])


def _lines_at(kv: float, lines: FloatArray) -> FloatArray:
    """K lines (120,) at kv: none up to the K edge, from there to 70 kV and between whole kV linear."""
    if kv <= TUNGSTEN_K_EDGE_KEV:
        return np.zeros(len(lines))
    table_kv = np.arange(70, int(KV_RANGE[1]) + 1, dtype=float)
    nodes = np.concatenate([[TUNGSTEN_K_EDGE_KEV], table_kv])
    columns = lines[:, -len(table_kv) :]
    values = np.concatenate([np.zeros((len(lines), 1)), columns], axis=1)
    right = int(np.clip(np.searchsorted(nodes, kv), 1, len(nodes) - 1))
    share = (kv - nodes[right - 1]) / (nodes[right] - nodes[right - 1])
    return (1.0 - share) * values[:, right - 1] + share * values[:, right]


@lru_cache(maxsize=1)
def _table() -> tuple[FloatArray, FloatArray]:
    """Continuum and K lines (120 bins, 81 kV), photons per mm2 and mAs."""
    text = (resources.files("simulator.imaging") / "data" / "tungsten_spectra.csv").read_text(encoding="ascii")
    rows = [line.split(",") for line in text.splitlines() if not line.startswith("#")]
    steps = [float(kv) for kv in rows[0][2:]]
    low, high = KV_RANGE
    if steps != list(np.arange(low, high + 1.0)):
        raise ValueError("tungsten_spectra.csv does not cover 40 to 120 kV; make it again with tabulate_spectra")
    parts = {"continuum": np.zeros((int(high), len(steps))), "k_lines": np.zeros((int(high), len(steps)))}
    for part, energy_kev, *values in rows[1:]:
        parts[part][int(float(energy_kev))] = [float(value) for value in values]
    for array in parts.values():
        array.setflags(write=False)
    return parts["continuum"], parts["k_lines"]

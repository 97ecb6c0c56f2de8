"""Automatic brightness control: what the measuring field sees, and how the machine follows it.

The machine measures the mean signal of a field in the middle of the panel, behind everything in the beam and with
the scatter that comes along. From its own output and that signal it reckons how much soft tissue would let
through as much, and takes the technique for that thickness (``exposure.technique_for``). Its idea of the
thickness follows what it measures exponentially with SETTLING_S, in seconds of beam: since signal falls
exponentially with thickness, the logarithm of the signal settles in the same way (AAPM TG-125; the 0.3 to 1 s of
physics D1, unconfirmed). A needle, cement or the open beam beside the patient are tissue to it like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from anatomy.frames import FloatArray
from anatomy.tissue import SOFT, Material
from simulator.imaging.beam.attenuation import mass_attenuation_cm2_g
from simulator.imaging.beam.exposure import spectrum_at
from simulator.imaging.beam.scatter import scatter_to_primary
from simulator.imaging.panel.detector import Detector, signal_per_photon_kev
from simulator.imaging.view import View

MEASURING_SHARE = 1.0 / 3.0
"""Side of the square measuring field, of the part of the panel that is shown (unconfirmed preset)."""
SETTLING_S = 0.2
"""Time constant: 95 % of a change of log signal are made up for in 0.6 s of beam (0.3 to 1 s; unconfirmed)."""
RAYS = 24
"""Rays across the measuring field: 4 mm apart at the panel, so that a cannula's shadow of 6 mm is not missed."""
FIRST_GUESS_MM = 200.0
"""What a machine takes the patient for that has not been on yet (preset)."""
_EVERY = slice(1, None, 3)
"""Every third energy of the spectrum is enough for a ratio of signals."""
_NODES_MM = np.arange(0.0, 1001.0, 5.0)


def measuring_view(view: View, rays: int = RAYS) -> View:
    """The measuring field of a view as a picture of rays x rays pixels."""
    side_mm = MEASURING_SHARE * view.pixel_mm * min(view.shape)
    return View(view.beam_from_patient, view.source_to_detector_mm, side_mm / rays, (rays, rays))


def measured_tissue_mm(
    paths_g_cm2: FloatArray,
    materials: Sequence[Material],
    tissue_mm: FloatArray,
    kv: float,
    field_area_cm2: float,
) -> float:
    """Soft tissue, mm, that would let through as much signal as the mean of the measuring field's open pixels.

    paths_g_cm2     (materials, n): what the rays of the open pixels meet
    tissue_mm       (n,): thickness of the patient in front of each, for its scatter (``scatter_to_primary``)
    field_area_cm2  open area of the whole field at the detector: the wider, the more scatter

    Raises ValueError without open pixels.
    """
    if paths_g_cm2.shape[1] == 0:
        raise ValueError("the collimator covers the whole measuring field; open the blades")
    weights, _ = _response(kv)
    attenuation = np.stack([_attenuation(material, kv) for material in materials])
    primary = np.exp(-(paths_g_cm2.T @ attenuation)) @ weights
    total = primary * (1.0 + scatter_to_primary(tissue_mm, field_area_cm2, with_grid=True))
    return _tissue_of_transmission_mm(float(total.mean()), kv)


def followed_mm(taken_for_mm: float, measured_mm: float, beam_s: float) -> float:
    """The thickness that the machine takes the patient for after beam_s more seconds of beam."""
    return measured_mm + (taken_for_mm - measured_mm) * float(np.exp(-beam_s / SETTLING_S))


def _tissue_of_transmission_mm(share: float, kv: float) -> float:
    _, log_left = _response(kv)
    return float(np.interp(-np.log(max(share, 1e-12)), log_left, _NODES_MM))


@lru_cache(maxsize=128)
def _response(kv: float) -> tuple[FloatArray, FloatArray]:
    """Share (n,) of each energy in the open signal, and minus the logarithm of what _NODES_MM let through."""
    photons = spectrum_at(kv).photons_mm2_per_mas[_EVERY]
    weights = photons * signal_per_photon_kev(Detector(), _energies_kev(kv))
    weights /= weights.sum()
    left = np.exp(-np.multiply.outer(0.1 * SOFT.density_g_cm3 * _NODES_MM, _attenuation(SOFT, kv))) @ weights
    return weights, -np.log(left)


@lru_cache(maxsize=512)
def _attenuation(material: Material, kv: float) -> NDArray[np.float64]:
    return mass_attenuation_cm2_g(material, _energies_kev(kv))


def _energies_kev(kv: float) -> FloatArray:
    return spectrum_at(kv).energies_kev[_EVERY]

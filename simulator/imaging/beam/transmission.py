"""The forward model: from paths through materials to the primary signal of each pixel, and back.

Beer-Lambert over a handful of energies, each pixel on its own, so it works on whole pictures and on the few
pixels that a needle covers alike: with the C-arm still, keep the picture of the anatomy and recompute only
where a device lies ::

    signal = still.copy()
    signal[touched] = primary_signal(
        paths[:, touched], materials, spectrum, detector, photon_scale=scale[touched]
    )
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anatomy.tissue import SOFT, Material
from simulator.imaging.beam.attenuation import mass_attenuation_cm2_g
from simulator.imaging.beam.spectrum import REFERENCE_DISTANCE_MM, Spectrum
from simulator.imaging.panel.detector import Detector, signal_per_photon_kev

Picture = NDArray[np.float32]

BLOCK = 4096
"""Pixels computed together: 12 energies of them fit the second-level cache."""


def primary_signal(
    path_g_cm2: NDArray,
    materials: Sequence[Material],
    spectrum: Spectrum,
    detector: Detector,
    *,
    photon_scale: ArrayLike = 1.0,
    out: Picture | None = None,
) -> Picture:
    """Expected primary signal (...,), keV absorbed per mAs, behind path_g_cm2 (materials, ...) of materials.

    spectrum      whole, or its ``effective_bins`` for speed
    photon_scale  what turns photons per mm2 at 1 m into photons of a pixel, a number or (...,), from
                  ``pixel_photon_scale``; 1 gives the signal per mm2 at 1 m
    out           contiguous float32 picture (...,) to write into and return, instead of a new one

    Costs about 2 ms per million pixels and energy, most of it the exponential. Raises ValueError where the number
    of paths and materials differ, or out does not fit.
    """
    paths = np.asarray(path_g_cm2)
    if paths.ndim == 0 or len(paths) != len(materials):
        raise ValueError(f"{len(materials)} materials need as many paths, got an array of shape {paths.shape}")
    shape = paths.shape[1:]
    signal = np.empty(shape, dtype=np.float32) if out is None else out
    if signal.shape != shape or signal.dtype != np.float32 or not signal.flags.c_contiguous:
        raise ValueError(
            f"out must be a contiguous float32 array of shape {shape}, got {signal.dtype} {signal.shape}"
        )
    energies = spectrum.energies_kev
    # Row per energy; minus sign included, so that the block below is one product and one exponential.
    exponents = -_attenuation(materials, energies).T.astype(np.float32)
    weights = (spectrum.photons_mm2_per_mas * signal_per_photon_kev(detector, energies)).astype(np.float32)
    scale = np.asarray(photon_scale, dtype=np.float32)
    scales = np.broadcast_to(scale, shape).reshape(-1) if scale.ndim else scale
    flat, result = paths.reshape(len(paths), -1 if paths.size else signal.size), signal.reshape(-1)
    block = np.empty((len(energies), min(BLOCK, max(len(result), 1))), dtype=np.float32)
    for start in range(0, len(result), BLOCK):
        here = slice(start, start + BLOCK)
        part = flat[:, here].astype(np.float32, copy=False)
        photons = block[:, : part.shape[1]]
        np.matmul(exponents, part, out=photons)
        np.exp(photons, out=photons)
        np.matmul(weights, photons, out=result[here])
        result[here] *= scales[here] if scale.ndim else scale
    return signal


def pixel_photon_scale(shape: tuple[int, int], pixel_mm: float, source_to_detector_mm: float) -> Picture:
    """Photons through each pixel (rows, cols) of a panel, per photon and mm2 at 1 m from the focus.

    Pixel area, inverse square of the distance, and obliquity: cos^3 of the angle to the central ray, which
    meets the panel's middle. Times ``heel_share`` where the anode's heel shall count.
    """
    if min(pixel_mm, source_to_detector_mm) <= 0.0:
        raise ValueError(f"pixel {pixel_mm} mm and distance {source_to_detector_mm} mm must be positive")
    rows, cols = (((np.arange(n) - 0.5 * (n - 1)) * pixel_mm / source_to_detector_mm) ** 2 for n in shape)
    middle = pixel_mm**2 * (REFERENCE_DISTANCE_MM / source_to_detector_mm) ** 2
    return (middle * (1.0 + rows[:, None] + cols[None, :]) ** -1.5).astype(np.float32)


def soft_tissue_mm(transmission: ArrayLike, spectrum: Spectrum, detector: Detector) -> NDArray[np.float64]:
    """Thickness (...,), mm, of soft tissue that lets through transmission (...,) of the open-beam signal.

    The inverse of ``primary_signal`` for soft tissue alone, interpolated between half centimetres (within
    0.02 mm); for exposure control. Above 1 it is 0, below what 1 m of tissue lets through it is 1 m.
    """
    share = np.asarray(transmission, dtype=float)
    if not np.all(share >= 0.0):
        raise ValueError("transmission must be finite and not negative")
    nodes_mm = np.arange(0.0, 1001.0, 5.0)
    attenuation = mass_attenuation_cm2_g(SOFT, spectrum.energies_kev)
    weights = spectrum.photons_mm2_per_mas * signal_per_photon_kev(detector, spectrum.energies_kev)
    signal = np.exp(-0.1 * SOFT.density_g_cm3 * np.multiply.outer(nodes_mm, attenuation)) @ weights
    with np.errstate(divide="ignore"):
        return np.interp(-np.log(share), -np.log(signal / signal[0]), nodes_mm)


def _attenuation(materials: Sequence[Material], energies_kev: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mass attenuation (materials, energies), cm2/g; (0, energies) without materials."""
    rows = [mass_attenuation_cm2_g(material, energies_kev) for material in materials]
    return np.stack(rows) if rows else np.zeros((0, len(energies_kev)))

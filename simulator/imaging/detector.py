"""Energy-integrating flat-panel detector: from an expected signal per pixel to a blurred, noisy one.

Signals are keV absorbed in the scintillator, per pixel. The order is that of the physics: focal spot and
pixel area blur the picture that arrives; quanta arrive at random; the light of each spreads, and so
correlates the noise of neighbouring pixels; the electronics add noise of their own, pixel by pixel.

Neglected: K-fluorescence escape from the scintillator, Compton absorption in it (2 % of its interactions),
lag, glare, and noise aliased down from above the pixels' Nyquist frequency.

Blurs multiply the discrete cosine transform by a transfer function: the picture continues as its mirror image
and keeps its mean exactly. Both transfer functions belong to kernels that are nowhere negative, so the dark
rim of a patient next to the open beam does not ring; the price is that their width is exact (second moment)
but their fall towards the Nyquist frequency too slow, an error of second order in the pixel pitch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft

from simulator.imaging.attenuation import CAESIUM_IODIDE, mass_photoabsorption_cm2_g
from simulator.imaging.spectrum import Spectrum

FloatArray = NDArray[np.float64]
Picture = NDArray[np.float32]

DIRECT_POISSON_BELOW = 10.0
"""Mean quanta below which numbers are drawn from the Poisson distribution itself (slower)."""


@dataclass(frozen=True)
class Detector:
    """A caesium-iodide panel. The numbers are presets; none but the DQE behind swank_factor is confirmed.

    pixel_mm                   pitch of the pixels that are read out (0.194 mm binned 3 x 3; physics D1)
    scintillator_mm            CsI, 0.5 to 0.6 mm (physics D3, unconfirmed)
    mtf_half_lp_mm             frequency at which the scintillator's modulation transfer is one half; 1.31
                               gives 0.63 at 1 and 0.30 at 2 line pairs a mm (0.60 to 0.65, 0.30 to 0.35;
                               physics D3, unconfirmed)
    swank_factor               loss by unequal light of equal quanta; 0.87 brings the DQE at low frequency to
                               the 70 % of Spahn 2000 (physics D3), the factor itself is unconfirmed
    electronic_noise_quanta    standard deviation of a pixel without exposure, in quanta of the beam
                               (unconfirmed)
    """

    pixel_mm: float = 0.582
    scintillator_mm: float = 0.6
    mtf_half_lp_mm: float = 1.31
    swank_factor: float = 0.87
    electronic_noise_quanta: float = 1.5

    def __post_init__(self) -> None:
        for name in ("pixel_mm", "scintillator_mm", "mtf_half_lp_mm"):
            if not getattr(self, name) > 0.0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        if not 0.0 < self.swank_factor <= 1.0:
            raise ValueError(f"swank_factor must lie above 0 and up to 1, got {self.swank_factor}")
        if not self.electronic_noise_quanta >= 0.0:
            raise ValueError(f"electronic_noise_quanta cannot be negative, got {self.electronic_noise_quanta}")


def absorbed_share(detector: Detector, energies_kev: ArrayLike) -> FloatArray:
    """Share (n,) of photons of energies_kev (n,) that the scintillator stops by the photoelectric effect."""
    path_g_cm2 = 0.1 * detector.scintillator_mm * CAESIUM_IODIDE.density_g_cm3
    return -np.expm1(-path_g_cm2 * mass_photoabsorption_cm2_g(CAESIUM_IODIDE, energies_kev))


def signal_per_photon_kev(detector: Detector, energies_kev: ArrayLike) -> FloatArray:
    """Mean energy (n,) that a photon of energies_kev (n,) leaves in the scintillator, keV."""
    return np.asarray(energies_kev, dtype=float) * absorbed_share(detector, energies_kev)


def quantum_weight_kev(detector: Detector, spectrum: Spectrum) -> float:
    """Signal, keV, that counts as one quantum of noise: <w^2> / <w> / swank_factor (compound Poisson).

    The variance of an energy-integrated signal is its mean times this. spectrum is the one that reaches the
    detector: take the mean ray through the patient. Hardening makes the weight vary within a picture by some
    15 % (the noise by 8 %), which one number a picture leaves out. Raises ValueError if nothing is absorbed.
    """
    absorbed = spectrum.photons_mm2_per_mas * absorbed_share(detector, spectrum.energies_kev)
    first, second = (float(absorbed @ spectrum.energies_kev**power) for power in (1, 2))
    if first <= 0.0:
        raise ValueError("no photon of this spectrum is absorbed in the detector")
    return second / first / detector.swank_factor


def with_quantum_noise(signal_kev: NDArray, weight_kev: ArrayLike, rng: np.random.Generator) -> Picture:
    """A random picture of expectation signal_kev (any shape, >= 0) and variance signal_kev * weight_kev.

    weight_kev is a number or an array of that shape, from ``quantum_weight_kev``. Below DIRECT_POISSON_BELOW
    quanta a pixel their number is a Poisson draw. Above, it is a normal draw z bent to the Poisson's
    skewness, n + z sqrt(n - 1/18) + (z^2 - 1) / 6 (Cornish and Fisher 1938): mean and variance exact, third
    moment within 0.2 %; not rounded to whole quanta, since an energy sum does not show them. Raises
    ValueError for a signal that is negative or not finite.
    """
    weight = np.asarray(weight_kev, dtype=np.float32)
    if not np.all(weight > 0.0):
        raise ValueError("weight_kev must be positive; take it from quantum_weight_kev")
    quanta = np.asarray(signal_kev, dtype=np.float32) / weight
    if not (quanta.size == 0 or (quanta.min() >= 0.0 and quanta.max() < np.inf)):
        raise ValueError("signal_kev must be finite and not negative")
    normal = rng.standard_normal(quanta.shape, dtype=np.float32)
    drawn = np.sqrt(np.maximum(quanta - np.float32(1.0 / 18.0), 0.0))
    drawn *= normal
    drawn += quanta
    normal *= normal
    normal -= np.float32(1.0)
    normal *= np.float32(1.0 / 6.0)
    drawn += normal
    few = quanta < DIRECT_POISSON_BELOW
    if few.any():
        drawn[few] = rng.poisson(quanta[few])
    drawn *= weight
    return drawn


def detected(
    signal_kev: NDArray,
    weight_kev: ArrayLike,
    detector: Detector,
    rng: np.random.Generator,
    *,
    focal_width_mm: float = 0.0,
) -> Picture:
    """One exposure (rows, cols), keV, of the expected signal_kev (rows, cols): blurred and noisy.

    focal_width_mm is the focal spot's image on the detector, see ``focal_spot_width_mm``. Where next to
    nothing arrives the electronic noise dips below zero, as an offset-corrected panel's does.
    """
    # Rounding in the transform can leave -1e-7 of the brightest pixel where nothing arrives.
    arriving = np.maximum(aperture_blurred(signal_kev, detector, focal_width_mm=focal_width_mm), 0.0)
    lit = scintillator_blurred(with_quantum_noise(arriving, weight_kev, rng), detector)
    if detector.electronic_noise_quanta > 0.0:
        deviation = np.float32(detector.electronic_noise_quanta * float(np.asarray(weight_kev).mean()))
        lit += deviation * rng.standard_normal(lit.shape, dtype=np.float32)
    return lit


def aperture_blurred(picture: NDArray, detector: Detector, *, focal_width_mm: float = 0.0) -> Picture:
    """picture (rows, cols) of pixel centres, averaged over the pixel's area and the focal spot's image.

    Both are squares, together a kernel of variance (pixel^2 + focal^2) / 12 a direction; it is given the
    shape of the discrete Gaussian exp(-t) I_n(t) (Lindeberg 1990), whose variance is exact on any grid.
    """
    if focal_width_mm < 0.0:
        raise ValueError(f"focal_width_mm cannot be negative, got {focal_width_mm}")
    return _filtered(picture, _aperture_transfer(np.shape(picture), detector.pixel_mm, focal_width_mm))


def scintillator_blurred(picture: NDArray, detector: Detector) -> Picture:
    """picture (rows, cols) spread by the light in the scintillator, see ``scintillator_mtf``."""
    return _filtered(picture, _light_transfer(np.shape(picture), detector.pixel_mm, detector.mtf_half_lp_mm))


def scintillator_mtf(detector: Detector, frequency_lp_mm: ArrayLike) -> FloatArray:
    """Modulation transfer (...,) of the scintillator at frequency_lp_mm (...,): 1 / (1 + (f / f_half)^2).

    A Lorentzian, that is an exponential line spread: the light of structured CsI has a narrow core and long
    tails. Sampled on pixels it becomes the inverse of (1 - spread * Laplacian), which is nowhere negative.
    """
    return 1.0 / (1.0 + (np.asarray(frequency_lp_mm, dtype=float) / detector.mtf_half_lp_mm) ** 2)


def focal_spot_width_mm(focal_spot_mm: float, source_to_detector_mm: float, source_to_object_mm: float) -> float:
    """Width, mm on the detector, of the image that a point of the object makes of the focal spot: f (M - 1).

    >>> round(focal_spot_width_mm(0.6, 1020.0, 530.0), 3)
    0.555
    """
    if not 0.0 < source_to_object_mm <= source_to_detector_mm:
        raise ValueError(
            f"the object, at {source_to_object_mm} mm, must lie between 0 and {source_to_detector_mm} mm"
        )
    return focal_spot_mm * (source_to_detector_mm / source_to_object_mm - 1.0)


def _filtered(picture: NDArray, transfer: Picture) -> Picture:
    modes = fft.dctn(np.asarray(picture, dtype=np.float32), norm="ortho")
    modes *= transfer
    return fft.idctn(modes, norm="ortho", overwrite_x=True)


@lru_cache(maxsize=8)
def _aperture_transfer(shape: tuple[int, int], pixel_mm: float, focal_width_mm: float) -> Picture:
    variance_px = (1.0 + (focal_width_mm / pixel_mm) ** 2) / 12.0
    return _read_only(np.exp(-0.5 * variance_px * _laplacian(shape)))


@lru_cache(maxsize=8)
def _light_transfer(shape: tuple[int, int], pixel_mm: float, half_lp_mm: float) -> Picture:
    spread_px = 1.0 / (2.0 * np.pi * half_lp_mm * pixel_mm) ** 2
    return _read_only(1.0 / (1.0 + spread_px * _laplacian(shape)))


def _laplacian(shape: tuple[int, int]) -> FloatArray:
    """Eigenvalues (rows, cols) of minus the five-point Laplacian for the modes of the cosine transform.

    They tend to (2 pi f pixel)^2 at low frequency f, and end at 8 where that would go on to 2 pi^2.
    """
    if len(shape) != 2:
        raise ValueError(f"a picture has rows and columns, got shape {shape}")
    rows, cols = (2.0 - 2.0 * np.cos(np.pi * np.arange(n) / n) for n in shape)
    return rows[:, None] + cols[None, :]


def _read_only(transfer: FloatArray) -> Picture:
    array = transfer.astype(np.float32)
    array.setflags(write=False)
    return array

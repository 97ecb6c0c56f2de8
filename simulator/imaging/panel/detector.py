"""Energy-integrating flat-panel detector: from an expected signal per pixel to a blurred, noisy one.

Signals are keV absorbed in the scintillator, per pixel. The order is that of the physics: focal spot and
pixel area blur the picture that arrives; quanta arrive at random; the light of each spreads, and so
correlates the noise of neighbouring pixels; the electronics add noise of their own, pixel by pixel. What a
panel keeps of the exposures before is in ``lag``.

Neglected: K-fluorescence escape from the scintillator, Compton absorption in it (2 % of its interactions),
glare, and noise aliased down from above the pixels' Nyquist frequency.

Blurs are short kernels (``blur``), nowhere negative and of exact width (second moment). The price is a fall
towards the Nyquist frequency that is too slow. Their modulation transfer less the wanted one (squares of
pixel and focal spot; ``scintillator_mtf``), the worst up to half the Nyquist frequency and that at it:

    pixel mm    pixel and 0.555 mm focus    light
    0.582       0.022    + 0.26             0.010    + 0.13
    0.388       0.024    + 0.27             0.002    + 0.10
    0.194       0.069    + 0.19             0.017    + 0.04
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.imaging.beam.attenuation import CAESIUM_IODIDE, mass_photoabsorption_cm2_g
from simulator.imaging.beam.spectrum import Spectrum
from simulator.imaging.panel import blur
from simulator.imaging.panel.quanta import add_normals, with_quantum_noise
from simulator.imaging.scratch import scratch

FloatArray = NDArray[np.float64]
Picture = NDArray[np.float32]

PHOTODIODE_MM = 0.194
"""Pitch of the photodiodes of the panel (physics D1)."""
PHOTODIODE_NOISE_QUANTA = 0.354
"""Noise charge of one photodiode and its switch in a reading, in quanta of the beam (unconfirmed)."""
AMPLIFIER_NOISE_QUANTA = 0.612
"""Noise charge of one column amplifier in a reading, in quanta of the beam (unconfirmed)."""

_LIGHT_SHARES_AND_WIDTHS = ((0.7, 0.2875 / 0.7), (0.3, 2.375))
"""1 / (1 + r^2) as the sum of two Gaussians, share * exp(-width * r^2).

The shares add to one, and so do share * width: mean and second moment are exact. The split is the one that,
as kernels on pixels of 0.194 mm, comes closest in all directions up to the Nyquist frequency (0.05).
"""


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
    electronic_noise_quanta    standard deviation of a pixel without exposure, in quanta of the beam, for this
                               very pixel_mm (unconfirmed); ``panel_at`` sets it for other pitches
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


def panel_at(pixel_mm: float) -> Detector:
    """The panel read out in pixels of pixel_mm: 0.194, 0.388 and 0.582 mm are binned 1 x 1, 2 x 2 and 3 x 3.

    What stays fixed is the noise charge of a photodiode and that of an amplifier. n x n photodiodes bring n^2 of
    the first; n rows share a column's line and are amplified together, n columns are added behind their
    amplifiers, so n of the second come in: electronic noise = sqrt(n^2 photodiode^2 + n amplifier^2) quanta,
    0.71, 1.12 and 1.50 for n = 1, 2, 3, while the signal grows with n^2. That is why panels bin at low dose.
    Pitches between (a magnified field shown in as many pixels) take n = pixel_mm / 0.194 as it is. The two
    noise charges are presets, unconfirmed; scintillator and light spread are the same at all pitches. Raises
    ValueError for pixels smaller than a photodiode.

    >>> [round(panel_at(n * PHOTODIODE_MM).electronic_noise_quanta, 2) for n in (1, 2, 3)]
    [0.71, 1.12, 1.5]
    """
    binned = pixel_mm / PHOTODIODE_MM
    if not binned >= 1.0 - 1e-9:
        raise ValueError(
            f"the panel has photodiodes of {PHOTODIODE_MM} mm and cannot be read in pixels of {pixel_mm} mm; "
            f"take {PHOTODIODE_MM} mm or more"
        )
    noise = np.sqrt(binned**2 * PHOTODIODE_NOISE_QUANTA**2 + binned * AMPLIFIER_NOISE_QUANTA**2)
    return Detector(pixel_mm=pixel_mm, electronic_noise_quanta=float(noise))


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


def detected(
    signal_kev: NDArray,
    weight_kev: ArrayLike,
    detector: Detector,
    rng: np.random.Generator,
    *,
    focal_width_mm: float = 0.0,
    shift_px: tuple[float, float] = (0.0, 0.0),
    out: Picture | None = None,
) -> Picture:
    """One exposure (rows, cols), keV, of the expected signal_kev (rows, cols): blurred and noisy.

    ``aperture_blurred`` with focal_width_mm and shift_px, then ``captured``. The exposure is written into out
    where given, float32 of the signal's shape, which spares the time of fresh memory.
    """
    arriving = aperture_blurred(
        signal_kev,
        detector,
        focal_width_mm=focal_width_mm,
        shift_px=shift_px,
        out=scratch("detector.arriving", np.shape(signal_kev)),
    )
    return captured(arriving, weight_kev, detector, rng, out=out)


def captured(
    arriving_kev: NDArray,
    weight_kev: ArrayLike,
    detector: Detector,
    rng: np.random.Generator,
    *,
    out: Picture | None = None,
) -> Picture:
    """One exposure (rows, cols), keV, of the expectation arriving_kev (rows, cols), see ``aperture_blurred``.

    Quantum noise, light spread, electronic noise. Where next to nothing arrives the electronic noise dips
    below zero, as an offset-corrected panel's does. Raises ValueError as ``with_quantum_noise`` does.
    """
    quanta = scratch("detector.quanta", np.shape(arriving_kev))
    lit = scintillator_blurred(with_quantum_noise(arriving_kev, weight_kev, rng, out=quanta), detector, out=out)
    if detector.electronic_noise_quanta > 0.0:
        add_normals(lit, detector.electronic_noise_quanta * float(np.asarray(weight_kev).mean()), rng)
    return lit


def aperture_blurred(
    picture: NDArray,
    detector: Detector,
    *,
    focal_width_mm: float = 0.0,
    shift_px: tuple[float, float] = (0.0, 0.0),
    out: Picture | None = None,
) -> Picture:
    """picture (rows, cols) of pixel centres, averaged over the pixel's area and the focal spot's image.

    focal_width_mm is the focal spot's image on the detector, see ``focal_spot_width_mm``. Both are squares,
    together a kernel of variance (pixel^2 + focal^2) / 12 a direction (``blur.spreading``). shift_px moves
    the picture down and to the right by (rows, columns), fractions too, in the same pass; outside, its
    outermost pixels go on. A Gaussian spot of 2 pixels standard deviation moves with an error of 0.3 % of its
    peak at most, one of 4 pixels with 0.02 %. The dip that a shift can leave beside a step (see
    ``blur.spreading_and_shifting``) is cut off at zero: signals are not negative. out, float32 of the picture's
    shape, is written and returned where given.
    """
    whole = slice(None), slice(None)
    return aperture_blurred_within(
        whole, picture, detector, focal_width_mm=focal_width_mm, shift_px=shift_px, out=out
    )


def aperture_blurred_within(
    window: tuple[slice, slice],
    picture: NDArray,
    detector: Detector,
    *,
    focal_width_mm: float = 0.0,
    shift_px: tuple[float, float] = (0.0, 0.0),
    out: Picture | None = None,
) -> Picture:
    """The window (rows, columns; slices of step 1) of ``aperture_blurred``, at the cost of that window only.

    Bit for bit what the whole has there. For redrawing where something changed: a change of picture in a window
    changes the result in that window widened by ``aperture_reach_px`` and moved by the shift.
    """
    variance_px2 = _aperture_variance_px2(detector, focal_width_mm)
    down, across = (blur.spreading_and_shifting(variance_px2, float(shift)) for shift in shift_px)
    result = blur.blurred(picture, down, across, window=window, out=out)
    if not (down.mirrored and across.mirrored):
        np.maximum(result, np.float32(0.0), out=result)
    return result


def aperture_reach_px(detector: Detector, *, focal_width_mm: float = 0.0) -> int:
    """Pixels, each way, over which ``aperture_blurred`` spreads one of them, shifted by part of a pixel or not."""
    return 2 + blur.spreading(_aperture_variance_px2(detector, focal_width_mm)).last


def scintillator_blurred(picture: NDArray, detector: Detector, *, out: Picture | None = None) -> Picture:
    """picture (rows, cols) spread by the light in the scintillator, see ``scintillator_mtf``."""
    (_, core), (share, tail) = ((s, _light_kernel(detector, width)) for s, width in _LIGHT_SHARES_AND_WIDTHS)
    return blur.blurred_by_two(picture, core, tail, share, out=out)


def scintillator_mtf(detector: Detector, frequency_lp_mm: ArrayLike) -> FloatArray:
    """Modulation transfer (...,) of the scintillator at frequency_lp_mm (...,): 1 / (1 + (f / f_half)^2).

    A Lorentzian, that is an exponential line spread: the light of structured CsI has a narrow core and long
    tails. On pixels it is the sum of two Gaussians, each of them one kernel a direction.
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


def _aperture_variance_px2(detector: Detector, focal_width_mm: float) -> float:
    if focal_width_mm < 0.0:
        raise ValueError(f"focal_width_mm cannot be negative, got {focal_width_mm}")
    return (1.0 + (focal_width_mm / detector.pixel_mm) ** 2) / 12.0


def _light_kernel(detector: Detector, width: float) -> blur.Kernel:
    """Kernel whose transfer tends to exp(-width * (f / f_half)^2)."""
    return blur.spreading(width / (2.0 * (np.pi * detector.mtf_half_lp_mm * detector.pixel_mm) ** 2))

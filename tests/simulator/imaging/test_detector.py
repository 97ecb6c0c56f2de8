"""Detector: the statistics of quanta, the shape and conservation of blurs, and one whole exposure."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simulator.imaging import detector as det
from simulator.imaging.attenuation import CAESIUM_IODIDE, mass_photoabsorption_cm2_g
from simulator.imaging.detector import Detector
from simulator.imaging.spectrum import Spectrum, tube_spectrum

IDEAL = Detector(swank_factor=1.0, electronic_noise_quanta=0.0)
DRAWS = 400_000


def _noisy(quanta: float, weight_kev: float = 50.0, draws: int = DRAWS) -> np.ndarray:
    """Draws of one mean, in quanta."""
    signal = np.full((1, draws), quanta * weight_kev, dtype=np.float32)
    return det.with_quantum_noise(signal, weight_kev, np.random.default_rng(5))[0].astype(float) / weight_kev


@pytest.mark.parametrize("quanta", [0.2, 3.0, 9.9, 10.1, 30.0, 300.0, 1.0e5])
def test_noise_has_the_mean_variance_and_skewness_of_poisson(quanta):
    """Three moments agree within five standard errors, on both sides of the change of method."""
    drawn = _noisy(quanta)
    kurtosis = 3.0 + 1.0 / quanta
    assert drawn.mean() == pytest.approx(quanta, abs=5.0 * np.sqrt(quanta / DRAWS))
    assert drawn.var() == pytest.approx(quanta, rel=5.0 * np.sqrt((kurtosis - 1.0) / DRAWS))
    assert stats.skew(drawn) == pytest.approx(quanta**-0.5, abs=5.0 * np.sqrt(6.0 * kurtosis / DRAWS))


@pytest.mark.parametrize("quanta", [10.1, 20.0, 60.0])
def test_the_bent_normal_follows_the_poisson_distribution(quanta):
    """Above the change of method the distribution function is Poisson's within 0.5 % at every count."""
    drawn = np.sort(_noisy(quanta))
    counts = np.arange(0, int(quanta + 6.0 * np.sqrt(quanta)))
    below = np.searchsorted(drawn, counts + 0.5) / DRAWS
    assert np.abs(below - stats.poisson.cdf(counts, quanta)).max() < 0.005


@pytest.mark.parametrize("quanta", [0.05, 1.0, 4.0, 9.9])
def test_few_quanta_are_counted_whole(quanta):
    """Below the change of method the draws are whole numbers, none negative, each as frequent as Poisson says."""
    drawn = _noisy(quanta, weight_kev=64.0)
    counts = np.arange(int(quanta + 10.0 * np.sqrt(quanta)) + 2)
    assert np.all(drawn >= 0.0)
    np.testing.assert_array_equal(drawn, np.round(drawn))
    seen = np.array([(drawn == count).mean() for count in counts])
    expected = stats.poisson.pmf(counts, quanta)
    assert np.all(np.abs(seen - expected) < 5.0 * np.sqrt(expected / DRAWS) + 5.0 / DRAWS)


def test_energy_integration_makes_a_compound_poisson_sum():
    """Photons of each energy drawn one by one give the variance mean times quantum weight."""
    beam = tube_spectrum(90.0, 4.0, 0.1)
    rng = np.random.default_rng(11)
    absorbed = 2.0e-3 * beam.photons_mm2_per_mas * det.absorbed_share(IDEAL, beam.energies_kev)
    sums = rng.poisson(absorbed, size=(4000, len(absorbed))) @ beam.energies_kev
    weight = det.quantum_weight_kev(IDEAL, beam)
    assert sums.var() / sums.mean() == pytest.approx(weight, rel=5.0 * np.sqrt(2.0 / 4000))
    modelled = det.with_quantum_noise(np.full(4000, sums.mean()), weight, rng)
    assert modelled.var() / sums.var() == pytest.approx(1.0, rel=7.0 * np.sqrt(2.0 / 4000))


def test_quantum_weight_of_one_energy_is_that_energy():
    """Monochromatic: each quantum counts its own energy; the Swank factor raises the noise."""
    mono = Spectrum(np.array([60.0]), np.array([5.0]))
    assert det.quantum_weight_kev(IDEAL, mono) == pytest.approx(60.0)
    assert det.quantum_weight_kev(Detector(swank_factor=0.8), mono) == pytest.approx(75.0)


def test_absorbed_share_grows_with_thickness_and_follows_beer_lambert():
    """Twice the scintillator lets the square pass; the share stays between 0 and 1."""
    energies = np.array([20.0, 33.0, 33.5, 36.5, 60.0, 120.0])
    single, double = (det.absorbed_share(Detector(scintillator_mm=t), energies) for t in (0.3, 0.6))
    np.testing.assert_allclose(1.0 - double, (1.0 - single) ** 2, rtol=1e-9)
    assert np.all((single > 0.0) & (double < 1.0) & (double > single))
    expected = 1.0 - np.exp(-0.06 * 4.51 * mass_photoabsorption_cm2_g(CAESIUM_IODIDE, energies))
    np.testing.assert_allclose(double, expected, rtol=1e-9)
    np.testing.assert_allclose(det.signal_per_photon_kev(Detector(), energies), energies * double)


@settings(deadline=None, max_examples=30)
@given(rows=st.integers(1, 40), cols=st.integers(1, 40), width=st.floats(0.0, 2.0), seed=st.integers(0, 99))
def test_blurs_keep_the_mean_and_never_go_negative(rows, cols, width, seed):
    """Any picture keeps its mean; a lone bright pixel makes no negative one (float32 rounding aside)."""
    picture = np.random.default_rng(seed).random((rows, cols)).astype(np.float32)
    point = np.zeros_like(picture)
    point[rows // 2, cols // 3] = 1.0
    for blur in (
        lambda p: det.aperture_blurred(p, IDEAL, focal_width_mm=width),
        lambda p: det.scintillator_blurred(p, IDEAL),
    ):
        assert blur(picture).mean() == pytest.approx(picture.mean(), rel=1e-5)
        assert blur(point).min() > -1e-6


@pytest.mark.parametrize("focal_width_mm", [0.0, 0.555, 1.4])
def test_aperture_blur_has_the_variance_of_both_squares(focal_width_mm):
    """A point becomes a spot whose second moment on each axis is (pixel^2 + focal^2) / 12."""
    panel = Detector(pixel_mm=0.4)
    point = np.zeros((81, 61))
    point[40, 30] = 1.0
    spot = det.aperture_blurred(point, panel, focal_width_mm=focal_width_mm).astype(float)
    for axis, middle in ((0, 40), (1, 30)):
        offsets_mm = 0.4 * (np.arange(spot.shape[axis]) - middle)
        variance = (spot.sum(axis=1 - axis) * offsets_mm**2).sum()
        assert variance == pytest.approx((0.4**2 + focal_width_mm**2) / 12.0, rel=1e-3)


def _modulation_left(pixel_mm: float, frequency_lp_mm: float) -> float:
    """Amplitude left of a cosine of that frequency along the columns of 32 mm of detector."""
    n = round(32.0 / pixel_mm)
    wave = np.cos(2.0 * np.pi * frequency_lp_mm * pixel_mm * (np.arange(n) + 0.5))
    blurred = det.scintillator_blurred(np.tile(wave, (4, 1)), Detector(pixel_mm=pixel_mm))
    return float((blurred[0] @ wave) / (wave @ wave))


def test_modulation_transfer_converges_at_second_order():
    """On finer pixels the transfer at 1 line pair a mm tends to the continuous one, error with pitch squared."""
    exact = float(det.scintillator_mtf(Detector(), 1.0))
    errors = [abs(_modulation_left(pitch, 1.0) - exact) for pitch in (0.25, 0.125, 0.0625)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    np.testing.assert_allclose(orders, 2.0, atol=0.2)


def test_default_modulation_transfer_lies_in_the_stated_ranges():
    """0.60 to 0.65 at 1 and 0.30 to 0.35 at 2 line pairs a mm (physics D3, unconfirmed); 1 at frequency 0."""
    at_0, at_1, at_2 = det.scintillator_mtf(Detector(), [0.0, 1.0, 2.0])
    assert at_0 == 1.0
    assert 0.60 <= at_1 <= 0.65
    assert 0.30 <= at_2 <= 0.35


def test_scintillator_light_correlates_the_noise_of_neighbours():
    """White noise leaves with neighbours alike and its variance cut; the electronics' own noise stays white."""
    flat = np.full((256, 256), 60_000.0, dtype=np.float32)
    panel = Detector(electronic_noise_quanta=0.0, pixel_mm=0.194)
    lit = det.detected(flat, 60.0, panel, np.random.default_rng(1)).astype(float)
    noise = lit - lit.mean()
    correlation = (noise[:, 1:] * noise[:, :-1]).mean() / noise.var()
    assert 0.2 < correlation < 0.7
    assert noise.var() < 0.7 * 60_000.0 * 60.0
    dark = det.detected(0.0 * flat, 60.0, Detector(electronic_noise_quanta=2.0), np.random.default_rng(2))
    dark = dark.astype(float)
    assert abs((dark[:, 1:] * dark[:, :-1]).mean() / dark.var()) < 0.02
    assert dark.std() == pytest.approx(2.0 * 60.0, rel=0.02)


def test_an_exposure_is_unbiased_repeatable_and_leaves_its_input_alone():
    """The mean of many exposures is the blurred expectation; one seed gives one picture; nothing is changed."""
    signal = np.full((48, 64), 3_000.0, dtype=np.float32)
    signal[20:28] = 300.0
    kept = signal.copy()
    panel = Detector()
    seeds = range(400)
    frames = np.stack(
        [det.detected(signal, 70.0, panel, np.random.default_rng(s), focal_width_mm=0.5) for s in seeds]
    )
    expected = det.scintillator_blurred(det.aperture_blurred(signal, panel, focal_width_mm=0.5), panel)
    standard_error = np.sqrt((expected * 70.0 + (1.5 * 70.0) ** 2) / len(seeds))
    assert np.abs((frames.mean(axis=0) - expected) / standard_error).max() < 5.0
    np.testing.assert_array_equal(
        det.detected(signal, 70.0, panel, np.random.default_rng(3)),
        det.detected(signal, 70.0, panel, np.random.default_rng(3)),
    )
    assert not np.array_equal(frames[0], frames[1])
    np.testing.assert_array_equal(signal, kept)


def test_the_open_beam_does_not_ring_into_the_dark():
    """Beside an edge of 1000 to 1 the dark side falls monotonically to its own value."""
    signal = np.ones((8, 64), dtype=np.float32)
    signal[:, 32:] = 1000.0
    row = det.scintillator_blurred(det.aperture_blurred(signal, IDEAL, focal_width_mm=0.6), IDEAL)[4]
    assert np.all(np.diff(row) > -1e-3)
    assert row[:20].min() > 0.999


def test_weights_may_differ_from_pixel_to_pixel():
    """An array of weights scales the variance of each pixel."""
    weight = np.repeat([[40.0], [80.0]], 100_000, axis=1)
    drawn = det.with_quantum_noise(np.full(weight.shape, 8_000.0), weight, np.random.default_rng(0)).astype(float)
    np.testing.assert_allclose(drawn.var(axis=1), 8_000.0 * weight[:, 0], rtol=0.03)


def test_focal_spot_images_vanish_at_the_detector():
    """f (M - 1): nothing for an object on the detector, the focus itself for one half-way."""
    assert det.focal_spot_width_mm(0.6, 1000.0, 1000.0) == 0.0
    assert det.focal_spot_width_mm(0.6, 1000.0, 500.0) == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Detector(pixel_mm=0.0), "pixel_mm"),
        (lambda: Detector(mtf_half_lp_mm=-1.0), "mtf_half"),
        (lambda: Detector(swank_factor=1.1), "swank_factor"),
        (lambda: Detector(electronic_noise_quanta=-1.0), "electronic_noise"),
        (lambda: det.with_quantum_noise(np.array([-1.0]), 50.0, np.random.default_rng(0)), "signal_kev"),
        (lambda: det.with_quantum_noise(np.array([np.nan]), 50.0, np.random.default_rng(0)), "signal_kev"),
        (lambda: det.with_quantum_noise(np.ones(3), 0.0, np.random.default_rng(0)), "weight_kev"),
        (lambda: det.scintillator_blurred(np.ones(3), IDEAL), "rows and columns"),
        (lambda: det.aperture_blurred(np.ones((3, 3)), IDEAL, focal_width_mm=-1.0), "focal_width_mm"),
        (lambda: det.focal_spot_width_mm(0.6, 1000.0, 1100.0), "1100.0"),
        (lambda: det.quantum_weight_kev(IDEAL, Spectrum(np.array([60.0]), np.array([0.0]))), "no photon"),
    ],
)
def test_mistakes_are_named(call, says):
    """Each impossible argument raises a ValueError that says which."""
    with pytest.raises(ValueError, match=says):
        call()

"""Detector: what it absorbs, the shape and conservation of its blurs, and one whole exposure."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.imaging.beam.attenuation import CAESIUM_IODIDE, mass_photoabsorption_cm2_g
from simulator.imaging.beam.spectrum import Spectrum, tube_spectrum
from simulator.imaging.panel import detector as det
from simulator.imaging.panel.detector import Detector

IDEAL = Detector(swank_factor=1.0, electronic_noise_quanta=0.0)


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


def test_light_spread_tends_to_its_gaussians_at_second_order():
    """At 1 line pair a mm the kernels' transfer differs from the continuous Gaussians' by at most v w^4 / 24."""
    for pitch in (0.25, 0.125, 0.0625):
        panel = Detector(pixel_mm=pitch)
        n = round(32.0 / pitch)
        w = 2.0 * np.pi * pitch
        wave = np.cos(w * (np.arange(n) + 0.5))
        left = det.scintillator_blurred(np.tile(wave, (4, 1)), panel)[0] @ wave / (wave @ wave)
        wanted, allowed = 0.0, 0.0
        for share, width in ((0.7, 0.2875 / 0.7), (0.3, 2.375)):
            wanted += share * np.exp(-width / panel.mtf_half_lp_mm**2)
            allowed += share * width / (2.0 * (np.pi * panel.mtf_half_lp_mm * pitch) ** 2) * w**4 / 24.0
        assert abs(left - wanted) < allowed


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


@pytest.mark.parametrize("pixel_mm", [0.582, 0.388, 0.194])
def test_an_exposure_with_a_shift_is_the_shifted_expectation_exposed(pixel_mm):
    """detected is aperture_blurred and captured in turn, bit for bit, with focal spot and shift passed on."""
    signal = np.random.default_rng(4).uniform(100.0, 4_000.0, (40, 50)).astype(np.float32)
    panel = det.panel_at(pixel_mm)
    options = {"focal_width_mm": 0.5, "shift_px": (0.4, -1.2)}
    in_turn = det.captured(det.aperture_blurred(signal, panel, **options), 60.0, panel, np.random.default_rng(1))
    np.testing.assert_array_equal(det.detected(signal, 60.0, panel, np.random.default_rng(1), **options), in_turn)


def test_a_shift_moves_down_and_to_the_right():
    """shift_px is (rows, columns), positive downwards and to the right, fractions included."""
    spot = np.zeros((21, 21))
    spot[10, 10] = 1.0
    moved = det.aperture_blurred(spot, IDEAL, focal_width_mm=2.0, shift_px=(2.5, -3.25)).astype(float)
    rows, cols = np.indices(spot.shape)
    assert (moved * rows).sum() / moved.sum() == pytest.approx(12.5, abs=0.02)
    assert (moved * cols).sum() / moved.sum() == pytest.approx(6.75, abs=0.02)


def test_a_shifted_edge_leaves_no_negative_signal():
    """Beside an edge of 1000 to 1 moved by half a pixel the dip is cut off at zero, and can be exposed."""
    signal = np.full((8, 64), 5.0, dtype=np.float32)
    signal[:, 32:] = 5_000.0
    moved = det.aperture_blurred(signal, IDEAL, shift_px=(0.0, 0.5))
    assert moved.min() == 0.0
    assert det.detected(signal, 60.0, IDEAL, np.random.default_rng(0), shift_px=(0.0, 0.5)).min() >= 0.0


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.4, -2.7)])
def test_a_change_redrawn_in_its_window_is_the_whole_redrawn(shift):
    """Where one block of a picture changed, blurring that block widened by the reach gives the full new blur."""
    rng = np.random.default_rng(3)
    before = rng.random((90, 80)).astype(np.float32)
    after = before.copy()
    after[30:45, 50:60] *= 0.3
    options = {"focal_width_mm": 0.555, "shift_px": shift}
    reach = det.aperture_reach_px(Detector(), focal_width_mm=0.555)
    (top, bottom), (left, right) = (
        (int(np.floor(start + s)) - reach, int(np.ceil(stop + s)) + reach)
        for start, stop, s in ((30, 45, shift[0]), (50, 60, shift[1]))
    )
    window = slice(top, bottom), slice(left, right)
    redrawn = det.aperture_blurred(before, Detector(), **options)
    whole = det.aperture_blurred(after, Detector(), **options)
    assert not np.array_equal(redrawn, whole)
    redrawn[window] = det.aperture_blurred_within(window, after, Detector(), **options)
    np.testing.assert_array_equal(redrawn, whole)


def test_the_open_beam_does_not_ring_into_the_dark():
    """Beside an edge of 1000 to 1 the dark side falls monotonically to its own value."""
    signal = np.ones((8, 64), dtype=np.float32)
    signal[:, 32:] = 1000.0
    row = det.scintillator_blurred(det.aperture_blurred(signal, IDEAL, focal_width_mm=0.6), IDEAL)[4]
    assert np.all(np.diff(row) > -1e-3)
    assert row[:20].min() > 0.999


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
        (lambda: det.captured(np.array([[-1.0]]), 50.0, IDEAL, np.random.default_rng(0)), "signal_kev"),
        (lambda: det.captured(np.ones((3, 3)), 0.0, IDEAL, np.random.default_rng(0)), "weight_kev"),
        (lambda: det.panel_at(0.1), "0.194 mm or more"),
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

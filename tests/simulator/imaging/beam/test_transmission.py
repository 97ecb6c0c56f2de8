"""Forward model: Beer-Lambert exactly, blocks that do not show, geometry factors, and the inverse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anatomy.tissue import ADIPOSE, MINERAL, SOFT, STEEL, WATER
from simulator.imaging.beam.attenuation import cement_material, mass_attenuation_cm2_g
from simulator.imaging.beam.spectrum import Spectrum, effective_bins, tube_spectrum
from simulator.imaging.beam.transmission import BLOCK, pixel_photon_scale, primary_signal, soft_tissue_mm
from simulator.imaging.panel.detector import Detector, signal_per_photon_kev

PANEL = Detector()
MONO = Spectrum(np.array([60.0]), np.array([1000.0]))
BEAM = tube_spectrum(90.0, 4.0, 0.1)


@given(path_cm=st.floats(0.0, 40.0))
def test_one_energy_is_beer_lambert_exactly(path_cm):
    """Monochromatic: signal is photons times absorbed energy times exp(-mu t), to float32 rounding."""
    signal = primary_signal(np.array([[[path_cm]]]), [WATER], MONO, PANEL)
    linear = mass_attenuation_cm2_g(WATER, [60.0])[0]
    expected = 1000.0 * signal_per_photon_kev(PANEL, [60.0])[0] * np.exp(-linear * path_cm)
    assert float(signal[0, 0]) == pytest.approx(expected, rel=1e-5)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 1000), rows=st.integers(1, 9), cols=st.integers(1, 9), count=st.integers(1, 5))
def test_the_blocked_product_is_the_plain_sum(seed, rows, cols, count):
    """For any picture and materials the result is the sum over energies, written out in double precision."""
    materials = (SOFT, ADIPOSE, MINERAL, STEEL, cement_material())[:count]
    limits = np.array([30.0, 10.0, 4.0, 2.0, 2.0])[:count, None, None]
    paths = np.random.default_rng(seed).random((count, rows, cols)) * limits
    weights = BEAM.photons_mm2_per_mas * signal_per_photon_kev(PANEL, BEAM.energies_kev)
    expected = np.zeros((rows, cols))
    for energy, weight in zip(BEAM.energies_kev, weights, strict=True):
        exponent = sum(p * mass_attenuation_cm2_g(m, [energy])[0] for m, p in zip(materials, paths, strict=True))
        expected += weight * np.exp(-exponent)
    np.testing.assert_allclose(primary_signal(paths, materials, BEAM, PANEL), expected, rtol=2e-5)


@pytest.mark.parametrize("pixels", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 17])
def test_blocks_do_not_show(pixels):
    """Around the block's size each pixel equals the same pixel computed in another place."""
    paths = np.linspace(0.0, 30.0, 2 * pixels, dtype=np.float32).reshape(2, pixels)
    together = primary_signal(paths, [SOFT, MINERAL], BEAM, PANEL)
    backwards = primary_signal(paths[:, ::-1], [SOFT, MINERAL], BEAM, PANEL)[::-1]
    assert together.shape == (pixels,)
    np.testing.assert_allclose(together, backwards, rtol=1e-6)


def test_touched_pixels_alone_equal_the_whole_picture():
    """Recomputing only where a device lies gives the picture computed afresh."""
    rng = np.random.default_rng(0)
    paths = rng.random((2, 64, 80)).astype(np.float32) * np.array([25.0, 0.0], np.float32)[:, None, None]
    still = primary_signal(paths, [SOFT, STEEL], BEAM, PANEL)
    touched = np.zeros((64, 80), dtype=bool)
    touched[30:34] = True
    paths[1, touched] = 1.9
    scale = pixel_photon_scale((64, 80), 0.5, 1000.0)
    quick = still * scale
    quick[touched] = primary_signal(paths[:, touched], [SOFT, STEEL], BEAM, PANEL, photon_scale=scale[touched])
    np.testing.assert_allclose(
        quick, primary_signal(paths, [SOFT, STEEL], BEAM, PANEL, photon_scale=scale), rtol=1e-6
    )


def test_signal_is_linear_in_photons_and_blind_to_the_order_of_materials():
    """Twice the mAs doubles the signal; swapping materials with their paths changes nothing."""
    paths = np.random.default_rng(1).random((3, 20, 20)) * 5.0
    materials = [SOFT, MINERAL, STEEL]
    once = primary_signal(paths, materials, BEAM, PANEL)
    twice = Spectrum(BEAM.energies_kev, 2.0 * BEAM.photons_mm2_per_mas)
    np.testing.assert_allclose(primary_signal(paths, materials, twice, PANEL), 2.0 * once, rtol=1e-6)
    np.testing.assert_allclose(
        primary_signal(paths, materials, BEAM, PANEL, photon_scale=2.0), 2.0 * once, rtol=1e-6
    )
    np.testing.assert_allclose(primary_signal(paths[::-1], materials[::-1], BEAM, PANEL), once, rtol=1e-5)


@given(path=st.floats(0.0, 35.0), more=st.floats(0.01, 5.0))
def test_more_of_anything_is_darker(path, more):
    """Every material absorbs: a longer path never brightens."""
    for material in (SOFT, MINERAL, STEEL):
        thin, thick = primary_signal(np.array([[path, path + more]]), [material], BEAM, PANEL)
        assert thick < thin


def test_inputs_stay_and_results_are_single_precision():
    """Paths of any float type are read, not changed; the signal is float32."""
    for dtype in (np.float32, np.float64):
        paths = np.random.default_rng(2).random((2, 5, 7)).astype(dtype)
        kept = paths.copy()
        signal = primary_signal(paths, [SOFT, MINERAL], BEAM, PANEL)
        assert signal.dtype == np.float32
        assert signal.shape == (5, 7)
        np.testing.assert_array_equal(paths, kept)


@pytest.mark.parametrize("scale", [2.0, np.linspace(0.5, 1.5, 30 * 40, dtype=np.float32).reshape(30, 40)])
def test_a_picture_can_be_written_into(scale):
    """out, whole or the contiguous rows that one thread is given, receives the same signal."""
    paths = np.random.default_rng(6).random((2, 30, 40)) * 8.0
    expected = primary_signal(paths, [SOFT, MINERAL], BEAM, PANEL, photon_scale=scale)
    out = np.full((30, 40), np.nan, dtype=np.float32)
    for rows in (slice(0, 13), slice(13, 30)):
        share = np.broadcast_to(scale, (30, 40))[rows]
        part = primary_signal(paths[:, rows], [SOFT, MINERAL], BEAM, PANEL, photon_scale=share, out=out[rows])
        assert np.shares_memory(part, out)
    np.testing.assert_allclose(out, expected, rtol=1e-6)


def test_no_material_is_the_open_beam():
    """Without materials a picture is the open beam."""
    signal = primary_signal(np.zeros((0, 3, 4)), [], BEAM, PANEL)
    expected = BEAM.photons_mm2_per_mas @ signal_per_photon_kev(PANEL, BEAM.energies_kev)
    np.testing.assert_allclose(signal, np.full((3, 4), expected), rtol=1e-6)


def test_photons_of_a_pixel_follow_distance_area_and_obliquity():
    """The middle pixel has area over distance squared, a corner cos cubed of it, symmetrically."""
    scale = pixel_photon_scale((513, 401), 0.5, 1250.0)
    middle = 0.25 * (1000.0 / 1250.0) ** 2
    assert scale[256, 200] == pytest.approx(middle, rel=1e-6)
    cosine = 1250.0 / np.sqrt(1250.0**2 + 128.0**2 + 100.0**2)
    assert scale[0, 0] == pytest.approx(middle * cosine**3, rel=1e-6)
    np.testing.assert_array_equal(scale, scale[::-1, ::-1])


@given(thickness_mm=st.floats(0.0, 400.0))
def test_thickness_comes_back_from_transmission(thickness_mm):
    """soft_tissue_mm inverts the forward model within 0.02 mm from 0 to 40 cm."""
    path = np.array([[0.0, 0.1 * SOFT.density_g_cm3 * thickness_mm]])
    open_beam, behind = primary_signal(path, [SOFT], BEAM, PANEL).astype(float)
    assert soft_tissue_mm(behind / open_beam, BEAM, PANEL) == pytest.approx(thickness_mm, abs=0.02)


def test_thickness_is_bounded():
    """More than the open beam is no tissue, no signal at all is the thickest body that is tabulated."""
    np.testing.assert_allclose(soft_tissue_mm([1.5, 1.0, 0.0], BEAM, PANEL), [0.0, 0.0, 1000.0])


def test_few_energies_give_the_same_picture():
    """Twelve effective energies agree with the whole spectrum within 0.2 % on a picture of three materials."""
    materials = [SOFT, MINERAL, STEEL]
    paths = np.random.default_rng(4).random((3, 64, 64)) * np.array([37.0, 4.0, 3.9])[:, None, None]
    few = effective_bins(BEAM, 12, response=lambda kev: signal_per_photon_kev(PANEL, kev))
    np.testing.assert_allclose(
        primary_signal(paths, materials, few, PANEL), primary_signal(paths, materials, BEAM, PANEL), rtol=0.002
    )


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: primary_signal(np.zeros((2, 3, 3)), [SOFT], BEAM, PANEL), "1 materials"),
        (lambda: primary_signal(np.zeros((1, 3)), [SOFT], BEAM, PANEL, out=np.zeros(3)), "out must be"),
        (lambda: primary_signal(np.zeros((1, 3)), [SOFT], BEAM, PANEL, out=np.zeros(4, "f4")), "out must be"),
        (lambda: pixel_photon_scale((4, 4), 0.0, 1000.0), "positive"),
        (lambda: soft_tissue_mm(-0.1, BEAM, PANEL), "transmission"),
    ],
)
def test_mistakes_are_named(call, says):
    """Each impossible argument raises a ValueError that says which."""
    with pytest.raises(ValueError, match=says):
        call()

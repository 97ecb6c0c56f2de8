"""The few energies that stand for a spectrum: their error on other paths than those they were fitted to."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from anatomy.tissue import IODINE, MINERAL, PLATINUM, SOFT, STEEL, WATER
from simulator.imaging.beam.attenuation import cement_material, mass_attenuation_cm2_g
from simulator.imaging.beam.few_energies import few_columns
from simulator.imaging.beam.spectrum import (
    ENERGY_COUNTS,
    SEEN_SHARE,
    Spectrum,
    attenuated,
    effective_bins,
    mean_energy_kev,
    tube_spectrum,
)
from simulator.imaging.panel.detector import Detector, signal_per_photon_kev

MONO = Spectrum(np.array([60.0]), np.array([1.0e6]))
MATERIALS = (SOFT, MINERAL, cement_material(), STEEL, IODINE, PLATINUM)
LIMITS_G_CM2 = np.array([45 * 1.06, 4.0 * 1.05, 2.0 * 1.39, 0.5 * 7.93, 0.45, 0.3])


def _response(energies_kev: np.ndarray) -> np.ndarray:
    return signal_per_photon_kev(Detector(), energies_kev)


def _other_paths() -> np.ndarray:
    """0 to 45 cm tissue, 40 mm bone, 20 mm cement, 5 mm steel, combined; mixtures with contrast and platinum."""
    levels = [np.linspace(0.0, 1.0, n) for n in (10, 4, 4, 4)]
    regular = np.array([(*shares, 0.0, 0.0) for shares in product(*levels)])
    draw = np.random.default_rng(99)
    present = draw.random((3000, 6)) < np.array([1.0, 0.7, 0.4, 0.3, 0.2, 0.1])
    return np.concatenate([regular, draw.random((3000, 6)) * present]) * LIMITS_G_CM2


PATHS = _other_paths()


def _errors(beam: Spectrum, few: Spectrum) -> np.ndarray:
    """Relative error on every path that is not black."""
    whole, approximate = (
        np.exp(-PATHS @ np.stack([mass_attenuation_cm2_g(m, s.energies_kev) for m in MATERIALS]))
        @ (s.photons_mm2_per_mas * _response(s.energies_kev))
        for s in (beam, few)
    )
    return (approximate / whole - 1.0)[whole > SEEN_SHARE * whole.max()]


# kV, mm Al, mm Cu: a C-arm's own filtration, and the softest and hardest beams.
TECHNIQUES = [(kv, 4.0, 0.1) for kv in (55, 62, 70, 76, 84.3, 90, 97, 110, 120)]
TECHNIQUES += [(45, 3.0, 0.0), (60, 2.5, 0.0), (95, 2.5, 0.0), (120, 3.0, 0.9)]


@pytest.mark.parametrize("technique", TECHNIQUES, ids=str)
def test_the_default_stands_for_the_whole_spectrum_within_a_per_cent(technique):
    """On every path the signal is within 1 % of the 1 keV sum (0.5 % RMS), by 7 to 10 energies."""
    beam = tube_spectrum(*technique)
    few = effective_bins(beam, response=_response)
    assert ENERGY_COUNTS[0] <= len(few.energies_kev) <= 10
    error = _errors(beam, few)
    assert np.abs(error).max() < 0.01
    assert np.sqrt(np.mean(error**2)) < 0.005


def test_a_mobile_c_arm_needs_seven_or_eight_energies():
    """Behind 4 mm Al and 0.1 mm Cu, 70 to 110 kV: the price of every pixel."""
    counts = [
        len(effective_bins(tube_spectrum(kv, 4.0, 0.1), response=_response).energies_kev) for kv in (72, 88, 106)
    ]
    assert max(counts) <= 8


@pytest.mark.parametrize(
    ("count", "most"), [(6, 0.053), (7, 0.016), (8, 0.0092), (10, 0.0034), (12, 0.001)], ids=lambda v: str(v)
)
def test_the_errors_that_the_docstring_states(count, most):
    """From 70 to 120 kV each number of energies keeps the error of its column."""
    for technique in ((70, 4.0, 0.1), (80, 3.0, 0.1), (100, 4.5, 0.3), (115, 4.0, 0.1)):
        beam = tube_spectrum(*technique)
        few = effective_bins(beam, count, response=_response)
        assert len(few.energies_kev) <= count
        assert np.abs(_errors(beam, few)).max() < most


def test_fewer_energies_are_worse():
    """Four energies miss the 1 % that the default keeps: the count matters, and the tests above can fail."""
    beam = tube_spectrum(90.0, 4.0, 0.1)
    assert 0.02 < np.abs(_errors(beam, effective_bins(beam, 4, response=_response))).max() < 0.5


def test_the_same_beam_gives_the_same_energies():
    """Twice the same call is the same to the last bit: pictures can be drawn again."""
    beam = tube_spectrum(81.0, 4.0, 0.1)
    once, again = effective_bins(beam), effective_bins(beam)
    np.testing.assert_array_equal(once.energies_kev, again.energies_kev)
    np.testing.assert_array_equal(once.photons_mm2_per_mas, again.photons_mm2_per_mas)


def test_effective_energies_are_bins_of_the_spectrum():
    """Each chosen energy is one of the spectrum's own: none sits on the wrong side of a K edge."""
    beam = tube_spectrum(95.0, 3.0, 0.1)
    few = effective_bins(beam, 10)
    assert np.all(np.isin(few.energies_kev, beam.energies_kev))
    assert np.all(few.photons_mm2_per_mas > 0.0)
    assert mean_energy_kev(few) == pytest.approx(mean_energy_kev(beam), rel=0.03)


def test_one_energy_stands_for_itself():
    """The effective energies of a monochromatic beam are the beam."""
    few = effective_bins(MONO, 12)
    np.testing.assert_allclose(few.energies_kev, MONO.energies_kev)
    np.testing.assert_allclose(few.photons_mm2_per_mas, MONO.photons_mm2_per_mas, rtol=1e-9)


def test_one_energy_for_a_whole_beam_is_its_effective_energy():
    """A single energy lies inside the beam and keeps the signal behind its typical path in the right decade."""
    beam = tube_spectrum(90.0, 4.0, 0.1)
    one = effective_bins(beam, 1)
    assert one.energies_kev.shape == (1,)
    assert 50.0 < one.energies_kev[0] < 90.0


def test_columns_that_sum_to_one_exactly_are_found():
    """Where three columns alone explain every row, they are the ones chosen, with their weights, without error."""
    draw = np.random.default_rng(8)
    true = draw.random((200, 3)) + 0.1
    true /= true @ np.array([0.5, 1.0, 2.0])[:, None]
    shares = draw.random((200, 20)) * 0.3
    shares[:, [4, 11, 17]] = true
    columns, weights, error = few_columns(shares, 3)
    np.testing.assert_array_equal(columns, [4, 11, 17])
    np.testing.assert_allclose(weights, [0.5, 1.0, 2.0], rtol=1e-6)
    assert error < 1e-6


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: effective_bins(MONO, 0), "count"),
        (lambda: effective_bins(attenuated(MONO, {WATER: 1.0e5})), "without photons"),
    ],
)
def test_mistakes_are_named(call, says):
    """Each impossible argument raises a ValueError that says which."""
    with pytest.raises(ValueError, match=says):
        call()

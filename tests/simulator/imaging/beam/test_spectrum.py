"""Spectra: where they begin and end, anodes, filtration, and quality."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anatomy.tissue import MINERAL, SOFT
from simulator.imaging.beam.attenuation import (
    AIR,
    ALUMINIUM,
    air_energy_absorption_cm2_g,
    mass_attenuation_cm2_g,
)
from simulator.imaging.beam.spectrum import (
    Spectrum,
    air_kerma_mgy_per_mas,
    attenuated,
    half_value_layer_mm_al,
    mean_energy_kev,
    photons_mm2_per_mgy,
    tube_spectrum,
)
from simulator.imaging.beam.tube_table import ANODES_DEG

MONO = Spectrum(np.array([60.0]), np.array([1.0e6]))


@given(kv=st.floats(40.0, 120.0))
def test_the_spectrum_ends_at_the_tube_potential(kv):
    """The last bin's centre lies below kv by at most half a bin, and no photon above it."""
    energies = tube_spectrum(kv, 3.0, 0.0).energies_kev
    assert 0.0 <= kv - energies[-1] <= 0.5
    assert np.all(np.diff(energies) > 0.0)


@given(kv=st.integers(40, 119))
def test_the_spectrum_is_continuous_in_kv(kv):
    """Just below and just above a whole kV kerma agrees, so the table's steps do not show."""
    below, above = (air_kerma_mgy_per_mas(tube_spectrum(kv + d, 3.0, 0.1)) for d in (-1e-6 * (kv > 40), 1e-6))
    assert above == pytest.approx(below, rel=1e-5)


def _line_to_neighbours(kv: float) -> float:
    photons = tube_spectrum(kv, 3.0, 0.0).photons_mm2_per_mas
    return float(photons[59] / np.sqrt(photons[58] * photons[60]))


@pytest.mark.parametrize("kv", [68.0, 69.0, 69.4, 69.52])
def test_no_k_line_below_its_threshold(kv):
    """Up to the tungsten K edge (69.525 keV) the bin of the K-alpha line is as high as its neighbours."""
    assert _line_to_neighbours(kv) == pytest.approx(1.0, abs=0.01)


def test_k_lines_grow_above_their_threshold():
    """K-alpha stands out more and more from 80 to 120 kV."""
    heights = [_line_to_neighbours(kv) for kv in (75, 80, 100, 120)]
    assert heights == sorted(heights)
    assert heights[1] > 1.2
    assert heights[3] > 3.0


@pytest.mark.slow
@pytest.mark.parametrize("anode_deg", ANODES_DEG)
def test_table_and_interpolation_agree_with_their_model(anode_deg):
    """Between two columns of each table the tube is spekpy's within 0.1 %, in its last five bins within 3 %."""
    tabulate = pytest.importorskip("simulator.imaging.beam.tabulate_spectra", reason="spekpy is not installed")
    kv = 84.5
    continuum, lines = (tabulate.photons_mm2_per_mas(kv, anode_deg, lines=lines) for lines in (False, True))
    model = continuum + lines
    beam = tube_spectrum(kv, 0.0, 0.0, anode_deg=anode_deg)
    metre_of_air = 100.0 * AIR.density_g_cm3 * mass_attenuation_cm2_g(AIR, beam.energies_kev[5:])
    bare = beam.photons_mm2_per_mas[5:] * np.exp(metre_of_air)
    np.testing.assert_allclose(bare[:-6], model[5:79], rtol=1e-3)
    np.testing.assert_allclose(bare[-6:-1], model[79:84], rtol=0.03)
    assert bare[-1] == pytest.approx(model[84], rel=0.1)


@settings(deadline=None, max_examples=40)
@given(kv=st.floats(50.0, 120.0), copper_mm=st.floats(0.0, 0.2))
def test_steeper_anodes_make_a_harder_weaker_beam(kv, copper_mm):
    """The smaller the target angle, the more tungsten is crossed: harder, and weaker behind little copper."""
    beams = [tube_spectrum(kv, 3.0, copper_mm, anode_deg=angle) for angle in sorted(ANODES_DEG)]
    hardness = [half_value_layer_mm_al(beam) for beam in beams]
    kerma = [air_kerma_mgy_per_mas(beam) for beam in beams]
    assert hardness == sorted(hardness, reverse=True)
    assert kerma == sorted(kerma)
    default = tube_spectrum(kv, 3.0, copper_mm).photons_mm2_per_mas
    np.testing.assert_array_equal(default, beams[1].photons_mm2_per_mas)


def test_attenuation_adds_up_along_the_ray():
    """Two absorbers one after the other are both at once, in any order; nothing changes nothing."""
    beam = tube_spectrum(90.0, 4.0, 0.1)
    both = attenuated(beam, {SOFT: 10.0, MINERAL: 2.0}).photons_mm2_per_mas
    turns = attenuated(attenuated(beam, {MINERAL: 2.0}), {SOFT: 10.0}).photons_mm2_per_mas
    np.testing.assert_allclose(both, turns, rtol=1e-12)
    np.testing.assert_array_equal(attenuated(beam, {}).photons_mm2_per_mas, beam.photons_mm2_per_mas)


@settings(deadline=None)
@given(
    kv=st.floats(50.0, 120.0),
    aluminium_mm=st.floats(1.0, 6.0),
    copper_mm=st.floats(0.0, 0.6),
    more=st.sampled_from([(0.5, 0.0), (0.0, 0.05)]),
)
def test_more_filtration_makes_a_harder_weaker_beam(kv, aluminium_mm, copper_mm, more):
    """Filtration raises half-value layer and mean energy and lowers kerma, at every technique."""
    thin = tube_spectrum(kv, aluminium_mm, copper_mm)
    thick = tube_spectrum(kv, aluminium_mm + more[0], copper_mm + more[1])
    assert half_value_layer_mm_al(thick) > half_value_layer_mm_al(thin)
    assert mean_energy_kev(thick) > mean_energy_kev(thin)
    assert air_kerma_mgy_per_mas(thick) < air_kerma_mgy_per_mas(thin)


@settings(deadline=None)
@given(kv=st.floats(45.0, 115.0), step=st.floats(1.0, 5.0))
def test_more_tube_potential_makes_a_harder_stronger_beam(kv, step):
    """kV raises half-value layer and kerma."""
    low, high = tube_spectrum(kv, 3.0, 0.1), tube_spectrum(kv + step, 3.0, 0.1)
    assert half_value_layer_mm_al(high) > half_value_layer_mm_al(low)
    assert air_kerma_mgy_per_mas(high) > air_kerma_mgy_per_mas(low)


def test_half_value_layer_of_one_energy_is_its_logarithm():
    """Monochromatic: ln 2 over the linear attenuation of aluminium."""
    linear_per_mm = 0.1 * ALUMINIUM.density_g_cm3 * mass_attenuation_cm2_g(ALUMINIUM, [60.0])[0]
    assert half_value_layer_mm_al(MONO) == pytest.approx(np.log(2.0) / linear_per_mm, rel=1e-6)


def test_kerma_of_one_energy_in_si_units():
    """1e6 photons of 60 keV on a mm2: fluence times energy times energy absorption, in J/kg."""
    joule_per_m2 = 1.0e12 * 60.0e3 * 1.602176634e-19
    m2_per_kg = 0.1 * air_energy_absorption_cm2_g([60.0])[0]
    assert air_kerma_mgy_per_mas(MONO) == pytest.approx(1000.0 * joule_per_m2 * m2_per_kg, rel=1e-5)


@given(distance_mm=st.floats(100.0, 3000.0), times=st.floats(0.1, 50.0))
def test_kerma_follows_the_inverse_square_and_the_mas(distance_mm, times):
    """Kerma falls with the square of the distance and is proportional to the photons, hence to mAs."""
    beam = tube_spectrum(80.0, 3.0, 0.1)
    more = Spectrum(beam.energies_kev, times * beam.photons_mm2_per_mas)
    here = air_kerma_mgy_per_mas(beam)
    assert air_kerma_mgy_per_mas(more, distance_mm) == pytest.approx(times * here * (1000.0 / distance_mm) ** 2)
    assert photons_mm2_per_mgy(more) == pytest.approx(photons_mm2_per_mgy(beam))


def test_spectra_cannot_be_changed_and_do_not_share_their_input():
    """Arrays of a spectrum are read-only copies."""
    energies, photons = np.array([30.0, 60.0]), np.array([1.0, 2.0])
    beam = Spectrum(energies, photons)
    photons[0] = 99.0
    assert beam.photons_mm2_per_mas[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        beam.photons_mm2_per_mas[0] = 5.0


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: tube_spectrum(39.9, 3.0, 0.0), "39.9"),
        (lambda: tube_spectrum(120.1, 3.0, 0.0), "120.1"),
        (lambda: tube_spectrum(90.0, -1.0, 0.0), "-1.0 mm Al"),
        (lambda: Spectrum(np.array([30.0, 20.0]), np.ones(2)), "increasing"),
        (lambda: Spectrum(np.array([30.0, 40.0]), np.ones(3)), "as many"),
        (lambda: Spectrum(np.array([30.0]), np.array([-1.0])), "not negative"),
        (lambda: air_kerma_mgy_per_mas(MONO, 0.0), "distance_mm"),
        (lambda: tube_spectrum(90.0, 3.0, 0.0, anode_deg=11), "8, 10, 12 degrees are tabulated, got 11"),
    ],
)
def test_mistakes_are_named(call, says):
    """Each impossible argument raises a ValueError that says which."""
    with pytest.raises(ValueError, match=says):
        call()

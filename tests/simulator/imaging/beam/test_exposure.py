"""Automatic exposure and dose: thicker patients, limits of the tube, and what a pulse costs."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy.tissue import ADIPOSE, SOFT
from anatomy.volume import Grid, Volume
from simulator.imaging.beam.exposure import (
    CURVES,
    DETECTOR_NGY,
    GENERATORS,
    Technique,
    automatic_technique,
    dose_of,
    mean_exit_spectrum,
    spectrum_at,
    tissue_in_beam_mm,
)
from simulator.imaging.beam.scatter import GRID_PRIMARY_TRANSMISSION
from simulator.imaging.beam.spectrum import air_kerma_mgy_per_mas, attenuated
from tests.fingerprint import fingerprint
from tests.simulator.imaging.small_views import view_at

SID_MM, SOD_MM = 1020.0, 530.0
FIELD_MM = (298.0, 298.0)


def behind_ngy(technique: Technique, tissue_mm: float) -> float:
    """Kerma behind patient and grid, nGy, worked out again from the spectrum."""
    exit_spectrum = attenuated(spectrum_at(technique.kv), {SOFT: 0.1 * tissue_mm * SOFT.density_g_cm3})
    per_mas = air_kerma_mgy_per_mas(exit_spectrum, SID_MM) * GRID_PRIMARY_TRANSMISSION
    return 1e6 * technique.mas * per_mas


def test_a_thicker_patient_gets_more_potential_and_more_dose():
    """From a child's thickness to the tube's end kV never falls and the entrance dose of a pulse always rises."""
    thickness = np.arange(80.0, 325.0, 10.0)
    chosen = [automatic_technique(t, SID_MM) for t in thickness]
    kerma = [dose_of(t, FIELD_MM, SID_MM, SOD_MM).reference_kerma_mgy for t in chosen]
    assert np.all(np.diff([t.kv for t in chosen]) >= 0.0)
    assert np.all(np.diff(kerma) > 0.0)
    assert chosen[0].kv < chosen[-1].kv


@pytest.mark.parametrize("tissue_mm", [120.0, 180.0, 220.0, 260.0])
def test_the_detector_gets_its_dose(tissue_mm):
    """As long as the tube can, kerma behind patient and grid is what the detector is run at."""
    chosen = automatic_technique(tissue_mm, SID_MM)
    low, high = GENERATORS["pulsed"].mas_limits(chosen.kv)
    assert low < chosen.mas < high
    assert behind_ngy(chosen, tissue_mm) == pytest.approx(DETECTOR_NGY, rel=2e-3)


def test_at_the_limit_of_the_tube_the_picture_is_underexposed():
    """Half a metre of tissue asks for more than there is: limits hold, and the detector starves."""
    chosen = automatic_technique(500.0, SID_MM)
    assert chosen.kv == CURVES["standard"].kv_limits[1] == 110.0
    assert chosen.mas == pytest.approx(GENERATORS["pulsed"].mas_limits(110.0)[1], rel=1e-3)
    assert chosen.pulse_ms == GENERATORS["pulsed"].pulse_ms[1]
    assert behind_ngy(chosen, 500.0) < 0.5 * DETECTOR_NGY


def test_air_alone_gets_the_least():
    """Without a patient both limits below hold; the tube cannot give less."""
    chosen = automatic_technique(0.0, SID_MM)
    assert chosen.kv == CURVES["standard"].kv_limits[0]
    assert chosen.mas == GENERATORS["pulsed"].mas_limits(chosen.kv)[0]


def test_kilovolts_are_whole_numbers():
    """As on a machine's display, so that spectra repeat."""
    assert all(automatic_technique(t, SID_MM).kv % 1.0 == 0.0 for t in np.linspace(100.0, 350.0, 40))


@pytest.mark.parametrize(("tissue_mm", "low", "high"), [(200.0, 70.0, 80.0), (270.0, 80.0, 95.0)])
def test_the_curve_lies_in_the_published_range(tissue_mm, low, high):
    """Frontal some 20 cm at 70 to 80 kV, lateral some 27 cm at 80 to 95 kV (physics D1, unconfirmed)."""
    assert low <= automatic_technique(tissue_mm, SID_MM).kv <= high


@pytest.mark.parametrize("field_mm", [(298.0, 298.0), (120.0, 298.0), (80.0, 60.0)])
def test_dose_area_product_is_kerma_times_area(field_mm):
    """At the reference point, 380 mm from the focus, kerma times the beam's area there is the product."""
    dose = dose_of(Technique(80.0, 0.3), field_mm, SID_MM, SOD_MM)
    at_reference = (SOD_MM - 150.0) / SID_MM
    area_cm2 = field_mm[0] * field_mm[1] * at_reference**2 / 100.0
    assert dose.area_product_gycm2 == pytest.approx(1e-3 * dose.reference_kerma_mgy * area_cm2, rel=1e-6)


def test_collimation_spares_area_not_kerma():
    """Half the field gives half the product and the same kerma at the reference point."""
    open_field, half = (dose_of(Technique(80.0, 0.3), (h, 298.0), SID_MM, SOD_MM) for h in (298.0, 149.0))
    assert half.area_product_gycm2 == pytest.approx(0.5 * open_field.area_product_gycm2)
    assert half.reference_kerma_mgy == open_field.reference_kerma_mgy


def test_dose_grows_with_charge_and_potential():
    """In proportion to mAs; with kV faster than in proportion."""
    base = dose_of(Technique(80.0, 0.3), FIELD_MM, SID_MM, SOD_MM)
    twice = dose_of(Technique(80.0, 0.6), FIELD_MM, SID_MM, SOD_MM)
    harder = dose_of(Technique(96.0, 0.3), FIELD_MM, SID_MM, SOD_MM)
    assert twice.reference_kerma_mgy == pytest.approx(2.0 * base.reference_kerma_mgy)
    assert twice.area_product_gycm2 == pytest.approx(2.0 * base.area_product_gycm2)
    assert harder.reference_kerma_mgy > 1.2 * base.reference_kerma_mgy


def slab(density_g_cm3: float, thickness_mm: float) -> Volume:
    """A wide slab across the beam of a frontal view, 4 mm voxels."""
    grid = Grid.spanning((-160.0, -thickness_mm / 2, -160.0), (160.0, thickness_mm / 2, 160.0), 4.0)
    return Volume(np.full(grid.shape, density_g_cm3, np.float32), grid)


def test_the_machine_measures_how_thick_the_patient_is():
    """Soft tissue counts its millimetres, fat by its density and attenuation, air nothing."""
    view = view_at(0.0)
    air = slab(0.0, 200.0)
    assert tissue_in_beam_mm(air, air, view) == 0.0
    found = tissue_in_beam_mm(slab(SOFT.density_g_cm3, 200.0), air, view)
    assert found == pytest.approx(200.0, abs=4.0)  # sampled every 3 mm
    fat = tissue_in_beam_mm(air, slab(ADIPOSE.density_g_cm3, 200.0), view)
    assert fat == pytest.approx(0.964 * 200.0 * ADIPOSE.density_g_cm3 / SOFT.density_g_cm3, abs=4.0)
    assert (
        tissue_in_beam_mm(slab(SOFT.density_g_cm3, 120.0), slab(ADIPOSE.density_g_cm3, 80.0), view) < found + fat
    )


def test_a_patient_is_thicker_from_the_side(patient):
    """In the lateral view automatic exposure chooses more kV and gives more dose, and changes nothing."""
    before = fingerprint(patient.soft, patient.adipose)
    chosen = []
    for primary in (180.0, 90.0):
        thickness = tissue_in_beam_mm(patient.soft, patient.adipose, view_at(primary))
        chosen.append(automatic_technique(thickness, SID_MM))
    assert chosen[1].kv > chosen[0].kv + 5.0
    assert chosen[1].mas > chosen[0].mas
    assert fingerprint(patient.soft, patient.adipose) == before


def test_the_exit_beam_is_weaker_and_harder():
    """Behind 20 cm of tissue a hundredth or less is left, of higher mean energy."""
    entrance, left = spectrum_at(80.0), mean_exit_spectrum(Technique(80.0, 0.3), 200.0)

    def mean_kev(s):
        return float(np.average(s.energies_kev, weights=s.photons_mm2_per_mas))

    assert left.photons_mm2_per_mas.sum() < 0.02 * entrance.photons_mm2_per_mas.sum()
    assert mean_kev(left) > mean_kev(entrance) + 3.0

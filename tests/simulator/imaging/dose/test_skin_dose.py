"""Skin dose: one pulse in closed form, inverse square, collimation, turning, and the area product found again."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.imaging.beam.exposure import Technique, dose_of
from simulator.imaging.carm import CArmModel
from simulator.imaging.dose.skin import Skin, skin_of
from simulator.imaging.dose.skin_dose import (
    TISSUE_TO_AIR,
    backscatter_factor,
    skin_dose_map,
    table_transmission,
    through_table,
)
from tests.fingerprint import fingerprint
from tests.simulator.imaging.solids.bodies_of_revolution import REFERENCE_MM, beam, cylinder, slab


def at(found, point_mm, values):
    """The value of the patch nearest to a point."""
    away = np.linalg.norm(found.skin.points_mm - np.asarray(point_mm), axis=-1)
    return values[np.unravel_index(away.argmin(), away.shape)]


def irradiated_cm2(found) -> float:
    """Skin that the beam reached."""
    return float(np.linalg.norm(found.skin.areas_mm2, axis=-1)[found.incident_mgy > 0.0].sum() / 100.0)


def test_one_pulse_on_a_flat_body():
    """On the central ray: reference kerma by inverse square, backscatter of the field there, tissue, table."""
    found = skin_dose_map(slab(), [beam(kerma_mgy=2.0)])
    distance_mm = 530.0 - 100.0
    kerma = 2.0 * (REFERENCE_MM / distance_mm) ** 2
    factor = backscatter_factor(80.0, 200.0 * distance_mm / 1020.0) * TISSUE_TO_AIR * table_transmission(80.0)
    assert at(found, (0.0, 100.0, 0.0), found.incident_mgy) == pytest.approx(kerma, rel=1e-3)
    assert at(found, (0.0, 100.0, 0.0), found.dose_mgy) == pytest.approx(kerma * factor, rel=1e-3)


@pytest.mark.parametrize(("orbital_deg", "side", "table"), [(90.0, "left side", 1.0), (-90.0, "right side", 1.0),
                                                            (0.0, "front", None)])  # fmt: skip
def test_one_pulse_on_a_cylinder(orbital_deg, side, table):
    """The peak lies under the tube, at closest distance; only the beam from below comes through the table."""
    found = skin_dose_map(cylinder(120.0), [beam(orbital_deg)])
    distance_mm = 530.0 - 120.0
    kerma = (REFERENCE_MM / distance_mm) ** 2
    table = table or table_transmission(80.0)
    assert found.peak_side == side
    # the field's mean depth on the round skin is some millimetres more than its middle's
    backscatter = backscatter_factor(80.0, 200.0 * (distance_mm + 5.0) / 1020.0)
    assert found.peak_mgy == pytest.approx(kerma * TISSUE_TO_AIR * table * backscatter, rel=0.01)
    assert np.abs(found.peak_at_mm[2]) < 6.0
    assert found.incident_mgy.max() == pytest.approx(kerma, rel=2e-3)


@pytest.mark.parametrize("up_mm", [-60.0, 60.0, 110.0])
def test_inverse_square(up_mm):
    """Raising the table takes the skin away from the tube: the incident kerma falls with the square."""
    found = skin_dose_map(slab(), [beam(table_mm=(0.0, 0.0, up_mm))])
    expected = (REFERENCE_MM / (430.0 + up_mm)) ** 2
    assert found.incident_mgy.max() == pytest.approx(expected, rel=1e-3)


def test_only_skin_in_the_beam_that_faces_the_tube():
    """None on the far side, none beyond the field's edges as projected on the skin."""
    found = skin_dose_map(slab(), [beam(field_mm=(200.0, 120.0))])
    x, y, z = np.moveaxis(found.skin.points_mm[found.dose_mgy > 0.0], -1, 0)
    scale = 430.0 / 1020.0
    assert np.all(y > 99.0)
    assert np.abs(x).max() == pytest.approx(60.0 * scale, abs=1.5)
    assert np.abs(z).max() == pytest.approx(100.0 * scale, abs=4.0)


def test_collimation_halves_the_area_and_not_the_kerma():
    """Half the width, or an iris: less skin, the same kerma on it, and a little less backscatter."""
    whole, half, round_ = (
        skin_dose_map(slab(), [b]) for b in (beam(), beam(field_mm=(200.0, 100.0)), beam(iris_mm=200.0))
    )
    assert irradiated_cm2(half) == pytest.approx(0.5 * irradiated_cm2(whole), rel=0.06)
    assert irradiated_cm2(round_) == pytest.approx(0.25 * np.pi * irradiated_cm2(whole), rel=0.06)
    assert half.incident_mgy.max() == pytest.approx(whole.incident_mgy.max(), rel=1e-3)
    assert 0.93 < half.peak_mgy / whole.peak_mgy < 1.0


@pytest.mark.parametrize("body", [slab(), cylinder(140.0)], ids=["flat", "round"])
@pytest.mark.parametrize("field_mm", [(240.0, 240.0), (120.0, 200.0)])
def test_the_area_product_is_found_again_on_the_skin(body: Skin, field_mm):
    """Kerma through the skin, summed over all patches, is the dose-area product of the pulse within 4 %.

    dose_of takes the kerma of the central ray for the whole field; towards its edges inverse square leaves less.
    """
    model, technique = CArmModel(), Technique(80.0, 0.3)
    dose = dose_of(technique, field_mm, model.source_to_detector_mm, model.source_to_isocentre_mm)
    pulse = beam(field_mm=field_mm, kerma_mgy=dose.reference_kerma_mgy)
    found = skin_dose_map(body, [pulse])
    onward = found.skin.points_mm - pulse.source_mm
    onward /= np.linalg.norm(onward, axis=-1, keepdims=True)
    through_cm2 = -np.sum(found.skin.areas_mm2 * onward, axis=-1) / 100.0
    product = float(np.sum(found.incident_mgy * through_cm2)) / 1000.0
    assert product == pytest.approx(dose.area_product_gycm2, rel=0.04)


def test_turning_the_carm_spreads_the_dose():
    """Ten pulses from one side give ten times one; over 90 degrees the peak is much lower."""
    body = cylinder(120.0)
    one = skin_dose_map(body, [beam(field_mm=(150.0, 100.0))])
    still = skin_dose_map(body, [beam(field_mm=(150.0, 100.0))] * 10)
    turned = skin_dose_map(body, [beam(a, (150.0, 100.0)) for a in np.linspace(-45.0, 45.0, 10)])
    np.testing.assert_allclose(still.dose_mgy, 10.0 * one.dose_mgy, rtol=1e-12)
    assert turned.peak_mgy < 0.6 * still.peak_mgy
    assert irradiated_cm2(turned) > 2.0 * irradiated_cm2(still)


def test_doses_add_up_in_any_order_and_nothing_changes():
    """A map of all pulses is the sum of maps of each."""
    body, pulses = cylinder(), [beam(0.0), beam(30.0, kv=95.0), beam(90.0, kerma_mgy=3.0)]
    before = fingerprint(body.radius_mm)
    together = skin_dose_map(body, pulses[::-1]).dose_mgy
    np.testing.assert_allclose(together, sum(skin_dose_map(body, [p]).dose_mgy for p in pulses), rtol=1e-9)
    assert fingerprint(body.radius_mm) == before


def test_no_pulse_no_dose():
    """An empty list leaves a map of zeros."""
    found = skin_dose_map(cylinder(), [])
    assert (found.peak_mgy, found.area_above_cm2(0.0)) == (0.0, 0.0)


def test_the_body_shades_itself():
    """Light from the left does not fall on the right slope of a groove along the back."""
    angle = np.linspace(0.0, 2.0 * np.pi, 360, endpoint=False)
    groove = 35.0 * np.exp(-0.5 * ((angle - 1.5 * np.pi) / 0.12) ** 2)
    body = Skin(np.repeat((120.0 - groove)[:, None], 40, axis=1), (0.0, 0.0), -100.0, 5.0)
    pulse = beam(90.0, (290.0, 290.0), table_mm=(0.0, 0.0, -90.0))  # the back at the height of the beam
    found = skin_dose_map(body, [pulse])
    slope = np.array([8.0, -93.0, 0.0])
    assert pulse.hits(slope[:, None])[0]
    at_slope = np.linalg.norm(found.skin.points_mm - slope, axis=-1).argmin()
    towards = found.skin.areas_mm2.reshape(-1, 3)[at_slope] @ (pulse.source_mm - slope)
    assert towards > 0.0  # it faces the tube, and yet
    assert at(found, slope, found.dose_mgy) == 0.0
    assert at(found, (-60.0, -104.0, 0.0), found.dose_mgy) > 0.5


@pytest.mark.parametrize(
    ("kv", "side_mm", "published"),
    [(70.0, 100.0, 1.38), (70.0, 200.0, 1.45), (80.0, 100.0, 1.40), (80.0, 200.0, 1.48), (90.0, 100.0, 1.41),
     (90.0, 200.0, 1.50)],
)  # fmt: skip
def test_backscatter_agrees_with_another_table(kv, side_mm, published):
    """IAEA TRS 457, water, 3 mm Al with 0.1 mm Cu, a little softer than ours: within 3 % (from memory)."""
    assert backscatter_factor(kv, side_mm) == pytest.approx(published, rel=0.03)


def test_backscatter_grows_with_the_field_from_one():
    """A point has none; a field larger than the table's largest has that one's."""
    factors = [backscatter_factor(80.0, side) for side in (0.0, 20.0, 50.0, 100.0, 200.0, 350.0, 500.0)]
    assert factors[0] == 1.0
    assert np.all(np.diff(factors) >= 0.0)
    assert factors[-1] == factors[-2] < 1.6


def test_the_table_lets_most_through_and_less_at_a_slant():
    """Between 0.7 and 0.9, more at higher potential; the power of 1 / cosine; beside it everything."""
    assert 0.7 < table_transmission(60.0) < table_transmission(80.0) < table_transmission(110.0) < 0.9
    body = cylinder(120.0)
    middle = np.array([[0.0, 0.0, 0.0]])
    assert through_table(beam(0.0), body, middle)[0] == pytest.approx(table_transmission(80.0))
    slanted = through_table(beam(40.0), body, middle)[0]
    assert slanted == pytest.approx(table_transmission(80.0) ** (1.0 / np.cos(np.radians(40.0))), rel=1e-6)
    assert through_table(beam(75.0), body, middle)[0] == 1.0  # passes the edge of the top


def test_the_peak_of_a_patient(patient):
    """3.8 kerma of a lateral and a frontal beam: the peak is on the side that had more, of a plausible size."""
    body = skin_of(patient.soft, patient.adipose).finer(3, 2)
    found = skin_dose_map(body, [beam(90.0, kerma_mgy=3.0), beam(0.0, kerma_mgy=0.8)])
    assert found.peak_side == "left side"
    assert 3.0 < found.peak_mgy < 6.0
    assert found.area_above_cm2(0.5 * found.peak_mgy) < found.area_above_cm2(0.0)

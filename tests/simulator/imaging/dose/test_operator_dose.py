"""Dose to the operator: scatter as published, inverse square, and hands in or out of the beam."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy.tissue import SOFT
from simulator.imaging.beam.exposure import spectrum_at
from simulator.imaging.beam.spectrum import air_kerma_mgy_per_mas, attenuated
from simulator.imaging.dose.operator_dose import (
    INJECTOR_REACH_MM,
    Operator,
    operator_at,
    operator_dose,
    scatter_mgy,
    scatter_share,
)
from simulator.imaging.dose.skin_dose import table_transmission
from tests.fingerprint import fingerprint
from tests.simulator.imaging.solids.bodies_of_revolution import REFERENCE_MM, beam, cylinder, slab

FAR_HEAD = (0.0, -100.0, 1500.0)


def dose_at(pulse, hand_mm, body=None):
    """Of one hand, with the head far away."""
    return operator_dose(pulse, body or slab(), Operator(np.array([hand_mm], dtype=float), np.array(FAR_HEAD)))


def test_scatter_is_the_published_share_at_one_metre():
    """Beside a patient: for each 400 cm2 the share for 90 degrees of the kerma that comes in.

    A small field, because a wide one sends rays of many angles, and those beyond 90 degrees weigh more.
    """
    side_mm = 40.0 * 1020.0 / 430.0  # at the detector, for 4 cm on the skin
    pulse, entrance = beam(field_mm=(side_mm, side_mm)), np.array([0.0, 100.0, 0.0])
    incident = (REFERENCE_MM / 430.0) ** 2 * table_transmission(80.0)
    found = scatter_mgy(pulse, slab(), np.array([entrance + (0.0, 0.0, 1000.0)]))[0]
    assert found == pytest.approx(incident * float(scatter_share(80.0, 90.0)) * 16.0 / 400.0, rel=0.04)


def test_scatter_falls_with_the_square_and_grows_with_area_and_kerma():
    """From 2 to 4 m a quarter; half the field half; in proportion to kerma."""
    points = np.array([[0.0, 100.0, 2000.0], [0.0, 100.0, 4000.0]])
    near, far = scatter_mgy(beam(), slab(), points)
    assert near / far == pytest.approx(4.0, rel=0.01)
    assert scatter_mgy(beam(field_mm=(200.0, 100.0)), slab(), points)[1] == pytest.approx(0.5 * far, rel=0.02)
    assert scatter_mgy(beam(kerma_mgy=3.0), slab(), points)[1] == pytest.approx(3.0 * far)


def test_more_scatter_on_the_side_of_the_tube():
    """A hand at the table gets several times more where the tube of a lateral view is."""
    tube, detector = (
        scatter_mgy(beam(90.0), cylinder(140.0), np.array([[x, 200.0, 0.0]]))[0] for x in (-300, 300)
    )
    assert tube > 4.0 * detector > 0.0


def test_a_field_beside_the_patient_scatters_nothing():
    """Only skin that is met sends scatter."""
    away = beam(table_mm=(0.0, 0.0, 0.0), field_mm=(20.0, 20.0))
    assert scatter_mgy(away, cylinder(120.0), np.array([[500.0, 0.0, 0.0]]))[0] > 0.0
    beside = beam(table_mm=(400.0, 0.0, 0.0), field_mm=(20.0, 20.0))
    assert scatter_mgy(beside, cylinder(120.0), np.array([[500.0, 0.0, 0.0]]))[0] == 0.0


@pytest.mark.parametrize("kv", [50.0, 70.0, 85.0, 110.0])
def test_the_share_of_scatter(kv):
    """About 1e-3 at 90 degrees, more backwards than sideways, growing with potential, constant beyond."""
    sideways, backwards = scatter_share(kv, (90.0, 135.0))
    assert 3e-4 < sideways < 1.6e-3
    assert backwards > 1.5 * sideways
    assert scatter_share(kv, 180.0) == backwards
    assert np.all(scatter_share(kv + 5.0, (30.0, 90.0, 120.0)) > scatter_share(kv, (30.0, 90.0, 120.0)))


def test_a_hand_before_the_patient_gets_the_whole_beam():
    """Between tube and patient, clear of the table: inverse square, and scatter from the skin behind it."""
    body, hand = cylinder(120.0), np.array([-320.0, 0.0, 0.0])
    found = dose_at(beam(90.0), hand, body)
    direct = 1e3 * (REFERENCE_MM / 210.0) ** 2
    scattered = 1e3 * scatter_mgy(beam(90.0), body, hand[None])[0]
    assert found.hand_in_beam
    assert found.hand_ugy == pytest.approx(direct + scattered, rel=1e-6)
    assert scattered < 0.1 * direct


def test_a_hand_behind_the_patient_gets_what_is_left():
    """Behind 20 cm of tissue and the table: less than 2 % of the kerma there, by Beer and Lambert."""
    hand = np.array([0.0, -160.0, 0.0])
    found = dose_at(beam(), hand)
    entrance = spectrum_at(80.0)
    behind = attenuated(entrance, {SOFT: 20.0 * SOFT.density_g_cm3})
    left = air_kerma_mgy_per_mas(behind) / air_kerma_mgy_per_mas(entrance)
    direct = 1e3 * (REFERENCE_MM / 690.0) ** 2 * left * table_transmission(80.0)
    assert found.hand_in_beam
    assert found.hand_ugy == pytest.approx(direct + 1e3 * scatter_mgy(beam(), slab(), hand[None])[0], rel=0.03)
    assert left < 0.02


def test_the_lateral_beam_passes_behind_a_back():
    """A hand at the hub, outside the body in a lateral beam: nothing is in the way."""
    body, hand = cylinder(60.0), np.array([0.0, -100.0, 0.0])
    found = dose_at(beam(90.0, (290.0, 290.0)), hand, body)
    assert found.hand_in_beam
    assert found.hand_ugy > 1e3 * (REFERENCE_MM / np.hypot(530.0, 100.0)) ** 2


@pytest.mark.parametrize(
    ("hand_mm", "field_mm", "iris_mm", "met"),
    [
        ((0.0, -160.0, 0.0), (200.0, 200.0), None, True),
        ((100.0, -160.0, 0.0), (200.0, 200.0), None, True),  # the field reaches 68 mm there, a hand 40
        ((115.0, -160.0, 0.0), (200.0, 200.0), None, False),
        ((100.0, -160.0, 0.0), (200.0, 80.0), None, False),  # collimated away
        ((100.0, -160.0, 0.0), (200.0, 200.0), 80.0, False),  # by the iris
        ((100.0, -160.0, 100.0), (200.0, 200.0), None, False),  # beyond the corner, though near both edges
        ((0.0, -520.0, 0.0), (200.0, 200.0), None, False),  # behind the detector
        ((0.0, 560.0, 0.0), (200.0, 200.0), None, False),  # behind the tube
    ],
)
def test_hand_in_the_beam(hand_mm, field_mm, iris_mm, met):
    """A hand is met where its sphere reaches into the open field, between tube and detector."""
    assert dose_at(beam(field_mm=field_mm, iris_mm=iris_mm), hand_mm).hand_in_beam is met


def test_the_more_exposed_hand_counts_and_nothing_changes():
    """Of two hands the higher kerma; the inputs stay as they are."""
    hands = np.array([[400.0, 0.0, 0.0], [0.0, -160.0, 0.0]])
    operator, body = Operator(hands, np.array(FAR_HEAD)), slab()
    before = fingerprint(operator, body.radius_mm)
    both = operator_dose(beam(), body, operator)
    assert both.hand_in_beam
    assert both.hand_ugy == dose_at(beam(), hands[1]).hand_ugy > dose_at(beam(), hands[0]).hand_ugy
    assert fingerprint(operator, body.radius_mm) == before


def test_a_pulse_costs_what_measured_staff_doses_suggest():
    """5 minutes at 7.5 pulses/s and 0.1 mGy a pulse, half of it with a hand at the hub in the frontal beam: some
    tenths of a mGy to the hand and some hundredths to the head (measured: hand 0.2 to 0.7 mSv, eye 0.14 mSv)."""
    body = cylinder(110.0)
    hub = operator_at("at the hub", -1.0, (0.0, 0.0, 0.0), hub_mm=(-30.0, -170.0, 0.0), outward=(-0.2, -0.98, 0.0))
    idle = operator_at("at the table side", -1.0, (0.0, 0.0, 0.0))
    pulses = 0.5 * 300.0 * 7.5
    doses = [operator_dose(beam(kerma_mgy=0.1), body, operator) for operator in (hub, idle)]
    assert 0.1 < 1e-3 * pulses * sum(d.hand_ugy for d in doses) < 1.5
    assert 0.01 < 1e-3 * pulses * sum(d.head_ugy for d in doses) < 0.3


def test_where_the_hands_are():
    """At the hub; as far beyond it as the injector asks; or beside the table, on the operator's side."""
    hub, outward = np.array([-40.0, -150.0, 10.0]), np.array([0.0, -1.0, 0.0])
    at_hub = operator_at("at the hub", 1.0, (0.0, 0.0, 0.0), hub_mm=hub, outward=outward)
    np.testing.assert_array_equal(at_hub.hands_mm[0], hub)
    for injector, reach_mm in INJECTOR_REACH_MM.items():
        found = operator_at("at the syringe", 1.0, (0, 0, 0), hub_mm=hub, outward=outward, injector=injector)
        assert np.linalg.norm(found.hands_mm - hub, axis=1).max() == pytest.approx(reach_mm)
    for side in (-1.0, 1.0):
        found = operator_at("at the table side", side, (0.0, 0.0, 0.0))
        assert np.all(np.sign(found.hands_mm[:, 0]) == side)
        assert np.sign(found.head_mm[0]) == side
        assert found.head_mm[1] < -400.0  # above a prone patient's back
    with pytest.raises(ValueError, match="need the hub"):
        operator_at("at the hub", 1.0, (0.0, 0.0, 0.0))

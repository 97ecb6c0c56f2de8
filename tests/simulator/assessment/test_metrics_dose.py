"""Dose to skin and operator, from rows written by hand; older recordings say why there is none."""

from __future__ import annotations

import pytest

from simulator.imaging.dose.skin_dose import TISSUE_TO_AIR, backscatter_factor, table_transmission
from tests.simulator.assessment.by_hand import exposed, measured, value_of
from tests.simulator.assessment.test_pulses import CYLINDER, pulse_row

PLAN = {"target": "L1", "skin": CYLINDER.as_row()}


def test_peak_skin_dose_is_the_closed_form_on_a_cylinder() -> None:
    """Ten frontal pulses of 0.5 mGy: inverse square to 420 mm, backscatter, tissue, table; where, in the note."""
    rows = [pulse_row(8 * i, i, reference_kerma_mgy=0.5) for i in range(10)]
    found = measured("peak_skin_dose_mgy", *rows, plan=PLAN)
    kerma = 5.0 * (380.0 / 420.0) ** 2
    factor = backscatter_factor(80.0, 298.0 * 430.0 / 1020.0) * TISSUE_TO_AIR * table_transmission(80.0)
    assert found.value == pytest.approx(kerma * factor, rel=0.01)
    assert found.note == "front"


def test_peak_skin_dose_is_no_sum_of_planes() -> None:
    """Frontal and lateral fields lie on different skin: the higher counts."""
    frontal, lateral = pulse_row(0), pulse_row(8, 2, orbital_deg=90.0, reference_kerma_mgy=0.3)
    alone = value_of("peak_skin_dose_mgy", lateral, plan=PLAN)
    assert value_of("peak_skin_dose_mgy", frontal, lateral, plan=PLAN) == alone


def test_no_picture_no_skin_dose() -> None:
    """Zero, which is what was given."""
    assert value_of("peak_skin_dose_mgy") == 0.0


def test_an_old_recording_has_no_skin() -> None:
    """Left out of the score, with the reason."""
    found = measured("peak_skin_dose_mgy", exposed(60))
    assert (found.value, found.missing) == (None, "no occasion")
    assert "does not hold the patient's skin" in found.because


HANDS = {"hand_in_beam": False, "hand_ugy": 0.5, "head_ugy": 0.04}


def test_hands_in_the_beam_are_counted_and_doses_summed() -> None:
    """Two of three pulses, the first at 1.5 s."""
    rows = [exposed(30, **HANDS), exposed(90, **{**HANDS, "hand_in_beam": True, "hand_ugy": 8.0}),
            exposed(98, **{**HANDS, "hand_in_beam": True})]  # fmt: skip
    found = measured("hand_in_beam_pulses", *rows)
    assert (found.value, found.at_s) == (2.0, 1.5)
    assert value_of("hand_dose_ugy", *rows) == 9.0
    assert value_of("head_dose_ugy", *rows) == pytest.approx(0.12)


@pytest.mark.parametrize("metric", ["hand_in_beam_pulses", "hand_dose_ugy", "head_dose_ugy"])
def test_an_old_recording_does_not_know_the_hands(metric: str) -> None:
    """One pulse without the fields is enough; without any pulse there was no dose."""
    found = measured(metric, exposed(30, **HANDS), exposed(60))
    assert (found.value, found.missing) == (None, "no occasion")
    assert "where the operator's hands were" in found.because
    assert value_of(metric) == 0.0

"""Heat metrics, from rows written by hand."""

from __future__ import annotations

import pytest

from simulator.assessment.metrics.heat import FUNCTIONS
from tests.simulator.assessment.by_hand import measured, value_of

REACHED = {"peak_c": 38.0, "above_50_s": 0.0, "cem43_min": 0.1, "damage": 0.0}
CEMENT = {"in_body_ml": 3.0}


def forecast(peak_c: float, cem43_min: float) -> dict[str, float]:
    """A structure's row in a recording that was ended."""
    return {**REACHED, "forecast_peak_c": peak_c, "forecast_cem43_min": cem43_min}


def test_the_worst_of_what_will_be_counts() -> None:
    """The forecast where there is one; the hotter of two roots and two endplates."""
    heat = {
        "canal": forecast(46.5, 12.0),
        "root left": forecast(40.0, 0.2),
        "root right": forecast(41.5, 0.4),
        "endplate superior": forecast(71.0, 900.0),
        "endplate inferior": forecast(64.0, 300.0),
    }
    assert value_of("canal_peak_c", cement=CEMENT, heat=heat) == 46.5
    assert value_of("canal_thermal_dose_cem43_min", cement=CEMENT, heat=heat) == 12.0
    assert value_of("root_peak_c", cement=CEMENT, heat=heat) == 41.5
    assert value_of("root_thermal_dose_cem43_min", cement=CEMENT, heat=heat) == 0.4
    assert value_of("endplate_peak_c", cement=CEMENT, heat=heat) == 71.0


def test_a_recording_that_breaks_off_says_so() -> None:
    """What was reached, with a note that it is not the end."""
    found = measured("canal_peak_c", cement=CEMENT, heat={"canal": REACHED})
    assert found.value == 38.0
    assert found.note.startswith("so far")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nothing_is_made_up(name: str) -> None:
    """Without cement a step was left out; older recordings, which know no heat, are not judged by it."""
    assert measured(name).missing == "not done"
    assert measured(name, cement=CEMENT).missing == "no occasion"

"""Metrics of patient care, from rows written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.assessment.metrics.care import FUNCTIONS
from simulator.engine.recording import Row
from tests.simulator.assessment.by_hand import event, evidence


def measured(metric: str, *rows: Row, **more: Any) -> Any:
    return FUNCTIONS[metric](evidence(*rows, **more))


def vital(second: int, **values: Any) -> Row:
    return {"row": "vitals", "tick": 60 * second, **values}


def test_time_in_trouble_is_summed() -> None:
    """Rows hold until the next: 10 s and 20 s below the limit, the last until the end."""
    rows = [vital(s, saturation_percent=v) for s, v in ((0, 96.0), (10, 88.0), (20, 91.0), (40, 85.0))]
    found = measured("hypoxic_s", *rows, duration_s=60.0)
    assert (found.value, found.at_s) == (30.0, 10.0)
    assert measured("hypotensive_s", vital(0, mean_pressure_mmhg=64.9), duration_s=5.0).value == 5.0
    assert measured("oversedated_s", vital(0, responsiveness=3), duration_s=5.0).value == 0.0
    assert measured("oversedated_s", vital(0, pain=1.0)).missing == "no occasion"


def alarm(second: int, vital: str, value: float) -> Row:
    return event(60 * second, "vitals_alarm", vital=vital, value=value)


def drug(second: int, name: str, fault: str = "", mg: float = 1.0) -> Row:
    return event(60 * second, "drug_given", drug=name, dose_mg=mg, route="iv", fault=fault)


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (drug(25, "ephedrine"), 15.0),
        (event(1800, "fluid_given", volume_ml=250.0, total_ml=250.0), 20.0),
        (drug(25, "midazolam"), 3600.0),  # no treatment
        (vital(40, mean_pressure_mmhg=70.0), 30.0),  # over by itself
    ],
)
def test_reaction_to_low_pressure(answer: Row, seconds: float) -> None:
    low = vital(10, mean_pressure_mmhg=60.0)
    found = measured(
        "hypotension_reaction_s", low, alarm(10, "mean_pressure_mmhg", 60.0), answer, duration_s=100.0
    )
    assert (found.value, found.at_s) == (seconds, 10.0)


def test_no_trouble_is_no_occasion() -> None:
    """A high pressure is no low one."""
    high = alarm(10, "mean_pressure_mmhg", 140.0)
    for name in ("hypotension_reaction_s", "anaphylaxis_reaction_s", "hypoxia_reaction_s"):
        assert measured(name, high).missing == "no occasion"


def test_only_adrenaline_answers_anaphylaxis() -> None:
    """Scripted or by a drug the patient is allergic to; the slowest answer counts."""
    began = event(600, "complication_began", complication="anaphylaxis", severity=1.0)
    rows = (began, drug(20, "hydrocortisone"), drug(70, "adrenaline"))
    assert measured("anaphylaxis_reaction_s", *rows, duration_s=90.0).value == 60.0
    given = drug(10, "cefazolin", "allergy")
    assert measured("anaphylaxis_reaction_s", given, drug(40, "adrenaline"), duration_s=90.0).value == 30.0


def test_lack_of_oxygen_is_answered_in_several_ways() -> None:
    low = alarm(10, "saturation_percent", 88.0)
    for answer in (
        event(900, "oxygen_set", flow_l_min=6.0, device="mask"),
        event(900, "airway_supported", how="bag"),
        drug(15, "naloxone"),
    ):
        assert measured("hypoxia_reaction_s", low, answer).value == 5.0
    off = event(900, "oxygen_set", flow_l_min=0.0, device="none")
    never = measured("hypoxia_reaction_s", low, off, duration_s=30.0)
    assert (never.value, never.note) == (3600.0, "never")


def test_local_anaesthetic_by_weight_old_rows_too() -> None:
    """62.7 kg; an older recording's volume is lidocaine 1 %, bupivacaine counts four times."""
    old = event(60, "anaesthetic_given", side="left", volume_ml=8.0)
    new = event(
        120,
        "anaesthetic_given",
        side="left",
        volume_ml=4.0,
        site="skin",
        drug="bupivacaine",
        dose_mg=10.0,
        fault="",
    )
    assert measured("lidocaine_mg_per_kg", old, new).value == pytest.approx(120.0 / 62.72, abs=1e-3)
    assert measured("lidocaine_mg_per_kg").value == 0.0


def test_counts() -> None:
    rows = (
        drug(5, "midazolam", "overdose"),
        drug(6, "fentanyl"),
        event(600, "patient_moved", why="pain", distance_mm=4.0),
        event(660, "deficit", structure="root", cause="cement", grade="transient"),
        event(720, "patient_answered", answers=False, pain=None, legs=""),
        event(780, "patient_answered", answers=True, pain=1.0, legs="both move"),
    )
    faults = measured("drug_errors", *rows)
    assert (faults.value, faults.at_s, faults.note) == (1.0, 5.0, "midazolam: overdose")
    for name in ("patient_movements", "deficits", "neurological_checks"):
        assert measured(name, *rows).value == 1.0

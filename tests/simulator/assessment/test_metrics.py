"""All metrics together: the vocabulary, units, reasons, and evidence that stays as it is."""

from __future__ import annotations

import math
import re

import pytest

from scenarios import cases
from scenarios.vocabulary import METRIC_UNITS
from simulator.assessment.metrics import FUNCTIONS, measure_all
from tests.fingerprint import fingerprint
from tests.simulator.assessment.by_hand import KYPHOPLASTY, VERTEBROPLASTY, event, evidence, lateral, needle, trace

ROWS = (
    event(30, "skin_punctured", side="left"),
    event(60, "bone_entered", side="left", level="L1"),
    trace(60, needle_left={"bone_mm": 1.0, "medial_mm": -5.0}, balloon_left=[1.0, 100.0],
          cement={"in_patient_ml": 0.5}),
    lateral(90, visible_leak_mm2={"canal": 9.0}),
    event(100, "injection_started", side="left", minutes_since_mixing=4.0, viscosity_pa_s=300.0),
    {"row": "vitals", "tick": 120, "saturation_percent": 97.0, "mean_pressure_mmhg": 90.0, "pain": 2.0},
)  # fmt: skip
OUTCOME = {"needle_left": needle(), "cement": {"in_body_ml": 3.0, "leaked_ml": {"canal": 0.1}}, "punctures": 1}


def test_every_name_has_a_function_and_every_function_a_name() -> None:
    """The vocabulary and the registry are the same list, in its order."""
    assert set(FUNCTIONS) == set(METRIC_UNITS)
    assert list(measure_all(evidence())) == list(METRIC_UNITS)


SUFFIXES = {
    "_mm": "mm", "_deg": "deg", "_percent": "%", "_s": "s", "_gycm2": "Gy cm2", "_mgy": "mGy", "_ugy": "uGy",
    "_psi": "psi", "_ml": "ml", "_min": "min", "_pa_s": "Pa s", "_mm2": "mm2", "_mmhg": "mmHg", "_c": "C",
    "_mg_per_kg": "mg/kg", "_n": "N",
}  # fmt: skip


@pytest.mark.parametrize("name", METRIC_UNITS)
def test_a_unit_agrees_with_its_name(name: str) -> None:
    """A name that ends in a unit means it; one without is a count or a scale of its own."""
    ends = sorted((s for s in SUFFIXES if name.endswith(s)), key=len)
    if ends:
        assert METRIC_UNITS[name] == SUFFIXES[ends[-1]]
    else:
        assert METRIC_UNITS[name] == "count" or re.fullmatch(r"\d+-\d+", METRIC_UNITS[name])


@pytest.mark.parametrize("case_id", cases.ids())
def test_rubrics_of_the_library_use_known_metrics(case_id: str) -> None:
    """Every metric of a shipped rubric resolves, each criterion and each gate once, with a source for its band."""
    rubric = cases.find(case_id).rubric
    for lines in (rubric.gates, rubric.criteria):
        names = [line.metric for line in lines]
        assert set(names) <= set(FUNCTIONS)
        assert len(set(names)) == len(names)
    assert all(criterion.source for criterion in rubric.criteria)


@pytest.mark.parametrize("name", METRIC_UNITS)
@pytest.mark.parametrize("scenario", [KYPHOPLASTY, VERTEBROPLASTY], ids=lambda s: s.procedure)
def test_an_empty_recording_gives_a_zero_or_a_reason(name: str, scenario: object) -> None:
    """A session in which nothing was done measures 0 (or its length), or says why there is nothing to measure."""
    found = FUNCTIONS[name](evidence(scenario=scenario, duration_s=6.0))
    if found.value is None:
        assert found.missing in ("not done", "no occasion")
        assert len(found.because) > 10
        assert found.at_s is None
    else:
        assert (found.missing, found.because) == ("", "")
        assert found.value == (0.1 if name == "duration_min" else 0.0)


def test_values_are_finite_and_moments_lie_in_the_session() -> None:
    """A busy recording gives finite numbers at moments that it covers."""
    for name, found in measure_all(evidence(*ROWS, **OUTCOME)).items():
        assert found.value is None or math.isfinite(found.value), name
        assert found.at_s is None or 0.0 <= found.at_s <= 30.0, name


def test_metrics_only_read() -> None:
    """No metric changes the rows it reads, and measuring twice gives the same."""
    found = evidence(*ROWS, **OUTCOME)
    before = fingerprint(found)
    assert measure_all(found) == measure_all(found)
    assert fingerprint(found) == before


def test_trace_rows_are_filled_with_what_was_known() -> None:
    """Trace rows hold what changed; a sample holds all that was known then, and earlier ones stay."""
    known = evidence(trace(0, table_mm=[0, 0, 0]), trace(6, dose=[1, 2]), trace(12, table_mm=[5, 0, 0]))
    assert [s.get("table_mm") for s in known.samples] == [[0, 0, 0], [0, 0, 0], [5, 0, 0]]
    assert [s.get("dose") for s in known.samples] == [None, [1, 2], [1, 2]]
    assert [s["tick"] for s in known.samples] == [0, 6, 12]


def test_the_last_outcome_of_each_name_holds() -> None:
    """Outcome rows replace what they name and leave the rest; row and tick are no outcome."""
    early = {"row": "outcome", "tick": 60, "punctures": 1, "needle_left": needle(breach_mm=1.0)}
    found = evidence(early, punctures=2)
    assert found.outcome == {"punctures": 2, "needle_left": needle(breach_mm=1.0)}
    assert found.needles == [needle(breach_mm=1.0)]


def test_evidence_knows_its_case_and_length() -> None:
    """Scenario, trainee, length and completeness come from the recording."""
    found = evidence(duration_s=12.5, complete=False, trainee="T-042", scenario=VERTEBROPLASTY)
    assert (found.scenario, found.trainee, found.duration_s, found.complete) == (
        VERTEBROPLASTY,
        "T-042",
        12.5,
        False,
    )

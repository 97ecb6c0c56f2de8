"""The cases that ship: valid, complete, unchanged by writing and reading, and found by name or path."""

from __future__ import annotations

from pathlib import Path

import pytest

from anatomy.column import column_of
from anatomy.spec import PatientSpec
from scenarios import cases
from scenarios.loading import InvalidFile, read_toml, write_toml
from scenarios.schema import Scenario
from scenarios.vocabulary import METRIC_MEANINGS, METRIC_UNITS, METRICS

LIBRARY = cases.ids()
UNITS = {"mm", "deg", "%", "s", "min", "count", "ml", "mm2", "psi", "Pa s", "Gy cm2", "mGy", "uGy", "mmHg"} | {
    "0-4",
    "0-10",
    "mg/kg",
    "C",
    "N",
}


def test_cases_keep_their_names() -> None:
    """Names in recordings and courses stay valid: cases may be added, not renamed."""
    assert {
        "kyphoplasty-l1-wedge", "vertebroplasty-t12", "vertebroplasty-t7-extrapedicular", "kyphoplasty-t12-cleft",
        "kyphoplasty-l2-new-fracture", "vertebroplasty-l3-metastasis", "vertebroplasty-t11-myeloma",
    } <= set(LIBRARY)  # fmt: skip
    assert list(LIBRARY) == sorted(LIBRARY)


@pytest.mark.parametrize("case_id", LIBRARY)
def test_a_case_is_found_by_its_id(case_id: str) -> None:
    """The id in the file is the file's name, and what is needed to begin is filled in."""
    case = cases.find(case_id)
    assert case.id == case_id
    assert case.summary
    assert all((case.briefing.history, case.briefing.imaging, case.briefing.indication))
    assert case.briefing.consent is not None
    assert all(word in case.briefing.consent for word in ("canal", "lungs", "alternative"))
    assert case.rubric.gates
    assert len({c.group for c in case.rubric.criteria}) >= 4


@pytest.mark.parametrize("case_id", LIBRARY)
def test_writing_and_reading_gives_the_same_case(case_id: str) -> None:
    """TOML to Scenario to TOML to Scenario: equal, and the second text is the first."""
    case = read_toml(cases.text_of(case_id), Scenario, source="library")
    text = write_toml(case)
    again = read_toml(text, Scenario, source="written")
    assert again == case
    assert write_toml(again) == text


@pytest.mark.parametrize("case_id", LIBRARY)
def test_a_copy_of_a_case_is_found_by_path(case_id: str, tmp_path: Path) -> None:
    """An instructor's copy reads as the original, whatever the file's name."""
    copy = tmp_path / "my own.toml"
    copy.write_text(cases.text_of(case_id), encoding="utf-8")
    assert cases.find(str(copy)) == cases.find(case_id)


def test_what_is_printed_in_a_briefing_agrees_with_the_patient() -> None:
    """Age, sex, level and T-score in words are those of the patient's spec."""
    for case_id in LIBRARY:
        case, patient = cases.find(case_id), cases.find(case_id).patient
        assert isinstance(patient, PatientSpec)
        text = " ".join(case.briefing.history.split())
        person = {"female": "woman", "male": "man"}[patient.sex]
        assert f"{patient.age_years:g}-year-old {person}" in text, case_id
        assert patient.target_level in case.title, case_id
        if "T-score" in text:
            assert f"T-score {patient.t_score:.1f}" in text, case_id


@pytest.mark.parametrize("case_id", LIBRARY)
def test_a_patient_of_the_library_holds_together(case_id: str) -> None:
    """The spine can be built of every spec (a cleft fits its fracture), and the briefing names what was found."""
    case = cases.find(case_id)
    spec = case.patient
    assert isinstance(spec, PatientSpec)
    assert column_of(spec).target == spec.target_level
    said = " ".join(case.briefing.imaging.split())
    for lesion in spec.lesions:
        if lesion.level == spec.target_level and lesion.posterior_wall_defect_mm > 0.0:
            assert f"hole of {lesion.posterior_wall_defect_mm:g} mm in the posterior wall" in said
            assert f"{lesion.epidural_mass_mm:g} mm of tumour" in said
        if lesion.kind == "myeloma" and lesion.level == spec.target_level:
            assert f"{lesion.size_mm:g} mm in {lesion.level}" in said
    for cement in spec.earlier_cement:
        assert f"Cement in {cement.level}" in said
    if spec.fracture is not None and spec.fracture.cleft != "none":
        assert f"{spec.fracture.cleft}-filled cleft" in said


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("kyphoplasty-l1-wege", "kyphoplasty-l1-wedge"), ("Vertebroplasty-T12", "vertebroplasty-t12"),
     ("vertebroplasty", "vertebroplasty-t12")],
)  # fmt: skip
def test_an_unknown_name_is_answered_with_the_nearest(name: str, nearest: str) -> None:
    """The message lists the library and suggests what was probably meant."""
    with pytest.raises(InvalidFile) as caught:
        cases.find(name)
    message = str(caught.value)
    assert f"did you mean {nearest}?" in message
    assert all(case_id in message for case_id in LIBRARY)


@pytest.mark.parametrize("name", ["", "x" * 300, "x" * 5000, "nowhere/at all", "a\0b", "no-such.toml", "..", "/"])
def test_no_name_is_too_odd(name: str) -> None:
    """Anything that is no case is a mistake in the name, never an error of the system."""
    with pytest.raises(InvalidFile):
        cases.find(name)


def test_an_unknown_id_has_no_text() -> None:
    """text_of knows ids of the library only."""
    with pytest.raises(KeyError):
        cases.text_of("../library/kyphoplasty-l1-wedge")


def test_units_and_meanings_are_known() -> None:
    """Every metric has a unit out of a short list and a sentence that explains it."""
    assert set(METRIC_UNITS.values()) <= UNITS
    assert tuple(METRIC_UNITS) == tuple(METRIC_MEANINGS) == METRICS
    assert len(set(METRICS)) == len(METRICS)
    for name, meaning in METRIC_MEANINGS.items():
        assert meaning.endswith("."), name
        assert meaning[0].isupper(), name


def test_defaults_make_a_patient() -> None:
    """A scenario that says nothing of its patient still has one, the spec's own default."""
    bare = 'id = "bare"\nversion = "1"\ntitle = "Bare"\nprocedure = "vertebroplasty"\n[[rubric.criteria]]\n' \
           'group = "time"\nmetric = "duration_min"\npoints = 1\nfull_to = 40\n'  # fmt: skip
    assert read_toml(bare, Scenario, source="bare").patient == PatientSpec()

"""The dose report as JSON and as text: sums that agree, a schema that holds, a recording that cannot be read."""

from __future__ import annotations

import json

import pytest

from simulator.assessment.dose_report import DoseReportFile, Operator, dose_report_file, read_dose, session_dose
from simulator.assessment.dose_text import as_text
from simulator.assessment.pulses import skin_dose_of
from simulator.assessment.skin_picture import skin_dose_png
from simulator.assessment.wording import texts
from simulator.engine.recording import Row, UnreadableRecordingError
from tests.simulator.assessment.by_hand import command, evidence, recording
from tests.simulator.assessment.test_pulses import CYLINDER, pulse_row

RUN = [pulse_row(60 + 8 * i, 2 + i, kv=78.0 + i, ma=40.0, pulse_ms=7.5) for i in range(5)]
SHOTS = [pulse_row(0, 1, single=True, pulse_ms=8.0), pulse_row(300, 7, plane="B", single=True, orbital_deg=90.0)]


def report_of(*rows: Row, complete: bool = True) -> DoseReportFile:
    """The report of a recording of rows."""
    made = recording(*rows, complete=complete)
    evidence, report = read_dose(made)
    pulses = [p for e in report.events for p in e.pulses]
    return dose_report_file(made, evidence, report, skin_dose_of(pulses, CYLINDER))


def test_planes_and_events_add_up_to_the_total() -> None:
    """Pulses, kerma and area product; events in order of time."""
    found = report_of(*RUN, *SHOTS)
    assert [(e.number, e.plane, e.kind, e.pulses) for e in found.events] == [
        (1, "A", "single shot", 1), (2, "A", "run", 5), (7, "B", "single shot", 1)]  # fmt: skip
    assert [p.plane for p in found.planes] == ["A", "B"]
    for name in ("area_product_gycm2", "reference_kerma_mgy", "pulses"):
        assert sum(getattr(p, name) for p in found.planes) == pytest.approx(getattr(found.total, name))
        assert sum(getattr(e, name) for e in found.events) == pytest.approx(getattr(found.total, name))
    assert (found.total.runs, found.total.single_shots) == (1, 2)


def test_a_run_in_detail() -> None:
    """Start, length, rate, potential and its range, current, field."""
    run = report_of(*RUN).events[0]
    assert (run.start_s, run.duration_s, run.pulses_per_s) == (1.0, pytest.approx(40 / 60, abs=1e-4), 7.5)
    assert (run.kv, run.kv_lowest, run.kv_highest) == (80.0, 78.0, 82.0)
    assert (run.ma, run.pulse_ms) == (40.0, 7.5)
    assert run.field_area_cm2 == pytest.approx(29.8**2)
    assert (run.primary_deg, run.primary_end_deg) == (180.0, 180.0)


def test_json_fits_its_schema_and_reads_back() -> None:
    """Every field is in the schema, none else is allowed, and nothing is lost on the way."""
    found = report_of(*RUN, *SHOTS)
    text = json.dumps(found.model_dump(mode="json"))
    assert DoseReportFile.model_validate_json(text) == found
    schema = DoseReportFile.model_json_schema()
    assert schema["additionalProperties"] is False
    assert set(json.loads(text)) == set(schema["properties"])
    with pytest.raises(ValueError, match="Extra inputs"):
        DoseReportFile.model_validate({**json.loads(text), "more": 1})


def test_text_has_a_line_a_plane_and_a_line_an_event() -> None:
    """And the peak of the skin with its place."""
    text = as_text(report_of(*RUN, *SHOTS, complete=False))
    lines = text.splitlines()
    assert "incomplete" in lines[0]
    assert sum(line.split()[:1] == ["plane"] for line in lines) == 2
    assert sum(" run " in line or " single shot " in line for line in lines) == 3
    assert "peak skin dose" in text
    assert max(map(len, lines)) <= 140


def test_nothing_exposed() -> None:
    """Zeros, no skin, and a sentence instead of a table."""
    found = report_of()
    assert (found.total.pulses, found.skin, found.events) == (0, None, ())
    assert "no pulse was given" in as_text(found)


def test_rows_that_no_session_writes_are_named() -> None:
    """As what cannot be read, not as a traceback of ours."""
    with pytest.raises(UnreadableRecordingError, match="not those that a session writes"):
        read_dose(recording(pulse_row(60, field_mm="all")))
    with pytest.raises(UnreadableRecordingError, match="not those that a session writes"):
        read_dose(recording(*RUN, command(70, "release_pedal")))


def test_the_picture_is_a_png_and_the_same_each_time() -> None:
    """Also of a skin that received nothing."""
    for rows in (RUN, []):
        _, report = read_dose(recording(*rows))
        pulses = [p for e in report.events for p in e.pulses]
        png = skin_dose_png(skin_dose_of(pulses, CYLINDER), texts())
        assert png.startswith(b"\x89PNG")
        assert skin_dose_png(skin_dose_of(pulses, CYLINDER), texts()) == png


HANDS = {"hand_in_beam": True, "hand_ugy": 2.5, "head_ugy": 0.25}


def test_the_dose_of_a_score_report_is_the_same() -> None:
    """Sums, peak and operator agree with the dose report; nothing is left to be given a reason for."""
    rows = [{**row, **HANDS} for row in (*RUN, *SHOTS)]
    found = session_dose(evidence(*rows, plan={"target": "L1", "skin": CYLINDER.as_row()}))
    whole = report_of(*rows)
    assert (found.total, found.planes, found.skin, found.operator) == (
        whole.total, whole.planes, whole.skin, whole.operator)  # fmt: skip
    assert found.operator == Operator(hand_in_beam_pulses=7, hand_ugy=17.5, head_ugy=1.75)
    assert (found.skin_not_assessed_because, found.operator_not_assessed_because) == ("", "")
    assert "in the direct beam in 7 pulses" in as_text(whole)


def test_an_old_recording_has_sums_and_reasons() -> None:
    """Neither skin nor hands were written then; without a pulse there is no skin to speak of."""
    found = session_dose(evidence(*RUN))
    assert (found.total.pulses, found.skin, found.operator) == (5, None, None)
    assert "does not hold the patient's skin" in found.skin_not_assessed_because
    assert "where the operator's hands were" in found.operator_not_assessed_because
    assert "operator" not in as_text(report_of(*RUN))
    assert session_dose(evidence()).skin_not_assessed_because == "no pulse was given"

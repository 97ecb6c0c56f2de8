"""The X-Ray Radiation Dose SR read back: sums by plane, events with units, and what a validator says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset

from simulator.imaging.dicom.dicom_dose import write_dose_sr
from simulator.imaging.dicom.dicom_study import Study
from simulator.imaging.dose.irradiation import DoseReport, irradiation_events
from tests.simulator.imaging.dicom.dicom_checks import errors_of
from tests.simulator.imaging.dose.test_irradiation import PULSE, run

RUN = [replace(p, table_mm=(0.0, 2.0 * i, -8.0), positioner_deg=(-160.0 + i, 5.0))
       for i, p in enumerate(run(range(60, 100, 8), number=2, kv=90.0))]  # fmt: skip
SHOT_B = replace(PULSE, plane="B", number=7, tick=200, positioner_deg=(-90.0, 0.0), mode="pulsed")


def report(pulses=(PULSE, *RUN, SHOT_B), *, complete: bool = True) -> DoseReport:
    """A shot, a run of five pulses and a lateral shot."""
    return DoseReport(tuple(irradiation_events(pulses, [])), 1020.0, 530.0, 380.0, 4.0, 0.1, complete)


@pytest.fixture
def study(kyphoplasty) -> Study:
    """A session of the kyphoplasty."""
    return Study(kyphoplasty, 1, "digest")


def written(path: Path, study: Study, found: DoseReport) -> pydicom.FileDataset:
    """The file, read back."""
    write_dose_sr(path, found, study)
    return pydicom.dcmread(path)


def items(parent: Dataset, meaning: str) -> list[Dataset]:
    """Content items of a name, one level down."""
    return [i for i in parent.ContentSequence if i.ConceptNameCodeSequence[0].CodeMeaning == meaning]


def number(parent: Dataset, meaning: str) -> tuple[float, str]:
    """Value and unit of the one numeric item of a name."""
    (item,) = items(parent, meaning)
    measured = item.MeasuredValueSequence[0]
    unit = measured.MeasurementUnitsCodeSequence[0]
    assert unit.CodingSchemeDesignator == "UCUM"
    return float(measured.NumericValue), unit.CodeValue


def coded(parent: Dataset, meaning: str) -> tuple[str, str]:
    """Code and scheme of the one coded item of a name."""
    (item,) = items(parent, meaning)
    return item.ConceptCodeSequence[0].CodeValue, item.ConceptCodeSequence[0].CodingSchemeDesignator


def test_what_is_reported(tmp_path, study):
    """Class, template, projection X-ray, the scope is this study; synthetic identity on a fixed day."""
    read = written(tmp_path / "d.dcm", study, report())
    assert read.SOPClassUID == "1.2.840.10008.5.1.4.1.1.88.67"
    assert (read.Modality, read.ContentTemplateSequence[0].TemplateIdentifier) == ("SR", "10001")
    assert read.ConceptNameCodeSequence[0].CodeValue == "113701"
    assert coded(read, "Procedure reported") == ("113704", "DCM")
    (scope,) = items(read, "Scope of Accumulation")
    assert scope.ContentSequence[0].UID == read.StudyInstanceUID == study.uid
    assert (str(read.PatientName), read.StudyDate) == ("SIMULATED^PATIENT", "20000101")
    assert (read.CompletionFlag, read.VerificationFlag) == ("COMPLETE", "UNVERIFIED")
    assert written(tmp_path / "p.dcm", study, report(complete=False)).CompletionFlag == "PARTIAL"


def test_sums_of_each_plane(tmp_path, study):
    """Gy m2, Gy and s; fluoroscopy and single shots apart; plane A before plane B."""
    planes = items(written(tmp_path / "d.dcm", study, report()), "Accumulated X-Ray Dose Data")
    assert [coded(p, "Acquisition Plane")[0] for p in planes] == ["113620", "113621"]
    a, b = planes
    assert number(a, "Dose Area Product Total") == (pytest.approx(6 * 0.01e-4), "Gy.m2")
    assert number(a, "Fluoro Dose Area Product Total") == (pytest.approx(5 * 0.01e-4), "Gy.m2")
    assert number(a, "Acquisition Dose Area Product Total") == (pytest.approx(0.01e-4), "Gy.m2")
    assert number(a, "Dose (RP) Total") == (pytest.approx(6 * 0.05e-3), "Gy")
    assert number(a, "Total Fluoro Time") == (pytest.approx(5 / 7.5), "s")
    assert number(a, "Distance Source to Reference Point") == (380.0, "mm")
    assert number(b, "Fluoro Dose (RP) Total") == (0.0, "Gy")
    assert number(b, "Total Number of Radiographic Frames") == (1.0, "1")
    assert coded(a, "Reference Point Definition") == ("113860", "DCM")


def test_one_plane_is_a_single_plane(tmp_path, study):
    """Where only one plane gave pulses there is no A and B."""
    read = written(tmp_path / "d.dcm", study, report((PULSE,)))
    (plane,) = items(read, "Accumulated X-Ray Dose Data")
    assert coded(plane, "Acquisition Plane") == ("113622", "DCM")


def test_a_run_in_detail(tmp_path, study):
    """Type, mode, technique, filters, field, angles at both ends, distances: each with its unit."""
    events = items(written(tmp_path / "d.dcm", study, report()), "Irradiation Event X-Ray Data")
    assert [coded(e, "Irradiation Event Type") for e in events] == [
        ("113611", "DCM"), ("44491008", "SCT"), ("113611", "DCM")]  # fmt: skip
    event = events[1]
    assert items(event, "DateTime Started")[0].DateTime == "20000101000001.000000"
    assert [item.UID for item in items(event, "Irradiation Event UID")] == [study.event_uid("A", 2)]
    assert coded(event, "Fluoro Mode") == ("113631", "DCM")
    for name, value, unit in (
        ("Dose Area Product", 5 * 0.01e-4, "Gy.m2"), ("Dose (RP)", 5 * 0.05e-3, "Gy"), ("KVP", 90.0, "kV"),
        ("Exposure", 1500.0, "uA.s"), ("X-Ray Tube Current", 37.5, "mA"), ("Pulse Width", 8.0, "ms"),
        ("Exposure Time", 40.0, "ms"), ("Number of Pulses", 5.0, "1"), ("Pulse Rate", 7.5, "{pulse}/s"),
        ("Irradiation Duration", 5 / 7.5, "s"), ("Collimated Field Area", 0.03, "m2"),
        ("Collimated Field Height", 200.0, "mm"), ("Positioner Primary Angle", -160.0, "deg"),
        ("Positioner Primary End Angle", -156.0, "deg"), ("Positioner Secondary Angle", 5.0, "deg"),
        ("Table Longitudinal Position", 0.0, "mm"), ("Table Longitudinal End Position", 8.0, "mm"),
        ("Table Height Position", -8.0, "mm"), ("Distance Source to Detector", 1020.0, "mm"),
        ("Distance Source to Isocenter", 530.0, "mm"), ("Focal Spot Size", 0.6, "mm"),
    ):  # fmt: skip
        assert number(event, name) == (pytest.approx(value, rel=1e-6), unit), name
    filters = items(event, "X-Ray Filters")
    assert [(coded(f, "X-Ray Filter Material"), number(f, "X-Ray Filter Thickness Maximum")) for f in filters] == [
        (("12503006", "SCT"), (4.0, "mm")), (("66925006", "SCT"), (0.1, "mm"))]  # fmt: skip


def test_what_a_shot_and_an_old_recording_do_not_say(tmp_path, study):
    """No pulse rate and no fluoroscopy mode for a shot; no current where the pulse's length is not known."""
    read = written(tmp_path / "d.dcm", study, report((replace(PULSE, pulse_ms=None),)))
    (event,) = items(read, "Irradiation Event X-Ray Data")
    for name in ("Pulse Rate", "Fluoro Mode", "X-Ray Tube Current", "Pulse Width", "Positioner Primary End Angle"):
        assert not items(event, name)


def test_no_pulse_is_refused(tmp_path, study):
    """The template wants an event."""
    with pytest.raises(ValueError, match="no pulse was given"):
        write_dose_sr(tmp_path / "d.dcm", report(()), study)


def test_the_same_report_writes_the_same_bytes(tmp_path, study):
    """No clock, nothing random."""
    for name in ("a", "b"):
        written(tmp_path / name, study, report())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_validator_finds_no_error(tmp_path, study):
    """dciodvfy on two planes, one plane, and a continuous run."""
    continuous = run(range(0, 8, 2), mode="continuous", dose_level="half", share_s=1.0 / 30.0)
    for i, pulses in enumerate(((PULSE, *RUN, SHOT_B), (PULSE,), continuous)):
        written(tmp_path / f"{i}.dcm", study, report(pulses))
        assert errors_of(tmp_path / f"{i}.dcm") == []

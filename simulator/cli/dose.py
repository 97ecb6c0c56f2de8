"""``dose``: the radiation dose report of a recording."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from simulator.assessment.dose_report import DoseReportFile, dose_report_file, read_dose
from simulator.assessment.dose_text import as_text
from simulator.assessment.evidence import Evidence
from simulator.assessment.pulses import recorded_skin, skin_dose_of
from simulator.assessment.skin_picture import skin_dose_png
from simulator.assessment.wording import texts
from simulator.cli.speaking import UserMistakeError, progress, recording_at, writing
from simulator.engine import patient_cache
from simulator.engine import replay as replaying
from simulator.engine.recording import Recording, UnreadableRecordingError
from simulator.imaging.dicom.dicom_dose import write_dose_sr
from simulator.imaging.dicom.dicom_study import Study
from simulator.imaging.dose.irradiation import DoseReport
from simulator.imaging.dose.skin import Skin, skin_of
from simulator.imaging.dose.skin_dose import SkinDoseMap

FORMATS = ("text", "json", "schema", "dcm", "png")
BINARY = ("dcm", "png")


def dose(
    file: Annotated[Path, typer.Argument(help="A recording (.vsim).")],
    format_: Annotated[
        str, typer.Option("--format", help="text, json (schema: its JSON Schema), dcm (DICOM SR), png (skin map).")
    ] = "text",
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="File to write; standard output without.")
    ] = None,
) -> None:
    """The radiation dose report of a recording: sums by plane, every run and shot, the peak of the skin.

    Example:  vertebrosim dose demo-out/session.vsim --format dcm -o dose.dcm
    """
    if format_ not in FORMATS:
        raise UserMistakeError(f"--format {format_} is not known; choose one of {', '.join(FORMATS)}")
    if format_ in BINARY and out is None:
        raise UserMistakeError(f"--format {format_} needs -o FILE.{format_}")
    recording = recording_at(file)
    try:
        evidence, report = read_dose(recording)
        if format_ == "dcm":
            _write_dcm(recording, evidence, report, out)
            return
        skin = _skin_dose(recording, evidence, report)
    except UnreadableRecordingError as error:
        raise UserMistakeError(f"{file}: {error}") from None
    if format_ == "png":
        assert out is not None
        with writing("-o", out):
            out.write_bytes(skin_dose_png(skin, texts()))
    else:
        _write_text(_text(format_, dose_report_file(recording, evidence, report, skin)), out)
    if out is not None:
        typer.echo(f"{out} written", err=True)


def _write_dcm(recording: Recording, evidence: Evidence, report: DoseReport, out: Path | None) -> None:
    assert out is not None
    if not report.events:
        raise UserMistakeError("no pulse was given, so there is no dose to report as DICOM; --format text says so")
    with writing("-o", out):
        write_dose_sr(out, report, Study(evidence.scenario, recording.header["seed"], recording.digest))
    typer.echo(f"{out} written", err=True)


def _skin_dose(recording: Recording, evidence: Evidence, report: DoseReport) -> SkinDoseMap:
    pulses = [pulse for event in report.events for pulse in event.pulses]
    try:
        return skin_dose_of(pulses, recorded_skin(evidence.plan) or _built_skin(recording))
    except ValueError as error:
        raise UnreadableRecordingError(
            f"the recording's plan is not one that a session writes ({error})"
        ) from None


def _built_skin(recording: Recording) -> Skin:
    """Recordings of older versions do not hold the skin: the patient is built again."""
    with progress("building the patient") as tell:
        tell("building the patient", 0.1)
        patient = replaying.case_of(recording, patient_of=patient_cache.patient_of).patient
        return skin_of(patient.soft, patient.adipose)


def _text(format_: str, report: DoseReportFile) -> str:
    if format_ == "schema":
        return json.dumps(DoseReportFile.model_json_schema(), indent=1) + "\n"
    if format_ == "json":
        return json.dumps(report.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"
    return as_text(report)


def _write_text(text: str, out: Path | None) -> None:
    if out is None:
        typer.echo(text, nl=False)
        return
    with writing("-o", out):
        out.write_text(text, encoding="utf-8")

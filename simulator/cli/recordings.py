"""``replay``, ``verify`` and ``score``: what can be done with recordings."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from scenarios.numerals import ENGLISH
from simulator.assessment import prognosis_text
from simulator.assessment import score as scoring
from simulator.assessment.play import FrameWriter
from simulator.assessment.report import write_html
from simulator.assessment.score import ScoreReport
from simulator.assessment.score_table import csv_of
from simulator.assessment.xa_files import XaWriter
from simulator.cli.desktop import open_desktop
from simulator.cli.speaking import (
    LanguageOption,
    UserMistakeError,
    complain,
    language_named,
    progress,
    recording_at,
    writing,
)
from simulator.engine import patient_cache
from simulator.engine import replay as replaying
from simulator.engine.case import Case
from simulator.engine.recording import EditedRecordingError, Recording, UnreadableRecordingError, read
from simulator.engine.screens import Screens
from simulator.engine.state import TICK_HZ

FORMATS = ("text", "json", "csv", "html")


def replay(
    file: Annotated[Path, typer.Argument(help="A recording (.vsim).")],
    frames: Annotated[Path | None, typer.Option("--frames", help="Folder for the exposed frames as PNG.")] = None,
    dicom: Annotated[
        Path | None, typer.Option("--dicom", help="Folder for single shots and runs as DICOM XA images.")
    ] = None,
    window: Annotated[bool, typer.Option("--window", help="Open the debrief at its replay.")] = False,
) -> int:
    """Play a recording again and draw the pictures as they stood on the monitors: filtered, with lag.

    With --dicom every single shot is one file and every run of a pedal one multi-frame file. With --window the
    debrief opens: pictures, room and vertebra at any moment, and the score.

    Example:  vertebrosim replay demo-out/session.vsim --frames again
    """
    if window:
        if frames is not None or dicom is not None:
            raise UserMistakeError("replay either opens a --window or writes --frames and --dicom; leave one out")
        return _in_window(file)
    if frames is None and dicom is None:
        raise UserMistakeError(
            "replay needs a place for the pictures: --frames DIR, --dicom DIR or both, or --window to look at them"
        )
    recording = recording_at(file)
    said = []
    with ExitStack() as stack:
        for option, folder in (("--frames", frames), ("--dicom", dicom)):
            if folder is not None:
                stack.enter_context(writing(option, folder))
                folder.mkdir(parents=True, exist_ok=True)
        report = stack.enter_context(progress("building the patient"))
        report("building the patient", 0.0)
        case = _case_of(recording)
        screens = Screens(case)
        png = None if frames is None else FrameWriter(frames)
        with ExitStack() as last_runs:
            xa = None if dicom is None else last_runs.enter_context(_xa_writer(case, recording, dicom))
            for state, events, _ in _replayed(recording, case):
                pictures = screens.exposed(state, events)
                if png is not None:
                    png.write(state, pictures)
                if xa is not None:
                    xa.write(pictures)
                if state.tick % 60 == 0:
                    report("replaying", state.tick / max(recording.last_tick, 1))
    if png is not None:
        said.append(f"{png.written} frames in {frames}")
    if xa is not None:
        said.append(f"{xa.shots} single shots and {xa.runs} runs in {dicom}")
    typer.echo(f"{', '.join(said)}, {recording.last_tick / TICK_HZ:.0f} s replayed")
    return 0


def _in_window(file: Path) -> int:
    """The debrief of a recording, also of one that was changed: it says what of it can be shown."""
    try:
        read(file)
    except UnreadableRecordingError as error:
        raise UserMistakeError(str(error)) from None
    except EditedRecordingError as error:
        complain(str(error))
    return open_desktop(None, replay=file)


def _xa_writer(case: Case, recording: Recording, folder: Path) -> XaWriter:
    try:
        return XaWriter(case, recording, folder)
    except UnreadableRecordingError as error:
        raise UserMistakeError(str(error)) from None


def verify(files: Annotated[list[Path], typer.Argument(help="Recordings (.vsim).")]) -> None:
    """Play recordings again and compare: 0 verified, 1 edited or diverged, 2 unreadable.

    Example:  vertebrosim verify demo-out/session.vsim
    """
    worst = 0
    for file in files:
        code, verdict = _verified(file)
        typer.echo(f"{file}: {verdict}")
        worst = max(worst, code)
    raise typer.Exit(worst)


def _verified(file: Path) -> tuple[int, str]:
    try:
        recording = read(file)
        with progress(f"verifying {file.name}") as report:
            report(f"verifying {file.name}", 0.05)
            verdict = replaying.verify(recording, replaying.case_of(recording))
    except UnreadableRecordingError as error:
        return 2, f"unreadable: {_without_name(error, file)}"
    except EditedRecordingError as error:
        return 1, f"edited: {_without_name(error, file)}"
    if verdict.result == "diverged":
        return 1, f"diverged: {verdict.difference}"
    how = "to the bit" if verdict.exact else f"within {replaying.TOLERANCE:g} (made by another machine or version)"
    part = "" if recording.complete else f", incomplete: the case was not ended ({recording.last_tick / 60:.0f} s)"
    return 0, f"verified {how}{part}"


def _without_name(error: Exception, file: Path) -> str:
    return str(error).removeprefix(f"{file}: ")


def score(
    files: Annotated[list[Path], typer.Argument(help="Recordings (.vsim).")],
    format_: Annotated[str, typer.Option("--format", help="text, json, csv or html.")] = "text",
    out: Annotated[Path | None, typer.Option("--out", help="File to write; standard output without.")] = None,
    language: LanguageOption = ENGLISH,
) -> None:
    """Score recordings by the rubric that each carries.

    --format html is the report for people, in any of the program's languages; text, json and csv are for other
    programs as well and always in English.

    Example:  vertebrosim score demo-out/session.vsim --format html --language de --out bericht.html
    """
    spoken = language_named(language)
    if spoken != ENGLISH and format_ != "html":
        raise UserMistakeError(
            f"--format {format_} is always in English; leave out --language or use --format html"
        )
    if format_ not in FORMATS:
        raise UserMistakeError(f"--format {format_} is not known; choose one of {', '.join(FORMATS)}")
    if format_ == "html" and (out is None or len(files) != 1):
        raise UserMistakeError("--format html needs one recording and --out FILE.html")
    found: list[tuple[Recording, ScoreReport]] = []
    unreadable = 0
    for file in files:
        try:
            recording = recording_at(file)
            found.append((recording, _scored(recording, file)))
        except UserMistakeError as mistake:
            if len(files) == 1:
                raise
            complain(str(mistake))
            unreadable += 1
    if format_ == "html":
        assert out is not None
        recording, report = found[0]
        with writing("--out", out), progress("drawing the report") as tell:
            tell("drawing the report", 0.1)
            write_html(report, recording, _case_of(recording), out, language=spoken)
        typer.echo(f"{out} written", err=True)
        return
    text = _as_text(format_, [report for _, report in found], single=len(files) == 1)
    if out is None:
        typer.echo(text, nl=False)
    else:
        with writing("--out", out):
            out.write_text(text, encoding="utf-8")
        typer.echo(f"{out} written", err=True)
    if unreadable:
        raise UserMistakeError(f"{unreadable} of {len(files)} recordings could not be scored (see above)")


def _scored(recording: Recording, file: Path) -> ScoreReport:
    try:
        return scoring.score(recording)
    except UnreadableRecordingError as error:
        raise UserMistakeError(f"{file}: {error}") from None


def _as_text(format_: str, reports: list[ScoreReport], *, single: bool) -> str:
    if format_ == "json":
        rows = [report.as_json() for report in reports]
        return json.dumps(rows[0] if single else rows, indent=1, ensure_ascii=False) + "\n"
    if format_ == "csv":
        return csv_of(reports)
    return "".join(_plain(report) for report in reports)


def _plain(report: ScoreReport) -> str:
    total = "no total" if report.total is None else f"{report.total:.1f} of 100"
    verdict = "not judged" if report.total is None else "passed" if report.passed else "failed"
    lines = [f"{report.case} {report.case_version}  {report.trainee}  {total}  {verdict} "
             f"(pass mark {report.pass_mark:g})"]  # fmt: skip
    if report.total is None:
        lines.append(f"  no total, because {report.total_withheld_because}")
    for gate in report.gates:
        if gate.tripped:
            lines.append(f"  GATE {gate.metric} = {gate.value:g} {gate.unit} ({gate.limit}): {gate.why}")
    for c in report.criteria:
        value = "-" if c.value is None else f"{c.value:.4g} {c.unit}"
        earned = "left out" if c.earned is None else f"{c.earned:.1f} / {c.points:g}"
        why = f"  not assessed, because {c.not_assessed_because}" if c.value is None else ""
        lines.append(f"  {c.group:<10} {c.metric:<28} {value:>16}  {earned:>10}  {c.band}{why}")
    lines += prognosis_text.as_lines(report.prognosis)
    return "\n".join(lines) + "\n"


def _case_of(recording: Recording) -> Case:
    try:
        return replaying.case_of(recording, patient_of=patient_cache.patient_of)
    except UnreadableRecordingError as error:
        raise UserMistakeError(str(error)) from None


def _replayed(recording: Recording, case: Case):  # type: ignore[no-untyped-def]
    try:
        yield from replaying.replay(recording, case)
    except UnreadableRecordingError as error:
        raise UserMistakeError(str(error)) from None

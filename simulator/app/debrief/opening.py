"""Opening a recording for its debrief, as far as it can be trusted, with a sentence about what cannot. No Qt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.assessment.evidence import Evidence, trusting_rows
from simulator.assessment.score import ScoreReport, score
from simulator.assessment.wording import clock
from simulator.engine.recording import EditedRecordingError, Recording, UnreadableRecordingError, parse, read
from simulator.engine.session import program_versions
from simulator.engine.state import TICK_HZ

_SEAL = re.compile(rb'^\{"row":"seal","tick":(\d{1,12}),')


@dataclass(frozen=True)
class Remark:
    """A sentence about what cannot be shown: "debrief.<key>" with its values."""

    key: str
    values: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Opened:
    """What is known of a recording: None for what could not be had, and why."""

    path: Path
    recording: Recording | None
    evidence: Evidence | None
    report: ScoreReport | None
    remarks: tuple[Remark, ...]


def opened(path: Path) -> Opened:
    """The recording at a path. Nothing raises: what is wrong with it becomes a remark."""
    remarks: list[Remark] = []
    try:
        recording = read(path)
    except EditedRecordingError as error:
        before = _before(path, error.tick)
        if before is None:
            return Opened(path, None, None, None, (Remark("edited_wholly", {}),))
        recording = before
        remarks.append(
            Remark("edited", {"clock": clock(error.tick / TICK_HZ), "until": clock(before.last_tick / TICK_HZ)})
        )
    except UnreadableRecordingError as error:
        return Opened(path, None, None, None, (Remark("unreadable", {"why": _without(path, error)}),))
    if not remarks and not recording.complete:
        remarks.append(Remark("incomplete", {"until": clock(recording.last_tick / TICK_HZ)}))
    if recording.header.get("program") != program_versions():
        remarks.append(Remark("other_program", {"program": _program(recording)}))
    try:
        with trusting_rows():
            evidence = Evidence.of(recording)
        report = score(recording)
    except UnreadableRecordingError as error:
        return Opened(path, recording, None, None, (*remarks, Remark("no_score", {"why": _without(path, error)})))
    return Opened(path, recording, evidence, report, tuple(remarks))


def _before(path: Path, tick: int) -> Recording | None:
    """What was sealed before a tick and still fits its seals; None where nothing does."""
    lines = path.read_bytes().split(b"\n")
    ends = [n for n, line in enumerate(lines, start=1) if (m := _SEAL.match(line)) and int(m.group(1)) < tick]
    for end in reversed(ends):
        try:
            return parse(b"\n".join([*lines[:end], b""]), source=path.name)
        except (EditedRecordingError, UnreadableRecordingError):
            continue
    return None


def _program(recording: Recording) -> str:
    program = recording.header.get("program")
    return str(program.get("vertebrosim", "?")) if isinstance(program, dict) else "?"


def _without(path: Path, error: Exception) -> str:
    return str(error).removeprefix(f"{path}: ")

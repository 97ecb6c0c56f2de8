"""Earlier attempts of a trainee at a case, from a folder of recordings. No Qt."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.assessment.score import score
from simulator.engine.recording import MAX_LINE_BYTES, EditedRecordingError, UnreadableRecordingError, read

MOST = 60
"""The newest are looked at; scoring one takes a tenth of a second."""


@dataclass(frozen=True)
class Attempt:
    """What became of one attempt; total is None where it was withheld."""

    path: Path
    mode: str
    total: float | None
    passed: bool
    minutes: float
    area_product_gycm2: float


def attempts(
    folder: Path, trainee: str, case_id: str, report: Callable[[float], None] = lambda _share: None
) -> tuple[Attempt, ...]:
    """Attempts of a trainee at a case, the oldest first. What cannot be read or scored is passed over."""
    paths = [path for path in _by_age(folder) if _is_of(path, trainee, case_id)][-MOST:]
    found = []
    for number, path in enumerate(paths):
        report(number / len(paths))
        one = _attempt(path)
        found += [] if one is None else [one]
    return tuple(found)


def _by_age(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.vsim"), key=lambda path: (path.stat().st_mtime_ns, path.name))


def _is_of(path: Path, trainee: str, case_id: str) -> bool:
    """Whether the first line says so: recordings of others are not read."""
    try:
        with path.open("rb") as file:
            row: Any = json.loads(file.readline(MAX_LINE_BYTES))
    except (OSError, ValueError):
        return False
    return isinstance(row, dict) and (row.get("trainee"), row.get("scenario_id")) == (trainee, case_id)


def _attempt(path: Path) -> Attempt | None:
    try:
        recording = read(path)
        found = score(recording)
    except (UnreadableRecordingError, EditedRecordingError):
        return None
    mode = str(recording.header.get("mode", "practice"))
    minutes = found.duration_s / 60.0
    return Attempt(path, mode, found.total, found.passed, minutes, found.dose.total.area_product_gycm2)

"""The scripted expert at the same case, to compare with: played once and kept in the user's folder. No Qt."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from simulator.app import settings
from simulator.assessment.trainees.procedure import perform
from simulator.engine.case import Case
from simulator.engine.events import Event
from simulator.engine.recording import EditedRecordingError, Recording, UnreadableRecordingError, read
from simulator.engine.session import Session, new_session, program_versions
from simulator.engine.state import TICK_HZ

TRAINEE = "scripted-expert"
USUAL_S = 720.0
"""How long an expert's case takes, for the progress bar (as seen: 8 to 14 minutes)."""


def folder() -> Path:
    """Where the expert's recordings lie."""
    return settings.recordings_folder().parent / "experts"


def kept_at(case: Case) -> Path:
    """Where the expert's recording of a case lies, or would: by scenario, seed and version of the program."""
    version = program_versions()["vertebrosim"]
    name = f"{case.scenario_digest[:24]}-{case.seed}-{version}.vsim"
    return folder() / name


def kept(case: Case) -> Recording | None:
    """The expert's recording if it was made before, by this program of this patient; None otherwise."""
    try:
        recording = read(kept_at(case))
    except (UnreadableRecordingError, EditedRecordingError):
        return None
    header = recording.header
    same = (
        header["patient_digest"] == case.patient.digest
        and header.get("scenario_digest") == case.scenario_digest
        and header["seed"] == case.seed
        and header.get("program") == program_versions()
    )
    return recording if same and recording.complete else None


def played(case: Case, report: Callable[[float], None]) -> Recording:
    """The expert's recording: the kept one, or played now, which takes half a minute.

    report is told the share that is done and may raise to break off; then nothing is left behind. Raises OSError
    where the folder cannot be written.
    """
    found = kept(case)
    if found is not None:
        return found
    path = kept_at(case)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    unfinished.unlink(missing_ok=True)
    session = new_session(case, TRAINEE, unfinished)

    def watch(now: Session, _events: Sequence[Event]) -> None:
        if now.state.tick % (TICK_HZ // 4) == 0:
            report(min(now.state.time_s / USUAL_S, 0.99))

    try:
        perform(session, "expert", watch)
        session.close()
        unfinished.replace(path)
    finally:
        session.close()
        unfinished.unlink(missing_ok=True)
    return read(path)

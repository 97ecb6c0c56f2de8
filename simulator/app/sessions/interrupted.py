"""Sessions that were broken off: found in a folder, and taken up again. Pure but for the files, no Qt."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scenarios.told import told
from simulator.app.settings import MODES
from simulator.app.wording import DEFAULT_LANGUAGE
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.commands import Command
from simulator.engine.digest import digest_of
from simulator.engine.recording import MAX_LINE_BYTES, Recording, UnreadableRecordingError, read
from simulator.engine.replay import commands_by_tick, scenario_of
from simulator.engine.session import Session, new_session
from simulator.engine.state import TICK_HZ, State

MOST_SHOWN = 5
Begin = Callable[[Case, str, Path, Mapping[str, str]], Session]
"""Makes a session that has not begun: of a case, for a trainee, recorded to a path, with what its header says."""
_TAIL_BYTES = 1 << 16
_END = b'{"row":"end"'


class CannotResumeError(RuntimeError):
    """A recording cannot be taken up again; the message says why."""


@dataclass(frozen=True)
class Interrupted:
    """A recording without its end: where, of what, by whom, how it was played, and how long."""

    path: Path
    title: str
    trainee: str
    mode: str
    seconds: float

    @property
    def can_resume(self) -> bool:
        """An examination is not taken up again: to break it off would be a pause."""
        return self.mode != "examination"


def interrupted(
    folder: Path, set_aside: tuple[str, ...] = (), language: str = DEFAULT_LANGUAGE
) -> list[Interrupted]:
    """The newest recordings of a folder that have no end, were not continued, and are not of names to pass over.

    What cannot be read, or does not begin properly, is passed over as well.
    """
    paths = sorted(folder.glob("*.vsim"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    continued = {_continues(path) for path in paths}
    found: list[Interrupted] = []
    for path in paths:
        if len(found) < MOST_SHOWN and path.name not in set_aside and not _has_end(path):
            one = _looked_at(path, continued, language)
            found += [] if one is None else [one]
    return found


def mode_of(recording: Recording) -> str:
    """How a recording says it was played; practice where it does not say, or says what is not known."""
    mode = recording.header.get("mode")
    return mode if mode in MODES else "practice"


def _looked_at(path: Path, continued: set[str | None], language: str) -> Interrupted | None:
    try:
        recording = read(path)
        title = told(scenario_of(recording), language).title
    except (ValueError, OSError):  # not a recording, cut off in its first second, or changed afterwards
        return None
    if recording.complete or recording.digest in continued:
        return None
    said = recording.header
    return Interrupted(path, title, said.get("trainee", ""), mode_of(recording), recording.last_tick / TICK_HZ)


def _has_end(path: Path) -> bool:
    """Whether the last rows are those of a session that was ended."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _TAIL_BYTES, 0))
        return _END in file.read()


def _continues(path: Path) -> str | None:
    """The digest of the recording that this one has taken up, if it has."""
    with path.open("rb") as file:
        line = file.readline(MAX_LINE_BYTES)
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row.get("continues") if isinstance(row, dict) else None


def resumed(recording: Recording, case: Case, path: Path, begin: Begin = new_session) -> Session:
    """A session at the last seal of a recording, recorded anew to path from its first tick on.

    The new file stands for itself: it holds all that was done before, and its header names the digest of the old
    one; begin: makes the session. Raises CannotResumeError where playing the commands does not lead to the state
    that was sealed; then nothing is left at path.
    """
    about = {"mode": mode_of(recording), "continues": recording.digest}
    if "taken_back" in recording.header:
        about["taken_back"] = recording.header["taken_back"]
    session = begin(case, recording.header.get("trainee", ""), path, about)
    try:
        commands = commands_by_tick(recording)
        for tick in range(recording.last_tick + 1):
            session.tick(commands.get(tick, ()))
        if digest_of(session.state) != recording.rows[-1]["state"]:
            raise CannotResumeError("this program plays the recording otherwise than the one that made it")
    except (CannotResumeError, UnreadableRecordingError) as error:
        session.close()
        path.unlink()
        raise CannotResumeError(str(error)) from None
    return session


def hands_off(state: State) -> list[Command]:
    """What lets go of all that was held when a session was broken off."""
    pedals: list[Command] = [c.ReleasePedal(plane.name) for plane in state.planes if plane.pedal]
    return pedals + ([c.StopInjection()] if state.batch.side is not None else [])

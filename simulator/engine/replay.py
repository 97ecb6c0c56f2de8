"""Playing recordings again: to look at them, and to find out whether they are what they claim to be."""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from anatomy.patient import Patient, build
from anatomy.spec import PatientSpec
from scenarios.loading import InvalidFile, read_toml
from scenarios.schema import Scenario
from simulator.engine.case import Case, make_case
from simulator.engine.commands import Command, MalformedCommandError, command_of
from simulator.engine.events import Event
from simulator.engine.recording import Recorder, Recording, Row, UnreadableRecordingError
from simulator.engine.session import Session, header, program_versions
from simulator.engine.state import State

TOLERANCE = 1e-6
"""Relative difference of numbers that verify allows between machines or versions; none on the same ones."""


def scenario_of(recording: Recording) -> Scenario:
    """The scenario that a recording carries. Raises UnreadableRecordingError if it is not a valid one."""
    try:
        return read_toml(recording.header["scenario_toml"], Scenario, source="the recording's scenario")
    except InvalidFile as error:
        raise UnreadableRecordingError(f"the recording's scenario is not valid: {error}") from None


def case_of(recording: Recording, *, patient_of: Callable[[PatientSpec], Patient] = build) -> Case:
    """The case that a recording was made of, built anew."""
    return make_case(scenario_of(recording), recording.header["seed"], patient_of=patient_of)


def commands_by_tick(recording: Recording) -> dict[int, list[Command]]:
    """Commands of a recording by the tick at which they were given."""
    commands: dict[int, list[Command]] = defaultdict(list)
    for row in recording.of_kind("command"):
        fields = {name: value for name, value in row.items() if name not in ("row", "tick")}
        try:
            commands[row["tick"]].append(command_of(fields))
        except MalformedCommandError as error:
            raise UnreadableRecordingError(
                f"the command {row['kind']!r:.40} at {_when(row)} cannot be understood: {error}"
            ) from None
    return commands


def replay(recording: Recording, case: Case) -> Iterator[tuple[State, list[Event], Session]]:
    """State and events after every tick of a recording, played again from its commands."""
    session = Session(case, Recorder(_header(recording, case)))
    commands = commands_by_tick(recording)
    for tick in range(recording.last_tick + 1):
        events = session.tick(commands.get(tick, ()))
        yield session.state, events, session
    session.close()


def _header(recording: Recording, case: Case) -> Row:
    """The header that this case writes: nothing but the trainee's name and how it was played is taken on trust."""
    return header(case, recording.header.get("trainee", ""), recording.header)


@dataclass(frozen=True)
class Verdict:
    """verified, or diverged with the first difference in words; exact says how closely was compared."""

    result: Literal["verified", "diverged"]
    exact: bool
    difference: str = ""


def verify(recording: Recording, case: Case) -> Verdict:
    """Whether playing the commands again gives the rows of the recording.

    On the machine and versions that made it every row must be equal to the byte; elsewhere numbers may differ
    by TOLERANCE and the digests of patient and states are not compared. Raises UnreadableRecordingError for
    commands that are none.
    """
    exact = recording.header.get("program") == program_versions()
    if case.patient.digest != recording.header["patient_digest"] and exact:
        return Verdict("diverged", exact, "the patient built from the scenario is not the recorded one")
    toml = recording.header["scenario_toml"]
    if hashlib.sha256(toml.encode()).hexdigest() != recording.header.get("scenario_digest"):
        return Verdict("diverged", exact, "the scenario does not have the digest in the header")
    difference = _header_difference(recording, case, exact)
    if difference is not None:
        return Verdict("diverged", exact, f"in the header: {difference}")
    made: list[bytes] = []
    for _, _, session in replay(recording, case):
        made = session.recorder.lines
    return compared(recording, made)


def compared(recording: Recording, made: Sequence[bytes]) -> Verdict:
    """Whether the lines that a replay has made (``session.recorder.lines``) are those of the recording.

    The patient's digest and the header are ``verify``'s to look at.
    """
    exact = recording.header.get("program") == program_versions()
    if exact and list(made) == list(recording.lines):
        return Verdict("verified", exact)
    return _compared(recording, made, exact)


def _header_difference(recording: Recording, case: Case, exact: bool) -> str | None:
    old = {name: value for name, value in recording.header.items() if name != "format"}
    new = {"row": "header", **_header(recording, case)}
    if not exact:
        # Another version may write the same scenario in other words, or more into the header; another machine
        # may round a voxel otherwise.
        own = {"program", "scenario_digest", "scenario_toml", "patient_digest"}
        shared = (old.keys() & new.keys()) - own
        old, new = ({name: row[name] for name in shared} for row in (old, new))
        known = old.get("plan", {}).keys() & new.get("plan", {}).keys()
        old["plan"], new["plan"] = ({name: row["plan"][name] for name in known} for row in (old, new))
    return _difference(old, new, 0.0 if exact else TOLERANCE)


def _compared(recording: Recording, made: Sequence[bytes], exact: bool) -> Verdict:
    theirs = [row for row in recording.rows if exact or row["row"] != "seal"]
    ours = [json.loads(line) for line in made[1:]]
    ours = [row for row in ours if exact or row["row"] != "seal"]
    for old, new in zip(theirs, ours, strict=False):
        difference = _difference(old, new, 0.0 if exact else TOLERANCE)
        if difference is not None:
            return Verdict("diverged", exact, f"at {_when(old)}: {difference}")
    if len(theirs) != len(ours):
        extra = theirs[len(ours)] if len(theirs) > len(ours) else ours[len(theirs)]
        whose = "recorded but not played" if len(theirs) > len(ours) else "played but not recorded"
        return Verdict("diverged", exact, f"at {_when(extra)}: {_what(extra)} was {whose}")
    if exact:
        return Verdict("diverged", exact, "the header is not the one that this session writes")
    return Verdict("verified", exact)


def _difference(old: Row, new: Row, tolerance: float) -> str | None:
    if _what(old) != _what(new) or old.get("tick") != new.get("tick"):
        return f"recorded is {_what(old)}, played is {_what(new)}"
    for name in {**old, **new}:
        apart = _apart(name, old.get(name), new.get(name), tolerance)
        if apart is not None:
            return f"{_what(old)} has {apart}"
    return None


def _apart(name: str, a: Any, b: Any, tolerance: float) -> str | None:
    """Which value is not the same, recorded and played; None where all are."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return next((found for k in a if (found := _apart(f"{name}.{k}", a[k], b[k], tolerance))), None)
    return None if _close(a, b, tolerance) else f"{name} = {_short(a)} recorded, {_short(b)} played"


def _close(a: Any, b: Any, tolerance: float) -> bool:
    if isinstance(a, bool) or isinstance(b, bool) or not isinstance(a, int | float | list | dict):
        return type(a) is type(b) and a == b
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(_close(a[k], b[k], tolerance) for k in a)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(_close, a, b, [tolerance] * len(a)))
    if not isinstance(b, int | float):
        return False
    return a == b or math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _what(row: Row) -> str:
    kind = row.get("kind")
    return f"{row['row']} {kind}" if kind else str(row["row"])


def _when(row: Row) -> str:
    return f"{row.get('tick', 0) / 60.0:.2f} s"

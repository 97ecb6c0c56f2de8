"""A session: a case being played, tick by tick, with everything written down.

Live window, replay, scripted trainee and course scoring differ only in where commands come from.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import scipy

from simulator.engine import heating, measuring
from simulator.engine.case import Case, initial_state
from simulator.engine.commands import Command, MalformedCommandError, well_formed
from simulator.engine.digest import digest_of
from simulator.engine.events import Event, Refused, as_row, refused
from simulator.engine.recording import Recorder, Row
from simulator.engine.state import DEVICE_EVERY, TICK_HZ, State
from simulator.engine.step import step


def program_versions() -> dict[str, str]:
    """The program and what its numbers depend on."""
    return {
        "vertebrosim": metadata.version("vertebrosim"),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "machine": platform.machine(),
    }


ON_TRUST = ("mode", "continues", "taken_back")
"""What a header may say besides: how the session was played ("tutorial", "practice", "examination"); the digest of
the recording that it takes up and contains; and, in a tutorial, how often a step was begun anew: then it contains
that recording up to the last such step only. Nothing in a session follows from it."""


def header(case: Case, trainee: str, about: Mapping[str, str] = MappingProxyType({})) -> Row:
    """The first row of a recording: everything needed to play it again and to judge it. about: see ON_TRUST."""
    scenario = case.scenario
    return {
        "program": program_versions(),
        "scenario_id": scenario.id,
        "scenario_version": scenario.version,
        "scenario_digest": case.scenario_digest,
        "scenario_toml": case.scenario_toml,
        "patient_digest": case.patient.digest,
        "seed": case.seed,
        "tick_hz": TICK_HZ,
        "trainee": trainee,
        "plan": measuring.planned(case),
        **{name: about[name] for name in ON_TRUST if name in about},
    }


@dataclass(frozen=True, eq=False)
class Mark:
    """Where a session stood, enough to go on from there in another recording: its state, how many lines were
    sealed and the rows after them, and what had been written last of what is written only when it changes."""

    state: State
    sealed: int
    unsealed: tuple[bytes, ...]
    known: tuple[Mapping[str, Any], ...]
    outcome_of: tuple[Any, ...] | None


HEAT_WRITTEN_EVERY = 10 * TICK_HZ
"""Peaks and doses change every second for a quarter of an hour: the outcome has them every ten, and at the end."""


class Session:
    """A case being played. ``tick`` advances it; the recorder is sealed every second, and by ``close``.

    >>> session = Session(case, Recorder(header(case, "T-042"), Path("session.vsim")))  # doctest: +SKIP
    >>> events = session.tick([Expose("A")])  # doctest: +SKIP
    """

    def __init__(self, case: Case, recorder: Recorder) -> None:
        self.case = case
        self.recorder = recorder
        self.state: State = initial_state(case)
        self._trace: dict[str, Any] = {}
        self._vitals: dict[str, Any] = {}
        self._outcome: dict[str, Any] = {}
        self._outcome_of: tuple[Any, ...] | None = None

    def tick(self, commands: Sequence[Command] = ()) -> list[Event]:
        """Advance by one tick of 1/60 s; returns what happened.

        Malformed commands are refused and not recorded: a file could not carry them. After the end nothing is
        recorded any more. Raises OSError where the disk does not take what is sealed.
        """
        over, now = self.state.ended, self.state.tick
        commands, malformed = _sorted_out(commands)
        self.state, events = step(self.case, self.state, commands)
        if not over:
            self._record(now, commands, events)
        return [*malformed, *events]

    def _record(self, now: int, commands: Sequence[Command], events: Sequence[Event]) -> None:
        write = self.recorder.write
        for command in commands:
            write({"row": "command", "tick": now, **as_row(command)})
        for event in events:
            write({"row": "event", "tick": now, **as_row(event)})
        if now % DEVICE_EVERY == 0 or self.state.ended:
            self._write_changed("trace", now, measuring.trace(self.case, self.state), self._trace)
        if now % TICK_HZ == 0 or self.state.ended:
            self._write_changed("vitals", now, measuring.vitals(self.state), self._vitals)
            self._write_outcome(now)
            if now % HEAT_WRITTEN_EVERY == 0 or self.state.ended:
                heat = heating.as_row(self.state)
                self._write_changed("outcome", now, {"heat": heat} if heat else {}, self._outcome)
            if self.state.ended:
                write({"row": "end", "tick": now})
            self.recorder.seal(now, digest_of(self.state))

    def mark(self) -> Mark:
        """Where the session stands now."""
        known = tuple(dict(one) for one in (self._trace, self._vitals, self._outcome))
        recorder = self.recorder
        return Mark(self.state, len(recorder.lines), recorder.unsealed, known, self._outcome_of)

    def go_on_from(self, mark: Mark, of: Session) -> None:
        """Stand where another session of the same case stood: its rows until then are this one's, newly sealed.

        Only for a session that has not begun.
        """
        if self.state.tick > 0:
            raise ValueError("this session has begun; go on from a mark in a new one")
        rows = [*of.recorder.lines[: mark.sealed], *mark.unsealed]
        self.recorder.take_over(rows[1:])
        self.state, self._outcome_of = mark.state, mark.outcome_of
        self._trace, self._vitals, self._outcome = (dict(one) for one in mark.known)

    def close(self) -> None:
        """Seal what was done since the last full second and close the recording; it stays incomplete unless the
        session was ended. Raises OSError where the disk does not take it."""
        last = self.state.tick - 1
        try:
            if last > self.recorder.sealed_at and not self.state.ended:
                self.recorder.seal(last, digest_of(self.state))
        finally:
            self.recorder.close()

    def _write_changed(self, kind: str, tick: int, values: dict[str, Any], known: dict[str, Any]) -> None:
        changed = {name: value for name, value in values.items() if known.get(name) != value}
        if changed:
            known.update(changed)
            self.recorder.write({"row": kind, "tick": tick, **changed})

    def _write_outcome(self, tick: int) -> None:
        """The outcome is costly: it is measured again only when something that it depends on is new."""
        s = self.state
        touching = s.tick if any(work.contacts for work in s.needlework) else None  # the dwell goes on
        depends = (s.needles, s.needlework, s.batch, s.opened, s.amplitude, s.punctures, s.redirections, touching)
        if self._outcome_of is not None and all(
            a is b or a == b for a, b in zip(depends, self._outcome_of, strict=True)
        ):
            return
        self._outcome_of = depends
        self._write_changed("outcome", tick, measuring.outcome(self.case, s), self._outcome)


def _sorted_out(commands: Sequence[Command]) -> tuple[list[Command], list[Refused]]:
    """Well-formed commands, and the refusals of all others."""
    good: list[Command] = []
    bad: list[Refused] = []
    for command in commands:
        try:
            good.append(well_formed(command))
        except MalformedCommandError as error:
            bad.append(refused(command, str(error)))
    return good, bad


def new_session(
    case: Case, trainee: str, path: Path | None = None, about: Mapping[str, str] = MappingProxyType({})
) -> Session:
    """A session at its beginning, recorded to path or only in memory. about: see ON_TRUST."""
    return Session(case, Recorder(header(case, trainee, about), path))

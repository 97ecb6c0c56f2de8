"""Hands: a scripted trainee's only way to act. Everything goes through ``Session.tick`` as commands."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from simulator.assessment.trainees.care import Carer
from simulator.engine.commands import Command
from simulator.engine.events import Event, Exposed
from simulator.engine.session import Session
from simulator.engine.state import TICK_HZ, State

LATERAL_DEG = 20.0
"""A picture within this of the true lateral view shows the target from the side."""
Watcher = Callable[[Session, Sequence[Event]], None]
"""Called after every tick with what happened in it: draws frames, shows progress."""


class Hands:
    """Gives commands to a session and waits; keeps what happened since it was last asked."""

    def __init__(self, session: Session, watcher: Watcher | None = None, carer: Carer | None = None) -> None:
        self.session = session
        self._watcher = watcher
        self._carer = carer
        self._seen: list[Event] = []
        self._events: list[Event] = []
        self._lateral_tick: int | None = None

    @property
    def state(self) -> State:
        """Read-outs of instruments and machine are read from here; the patient is only seen (eyes.py)."""
        return self.session.state

    def do(self, *commands: Command) -> list[Event]:
        """Give commands in one tick; returns what happened in it."""
        return self._tick(commands)

    def wait(self, seconds: float, until: Callable[[State], bool] | None = None) -> list[Event]:
        """Let time pass, at most so long, until something is so; returns what happened."""
        happened: list[Event] = []
        for _ in range(max(round(seconds * TICK_HZ), 1)):
            happened += self._tick(())
            if until is not None and until(self.state):
                break
        return happened

    def act(self, command: Command, seconds: float, until: Callable[[State], bool] | None = None) -> list[Event]:
        """Give a command and wait for it to have happened; returns all that did."""
        return self.do(command) + self.wait(seconds, until)

    def exposures(self) -> list[Exposed]:
        """Pictures taken since this was last asked."""
        taken = [event for event in self._events if isinstance(event, Exposed)]
        self._events = []
        return taken

    @property
    def lateral_age_s(self) -> float:
        """How long ago the last lateral picture was taken; infinite if none was."""
        return math.inf if self._lateral_tick is None else (self.state.tick - self._lateral_tick) / TICK_HZ

    def _tick(self, commands: Sequence[Command]) -> list[Event]:
        if self.state.ended:
            return []
        care = self._carer.command(self.state, self._seen) if self._carer is not None and not commands else None
        events = self.session.tick(commands if care is None else [care])
        self._seen = events
        self._events += events
        for event in events:
            if isinstance(event, Exposed) and event.lateral_error_deg <= LATERAL_DEG:
                self._lateral_tick = self.state.tick
        if self._watcher is not None:
            self._watcher(self.session, events)
        return events

"""A session that is followed by a guide: which step it is at, and where it stood when each step began. No Qt.

The player's thread ticks; a window reads ``guide``, which is replaced whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from simulator.app.guide.guide import Guide
from simulator.app.sessions.interrupted import Begin
from simulator.engine.case import Case
from simulator.engine.commands import Command
from simulator.engine.events import Event
from simulator.engine.recording import Recorder, digest_of_lines
from simulator.engine.session import Mark, Session, header, new_session
from simulator.engine.state import TICK_HZ

JUST_BEGUN_S = 2.0
"""A step that began no longer ago is passed over by going back: to ask twice goes back by two."""


@dataclass(frozen=True, eq=False)
class Begun:
    """Where session and guide stood when a step began."""

    guide: Guide
    mark: Mark


class GuidedSession(Session):
    """A session with a guide that follows every tick, and the beginnings of its steps.

    taken_back: how often a step was begun anew until now.
    """

    def __init__(self, case: Case, recorder: Recorder, trainee: str = "", taken_back: int = 0) -> None:
        super().__init__(case, recorder)
        self.trainee, self.taken_back = trainee, taken_back
        self.guide = Guide.of(case)
        self.begun: tuple[Begun, ...] = (Begun(self.guide, self.mark()),)

    def tick(self, commands: Sequence[Command] = ()) -> list[Event]:
        events = super().tick(commands)
        before, self.guide = self.guide, self.guide.after(self.state, events)
        if self.guide.at != before.at and self.guide.step is not None:
            self.begun = (*self.begun, Begun(self.guide, self.mark()))
        return events

    def to_go_back_to(self) -> Begun:
        """The beginning of the step that is to be done now; of the one before where that has just begun."""
        now = self.begun[-1]
        if len(self.begun) > 1 and self.state.tick - now.mark.state.tick < JUST_BEGUN_S * TICK_HZ:
            return self.begun[-2]
        return now


def guided_session(
    case: Case, trainee: str, path: Path | None = None, about: Mapping[str, str] = MappingProxyType({})
) -> GuidedSession:
    """A guided session at its beginning; see ``engine.session.new_session``."""
    taken_back = about.get("taken_back", "0")
    recorder = Recorder(header(case, trainee, about), path)
    return GuidedSession(case, recorder, trainee, int(taken_back) if taken_back.isdecimal() else 0)


def begin_in(mode: str) -> Begin:
    """What begins a session of a mode: an examination has no guide."""
    return new_session if mode == "examination" else guided_session


def taken_back(session: GuidedSession, path: Path | None, mode: str) -> GuidedSession:
    """A session at the beginning of the last step, recorded anew to path.

    The new recording holds what the old one held until then, verifies like any other, and its header says what it
    was taken from and how often that was done. The old one stays as it is; it has to be stopped first.
    """
    back = session.to_go_back_to()
    number = session.taken_back + 1
    about = {"mode": mode, "taken_back": str(number)}
    if session.recorder.lines:
        about["continues"] = digest_of_lines(session.recorder.lines)
    again = guided_session(session.case, session.trainee, path, about)
    again.go_on_from(back.mark, session)
    again.guide = back.guide
    again.begun = session.begun[: session.begun.index(back) + 1]
    return again

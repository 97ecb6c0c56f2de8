"""Going back to the beginning of a step in a room: the old session is stopped, another goes on in a new file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from simulator.app.guide.tutor import GuidedSession, taken_back
from simulator.app.procedure.room import Room
from simulator.app.sessions.interrupted import hands_off
from simulator.app.sessions.player import Player
from simulator.engine.screens import Screens
from simulator.engine.session import Session

Build = Callable[[], tuple[Session, Screens]]


class Playing:
    """What is played in a room, and into which file. build: what makes it; path: where it is recorded now."""

    def __init__(self, build: Build, path: Path) -> None:
        self._build, self.path = build, path
        self._screens: Screens | None = None

    def build(self) -> tuple[Session, Screens]:
        """Session and screens; the screens are kept for whoever goes on with the case."""
        session, self._screens = self._build()
        return session, self._screens

    def end(self) -> None:
        """It is over: what draws it, some hundred megabytes, is let go of."""
        self._screens = None

    def step_back(self, room: Room, speed: float) -> bool:
        """Go on from the beginning of the last step, recorded beside the old file, which stays. False where there
        is no guided session to go back in, or it is over."""
        player = room.player
        if player is None or self._screens is None or not isinstance(player.session, GuidedSession):
            return False
        player.stop()
        session, screens = player.session, self._screens
        if session.state.ended:
            return False
        self.path = next_to(self.path)
        again = taken_back(session, self.path, room.mode)
        screens.forget()
        held = hands_off(again.state)
        if held:
            again.tick(held)
        room.operator.state = again.state
        room.attach(Player(lambda: (again, screens), room.ring, speed=speed))
        return True


def next_to(path: Path) -> Path:
    """A file beside another that does not exist yet, numbered on."""
    stem = re.sub(r"-\d{3}$", "", path.stem)
    number = 2
    while (found := path.with_name(f"{stem}-{number:03d}{path.suffix}")).exists():
        number += 1
    return found

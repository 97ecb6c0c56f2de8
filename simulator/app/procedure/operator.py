"""The user at the table: what is played, what the hands hold, and how actions become commands. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from simulator.app.hands.hands import Action, Hands
from simulator.app.hands.tool_actions import NEED_SKIN_POINT
from simulator.app.procedure.aiming import skin_under
from simulator.app.sessions.player import Player
from simulator.app.wording import Wording
from simulator.engine.case import Case
from simulator.engine.commands import Command
from simulator.engine.state import State
from simulator.imaging.carm import PlaneName


class Operator:
    """Gives a session's player what the user does. tell: puts a sentence on the message line; changed: is called
    when the hands hold something else."""

    def __init__(self, say: Wording, tell: Callable[[str], None], changed: Callable[[], None]) -> None:
        self._say, self._tell, self._changed = say, tell, changed
        self.hands = Hands()
        self.case: Case | None = None
        self.state: State | None = None
        self.player: Player | None = None

    @property
    def ready(self) -> bool:
        """Whether there is something to play."""
        return self.case is not None and self.state is not None and self.player is not None

    def do(self, action: Action) -> None:
        """Carry out an action."""
        if self.case is None or self.state is None or self.player is None:
            return
        if self.player.paused:
            self._tell(self._say("room.paused"))
            return
        hands, commands = action.do(self.hands, self.case, self.state)
        self.player.send(commands)
        if action.name in NEED_SKIN_POINT and not commands:
            self._tell(self._say("room.point_first"))
        self.hold(hands)

    def let_go(self, action: Action) -> None:
        """End an action that is held."""
        if action.release is not None and self.case is not None and self.state is not None and self.player:
            self.player.send(action.release(self.hands, self.case, self.state)[1])

    def give(self, *commands: Command) -> None:
        """Send commands that belong to no action."""
        if self.player is not None:
            self.player.send(commands)

    def hold(self, hands: Hands) -> None:
        """Take something else in hand."""
        before, self.hands = self.hands, hands
        if before is not hands:
            self._changed()

    def point(self, plane_name: PlaneName, row: float, column: float) -> bool:
        """Choose the skin point under a pixel of a plane's picture; whether there is one."""
        plane = self.state.plane(plane_name) if self.state is not None else None
        if self.case is None or self.state is None or plane is None:
            return False
        skin = skin_under(self.case, self.state, plane, row, column)
        if skin is None:
            self._tell(self._say("room.no_skin"))
            return False
        self.hold(replace(self.hands, skin_mm=skin))
        return True

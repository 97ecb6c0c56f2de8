"""The user at the table: what is played, what the hands hold, and how actions become commands. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from anatomy.frames import FloatArray
from simulator.app.hands.hands import Action, Hands
from simulator.app.hands.imaging_actions import PLACES
from simulator.app.hands.syringe import idle, turned
from simulator.app.hands.tool_actions import NEED_SKIN_POINT
from simulator.app.outside.room_scene import bodies
from simulator.app.procedure.aiming import (
    aimed_line,
    angles_towards,
    shows_the_back,
    skin_on_ray,
    skin_under,
)
from simulator.app.sessions.player import Player
from simulator.app.wording import Wording
from simulator.devices.needle import angles_deg
from simulator.engine.case import Case
from simulator.engine.commands import Command, Redirect
from simulator.engine.state import State
from simulator.imaging.view import View

NEEDS: dict[str, str] = {
    **dict.fromkeys(NEED_SKIN_POINT, "room.point_first"),
    **{f"recall_{number}": "room.nothing_stored" for number in PLACES},
}
"""What is said where an action gives no command: it needs something first."""
FILLING = frozenset({"inflate", "handle_quarter", "handle_whole", "handle_back"})
"""Actions that the syringe may not let happen."""

NEAR_PX = 25.0
"""A line that is begun within so much of the skin point begins at it."""
Pixel = tuple[float, float]


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

    def do(self, action: Action, hands: Hands | None = None) -> None:
        """Carry out an action; hands: with what, where it is not what they hold."""
        if self.case is None or self.state is None or self.player is None:
            return
        if self.player.paused:
            self._tell(self._say("room.paused"))
            return
        after, commands = action.do(hands or self.hands, self.case, self.state)
        self.player.send(commands)
        needs = idle(self.hands, self.state) if action.name in FILLING else NEEDS.get(action.name)
        if needs and not commands:
            self._tell(self._say(needs))
        if hands is None:
            self.hold(after)

    def let_go(self, action: Action) -> None:
        """End an action that is held."""
        if action.release is not None and self.case is not None and self.state is not None and self.player:
            self.player.send(action.release(self.hands, self.case, self.state)[1])

    def give(self, *commands: Command) -> None:
        """Send commands that belong to no action."""
        if self.player is not None:
            self.player.send(commands)

    def turn_handle(self, turns: float) -> None:
        """The syringe's handle was dragged. A hand that is ahead of the fluid slips, without a word."""
        if self.case is None or self.state is None or self.player is None:
            return
        why = self._say("room.paused") if self.player.paused else ""
        if self.hands.side in self.hands.open_latches:
            why = self._say(idle(self.hands, self.state))
        if why:
            self._tell(why)
        else:
            self.player.send(turned(turns)(self.hands, self.case, self.state)[1])

    def hold(self, hands: Hands) -> None:
        """Take something else in hand."""
        before, self.hands = self.hands, hands
        if before is not hands:
            self._changed()

    def point(self, view: View, row: float, column: float) -> bool:
        """Choose the skin point under a pixel of a picture; whether there is one."""
        if self.case is None:
            return False
        return self._choose(skin_under(self.case, view, row, column), "room.no_skin")

    def pick(self, eye_mm: FloatArray, way: FloatArray) -> bool:
        """Choose the skin point that an eye in the room sees along a ray; whether there is one."""
        if self.case is None or self.state is None:
            return False
        hiding = bodies(self.case, self.state)
        return self._choose(skin_on_ray(self.case, eye_mm, way, hiding), "room.no_skin_there")

    def _choose(self, skin_mm: tuple[float, float] | None, otherwise: str) -> bool:
        if skin_mm is None:
            self._tell(self._say(otherwise))
            return False
        self.hold(self.hands.marked(skin_mm))
        return True

    def aim(self, view: View, start: Pixel, end: Pixel, *, over: bool) -> None:
        """Aim the cannula in hand by a line that is drawn on a picture. Without a skin point, or far from it on a
        picture of the back, the line's start is one. A cannula in the patient is turned when it is let go."""
        if self.case is None or self.state is None or self.player is None or self.player.paused:
            return
        needle, line = self.state.needle(self.hands.side), self.aimed(view)
        far = line is None or float(np.hypot(*(line[0] - start))) > NEAR_PX
        if needle is None and far and shows_the_back(view):
            self.point(view, *start)
        angles = angles_towards(self.case, self.state, view, self._as_it_stands(), *end)
        if angles is None:
            self._tell(self._say("room.point_first"))
            return
        self.hold(replace(self.hands, convergence_deg=round(angles[0], 1), caudal_deg=round(angles[1], 1)))
        if needle is not None and over:
            self.give(Redirect(self.hands.side, self.hands.convergence_deg, self.hands.caudal_deg))

    def _as_it_stands(self) -> Hands:
        """The hands, with the angles of the cannula where it is in the patient."""
        needle = None if self.state is None else self.state.needle(self.hands.side)
        if needle is None:
            return self.hands
        convergence, caudal = angles_deg(self.hands.side, needle.shaft_axis)
        return replace(self.hands, convergence_deg=convergence, caudal_deg=caudal)

    def aimed(self, view: View) -> FloatArray | None:
        """Pixels (2, 2) of the line along which the cannula in hand is aimed, on a picture."""
        if self.case is None or self.state is None:
            return None
        return aimed_line(self.case, self.state, view, self.hands)

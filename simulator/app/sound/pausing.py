"""The alarm pause in a room: its action, the bell of the patient monitor, and what becomes of the sounds."""

from __future__ import annotations

import math

from simulator.app.hands.actions import BY_NAME
from simulator.app.procedure.following import Moment
from simulator.app.procedure.room import Room
from simulator.app.sound.alarm_pause import PAUSE_S
from simulator.app.sound.sounds import Sounds
from simulator.app.wording import Wording


class Pausing:
    """Follows a room. Nothing of it reaches the session: an examination has it too."""

    def __init__(self, room: Room, sounds: Sounds, say: Wording) -> None:
        self._room, self._sounds, self._say = room, sounds, say
        room.own["alarm_pause"] = self._press
        room.vitals.bell_pressed.connect(lambda: room.do(BY_NAME["alarm_pause"]))
        room.followers.append(self)

    def __call__(self, moment: Moment) -> None:
        left_s = self._sounds.pause.left_s(moment.state.tick)
        self._room.vitals.show_pause(math.ceil(left_s))

    def _press(self) -> None:
        if self._room.state is None:
            return
        tick = self._room.state.tick
        self._sounds.pause_alarms(tick)
        paused = self._sounds.pause.left_s(tick) > 0.0
        minutes = self._say.number(PAUSE_S / 60.0, "g")
        self._room.tell(self._say("alarm.paused" if paused else "alarm.sounds", minutes=minutes))
        self._room.refresh()

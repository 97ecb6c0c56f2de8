"""The room's sounds: a follower that listens to its moments and gives the cues to a speaker."""

from __future__ import annotations

from collections.abc import Callable

from PySide6 import QtCore

from simulator.app.procedure.following import Moment
from simulator.app.sound.alarm_pause import AlarmPause
from simulator.app.sound.cues import Ear, listen
from simulator.app.sound.speaker import Speaker
from simulator.engine.readouts import readouts

SILENT_AFTER_MS = 400
"""When no moment has come for so long (a pause, the end), what goes on falls silent."""


class Sounds(QtCore.QObject):
    """tell: is given a sentence once, where there is no sound; why: makes it of the reason."""

    def __init__(
        self, speaker: Speaker, tell: Callable[[str], None], why: Callable[[str], str], parent: QtCore.QObject
    ) -> None:
        super().__init__(parent)
        self._speaker, self._tell, self._why = speaker, tell, why
        self._ear, self._told = Ear(), False
        self.pause = AlarmPause()
        self._watch = QtCore.QTimer(self, interval=SILENT_AFTER_MS, singleShot=True)
        self._watch.timeout.connect(speaker.hush)

    def __call__(self, moment: Moment) -> None:
        state = moment.state
        if self._speaker.failed and not self._told:
            self._told = True
            self._tell(self._why(self._speaker.failed))
        if self._ear.tick is not None and state.tick <= self._ear.tick and not moment.events:
            return  # shown again, not played on
        felt = list(readouts(moment.case, state).values())
        silent = self.pause.left_s(state.tick) > 0.0
        self._ear, sounding = listen(self._ear, state, moment.events, felt, alarms=not silent)
        self._speaker.sound(sounding)
        self._watch.start()

    def pause_alarms(self, tick: int) -> None:
        """Begin a pause of the monitor's alarms, or end it; one that sounds now stops."""
        self.pause = self.pause.pressed(tick)
        if self.pause.left_s(tick) > 0.0:
            self._speaker.cut("alarm")

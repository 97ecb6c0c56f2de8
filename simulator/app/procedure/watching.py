"""A room in use with a watch on it: when monitors painted new pictures, and when the window's loop came around.

For benchmarks: everything goes a trainee's way, keys into the window, the session on its thread, pictures onto
monitors. Qt's offscreen platform paints as others do, into memory.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app import theme
from simulator.app.hands.actions import BY_NAME
from simulator.app.procedure.room import Room
from simulator.app.sessions.player import Player
from simulator.app.settings import Settings
from simulator.engine.case import Case
from simulator.engine.screens import Screens
from simulator.engine.session import new_session
from simulator.imaging.carm import PlaneName

HEARTBEAT_MS = 2
WIDE = (1280, 800)


class Watched:
    """A room that plays a case into a file. painted_s: by plane, when a picture that was not there before stood on
    its monitor; beats_s: when the loop came around."""

    def __init__(self, case: Case, path: Path) -> None:
        app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
        assert isinstance(app, QtWidgets.QApplication)
        theme.apply(app)
        self._app = app
        self.room = Room("bench", Settings())
        self.room.resize(*WIDE)
        self.room.show()
        self.painted_s: dict[PlaneName, list[float]] = {"A": [], "B": []}
        self.beats_s: list[float] = []
        self._last: dict[PlaneName, object] = {}
        for name, monitor in self.room.monitors.items():
            monitor.painted.connect(lambda name=name: self._note(name))
        self._timer = QtCore.QTimer()
        self._timer.timeout.connect(lambda: self.beats_s.append(time.perf_counter()))
        self._timer.start(HEARTBEAT_MS)
        self.room.attach(
            Player(lambda: (new_session(case, "bench", path), Screens(case, live=True)), self.room.ring)
        )
        self.until(lambda: self.room.case is not None)

    def _note(self, plane: PlaneName) -> None:
        grey = self.room.monitors[plane].grey
        if grey is not None and grey is not self._last.get(plane):
            self._last[plane] = grey
            self.painted_s[plane].append(time.perf_counter())

    def shot_s(self, plane: PlaneName) -> float:
        """Seconds from the key of a single shot to its picture; then a pause, as between glances."""
        painted = self.painted_s[plane]
        painted.clear()
        start = time.perf_counter()
        self.key(f"shot_{plane.lower()}")
        self.until(lambda: bool(painted))
        took = painted[0] - start
        self.wait(0.25)
        return took

    def key(self, name: str, *, down: bool = True, up: bool = True) -> None:
        """Press or let go of the key of an action, or both."""
        key = QtGui.QKeySequence.fromString(BY_NAME[name].key)[0]
        for wanted, kind in ((down, QtCore.QEvent.Type.KeyPress), (up, QtCore.QEvent.Type.KeyRelease)):
            if wanted:
                event = QtGui.QKeyEvent(kind, key.key(), key.keyboardModifiers())
                QtWidgets.QApplication.postEvent(self.room, event)

    def set_pulse_rate(self, pulses_per_s: float) -> None:
        """By its key, until it is set."""
        while self.room.state is not None and self.room.state.pulses_per_s != pulses_per_s:
            self.key("pulse_rate")
            self.wait(0.2)

    def wait(self, seconds: float) -> None:
        """Let the window run."""
        end = time.perf_counter() + seconds
        self.until(lambda: time.perf_counter() >= end)

    def until(self, what: Callable[[], bool]) -> None:
        """Let the window run until something is so."""
        loop, timer = QtCore.QEventLoop(), QtCore.QTimer()
        timer.timeout.connect(lambda: loop.quit() if what() else None)
        timer.start(1)
        loop.exec()

    def close(self) -> None:
        """End watching, and close the window."""
        self._timer.stop()
        self.room.close()
        self.room.deleteLater()

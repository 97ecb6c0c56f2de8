"""The desktop's window in use: pictures painted a second, from key to picture, and how free its loop is.

Everything goes a trainee's way: keys into the room's window, the session on its thread, pictures onto monitors.
Qt's offscreen platform paints as others do, into memory.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from simulator.bench.engine import default_case
from simulator.bench.rows import Row, Tell, peak_memory, row_of
from simulator.engine.case import Case
from simulator.engine.screens import Screens
from simulator.engine.session import new_session

WATCHED_S = 20.0
"""How long both pedals are down."""
PULSES_PER_S = 30.0
HEARTBEAT_MS = 2
WIDE = (1280, 800)


def bench_desktop(runs: int, tell: Tell) -> list[Row]:
    """Both pedals down at 30 pulses/s, then single shots by key."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from simulator.app import theme  # Qt is loaded only where a window is wanted

    tell("desktop", 0.1)
    case = default_case()
    app = _application()
    theme.apply(app)
    with tempfile.TemporaryDirectory() as folder:
        return _Watched(app, case, Path(folder) / "bench.vsim").rows(runs, tell)


def _application():  # type: ignore[no-untyped-def]
    from PySide6 import QtWidgets

    return QtWidgets.QApplication.instance() or QtWidgets.QApplication([])


class _Watched:
    """A room that is played, with a watch on its loop and its monitors."""

    def __init__(self, app: object, case: Case, path: Path) -> None:
        from PySide6 import QtCore

        from simulator.app.procedure.room import Room
        from simulator.app.sessions.player import Player
        from simulator.app.settings import Settings

        self._app, self._core = app, QtCore
        self.room = Room("bench", Settings())
        self.room.resize(*WIDE)
        self.room.show()
        self._painted_s: dict[str, list[float]] = {"A": [], "B": []}
        self._last: dict[str, object] = {}
        for name, monitor in self.room.monitors.items():
            monitor.painted.connect(lambda name=name: self._note(name))
        self._beats: list[float] = []
        self._timer = QtCore.QTimer()
        self._timer.timeout.connect(lambda: self._beats.append(time.perf_counter()))
        self._timer.start(HEARTBEAT_MS)
        self.room.attach(
            Player(lambda: (new_session(case, "bench", path), Screens(case, live=True)), self.room.ring)
        )
        self._until(lambda: self.room.case is not None)

    def rows(self, runs: int, tell: Tell) -> list[Row]:
        """Measure, and close the window."""
        for plane in ("a", "b"):  # what is worked out once
            self._shot(plane)
        tell("desktop", 0.3)
        shots = [self._shot("ab"[n % 2]) for n in range(max(4 * runs, 20))]
        tell("desktop", 0.4)
        while self.room.state is not None and self.room.state.pulses_per_s != PULSES_PER_S:
            self._key("pulse_rate")
            self._for(0.1)
        rates, gaps, clock = self._fluoroscopy()
        self.room.close()
        latency = row_of("desktop, key to painted picture", shots, p95=f"{1e3 * np.percentile(shots, 95):.0f} ms")
        loop = row_of("desktop, gap of the window's loop", gaps, p99=f"{1e3 * np.percentile(gaps, 99):.0f} ms")
        return [*rates, clock, latency, loop, *peak_memory()]

    def _fluoroscopy(self) -> tuple[list[Row], list[float], Row]:
        for name in ("pedal_a", "pedal_b"):
            self._key(name, up=False)
        self._for(1.0)
        for painted in self._painted_s.values():
            painted.clear()
        self._beats.clear()
        assert self.room.state is not None
        began_s, began_tick, used_s = time.perf_counter(), self.room.state.tick, time.process_time()
        self._for(WATCHED_S)
        took_s, ticks = time.perf_counter() - began_s, self.room.state.tick - began_tick
        used_ms = 2e3 * (time.process_time() - used_s) / max(sum(map(len, self._painted_s.values())), 1)
        gaps = np.diff(self._beats).tolist()
        rows = []
        for name, painted in self._painted_s.items():
            seconds = [int(at - began_s) for at in painted if at - began_s < int(took_s)]
            each = [float(seconds.count(second)) for second in range(int(took_s))]
            rows.append(
                Row(
                    f"desktop, pictures painted, plane {name}", "/s", median(each), min(each), max(each), len(each)
                )
            )
        for name in ("pedal_a", "pedal_b"):
            self._key(name, down=False)
        speed = ticks / 60.0 / took_s
        clock = Row("desktop, simulated seconds a second", "", speed, speed, speed, 1)
        rows.append(Row("desktop, processor time of a pair", "ms", used_ms, used_ms, used_ms, 1))
        return rows, gaps, clock

    def _note(self, plane: str) -> None:
        """A monitor has painted; only pictures count that were not there before."""
        grey = self.room.monitors["A" if plane == "A" else "B"].grey
        if grey is not None and grey is not self._last.get(plane):
            self._last[plane] = grey
            self._painted_s[plane].append(time.perf_counter())

    def _shot(self, plane: str) -> float:
        """Seconds from the key of a single shot to its picture; then a pause, as between glances."""
        painted = self._painted_s[plane.upper()]
        painted.clear()
        start = time.perf_counter()
        self._key(f"shot_{plane}")
        self._until(lambda: bool(painted))
        self._for(0.25)
        return painted[0] - start

    def _key(self, name: str, *, down: bool = True, up: bool = True) -> None:
        from PySide6 import QtCore, QtGui, QtWidgets

        from simulator.app.hands.actions import BY_NAME

        key = QtGui.QKeySequence.fromString(BY_NAME[name].key)[0]
        for wanted, kind in ((down, QtCore.QEvent.Type.KeyPress), (up, QtCore.QEvent.Type.KeyRelease)):
            if wanted:
                event = QtGui.QKeyEvent(kind, key.key(), key.keyboardModifiers())
                QtWidgets.QApplication.postEvent(self.room, event)

    def _for(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        self._until(lambda: time.perf_counter() >= end)

    def _until(self, what: Callable[[], bool]) -> None:
        loop = self._core.QEventLoop()
        timer = self._core.QTimer()
        timer.timeout.connect(lambda: loop.quit() if what() else None)
        timer.start(1)
        loop.exec()

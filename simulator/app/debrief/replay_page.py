"""The replay: monitors, vertebra, room and patient as they were at any moment, with a time bar to go there."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app.debrief.marks import Mark, injections_s, label, marks_of, next_mark
from simulator.app.debrief.replayer import Moment, Replayer
from simulator.app.debrief.syringe_strip import SyringeStrip
from simulator.app.debrief.time_bar import TimeBar
from simulator.app.debrief.vertebra_view import VertebraView
from simulator.app.debrief.vitals_strip import VitalsStrip
from simulator.app.outside.gl_probe import can_draw
from simulator.app.outside.room_view import RoomView
from simulator.app.procedure.margins import Margin
from simulator.app.procedure.monitor_view import MonitorView
from simulator.app.wording import Wording
from simulator.assessment.wording import clock
from simulator.engine.recording import Row
from simulator.engine.state import TICK_HZ

SPEEDS = (1, 4, 16)
BEAT_MS = 40
SHORTCUTS = {"before": "Shift+Left", "after": "Shift+Right", "play": "Space"}
LAMP_TICKS = 8
"""So long after a pulse the lamp of its monitor burns."""


class ReplayPage(QtWidgets.QWidget):
    """Follows a replayer. ``tick`` is where it stands."""

    def __init__(self, say: Wording, replayer: Replayer) -> None:
        super().__init__()
        self._say, self._replayer = say, replayer
        evidence = replayer.evidence
        self._pictures_done = threading.Event()
        self._closed = False
        self.marks = marks_of(evidence)
        self._turns = [mark for mark in self.marks if mark.lane != "picture"]
        self._shots = [mark for mark in self.marks if mark.lane == "picture"]
        self.last_tick = round(evidence.duration_s * TICK_HZ)
        self.tick = self._shots[0].tick if self._shots else 0
        self.moment: Moment | None = None
        self.speed = 1
        planes = ("A", "B")[: evidence.scenario.carm.planes]
        self.monitors = {plane: MonitorView() for plane in planes}
        for monitor in self.monitors.values():
            monitor.setMinimumSize(220, 220)
        self.vertebra, self.room = VertebraView(say, self._may_draw_3d), RoomView(say, self._may_draw_3d)
        self.vitals, self.syringes = VitalsStrip(say), SyringeStrip(say)
        self.syringes.hide()
        self.bar = TimeBar(say, self.marks, injections_s(evidence), self.last_tick)
        self.said = QtWidgets.QLabel()
        self.said.setWordWrap(True)
        self.waiting = QtWidgets.QLabel(say("replay.building"))
        self.waiting.setObjectName("quiet")
        self.time = QtWidgets.QLabel()
        self.time.setObjectName("value")
        self.buttons = {name: QtWidgets.QPushButton(say(f"replay.{name}")) for name in _BUTTONS}
        self.speeds = {times: QtWidgets.QPushButton(say("replay.speed", times=times)) for times in SPEEDS}
        self._beat = QtCore.QTimer(self, interval=BEAT_MS)
        self._beaten = QtCore.QElapsedTimer()
        self._lay_out()
        self._connect()
        self._show_time()

    def _lay_out(self) -> None:
        screens = QtWidgets.QHBoxLayout()
        screens.setSpacing(4)
        for monitor in self.monitors.values():
            screens.addWidget(monitor, 1)
        left = QtWidgets.QWidget()
        column = QtWidgets.QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(screens, 1)
        column.addWidget(self.syringes)
        column.addWidget(self.vitals)
        right = QtWidgets.QSplitter(QtCore.Qt.Orientation.Vertical)
        right.addWidget(self.vertebra)
        right.addWidget(self.room)
        right.setSizes([600, 400])
        both = QtWidgets.QSplitter(QtCore.Qt.Orientation.Horizontal)
        both.addWidget(left)
        both.addWidget(right)
        both.setSizes([660 if len(self.monitors) == 2 else 460, 440])
        keys = QtWidgets.QHBoxLayout()
        keys.setSpacing(4)
        for name in ("before", "play", "after"):
            keys.addWidget(self.buttons[name])
        for button in self.speeds.values():
            button.setCheckable(True)
            button.setObjectName("tab")
            keys.addWidget(button)
        keys.addSpacing(12)
        for name in ("picture_before", "picture_after"):
            keys.addWidget(self.buttons[name])
        keys.addStretch(1)
        keys.addWidget(self.time)
        self.speeds[self.speed].setChecked(True)
        whole = QtWidgets.QVBoxLayout(self)
        whole.setContentsMargins(8, 8, 8, 4)
        whole.setSpacing(6)
        whole.addWidget(both, 1)
        words = QtWidgets.QHBoxLayout()
        words.addWidget(self.said, 1)
        words.addWidget(self.waiting)
        whole.addLayout(words)
        whole.addLayout(keys)
        whole.addWidget(self.bar)

    def _connect(self) -> None:
        self.bar.sought.connect(self.seek)
        self.buttons["before"].clicked.connect(lambda: self._jump(self._turns, -1))
        self.buttons["after"].clicked.connect(lambda: self._jump(self._turns, 1))
        self.buttons["picture_before"].clicked.connect(lambda: self._jump(self._shots, -1))
        self.buttons["picture_after"].clicked.connect(lambda: self._jump(self._shots, 1))
        self.buttons["play"].clicked.connect(self.play_or_stop)
        for times, button in self.speeds.items():
            button.clicked.connect(lambda _on=False, times=times: self.set_speed(times))
        self._beat.timeout.connect(self._go_on)
        self._replayer.progressed.connect(self._progressed)
        self._replayer.finished.connect(self._finished)
        self._replayer.broke.connect(self._broke)  # a function would keep the page, and with it the replayer
        self._replayer.all_drawn.connect(self._pictures_done.set)
        self._replayer.drawn.connect(self._drawn)
        self._replayer.model.connect(self.vertebra.show_model)
        self.vertebra.ready.connect(self._ask_model)
        for name, button in self.buttons.items():
            tip = self._say(f"replay.{name}_tip")
            button.setAccessibleName(tip)
            if name in SHORTCUTS:
                QtGui.QShortcut(QtGui.QKeySequence(SHORTCUTS[name]), self).activated.connect(button.click)
                tip = f"{tip}  ({self._say.key(SHORTCUTS[name])})"
            button.setToolTip(tip)

    # Where it stands

    def seek(self, tick: int) -> None:
        """Go to a tick; what is shown follows as soon as it is drawn."""
        self.tick = min(max(tick, 0), self.last_tick)
        self._show_time()
        if self.tick <= self._replayer.played_tick and self.isVisible():
            self._show(self._replayer.moment(self.tick))

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        super().showEvent(event)
        self.seek(self.tick)

    def hideEvent(self, event: QtGui.QHideEvent) -> None:
        super().hideEvent(event)
        self._stop()

    def _show_time(self) -> None:
        now, whole = clock(self.tick / TICK_HZ), clock(self.last_tick / TICK_HZ)
        self.time.setText(self._say("replay.clock", now=now, whole=whole))
        self.bar.stand_at(self.tick)
        last = next_mark(self._turns, self.tick + 1, -1)
        if last is None:
            self.said.setText(self._say("replay.nothing_yet"))
        else:
            self.said.setText(self._say("replay.last", clock=clock(last.at_s), label=label(self._say, last)))
        if self.tick > self._replayer.played_tick and self._replayer.track is not None:
            self.said.setText(self._say("replay.not_yet"))

    def _jump(self, marks: Sequence[Mark], way: int) -> None:
        mark = next_mark(marks, self.tick, way)
        if mark is not None:
            self.seek(mark.tick)

    # Playing

    def set_speed(self, times: int) -> None:
        """How many times as fast as it was."""
        self.speed = times
        for other, button in self.speeds.items():
            button.setChecked(other == times)

    @property
    def is_playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._beat.isActive()

    def play_or_stop(self) -> None:
        """Begin to go on by itself, from the beginning where the end was reached; or stop."""
        if self.is_playing:
            self._stop()
            return
        if self.tick >= self.last_tick:
            self.seek(0)
        self._beaten.start()
        self._beat.start()
        self.buttons["play"].setText(self._say("replay.stop"))

    def _stop(self) -> None:
        self._beat.stop()
        self.buttons["play"].setText(self._say("replay.play"))

    def _go_on(self) -> None:
        ticks = round(self._beaten.restart() / 1000.0 * self.speed * TICK_HZ)
        self.seek(min(self.tick + max(ticks, 1), max(self._replayer.played_tick, self.tick)))
        if self.tick >= self.last_tick:
            self._stop()

    # What comes from the replayer

    def _progressed(self, tick: int) -> None:
        percent = 100 * (tick + 1) // (self.last_tick + 1)
        self.waiting.setText(self._say("replay.playing_again", percent=percent))
        self.bar.played_to(tick)
        if tick >= self.tick and (self.moment is None or self.moment.tick != self.tick):
            self.seek(self.tick)

    def _broke(self, _why: str) -> None:
        self.waiting.clear()

    def _finished(self) -> None:
        self.waiting.clear()
        self.last_tick = min(self.last_tick, self._replayer.played_tick)
        self.seek(self.tick)

    def _drawn(self, tick: int) -> None:
        """A picture has been drawn that may be the one to show."""
        if self.moment is not None and tick <= self.tick and self.isVisible():
            shown = [int(row["tick"]) for row, _ in self.moment.pictures.values()]
            if not shown or tick > min(shown) or len(shown) < len(self.monitors):
                self._show(self._replayer.moment(self.tick))

    def _show(self, moment: Moment) -> None:
        self.moment = moment
        for plane, monitor in self.monitors.items():
            drawn = moment.pictures.get(plane)
            if drawn is not None:
                row, grey = drawn
                monitor.show_picture(grey)
                monitor.write(self._margin(row, lamp=moment.tick - row["tick"] <= LAMP_TICKS))
            else:
                monitor.show_picture(None)
                monitor.write(
                    Margin(above=((plane,), ()), below=((self._say("replay.no_picture"),), ()), lamp=False)
                )
        self.vitals.follow(moment.state)
        self.syringes.follow(moment.state)
        case = self._replayer.case
        if case is not None:
            self.syringes.setVisible(case.balloon is not None)
            self.room.look_at(case, moment.state)
        self._ask_model()

    def _margin(self, row: Row, *, lamp: bool) -> Margin:
        plane, orbital, angulation = row["plane"], row["orbital_deg"], row["angulation_deg"]
        angles = self._say("replay.angles", plane=plane, orbital=orbital, angulation=angulation)
        taken = self._say("replay.taken", number=row["number"], clock=clock(row["tick"] / TICK_HZ))
        beam = self._say("replay.beam", kv=row["kv"], mas=row["mas"])
        return Margin(above=((angles,), ()), below=((taken,), (beam,)), lamp=lamp)

    def _ask_model(self) -> None:
        if self.moment is not None and self.vertebra.works:
            self._replayer.ask_model(self.moment)

    def _may_draw_3d(self) -> bool:
        """Whether 3D can be drawn: asked on a thread, and answered when the pictures are done. Both at once would
        take more memory than a desktop may have."""
        self._pictures_done.wait()
        return not self._closed and can_draw()

    def close_views(self) -> None:
        """Give back what VTK holds."""
        self._closed, self.moment = True, None
        self._pictures_done.set()
        self._stop()
        self.vertebra.close_view()
        self.room.close_view()


_BUTTONS = ("before", "play", "after", "picture_before", "picture_after")

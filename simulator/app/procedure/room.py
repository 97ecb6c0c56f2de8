"""The procedure room: monitors, panels, and the message line. A thin shell over a ``Player``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app.hands.actions import BY_NAME
from simulator.app.hands.hands import Action, Group, Hands
from simulator.app.hands.keyboard import Keyboard
from simulator.app.hands.tool_actions import NEED_SKIN_POINT, TOOL_NAMES
from simulator.app.outside.room_view import RoomView
from simulator.app.procedure.aiming import skin_under
from simulator.app.procedure.level_bar import LevelBar
from simulator.app.procedure.monitor_view import MonitorView
from simulator.app.procedure.panels import Panel, switch
from simulator.app.procedure.readouts import beside_picture, letters, readouts
from simulator.app.procedure.sentences import sentence
from simulator.app.procedure.tray import Tray
from simulator.app.procedure.vitals_view import VitalsView
from simulator.app.sessions.player import Player, Update
from simulator.app.settings import Settings
from simulator.app.wording import Wording
from simulator.engine import commands as c
from simulator.engine import readouts as engine
from simulator.engine.case import Case
from simulator.engine.patient.drugs import DRUG_NAMES
from simulator.engine.state import State
from simulator.imaging.carm import PlaneName

COLUMNS: dict[Group, tuple[int, int]] = {
    "imaging": (2, 1), "carm": (2, 2), "needle": (4, 3), "tools": (5, 3), "patient": (4, 3),
    "balloon": (2, 1), "cement": (2, 1),
}  # fmt: skip
"""How many buttons and how many read-outs a panel has in a row."""
BESIDE: tuple[Group, ...] = ("imaging", "balloon", "cement")
TRAY: tuple[Group, ...] = ("needle", "tools", "patient")
OFFERED: dict[Group, tuple[str, ...]] = {"tools": TOOL_NAMES, "patient": DRUG_NAMES}
MESSAGES_KEPT = 6
LAMP_TICKS = 12


class Room(QtWidgets.QMainWindow):
    """One case being played. Emits ``ended`` when the session is over, ``failed`` with a sentence if it broke."""

    ended = QtCore.Signal()
    failed = QtCore.Signal(str)
    _rung = QtCore.Signal()

    def __init__(self, title: str, settings: Settings, mode: str = "practice") -> None:
        super().__init__()
        self._say = Wording(settings.language)
        self.hands = Hands()
        self.case: Case | None = None
        self.state: State | None = None
        self.player: Player | None = None
        self.messages: list[str] = []
        self._keyboard = Keyboard(settings.keys)
        self.mode = mode
        self.setWindowTitle(f"vertebrosim – {title} – {self._say(f'mode.{mode}')}")
        self.monitors: dict[PlaneName, MonitorView] = {"A": MonitorView(), "B": MonitorView()}
        self.panels: dict[Group, Panel] = {
            group: Panel(
                group, self._say, settings.keys, self.do, self.let_go, *columns,
                titled=group not in TRAY, offered=OFFERED.get(group, ()),
            )
            for group, columns in COLUMNS.items()
        }  # fmt: skip
        self.room_view = RoomView(self._say)
        self.room_view.hide()
        self.room_button = switch(BY_NAME["room_view"], settings.keys, self._say, self.do)
        pages = {group: self.panels[group] for group in TRAY}
        self.tray = Tray(pages, self._say, settings.keys, self.do, beside=self.room_button)
        self.vitals = VitalsView(self._say)
        self.resistance = LevelBar()
        self._message = QtWidgets.QLabel(self._say("room.building"))
        self._message.setObjectName("message")
        self._message.setWordWrap(True)
        self._message.setMinimumHeight(2 * self._message.fontMetrics().lineSpacing() + 8)
        self.pause_button = switch(BY_NAME["pause"], settings.keys, self._say, self.do)
        self.pause_button.setVisible(mode == "practice")
        self._end = QtWidgets.QPushButton(self._say("room.end"))
        self._end.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self._end.clicked.connect(self.end)
        self._end.setEnabled(False)
        self._lay_out()
        self._offer("tools", lambda tool: replace(self.hands, tool=tool))
        self._offer("patient", lambda drug: replace(self.hands, drug=drug))
        self._rung.connect(self._look, QtCore.Qt.ConnectionType.QueuedConnection)
        for name, monitor in self.monitors.items():
            monitor.pointed.connect(lambda row, column, plane=name: self.point(plane, row, column))
            monitor.wheeled.connect(self._wheeled)

    def _lay_out(self) -> None:
        screens = QtWidgets.QHBoxLayout()
        for monitor in self.monitors.values():
            screens.addWidget(monitor, 1)
        screens.addWidget(self.room_view, 1)
        below = QtWidgets.QHBoxLayout()
        below.addWidget(self.panels["carm"])
        below.addWidget(self.tray, 1)
        said = QtWidgets.QHBoxLayout()
        said.addWidget(self._message, 1)
        said.addWidget(self.resistance)
        left = QtWidgets.QVBoxLayout()
        left.addLayout(screens, 1)
        left.addLayout(said)
        left.addLayout(below)
        right = QtWidgets.QVBoxLayout()
        for widget in (self.vitals, *(self.panels[group] for group in BESIDE)):
            right.addWidget(widget)
        right.addStretch(1)
        last = QtWidgets.QHBoxLayout()
        last.addWidget(self.pause_button)
        last.addWidget(self._end, 1)
        right.addLayout(last)
        whole = QtWidgets.QHBoxLayout()
        whole.setContentsMargins(6, 6, 6, 6)
        for layout in (screens, below, left, right, whole):
            layout.setSpacing(6)
        whole.addLayout(left, 1)
        whole.addLayout(right)
        middle = QtWidgets.QWidget()
        middle.setLayout(whole)
        self.setCentralWidget(middle)

    # What the desktop gives

    def attach(self, player: Player) -> None:
        """Play in this window; the player is started."""
        self.player = player
        player.start()

    def ring(self) -> None:
        """Called from the player's thread: something new lies in its mailbox."""
        self._rung.emit()

    # What the user does

    def do(self, action: Action) -> None:
        """Carry out an action."""
        if action.group == "window":
            self._do_here(action.name)
            return
        if self.case is None or self.state is None or self.player is None:
            return
        if self.player.paused:
            self.tell(self._say("room.paused"))
            return
        before = self.hands
        self.hands, commands = action.do(self.hands, self.case, self.state)
        self.player.send(commands)
        if action.name in NEED_SKIN_POINT and not commands:
            self.tell(self._say("room.point_first"))
        if before is not self.hands:
            self._write()

    def _do_here(self, name: str) -> None:
        """What concerns the window alone."""
        if name == "pause":
            self._pause()
            return
        if name == "room_view":
            self.room_view.setVisible(not self.room_view.isVisible())
            self.room_button.setChecked(self.room_view.isVisible())
            self._write()
            return
        group = name.removeprefix("tab_")
        self.tray.show_page(next(page for page in TRAY if page == group))
        self._write()

    def _pause(self) -> None:
        """Stop the patient's time, or let it go on; an examination has no pause."""
        if self.mode == "examination":
            self.tell(self._say("room.no_pause"))
        elif self.player is not None and self.case is not None:
            self.player.pause(not self.player.paused)
            self.pause_button.setChecked(self.player.paused)
            self.tell(self._say("room.paused" if self.player.paused else "room.going_on"))

    def _offer(self, group: Group, choose: Callable[[Any], Hands]) -> None:
        """Let a panel's list change what the hands hold."""
        chooser = self.panels[group].chooser
        assert chooser is not None

        def chosen(at: int) -> None:
            self.hands = choose(chooser.itemData(at))
            self._write()

        chooser.activated.connect(chosen)

    def _show_chosen(self) -> None:
        """The panels' lists stand at what the hands hold."""
        for group, value in (("tools", self.hands.tool), ("patient", self.hands.drug)):
            chooser = self.panels[group].chooser  # type: ignore[index]
            if chooser is not None and chooser.currentData() != value:
                chooser.setCurrentIndex(chooser.findData(value))

    def let_go(self, action: Action) -> None:
        """End an action that is held."""
        if action.release is not None and self.case is not None and self.state is not None and self.player:
            self.player.send(action.release(self.hands, self.case, self.state)[1])

    def point(self, plane_name: PlaneName, row: float, column: float) -> None:
        """A place of a picture was clicked: where the next cannula goes through the skin."""
        plane = self.state.plane(plane_name) if self.state is not None else None
        if self.case is None or self.state is None or plane is None:
            return
        skin = skin_under(self.case, self.state, plane, row, column)
        if skin is None:
            self.tell(self._say("room.no_skin"))
            return
        self.hands = replace(self.hands, skin_mm=skin)
        for name, monitor in self.monitors.items():
            monitor.mark((row, column) if name == plane_name else None)
        self._write()

    def end(self) -> None:
        """End the procedure."""
        if self.player is not None:
            self.player.send([c.EndProcedure()])

    def _wheeled(self, notches: int) -> None:
        self.do(BY_NAME["advance" if notches > 0 else "withdraw"])

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        action = self._keyboard.pressed(event)
        if action is not None:
            self.do(action)
        elif not self._keyboard.knows(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QtGui.QKeyEvent) -> None:
        action = self._keyboard.released(event)
        if action is not None:
            self.let_go(action)

    def focusNextPrevChild(self, _next: bool) -> bool:
        """Tab is a key of the procedure here, not a way from button to button."""
        return False

    def changeEvent(self, event: QtCore.QEvent) -> None:
        if event.type() == QtCore.QEvent.Type.ActivationChange and not self.isActiveWindow():
            for action in self._keyboard.let_go():  # a pedal must not stay down when the window is left
                self.let_go(action)
        super().changeEvent(event)

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:
        if self.player is not None:
            self.player.stop()
        self.room_view.close_view()
        super().closeEvent(event)

    # What the session says

    def _look(self) -> None:
        if self.player is None:
            return
        update, session = self.player.mailbox.take(), self.player.session
        self.follow(None if session is None else session.case, update)
        self._finish(update)

    def follow(self, case: Case | None, update: Update) -> None:
        """Show what has happened; case: what is played, once it is known."""
        if update.state is not None:
            if self.case is None and case is not None:
                self.case = case
                self.monitors["B"].setVisible(len(update.state.planes) > 1)
                self.panels["balloon"].setVisible(case.balloon is not None)
                self._end.setEnabled(True)
                self.tell(self._say("room.ready"))
            self.state = update.state
        for name, shown in update.pictures.items():
            self.monitors[name].show_picture(shown.grey)
        said = [words for event in update.events if (words := sentence(self._say, event)) is not None]
        if said:
            self.tell("  ·  ".join(said))
        self._write()

    def _finish(self, update: Update) -> None:
        if update.failure is not None:
            self.failed.emit(str(update.failure) or type(update.failure).__name__)
        elif update.over and self.state is not None and self.state.ended:
            self.ended.emit()

    def tell(self, sentence: str) -> None:
        """Put a sentence on the message line."""
        self.messages = [*self.messages[-(MESSAGES_KEPT - 1) :], sentence]
        self._message.setText(sentence)
        self._message.setToolTip("\n".join(self.messages))

    def _write(self) -> None:
        if self.case is None or self.state is None:
            return
        for group, panel in self.panels.items():
            if panel.isVisible():
                panel.write(readouts(group, self.hands, self.case, self.state))
        self._show_chosen()
        self.vitals.follow(self.state)
        self.room_view.follow(self.case, self.state)
        felt = engine.readouts(self.case, self.state).get(self.hands.side)
        level, timbre = (0.0, "silence") if felt is None else (felt.resistance, felt.timbre)
        self.resistance.show_level(level, self._say(f"level.{timbre}"))
        for plane in self.state.planes:
            lit = plane.last_pulse_tick is not None and self.state.tick - plane.last_pulse_tick < LAMP_TICKS
            seen = letters(self.case.view(self.state, plane))
            self.monitors[plane.name].write(beside_picture(self.case, self.state, plane), seen, lit)

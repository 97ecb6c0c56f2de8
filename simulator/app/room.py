"""The procedure room: monitors, panels, and the message line. A thin shell over a ``Player``."""

from __future__ import annotations

from dataclasses import replace

from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app.aiming import skin_under
from simulator.app.hands import BY_NAME, Action, Group, Hands, keys
from simulator.app.monitor_view import MonitorView
from simulator.app.panels import Panel
from simulator.app.player import Player, Update
from simulator.app.readouts import beside_picture, letters, readouts
from simulator.app.settings import Settings
from simulator.app.wording import Wording
from simulator.engine import commands as c
from simulator.engine import events as e
from simulator.engine.case import Case
from simulator.engine.state import State
from simulator.imaging.carm import PlaneName

BELOW: dict[Group, tuple[int, int]] = {"imaging": (2, 1), "carm": (2, 2), "needle": (4, 3)}
BESIDE: dict[Group, tuple[int, int]] = {"patient": (1, 1), "balloon": (2, 1), "cement": (2, 1)}
"""Where panels stand; how many buttons and how many read-outs they have in a row."""
MESSAGES_KEPT = 6
LAMP_TICKS = 12


class Room(QtWidgets.QMainWindow):
    """One case being played. Emits ``ended`` when the session is over, ``failed`` with a sentence if it broke."""

    ended = QtCore.Signal()
    failed = QtCore.Signal(str)
    _rung = QtCore.Signal()

    def __init__(self, title: str, settings: Settings) -> None:
        super().__init__()
        self._say = Wording(settings.language)
        self.hands = Hands()
        self.case: Case | None = None
        self.state: State | None = None
        self.player: Player | None = None
        self.messages: list[str] = []
        self._keys = keys(settings.keys)
        self._held: dict[str, Action] = {}
        self.setWindowTitle(f"vertebrosim – {title}")
        self.monitors: dict[PlaneName, MonitorView] = {"A": MonitorView(), "B": MonitorView()}
        self.panels = {
            group: Panel(group, self._say, settings.keys, self.do, self.let_go, *columns)
            for group, columns in (BELOW | BESIDE).items()
        }
        self._message = QtWidgets.QLabel(self._say("room.building"))
        self._message.setObjectName("message")
        self._message.setWordWrap(True)
        self._end = QtWidgets.QPushButton(self._say("room.end"))
        self._end.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self._end.clicked.connect(self.end)
        self._end.setEnabled(False)
        self._lay_out()
        self._rung.connect(self._look, QtCore.Qt.ConnectionType.QueuedConnection)
        for name, monitor in self.monitors.items():
            monitor.pointed.connect(lambda row, column, plane=name: self.point(plane, row, column))
            monitor.wheeled.connect(self._wheeled)

    def _lay_out(self) -> None:
        screens = QtWidgets.QHBoxLayout()
        for monitor in self.monitors.values():
            screens.addWidget(monitor, 1)
        below = QtWidgets.QHBoxLayout()
        for group in BELOW:
            below.addWidget(self.panels[group], 0)
        left = QtWidgets.QVBoxLayout()
        left.addLayout(screens, 1)
        left.addWidget(self._message)
        left.addLayout(below)
        right = QtWidgets.QVBoxLayout()
        for group in BESIDE:
            right.addWidget(self.panels[group])
        right.addStretch(1)
        right.addWidget(self._end)
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
        if self.case is None or self.state is None or self.player is None:
            return
        before = self.hands
        self.hands, commands = action.do(self.hands, self.case, self.state)
        self.player.send(commands)
        if action.name == "puncture" and not commands:
            self.tell(self._say("room.point_first"))
        if before is not self.hands:
            self._write()

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
        action = self._keys.get(_key_of(event))
        if action is None:
            super().keyPressEvent(event)
        elif action.release is None:
            self.do(action)
        elif not event.isAutoRepeat():
            self._held[action.name] = action
            self.do(action)

    def keyReleaseEvent(self, event: QtGui.QKeyEvent) -> None:
        action = self._keys.get(_key_of(event))
        if action is not None and not event.isAutoRepeat() and self._held.pop(action.name, None) is not None:
            self.let_go(action)

    def focusNextPrevChild(self, _next: bool) -> bool:
        """Tab is a key of the procedure here, not a way from button to button."""
        return False

    def changeEvent(self, event: QtCore.QEvent) -> None:
        if event.type() == QtCore.QEvent.Type.ActivationChange and not self.isActiveWindow():
            for action in self._held.values():  # a pedal must not stay down when the window is left
                self.let_go(action)
            self._held = {}
        super().changeEvent(event)

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:
        if self.player is not None:
            self.player.stop()
        super().closeEvent(event)

    # What the session says

    def _look(self) -> None:
        if self.player is None:
            return
        update = self.player.mailbox.take()
        if update.state is not None:
            if self.case is None and self.player.session is not None:
                self.case = self.player.session.case
                self.monitors["B"].setVisible(len(update.state.planes) > 1)
                self.panels["balloon"].setVisible(self.case.balloon is not None)
                self._end.setEnabled(True)
                self.tell(self._say("room.ready"))
            self.state = update.state
        for name, shown in update.pictures.items():
            self.monitors[name].show_picture(shown.grey)
        for event in update.events:
            self._hear(event)
        self._write()
        self._finish(update)

    def _finish(self, update: Update) -> None:
        if update.failure is not None:
            self.failed.emit(str(update.failure) or type(update.failure).__name__)
        elif update.over and self.state is not None and self.state.ended:
            self.ended.emit()

    def _hear(self, event: e.Event) -> None:
        if isinstance(event, e.Refused):
            self.tell(self._say("room.refused", why=event.why))
        elif self._say.has(f"event.{event.kind}"):
            fields = {name: getattr(event, name) for name in event.__dataclass_fields__}
            self.tell(self._say(f"event.{event.kind}", **fields))

    def tell(self, sentence: str) -> None:
        """Put a sentence on the message line."""
        self.messages = [*self.messages[-(MESSAGES_KEPT - 1) :], sentence]
        self._message.setText(sentence)
        self._message.setToolTip("\n".join(self.messages))

    def _write(self) -> None:
        if self.case is None or self.state is None:
            return
        for group, panel in self.panels.items():
            panel.write(readouts(group, self.hands, self.case, self.state))
        for plane in self.state.planes:
            lit = plane.last_pulse_tick is not None and self.state.tick - plane.last_pulse_tick < LAMP_TICKS
            seen = letters(self.case.view(self.state, plane))
            self.monitors[plane.name].write(beside_picture(self.case, self.state, plane), seen, lit)


def _key_of(event: QtGui.QKeyEvent) -> str:
    return QtGui.QKeySequence(event.key()).toString(QtGui.QKeySequence.SequenceFormat.PortableText)

"""The procedure room's window: keys and clicks go to the operator, moments of the session to all who follow.

Whoever adds something to the room (sounds, a guide) appends a follower, puts widgets into the layout's places, and
answers for its own actions of the group "window" by ``own``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from anatomy.frames import FloatArray
from simulator.app.hands.actions import BY_NAME
from simulator.app.hands.hands import Action, Group, Hands
from simulator.app.hands.keyboard import Keyboard
from simulator.app.hands.keys_up import KeysUp
from simulator.app.procedure.at_monitors import AtMonitors
from simulator.app.procedure.following import Follower, Moment
from simulator.app.procedure.layout import SHARED, TRAY, Layout
from simulator.app.procedure.operator import Operator
from simulator.app.procedure.sentences import sentence
from simulator.app.procedure.showing import Showing
from simulator.app.sessions.player import Player, Update
from simulator.app.settings import Settings
from simulator.app.wording import Wording
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.state import State
from simulator.engine.wording import told

MESSAGES_KEPT = 6


class Room(QtWidgets.QMainWindow):
    """One case being played. Emits ``ended`` when the session is over, ``failed`` with a sentence if it broke,
    ``did`` with the name of each action that was carried out, ``rebound`` with keys that were bound anew."""

    ended = QtCore.Signal()
    failed = QtCore.Signal(str)
    did = QtCore.Signal(str)
    rebound = QtCore.Signal(dict)
    _rung = QtCore.Signal()

    def __init__(self, title: str, settings: Settings, mode: str = "practice") -> None:
        super().__init__()
        self._say = Wording(settings.language)
        self.mode = mode
        self.messages: list[str] = []
        self.operator = Operator(self._say, self.tell, self.refresh)
        self.places = Layout(self._say, settings.bound, self.do, self.let_go)
        self.monitors, self.panels = self.places.monitors, self.places.panels
        self.room_view, self.tray, self.vitals = self.places.room_view, self.places.tray, self.places.vitals
        self.showing = Showing(self.places, self._say)
        self.followers: list[Follower] = [self.showing]
        self.own: dict[str, Callable[[], None]] = {
            "pause": self._pause, "room_view": self._show_room, "end": self.end,
        }  # fmt: skip
        self.own |= AtMonitors(self.places, self.showing, self.operator, self.refresh).own
        self.own |= {f"tab_{group}": lambda group=group: self._turn_to(group) for group in TRAY}  # type: ignore[misc]
        self.own |= {f"tab_{group}": lambda group=group: self._share(group) for group in SHARED}  # type: ignore[misc]
        self._keyboard, self._keys_up = Keyboard(settings.bound), KeysUp(self._key_came_up)
        self.setWindowTitle(f"vertebrosim – {title} – {self._say(f'mode.{mode}')}")
        self.setCentralWidget(self.places)
        self.pause_button = self.places.pause_button
        self.pause_button.setVisible(mode != "examination")
        self.end_button = self.places.end
        self.end_button.clicked.connect(lambda: self.do(BY_NAME["end"]))
        self.end_button.setToolTip(f"{self._say('tip.end')} [{self._say.key(BY_NAME['end'].key)}]")
        self._offer("tools", lambda tool: replace(self.hands, tool=tool))
        self._offer("patient", lambda drug: replace(self.hands, drug=drug))
        self._rung.connect(self._look, QtCore.Qt.ConnectionType.QueuedConnection)
        for monitor in self.monitors.values():
            monitor.wheeled.connect(self._wheeled)
        self.room_view.picked.connect(self._pick)
        self.places.syringe.turned.connect(self.operator.turn_handle)
        self.places.syringe.asked.connect(lambda name: self.do(BY_NAME[name]))

    @property
    def hands(self) -> Hands:
        """What the user has chosen."""
        return self.operator.hands

    @property
    def case(self) -> Case | None:
        """What is played, once it is known."""
        return self.operator.case

    @property
    def state(self) -> State | None:
        """How it stands, as last seen."""
        return self.operator.state

    @property
    def player(self) -> Player | None:
        """Who plays it."""
        return self.operator.player

    def attach(self, player: Player) -> None:
        """Play in this window; the player is started."""
        self.operator.player = player
        player.start()

    def ring(self) -> None:
        """Called from the player's thread: something new lies in its mailbox."""
        self._rung.emit()

    # What the user does

    def do(self, action: Action) -> None:
        """Carry out an action."""
        if action.name in self.own:
            self.own[action.name]()
        else:
            self.operator.do(action)
        if action.group in SHARED:
            self._share(action.group)
        self.did.emit(action.name)

    def let_go(self, action: Action) -> None:
        """End an action that is held."""
        self.operator.let_go(action)

    def _pick(self, eye_mm: FloatArray, way: FloatArray) -> None:
        """A place of the room was clicked."""
        self.operator.pick(eye_mm, way)

    def end(self) -> None:
        """End the procedure."""
        self.operator.give(c.EndProcedure())

    def _show_room(self) -> None:
        self.room_view.setVisible(not self.room_view.isVisible())
        self.places.room_button.setChecked(self.room_view.isVisible())
        self.refresh()

    def _turn_to(self, group: Group) -> None:
        self.tray.show_page(group)
        self.refresh()

    def _share(self, group: Group) -> None:
        """Balloon and cement share a place where there is room for one: what is in hand is shown."""
        if self.places.shared.turn_to(group):
            self.refresh()

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
        chooser.activated.connect(lambda at: self.operator.hold(choose(chooser.itemData(at))))

    def _wheeled(self, notches: int, other_step: bool) -> None:
        """Notches of the wheel are steps of the cannula; with Ctrl the steps that are not chosen."""
        action = BY_NAME["advance" if notches > 0 else "withdraw"]
        if other_step:
            self.operator.do(action, replace(self.hands, coarse=not self.hands.coarse))
        else:
            self.do(action)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if self._keys_up.was_repeat(event):
            return
        action = self._keyboard.pressed(event)
        if action is not None:
            self.do(action)
        elif not self._keyboard.knows(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QtGui.QKeyEvent) -> None:
        if self._keyboard.holds(event.key()):
            self._keys_up.came_up(event)

    def _key_came_up(self, key: int) -> None:
        action = self._keyboard.released(key)
        if action is not None:
            self.let_go(action)

    def focusNextPrevChild(self, _next: bool) -> bool:
        """Tab is a key of the procedure here, not a way from button to button."""
        return False

    def rebind(self, bound: dict[str, str]) -> None:
        """Other keys from now on; what is held is let go."""
        for action in self._keyboard.let_go():
            self.let_go(action)
        self._keyboard = Keyboard(bound)
        self.rebound.emit(bound)

    def in_use(self) -> bool:
        """Whether this window, or one that a monitor of it stands in, has the keyboard."""
        active = QtWidgets.QApplication.activeWindow()
        return active is self or (
            active is not None and active.parent() is self and active.property("of_the_room")
        )

    def changeEvent(self, event: QtCore.QEvent) -> None:
        if event.type() == QtCore.QEvent.Type.ActivationChange and not self.in_use():
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
        if update.failure is not None:
            self.failed.emit(str(update.failure) or type(update.failure).__name__)
        elif update.over and self.state is not None and self.state.ended:
            self.ended.emit()

    def follow(self, case: Case | None, update: Update) -> None:
        """Show what has happened; case: what is played, once it is known."""
        if update.state is not None:
            if self.case is None and case is not None:
                self._begin(case)
            self.operator.state = update.state
        said = [words for event in update.events if (words := sentence(self._say, event)) is not None]
        if said:
            self.tell("  ·  ".join(said))
        for note in update.notes:
            self.tell(self._say("room.refused", why=told(note.rstrip("."), self._say.language)))
        self._tell_followers(update)

    def _begin(self, case: Case) -> None:
        self.operator.case = case
        if case.balloon is None:
            self.places.shared.leave_out("balloon")
        self.end_button.setEnabled(True)
        self.tell(self._say("room.ready"))

    def tell(self, sentence: str) -> None:
        """Put a sentence on the message line."""
        self.messages = [*self.messages[-(MESSAGES_KEPT - 1) :], sentence]
        self.places.message.setText(sentence)
        self.places.message.setToolTip("\n".join(self.messages))

    def refresh(self) -> None:
        """Show again what stands, after something else than the session has changed."""
        self._tell_followers(Update())

    def _tell_followers(self, update: Update) -> None:
        if self.case is not None and self.state is not None:
            moment = self._moment(update)
            for follower in self.followers:
                follower(moment)

    def _moment(self, update: Update) -> Moment:
        assert self.case is not None
        assert self.state is not None
        return Moment(
            self.case, self.state, self.hands, tuple(update.events), update.pictures, update.views, update.looks
        )

"""Sound, gamepad, settings and windows of monitors: what the desktop adds to a room without the room knowing
how."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6 import QtCore, QtWidgets

from simulator.app import theme
from simulator.app.debrief.window import Debrief
from simulator.app.detached.detachable import Detachable, screens_now
from simulator.app.detached.places import rect_of, row
from simulator.app.hands.actions import BY_NAME
from simulator.app.hands.gamepad import NEUTRAL, Grip, driven, feel
from simulator.app.hands.pad_rebinding import pad_bound
from simulator.app.hands.pads import Pads
from simulator.app.library.window import Library
from simulator.app.procedure.panels import relabel, switch
from simulator.app.procedure.room import Room
from simulator.app.settings import Settings
from simulator.app.settings_window.window import SettingsWindow
from simulator.app.sound.cues import Cue, Sounding
from simulator.app.sound.pausing import Pausing
from simulator.app.sound.sounds import Sounds
from simulator.app.sound.speaker import Speaker
from simulator.app.wording import Wording

WIDE, HIGH = 1600, 900
"""A window at first, where the screen is as large."""
POLL_MS, PROBE_MS = 16, 2000
"""How often a gamepad is read, and how often one is looked for."""
TRIED = Sounding((Cue("pulse", saturation=97), Cue("alarm", "oxygen", "medium")))


class Comfort(QtCore.QObject):
    """remember: keeps settings; spoken: is called when another language was chosen."""

    def __init__(
        self, settings: Settings, remember: Callable[[Settings], None], spoken: Callable[[], None]
    ) -> None:
        super().__init__()
        self.settings, self._remember, self._spoken = settings, remember, spoken
        self.speaker = Speaker(settings.volume, muted=settings.muted)
        self.pads = Pads()
        self.window: SettingsWindow | None = None
        self._room: RoomComfort | None = None

    def furnish(self, room: Room) -> RoomComfort:
        """Give a room its sounds, gamepad, own windows, and the buttons for them."""
        self.speaker.open()
        if self.settings.gamepad:
            self.pads.load()
        self._room = RoomComfort(room, self)
        return self._room

    def furnish_plain(self, window: Library | Debrief) -> QtWidgets.QPushButton:
        """Give a window without a session a button for the settings, in its upper right corner."""
        button = QtWidgets.QPushButton(Wording(self.settings.language)("action.settings"))
        button.setShortcut("Ctrl+,")
        button.clicked.connect(lambda: self.open_settings(window))
        window.top_right.addWidget(button)
        return button

    def place(self, window: QtWidgets.QMainWindow, before: QtWidgets.QMainWindow | None) -> None:
        """Let a window stand where the one before it stands, else where the last one stood, else as large as
        is usual."""
        window.installEventFilter(self)
        screens, kept = screens_now(), self.settings.places.get("window")
        rect = rect_of(kept, screens)
        if before is not None:
            window.setGeometry(before.normalGeometry() if before.isMaximized() else before.geometry())
        elif rect is not None:
            window.setGeometry(*rect)
        else:
            screen = QtWidgets.QApplication.primaryScreen().availableSize()
            window.resize(min(WIDE, screen.width()), min(HIGH, screen.height()))
        large = (
            before.isMaximized() if before is not None else rect is not None and bool(kept and kept.get("full"))
        )
        if large:
            window.setWindowState(QtCore.Qt.WindowState.WindowMaximized)

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        if event.type() == QtCore.QEvent.Type.Close and isinstance(watched, QtWidgets.QMainWindow):
            at = watched.normalGeometry() if watched.isMaximized() else watched.geometry()
            rect = (at.x(), at.y(), at.width(), at.height())
            stood = row(watched.screen().name(), rect, full=watched.isMaximized(), out=True)
            if stood != self.settings.places.get("window"):
                self.keep(replace(self.settings, places=self.settings.places | {"window": stood}))
        return super().eventFilter(watched, event)

    def open_settings(self, parent: QtWidgets.QWidget, page: str = "general") -> SettingsWindow:
        """Show the settings, or bring them to the front."""
        if self.window is not None:
            self.window.raise_()
            self.window.activateWindow()
            return self.window
        self.speaker.open()
        if self.settings.gamepad:
            self.pads.load()
        self.window = SettingsWindow(self.settings, lambda: self.speaker.failed, self.pads, parent)
        self.window.show_page(page)
        self.window.changed.connect(self._changed)
        self.window.tried.connect(lambda: self.speaker.sound(TRIED))
        self.window.finished.connect(self._closed)
        self.window.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        self.window.destroyed.connect(self._closed)
        self.window.show()
        return self.window

    def _closed(self, *_how: Any) -> None:
        self.window = None

    def take(self, settings: Settings) -> None:
        """The desktop's settings have changed otherwise."""
        self.settings = settings

    def _changed(self, settings: Settings) -> None:
        before = self.settings
        settings = replace(settings, trainee=before.trainee, mode=before.mode, set_aside=before.set_aside)
        self.keep(settings)
        if settings.text_scale != before.text_scale:
            app = QtWidgets.QApplication.instance()
            assert isinstance(app, QtWidgets.QApplication)
            theme.apply(app, settings.text_scale)
        if settings.gamepad:
            self.pads.load()
        if self._room is not None:
            self._room.apply(settings)
        if settings.language != before.language:
            self._spoken()

    def keep(self, settings: Settings) -> None:
        """Take and remember settings, and play as loud as they say."""
        self.settings = settings
        self.speaker.set_volume(settings.volume, muted=settings.muted)
        self._remember(settings)
        if self.window is not None:
            self.window.show_settings(settings)

    def mute(self) -> bool:
        """Sound off, or on again; whether it is off now."""
        self.keep(replace(self.settings, muted=not self.settings.muted))
        return self.settings.muted

    def leave(self) -> None:
        """The room is gone: what it sounded goes on no longer."""
        self._room = None
        self.speaker.hush()

    def close(self) -> None:
        """The program ends."""
        self.speaker.close()
        self.pads.close()


def _scrolled(room: Room) -> None:
    """Let a room with large text stand on a small screen: what does not fit is scrolled to."""
    area = QtWidgets.QScrollArea()
    area.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
    area.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)  # arrow keys are the needle's
    area.setWidgetResizable(True)
    area.setWidget(room.takeCentralWidget())
    room.setCentralWidget(area)


class RoomComfort(QtCore.QObject):
    """What belongs to one room."""

    def __init__(self, room: Room, comfort: Comfort) -> None:
        super().__init__(room)
        self._room, self._comfort = room, comfort
        self._say = say = Wording(comfort.settings.language)
        self._grip, self._pad_bound = Grip(), pad_bound(comfort.settings)
        bound = comfort.settings.bound
        self.mute_button = switch(BY_NAME["mute"], bound, say, room.do)
        self.mute_button.setChecked(not comfort.settings.muted)
        self.settings_button = switch(BY_NAME["settings"], bound, say, room.do)
        self.settings_button.setCheckable(False)
        room.places.said.addWidget(self.mute_button)
        room.places.said.addWidget(self.settings_button)
        self.sounds = Sounds(comfort.speaker, room.tell, lambda why: say("sound.none", why=why), self)
        room.followers.append(self.sounds)
        self.pausing = Pausing(room, self.sounds, say)
        room.own |= {
            "mute": self.mute,
            "settings": self._settings,
            "detach": lambda: self._of_plane().toggle(),
            "full_screen": self._full_screen,
        }
        monitors = [*room.monitors.items(), ("reference", room.places.reference)]
        self.monitors: dict[str, Detachable] = {
            name: Detachable(
                monitor, room.places.screens, say(f"detached.{name}"), room, partial(self._stands, name)
            )
            for name, monitor in monitors
        }
        for name, kept in comfort.settings.places.items():
            if kept.get("out") is True and name in self.monitors and rect_of(kept, screens_now()) is not None:
                self.monitors[name].detach(kept)
        if comfort.settings.room_view:
            QtCore.QTimer.singleShot(0, self, lambda: room.own["room_view"]())
        self._probe = QtCore.QTimer(self, interval=PROBE_MS)
        self._probe.timeout.connect(self._look_for_pad)
        self._poll = QtCore.QTimer(self, interval=POLL_MS)
        self._poll.timeout.connect(self._read_pad)
        self._probe.start()
        room.installEventFilter(self)
        _scrolled(room)
        self.apply(comfort.settings)

    def apply(self, settings: Settings) -> None:
        """Settings have changed: keys, loudness, pictures."""
        self._room.rebind(settings.bound)
        relabel(self._room, settings.bound, self._say)
        self.mute_button.setChecked(not settings.muted)
        for monitor in (*self._room.monitors.values(), self._room.places.reference):
            monitor.set_whole_pixels(settings.whole_pixels)
        if not settings.gamepad:
            self._let_pad_go()
        if (bound := pad_bound(settings)) != self._pad_bound:
            self._feel(NEUTRAL)  # what is down ends as it began
            self._pad_bound = bound

    def mute(self) -> None:
        """Sound off, or on again."""
        muted = self._comfort.mute()
        self.mute_button.setChecked(not muted)
        self._room.tell(self._say("sound.off" if muted else "sound.on"))

    def _settings(self) -> None:
        self._comfort.open_settings(self._room)

    def _of_plane(self) -> Detachable:
        return self.monitors[self._room.hands.plane]

    def _full_screen(self) -> None:
        """The monitor of the plane in hand on a whole screen; it gets a window of its own for that."""
        monitor = self._of_plane()
        if not monitor.is_out:
            monitor.detach({})
            if monitor.window.isFullScreen():
                return
        monitor.full_screen()

    def _stands(self, name: str, at: dict[str, Any]) -> None:
        settings = self._comfort.settings
        self._comfort.keep(replace(settings, places=settings.places | {name: at}))

    # The gamepad

    def _look_for_pad(self) -> None:
        if self._comfort.settings.gamepad and not self._poll.isActive() and self._comfort.pads.probe():
            self._room.tell(self._say("pad.plugged", name=self._comfort.pads.name))
            self._poll.start()

    def _read_pad(self) -> None:
        pad = self._comfort.pads.read()
        if pad is None:
            self._let_pad_go()
            self._room.tell(self._say("pad.gone"))
            return
        self._feel(pad if self._room.in_use() else NEUTRAL)

    def _let_pad_go(self) -> None:
        self._poll.stop()
        self._feel(NEUTRAL)

    def _feel(self, pad: Any) -> None:
        room = self._room
        self._grip, felt = feel(self._grip, pad, time.monotonic(), self._pad_bound)
        for name in felt.began:
            room.do(BY_NAME[name])
        for name in felt.ended:
            room.let_go(BY_NAME[name])
        if room.state is not None and felt.before != felt.drive:
            room.operator.give(*driven(felt, room.hands, room.state))

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        if watched is self._room and event.type() == QtCore.QEvent.Type.Close:
            for monitor in self.monitors.values():
                monitor.remember()
                monitor.window.hide()
            self._probe.stop()
            self._poll.stop()
            self._comfort.leave()
        return super().eventFilter(watched, event)

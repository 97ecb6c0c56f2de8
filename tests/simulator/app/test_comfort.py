"""What the desktop adds to a room: sound, gamepad, settings in force at once, monitors in windows of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6 import QtCore, QtWidgets
from pytestqt.qtbot import QtBot

from simulator.app import theme
from simulator.app.comfort import Comfort, RoomComfort
from simulator.app.detached.places import row
from simulator.app.hands.gamepad import AXES, Pad
from simulator.app.procedure.room import Room
from simulator.app.sessions.player import Update
from simulator.app.settings import Settings
from simulator.engine import commands as c
from simulator.engine import events as e
from simulator.engine.case import Case, initial_state
from tests.simulator.app.opened import Played

KEY, MOD = QtCore.Qt.Key, QtCore.Qt.KeyboardModifier
LEFT = QtCore.Qt.MouseButton.LeftButton


class Furnished:
    """A room with its comfort, shown, in use, with a case on the table."""

    def __init__(self, qtbot: QtBot, case: Case, settings: Settings) -> None:
        self.kept: list[Settings] = []
        self.spoken = 0
        self.comfort = Comfort(settings, self.kept.append, self._speak)
        self.room = Room("a case", settings)
        qtbot.addWidget(self.room)
        self.parts: RoomComfort = self.comfort.furnish(self.room)
        self.played = Played()
        self.room.operator.player = self.played  # type: ignore[assignment]
        self.room.show()
        self.room.activateWindow()
        qtbot.waitUntil(lambda: QtWidgets.QApplication.activeWindow() is self.room)
        self.room.follow(case, Update(initial_state(case)))

    def _speak(self) -> None:
        self.spoken += 1


@pytest.fixture
def furnish(
    qtbot: QtBot, qapp: QtWidgets.QApplication, case: Case, monkeypatch: pytest.MonkeyPatch
) -> Iterator[object]:
    """Makes such a room of settings; sound goes to SDL's dummy."""
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    theme.apply(qapp)
    made: list[Furnished] = []

    def make(settings: Settings = Settings(gamepad=False)) -> Furnished:  # noqa: B008 - frozen
        made.append(Furnished(qtbot, case, settings))
        return made[-1]

    yield make
    for one in made:
        one.room.close()
        one.comfort.close()


def test_sound_is_muted_by_key_and_button_and_remembered(furnish, qtbot: QtBot) -> None:  # type: ignore[no-untyped-def]
    here: Furnished = furnish()
    assert here.parts.mute_button.isChecked()
    qtbot.keyClick(here.room, KEY.Key_U, MOD.ControlModifier)
    assert here.kept[-1].muted
    assert here.comfort.speaker.muted
    assert not here.parts.mute_button.isChecked()
    assert "off" in here.room.messages[-1]
    qtbot.mouseClick(here.parts.mute_button, LEFT)
    assert not here.kept[-1].muted
    assert here.parts.mute_button.isChecked()


def test_the_room_is_heard_and_falls_silent(furnish, qtbot: QtBot, case: Case) -> None:  # type: ignore[no-untyped-def]
    here: Furnished = furnish()
    here.comfort.speaker.open(wait=True)
    assert here.comfort.speaker.failed == ""
    plane = replace(initial_state(case).planes[0], pedal=True, last_pulse_tick=10)
    state = replace(initial_state(case), tick=10, planes=(plane,), pulses_per_s=15.0)
    here.room.follow(case, Update(state, events=[e.Refused({}, "no")]))
    assert set(here.comfort.speaker._held) == {"beam"}
    qtbot.waitUntil(lambda: not here.comfort.speaker._held, timeout=3000)


def test_no_sound_is_said_once(furnish, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("SDL_AUDIODRIVER", "no such driver")
    here: Furnished = furnish()
    here.comfort.speaker.open(wait=True)
    for tick in (2, 4, 6):
        here.room.follow(case, Update(replace(initial_state(case), tick=tick)))
    said = [words for words in here.room.messages if "There is no sound" in words]
    assert len(said) == 1


def test_keys_bound_in_the_settings_work_at_once(furnish, qtbot: QtBot) -> None:  # type: ignore[no-untyped-def]
    here: Furnished = furnish()
    qtbot.keyClick(here.room, KEY.Key_Comma, MOD.ControlModifier)
    window = here.comfort.window
    assert window is not None
    window.keys.choose("shot_a")
    window.keys._bound_to("F13")
    assert here.kept[-1].keys == {"shot_a": "F13"}
    here.room.activateWindow()
    qtbot.keyClick(here.room, KEY.Key_X)
    assert here.played.given == []
    qtbot.keyClick(here.room, KEY.Key_F13)
    assert here.played.given == [c.Expose("A")]
    assert "[F13]" in here.room.panels["imaging"].buttons["shot_a"].text()
    window.languages.setCurrentIndex(1)
    window.languages.activated.emit(1)
    assert here.spoken == 1
    window.close()
    qtbot.waitUntil(lambda: here.comfort.window is None)


def test_the_text_grows_at_once(furnish, qtbot: QtBot, qapp: QtWidgets.QApplication) -> None:  # type: ignore[no-untyped-def]
    here: Furnished = furnish()
    before = here.room.panels["imaging"].buttons["shot_a"].font().pointSizeF()
    here.comfort._changed(replace(here.comfort.settings, text_scale=1.5))
    assert here.room.panels["imaging"].buttons["shot_a"].font().pointSizeF() == pytest.approx(1.5 * 9.5)
    assert before < 1.5 * 9.5
    theme.apply(qapp)


def test_a_monitor_leaves_and_comes_back(furnish, qtbot: QtBot) -> None:  # type: ignore[no-untyped-def]
    here: Furnished = furnish()
    one = here.parts.monitors["A"]
    place = here.room.places.screens.indexOf(one.widget)
    qtbot.keyClick(here.room, KEY.Key_W, MOD.ControlModifier)
    assert one.is_out
    assert one.window.isVisible()
    assert one.widget.isVisible()
    assert here.kept[-1].places["A"]["out"] is True
    one.widget.show_picture(np.zeros((512, 512), np.uint8))
    one.window.activateWindow()
    qtbot.waitUntil(lambda: QtWidgets.QApplication.activeWindow() is one.window)
    qtbot.keyPress(one.window, KEY.Key_Space)
    assert here.played.given == [c.PressPedal("A")], "keys go on working"
    here.room.activateWindow()
    qtbot.waitUntil(lambda: QtWidgets.QApplication.activeWindow() is here.room)
    one.window.activateWindow()
    qtbot.waitUntil(lambda: QtWidgets.QApplication.activeWindow() is one.window)
    here.room.activateWindow()
    qtbot.waitUntil(lambda: QtWidgets.QApplication.activeWindow() is here.room)
    assert here.played.given == [c.PressPedal("A")], "from window to window of the room nothing is let go"
    qtbot.keyRelease(here.room, KEY.Key_Space)
    assert here.played.given[-1] == c.ReleasePedal("A")
    with qtbot.waitSignal(one.widget.pointed):
        qtbot.mouseClick(one.widget, LEFT, pos=one.widget.rect().center())
    one.full_screen()
    assert one.window.isFullScreen()
    one.window.close()
    assert not one.is_out
    assert here.room.places.screens.indexOf(one.widget) in (place, place + 1)
    assert here.room.places.screens.indexOf(one.widget) < here.room.places.screens.indexOf(
        here.parts.monitors["B"].widget
    )
    assert here.kept[-1].places["A"]["out"] is False
    assert one.widget.isVisible()


def test_a_double_click_beside_the_picture_takes_it_out(furnish, qtbot: QtBot) -> None:  # type: ignore[no-untyped-def]
    here: Furnished = furnish()
    one = here.parts.monitors["B"]
    qtbot.mouseDClick(one.widget, LEFT, pos=QtCore.QPoint(3, 3))
    qtbot.waitUntil(lambda: one.is_out)


def test_who_leaves_all_windows_lets_go(furnish, qtbot: QtBot) -> None:  # type: ignore[no-untyped-def]
    here: Furnished = furnish()
    one = here.parts.monitors["A"]
    one.detach({})
    one.window.activateWindow()
    qtbot.waitUntil(lambda: QtWidgets.QApplication.activeWindow() is one.window)
    qtbot.keyPress(one.window, KEY.Key_Space)
    other = QtWidgets.QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(lambda: here.played.given[-1] == c.ReleasePedal("A"))


def test_a_monitor_comes_back_where_it_stood_or_stays(furnish, qapp: QtWidgets.QApplication) -> None:  # type: ignore[no-untyped-def]
    screen = qapp.primaryScreen().name()
    places = {
        "A": row(screen, (40, 50, 420, 450), full=False, out=True),
        "B": row("a screen that is gone", (0, 0, 500, 500), full=True, out=True),
    }
    here: Furnished = furnish(Settings(gamepad=False, places=places))
    geometry = here.parts.monitors["A"].window.geometry()
    assert (geometry.x(), geometry.y(), geometry.width(), geometry.height()) == (40, 50, 420, 450)
    assert not here.parts.monitors["B"].is_out, "the room keeps what has no place of its own"


def test_a_room_with_one_plane_leaves_no_empty_window(furnish, qtbot: QtBot) -> None:  # type: ignore[no-untyped-def]
    here: Furnished = furnish()
    one = here.parts.monitors["B"]
    one.detach({})
    one.widget.hide()
    qtbot.waitUntil(lambda: not one.window.isVisible())
    assert not one.is_out
    assert not one.widget.isVisible()


class FakePads:
    """Gamepads that say what a test wants."""

    def __init__(self) -> None:
        self.failed, self.name = "", "Fake"
        self.said: Pad | None = Pad()
        self.there = True

    def load(self, *, wait: bool = False) -> None: ...

    def probe(self) -> bool:
        return self.there

    def read(self) -> Pad | None:
        return self.said

    def close(self) -> None: ...


def test_a_gamepad_comes_works_and_goes(furnish, qtbot: QtBot) -> None:  # type: ignore[no-untyped-def]
    here: Furnished = furnish(Settings())
    pads = FakePads()
    here.comfort.pads = pads  # type: ignore[assignment]
    here.parts._look_for_pad()
    assert "Fake" in here.room.messages[-1]
    pads.said = Pad(tuple(float(name in ("leftx", "righttrigger")) for name in AXES))
    qtbot.waitUntil(lambda: c.PressPedal("A") in here.played.given)
    assert here.played.given[-1] == c.DriveCArm("A", orbital_deg_s=20.0)
    pads.said, pads.there = None, False
    qtbot.waitUntil(lambda: c.ReleasePedal("A") in here.played.given)
    assert here.played.given[-2:] == [c.DriveCArm(p.name, orbital_deg_s=0.0) for p in here.room.state.planes]
    assert "gone" in here.room.messages[-1]
    assert not here.parts._poll.isActive()


def test_a_gamepad_works_only_where_the_user_is(furnish, qtbot: QtBot) -> None:  # type: ignore[no-untyped-def]
    here: Furnished = furnish(Settings())
    here.comfort.pads = pads = FakePads()  # type: ignore[assignment]
    pads.said = Pad(buttons=frozenset({"a"}))
    other = QtWidgets.QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(lambda: QtWidgets.QApplication.activeWindow() is other)
    here.parts._look_for_pad()
    qtbot.wait(100)
    assert here.played.given == []


def test_a_button_bound_anew_works_at_once_and_lets_go_first(furnish, qtbot: QtBot) -> None:  # type: ignore[no-untyped-def]
    here: Furnished = furnish(Settings())
    here.comfort.pads = pads = FakePads()  # type: ignore[assignment]
    pads.said = Pad(tuple(float(name == "righttrigger") for name in AXES))
    here.parts._look_for_pad()
    qtbot.waitUntil(lambda: here.played.given == [c.PressPedal("A")])
    anew = {"righttrigger": "pedal_b", "lefttrigger": ""}
    here.comfort._changed(replace(here.comfort.settings, pad_buttons=anew))
    qtbot.waitUntil(lambda: here.played.given == [c.PressPedal("A"), c.ReleasePedal("A"), c.PressPedal("B")])
    pads.said = Pad()
    qtbot.waitUntil(lambda: here.played.given[-1] == c.ReleasePedal("B"))


def test_windows_stand_where_the_last_one_stood(qtbot: QtBot, qapp: QtWidgets.QApplication) -> None:
    kept: list[Settings] = []
    comfort = Comfort(Settings(), kept.append, lambda: None)
    first, second, third = (QtWidgets.QMainWindow() for _ in range(3))
    for window in (first, second, third):
        qtbot.addWidget(window)
    comfort.place(first, None)
    first.show()
    first.setGeometry(30, 40, 500, 400)
    comfort.place(second, first)
    assert second.geometry() == first.geometry()
    first.close()
    assert kept[-1].places["window"]["rect"] == [30, 40, 500, 400]
    comfort.place(third, None)
    assert third.geometry() == QtCore.QRect(30, 40, 500, 400)
    comfort.take(replace(kept[-1], places={"window": kept[-1].places["window"] | {"screen": "gone"}}))
    fourth = QtWidgets.QMainWindow()
    qtbot.addWidget(fourth)
    comfort.place(fourth, None)
    assert fourth.width() == min(1600, qapp.primaryScreen().availableSize().width())


def test_the_settings_in_front_let_go_of_the_pedal(furnish, qtbot: QtBot) -> None:  # type: ignore[no-untyped-def]
    here: Furnished = furnish()
    qtbot.keyPress(here.room, KEY.Key_Space)
    window = here.comfort.open_settings(here.room)
    window.activateWindow()
    qtbot.waitUntil(lambda: QtWidgets.QApplication.activeWindow() is window)
    assert here.played.given == [c.PressPedal("A"), c.ReleasePedal("A")]


def test_large_text_fits_a_small_screen(furnish, qtbot: QtBot, qapp: QtWidgets.QApplication) -> None:  # type: ignore[no-untyped-def]
    here: Furnished = furnish(Settings(gamepad=False))
    here.room.resize(1280, 800)
    area = here.room.centralWidget()
    assert isinstance(area, QtWidgets.QScrollArea)
    qtbot.waitUntil(lambda: here.room.places.width() == area.viewport().width() == 1280)
    here.comfort._changed(replace(here.comfort.settings, text_scale=2.0))
    here.room.resize(1280, 800)
    qapp.processEvents()
    assert (here.room.width(), here.room.height()) == (1280, 800)
    assert area.horizontalScrollBar().maximum() > 0
    qtbot.keyClick(here.room, KEY.Key_F2)
    assert here.room.tray.page == "tools", "keys stay with the procedure"
    theme.apply(qapp)

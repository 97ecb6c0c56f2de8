"""Stored images, small: they are those of the plane in hand, and a click or a key brings one back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from PySide6 import QtCore, QtWidgets
from pytestqt.qtbot import QtBot

from simulator.app import theme
from simulator.app.procedure.room import Room
from simulator.app.sessions.console import Change, Look, look
from simulator.app.sessions.player import Update
from simulator.app.settings import Settings
from simulator.engine.case import Case, initial_state
from simulator.engine.commands import Command
from simulator.engine.screens import Screens
from simulator.imaging.carm import PlaneName
from simulator.imaging.monitor.monitor import Monitor

LEFT, KEY, MOD = QtCore.Qt.MouseButton.LeftButton, QtCore.Qt.Key, QtCore.Qt.KeyboardModifier


class Played:
    """A player with monitors, and no session: what they are told is done at once and shown."""

    def __init__(self, room: Room, case: Case, screens: Screens) -> None:
        self.room, self.case, self.screens, self.paused = room, case, screens, False

    def at_monitor(self, plane: PlaneName, change: Change) -> None:
        monitor: Monitor = self.screens.monitor(plane)
        notes, looks = [], {}
        try:
            change(monitor)
        except ValueError as why:
            notes.append(str(why))
        looks[plane] = look(monitor)
        self.room.follow(self.case, Update(looks=looks, notes=notes))

    def send(self, commands: Sequence[Command]) -> None:
        assert not commands, "nothing of a monitor reaches the session"

    def stop(self) -> None: ...


@pytest.fixture(scope="module")
def drawn(case: Case) -> Screens:
    screens, state = Screens(case), initial_state(case)
    for plane in state.planes:
        screens.show(state, plane, single=True)
    return screens


@pytest.fixture
def room(case: Case, drawn: Screens, qtbot: QtBot, qapp: QtWidgets.QApplication) -> Room:
    theme.apply(qapp)
    for plane in ("A", "B"):
        drawn.monitor(plane).stored, drawn.monitor(plane).reference = (), None  # type: ignore[arg-type]
    made = Room("a case", Settings())
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    made.operator.player = Played(made, case, drawn)  # type: ignore[assignment]
    made.follow(case, Update(initial_state(case)))
    return made


def marked(room: Room) -> str:
    """The name of the image that is marked."""
    strip = room.places.stored
    return "" if strip.currentItem() is None else strip.currentItem().text()


def test_a_stored_image_is_seen_and_a_click_brings_it_back(room: Room, drawn: Screens, qtbot: QtBot) -> None:
    strip = room.places.stored
    assert not strip.isVisible()
    for name in ("invert", "flip", "as_it_was"):
        qtbot.keyClick(room, KEY.Key_S, MOD.ShiftModifier)
        room.own[name]()
    assert strip.isVisible()
    assert [strip.item(row).text() for row in range(strip.count())] == ["A 1", "A 2", "A 3"]
    assert marked(room) == "A 3"
    assert not room.places.reference.isVisible()
    second = drawn.monitor("A").stored[1]
    qtbot.mouseClick(strip.viewport(), LEFT, pos=strip.visualItemRect(strip.item(1)).center())
    assert marked(room) == "A 2"
    assert room.places.reference.isVisible()
    assert np.array_equal(room.places.reference.grey, second.grey)


def test_keys_bring_stored_images_back_too(room: Room, qtbot: QtBot) -> None:
    qtbot.keyClick(room, KEY.Key_PageUp, MOD.ControlModifier)
    assert not room.places.reference.isVisible()
    assert "no image is stored" in room.messages[-1]
    for _ in range(3):
        qtbot.keyClick(room, KEY.Key_S, MOD.ShiftModifier)
    qtbot.keyClick(room, KEY.Key_PageUp, MOD.ControlModifier)
    assert (marked(room), room.places.reference.isVisible()) == ("A 2", True)
    qtbot.keyClick(room, KEY.Key_PageDown, MOD.ControlModifier)
    assert marked(room) == "A 3"


def test_each_plane_has_its_own(room: Room, qtbot: QtBot) -> None:
    qtbot.keyClick(room, KEY.Key_S, MOD.ShiftModifier)
    qtbot.keyClick(room, KEY.Key_P)
    assert not room.places.stored.isVisible()
    for _ in range(2):
        qtbot.keyClick(room, KEY.Key_S, MOD.ShiftModifier)
    assert [room.places.stored.item(row).text() for row in range(2)] == ["B 1", "B 2"]
    qtbot.keyClick(room, KEY.Key_P)
    assert (room.places.stored.count(), marked(room)) == (1, "A 1")


def test_a_small_image_is_what_lies_between_the_blades(room: Room, drawn: Screens) -> None:
    grey = np.zeros((512, 512), np.uint8)
    grey[128:384, 192:320] = 200
    drawn.monitor("A").store()
    (kept,) = drawn.monitor("A").stored
    small = room.places.stored._small(replace(kept, grey=grey))
    assert small.width() == pytest.approx(0.5 * small.height(), abs=1.0)
    assert {small.pixelColor(x, y).red() for x in (1, small.width() - 2) for y in (1, small.height() - 2)} == {200}


def test_strip_stays_beside_large_pictures(room: Room, qapp: QtWidgets.QApplication) -> None:
    room.own["store_image"]()
    qapp.processEvents()
    assert (room.width(), room.height()) == (1280, 800)
    assert room.monitors["A"].width() >= 400
    assert isinstance(room.showing.looks["A"], Look)

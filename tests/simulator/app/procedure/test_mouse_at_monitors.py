"""The mouse at the monitors of a played room: clicks, lines, window and level, the wheel, the reference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6 import QtCore, QtGui, QtWidgets
from pytestqt.qtbot import QtBot

from simulator.app.desktop import Desktop
from tests.simulator.app.opened import PATIENCE_MS, in_room

KEY = QtCore.Qt.Key
NO_MODIFIER = QtCore.Qt.KeyboardModifier.NoModifier


def drawn(monitor: QtWidgets.QWidget, start: QtCore.QPoint, end: QtCore.QPoint, *, right: bool = False) -> None:
    """A drag with a mouse button held, in steps."""
    button = QtCore.Qt.MouseButton.RightButton if right else QtCore.Qt.MouseButton.LeftButton
    kinds = QtCore.QEvent.Type
    for kind, at in (
        (kinds.MouseButtonPress, start),
        *((kinds.MouseMove, start + (end - start) * share) for share in (0.25, 0.5, 0.75, 1.0)),
        (kinds.MouseButtonRelease, end),
    ):
        place = QtCore.QPointF(at)
        which = QtCore.Qt.MouseButton.NoButton if kind == kinds.MouseMove else button
        held = QtCore.Qt.MouseButton.NoButton if kind == kinds.MouseButtonRelease else button
        event = QtGui.QMouseEvent(kind, place, monitor.mapToGlobal(place), which, held, NO_MODIFIER)
        QtWidgets.QApplication.sendEvent(monitor, event)


def test_the_mouse_aims_and_windows(desktop: Desktop, qtbot: QtBot) -> None:
    room = in_room(desktop, qtbot)
    for key in (KEY.Key_X, KEY.Key_C):
        qtbot.keyClick(room, key)
    qtbot.waitUntil(lambda: all(m.grey is not None for m in room.monitors.values()), timeout=PATIENCE_MS)
    monitor = room.monitors["A"]
    start = monitor.rect().center() - QtCore.QPoint(60, 10)
    drawn(monitor, start, start + QtCore.QPoint(40, 25))
    aimed = room.hands
    assert aimed.skin_mm is not None
    assert aimed.convergence_deg > 10.0
    assert aimed.caudal_deg > 3.0
    assert monitor.line is None, "the line is gone when the button is let go"
    drawn(monitor, start + QtCore.QPoint(4, 3), start + QtCore.QPoint(10, 25))
    assert room.hands.skin_mm == aimed.skin_mm, "begun near the skin point, the line begins at it"
    assert room.hands.convergence_deg < aimed.convergence_deg - 3.0
    lateral = room.monitors["B"].rect().center()
    drawn(room.monitors["B"], lateral, lateral - QtCore.QPoint(0, 40))
    assert room.hands.caudal_deg < aimed.caudal_deg
    before = monitor.grey
    drawn(monitor, start, start + QtCore.QPoint(-90, 60), right=True)
    qtbot.waitUntil(lambda: monitor.grey is not before, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: room.showing.looks["A"].settings.level_shift < -0.15, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: room.showing.looks["A"].settings.window_factor < 0.7, timeout=PATIENCE_MS)
    assert room.hands.skin_mm == aimed.skin_mm


def test_the_reference_image_stands_beside_the_live_one(desktop: Desktop, qtbot: QtBot) -> None:
    room, shift = in_room(desktop, qtbot), QtCore.Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(room, KEY.Key_S, shift)
    qtbot.waitUntil(lambda: "expose first" in room.messages[-1], timeout=PATIENCE_MS)
    qtbot.keyClick(room, KEY.Key_C)
    qtbot.waitUntil(lambda: room.monitors["B"].grey is not None, timeout=PATIENCE_MS)
    qtbot.keyClick(room, KEY.Key_P)
    qtbot.keyClick(room, KEY.Key_S, shift)
    qtbot.keyClick(room, KEY.Key_F12)
    reference = room.places.reference
    qtbot.waitUntil(lambda: reference.grey is not None, timeout=PATIENCE_MS)
    assert reference.isVisible()
    assert not room.monitors["A"].isVisible()
    assert np.array_equal(reference.grey, room.monitors["B"].grey)
    qtbot.keyClick(room, KEY.Key_P)
    assert reference.grey is None, "the other plane has none"
    qtbot.keyClick(room, KEY.Key_F12)
    assert all(monitor.isVisible() for monitor in room.monitors.values())


def test_the_wheel_takes_the_other_steps_with_ctrl(desktop: Desktop, qtbot: QtBot) -> None:
    room = in_room(desktop, qtbot)
    room.operator.hold(replace(room.hands, skin_mm=(-25.0, 0.0), technique="push"))
    qtbot.keyClick(room, KEY.Key_Return)
    qtbot.waitUntil(lambda: room.state.needle("left") is not None, timeout=PATIENCE_MS)
    for ctrl, wanted_mm in ((False, 2.0), (True, 2.5)):
        room.monitors["A"].wheeled.emit(1, ctrl)
        qtbot.waitUntil(lambda mm=wanted_mm: room.state.needle("left").depth_mm > mm - 0.1, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: room.state.needle("left").feed_mm == 0.0, timeout=PATIENCE_MS)
        assert room.state.needle("left").depth_mm == pytest.approx(wanted_mm, abs=0.05)
    assert room.hands.coarse


def test_a_click_means_the_picture_that_stands_there(desktop: Desktop, qtbot: QtBot) -> None:
    """Also when the C-arm has turned away since it was taken."""
    room, ctrl = in_room(desktop, qtbot), QtCore.Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(room, KEY.Key_X)
    monitor = room.monitors["A"]
    qtbot.waitUntil(lambda: monitor.grey is not None, timeout=PATIENCE_MS)
    at = monitor.rect().center() + QtCore.QPoint(40, 30)
    qtbot.mouseClick(monitor, QtCore.Qt.MouseButton.LeftButton, pos=at)
    before, letters = room.hands.skin_mm, monitor.margin.letters
    assert before is not None
    qtbot.keyClick(room, KEY.Key_2, ctrl)
    qtbot.waitUntil(lambda: room.state.planes[0].pose.orbital_deg == 90.0, timeout=PATIENCE_MS)
    assert monitor.margin.letters == letters == ("L", "R", "H", "F")
    room.operator.hold(replace(room.hands, skin_mm=None))
    qtbot.mouseClick(monitor, QtCore.Qt.MouseButton.LeftButton, pos=at)
    assert room.hands.skin_mm == before

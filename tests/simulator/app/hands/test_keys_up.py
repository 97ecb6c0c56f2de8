"""A held key on X11 repeats itself as let go and pressed again: only the last time it has come up."""

from __future__ import annotations

import pytest
from PySide6 import QtCore, QtGui, QtWidgets
from pytestqt.qtbot import QtBot

from simulator.app.hands.keys_up import KeysUp

DOWN, UP = QtCore.QEvent.Type.KeyPress, QtCore.QEvent.Type.KeyRelease
SPACE, E = QtCore.Qt.Key.Key_Space, QtCore.Qt.Key.Key_E


def event(
    kind: QtCore.QEvent.Type, at_ms: int, key: QtCore.Qt.Key = SPACE, *, again: bool = False
) -> QtGui.QKeyEvent:
    """A key event at a time of the server's clock."""
    made = QtGui.QKeyEvent(kind, key, QtCore.Qt.KeyboardModifier.NoModifier, "", again)
    made.setTimestamp(at_ms)
    return made


@pytest.fixture
def up() -> list[int]:
    """Keys that have come up."""
    return []


@pytest.fixture
def keys(qapp: QtWidgets.QApplication, up: list[int]) -> KeysUp:
    """As on X11."""
    return KeysUp(up.append, wait_ms=30)


def test_a_key_that_comes_up_is_told_after_the_wait(keys: KeysUp, up: list[int], qtbot: QtBot) -> None:
    keys.came_up(event(UP, 1000))
    assert up == []
    qtbot.waitUntil(lambda: up == [SPACE])
    assert not keys.was_repeat(event(DOWN, 1200)), "it is pressed anew"


def test_repeats_in_two_pieces_are_none(keys: KeysUp, up: list[int], qtbot: QtBot) -> None:
    for at_ms in (1000, 1030, 1060):
        keys.came_up(event(UP, at_ms))
        assert keys.was_repeat(event(DOWN, at_ms))
    keys.came_up(event(UP, 1090, again=True))
    qtbot.wait(60)
    assert up == []


def test_a_finger_that_presses_again_at_once_has_let_go(keys: KeysUp, up: list[int]) -> None:
    keys.came_up(event(UP, 1000))
    assert not keys.was_repeat(event(DOWN, 1020))
    assert up == [SPACE]


def test_each_key_comes_up_for_itself(keys: KeysUp, up: list[int], qtbot: QtBot) -> None:
    keys.came_up(event(UP, 1000))
    keys.came_up(event(UP, 1000, E))
    assert keys.was_repeat(event(DOWN, 1000))
    qtbot.waitUntil(lambda: up == [E])


def test_where_there_is_no_x11_nothing_is_waited_for(qapp: QtWidgets.QApplication, up: list[int]) -> None:
    KeysUp(up.append).came_up(event(UP, 1000))
    assert up == [SPACE]

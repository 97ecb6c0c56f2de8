"""A window that has gone leaves nothing: no window, no session, no patient."""

from __future__ import annotations

import gc
import weakref

import pytest
from PySide6 import QtCore, QtWidgets
from pytestqt.qtbot import QtBot

from scenarios import cases
from simulator.app.desktop import Desktop
from simulator.app.settings import MODES

PATIENCE_MS = 90_000


def played(desktop: Desktop, qtbot: QtBot, mode: str) -> list[weakref.ref[object]]:
    """A case that was begun; what should go with its room."""
    room = desktop.open_case(cases.find("kyphoplasty-l1-wedge"), "T-1", mode)
    qtbot.waitUntil(lambda: room.state is not None and room.case is not None, timeout=PATIENCE_MS)
    assert room.player is not None
    return [weakref.ref(one) for one in (room, room.player, room.player.session, room.case)]


@pytest.mark.parametrize("mode", MODES)
def test_windows_that_were_left_are_let_go_of(
    desktop: Desktop, qtbot: QtBot, qapp: QtWidgets.QApplication, mode: str
) -> None:
    """Half a gigabyte a case: whatever keeps a room alive keeps its session and its patient."""
    left = played(desktop, qtbot, mode)

    def gone() -> bool:
        qapp.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
        gc.collect()
        return all(one() is None for one in left)

    library = weakref.ref(desktop.open_library())
    qtbot.waitUntil(gone, timeout=10_000)
    left = [library]
    desktop.open_case(cases.find("kyphoplasty-l1-wedge"), "T-1", mode)
    qtbot.waitUntil(gone, timeout=10_000)

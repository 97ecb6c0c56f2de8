"""A window that has gone leaves nothing: no window, no session, no patient."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from PySide6 import QtCore, QtWidgets
from pytestqt.qtbot import QtBot

from scenarios import cases
from simulator.app import desktop as desktops
from simulator.app import theme
from simulator.app.desktop import Desktop
from simulator.app.settings import MODES
from simulator.engine.case import make_case
from tests.conftest import coarse_patient_of

PATIENCE_MS = 90_000


@pytest.fixture
def desktop(qapp: QtWidgets.QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
    """A desktop whose patients are coarse."""
    theme.apply(qapp)
    monkeypatch.setattr(desktops, "make_case", lambda s, seed: make_case(s, seed, patient_of=coarse_patient_of))
    made = Desktop(speed=4.0)
    yield made
    if made.window is not None:
        made.window.close()
        made.window.deleteLater()
    qapp.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)


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

"""A window that has gone leaves nothing: no window, no session, no patient."""

from __future__ import annotations

import gc
import weakref

import pytest
from PySide6 import QtCore, QtWidgets
from pytestqt.qtbot import QtBot

from scenarios import cases
from simulator.app.debrief import replay_page
from simulator.app.debrief.window import Debrief
from simulator.app.desktop import Desktop
from simulator.app.procedure.room import Room
from simulator.app.settings import MODES
from simulator.engine.screens import Screens

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
    """A quarter of a gigabyte a case: whatever keeps a room alive keeps its session and its patient."""
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


def test_what_drew_a_case_is_let_go_of_before_its_debrief_draws_it_again(desktop: Desktop, qtbot: QtBot) -> None:
    """Views, panels and monitors of two planes: a hundred megabytes that would be there twice."""
    others = {id(one) for one in gc.get_objects() if type(one) is Screens}
    room, _, session, case = (one() for one in played(desktop, qtbot, "practice"))
    drew = [weakref.ref(one) for one in gc.get_objects() if type(one) is Screens and id(one) not in others]
    assert len(drew) == 1
    assert isinstance(room, Room)
    room.end()
    del room, session, case
    qtbot.waitUntil(lambda: isinstance(desktop.window, Debrief), timeout=PATIENCE_MS)
    assert drew[0]() is None


def looked_at(desktop: Desktop, qtbot: QtBot) -> dict[str, weakref.ref[object]]:
    """A case that was ended and looked at in its debrief; what should go with that."""
    room, _, _, case = (one() for one in played(desktop, qtbot, "practice"))
    assert isinstance(room, Room)
    room.end()
    qtbot.waitUntil(lambda: isinstance(desktop.window, Debrief), timeout=PATIENCE_MS)
    debrief = desktop.window
    assert isinstance(debrief, Debrief)
    qtbot.waitUntil(
        lambda: debrief.replayer.is_finished and debrief.replayer.pairs is not None, timeout=PATIENCE_MS
    )
    debrief.tabs.turn_to("replay")
    replay, replayer = debrief.replay, debrief.replayer
    assert replay is not None
    assert replayer is not None
    replay.room.look_at(case, replayer.moment(0).state)
    held = {"debrief": debrief, "page": replay, "room view": replay.room, "replayer": replayer, "case": case}
    return {name: weakref.ref(one) for name, one in held.items()}


def test_a_debrief_that_was_looked_at_is_let_go_of(
    desktop: Desktop, qtbot: QtBot, qapp: QtWidgets.QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its case too: the views of replay and room remember what they show."""
    monkeypatch.setattr(replay_page, "can_draw", lambda: False)  # asking takes a thread that holds its view
    left = looked_at(desktop, qtbot)
    desktop.open_library()

    def gone() -> None:
        qapp.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
        gc.collect()
        assert [name for name, one in left.items() if one() is not None] == []

    qtbot.waitUntil(gone, timeout=20_000)

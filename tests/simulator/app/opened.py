"""What tests of windows begin with: a case begun from the library, and a player that only writes down."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6 import QtCore
from pytestqt.qtbot import QtBot

from simulator.app.desktop import Desktop
from simulator.app.procedure.room import Room
from simulator.engine.commands import Command

PATIENCE_MS = 90_000


class Played:
    """A player that only writes down what it is given."""

    def __init__(self) -> None:
        self.given: list[Command] = []
        self.paused = False

    def send(self, commands: Sequence[Command]) -> None:
        self.given += commands

    def stop(self) -> None: ...


def in_room(desktop: Desktop, qtbot: QtBot) -> Room:
    """The case begun from the library, as a trainee would."""
    library = desktop.open_library()
    qtbot.waitExposed(library)
    library.search.setText("L1 wedge")
    library.trainee.setText("T-042")
    library.modes.setCurrentIndex(library.modes.findData("practice"))
    library.consent.setChecked(True)
    qtbot.mouseClick(library.start, QtCore.Qt.MouseButton.LeftButton)
    room = desktop.window
    assert isinstance(room, Room)
    qtbot.waitUntil(lambda: room.state is not None and room.case is not None, timeout=PATIENCE_MS)
    return room

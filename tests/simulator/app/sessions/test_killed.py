"""The desktop killed in the middle of a case: a real process, a real signal, and what the next start offers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6 import QtCore
from pytestqt.qtbot import QtBot

from simulator.app import settings
from simulator.app.debrief.window import Debrief
from simulator.app.desktop import Desktop
from simulator.app.procedure.room import Room
from simulator.engine.recording import read
from simulator.engine.replay import verify

CASE = "kyphoplasty-l1-wedge"
PATIENCE_MS = 120_000
PLAYED = f"""
from PySide6 import QtCore, QtWidgets
from scenarios import cases
from simulator.app import desktop as desktops
from simulator.engine import commands as c
from simulator.engine.case import make_case
from tests.conftest import coarse_patient_of
make = make_case
desktops.make_case = lambda scenario, seed: make(scenario, seed, patient_of=coarse_patient_of)
app = QtWidgets.QApplication([])
desktop = desktops.Desktop(speed=4.0)
room = desktop.open_case(cases.find("{CASE}"), "T-042", "practice")
begun = []
def look():
    if room.state is None or room.player is None:
        return
    if not begun:
        begun.append(1)
        room.player.send([c.PunctureSkin("left", -25.0, 0.0, 15.0, 5.0), c.PressPedal("A")])
    if room.state.tick > 200:
        print("playing", flush=True)
timer = QtCore.QTimer(interval=50)
timer.timeout.connect(look)
timer.start()
app.exec()
"""


@pytest.fixture
def killed(user_folder: Path) -> Path:
    """The recording of a desktop that was killed after three simulated seconds, pedal and cannula down."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "QT_QPA_PLATFORM": "offscreen"}
    process = subprocess.Popen([sys.executable, "-c", PLAYED], stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "playing\n"
    finally:
        process.kill()
        process.wait(30)
    assert process.returncode == -signal.SIGKILL
    (kept,) = settings.recordings_folder().glob("*.vsim")
    return kept


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_desktop_loses_a_second_and_goes_on(killed: Path, desktop: Desktop, qtbot: QtBot) -> None:
    broken = read(killed)
    assert not broken.complete
    assert broken.last_tick >= 180, "at most the last second is lost"
    library = desktop.open_library()
    assert library.interrupted.isVisible()
    assert "T-042" in library.interrupted.list.currentText()
    qtbot.mouseClick(library.interrupted.buttons["score"], QtCore.Qt.MouseButton.LeftButton)
    assert isinstance(desktop.window, Debrief)
    assert not desktop.window.report.complete
    library = desktop.open_library()
    qtbot.mouseClick(library.interrupted.buttons["replay"], QtCore.Qt.MouseButton.LeftButton)
    assert isinstance(desktop.window, Debrief)
    assert desktop.window.replay is not None
    assert desktop.window.replay.isVisible()
    library = desktop.open_library()
    qtbot.mouseClick(library.interrupted.buttons["resume"], QtCore.Qt.MouseButton.LeftButton)
    room = desktop.window
    assert isinstance(room, Room)
    qtbot.waitUntil(lambda: room.state is not None and room.case is not None, timeout=PATIENCE_MS)
    assert room.state is not None
    assert room.state.tick >= broken.last_tick
    assert room.state.needle("left") is not None
    assert not room.state.planes[0].pedal, "a foot that is no longer there holds nothing down"
    room.end()
    qtbot.waitUntil(lambda: isinstance(desktop.window, Debrief), timeout=PATIENCE_MS)
    (again,) = set(settings.recordings_folder().glob("*.vsim")) - {killed}
    assert read(again).header["continues"] == broken.digest
    assert verify(read(again), room.case).result == "verified"
    assert read(killed).lines == broken.lines, "the old file is left as it was"

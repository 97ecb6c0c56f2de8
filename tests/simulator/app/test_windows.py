"""The windows themselves, by keys and clicks: library, procedure, debrief."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PySide6 import QtCore, QtWidgets
from pytestqt.qtbot import QtBot

from scenarios import cases
from simulator.app import desktop as desktops
from simulator.app import settings, theme
from simulator.app.debrief.window import Debrief
from simulator.app.desktop import Desktop
from simulator.app.library.window import Library
from simulator.app.procedure.layout import SHARED, TRAY
from simulator.app.procedure.room import Room
from simulator.app.wording import LANGUAGES
from simulator.assessment.score import score
from simulator.devices.balloon import Balloon
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.recording import read
from simulator.engine.replay import verify
from simulator.engine.state import State
from simulator.engine.step import step
from tests.simulator.app.opened import PATIENCE_MS, in_room

KEY = QtCore.Qt.Key
NO_MODIFIER = QtCore.Qt.KeyboardModifier.NoModifier
CASE = "kyphoplasty-l1-wedge"


def test_the_library_shows_every_case_and_finds(desktop: Desktop, qtbot: QtBot) -> None:
    library = desktop.open_library()
    assert library.list.count() == len(cases.ids())
    library.search.setText("myeloma")
    assert library.list.count() == 1
    assert library.case_id is not None
    assert "myeloma" in library.case_id
    assert library.scenarios[library.case_id].briefing.history.split(".")[0] in library.briefing.toPlainText()
    library.search.setText("no such case at all")
    assert not library.start.isEnabled()


def test_another_language_is_spoken_at_once_and_remembered(desktop: Desktop, qtbot: QtBot) -> None:
    desktop.open_library().language.emit("de")
    library = desktop.window
    assert isinstance(library, Library)
    assert library.start.text() == "Fall beginnen"
    assert settings.load().language == "de"


def test_a_short_procedure_by_keys_and_clicks(desktop: Desktop, qtbot: QtBot) -> None:
    room = in_room(desktop, qtbot)
    room.activateWindow()
    qtbot.keyPress(room, KEY.Key_Space)
    qtbot.waitUntil(lambda: room.monitors["A"].grey is not None, timeout=PATIENCE_MS)
    qtbot.keyRelease(room, KEY.Key_Space)
    qtbot.waitUntil(lambda: not room.state.planes[0].pedal, timeout=PATIENCE_MS)
    assert np.ptp(room.monitors["A"].grey) > 100, "a radiograph, not a blank"
    qtbot.keyClick(room, KEY.Key_C)
    qtbot.waitUntil(lambda: room.monitors["B"].grey is not None, timeout=PATIENCE_MS)

    qtbot.keyClick(room, KEY.Key_Return)
    assert "Click on the frontal picture first" in room.messages[-1]
    monitor = room.monitors["B"]
    qtbot.mouseClick(monitor, QtCore.Qt.MouseButton.LeftButton, pos=monitor.rect().center())
    assert "no point of the back" in room.messages[-1]
    monitor = room.monitors["A"]
    qtbot.mouseClick(monitor, QtCore.Qt.MouseButton.LeftButton, pos=monitor.rect().center())
    assert room.hands.skin_mm is not None

    qtbot.keyClick(room, KEY.Key_Return)
    qtbot.waitUntil(lambda: room.state.needle("left") is not None, timeout=PATIENCE_MS)
    qtbot.keyClick(room, KEY.Key_1)
    for _ in range(4):
        depth = room.state.needle("left").depth_mm
        qtbot.keyClick(room, KEY.Key_Up)
        qtbot.waitUntil(lambda d=depth: room.state.needle("left").depth_mm > d + 1.9, timeout=PATIENCE_MS)
    skin = np.array(room.state.needle("left").skin_mm)
    assert skin[[0, 2]] == pytest.approx(room.hands.skin_mm, abs=1.0)

    qtbot.mouseClick(room.panels["balloon"].buttons["insert_balloon"], QtCore.Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Not possible" in room.messages[-1], timeout=PATIENCE_MS)
    qtbot.keyPress(room, KEY.Key_V)
    qtbot.waitUntil(lambda: room.state.planes[1].pedal, timeout=PATIENCE_MS)
    qtbot.keyRelease(room, KEY.Key_V)

    qtbot.mouseClick(room.end_button, QtCore.Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: isinstance(desktop.window, Debrief), timeout=PATIENCE_MS)
    debrief = desktop.window
    (kept,) = settings.recordings_folder().glob("*.vsim")
    again = score(read(kept))
    assert debrief.report == again
    assert debrief.table.rowCount() == len(again.criteria)
    assert f"{again.total:.0f} of 100" in debrief.verdict.text()
    assert again.trainee == settings.load().trainee == "T-042"
    debrief.resize(1280, 800)
    three_lines = 3 * debrief.table.fontMetrics().lineSpacing() + 8
    qtbot.waitUntil(
        lambda: max(debrief.table.rowHeight(row) for row in range(debrief.table.rowCount())) <= three_lines
    )
    qtbot.mouseClick(debrief.back, QtCore.Qt.MouseButton.LeftButton)
    assert isinstance(desktop.window, Library)


def test_a_window_that_is_closed_leaves_a_recording(desktop: Desktop, qtbot: QtBot) -> None:
    room = in_room(desktop, qtbot)
    qtbot.waitUntil(lambda: room.state.tick > 70, timeout=PATIENCE_MS)
    room.close()
    (kept,) = settings.recordings_folder().glob("*.vsim")
    report = score(read(kept))
    assert (report.complete, report.total) == (False, None)


def test_what_was_broken_off_is_taken_up_again(desktop: Desktop, qtbot: QtBot) -> None:
    room = in_room(desktop, qtbot)
    qtbot.keyPress(room, KEY.Key_Space)
    qtbot.waitUntil(lambda: room.state.tick > 70, timeout=PATIENCE_MS)
    library = desktop.open_library()
    (broken,) = settings.recordings_folder().glob("*.vsim")
    assert library.interrupted.isVisible()
    assert "T-042" in library.interrupted.list.currentText()
    qtbot.mouseClick(library.interrupted.buttons["score"], QtCore.Qt.MouseButton.LeftButton)
    debrief = desktop.window
    assert isinstance(debrief, Debrief)
    assert not debrief.report.complete
    qtbot.mouseClick(debrief.back, QtCore.Qt.MouseButton.LeftButton)

    qtbot.mouseClick(desktop.window.interrupted.buttons["resume"], QtCore.Qt.MouseButton.LeftButton)
    room = desktop.window
    assert isinstance(room, Room)
    qtbot.waitUntil(lambda: room.state is not None and room.case is not None, timeout=PATIENCE_MS)
    assert room.state.tick >= 60
    assert not room.state.planes[0].pedal
    qtbot.mouseClick(room.end_button, QtCore.Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: isinstance(desktop.window, Debrief), timeout=PATIENCE_MS)
    (again,) = set(settings.recordings_folder().glob("*.vsim")) - {broken}
    assert read(again).header["continues"] == read(broken).digest
    assert verify(read(again), room.case).result == "verified"
    assert not desktop.open_library().interrupted.isVisible()


def test_what_is_put_away_is_not_offered_again(desktop: Desktop, qtbot: QtBot) -> None:
    room = in_room(desktop, qtbot)
    qtbot.waitUntil(lambda: room.state.tick > 70, timeout=PATIENCE_MS)
    library = desktop.open_library()
    qtbot.mouseClick(library.interrupted.buttons["set_aside"], QtCore.Qt.MouseButton.LeftButton)
    assert not desktop.window.interrupted.isVisible()
    assert len(settings.load().set_aside) == 1


def test_practice_can_be_paused(desktop: Desktop, qtbot: QtBot) -> None:
    room = in_room(desktop, qtbot)
    qtbot.keyClick(room, KEY.Key_Escape)
    assert room.pause_button.isChecked()
    qtbot.wait(150)
    stood = room.player.session.state.tick
    qtbot.keyClick(room, KEY.Key_X)
    assert "stands still" in room.messages[-1]
    qtbot.wait(150)
    assert room.player.session.state.tick == stood
    qtbot.mouseClick(room.pause_button, QtCore.Qt.MouseButton.LeftButton)
    assert not room.pause_button.isChecked()
    qtbot.waitUntil(lambda: room.player.session.state.tick > stood, timeout=PATIENCE_MS)


def test_the_first_case_is_led_and_later_ones_are_as_the_last(
    desktop_at: Callable[[float], Desktop], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the command line too, unless it says how."""
    opened: list[str] = []
    monkeypatch.setattr(Desktop, "open_case", lambda *what: opened.append(what[-1]))
    monkeypatch.setattr(QtWidgets.QApplication, "exec", lambda *_: 0)
    for kept, asked in (("", ""), ("examination", ""), ("examination", "practice")):
        if kept:
            settings.save(replace(settings.load(), mode=kept))
        desktops.run(cases.find(CASE), trainee="T-1", seed=1, record=None, mode=asked)
    assert opened == ["tutorial", "examination", "practice"]


def test_an_examination_cannot_be_paused(desktop: Desktop, qtbot: QtBot) -> None:
    room = desktop.open_case(cases.find(CASE), "T-1", "examination")
    qtbot.waitUntil(lambda: room.case is not None, timeout=PATIENCE_MS)
    qtbot.keyClick(room, KEY.Key_Escape)
    assert "no pause" in room.messages[-1]
    assert not room.player.paused
    assert not room.pause_button.isVisible()
    qtbot.waitUntil(lambda: room.state.tick > 70, timeout=PATIENCE_MS)
    library = desktop.open_library()
    assert not library.interrupted.buttons["resume"].isEnabled()
    assert library.interrupted.buttons["score"].isEnabled()
    assert library.modes.currentData() == "examination"


def test_a_case_that_cannot_be_played_is_said(
    desktop: Desktop, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise ValueError("this patient is damaged")

    monkeypatch.setattr(desktops, "make_case", broken)
    room = desktop.open_case(cases.find(CASE), "T-1")
    qtbot.waitUntil(lambda: bool(room.findChildren(QtWidgets.QMessageBox)), timeout=PATIENCE_MS)
    (box,) = room.findChildren(QtWidgets.QMessageBox)
    assert "this patient is damaged" in box.text()
    box.close()
    qtbot.waitUntil(lambda: isinstance(desktop.window, Library), timeout=PATIENCE_MS)


def test_drugs_and_tools_by_keys_and_clicks(desktop: Desktop, qtbot: QtBot) -> None:
    room = in_room(desktop, qtbot)
    ctrl, shift = QtCore.Qt.KeyboardModifier.ControlModifier, QtCore.Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(room, KEY.Key_F3)
    assert room.tray.page == "patient"
    assert room.panels["patient"].isVisible()
    chooser = room.panels["patient"].chooser
    chooser.activated.emit(0)
    assert room.hands.drug == chooser.itemData(0)
    while room.hands.drug != "fentanyl":
        qtbot.keyClick(room, KEY.Key_Right, ctrl)
    assert chooser.currentData() == "fentanyl"
    qtbot.keyClick(room, KEY.Key_Return, ctrl)
    qtbot.waitUntil(lambda: "Given: fentanyl, 0.05 mg iv" in room.messages[-1], timeout=PATIENCE_MS)
    assert [drug.name for drug in room.state.body.drugs] == ["fentanyl"]
    qtbot.mouseClick(room.panels["patient"].buttons["ask"], QtCore.Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Legs: both move" in room.messages[-1], timeout=PATIENCE_MS)
    qtbot.keyClick(room, "+", shift)
    qtbot.waitUntil(lambda: room.state.body.oxygen_l_min == 2.0, timeout=PATIENCE_MS)

    qtbot.mouseClick(room.tray.tabs["tools"], QtCore.Qt.MouseButton.LeftButton)
    assert room.tray.page == "tools"
    qtbot.mouseClick(room.panels["tools"].buttons["mark_skin"], QtCore.Qt.MouseButton.LeftButton)
    assert "Click on the frontal picture first" in room.messages[-1]
    qtbot.keyClick(room, KEY.Key_6)
    qtbot.waitUntil(lambda: "Not possible" in room.messages[-1], timeout=PATIENCE_MS)
    assert any(text.startswith("SpO2") for text in room.vitals.texts)


def test_a_pedal_comes_up_whatever_else_is_down(desktop: Desktop, qtbot: QtBot) -> None:
    room = in_room(desktop, qtbot)
    qtbot.keyPress(room, KEY.Key_Space)
    qtbot.waitUntil(lambda: room.state.planes[0].pedal, timeout=PATIENCE_MS)
    qtbot.keyRelease(room, KEY.Key_Space, QtCore.Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: not room.state.planes[0].pedal, timeout=PATIENCE_MS)


@pytest.mark.parametrize("size", [(1280, 800), (2560, 1440)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_clipped(
    case: Case, qapp: QtWidgets.QApplication, qtbot: QtBot, size: tuple[int, int], language: str
) -> None:
    """All buttons show their whole text, and the room in use fits the screen that it is made for."""
    theme.apply(qapp)
    room = Room("a case", settings.Settings(language=language))
    qtbot.addWidget(room)
    room.resize(*size)
    room.show()
    room.operator.case, room.operator.state = case, in_use(case)
    for page, shared in product(TRAY, SHARED):
        room.tray.show_page(page)
        room.places.shared.turn_to(shared)
        room.refresh()
        qapp.processEvents()
        assert (room.width(), room.height()) == size
        for group, panel in room.panels.items():
            for name, button in panel.buttons.items():
                wanted = button.fontMetrics().horizontalAdvance(button.text()) + 8
                assert group in (*TRAY, *SHARED) or button.width() >= wanted, name
                assert not panel.isVisible() or button.width() >= wanted, name
    room.room_view._probe = lambda: False
    room.own["room_view"]()
    qapp.processEvents()
    assert room.room_view.isVisible()
    assert (room.width(), room.height()) == size
    assert room.monitors["A"].width() >= 300


@cache
def in_use(case: Case) -> State:
    """A state with as much to read off as there can be: a needle, a balloon under pressure, cement."""
    state, _ = step(case, initial_state(case), [c.PunctureSkin("left", -25.0, 0.0, 15.0, 5.0), c.MixCement()])
    balloon = Balloon("left", case.balloon, (0.0, 0.0, 0.0), (0.0, -20.0, 0.0), volume_ml=3.9, pressure_kpa=4700.0)
    return replace(state, balloons=(balloon, None), anaesthetic_ml=(60.0, 60.0))


def test_without_a_display_the_demo_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from simulator.cli import main

    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert main(["play", CASE]) == 2
    assert "vertebrosim demo" in capsys.readouterr().err
    existing = tmp_path / "there.vsim"
    existing.write_bytes(b"")
    assert main(["play", CASE, "--mode", "exam"]) == 2
    assert "choose one of tutorial, practice, examination" in capsys.readouterr().err
    assert main(["play", CASE, "--record", str(existing)]) == 2
    assert "never overwritten" in capsys.readouterr().err

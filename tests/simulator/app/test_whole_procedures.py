"""Whole procedures at the window, by an expert whose hands are keys, buttons and mouse; scored and verified."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest
from PySide6 import QtCore
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from scenarios import cases
from simulator.app import settings
from simulator.app.debrief.window import Debrief
from simulator.app.desktop import Desktop
from simulator.app.library.window import Library
from simulator.app.procedure.room import Room
from simulator.assessment.score import score
from simulator.assessment.trainees.access import Operator
from simulator.assessment.trainees.care import Carer
from simulator.assessment.trainees.eyes import Eyes
from simulator.assessment.trainees.procedure import treat
from simulator.assessment.trainees.skill import SKILLS
from simulator.cli import main
from simulator.engine import replay as replaying
from simulator.engine.recording import read
from simulator.engine.state import TICK_HZ
from tests.conftest import coarse_patient_of
from tests.simulator.app.window_hands import WindowHands

PATIENCE_MS = 120_000


@pytest.fixture
def desktop(desktop_at: Callable[[float], Desktop], monkeypatch: pytest.MonkeyPatch) -> Desktop:
    """As fast as this machine plays; recordings are played again with coarse patients too."""
    case_of = replaying.case_of
    monkeypatch.setattr(replaying, "case_of", lambda recording: case_of(recording, patient_of=coarse_patient_of))
    return desktop_at(12.0)


@pytest.mark.slow
@pytest.mark.parametrize("case_id", ["kyphoplasty-l1-wedge", "vertebroplasty-t12"])
def test_a_whole_procedure_at_the_window(
    desktop: Desktop, qtbot: QtBot, case_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    library = desktop.open_library()
    library.search.setText(cases.find(case_id).title)
    library.trainee.setText("T-007")
    library.modes.setCurrentIndex(library.modes.findData("examination"))
    library.consent.setChecked(True)
    QTest.mouseClick(library.start, QtCore.Qt.MouseButton.LeftButton)
    room = desktop.window
    assert isinstance(room, Room)
    qtbot.waitUntil(lambda: room.case is not None, timeout=PATIENCE_MS)
    assert room.case is not None
    assert room.case.scenario.id == case_id

    skill = SKILLS["expert"]
    hands = WindowHands(room, Carer(skill))
    treat(Operator(room.case, hands, Eyes(room.case, skill, room.case.seed), skill))
    qtbot.waitUntil(lambda: isinstance(desktop.window, Debrief), timeout=PATIENCE_MS)
    debrief = desktop.window
    assert isinstance(debrief, Debrief)
    (kept,) = settings.recordings_folder().glob("*.vsim")
    recording = read(kept)
    report = score(recording)
    done = f"{hands.keys_pressed} keys, {hands.clicks} clicks, {recording.last_tick / TICK_HZ:.0f} s"
    assert recording.header["mode"] == "examination"
    assert debrief.report == report
    assert report.passed, report
    assert report.total is not None
    assert report.total >= 85.0
    refused = [event["why"] for event in recording.of_kind("event") if event["kind"] == "refused"]
    assert len(refused) < 10, refused

    with capsys.disabled():
        sys.stdout.write(f"\n{case_id}: {report.total:.1f} points, {done}\n")
    assert main(["score", str(kept), "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["total"], said["trainee"]) == (report.total, "T-007")
    assert main(["verify", str(kept)]) == 0
    assert "verified" in capsys.readouterr().out
    QTest.mouseClick(debrief.back, QtCore.Qt.MouseButton.LeftButton)
    assert isinstance(desktop.window, Library)

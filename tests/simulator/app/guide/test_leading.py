"""The guide in the room, by keys: tutorial, practice, examination."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6 import QtCore, QtWidgets
from pytestqt.qtbot import QtBot

from scenarios import cases
from simulator.app import settings, theme
from simulator.app.debrief.window import Debrief
from simulator.app.desktop import Desktop
from simulator.app.guide import tutor
from simulator.app.guide.going_back import Playing
from simulator.app.guide.leading import Leading
from simulator.app.guide.tutor import GuidedSession
from simulator.app.guide.view_steps import ITEMS
from simulator.app.procedure.room import Room
from simulator.app.sessions.player import Update
from simulator.app.wording import LANGUAGES
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.recording import read
from simulator.engine.replay import verify
from simulator.engine.screens import Screens
from simulator.engine.step import step

KEY, CTRL = QtCore.Qt.Key, QtCore.Qt.KeyboardModifier.ControlModifier
CASE = "kyphoplasty-l1-wedge"
PATIENCE_MS = 90_000


def opened(desktop: Desktop, qtbot: QtBot, mode: str) -> tuple[Room, Leading]:
    room = desktop.open_case(cases.find(CASE), "T-1", mode)
    qtbot.waitUntil(lambda: room.case is not None and room.state is not None, timeout=PATIENCE_MS)
    lead = room.own["hint"].__self__  # type: ignore[attr-defined]
    assert isinstance(lead, Leading)
    return room, lead


def test_a_tutorial_leads_and_a_step_is_begun_anew(
    desktop: Desktop, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tutor, "JUST_BEGUN_S", 1e6)  # however slow this machine is, back to the step before
    room, lead = opened(desktop, qtbot, "tutorial")
    qtbot.waitUntil(lambda: lead.guide is not None, timeout=PATIENCE_MS)
    assert room.places.tray.other is lead.page
    assert lead.page.isVisible()
    for number in range(len(ITEMS)):
        assert lead.page.title.text() == "Time-out"
        assert "MRI: oedema of L1" in lead.page.text.toPlainText()
        qtbot.keyClick(room, KEY.Key_K, CTRL)
        qtbot.waitUntil(lambda n=number: len(lead.guide.seen.checked) > n, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: lead.page.title.text() == "Antibiotic", timeout=PATIENCE_MS)
    assert lead.strip.words.startswith("2/37  Antibiotic:  cefazolin has not been given")
    room.operator.give(c.GiveDrug("cefazolin", 2.0, "g"), c.SetOxygen(2.0))
    qtbot.waitUntil(lambda: lead.guide.step.name == "count", timeout=PATIENCE_MS)
    tick_of_count = room.player.session.begun[-1].mark.state.tick

    qtbot.keyClick(room, KEY.Key_X)
    qtbot.waitUntil(lambda: room.monitors["A"].grey is not None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: lead.guide.step.name == "frontal", timeout=PATIENCE_MS)
    kinds = {line.kind for line in lead.lines["A"].lines}
    assert {"corridor", "pedicle", "endplate", "skin", "level"} <= kinds
    room.activateWindow()
    with_lines = room.monitors["A"].grab().toImage()
    qtbot.keyClick(room, KEY.Key_O, CTRL)
    assert not lead.page.buttons["guide_lines"].isChecked()
    assert room.monitors["A"].grab().toImage() != with_lines
    qtbot.keyClick(room, KEY.Key_O, CTRL)
    assert room.monitors["A"].grab().toImage() == with_lines

    first = next(iter(settings.recordings_folder().glob("*.vsim")))
    qtbot.keyClick(room, KEY.Key_Z, CTRL)
    assert "Back at the beginning of: Find and count the level" in room.messages[-1]
    assert room.monitors["A"].grey is None, "the picture of later is gone"
    assert lead.guide.step.name == "count"
    qtbot.waitUntil(lambda: room.state.tick > tick_of_count + 70, timeout=PATIENCE_MS)
    assert not room.state.planes[0].exposures
    qtbot.keyClick(room, KEY.Key_X)
    qtbot.waitUntil(lambda: room.monitors["A"].grey is not None, timeout=PATIENCE_MS)
    assert np.ptp(room.monitors["A"].grey) > 100

    room.end()
    qtbot.waitUntil(lambda: isinstance(desktop.window, Debrief), timeout=PATIENCE_MS)
    (second,) = set(settings.recordings_folder().glob("*.vsim")) - {first}
    recording = read(second)
    assert recording.complete
    assert verify(recording, room.case).result == "verified"
    assert recording.header["continues"] == read(first).digest
    assert not desktop.open_library().interrupted.isVisible()


def test_practice_has_hints_that_are_counted_and_no_more(desktop: Desktop, qtbot: QtBot) -> None:
    room, lead = opened(desktop, qtbot, "practice")
    for number in (1, 2):
        qtbot.keyClick(room, KEY.Key_T, CTRL)
        assert room.messages[-1].startswith(f"Hint {number}: Time-out. 6 items are still to be confirmed")
        qtbot.waitUntil(lambda n=number: lead.guide.seen.hints == n, timeout=PATIENCE_MS)
    for key, words in (
        (KEY.Key_G, "only through the tutorial"), (KEY.Key_O, "only in the tutorial"),
        (KEY.Key_Z, "Only in the tutorial"),
    ):  # fmt: skip
        qtbot.keyClick(room, key, CTRL)
        assert words in room.messages[-1]
    for item in ITEMS:  # what a hint asks for can be done
        qtbot.keyClick(room, KEY.Key_K, CTRL)
        qtbot.waitUntil(lambda one=item: one in lead.guide.seen.checked, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: lead.guide.step.name == "antibiotic", timeout=PATIENCE_MS)
    assert room.monitors["A"].overlay is None
    assert room.places.tray.other is None
    room.end()
    qtbot.waitUntil(lambda: isinstance(desktop.window, Debrief), timeout=PATIENCE_MS)
    (kept,) = settings.recordings_folder().glob("*.vsim")
    assert [row["about"] for row in read(kept).rows if row.get("kind") == "hint_asked"] == ["time_out"] * 2
    said = " ".join(label.text() for label in desktop.window.findChildren(QtWidgets.QLabel))
    assert "Hints asked: 2." in said


def test_an_examination_has_none_of_it_and_says_so(desktop: Desktop, qtbot: QtBot) -> None:
    room, _ = opened(desktop, qtbot, "examination")
    assert not isinstance(room.player.session, GuidedSession)
    for key, words in (
        (KEY.Key_T, "An examination gives no hints."), (KEY.Key_G, "An examination gives no hints."),
        (KEY.Key_O, "only in the tutorial"), (KEY.Key_Z, "Only in the tutorial"), (KEY.Key_K, "said aloud"),
    ):  # fmt: skip
        qtbot.keyClick(room, key, CTRL)
        assert words in room.messages[-1]
    assert room.monitors["A"].overlay is None
    tick = room.state.tick
    qtbot.waitUntil(lambda: room.state.tick > tick + 30, timeout=PATIENCE_MS)
    commands = [line for line in room.player.session.recorder.lines if b'"row":"command"' in line]
    assert commands == []


def test_a_paused_patient_is_asked_nothing(desktop: Desktop, qtbot: QtBot) -> None:
    room, _ = opened(desktop, qtbot, "tutorial")
    qtbot.keyClick(room, KEY.Key_Escape)
    assert room.pause_button.isChecked()
    qtbot.keyClick(room, KEY.Key_K, CTRL)
    assert "stands still" in room.messages[-1]
    qtbot.keyClick(room, KEY.Key_Escape)


def test_keys_that_are_bound_anew_are_named_at_once(desktop: Desktop, qtbot: QtBot) -> None:
    room, lead = opened(desktop, qtbot, "tutorial")
    qtbot.waitUntil(lambda: "[Ctrl+K]" in lead.page.text.toPlainText(), timeout=PATIENCE_MS)
    room.rebind({"check_off": "F"})
    assert "[F]" in lead.page.text.toPlainText()


def test_there_is_nothing_to_go_back_in_before_it_has_begun(case: Case, qtbot: QtBot, tmp_path: object) -> None:
    room = Room("a case", settings.Settings(), "tutorial")
    qtbot.addWidget(room)
    playing = Playing(lambda: (_ for _ in ()).throw(ValueError("not built")), settings.new_recording("x", "y"))
    assert not playing.step_back(room, 1.0)


@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("language", LANGUAGES)
def test_monitors_keep_their_size_beside_the_guide(
    case: Case, qapp: QtWidgets.QApplication, qtbot: QtBot, language: str, scale: float
) -> None:
    """At 1280 x 800 pictures are as large as in practice, but for a few pixels; no button of the page is cut."""
    theme.apply(qapp, scale)
    heights: dict[str, int] = {}
    for mode in ("practice", "tutorial"):
        chosen = settings.Settings(language=language)
        room = Room("a case", chosen, mode)
        qtbot.addWidget(room)
        session = GuidedSessionStandIn(case)
        lead = Leading(room, chosen, guide_of=lambda s=session: s.guide)
        room.resize(1280, 800)
        room.show()
        room.follow(case, Update(session.state))
        for _ in range(3):
            qapp.processEvents()
            room.refresh()
        heights[mode] = room.monitors["A"].height()
        assert scale > 1.0 or (room.width(), room.height()) == (1280, 800)
        if mode == "tutorial":
            assert lead.page.isVisible()
            for name, button in lead.page.buttons.items():
                wanted = button.fontMetrics().horizontalAdvance(button.text()) + 8
                assert button.width() >= wanted, name
            message = room.places.message
            room.tell("word " * int(1.4 * message.width() / message.fontMetrics().horizontalAdvance("word ")))
            room.refresh()
            qapp.processEvents()
            assert not lead.strip.isVisible(), "a long message has the place of both"
            assert room.monitors["A"].height() >= heights[mode] - message.fontMetrics().lineSpacing()
        else:
            assert lead.hint_button.isVisible()
    assert heights["tutorial"] >= heights["practice"] - 8
    theme.apply(qapp)


class GuidedSessionStandIn:
    """A guide and a state with a picture taken, without a player."""

    def __init__(self, case: Case) -> None:
        from simulator.app.guide.guide import Guide

        self.guide, self.state = Guide.of(case), initial_state(case)
        for commands in ([c.Expose("A")], [c.Expose("B")]):
            self.state, events = step(case, self.state, commands)
            self.guide = self.guide.after(self.state, events)


def test_screens_forget_what_was_exposed_later(case: Case) -> None:
    screens = Screens(case)
    state, events = step(case, initial_state(case), [c.PressPedal("A")])
    assert screens.exposed(state, events)
    released, _ = step(case, state, [c.ReleasePedal("A")])
    screens.forget()
    assert screens.held(released) == {}
    with pytest.raises(ValueError, match="expos"):
        screens.redrawn("A")

"""The pause of the alarms' sound: two minutes of the patient's time, seen on the monitor, in every mode."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6 import QtCore, QtWidgets
from pytestqt.qtbot import QtBot

from simulator.app import theme
from simulator.app.comfort import Comfort
from simulator.app.procedure.room import Room
from simulator.app.sessions.player import Update
from simulator.app.settings import Settings
from simulator.app.sound.alarm_pause import PAUSE_S, AlarmPause
from simulator.app.sound.cues import Sounding
from simulator.app.wording import Wording
from simulator.engine.case import Case, initial_state
from simulator.engine.patient.vitals import Vitals
from simulator.engine.state import TICK_HZ, State

KEY, MOD, LEFT = QtCore.Qt.Key, QtCore.Qt.KeyboardModifier, QtCore.Qt.MouseButton.LeftButton


def test_a_pause_ends_by_itself_or_by_its_button() -> None:
    assert AlarmPause().left_s(1000) == 0.0
    pause = AlarmPause().pressed(1000)
    assert pause.left_s(1000) == PAUSE_S
    assert pause.left_s(1000 + 30 * TICK_HZ) == PAUSE_S - 30.0
    last = 1000 + round(PAUSE_S * TICK_HZ)
    assert pause.left_s(last - 1) > 0.0
    assert pause.left_s(last) == 0.0
    assert pause.pressed(2000) == AlarmPause()
    assert pause.pressed(last).left_s(last) == PAUSE_S, "over, so the next press begins one"
    assert pause.left_s(900) == 0.0, "a session that was taken back has no pause yet"


class Heard:
    """A speaker that only listens."""

    def __init__(self) -> None:
        self.failed = ""
        self.alarms, self.was_cut = 0, list[str]()

    def sound(self, sounding: Sounding) -> None:
        self.alarms += sum(cue.sound == "alarm" for cue in sounding.once)

    def cut(self, name: str) -> None:
        self.was_cut.append(name)

    def hush(self) -> None: ...


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture(params=["practice", "examination"])
def room(
    request: pytest.FixtureRequest, qtbot: QtBot, qapp: QtWidgets.QApplication, case: Case, heard: Heard
) -> Iterator[Room]:
    theme.apply(qapp)
    comfort = Comfort(Settings(gamepad=False), lambda _settings: None, lambda: None)
    made = Room("a case", Settings(), request.param)
    qtbot.addWidget(made)
    comfort.furnish(made).sounds._speaker = heard  # type: ignore[assignment]
    made.show()
    made.follow(case, Update(ill(case, 0)))
    yield made
    made.close()
    comfort.close()


def ill(case: Case, tick: int) -> State:
    """Too little oxygen at a tick."""
    return replace(initial_state(case), tick=tick, vitals=Vitals(saturation_percent=80.0))


def alarms(room: Room, case: Case, heard: Heard, first: int, last: int) -> int:
    """Let time pass; how many alarms were heard."""
    before = heard.alarms
    for tick in range(first, last, 30):
        room.follow(case, Update(ill(case, tick)))
    return heard.alarms - before


def test_alarms_are_silent_for_two_minutes_and_still_seen(
    room: Room, case: Case, heard: Heard, qtbot: QtBot
) -> None:
    say, vitals = Wording(), room.vitals
    assert alarms(room, case, heard, 30, 1200) >= 2
    qtbot.keyClick(room, KEY.Key_U, MOD.ControlModifier | MOD.ShiftModifier)
    assert room.messages[-1] == say("alarm.paused", minutes="2")
    assert (vitals.silent_s, vitals.texts[0]) == (120, "alarms silent for 2:00")
    end = 1170 + 120 * TICK_HZ
    assert alarms(room, case, heard, 1200, end) == 0
    assert vitals.silent_s == 1
    assert any(say("monitor.low") in text for text in vitals.texts), "the number still says so"
    assert alarms(room, case, heard, end, end + 60) == 1
    assert vitals.silent_s == 0
    assert not any("silent" in text for text in vitals.texts)


def test_the_bell_on_the_monitor_is_the_button(room: Room, case: Case, heard: Heard, qtbot: QtBot) -> None:
    at = room.vitals.bell().center().toPoint()
    qtbot.mouseClick(room.vitals, LEFT, pos=at)
    assert room.vitals.silent_s == 120
    assert heard.was_cut == ["alarm"], "what sounds now stops"
    assert alarms(room, case, heard, 30, 90) == 0
    qtbot.mouseClick(room.vitals, LEFT, pos=at)
    assert room.vitals.silent_s == 0
    assert alarms(room, case, heard, 90, 120) == 1
    qtbot.mouseClick(room.vitals, LEFT, pos=QtCore.QPoint(10, 10))
    assert room.vitals.silent_s == 0, "only the bell"


def test_time_that_stands_still_uses_up_no_pause(room: Room, qtbot: QtBot) -> None:
    qtbot.keyClick(room, KEY.Key_U, MOD.ControlModifier | MOD.ShiftModifier)
    for _ in range(50):
        room.refresh()
    assert room.vitals.silent_s == 120

"""The syringe's handle under the mouse, in room and replay; the place that it shares with the cement."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from PySide6 import QtCore, QtGui, QtWidgets
from pytestqt.qtbot import QtBot

from simulator.app import theme
from simulator.app.debrief.syringe_strip import SyringeStrip
from simulator.app.procedure.room import Room
from simulator.app.procedure.syringe_view import SyringeView
from simulator.app.sessions.player import Update
from simulator.app.settings import Settings
from simulator.app.wording import LANGUAGES, Wording
from simulator.devices.manometer import TURN_ML
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.commands import Command
from tests.simulator.app.hands.test_syringe import with_balloon
from tests.simulator.app.opened import Played

LEFT, KEY, MOD = QtCore.Qt.MouseButton.LeftButton, QtCore.Qt.Key, QtCore.Qt.KeyboardModifier


def room_of(case: Case, qtbot: QtBot, qapp: QtWidgets.QApplication, size: tuple[int, int] = (1280, 800)) -> Room:
    theme.apply(qapp)
    room = Room("a case", Settings())
    qtbot.addWidget(room)
    room.operator.player = Played()  # type: ignore[assignment]
    room.resize(*size)
    room.show()
    room.follow(case, Update(with_balloon(case, 1.0, 1.0)))
    qapp.processEvents()
    return room


def around(view: SyringeView, by_deg: float) -> None:
    """Drag around the handle from straight up, clockwise positive, in steps of five degrees."""
    middle, radius = 0.5 * view.height(), 0.7 * (0.5 * view.height() - 7.0)
    angles = [math.radians(math.copysign(at, by_deg)) for at in range(0, round(abs(by_deg)) + 1, 5)]
    places = [QtCore.QPointF(middle + radius * math.sin(a), middle - radius * math.cos(a)) for a in angles]
    for at, place in enumerate([*places, places[-1]]):
        last = at == len(places)
        kind = QtCore.QEvent.Type.MouseMove if at else QtCore.QEvent.Type.MouseButtonPress
        kind = QtCore.QEvent.Type.MouseButtonRelease if last else kind
        held = QtCore.Qt.MouseButton.NoButton if last else LEFT
        button = QtCore.Qt.MouseButton.NoButton if 0 < at < len(places) else LEFT
        event = QtGui.QMouseEvent(kind, place, view.mapToGlobal(place), button, held, MOD.NoModifier)
        QtWidgets.QApplication.sendEvent(view, event)


def notches(view: SyringeView, count: int, held: QtCore.Qt.KeyboardModifier = MOD.NoModifier) -> None:
    """Turn the wheel over the handle."""
    at = QtCore.QPointF(view.rect().center())
    event = QtGui.QWheelEvent(
        at, view.mapToGlobal(at), QtCore.QPoint(), QtCore.QPoint(0, 120 * count),
        QtCore.Qt.MouseButton.NoButton, held, QtCore.Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QtWidgets.QApplication.sendEvent(view, event)
    assert event.isAccepted(), "the room would scroll"


def given(room: Room) -> list[Command]:
    """What the session was told since this was asked last."""
    told, room.player.given = room.player.given, []  # type: ignore[union-attr]
    return told


@pytest.mark.parametrize(("by_deg", "turns"), [(90.0, 0.25), (360.0, 1.0), (540.0, 1.5), (10.0, 0.0)])
def test_dragging_around_the_handle_gives_its_turns(
    case: Case, qtbot: QtBot, qapp: QtWidgets.QApplication, by_deg: float, turns: float
) -> None:
    room = room_of(case, qtbot, qapp)
    around(room.places.syringe, by_deg)
    told = given(room)
    assert all(isinstance(command, c.Inflate) and command.side == "left" for command in told)
    assert sum(command.volume_ml for command in told) == pytest.approx(turns * TURN_ML)  # type: ignore[union-attr]


def test_turned_back_it_takes_what_was_given(case: Case, qtbot: QtBot, qapp: QtWidgets.QApplication) -> None:
    room = room_of(case, qtbot, qapp)
    around(room.places.syringe, -90.0)
    told = given(room)
    assert all(isinstance(command, c.DrawContrastBack) and command.side == "left" for command in told)
    assert sum(command.volume_ml for command in told) == pytest.approx(0.25 * TURN_ML)  # type: ignore[union-attr]
    notches(room.places.syringe, -1)
    qtbot.keyClick(room, KEY.Key_J, MOD.ControlModifier)
    assert given(room) == [c.DrawContrastBack("left", 0.25 * TURN_ML)] * 2


def test_the_wheel_and_keys_turn_quarters_and_wholes(
    case: Case, qtbot: QtBot, qapp: QtWidgets.QApplication
) -> None:
    room = room_of(case, qtbot, qapp)
    notches(room.places.syringe, 1)
    qtbot.keyClick(room, KEY.Key_J, MOD.ShiftModifier)
    assert given(room) == [c.Inflate("left", 0.25 * TURN_ML)] * 2
    notches(room.places.syringe, 1, MOD.ControlModifier)
    qtbot.keyClick(room, KEY.Key_U, MOD.ShiftModifier)
    assert given(room) == [c.Inflate("left", TURN_ML)] * 2
    room.follow(case, Update(with_balloon(case, 1.0, 1.4)))
    qtbot.keyClick(room, KEY.Key_U, MOD.ShiftModifier)
    assert (given(room), room.messages[-1]) == ([], Wording()("syringe.stiff"))
    around(room.places.syringe, 90.0)
    assert given(room) == [], "the hand slips"


def test_the_latch_is_seen_and_said(case: Case, qtbot: QtBot, qapp: QtWidgets.QApplication) -> None:
    room, say = room_of(case, qtbot, qapp), Wording()
    assert say("syringe.closed") in room.places.syringe.texts
    qtbot.mouseClick(room.panels["balloon"].buttons["latch"], LEFT)
    assert given(room) == [c.Deflate("left")]
    assert say("syringe.open") in room.places.syringe.texts
    for do in (lambda: qtbot.keyClick(room, KEY.Key_I), lambda: around(room.places.syringe, 90.0)):
        do()
        assert (given(room), room.messages[-1]) == ([], say("syringe.latch_is_open"))
        room.tell("")


def test_nothing_is_turned_in_a_pause(case: Case, qtbot: QtBot, qapp: QtWidgets.QApplication) -> None:
    room = room_of(case, qtbot, qapp)
    room.player.paused = True  # type: ignore[union-attr]
    around(room.places.syringe, 90.0)
    assert (given(room), room.messages[-1]) == ([], Wording()("room.paused"))


def test_the_handle_drawn_turns_with_the_volume(qtbot: QtBot) -> None:
    view = SyringeView(Wording())
    qtbot.addWidget(view)
    view.resize(view.sizeHint())
    drawn = []
    for volume_ml in (1.0, 1.0 + 0.25 * TURN_ML, 1.0 + TURN_ML):
        view.show_syringe(volume_ml, volume_ml, is_open=False)
        drawn.append(view.grab(QtCore.QRect(0, 0, view.height(), view.height())).toImage())
    assert drawn[0] != drawn[1]
    assert drawn[0] == drawn[2], "a whole turn looks like none"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_its_texts_are_never_clipped(
    qtbot: QtBot, qapp: QtWidgets.QApplication, language: str, scale: float
) -> None:
    """Each beside the handle in the room, and two syringes in the replay's half of a small screen."""
    theme.apply(qapp, scale)
    view, strip = SyringeView(Wording(language)), SyringeStrip(Wording(language))
    for widget in (view, strip):
        qtbot.addWidget(widget)
    view.resize(view.minimumSizeHint())
    for volume_ml, is_open in ((None, False), (5.9, False), (5.9, True)):
        view.show_syringe(volume_ml, 6.0, is_open=is_open)
        for text in view.texts:
            assert view.height() + 8 + view.fontMetrics().horizontalAdvance(text) <= view.width(), text
    for label in strip.read.values():
        label.setText("6.0 ml\n700 psi")
    assert strip.minimumSizeHint().width() <= 760
    theme.apply(qapp)


def test_the_replay_s_syringes_follow_the_state(case: Case, qtbot: QtBot) -> None:
    strip = SyringeStrip(Wording())
    qtbot.addWidget(strip)
    state = with_balloon(case, 1.25, 1.5)
    strip.follow(replace(state, balloons=(replace(state.balloons[0], pressure_kpa=689.4757), None)))
    assert strip.views["left"].texts == ["left", "2.50 turns"]
    assert strip.read["left"].text() == "1.2 ml\n100 psi"
    assert strip.views["right"].texts == ["right", Wording()("syringe.none")]
    strip.follow(initial_state(case))
    assert strip.views["left"].volume_ml is None
    assert strip.read["left"].text() == ""


def test_balloon_and_cement_share_a_place_where_there_is_too_little(
    case: Case, qtbot: QtBot, qapp: QtWidgets.QApplication
) -> None:
    room = room_of(case, qtbot, qapp)
    shared, balloon, cement = room.places.shared, room.panels["balloon"], room.panels["cement"]
    assert (shared.is_tabbed, balloon.isVisible(), cement.isVisible()) == (True, True, False)
    qtbot.keyClick(room, KEY.Key_M)
    assert (balloon.isVisible(), cement.isVisible()) == (False, True), "what is in hand is shown"
    qtbot.keyClick(room, KEY.Key_F1, MOD.ShiftModifier)
    assert (balloon.isVisible(), cement.isVisible()) == (True, False)
    qtbot.mouseClick(shared.tabs["cement"], LEFT)
    assert cement.isVisible()
    room.resize(1280, 1200)
    qtbot.waitUntil(lambda: balloon.isVisible() and cement.isVisible())
    assert not shared.tabs["cement"].isVisible()
    room.resize(1280, 800)
    qtbot.waitUntil(lambda: (room.height(), balloon.isVisible(), cement.isVisible()) == (800, False, True))


def test_a_vertebroplasty_has_no_syringe(
    vertebroplasty_case: Case, qtbot: QtBot, qapp: QtWidgets.QApplication
) -> None:
    theme.apply(qapp)
    room = Room("a case", Settings())
    qtbot.addWidget(room)
    room.show()
    room.follow(vertebroplasty_case, Update(initial_state(vertebroplasty_case)))
    assert not room.panels["balloon"].isVisible()
    assert room.panels["cement"].isVisible()
    qtbot.keyClick(room, KEY.Key_F1, MOD.ShiftModifier)
    assert not room.panels["balloon"].isVisible()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lines", [3, 6])
def test_what_is_written_beside_the_handle_has_room(qtbot: QtBot, language: str, lines: int) -> None:
    view = SyringeView(Wording(language), lines)
    qtbot.addWidget(view)
    for volume_ml in (None, 4.6):
        view.show_syringe(volume_ml, 4.6, is_open=None)
        widest = max(view.fontMetrics().horizontalAdvance(text) for text in view.texts)
        assert view.minimumSizeHint().width() >= view.minimumSizeHint().height() + widest

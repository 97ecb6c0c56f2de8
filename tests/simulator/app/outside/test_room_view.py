"""The room from outside: bodies where the state has them; a picture, or a sentence why there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6 import QtCore
from pytestqt.qtbot import QtBot

from simulator.app.outside import gl_probe
from simulator.app.outside.gl_probe import can_draw, why_not
from simulator.app.outside.room_scene import HUB, INK, STEEL, Rod, bodies, isocentre_mm
from simulator.app.outside.room_view import RoomView
from simulator.app.outside.skin_marks import PEN_MM, laid, pen_marks, skin_place
from simulator.app.wording import Wording
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.state import MarkKind, State
from simulator.engine.step import step


@pytest.fixture
def punctured(case: Case) -> State:
    """A state with a cannula in the back."""
    return step(case, initial_state(case), [c.PunctureSkin("left", -25.0, 0.0, 15.0, 5.0)])[0]


def test_a_cannula_stands_from_its_hub_to_its_tip(case: Case, punctured: State) -> None:
    assert not [b for b in bodies(case, initial_state(case)) if b.colour in (STEEL, HUB)]
    (shaft,) = [b for b in bodies(case, punctured) if b.colour == STEEL]
    needle = punctured.needle("left")
    assert needle is not None
    assert isinstance(shaft, Rod)
    assert shaft.points_mm == pytest.approx(np.array([needle.hub_mm, needle.tip_mm]))
    assert shaft.points_mm[0][1] < shaft.points_mm[1][1], "the hub is above a prone patient's back"


def test_a_carm_has_tube_and_panel_at_either_end_of_its_beam(case: Case) -> None:
    state = initial_state(case)
    view = case.view(state, state.planes[0])
    tube, panel, arc = bodies(case, state)[:3]
    assert isinstance(tube, Rod)
    assert isinstance(panel, Rod)
    assert isinstance(arc, Rod)
    way = view.direction_patient
    assert (panel.points_mm[0] - view.source_patient_mm) @ way == pytest.approx(view.source_to_detector_mm)
    assert np.linalg.norm(arc.points_mm - isocentre_mm(case, state), axis=1).min() > 300.0, "nobody is in its way"


def test_the_isocentre_moves_against_the_table(case: Case) -> None:
    state = initial_state(case)
    x, y, z = state.table.shift_mm
    moved = replace(state, table=replace(state.table, shift_mm=(x + 40.0, y, z)))
    assert np.linalg.norm(isocentre_mm(case, moved) - isocentre_mm(case, state)) == pytest.approx(40.0)


def test_without_opengl_the_view_says_so(case: Case, punctured: State, qtbot: QtBot) -> None:
    view = RoomView(Wording(), probe=lambda: False)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitUntil(lambda: view.works is False)
    view.follow(case, punctured)
    assert view.image is None
    view.grab()


def test_a_view_that_fails_is_off_and_nothing_else(
    case: Case, punctured: State, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no render window")

    view = RoomView(Wording(), probe=lambda: True)
    monkeypatch.setattr(view, "_place", broken)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitUntil(lambda: view.works is True)
    view.follow(case, punctured)
    assert view.works is False
    assert "RuntimeError: no render window" in view.told


def test_the_room_is_drawn_and_turns(case: Case, punctured: State, qtbot: QtBot) -> None:
    if not can_draw():
        pytest.skip("no OpenGL here")
    view = RoomView(Wording())
    qtbot.addWidget(view)
    view.resize(240, 200)
    view.show()
    view.follow(case, punctured)
    qtbot.waitUntil(lambda: view.image is not None, timeout=90_000)
    first = view.image
    assert first.shape == (200, 240, 3)
    assert first.std() > 20.0
    view.follow(case, replace(punctured, tick=100))
    assert view.image is first, "nothing moved, nothing is drawn"
    qtbot.mousePress(view, QtCore.Qt.MouseButton.LeftButton, pos=QtCore.QPoint(100, 100))
    qtbot.mouseMove(view, QtCore.QPoint(160, 100))
    qtbot.waitUntil(lambda: view.image is not first)
    turned = view.image
    assert differing(first, turned) > 0.1, "it was walked around at once, not with the next picture"
    view._near = 2.0
    view._redraw()
    assert differing(turned, view.image) > 0.1
    view._turn, near = 0.0, view.image
    view.follow(case, replace(punctured, tick=100), ((-25.0, 0.0), None))
    assert view.image is not near, "a pen is seen at once, also while time stands still"
    unmarked = RoomView(Wording(), probe=lambda: True)
    qtbot.addWidget(unmarked)
    unmarked.resize(240, 200)
    unmarked._near = 2.0
    unmarked.show()
    qtbot.waitUntil(lambda: unmarked.works is True)
    unmarked.follow(case, punctured)
    assert 0.0 < differing(unmarked.image, view.image) < 0.01, "a small cross, and nothing else"
    for one in (view, unmarked):
        one.close_view()


def differing(one: np.ndarray, other: np.ndarray) -> float:
    """Share of pixels that differ clearly."""
    return float(np.mean(np.abs(one.astype(int) - other).max(axis=2) > 20))


def test_a_pen_s_cross_ends_at_the_body_s_side(case: Case) -> None:
    """However far out a point lies, no arm leaps through the air."""
    shorter = 0
    for x_mm in range(0, 260, 4):
        for mark in pen_marks(case, ((float(x_mm), 0.0),)):
            assert np.ptp(mark.points_mm[:, 1]) < 4.0 * PEN_MM
            shorter += len(mark.points_mm) < 5
    assert shorter


def test_a_pen_s_cross_lies_on_the_skin(case: Case) -> None:
    marks = pen_marks(case, ((-25.0, 5.0), None))
    assert [mark.colour for mark in marks] == [INK, INK]
    along, across = sorted(marks, key=lambda mark: float(np.ptp(mark.points_mm[:, 0])))
    assert np.ptp(along.points_mm[:, 2]) == pytest.approx(2.0 * PEN_MM)
    assert np.ptp(across.points_mm[:, 0]) == pytest.approx(2.0 * PEN_MM)
    for mark in marks:
        middle = mark.points_mm[2]
        assert middle[[0, 2]] == pytest.approx([-25.0, 5.0], abs=0.5)
        for point in mark.points_mm:
            assert point == pytest.approx(skin_place(case.patient, point[0], point[2]), abs=0.5)


@pytest.mark.parametrize(("kind", "rods", "long_mm"), [("ring", 1, 17.0), ("cross", 2, 20.0), ("wire", 1, 150.0)])
def test_a_marker_lies_where_the_state_has_it(case: Case, kind: MarkKind, rods: int, long_mm: float) -> None:
    state, _ = step(case, initial_state(case), [c.MarkSkin(-25.0, 0.0, kind)])
    assert state.skin_mark is not None
    found = laid(state)
    assert len(found) == rods
    points = np.concatenate([rod.points_mm for rod in found])
    assert np.linalg.norm(points.max(axis=0) - points.min(axis=0)) >= 0.99 * long_mm
    middle = np.array(state.skin_mark.at_mm)
    assert 0.5 * (points.max(axis=0) + points.min(axis=0)) == pytest.approx(middle, abs=0.2)
    assert (points - middle) @ np.array(state.skin_mark.normal) == pytest.approx(np.zeros(len(points)), abs=1e-9)
    assert laid(initial_state(case)) == []


def test_why_there_is_no_3d_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last line of what the attempt said, the signal it died of, or how long nothing came."""
    why_not.cache_clear()
    for script, why in (
        ("raise RuntimeError('no driver here')", "RuntimeError: no driver here"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "signal 15"),
        ("raise SystemExit(1)", "the picture was empty"),
        ("raise SystemExit(0)", ""),
    ):
        monkeypatch.setattr(gl_probe, "_TRY", script)
        assert why in why_not()
        assert can_draw() == (why == "")
        why_not.cache_clear()

"""What stands around a picture."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6 import QtCore
from pytestqt.qtbot import QtBot

from simulator.app.hands.hands import Hands
from simulator.app.procedure.beam_clock import BeamClock
from simulator.app.procedure.margins import Margin, letters, margin, reference_margin, screen_lines
from simulator.app.procedure.monitor_view import MonitorView
from simulator.app.sessions.console import Look
from simulator.app.wording import Wording
from simulator.assessment.evidence import Evidence
from simulator.assessment.pulses import seconds_of_pulses
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.recording import read
from simulator.engine.session import new_session
from simulator.engine.step import step
from simulator.imaging.monitor.monitor_settings import MonitorSettings
from simulator.imaging.monitor.presentation import Orientation


@pytest.mark.parametrize(
    ("hung", "wanted"),
    [
        (Orientation(), ("L", "R", "H", "F")),
        (Orientation(flip_horizontal=True), ("R", "L", "H", "F")),
        (Orientation(quarter_turns=1), ("F", "H", "L", "R")),
        (Orientation(quarter_turns=2), ("R", "L", "F", "H")),
    ],
)
def test_letters_follow_the_picture(case: Case, hung: Orientation, wanted: tuple[str, ...]) -> None:
    state = initial_state(case)
    assert letters(case.view(state, state.planes[0]), hung) == wanted


def test_the_lateral_picture_has_the_back_on_the_left(case: Case) -> None:
    state = initial_state(case)
    assert letters(case.view(state, state.planes[1])) == ("P", "A", "H", "F")


def test_technique_and_field_are_written_and_what_is_unusual(case: Case) -> None:
    state, _ = step(case, initial_state(case), [c.Expose("A")])
    state, _ = step(case, state, [c.LockTechnique("A", True), c.Collimate("A", 180.0, 120.0), c.Magnify("A", 1.5)])
    plane = state.planes[0]
    assert plane.technique is not None
    written = margin(
        Wording(), case, state, plane, Look(MonitorSettings(invert=True, mode="roadmap"), None, ()), None
    )
    assert written.below[0] == (
        f"{plane.technique.kv:.0f} kV  {plane.technique.mas:.2f} mAs LOCKED",
        "Pulses 1",
    )
    assert written.below[1] == ("7.5 /s", "180 × 120 mm  ×1.5")
    assert written.above[1][1] == "ROADMAP  INVERTED"
    assert written.lamp
    assert not margin(Wording(), case, replace(state, tick=state.tick + 60), plane, None, None).lamp


def test_a_reference_says_which_it_is(case: Case) -> None:
    plane = initial_state(case).planes[0]
    assert "Nothing stored yet" in reference_margin(Wording(), plane, None).above[0]
    assert screen_lines(Hands(), None) == [("readout.plane", "A")]


def test_the_beam_clock_says_what_the_score_will(case: Case, tmp_path: object) -> None:
    path = tmp_path / "session.vsim"  # type: ignore[operator]
    session, clock = new_session(case, "T-1", path), BeamClock()
    given: dict[int, list[c.Command]] = {
        0: [c.PressPedal("A")], 30: [c.SetPulseRate(3.75)], 90: [c.ReleasePedal("A"), c.Expose("B")],
        100: [c.SetFluoroscopyMode("continuous"), c.PressPedal("B")], 160: [c.EndProcedure()],
    }  # fmt: skip
    for tick in range(161):
        events = session.tick(given.get(tick, []))
        clock.count(events, session.state.pulses_per_s)
    session.close()
    assert clock.seconds == pytest.approx(sum(seconds_of_pulses(Evidence.of(read(path)))))
    assert clock.seconds > 2.0
    assert clock.shown == f"0:{int(clock.seconds):02d}"


@pytest.mark.parametrize(("side", "wide"), [(400, 392), (120, None)])
def test_what_is_written_around_a_small_picture_does_not_meet(qtbot: QtBot, side: int, wide: int | None) -> None:
    """As wide as the picture, or as the texts need where the monitor is wider."""
    view = MonitorView()
    qtbot.addWidget(view)
    view.resize(500, 500)
    view.write(Margin(above=(("A  orbital",), ("",)), below=(("No. 1 at 0:00",), ("73 kV  0.24 mAs",))))
    frame = QtCore.QRect(250 - side // 2, 100, side, side)
    left, found = view.written(frame)
    advance = view.fontMetrics().horizontalAdvance
    needed = advance("No. 1 at 0:00") + advance("73 kV  0.24 mAs")
    assert found == wide if wide else needed < found < 392
    assert abs(left + found // 2 - frame.center().x()) <= 1, "about the picture's middle"
    view.setMinimumSize(0, 0)
    view.resize(100, 500)
    assert view.written(QtCore.QRect(0, 100, 90, 90))[1] <= 100

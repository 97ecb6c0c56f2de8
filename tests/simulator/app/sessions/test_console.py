"""The console of a monitor: windows, stored images, and a player that sees to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulator.app.hands import screen_actions
from simulator.app.sessions.console import (
    CHANGES,
    LEAST_WINDOW,
    MOST_LEVEL,
    dragged,
    look,
    windowed,
)
from simulator.app.sessions.player import Player, Update
from simulator.engine.case import Case, initial_state
from simulator.engine.commands import EndProcedure, Expose
from simulator.engine.recording import read
from simulator.engine.replay import verify
from simulator.engine.screens import Screens
from simulator.engine.session import new_session
from simulator.imaging.monitor.monitor import Monitor
from simulator.imaging.monitor.monitor_settings import MonitorSettings
from tests.simulator.app.sessions.test_player import until


def test_every_action_of_a_monitor_changes_it() -> None:
    window_alone = {"reference"}
    assert {action.name for action in screen_actions.ACTIONS} == CHANGES.keys() | window_alone


def test_windows_stay_within_what_makes_sense() -> None:
    settings = windowed(MonitorSettings(), 1e-6, 99.0)
    assert (settings.window_factor, settings.level_shift) == (LEAST_WINDOW, MOST_LEVEL)
    monitor = Monitor()
    dragged(150.0, -30.0)(monitor)
    dragged(-150.0, 30.0)(monitor)
    assert monitor.settings.window_factor == pytest.approx(1.0)
    assert monitor.settings.level_shift == pytest.approx(0.0)


@pytest.fixture(scope="module")
def screens(case: Case) -> Screens:
    drawn, state = Screens(case), initial_state(case)
    for plane in state.planes:
        drawn.show(state, plane, single=True)
    return drawn


def test_what_goes_around_comes_back(screens: Screens) -> None:
    monitor = screens.monitor("A")
    for name, presses in (
        ("invert", 2),
        ("flip", 2),
        ("quarter_turn", 4),
        ("filter", 4),
        ("zoom", 3),
        ("subtraction", 3),
    ):
        before, seen = monitor.settings, []
        for _ in range(presses):
            CHANGES[name](monitor)
            seen.append(monitor.settings)
        assert seen[-1] == before, name
        assert all(one != before for one in seen[:-1]), name
    CHANGES["darker"](monitor)
    CHANGES["as_it_was"](monitor)
    assert monitor.settings == MonitorSettings()


def test_brighter_is_brighter_and_more_contrast_is_more(screens: Screens) -> None:
    monitor = screens.monitor("A")
    before = screens.redrawn("A").grey.astype(float)
    CHANGES["brighter"](monitor)
    assert screens.redrawn("A").grey.mean() > before.mean() + 5.0
    CHANGES["as_it_was"](monitor)
    CHANGES["more_contrast"](monitor)
    assert screens.redrawn("A").grey.std() > before.std() + 3.0
    CHANGES["as_it_was"](monitor)
    assert np.array_equal(screens.redrawn("A").grey, before)


def test_stored_images_are_looked_through(screens: Screens) -> None:
    monitor = screens.monitor("B")
    with pytest.raises(ValueError, match="store one first"):
        CHANGES["stored_before"](monitor)
    for _ in range(3):
        CHANGES["store_image"](monitor)
    shown = []
    for name in ("stored_before", "stored_before", "stored_before", "stored_after"):
        CHANGES[name](monitor)
        kept = look(monitor).reference
        assert kept is not None
        shown.append(kept.number)
    assert shown == [2, 1, 1, 2]


def test_a_player_redraws_also_while_it_is_paused_and_nothing_is_recorded_of_it(
    case: Case, tmp_path: Path
) -> None:
    path = tmp_path / "session.vsim"
    player = Player(lambda: (new_session(case, "T-1", path), Screens(case)), lambda: None, speed=20.0)
    got = Update()

    def take() -> Update:
        one = player.mailbox.take()
        got.pictures.update(one.pictures)
        got.looks.update(one.looks)
        got.notes += one.notes
        got.over |= one.over
        return got

    player.start()
    player.at_monitor("A", CHANGES["invert"])
    until(lambda: bool(take().notes))
    assert "expose first" in got.notes[0]
    player.send([Expose("A")])
    until(lambda: "A" in take().pictures)
    player.pause(True)
    inverted = got.pictures["A"].grey.astype(float)
    player.at_monitor("A", CHANGES["invert"])
    until(lambda: not take().looks["A"].settings.invert)
    assert np.corrcoef(got.pictures["A"].grey.ravel(), inverted.ravel())[0, 1] < 0.0
    player.pause(False)
    player.send([EndProcedure()])
    until(lambda: take().over)
    player.stop()
    assert verify(read(path), case).result == "verified"

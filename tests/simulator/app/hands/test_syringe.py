"""The inflation syringe: turns are volumes, the hand is never far ahead of the fluid, the latch lets go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.app.hands import syringe
from simulator.app.hands.actions import BY_NAME
from simulator.app.hands.augmentation_actions import QUARTER, WHOLE
from simulator.app.hands.hands import Hands
from simulator.devices.balloon import Balloon
from simulator.devices.manometer import TURN_ML
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.state import State
from simulator.engine.step import step


def with_balloon(case: Case, volume_ml: float = 0.0, wanted_ml: float = 0.0) -> State:
    """A balloon in the left cannula."""
    assert case.balloon is not None
    middle = case.patient.landmarks[f"{case.patient.column.target} body centre"]
    distal, proximal = (float(middle[0]), float(middle[1]) + 7.5, float(middle[2])), tuple(map(float, middle))
    balloon = Balloon("left", case.balloon, distal, proximal, volume_ml=volume_ml, wanted_ml=wanted_ml)  # type: ignore[arg-type]
    return replace(initial_state(case), balloons=(balloon, None))


@pytest.mark.parametrize(("name", "turned"), [("handle_quarter", QUARTER), ("handle_whole", WHOLE)])
def test_a_turn_is_a_volume(case: Case, name: str, turned: float) -> None:
    assert BY_NAME[name].do(Hands(), case, with_balloon(case))[1] == [c.Inflate("left", turned * TURN_ML)]
    assert syringe.turns(turned * TURN_ML) == turned


def test_turned_back_it_takes_volume_unless_the_latch_is_open(case: Case) -> None:
    state = with_balloon(case, 1.0, 1.0)
    back = BY_NAME["handle_back"].do(Hands(), case, state)[1]
    assert back == [c.DrawContrastBack("left", QUARTER * TURN_ML)]
    after, _ = step(case, state, back)
    assert syringe.turns(after.balloons[0].volume_ml) == pytest.approx(2.0 - QUARTER)  # type: ignore[union-attr]
    opened = replace(Hands(), open_latches=frozenset({"left"}))
    assert BY_NAME["handle_back"].do(opened, case, state) == (opened, [])


def test_the_handle_stands_where_the_fluid_in_the_balloon_has_brought_it(case: Case) -> None:
    """Turned by a whole turn, the handle comes around as the engine fills, and is then where it was."""
    state = with_balloon(case)
    state, _ = step(case, state, BY_NAME["handle_whole"].do(Hands(), case, state)[1])
    angles = []
    while syringe.ahead_turns(state, "left") > 1e-9:
        assert syringe.turns(state.balloons[0].wanted_ml) == pytest.approx(1.0)  # type: ignore[union-attr]
        angles.append(syringe.handle_deg(state.balloons[0].volume_ml))  # type: ignore[union-attr]
        state, _ = step(case, state)
    assert angles == sorted(angles)
    assert angles[-1] > 300.0
    assert syringe.swept_deg(0.0, syringe.handle_deg(state.balloons[0].volume_ml)) == pytest.approx(0.0, abs=1e-6)  # type: ignore[union-attr]


def test_a_hand_is_never_far_ahead_of_the_fluid(case: Case) -> None:
    state, most = with_balloon(case), 0.0
    for _ in range(40):
        state, _ = step(case, state, syringe.turned(syringe.CLICK_TURNS)(Hands(), case, state)[1])
        most = max(most, syringe.ahead_turns(state, "left"))
    assert syringe.AHEAD_TURNS < most <= syringe.AHEAD_TURNS + syringe.CLICK_TURNS + 1e-9
    assert syringe.idle(Hands(), with_balloon(case, 0.5, 0.5 + 0.3 * TURN_ML)) == "syringe.stiff"
    assert syringe.idle(Hands(), with_balloon(case, 0.5, 0.5 + 0.2 * TURN_ML)) == ""


def test_an_open_latch_empties_and_nothing_turns_until_it_is_closed(case: Case) -> None:
    latch, state = BY_NAME["latch"], with_balloon(case, 1.0, 1.0)
    opened, commands = latch.do(Hands(), case, state)
    assert commands == [c.Deflate("left")]
    emptied, _ = step(case, state, commands)
    assert emptied.balloons[0].volume_ml == 0.0  # type: ignore[union-attr]
    for name in ("inflate", "handle_quarter", "handle_whole", "handle_back"):
        assert BY_NAME[name].do(opened, case, emptied) == (opened, [])
    assert syringe.idle(opened, emptied) == "syringe.latch_is_open"
    other = replace(opened, side="right")
    assert BY_NAME["inflate"].do(other, case, emptied)[1], "each side has a syringe of its own"
    shut, commands = latch.do(opened, case, emptied)
    assert (shut, commands) == (Hands(), [])
    assert BY_NAME["handle_quarter"].do(shut, case, emptied)[1]


def test_an_open_latch_with_nothing_in_the_balloon_tells_the_session_nothing(case: Case) -> None:
    assert BY_NAME["latch"].do(Hands(), case, with_balloon(case))[1] == []
    assert BY_NAME["latch"].do(Hands(), case, initial_state(case))[1] == []


@pytest.mark.parametrize("name", ["insert_balloon", "deflate"])
def test_a_new_balloon_and_the_button_that_empties_leave_the_latch_closed(case: Case, name: str) -> None:
    opened = Hands(open_latches=frozenset({"left", "right"}))
    assert BY_NAME[name].do(opened, case, with_balloon(case, 1.0, 1.0))[0].open_latches == {"right"}

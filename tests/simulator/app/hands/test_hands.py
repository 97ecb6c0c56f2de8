"""Keys and buttons to commands: pure, and every one of them well formed."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from scenarios.schema import PULSES_PER_S
from simulator.app.hands.actions import ACTIONS, BY_NAME, keys
from simulator.app.hands.hands import Action, Hands
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.commands import well_formed
from simulator.engine.step import step


def test_every_action_has_a_key_of_its_own() -> None:
    assert len({action.key for action in ACTIONS}) == len(ACTIONS)
    assert keys({}) == {action.key: action for action in ACTIONS}


def test_a_key_that_was_bound_anew_wins() -> None:
    bound = keys({"advance": "X", "no such action": "Y"})
    assert bound["X"].name == "advance"
    assert "Up" not in bound
    assert bound["Y"].name == "stylet"


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.name)
def test_actions_give_well_formed_commands(action: Action, case: Case) -> None:
    state, hands = (
        initial_state(case),
        Hands(technique="push" if action.name != "push" else "twist", skin_mm=(20.0, 0.0)),
    )
    for do in (action.do, action.release):
        if do is not None:
            after, commands = do(hands, case, state)
            assert isinstance(after, Hands)
            assert [well_formed(command) for command in commands] == commands
            assert (
                commands
                or after != hands
                or action.group in ("window", "screen")
                or action.name.startswith("recall_3")
            )


def test_the_cannula_is_aimed_before_the_skin_and_turned_after(case: Case) -> None:
    state, hands = initial_state(case), Hands(skin_mm=(-25.0, 0.0))
    aimed, commands = BY_NAME["more_convergent"].do(hands, case, state)
    assert (aimed.convergence_deg, commands) == (hands.convergence_deg + 2.0, [])
    _, commands = BY_NAME["puncture"].do(aimed, case, state)
    assert commands == [c.PunctureSkin("left", -25.0, 0.0, aimed.convergence_deg, aimed.caudal_deg)]
    punctured, _ = step(case, state, commands)
    assert punctured.needle("left") is not None
    _, (turned,) = BY_NAME["more_convergent"].do(replace(aimed, coarse=False), case, punctured)
    assert isinstance(turned, c.Redirect)
    assert turned.convergence_deg == pytest.approx(aimed.convergence_deg + 0.5)


def test_without_a_skin_point_nothing_is_punctured(case: Case) -> None:
    assert BY_NAME["puncture"].do(Hands(), case, initial_state(case))[1] == []


def test_the_other_side_needs_a_skin_point_of_its_own(case: Case) -> None:
    after, _ = BY_NAME["other_side"].do(Hands(skin_mm=(1.0, 2.0)), case, initial_state(case))
    assert (after.side, after.skin_mm) == ("right", None)


def test_the_pen_s_mark_of_a_side_is_its_skin_point_again(case: Case) -> None:
    """What stands on the skin is there when that side is taken in hand again."""
    state, other = initial_state(case), BY_NAME["other_side"]
    left = Hands().marked((-25.0, 3.0))
    right = other.do(left, case, state)[0].marked((24.0, 4.0))
    assert right.pen_mm == ((-25.0, 3.0), (24.0, 4.0))
    assert right.skin_mm == (24.0, 4.0)
    assert other.do(right, case, state)[0] == Hands(skin_mm=(-25.0, 3.0), pen_mm=right.pen_mm)


def test_fields_get_smaller_and_start_again(case: Case) -> None:
    state, sizes = initial_state(case), []
    for _ in range(4):
        _, commands = BY_NAME["collimate"].do(Hands(), case, state)
        state, _ = step(case, state, commands)
        sizes.append(state.planes[0].pose.field_mm[0])
    assert sizes == [180.0, 110.0, 298.0, 180.0]


def test_pulse_rates_get_slower_and_start_again(case: Case) -> None:
    state, rates = initial_state(case), []
    for _ in range(len(PULSES_PER_S) + 1):
        _, commands = BY_NAME["pulse_rate"].do(Hands(), case, state)
        state, events = step(case, state, commands)
        assert not events
        rates.append(state.pulses_per_s)
    assert rates == [3.75, 1.0, 30.0, 15.0, 7.5, 3.75]


def test_cement_is_pressed_by_rate_or_by_force(case: Case) -> None:
    state = initial_state(case)
    for by_force, wanted in ((False, c.StartInjection("left", 1.5)), (True, c.InjectByForce("left", 100.0))):
        hands = Hands(by_force=by_force)
        assert BY_NAME["inject"].do(hands, case, state)[1] == [wanted]
        more, _ = BY_NAME["faster"].do(hands, case, state)
        assert (more.rate_ml_min > hands.rate_ml_min, more.force_n > hands.force_n) == (not by_force, by_force)


@pytest.mark.parametrize(("coarse", "speed"), [(False, 4.0), (True, 20.0)])
def test_a_held_key_turns_the_c_arm_and_letting_go_stops_it(case: Case, coarse: bool, speed: float) -> None:
    state, hands, up = initial_state(case), Hands(coarse=coarse), BY_NAME["orbital_up"]
    first = state.planes[0].pose.orbital_deg
    state, _ = step(case, state, up.do(hands, case, state)[1])
    for _ in range(29):
        state, _ = step(case, state)
    turned = state.planes[0].pose.orbital_deg
    assert turned - first == pytest.approx(0.5 * speed)
    assert up.release is not None
    other = replace(hands, plane="B")  # chosen while the key was down
    for _ in range(10):
        state, _ = step(case, state, up.release(other, case, state)[1])
    assert state.planes[0].pose.orbital_deg == turned


NOT_BY_ACTION = {
    "end_procedure": "the window gives it: its button and its key",
    "move_table": "a table is driven by its levers",
    "check_off": "the guide gives it: the next item of the time-out",
    "ask_hint": "the guide gives it, about the step that it is at",
}
"""Kinds of commands that no action gives, and why."""


def test_every_command_can_be_given_by_an_action(case: Case) -> None:
    """What the engine takes from a hand, a key and a button give: nothing is left to scripts."""
    start = initial_state(case)
    punctured, _ = step(case, start, [c.PunctureSkin("left", -25.0, 0.0, 15.0, 5.0), c.Expose("A")])
    marked, _ = step(
        case, start, [c.MarkSkin(-25.0, 0.0, "ring"), c.InsertFineNeedle(22, -25.0, 0.0, 0.0, 0.0, 20.0)]
    )
    needle = punctured.needle("left")
    assert needle is not None
    open_, _ = step(case, punctured, [c.RemoveStylet("left")])
    given = set()
    for state in (start, punctured, marked, open_):
        for action in ACTIONS:
            for do in (action.do, action.release):
                for hands in (Hands(skin_mm=(-25.0, 0.0)), Hands(by_force=True)):
                    given |= {command.kind for command in ([] if do is None else do(hands, case, state)[1])}
    kinds = {one.kind for one in get_args(c.Command)}
    assert kinds - given == set(NOT_BY_ACTION)


def test_positions_are_stored_and_recalled_plane_by_plane(case: Case) -> None:
    hands, state = Hands(plane="B"), initial_state(case)
    b = replace(state.planes[1], pose=replace(state.planes[1].pose, orbital_deg=80.0, angulation_deg=-7.0))
    state = replace(state, planes=(state.planes[0], b))
    assert BY_NAME["recall_3"].do(hands, case, state) == (hands, [])
    stored, commands = BY_NAME["store_3"].do(hands, case, state)
    assert commands == []
    assert BY_NAME["recall_3"].do(stored, case, state)[1] == [c.MoveCArm("B", 80.0, -7.0)]
    assert BY_NAME["recall_3"].do(replace(stored, plane="A"), case, state)[1] == []
    assert BY_NAME["recall_2"].do(replace(stored, plane="A"), case, state)[1] == [c.MoveCArm("A", 90.0, 0.0)]


def test_blades_and_iris_do_not_undo_one_another(case: Case) -> None:
    state, hands = initial_state(case), Hands()
    for name in ("iris", "width", "collimate", "iris", "width"):
        state, events = step(case, state, BY_NAME[name].do(hands, case, state)[1])
        assert not events
    pose = state.planes[0].pose
    assert (pose.field_mm, pose.iris_mm) == ((180.0, 160.0), 200.0)


def test_the_programme_goes_around(case: Case) -> None:
    state, hands = initial_state(case), Hands()
    state, _ = step(case, state, [c.Expose("A")])
    for name, read in (
        ("fluoroscopy_mode", lambda s: s.mode),
        ("dose_level", lambda s: s.dose_level),
        ("curve", lambda s: s.curve),
        ("lock", lambda s: s.planes[0].locked),
    ):
        seen = [read(state)]
        for _ in range(2):
            state, events = step(case, state, BY_NAME[name].do(hands, case, state)[1])
            assert not [event for event in events if event.kind == "refused"], name
            seen.append(read(state))
        assert seen[0] == seen[2] != seen[1], name


def test_letting_go_stops_what_flows_and_nothing_else(case: Case) -> None:
    start, inject = initial_state(case), BY_NAME["inject"]
    assert inject.release is not None
    hands, _ = inject.do(Hands(), case, start)
    assert inject.release(hands, case, replace(start, tick=2))[1] == [c.StopInjection()], "not seen yet"
    assert inject.release(hands, case, replace(start, tick=600))[1] == [], "it ceased by itself"
    flowing = replace(start, tick=600, batch=replace(start.batch, side="left"))
    assert inject.release(hands, case, flowing)[1] == [c.StopInjection()]

"""Keys for either hand: the same actions, no key twice, and those that are bound anew above both."""

from __future__ import annotations

import pytest

from simulator.app.hands.actions import ACTIONS, BY_NAME, keys, keys_by_action
from simulator.app.hands.layouts import LAYOUTS
from simulator.app.settings import Settings

RIGHT_HALF = set("YUIOPHJKLNMB67890") | {"Backspace", "Return", ",", "."}
BLIND = ("orbital_down", "orbital_up", "cranial", "caudal", "shot_a", "shot_b", "pedal_b", "inject", "step")
"""What is done while looking at the monitors."""


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_action_has_a_key_of_its_own(layout: str) -> None:
    bound = LAYOUTS[layout]
    assert bound.keys() <= BY_NAME.keys()
    assert len(keys(bound)) == len(ACTIONS)
    assert all(keys_by_action(bound).values())


def test_the_left_hander_s_keys_lie_at_the_right() -> None:
    left = keys_by_action(LAYOUTS["left"])
    assert {name: left[name] for name in BLIND if left[name] not in RIGHT_HALF} == {}


def test_the_same_keys_are_used_but_one() -> None:
    usual, left = (set(keys(LAYOUTS[layout])) for layout in ("right", "left"))
    assert usual - left == {"Tab"}
    assert left - usual == {"Backspace"}


def test_what_is_bound_anew_stands_above_the_layout() -> None:
    settings = Settings(layout="left", keys={"orbital_down": "B", "pedal_b": ""})
    by_key = keys(settings.bound)
    assert by_key["B"].name == "orbital_down"
    assert "J" not in by_key
    assert keys_by_action(settings.bound)["pedal_b"] == ""
    assert keys(Settings(layout="left", keys={"orbital_down": "B"}).bound)["B"].name == "orbital_down"

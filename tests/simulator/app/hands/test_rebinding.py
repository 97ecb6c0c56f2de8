"""Keys bound anew: conflicts are seen, nothing is left with two meanings, and back again is back to the first."""

from __future__ import annotations

import pytest

from simulator.app.hands.actions import keys, keys_by_action
from simulator.app.hands.layouts import LAYOUTS
from simulator.app.hands.rebinding import holder, rebound, usable
from simulator.app.settings import Settings


@pytest.mark.parametrize("layout", LAYOUTS)
def test_who_had_the_key_has_none(layout: str) -> None:
    settings = Settings(layout=layout)
    taken = keys_by_action(settings.bound)["stylet"]
    after = rebound(settings, "advance", taken)
    assert holder(settings, taken) == "stylet"
    assert holder(after, taken) == "advance"
    assert keys_by_action(after.bound)["stylet"] == ""
    assert holder(after, "Up") is None
    assert keys_by_action(rebound(after, "advance", "Up").bound)["stylet"] == "", "and gets none back unasked"
    again = rebound(rebound(after, "advance", "Up"), "stylet", taken)
    assert again == settings, "what is as it was at first is not kept"


def test_the_same_key_again_changes_nothing() -> None:
    assert rebound(Settings(), "advance", "Up") == Settings()


def test_an_action_can_be_without_a_key() -> None:
    after = rebound(Settings(), "advance", "")
    assert keys_by_action(after.bound)["advance"] == ""
    assert len(keys(after.bound)) == len(keys({})) - 1


@pytest.mark.parametrize("key", ["Shift", "Ctrl+", "Ctrl+Shift", "", "Control"])
def test_a_modifier_alone_is_no_key(key: str) -> None:
    assert not usable(key)
    if key:
        with pytest.raises(ValueError, match="alone"):
            rebound(Settings(), "advance", key)


@pytest.mark.parametrize("key", ["+", "Ctrl++", "-", "F13", "Ctrl+Shift+K", "Ö"])
def test_every_other_key_can_be_had(key: str) -> None:
    assert holder(rebound(Settings(), "advance", key), key) == "advance"

"""Every action with its key, in one table."""

from __future__ import annotations

from simulator.app.hands import (
    augmentation_actions,
    comfort_actions,
    guide_actions,
    imaging_actions,
    needle_actions,
    patient_actions,
    screen_actions,
    tool_actions,
)
from simulator.app.hands.hands import NOTHING, Action

WINDOW: tuple[Action, ...] = (
    Action("room_view", "window", "F4", NOTHING),
    Action("pause", "window", "Esc", NOTHING),
    Action("tab_needle", "window", "F1", NOTHING),
    Action("tab_tools", "window", "F2", NOTHING),
    Action("tab_patient", "window", "F3", NOTHING),
    Action("tab_balloon", "window", "Shift+F1", NOTHING),
    Action("tab_cement", "window", "Shift+F2", NOTHING),
    Action("tab_machine", "window", "F10", NOTHING),
    Action("tab_screen", "window", "F11", NOTHING),
    Action("end", "window", "Ctrl+End", NOTHING),
)
"""What the window does itself; nothing of it reaches the session."""
ACTIONS: tuple[Action, ...] = (
    *imaging_actions.ACTIONS,
    *needle_actions.ACTIONS,
    *tool_actions.ACTIONS,
    *augmentation_actions.ACTIONS,
    *patient_actions.ACTIONS,
    *screen_actions.ACTIONS,
    *WINDOW,
    *comfort_actions.ACTIONS,
    *guide_actions.ACTIONS,
)
BY_NAME: dict[str, Action] = {action.name: action for action in ACTIONS}


def keys(bound: dict[str, str]) -> dict[str, Action]:
    """Actions by key, with keys bound anew (action to key, "" for none). An unknown action is passed over; where
    two actions ask for a key, the one that was bound anew has it, of several the last."""
    by_key = {action.key: action for action in ACTIONS if action.name not in bound}
    return by_key | {key: BY_NAME[name] for name, key in bound.items() if key and name in BY_NAME}


def keys_by_action(bound: dict[str, str]) -> dict[str, str]:
    """Keys by action's name, "" where it has none."""
    found = {action.name: key for key, action in keys(bound).items()}
    return {action.name: found.get(action.name, "") for action in ACTIONS}

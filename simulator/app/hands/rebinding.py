"""Keys bound anew: who has a key, and what becomes of everybody's when it is given to another. Pure, no Qt."""

from __future__ import annotations

from dataclasses import replace

from simulator.app.hands.actions import BY_NAME, keys
from simulator.app.hands.layouts import LAYOUTS
from simulator.app.settings import Settings

MODIFIERS = frozenset({"Shift", "Ctrl", "Control", "Alt", "Meta", "AltGr", "CapsLock", "NumLock", "ScrollLock"})
"""Keys that do nothing alone."""


def holder(settings: Settings, key: str) -> str | None:
    """The action that has a key now."""
    action = keys(settings.bound).get(key)
    return None if action is None else action.name


def usable(key: str) -> bool:
    """Whether an action can have this key."""
    last = "+" if key == "+" or key.endswith("++") else key.rpartition("+")[2]
    return bool(last) and last not in MODIFIERS


def rebound(settings: Settings, name: str, key: str) -> Settings:
    """The settings after an action was given a key, "" for none; who had it has none. Raises ValueError for a key
    that does nothing alone."""
    if key and not usable(key):
        raise ValueError(f"{key} does nothing alone")
    anew = dict(settings.keys)
    other = holder(settings, key) if key else None
    for changed, new in ((other, ""), (name, key)):
        if changed is None or (changed == name and new != key):
            continue
        anew.pop(changed, None)
        if LAYOUTS[settings.layout].get(changed, BY_NAME[changed].key) != new:
            anew[changed] = new
    return replace(settings, keys=anew)

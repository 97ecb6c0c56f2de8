"""Sound and gamepads by SDL, through pygame: loaded only when they are wanted, and without a window of its own."""

from __future__ import annotations

import importlib
import os
import threading
from typing import Any

LOCK = threading.RLock()
"""Held by whoever loads or opens something of SDL's: sound and gamepads do so on threads of their own, and neither
Python's import of a package in parts nor SDL's beginnings bear two at a time."""

_SURROUNDINGS = {
    "PYGAME_HIDE_SUPPORT_PROMPT": "1",
    "SDL_VIDEODRIVER": "dummy",
    "SDL_JOYSTICK_ALLOW_BACKGROUND_EVENTS": "1",  # the keyboard's focus is in a window of Qt's
    "SDL_NO_SIGNAL_HANDLERS": "1",
}


def pygame_module(name: str) -> Any:
    """A module of pygame's, such as "mixer". Raises ImportError where there is none that can be loaded."""
    for variable, value in _SURROUNDINGS.items():
        os.environ.setdefault(variable, value)
    with LOCK:
        return importlib.import_module(f"pygame.{name}")

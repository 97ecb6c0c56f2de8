"""Actions of sound, settings and the windows of monitors: the window's own, nothing of them reaches the
session."""

from __future__ import annotations

from simulator.app.hands.hands import Action, choose

_NOTHING = choose(lambda hands, _state: hands)
ACTIONS: tuple[Action, ...] = (
    Action("mute", "window", "Ctrl+U", _NOTHING),
    Action("alarm_pause", "window", "Ctrl+Shift+U", _NOTHING),
    Action("settings", "window", "Ctrl+,", _NOTHING),
    Action("detach", "window", "Ctrl+W", _NOTHING),
    Action("full_screen", "window", "Ctrl+Shift+W", _NOTHING),
)

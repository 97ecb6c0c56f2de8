"""Actions of the guide: what the window does with it. What of it is recorded goes to the session as commands."""

from __future__ import annotations

from simulator.app.hands.hands import Action, choose

_NOTHING = choose(lambda hands, _state: hands)
ACTIONS: tuple[Action, ...] = (
    Action("guide_page", "window", "Ctrl+G", _NOTHING),
    Action("guide_lines", "window", "Ctrl+O", _NOTHING),
    Action("check_off", "window", "Ctrl+K", _NOTHING),
    Action("step_back", "window", "Ctrl+Z", _NOTHING),
    Action("hint", "window", "Ctrl+T", _NOTHING),
)

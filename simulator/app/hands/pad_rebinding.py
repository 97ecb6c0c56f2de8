"""Buttons of a gamepad bound anew: what each does, and what becomes of the others. Pure, no Qt."""

from __future__ import annotations

from dataclasses import replace

from simulator.app.hands.actions import BY_NAME
from simulator.app.hands.gamepad import BINDINGS, CONTROLS
from simulator.app.settings import Settings


def pad_bound(settings: Settings) -> dict[str, str]:
    """Actions by control, as they are now; controls without an action are left out, and so are actions that this
    program does not know."""
    given = {control: settings.pad_buttons.get(control, BINDINGS.get(control, "")) for control in CONTROLS}
    return {control: name for control, name in given.items() if name in BY_NAME}


def pad_holder(settings: Settings, name: str) -> str | None:
    """The control that has an action now."""
    return next((control for control, given in pad_bound(settings).items() if given == name), None)


def pad_rebound(settings: Settings, control: str, name: str) -> Settings:
    """The settings after a control was given an action, "" for none; the control that had it has none. Raises
    ValueError for a control that there is not."""
    if control not in CONTROLS:
        raise ValueError(f"there is no control {control!r}; there are {', '.join(CONTROLS)}")
    anew = dict(settings.pad_buttons)
    other = pad_holder(settings, name) if name else None
    for changed, new in ((other, ""), (control, name)):
        if changed is None or (changed == control and new != name):
            continue
        anew.pop(changed, None)
        if BINDINGS.get(changed, "") != new:
            anew[changed] = new
    return replace(settings, pad_buttons=anew)

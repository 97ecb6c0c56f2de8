"""Actions at the console of a monitor. They change how pictures look, never what is played: ``sessions.console``
carries them out at the monitor of the plane in hand."""

from __future__ import annotations

from simulator.app.hands.hands import NOTHING, Action

ACTIONS: tuple[Action, ...] = (
    Action("store_image", "screen", "Shift+S", NOTHING),
    Action("stored_before", "screen", "Ctrl+PgUp", NOTHING),
    Action("stored_after", "screen", "Ctrl+PgDown", NOTHING),
    Action("reference", "screen", "F12", NOTHING),
    Action("invert", "screen", "Shift+I", NOTHING),
    Action("flip", "screen", "Shift+F", NOTHING),
    Action("quarter_turn", "screen", "Shift+R", NOTHING),
    Action("filter", "screen", "Shift+K", NOTHING),
    Action("zoom", "screen", "Shift+Z", NOTHING),
    Action("brighter", "screen", "Shift+W", NOTHING),
    Action("darker", "screen", "Shift+Q", NOTHING),
    Action("more_contrast", "screen", "Shift+A", NOTHING),
    Action("less_contrast", "screen", "Shift+X", NOTHING),
    Action("as_it_was", "screen", "Shift+O", NOTHING),
    Action("mask", "screen", "Shift+M", NOTHING),
    Action("subtraction", "screen", "Shift+N", NOTHING),
)

"""The inflation syringe in the hands: a handle on a thread, and a latch that lets go of it. Pure, no Qt.

Turning the handle on is giving volume, turning it back is taking some; how fast fluid follows, and what it meets,
is the session's to say. With the latch open the plunger goes back by itself and the handle turns for nothing.
"""

from __future__ import annotations

from dataclasses import replace

from anatomy.spec import Side
from simulator.app.hands.hands import Do, Done, Hands
from simulator.devices.manometer import TURN_ML
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.state import State

QUARTER, WHOLE = 0.25, 1.0
"""Turns of the handle that a key or a notch of the wheel gives."""
CLICK_TURNS = 0.05
"""The smallest turn of a drag that is told."""
AHEAD_TURNS = 0.25
"""A handle so far ahead of its fluid goes no further until the fluid has followed."""


def turns(volume_ml: float) -> float:
    """Turns of the handle for a volume in the balloon.

    >>> turns(1.25)
    2.5
    """
    return volume_ml / TURN_ML


def handle_deg(volume_ml: float) -> float:
    """Where the handle stands for a volume, clockwise from where it began, 0 to 360.

    >>> handle_deg(1.125)
    90.0
    """
    return 360.0 * (turns(volume_ml) % 1.0)


def swept_deg(before_deg: float, after_deg: float) -> float:
    """The shorter way from one direction to another, clockwise positive.

    >>> swept_deg(350.0, 20.0), swept_deg(20.0, 350.0)
    (30.0, -30.0)
    """
    return (after_deg - before_deg + 180.0) % 360.0 - 180.0


def ahead_turns(state: State, side: Side) -> float:
    """How far the handle has been turned beyond what is in the balloon by now."""
    balloon = state.balloon(side)
    return 0.0 if balloon is None else turns(max(balloon.wanted_ml - balloon.volume_ml, 0.0))


def idle(hands: Hands, state: State) -> str:
    """Key of the sentence that says why turning on does nothing now, "" where it does something."""
    if hands.side in hands.open_latches:
        return "syringe.latch_is_open"
    return "syringe.stiff" if ahead_turns(state, hands.side) > AHEAD_TURNS else ""


def filled(volume_ml: float) -> Do:
    """Push on by a volume; nothing while the latch is open."""

    def do(hands: Hands, _case: Case, _state: State) -> Done:
        return hands, [] if hands.side in hands.open_latches else [c.Inflate(hands.side, volume_ml)]

    return do


def turned(by_turns: float) -> Do:
    """Turn the handle on, or back where negative; nothing while it cannot be."""

    def do(hands: Hands, case: Case, state: State) -> Done:
        if by_turns < 0.0:
            back = c.DrawContrastBack(hands.side, -by_turns * TURN_ML)
            return hands, [] if hands.side in hands.open_latches else [back]
        return (hands, []) if idle(hands, state) else filled(by_turns * TURN_ML)(hands, case, state)

    return do


def latch(hands: Hands, _case: Case, state: State) -> Done:
    """Open the latch, and the balloon empties at once; or close it again."""
    if hands.side in hands.open_latches:
        return closed(hands), []
    balloon = state.balloon(hands.side)
    holds = balloon is not None and max(balloon.volume_ml, balloon.wanted_ml) > 0.0
    opened = replace(hands, open_latches=hands.open_latches | {hands.side})
    return opened, [c.Deflate(hands.side)] if holds else []


def closed(hands: Hands) -> Hands:
    """The same hands with the latch of the side in hand closed."""
    return replace(hands, open_latches=hands.open_latches - {hands.side})

"""What every order needs: its result, and the sentences that several of them refuse with."""

from __future__ import annotations

from dataclasses import replace

from anatomy.spec import Side
from simulator.devices.instruments import TOOLS
from simulator.devices.needle import Needle
from simulator.engine.events import Event
from simulator.engine.state import State, index_of, with_side

Refusal = str
"""Why a command cannot be carried out, and what to do instead."""

Outcome = tuple[State, list[Event]] | Refusal
"""The state after a command with the events it caused, or the refusal."""


def no_plane(state: State, name: str) -> Refusal:
    """The room lacks a plane."""
    return f"this room has no plane {name}; it has {' and '.join(p.name for p in state.planes)}"


def no_needle(side: Side) -> Refusal:
    """A side has no cannula yet."""
    return f"there is no {side} cannula in the patient; puncture the skin first"


def busy(state: State, side: Side) -> Refusal | None:
    """Why a side's cannula cannot be moved or opened now, None if it can."""
    if state.balloon(side) is not None:
        return f"a balloon is in the {side} cannula; deflate and remove it first"
    if state.batch.side == side:
        return f"cement is being injected through the {side} cannula; stop the injection first"
    return None


def unsteady(state: State, side: Side, beside: frozenset[str] = frozenset()) -> Refusal | None:
    """Why nothing can be done through a side's cannula now, None if it is free and at rest.

    beside: kinds of tools that may stand in its bore meanwhile.
    """
    if (why := busy(state, side)) is not None:
        return why
    needle = state.needle(side)
    if needle is not None and needle.feed_mm != 0.0:
        return f"the {side} cannula is still moving; wait until it has come to rest"
    if needle is not None and needle.tool is not None and TOOLS[needle.tool].kind not in beside:
        return f"the {TOOLS[needle.tool].kind} is in the {side} cannula; take it out first"
    return None


def with_needle(state: State, needle: Needle) -> State:
    """The state after a hand has done something to a side's cannula."""
    work = replace(state.needlework[index_of(needle.side)], handled_tick=state.tick)
    return replace(
        state,
        needles=with_side(state.needles, needle.side, needle),
        needlework=with_side(state.needlework, needle.side, work),
    )

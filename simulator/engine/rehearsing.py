"""What costs time once, done before anybody waits for it: a live session rehearses its first pulse and its cement.

The body that brightness control looks through, the skin, the places where heat matters, the curing curve of the
cement: each is found when it is first asked for, in 20 to 400 ms, and kept with the case. ``step`` is pure, so
what is tried here leaves no trace in any session.
"""

from __future__ import annotations

from simulator.engine import measuring
from simulator.engine.case import Case, initial_state
from simulator.engine.commands import Command, Expose, MixCement
from simulator.engine.step import step


def rehearsed(case: Case) -> Case:
    """The case, ready to be played without a tick that has to find out what was never asked before."""
    state = initial_state(case)
    commands: list[Command] = [MixCement(), *(Expose(plane.name) for plane in state.planes)]
    after, _ = step(case, state, commands)
    measuring.trace(case, after)
    measuring.outcome(case, after)
    return case

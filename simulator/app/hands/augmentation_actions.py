"""Actions of balloons and cement."""

from __future__ import annotations

from dataclasses import replace

from simulator.app.hands.hands import Action, Do, Done, Hands, choose, give, turn
from simulator.app.hands.syringe import QUARTER, WHOLE, closed, filled, latch, turned
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.state import State

INFLATE_ML = (0.1, 0.25)
"""Fine and coarse steps of filling a balloon."""
RATES_ML_MIN = (0.5, 1.0, 1.5, 2.0, 3.0)

FORCES_N = (25.0, 50.0, 100.0, 150.0, 200.0, 300.0)


SEEN_TICKS = 12
"""After so many ticks what a press has begun is seen in the state."""


def _press(hands: Hands, _case: Case, state: State) -> Done:
    hands = replace(hands, pressed_tick=state.tick)
    if hands.by_force:
        return hands, [c.InjectByForce(hands.side, hands.force_n)]
    return hands, [c.StartInjection(hands.side, hands.rate_ml_min)]


def _release(hands: Hands, _case: Case, state: State) -> Done:
    """Nothing to stop where cement has ceased to flow by itself; right after the press that is not known yet."""
    ceased = state.batch.side is None and state.tick - hands.pressed_tick > SEEN_TICKS
    return hands, [] if ceased else [c.StopInjection()]


def _harder(by: int) -> Do:
    """The next rate, or the next force where cement is pressed by force."""
    rate = turn("rate_ml_min", RATES_ML_MIN, by, around=False)
    force = turn("force_n", FORCES_N, by, around=False)
    return lambda hands, case, state: (force if hands.by_force else rate)(hands, case, state)


def _inflate(hands: Hands, case: Case, state: State) -> Done:
    return filled(hands.step(INFLATE_ML))(hands, case, state)


def _with_closed_latch(make: type[c.InsertBalloon] | type[c.Deflate]) -> Do:
    """A new syringe's latch is closed; who empties a balloon by its button closes the latch after it."""
    return lambda hands, _case, _state: (closed(hands), [make(hands.side)])


ACTIONS: tuple[Action, ...] = (
    Action("insert_balloon", "balloon", "U", _with_closed_latch(c.InsertBalloon)),
    Action("inflate", "balloon", "I", _inflate),
    Action("deflate", "balloon", "O", _with_closed_latch(c.Deflate)),
    Action("remove_balloon", "balloon", "J", give(lambda h, s: c.RemoveBalloon(h.side))),
    Action("handle_quarter", "balloon", "Shift+J", turned(QUARTER)),
    Action("handle_whole", "balloon", "Shift+U", turned(WHOLE)),
    Action("handle_back", "balloon", "Ctrl+J", turned(-QUARTER)),
    Action("latch", "balloon", "Shift+H", latch),
    Action("mix", "cement", "M", give(lambda h, s: c.MixCement())),
    Action("load", "cement", "Ctrl+M", give(lambda h, s: c.LoadInjector())),
    Action("sample", "cement", "Ctrl+S", give(lambda h, s: c.SampleCement())),
    Action("inject", "cement", "E", _press, _release),
    Action("by_force", "cement", "Ctrl+E", choose(lambda h, s: replace(h, by_force=not h.by_force))),
    Action("slower", "cement", ",", _harder(-1)),
    Action("faster", "cement", ".", _harder(1)),
)  # fmt: skip

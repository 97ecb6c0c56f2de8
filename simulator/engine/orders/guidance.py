"""Orders that are words: nothing in the room changes, they are only heard and recorded."""

from __future__ import annotations

from simulator.engine import commands as c
from simulator.engine import events as e
from simulator.engine.case import Case
from simulator.engine.orders.common import Outcome
from simulator.engine.state import State


def check_off(case: Case, state: State, command: c.CheckOff) -> Outcome:
    return state, [e.CheckedOff(command.item)]


def ask_hint(case: Case, state: State, command: c.AskHint) -> Outcome:
    return state, [e.HintAsked(command.about)]

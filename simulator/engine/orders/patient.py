"""Orders to whoever looks after the patient."""

from __future__ import annotations

from dataclasses import replace

from simulator.engine import commands as c
from simulator.engine import events as e
from simulator.engine.case import Case
from simulator.engine.orders.common import Outcome
from simulator.engine.state import State, index_of, with_side

MAX_ANAESTHETIC_ML = 30.0
"""Of lidocaine 1 %: 300 mg plain (physics E2)."""


def give_local_anaesthetic(case: Case, state: State, command: c.GiveLocalAnaesthetic) -> Outcome:
    total = sum(state.anaesthetic_ml) + command.volume_ml
    if total > MAX_ANAESTHETIC_ML:
        left = MAX_ANAESTHETIC_ML - sum(state.anaesthetic_ml)
        return f"{total:g} ml of lidocaine 1 % exceed the limit of {MAX_ANAESTHETIC_ML:g} ml; {left:g} ml are left"
    given = with_side(
        state.anaesthetic_ml, command.side, state.anaesthetic_ml[index_of(command.side)] + command.volume_ml
    )
    return replace(state, anaesthetic_ml=given), [e.AnaestheticGiven(command.side, command.volume_ml)]

"""A scripted trainee looks after the patient by what monitor and eyes say, after his own time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scenarios.schema import Complication, Condition
from simulator.assessment.trainees.care import Carer
from simulator.assessment.trainees.skill import SKILLS, SkillName
from simulator.engine.case import Case, initial_state
from simulator.engine.commands import Command
from simulator.engine.step import step


def cared_for(case: Case, skill: SkillName, seconds: int) -> tuple[list[tuple[float, Command]], float]:
    """Commands with their times, and the lowest mean pressure, of a session in which nothing else is done."""
    state, carer = initial_state(case), Carer(SKILLS[skill])
    events, given, lowest = [], [], 200.0
    for _ in range(60 * seconds):
        command = carer.command(state, events)
        if command is not None:
            given.append((state.time_s, command))
        state, events = step(case, state, [] if command is None else [command])
        assert not [e for e in events if e.kind == "refused"]
        lowest = min(lowest, state.vitals.mean_pressure_mmhg)
    return given, lowest


def with_ill(case: Case, kind: str) -> Case:
    complication = Complication(kind=kind, when="time", after_min=0.2)  # type: ignore[arg-type]
    condition = Condition(complications=(complication,))
    return replace(case, scenario=case.scenario.model_copy(update={"condition": condition}))


@pytest.mark.parametrize(
    ("kind", "answer"), [("anaphylaxis", "adrenaline"), ("hypotension", "ephedrine"), ("embolism", "ephedrine")]
)
def test_the_expert_treats_what_there_is(case: Case, kind: str, answer: str) -> None:
    given, _ = cared_for(with_ill(case, kind), "expert", 150)
    drugs = [getattr(command, "drug", "") for _, command in given]
    assert answer in drugs
    assert given[0][1].kind == "set_oxygen"


def test_the_quicker_the_better_and_the_reckless_never(case: Case) -> None:
    """Pressure falls less the sooner adrenaline is given; the reckless trainee does nothing at all."""
    ill = with_ill(case, "anaphylaxis")
    lowest = [cared_for(ill, skill, 240)[1] for skill in ("expert", "novice", "reckless")]
    assert lowest == sorted(lowest, reverse=True)
    assert lowest[0] > lowest[1] + 3.0
    assert cared_for(ill, "reckless", 60)[0] == []

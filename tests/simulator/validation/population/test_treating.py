"""A treated patient is played as a session is: the same cement at the same places."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy import frames
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.orders import carry_out
from simulator.engine.step import step
from simulator.validation.population import operator
from simulator.validation.population.arms import ARMS
from simulator.validation.population.sampling import Person
from simulator.validation.population.treating import Play, RefusedError, begun
from tests.conftest import FRACTURED, coarse_patient_of

LOW = ARMS["vertebroplasty, low viscosity"]


def test_play_does_what_step_does() -> None:
    """Cement after half a minute of injection, to the bit, and the same account of it."""
    case, state, _ = begun(Person(3, FRACTURED), LOW, coarse_patient_of)
    assert all(needle is not None and needle.in_bone for needle in state.needles)
    play, stepped = Play(case, state), state
    for command, seconds in ((c.MixCement(), 75.0), (c.StartInjection("left", 3.0), 30.0)):
        play.do(command)
        play.wait(seconds)
        stepped, _ = carry_out(case, stepped, command)
        for _ in range(round(60 * seconds)):
            stepped, _ = step(case, stepped)
    ours, theirs = play.state.batch, stepped.batch
    assert play.state.tick == stepped.tick
    assert ours.filling.total_ml > 0.5
    assert ours.cure == theirs.cure
    assert ours.injected_ml == theirs.injected_ml
    assert np.array_equal(ours.filling.on_grid(), theirs.filling.on_grid())


def test_cannulae_end_in_the_body() -> None:
    """However their scatter falls: 2 mm inside its wall as the patient lies, a kyphoplasty's channel as well."""
    for arm in (LOW, ARMS["kyphoplasty"]):
        for seed in range(4):
            case, state, drills = begun(Person(seed, FRACTURED), arm, coarse_patient_of)
            now = case.ground.at(case.rest_amplitude)
            for needle in state.needles:
                assert needle is not None
                end = needle.tip_mm + drills[needle.side] * needle.axis
                voxel = np.rint(frames.apply(frames.inverse(now.grid.patient_from_voxel), end)).astype(int)
                assert now.body_mm[tuple(voxel)] <= -operator.WITHIN_BODY_MM + 0.5


def test_what_the_engine_refuses_is_an_error(case: Case) -> None:
    with pytest.raises(RefusedError, match="StartInjection: the cement has not been mixed"):
        Play(case, initial_state(case)).do(c.StartInjection("left", 1.0))

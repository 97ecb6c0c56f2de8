"""``step``, frames and metrics leave their inputs untouched; planted offences are caught."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from simulator.assessment.evidence import Evidence
from simulator.assessment.metrics import FUNCTIONS
from simulator.devices.needle import angles_deg
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.recording import parse
from simulator.engine.screens import frame
from simulator.engine.session import new_session
from simulator.engine.state import State
from simulator.engine.step import step
from simulator.imaging.fluoroscope import Fluoroscope
from tests.fingerprint import fingerprint


def busy_state(case: Case) -> State:
    """A state with everything in use: cannulae in bone, drill, balloon up, cement flowing, both pedals down."""
    state = initial_state(case)
    orders: list[tuple[int, Sequence[c.Command]]] = []
    for side in ("left", "right"):
        corridor = case.patient.corridors[side]
        convergence, caudal = angles_deg(side, corridor.direction)
        skin = corridor.skin_mm
        far = float(np.linalg.norm(corridor.entry_mm - skin))
        orders += [
            (1, [c.PunctureSkin(side, float(skin[0]), float(skin[2]), convergence, caudal)]),
            (420, [c.Advance(side, far - 1.0, "push")]),
            (420, [c.Advance(side, 26.0, "mallet")]),
            (1, [c.RemoveStylet(side), c.Drill(side, 18.0)]),
        ]
    orders += [
        (1, [c.InsertBalloon("left")]),
        (420, [c.Inflate("left", 1.0)]),
        (2400, [c.MixCement()]),
        (60, [c.StartInjection("right", 2.0), c.PressPedal("A"), c.PressPedal("B")]),
    ]
    for ticks, commands in orders:
        state, events = step(case, state, commands)
        assert not [e for e in events if e.kind == "refused"], events
        for _ in range(ticks):
            state, _ = step(case, state)
    assert state.batch.filling.total_ml > 0.01
    assert state.balloons[0] is not None
    assert state.balloons[0].volume_ml > 0.5
    return state


@pytest.fixture(scope="module")
def busy(case: Case) -> State:
    """The busy state of the library's kyphoplasty."""
    return busy_state(case)


def touched_by(work: Callable[[], Any], *inputs: Any) -> bool:
    """Whether doing work changes any of inputs."""
    before = fingerprint(*inputs)
    work()
    return fingerprint(*inputs) != before


def test_step_leaves_case_state_and_commands_untouched(case: Case, busy: State) -> None:
    """Two seconds of a busy session, with a command, change neither the case nor the state they began with."""
    orders = [c.Inflate("left", 0.5), c.Expose("A")]

    def two_seconds() -> None:
        state, _ = step(case, busy, orders)
        for _ in range(119):
            state, _ = step(case, state)

    assert not touched_by(two_seconds, case, busy, orders)


def test_frames_leave_case_and_state_untouched(case: Case, busy: State) -> None:
    """Drawing both planes of a busy state changes nothing of it."""
    fluoroscope = Fluoroscope(case.patient)
    assert not touched_by(lambda: [frame(case, busy, p, fluoroscope) for p in busy.planes], case, busy)


def test_metrics_leave_the_evidence_untouched(case: Case) -> None:
    """Every metric only reads."""
    session = new_session(case, "T-1")
    for _ in range(61):
        session.tick([c.Expose("A")] if session.state.tick % 30 == 0 else [])
    session.tick([c.EndProcedure()])
    evidence = Evidence.of(parse(b"".join(session.recorder.lines), source="memory"))
    assert not touched_by(lambda: [metric(evidence) for metric in FUNCTIONS.values()], evidence)


def test_a_planted_offence_is_caught(case: Case, busy: State) -> None:
    """A step that writes into a shared array, or swaps an entry of a mapping, does not go unnoticed."""
    share = busy.balloons[0].share if busy.balloons[0] is not None else None
    assert share is not None

    def writes_into_the_balloon() -> None:
        share.setflags(write=True)
        share[0, 0, 0] += 1.0

    assert touched_by(writes_into_the_balloon, busy)
    share[0, 0, 0] -= 1.0
    marks = dict(case.patient.landmarks)

    def moves_a_landmark() -> None:
        marks["L1 body centre"] = marks["L1 body centre"] + 1.0

    assert touched_by(moves_a_landmark, marks)

"""Whatever is asked of a session, in whatever order: no exception, finite numbers, nothing lost, verified."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.events import Refused, as_row
from simulator.engine.leaks import in_patient_ml
from simulator.engine.patient.drugs import DRUG_NAMES
from simulator.engine.recording import parse
from simulator.engine.replay import verify
from simulator.engine.session import Session, new_session
from simulator.engine.state import State
from tests.simulator.engine.playing import MIXED_TICKS, after

SIDES, PLANES, TECHNIQUES = ("left", "right"), ("A", "B"), ("push", "twist", "mallet")
PROGRAMMES: dict[str, tuple[Any, ...]] = {
    "mode": ("pulsed", "continuous"), "dose_level": ("normal", "half"), "curve": ("standard", "high contrast"),
    "magnification": (1.0, 1.5, 2.0), "locked": (True, False), "drug": DRUG_NAMES, "unit": ("mg", "ug", "g", "ml"),
    "route": ("iv", "im"), "site": ("track", "skin", "periosteum", "needle"), "how": ("own", "chin lift", "bag"),
    "tool": ("wire 1.5", "drill 2.2", "curette 2.2", "biopsy needle 2.2", "filler 2.2", "drill 3.2"),
    "gauge": (8, 11, 13, 22, 25), "mark": ("ring", "cross", "wire"), "strokes": (1, 5, 20),
}  # fmt: skip
ABSURD = (float("nan"), float("inf"), float("-inf"), 1e308, -1e308, 5e-324, -1.0, 0.0, 1e12)
FEW = settings(
    max_examples=12, deadline=None, database=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


def _values(name: str, absurd: bool) -> st.SearchStrategy[Any]:
    choices = {"side": SIDES, "plane": PLANES, "technique": TECHNIQUES, **PROGRAMMES}
    if name in choices:
        return st.sampled_from((*choices[name], "", None) if absurd else choices[name])
    sensible = st.sampled_from((0.5, 1.0, 2.0, 7.5, 20.0, 60.0)) | st.floats(-45.0, 60.0)
    return sensible | st.sampled_from(ABSURD) if absurd else sensible


def orders(*, absurd: bool) -> st.SearchStrategy[c.Command]:
    """Any command but the end, with sensible values or, now and then, absurd ones."""
    classes = [cls for cls in get_args(c.Command) if cls is not c.EndProcedure]
    return st.one_of([
        st.builds(cls, **{f: _values(f, absurd) for f in get_type_hints(cls) if f != "kind"}) for cls in classes
    ])  # fmt: skip


def numbers(value: Any) -> Iterator[np.ndarray]:
    """Every number in a state, as arrays."""
    if isinstance(value, np.ndarray):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from numbers(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, float):
        yield np.array(value)


def check(state: State) -> None:
    """Numbers are finite, cement is conserved, bone is conserved, what cannot be negative is not."""
    for field in fields(state):
        if field.name != "batch":  # its filling keeps what the solver derived, where a blocked way is infinite
            assert all(np.isfinite(found).all() for found in numbers(getattr(state, field.name))), field.name
    batch = state.batch
    assert np.isfinite(batch.filling.cement_ml).all()
    assert batch.filling.cement_ml.min(initial=0.0) >= 0.0
    kept = sum(batch.bore_ml) + in_patient_ml(state) + batch.backflow_ml
    assert kept == pytest.approx(batch.injected_ml, abs=1e-9)
    made = batch.bowl_ml + batch.loaded_ml + batch.injected_ml + batch.wasted_ml
    assert made == pytest.approx(batch.mixed_ml, abs=1e-9)
    assert min(batch.bowl_ml, batch.loaded_ml, *batch.bore_ml, batch.backflow_ml) >= 0.0
    taken = state.opened.mineral_taken
    if taken is not None:
        assert abs(float(taken.sum(dtype=np.float64))) < 1e-4 * float(np.abs(taken).sum(dtype=np.float64)) + 1e-9
    assert 0.0 <= state.amplitude <= 1.0
    for needle in state.needles:
        if needle is not None:
            assert 0.0 <= needle.depth_mm <= 125.0
            assert 0.0 <= needle.bone_mm <= needle.depth_mm + 1e-6
            assert np.linalg.norm(needle.axis) == pytest.approx(1.0)
    for balloon in state.balloons:
        if balloon is not None:
            assert balloon.volume_ml >= 0.0
            assert balloon.pressure_kpa >= 0.0
            held = 0.0 if balloon.share is None else float(balloon.share.sum(dtype=np.float64)) * 1e-3
            assert balloon.share is None or held <= balloon.volume_ml * (1.0 + 1e-4) + 1e-3


@pytest.fixture(scope="module")
def starts(case: Case, in_bone: State) -> list[State]:
    """States in which much is possible: needle in bone, channel open, balloon up, cement flowing."""
    script = [(MIXED_TICKS, [c.RemoveStylet("right"), c.Drill("right", 18.0), c.MixCement()])]
    opened = after(case, script, in_bone)[0]
    balloon = after(case, [(200, [c.InsertBalloon("right"), c.Inflate("right", 1.0)])], opened)[0]
    flowing = after(case, [(120, [c.StartInjection("right", 5.0)])], opened)[0]
    scraping = after(case, [(0, [c.InsertTool("right", "curette 2.2"), c.AdvanceTool("right", 12.0)])], opened)[0]
    return [in_bone, opened, balloon, flowing, scraping]


@FEW
@given(start=st.integers(-1, 4), asked=st.lists(st.tuples(orders(absurd=True), st.integers(0, 40)), max_size=12))
def test_absurd_orders_never_raise(
    case: Case, starts: list[State], start: int, asked: list[tuple[c.Command, int]]
) -> None:
    """Orders with any numbers from any busy state: refused or carried out, and the state stays sound."""
    session = new_session(case, "T-1")
    if start >= 0:
        session.state = starts[start]
    for command, ticks in asked:
        _tick(session, [command])
        for _ in range(ticks):
            _tick(session, [])
        check(session.state)


@FEW
@given(asked=st.lists(st.lists(orders(absurd=False), max_size=6), max_size=6), start=st.integers(0, 4))
def test_many_orders_in_one_tick(
    case: Case, starts: list[State], asked: list[list[c.Command]], start: int
) -> None:
    """Hands that do everything at once come to no state that one thing after the other could not."""
    session = new_session(case, "T-1")
    session.state = starts[start]
    for commands in asked:
        for _ in range(8):
            _tick(session, commands)
        check(session.state)


@FEW
@given(asked=st.lists(st.tuples(orders(absurd=True), st.integers(0, 30)), max_size=20), last=st.booleans())
def test_any_session_reads_back_and_is_verified(
    case: Case, asked: list[tuple[c.Command, int]], last: bool
) -> None:
    """The recording of any orders is a good recording: it reads, replays to the bit, and ends if it ended."""
    session = new_session(case, "T-1")
    side = case.patient.corridors["right"].skin_mm
    session.tick([c.PunctureSkin("right", float(side[0]), float(side[2]), 20.0, 0.0), c.Advance("right", 30.0)])
    for command, ticks in asked:
        for tick in range(ticks + 1):
            session.tick([command] if tick == 0 else [])
    if last:
        session.tick([c.EndProcedure()])
    recording = parse(b"".join(session.recorder.lines), source="memory")
    assert recording.complete == last
    verdict = verify(recording, case)
    assert (verdict.result, verdict.exact, verdict.difference) == ("verified", True, "")


def _tick(session: Session, commands: list[c.Command]) -> None:
    """One tick; every event can be written, every refusal says something."""
    for event in session.tick(commands):
        json.dumps(as_row(event), allow_nan=False)
        if isinstance(event, Refused):
            assert 10 < len(event.why) < 300

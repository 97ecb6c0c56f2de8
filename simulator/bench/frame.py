"""Live pictures of the default case: C-arm still with all devices in place, and C-arm turning."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from statistics import median

from simulator.assessment.trainees.procedure import perform
from simulator.bench.engine import default_case
from simulator.bench.rows import Row, Tell, peak_memory, row_of, seconds_of, timed
from simulator.engine.case import Case, initial_state
from simulator.engine.commands import MoveCArm, PressPedal, SetPulseRate
from simulator.engine.events import Event, Exposed
from simulator.engine.screens import Screens, exposure
from simulator.engine.session import Session, new_session
from simulator.engine.state import TICK_HZ, State
from simulator.engine.step import step
from simulator.imaging.fluoroscope import Fluoroscope
from simulator.imaging.projected_body import ProjectedBody

SWEEP_DEG = 90.0
"""From lateral to frontal: 3 s at the C-arm's speed."""


def bench_frame(runs: int, tell: Tell) -> list[Row]:
    """Fresh anatomy, both planes with the C-arm still, a sweep from lateral to frontal, and the memory it took."""
    case = default_case()
    tell("frame, an expert puts the devices in place", 0.0)
    balloons_up, cemented = devices_in_place(case)
    body = ProjectedBody(case.patient)
    tell("frame", 0.5)
    rows = fresh(case, body, runs)
    for name, state in (("balloons up", balloons_up), ("cement in", cemented)):
        rows.append(still(case, body, state, name, runs))
    rows.append(needle_moving(case, body, balloons_up, runs))
    tell("frame, sweep", 0.8)
    return [*rows, sweeps(case, body, max(runs // 2, 1)), *peak_memory()]


class _EnoughError(Exception):
    """Ends a performance that has shown what was wanted."""


def devices_in_place(case: Case) -> tuple[State, State]:
    """Two states of an expert's kyphoplasty: both balloons up in their cannulas, and 2 ml of cement in."""
    found: dict[str, State] = {}

    def watch(session: Session, _events: Sequence[Event]) -> None:
        state = session.state
        if all(b is not None and b.volume_ml > 1.0 for b in state.balloons):
            found["balloons"] = state
        if state.batch.filling.total_ml > 2.0:
            found["cement"] = state
            raise _EnoughError

    try:
        perform(new_session(case, "bench"), "expert", watch)
    except _EnoughError:
        return found["balloons"], found["cement"]
    raise RuntimeError("the expert ended without balloons and cement; the bench needs a case with both")


def fresh(case: Case, body: ProjectedBody, runs: int) -> list[Row]:
    """What one plane's panel reads after the C-arm has moved: at full and half resolution in turn."""
    state, fluoroscope = initial_state(case), Fluoroscope(body)
    turned = count(1)

    def work(halved: bool) -> None:
        plane = state.planes[0]
        pose = replace(plane.pose, orbital_deg=0.1 * next(turned))
        exposure(case, state, replace(plane, pose=pose), fluoroscope, halved=halved)

    times: dict[bool, list[float]] = {False: [], True: []}
    for run in range(runs + 1):
        for halved, found in times.items():
            seconds = seconds_of(lambda halved=halved: work(halved))  # type: ignore[misc]
            if run > 0:
                found.append(seconds)
    ratio = median(times[True]) / median(times[False])
    return [
        row_of("exposure, C-arm moved", times[False]),
        row_of("exposure, C-arm moved, half resolution", times[True], of_full=f"{ratio:.2f}"),
    ]


def still(case: Case, body: ProjectedBody, state: State, name: str, runs: int) -> Row:
    """Both planes pulse after pulse: breathing, noise, lag, filter, display."""
    screens, tick = Screens(case, body=body), count(state.tick, 4)

    def work() -> None:
        now = replace(state, tick=next(tick))
        screens.show_all(now, now.planes)

    return timed(f"frame, both planes, C-arm still, {name}", work, 4 * runs)


def needle_moving(case: Case, body: ProjectedBody, state: State, runs: int) -> Row:
    """The same while a cannula advances: its shadow is drawn anew in both planes."""
    screens, tick = Screens(case, body=body), count(state.tick, 4)

    def work() -> None:
        left, right = state.needles
        assert left is not None
        now = next(tick)
        needle = replace(left, depth_mm=left.depth_mm - 0.05 * (now - state.tick) % 20.0)
        moved = replace(state, tick=now, needles=(needle, right))
        screens.show_all(moved, moved.planes)

    return timed("frame, both planes, needle advancing", work, 4 * runs)


def sweeps(case: Case, body: ProjectedBody, count_: int) -> Row:
    """Live runs while the C-arm turns from lateral to frontal: full-field pictures of different poses a second."""
    made = [sweep(case, body) for _ in range(count_)]
    rates = [len(poses) / seconds for poses, _, seconds in made]
    drawn, full = sum(len(poses) for poses, _, _ in made), sum(full for _, full, _ in made)
    return Row(
        "sweep, lateral to frontal", "frames/s", median(rates), min(rates), max(rates), count_,
        {"at full resolution": f"{full} of {drawn}", "seconds": f"{median(s for _, _, s in made):.1f}"},
    )  # fmt: skip


def sweep(case: Case, body: ProjectedBody) -> tuple[set[float], int, float]:
    """The angles of which there was a picture, how many pictures were at full resolution, and seconds in all.

    The session's clock follows the wall's; of the pulses that have come due the newest is drawn, and while it is
    drawn the next ones are missed, as on a machine that is too slow.
    """
    screens = Screens(case, live=True, body=body)
    start = initial_state(case)
    lateral = replace(start.planes[0].pose, orbital_deg=SWEEP_DEG, orbital_wanted_deg=SWEEP_DEG)
    state = replace(start, planes=(replace(start.planes[0], pose=lateral), *start.planes[1:]))
    state, _ = step(case, state, [SetPulseRate(30.0), PressPedal("A")])
    for _ in range(2 * TICK_HZ):  # brightness control settles
        state, _ = step(case, state)
    screens.show(state, state.planes[0])
    state, _ = step(case, state, [MoveCArm("A", 0.0, 0.0)])
    began, first_tick = time.perf_counter(), state.tick
    poses: set[float] = set()
    full = 0
    while state.planes[0].pose.is_moving:
        pulse: State | None = None
        due = first_tick + math.ceil((time.perf_counter() - began) * TICK_HZ)
        while state.tick < due and state.planes[0].pose.is_moving:
            state, events = step(case, state)
            if any(isinstance(e, Exposed) and e.plane == "A" for e in events):
                pulse = state
        if pulse is not None:
            screens.show(pulse, pulse.planes[0])
            poses.add(pulse.planes[0].pose.orbital_deg)
            full += not screens.was_halved("A")
    return poses, full, time.perf_counter() - began

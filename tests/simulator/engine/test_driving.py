"""C-arm and table while a lever is held: at the speed asked for, to the end of their travel, and no further."""

from __future__ import annotations

import pytest

from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.commands import Command
from simulator.engine.events import Refused
from simulator.engine.state import TICK_HZ, State
from simulator.engine.step import step


def driven(case: Case, state: State, command: Command, ticks: int) -> State:
    """The state some ticks after a command."""
    state, events = step(case, state, [command])
    assert not events
    for _ in range(ticks - 1):
        state, _ = step(case, state)
    return state


def test_a_lever_turns_at_its_speed_and_letting_go_stops(case: Case) -> None:
    start = initial_state(case)
    first = start.planes[0].pose.orbital_deg
    turning = driven(case, start, c.DriveCArm("A", 4.0, -8.0), TICK_HZ)
    pose = turning.planes[0].pose
    assert (pose.orbital_deg - first, pose.angulation_deg) == pytest.approx((4.0, -8.0))
    assert pose.is_moving
    one = driven(case, turning, c.DriveCArm("A", orbital_deg_s=0.0), TICK_HZ).planes[0].pose
    assert (one.orbital_deg, one.angulation_deg) == pytest.approx((pose.orbital_deg, -16.0)), "the other goes on"
    still = driven(case, turning, c.DriveCArm("A", 0.0, 0.0), TICK_HZ).planes[0].pose
    assert not still.is_moving
    assert (still.orbital_deg, still.angulation_deg) == (pose.orbital_deg, pose.angulation_deg)


def test_the_travel_ends(case: Case) -> None:
    state = driven(case, initial_state(case), c.DriveCArm("A", angulation_deg_s=30.0), 3 * TICK_HZ)
    assert state.planes[0].pose.angulation_deg == case.carm("A").angulation_deg[1]
    assert not state.planes[0].pose.is_moving
    back = driven(case, state, c.MoveCArm("A", 0.0, 15.0), TICK_HZ)
    assert back.planes[0].pose.angulation_deg == pytest.approx(15.0), "a commanded place is gone to at full speed"


def test_a_table_is_driven_and_stays_on_the_patient(case: Case) -> None:
    start = initial_state(case)
    along = start.table.shift_mm[1]
    state = driven(case, start, c.DriveTable(lateral_mm_s=-10.0, longitudinal_mm_s=20.0), TICK_HZ)
    assert state.table.shift_mm[0] - start.table.shift_mm[0] == pytest.approx(-10.0)
    assert state.table.shift_mm[1] - along == pytest.approx(20.0)
    far = driven(case, state, c.DriveTable(longitudinal_mm_s=60.0), 12 * TICK_HZ)
    limit = min(case.longitudinal_mm[1], far.table.LIMIT_MM[1])
    assert far.table.shift_mm[1] == pytest.approx(limit)
    assert case.why_off_the_patient(far.table.shift_mm[1]) is None
    stopped = driven(case, state, c.DriveTable(0.0, 0.0, 0.0), 5)
    assert not stopped.table.is_moving
    assert stopped.table.shift_mm == state.table.shift_mm


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (c.DriveCArm("A", 31.0), "at most 30 deg/s"),
        (c.DriveTable(height_mm_s=-61.0), "at most 60 mm/s"),
        (c.DriveCArm("A", float("nan")), "orbital_deg_s"),
    ],
)
def test_no_motor_is_faster_than_it_is(case: Case, command: Command, why: str) -> None:
    state = initial_state(case)
    after, (event,) = step(case, state, [command])
    assert isinstance(event, Refused)
    assert why in event.why
    assert after.planes == state.planes
    assert after.table == state.table

"""Orders to the motors of C-arm and table that run while a lever is held."""

from __future__ import annotations

from dataclasses import replace

from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.orders.common import Outcome, no_plane
from simulator.engine.orders.imaging import with_plane
from simulator.engine.state import State


def drive_carm(case: Case, state: State, command: c.DriveCArm) -> Outcome:
    """Set or stop the motors of a plane's two axes."""
    plane = state.plane(command.plane)
    if plane is None:
        return no_plane(state, command.plane)
    carm, pose = case.carm(plane.name), plane.pose
    top = carm.speed_deg_s
    speeds = pose.speeds_deg_s or (top, top)
    orbital = _axis(command.orbital_deg_s, pose.orbital_deg, pose.orbital_wanted_deg, speeds[0], carm.orbital_deg)
    angulation = _axis(
        command.angulation_deg_s, pose.angulation_deg, pose.angulation_wanted_deg, speeds[1], carm.angulation_deg
    )
    if max(orbital[1], angulation[1]) > top:
        return f"this C-arm turns by at most {top:g} deg/s; ask for less"
    pose = replace(
        pose,
        orbital_wanted_deg=orbital[0],
        angulation_wanted_deg=angulation[0],
        speeds_deg_s=(orbital[1], angulation[1]),
    )
    return with_plane(state, replace(plane, pose=pose)), []


def drive_table(case: Case, state: State, command: c.DriveTable) -> Outcome:
    """Set or stop the motors of the table's three axes; along, the patient must stay in the field."""
    table = state.table
    top = table.SPEED_MM_S
    limits = [(-limit, limit) for limit in table.LIMIT_MM]
    least, most = case.longitudinal_mm
    limits[1] = (max(least, limits[1][0]), min(most, limits[1][1]))
    asked = (command.lateral_mm_s, command.longitudinal_mm_s, command.height_mm_s)
    speeds = table.speeds_mm_s or (top, top, top)
    ways = zip(asked, table.shift_mm, table.wanted_mm, speeds, limits, strict=True)
    lateral, longitudinal, height = (_axis(*way) for way in ways)
    if max(lateral[1], longitudinal[1], height[1]) > top:
        return f"this table moves by at most {top:g} mm/s; ask for less"
    driven = replace(
        table,
        wanted_mm=(lateral[0], longitudinal[0], height[0]),
        speeds_mm_s=(lateral[1], longitudinal[1], height[1]),
    )
    return replace(state, table=driven), []


def _axis(
    asked: float | None, at: float, wanted: float, speed: float, travel: tuple[float, float]
) -> tuple[float, float]:
    """Where an axis is to go, and how fast: to the end of its travel, to where it is, or as it was."""
    if asked is None:
        return wanted, speed
    if asked == 0.0:
        return at, 0.0
    end = travel[1] if asked > 0.0 else travel[0]
    beyond = at > end if asked > 0.0 else at < end  # a case may begin outside of what is asked for later
    return at if beyond else end, abs(asked)

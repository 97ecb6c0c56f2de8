"""Actions of pedals, C-arm and table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from scenarios.schema import PULSES_PER_S
from simulator.app.hands.hands import Action, Done, Hands, choose, give
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.commands import Command
from simulator.engine.state import State
from simulator.imaging.carm import MAGNIFICATIONS, PlaneName

CARM_DEG_S, TABLE_MM_S = (4.0, 20.0), (10.0, 60.0)
"""Fine and coarse speeds while a key is held (presets; engines of such machines give 10 to 25 deg/s)."""
FIELDS_MM = (298.0, 180.0, 110.0)


def _turned(name: str, key: str, drive: Callable[[PlaneName, float], c.DriveCArm], way: float) -> Action:
    """Turns the C-arm while it is held; its other axis goes on as it does."""

    def turn(hands: Hands, _case: Case, state: State) -> Done:
        if state.plane(hands.plane) is None:
            return replace(hands, plane="A"), []
        return hands, [drive(hands.plane, way * hands.step(CARM_DEG_S))]

    def stop(hands: Hands, _case: Case, state: State) -> Done:
        """On every plane: another one may have been chosen while the key was down."""
        return hands, [drive(plane.name, 0.0) for plane in state.planes]

    return Action(name, "carm", key, turn, stop)


def _moved(name: str, key: str, drive: Callable[[float], c.DriveTable], way: float) -> Action:
    """Moves the table while it is held."""
    move = give(lambda hands, _state: drive(way * hands.step(TABLE_MM_S)))
    return Action(name, "carm", key, move, give(lambda _hands, _state: drive(0.0)))


def _orbital(plane: PlaneName, deg_s: float) -> c.DriveCArm:
    return c.DriveCArm(plane, orbital_deg_s=deg_s)


def _angulation(plane: PlaneName, deg_s: float) -> c.DriveCArm:
    return c.DriveCArm(plane, angulation_deg_s=deg_s)


def _along(mm_s: float) -> c.DriveTable:
    return c.DriveTable(longitudinal_mm_s=mm_s)


def _across(mm_s: float) -> c.DriveTable:
    return c.DriveTable(lateral_mm_s=mm_s)


def _next_field(hands: Hands, _case: Case, state: State) -> Done:
    plane = state.plane(hands.plane)
    now = FIELDS_MM[0] if plane is None else plane.pose.field_mm[0]
    smaller = next((side for side in FIELDS_MM if side < now - 1.0), FIELDS_MM[0])
    return hands, [c.Collimate(hands.plane, smaller, smaller)]


def _next_magnification(hands: Hands, _case: Case, state: State) -> Done:
    plane = state.plane(hands.plane)
    now = 1.0 if plane is None else plane.pose.magnification
    larger = next((m for m in MAGNIFICATIONS if m > now + 0.01), MAGNIFICATIONS[0])
    return hands, [c.Magnify(hands.plane, larger)]


def _next_pulse_rate(_hands: Hands, state: State) -> Command:
    """The next slower rate, after the slowest the fastest again."""
    slower = [rate for rate in sorted(PULSES_PER_S, reverse=True) if rate < state.pulses_per_s - 0.01]
    return c.SetPulseRate(slower[0] if slower else max(PULSES_PER_S))


def _other_plane(hands: Hands, state: State) -> Hands:
    return replace(hands, plane="B" if hands.plane == "A" and len(state.planes) > 1 else "A")


ACTIONS: tuple[Action, ...] = (
    Action("pedal_a", "imaging", "Space", give(lambda h, s: c.PressPedal("A")),
           give(lambda h, s: c.ReleasePedal("A"))),
    Action("pedal_b", "imaging", "V", give(lambda h, s: c.PressPedal("B")),
           give(lambda h, s: c.ReleasePedal("B"))),
    Action("shot_a", "imaging", "X", give(lambda h, s: c.Expose("A"))),
    Action("shot_b", "imaging", "C", give(lambda h, s: c.Expose("B"))),
    Action("collimate", "imaging", "B", _next_field),
    Action("magnify", "imaging", "N", _next_magnification),
    Action("other_plane", "carm", "P", choose(_other_plane)),
    _turned("orbital_down", "A", _orbital, -1.0),
    _turned("orbital_up", "D", _orbital, 1.0),
    _turned("cranial", "W", _angulation, 1.0),
    _turned("caudal", "S", _angulation, -1.0),
    _moved("table_head", "T", _along, 1.0),
    _moved("table_feet", "G", _along, -1.0),
    _moved("table_left", "F", _across, -1.0),
    _moved("table_right", "H", _across, 1.0),
    Action("pulse_rate", "carm", "F9", give(_next_pulse_rate)),
)  # fmt: skip

"""Actions of pedals, C-arm and table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar, get_args

from scenarios.schema import PULSES_PER_S
from simulator.app.hands.hands import Action, Do, Done, Group, Hands, choose, give
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.commands import Command
from simulator.engine.state import State
from simulator.imaging.beam.exposure import CurveName, DoseLevel, Mode
from simulator.imaging.carm import MAGNIFICATIONS, PlaneName

Name = TypeVar("Name", bound=str)

CARM_DEG_S, TABLE_MM_S = (4.0, 20.0), (10.0, 60.0)
"""Fine and coarse speeds while a key is held (presets; engines of such machines give 10 to 25 deg/s)."""
FIELDS_MM = (298.0, 180.0, 110.0)
WIDTHS_MM = (298.0, 220.0, 160.0, 100.0)
"""Distances of the side blades that a key goes through."""
IRIS_MM = (None, 280.0, 200.0, 120.0)
"""Diameters of the iris that a key goes through; None: out of the way."""
PLACES = (1, 2, 3)


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


def _recall(number: int) -> Do:
    """Turn the plane in hand to a stored position."""

    def do(hands: Hands, _case: Case, _state: State) -> Done:
        stored = hands.position(hands.plane, number)
        return hands, [] if stored is None else [c.MoveCArm(hands.plane, *stored)]

    return do


def _store(number: int) -> Do:
    """Keep where the plane in hand stands now."""

    def do(hands: Hands, _case: Case, state: State) -> Done:
        plane = state.plane(hands.plane)
        if plane is None:
            return hands, []
        return hands.with_position(hands.plane, number, (plane.pose.orbital_deg, plane.pose.angulation_deg)), []

    return do


def _moved(name: str, group: Group, key: str, drive: Callable[[float], c.DriveTable], way: float) -> Action:
    """Moves the table while it is held."""
    move = give(lambda hands, _state: drive(way * hands.step(TABLE_MM_S)))
    return Action(name, group, key, move, give(lambda _hands, _state: drive(0.0)))


def _orbital(plane: PlaneName, deg_s: float) -> c.DriveCArm:
    return c.DriveCArm(plane, orbital_deg_s=deg_s)


def _angulation(plane: PlaneName, deg_s: float) -> c.DriveCArm:
    return c.DriveCArm(plane, angulation_deg_s=deg_s)


def _along(mm_s: float) -> c.DriveTable:
    return c.DriveTable(longitudinal_mm_s=mm_s)


def _across(mm_s: float) -> c.DriveTable:
    return c.DriveTable(lateral_mm_s=mm_s)


def _up(mm_s: float) -> c.DriveTable:
    return c.DriveTable(height_mm_s=mm_s)


def _next_field(hands: Hands, _case: Case, state: State) -> Done:
    """Both pairs of blades; the iris stays."""
    plane = state.plane(hands.plane) or state.planes[0]
    smaller = _next_smaller(FIELDS_MM, plane.pose.field_mm[0])
    return hands, [c.Collimate(hands.plane, smaller, smaller, plane.pose.iris_mm)]


def _next_width(hands: Hands, _case: Case, state: State) -> Done:
    """The side blades alone: a spine is longer than it is broad."""
    plane = state.plane(hands.plane) or state.planes[0]
    height, width = plane.pose.field_mm
    return hands, [c.Collimate(hands.plane, height, _next_smaller(WIDTHS_MM, width), plane.pose.iris_mm)]


def _next_iris(hands: Hands, _case: Case, state: State) -> Done:
    plane = state.plane(hands.plane) or state.planes[0]
    now = plane.pose.iris_mm
    at = IRIS_MM.index(now) + 1 if now in IRIS_MM else 0
    return hands, [c.Collimate(hands.plane, *plane.pose.field_mm, IRIS_MM[at % len(IRIS_MM)])]


def _next_smaller(sides_mm: tuple[float, ...], now_mm: float) -> float:
    """The next smaller of some sizes, after the smallest the largest again."""
    return next((side for side in sides_mm if side < now_mm - 1.0), sides_mm[0])


def _next_magnification(hands: Hands, _case: Case, state: State) -> Done:
    plane = state.plane(hands.plane)
    now = 1.0 if plane is None else plane.pose.magnification
    larger = next((m for m in MAGNIFICATIONS if m > now + 0.01), MAGNIFICATIONS[0])
    return hands, [c.Magnify(hands.plane, larger)]


def _next_pulse_rate(_hands: Hands, state: State) -> Command:
    """The next slower rate, after the slowest the fastest again."""
    slower = [rate for rate in sorted(PULSES_PER_S, reverse=True) if rate < state.pulses_per_s - 0.01]
    return c.SetPulseRate(slower[0] if slower else max(PULSES_PER_S))


def _next_of(names: Sequence[Name], now: Name) -> Name:
    return names[(names.index(now) + 1) % len(names)]


def _lock(hands: Hands, state: State) -> Command:
    plane = state.plane(hands.plane)
    return c.LockTechnique(hands.plane, plane is None or not plane.locked)


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
    _moved("table_head", "carm", "T", _along, 1.0),
    _moved("table_feet", "carm", "G", _along, -1.0),
    _moved("table_left", "carm", "F", _across, -1.0),
    _moved("table_right", "carm", "H", _across, 1.0),
    Action("pulse_rate", "carm", "F9", give(_next_pulse_rate)),
    *(Action(f"recall_{number}", "machine", f"Ctrl+{number}", _recall(number)) for number in PLACES),
    Action("fluoroscopy_mode", "machine", "Shift+P",
           give(lambda h, s: c.SetFluoroscopyMode(_next_of(get_args(Mode), s.mode)))),
    Action("dose_level", "machine", "Shift+D",
           give(lambda h, s: c.SetDoseLevel(_next_of(get_args(DoseLevel), s.dose_level)))),
    *(Action(f"store_{number}", "machine", f"Ctrl+{number + 6}", _store(number)) for number in PLACES),
    Action("curve", "machine", "Shift+C",
           give(lambda h, s: c.SetExposureCurve(_next_of(get_args(CurveName), s.curve)))),
    Action("lock", "machine", "Shift+L", give(_lock)),
    Action("width", "machine", "Ctrl+B", _next_width),
    Action("iris", "machine", "Shift+B", _next_iris),
    _moved("table_up", "machine", "Shift+T", _up, 1.0),
    _moved("table_down", "machine", "Shift+G", _up, -1.0),
)  # fmt: skip

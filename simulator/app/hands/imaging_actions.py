"""Actions of pedals, C-arm and table."""

from __future__ import annotations

from dataclasses import replace

from scenarios.schema import PULSES_PER_S
from simulator.app.hands.hands import Action, Do, Done, Hands, choose, give
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.commands import Command
from simulator.engine.state import State
from simulator.imaging.carm import MAGNIFICATIONS

CARM_DEG, TABLE_MM = (2.0, 10.0), (5.0, 25.0)
"""Fine and coarse steps of one key press."""
FIELDS_MM = (298.0, 180.0, 110.0)


def _turn_carm(orbital: float, angulation: float) -> Do:
    def do(hands: Hands, _case: Case, state: State) -> Done:
        plane = state.plane(hands.plane)
        if plane is None:
            return replace(hands, plane="A"), []
        by, pose = hands.step(CARM_DEG), plane.pose
        turned = c.MoveCArm(
            hands.plane, pose.orbital_wanted_deg + orbital * by, pose.angulation_wanted_deg + angulation * by
        )
        return hands, [turned]

    return do


def _move_table(across: float, along: float) -> Do:
    def make(hands: Hands, state: State) -> Command:
        by = hands.step(TABLE_MM)
        x, y, z = state.table.wanted_mm
        return c.MoveTable(x + across * by, y + along * by, z)

    return give(make)


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
    Action("orbital_down", "carm", "A", _turn_carm(-1.0, 0.0)),
    Action("orbital_up", "carm", "D", _turn_carm(1.0, 0.0)),
    Action("cranial", "carm", "W", _turn_carm(0.0, 1.0)),
    Action("caudal", "carm", "S", _turn_carm(0.0, -1.0)),
    Action("table_head", "carm", "T", _move_table(0.0, 1.0)),
    Action("table_feet", "carm", "G", _move_table(0.0, -1.0)),
    Action("table_left", "carm", "F", _move_table(-1.0, 0.0)),
    Action("table_right", "carm", "H", _move_table(1.0, 0.0)),
    Action("pulse_rate", "carm", "F9", give(_next_pulse_rate)),
)  # fmt: skip

"""Orders to needles and cannulae."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from anatomy.corridors import skin_point
from simulator.devices.cement import channel_voxels
from simulator.devices.needle import MAX_REDIRECTION_DEG, Needle, direction, redirected
from simulator.engine import commands as c
from simulator.engine import events as e
from simulator.engine.case import Case
from simulator.engine.needling import measured
from simulator.engine.orders.common import Outcome, busy, no_needle, unsteady, with_needle
from simulator.engine.state import State, index_of, with_side

DRILL_REACH_MM = 60.0
"""A drill comes so far out of the cannula's tip (unconfirmed)."""


def puncture_skin(case: Case, state: State, command: c.PunctureSkin) -> Outcome:
    side, tools = command.side, case.scenario.instruments
    if side not in tools.needles:
        return f"this case has no {side} cannula; it has {' and '.join(tools.needles)}"
    if state.needle(side) is not None:
        return f"the {side} cannula is already in the patient; redirect it, or withdraw it to puncture again"
    way = direction(side, command.convergence_deg, command.caudal_deg)
    try:
        inside = np.array([command.x_mm, case.ground.vertebra.posterior_wall_y_mm - 30.0, command.z_mm])
        skin = skin_point(case.patient.tissue, inside, np.array([0.0, -1.0, 0.0]))
    except ValueError:
        skin = None
    if skin is None or abs(float(skin[1] - inside[1])) < 1.0:
        return f"x {command.x_mm:g} mm, z {command.z_mm:g} mm is not on the back; choose a point over the muscles"
    point = (float(skin[0]), float(skin[1]), float(skin[2]))
    needle = Needle(side, tools.needle_gauge, point, (float(way[0]), float(way[1]), float(way[2])))
    state = replace(with_needle(state, needle), punctures=state.punctures + 1)
    return state, [e.SkinPunctured(side, (round(point[0], 2), round(point[1], 2), round(point[2], 2)))]


def advance(case: Case, state: State, command: c.Advance) -> Outcome:
    needle = state.needle(command.side)
    if needle is None:
        return no_needle(command.side)
    if (why := busy(state, command.side)) is not None:
        return why
    if not needle.stylet:
        return "a cannula without its stylet punches tissue; insert the stylet before advancing"
    return with_needle(state, replace(needle, feed_mm=command.distance_mm, technique=command.technique)), []


def withdraw(case: Case, state: State, command: c.Withdraw) -> Outcome:
    needle = state.needle(command.side)
    if needle is None:
        return no_needle(command.side)
    if (why := busy(state, command.side)) is not None:
        return why
    return with_needle(state, replace(needle, feed_mm=-command.distance_mm)), []


def redirect(case: Case, state: State, command: c.Redirect) -> Outcome:
    needle = state.needle(command.side)
    if needle is None:
        return no_needle(command.side)
    if (why := busy(state, command.side)) is not None:
        return why
    turn = redirected(needle, direction(command.side, command.convergence_deg, command.caudal_deg))
    if turn.wanted_deg > MAX_REDIRECTION_DEG and needle.depth_mm > 5.0:
        return (
            f"turning by {turn.wanted_deg:.0f} deg would tear the track; withdraw to the skin for more than "
            f"{MAX_REDIRECTION_DEG:.0f} deg"
        )
    if turn.achieved_deg <= 0.0 and turn.wanted_deg > 0.1:
        return f"bone holds the cannula over {needle.bone_mm:.0f} mm; withdraw it to the cortex to redirect it"
    work = state.needlework[index_of(command.side)]
    work, found = measured(case, state, turn.needle, work)
    state = replace(
        with_needle(state, turn.needle),
        needlework=with_side(state.needlework, command.side, work),
        redirections=state.redirections + 1,
    )
    return state, [e.Redirected(command.side, round(turn.wanted_deg, 2), round(turn.achieved_deg, 2)), *found]


def stylet(inserted: bool) -> Callable[[Case, State, Any], Outcome]:
    def order(case: Case, state: State, command: c.RemoveStylet | c.InsertStylet) -> Outcome:
        needle = state.needle(command.side)
        if needle is None:
            return no_needle(command.side)
        if (why := unsteady(state, command.side)) is not None:
            return why
        if needle.stylet == inserted:
            return f"the stylet of the {command.side} cannula is already {'in' if inserted else 'out'}"
        if inserted and state.batch.bore_ml[index_of(command.side)] > 0.0:
            return f"cement fills the bore of the {command.side} cannula; the stylet no longer goes in"
        moved = with_needle(state, replace(needle, stylet=inserted))
        return moved, [e.StyletMoved(command.side, inserted)]

    return order


def drill(case: Case, state: State, command: c.Drill) -> Outcome:
    needle = state.needle(command.side)
    if needle is None:
        return no_needle(command.side)
    if (why := unsteady(state, command.side)) is not None:
        return why
    if needle.stylet:
        return "the stylet is in the cannula; remove it before drilling"
    if not needle.in_bone:
        return "the cannula is not held by bone; advance it into the pedicle before drilling"
    left = DRILL_REACH_MM - needle.drilled_mm
    if command.distance_mm > left:
        return f"the drill reaches {DRILL_REACH_MM:g} mm beyond the cannula; {max(left, 0.0):.0f} mm are left"
    drilled = replace(needle, drilled_mm=needle.drilled_mm + command.distance_mm)
    fresh = channel_voxels(case.ground.at(state.amplitude), drilled)
    channels = fresh if state.opened.channels is None else state.opened.channels | fresh
    work, found = measured(case, state, drilled, state.needlework[index_of(command.side)])
    state = replace(
        with_needle(state, drilled),
        opened=replace(state.opened, channels=channels),
        needlework=with_side(state.needlework, command.side, work),
    )
    return state, [e.ChannelDrilled(command.side, round(drilled.drilled_mm, 2)), *found]

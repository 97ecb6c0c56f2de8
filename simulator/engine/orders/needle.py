"""Orders to needles and cannulae."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from anatomy.corridors import skin_point
from anatomy.frames import FloatArray
from simulator.devices import track
from simulator.devices.cement import channel_voxels
from simulator.devices.instruments import TOOLS
from simulator.devices.levering import MAX_REDIRECTION_DEG, Lever, lever, redirected
from simulator.devices.needle import Needle, direction
from simulator.devices.path import triple
from simulator.engine import commands as c
from simulator.engine import events as e
from simulator.engine.case import Case
from simulator.engine.needling import measured
from simulator.engine.orders.cement import pushed_by_stylet
from simulator.engine.orders.common import Outcome, Refusal, busy, no_needle, unsteady, with_needle
from simulator.engine.state import Opened, State, index_of, with_side

DRILL_REACH_MM = 60.0
"""A drill comes so far out of the cannula's tip (unconfirmed)."""


def puncture_skin(case: Case, state: State, command: c.PunctureSkin) -> Outcome:
    side, tools = command.side, case.scenario.instruments
    if side not in tools.needles:
        return f"this case has no {side} cannula; it has {' and '.join(tools.needles)}"
    if state.needle(side) is not None:
        return f"the {side} cannula is already in the patient; redirect it, or withdraw it to puncture again"
    if state.wires[index_of(side)] is not None:
        return f"a wire stands in the back on the {side}; slide a cannula over it, or take it out"
    way = direction(side, command.convergence_deg, command.caudal_deg)
    skin = on_the_back(case, command.x_mm, command.z_mm)
    if isinstance(skin, str):
        return skin
    point = triple(skin)
    needle = Needle(
        side,
        tools.needle_gauge,
        point,
        triple(way),
        tip=tools.needle_tip,
        length_mm=float(tools.cannula_length_mm),
    )
    state = replace(with_needle(state, needle), punctures=state.punctures + 1)
    return state, [e.SkinPunctured(side, (round(point[0], 2), round(point[1], 2), round(point[2], 2)))]


def advance(case: Case, state: State, command: c.Advance) -> Outcome:
    needle = state.needle(command.side)
    if needle is None:
        return no_needle(command.side)
    if (why := busy(state, command.side)) is not None:
        return why
    if needle.over_a_wire:
        if needle.tool_mm <= 0.0:
            return "the wire ends at the cannula's tip; take it out, insert the stylet, then advance"
    elif needle.tool is not None:
        return f"the {TOOLS[needle.tool].kind} is in the {command.side} cannula; take it out first"
    elif not needle.stylet:
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
    if needle.tool_mm > 0.0 and needle.tool is not None:
        return f"the {TOOLS[needle.tool].kind} stands {needle.tool_mm:.0f} mm beyond the tip; draw it back first"
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
        opened=_left_behind(case, state, needle, turn.needle),
    )
    cost = lever(needle, case.probe, turn.achieved_deg) if needle.in_bone else Lever(0.0, 0.0)
    event = e.Redirected(
        command.side,
        round(turn.wanted_deg, 2),
        round(turn.achieved_deg, 2),
        round(cost.force_n, 1),
        round(cost.hub_mm, 2),
    )
    return state, [event, *found]


def _left_behind(case: Case, state: State, before: Needle, after: Needle) -> Opened:
    """The openings after a turn: the old way stays open beside the cannula, where there is one.

    Levering in bone shifts the tip by less than the cannula is thick: it still fills its hole.
    """
    if before.depth_mm <= 0.0 or after is before or before.in_bone:
        return state.opened
    grid = case.ground.grid
    tracks = track.merged(state.opened.tracks, track.whole(before, grid))
    return replace(state.opened, tracks=track.without(tracks, track.filled(after, grid)))


def rotate_bevel(case: Case, state: State, command: c.RotateBevel) -> Outcome:
    needle = state.needle(command.side)
    if needle is None:
        return no_needle(command.side)
    if (why := busy(state, command.side)) is not None:
        return why
    if needle.tip != "bevel":
        return "a diamond tip faces nowhere and steers nowhere; only a bevel can be turned"
    clock_deg = command.clock_deg % 360.0
    turned = with_needle(state, replace(needle, bevel_clock_deg=clock_deg))
    return turned, [e.BevelTurned(command.side, round(clock_deg, 1))]


def on_the_back(case: Case, x_mm: float, z_mm: float) -> FloatArray | Refusal:
    """The point (3,) of the skin of the back over (x, z), patient frame."""
    inside = np.array([x_mm, case.ground.vertebra.posterior_wall_y_mm - 30.0, z_mm])
    try:
        skin: FloatArray | None = skin_point(case.patient.tissue, inside, np.array([0.0, -1.0, 0.0]))
    except ValueError:
        skin = None
    if skin is None or abs(float(skin[1] - inside[1])) < 1.0:
        return f"x {x_mm:g} mm, z {z_mm:g} mm is not on the back; choose a point over the muscles"
    return skin


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
            return pushed_by_stylet(case, state, command.side)
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

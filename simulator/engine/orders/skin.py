"""Orders on and just under the skin: markers, and the needle that anaesthetises the way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from anatomy.frames import FloatArray, unit
from simulator.devices.fine_needle import FineNeedle, inserted
from simulator.devices.needle import direction
from simulator.devices.path import triple
from simulator.engine import commands as c
from simulator.engine import events as e
from simulator.engine.case import Case
from simulator.engine.fine_needling import fine_needle_site, touched
from simulator.engine.orders.common import Outcome
from simulator.engine.orders.needle import on_the_back
from simulator.engine.state import SkinMark, State

_NORMAL_STEP_MM = 8.0


def mark_skin(case: Case, state: State, command: c.MarkSkin) -> Outcome:
    at = on_the_back(case, command.x_mm, command.z_mm)
    if isinstance(at, str):
        return at
    mark = SkinMark(command.mark, triple(at), triple(_normal(case, at)))
    x, y, z = mark.at_mm
    return replace(state, skin_mark=mark), [e.SkinMarked(command.mark, (round(x, 2), round(y, 2), round(z, 2)))]


def _normal(case: Case, at_mm: FloatArray) -> FloatArray:
    """Outward unit normal (3,) of the back at a point of it, from its neighbours; straight back at its edge."""
    slopes = []
    for dx, dz in ((_NORMAL_STEP_MM, 0.0), (0.0, _NORMAL_STEP_MM)):
        one, other = (on_the_back(case, at_mm[0] + s * dx, at_mm[2] + s * dz) for s in (1.0, -1.0))
        if isinstance(one, str) or isinstance(other, str):
            return np.array([0.0, -1.0, 0.0])
        slopes.append(float(one[1] - other[1]) / (2.0 * _NORMAL_STEP_MM))
    return unit(np.array([slopes[0], -1.0, slopes[1]]))


def remove_mark(case: Case, state: State, command: c.RemoveMark) -> Outcome:
    if state.skin_mark is None:
        return "there is no marker on the skin; lay one first"
    return replace(state, skin_mark=None), [e.MarkRemoved()]


def insert_fine_needle(case: Case, state: State, command: c.InsertFineNeedle) -> Outcome:
    if state.fine_needle is not None:
        return f"the {state.fine_needle.gauge} G needle is still in the back; take it out first"
    skin = on_the_back(case, command.x_mm, command.z_mm)
    if isinstance(skin, str):
        return skin
    way = direction("right" if command.x_mm >= 0.0 else "left", command.convergence_deg, command.caudal_deg)
    needle, on_bone = inserted(FineNeedle(command.gauge, triple(skin), triple(way)), case.probe, command.depth_mm)
    state = replace(state, fine_needle=needle)
    event = e.FineNeedleInserted(
        command.gauge,
        round(needle.depth_mm, 2),
        fine_needle_site(case, state) or "other",
        on_bone,
        touched(case.probe, needle),
        round(needle.aside_mm, 2),
    )
    return state, [event]


def remove_fine_needle(case: Case, state: State, command: c.RemoveFineNeedle) -> Outcome:
    if state.fine_needle is None:
        return "no anaesthetic needle is in the back; insert one first"
    return replace(state, fine_needle=None), [e.FineNeedleRemoved()]

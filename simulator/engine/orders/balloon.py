"""Orders to balloons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulator.devices.balloon import Balloon
from simulator.devices.manometer import MOST_PSI
from simulator.engine import commands as c
from simulator.engine import events as e
from simulator.engine.case import Case
from simulator.engine.inflating import deflated, drawn_back
from simulator.engine.orders.common import Outcome, no_needle, unsteady
from simulator.engine.state import State, index_of, with_side

OVERFILL = 1.3
"""A balloon can be forced beyond its nominal volume by so much."""
LEAST_ML = 0.05
"""A balloon that holds less is empty: its catheter alone holds more (unconfirmed)."""


def insert_balloon(case: Case, state: State, command: c.InsertBalloon) -> Outcome:
    needle, model = state.needle(command.side), case.balloon
    if model is None:
        return "this case has no balloon; it is a vertebroplasty"
    if needle is None:
        return no_needle(command.side)
    if (why := unsteady(state, command.side)) is not None:
        return why
    if needle.stylet:
        return "the stylet is in the cannula; remove it before inserting the balloon"
    if state.batch.bore_ml[index_of(command.side)] > 0.0:
        return f"cement fills the bore of the {command.side} cannula; the balloon no longer goes through"
    if needle.drilled_mm < model.length_mm:
        return (
            f"the channel is {needle.drilled_mm:.0f} mm long and the balloon {model.length_mm:.0f} mm: its near "
            "marker would stay in the cannula; drill deeper, or start drilling nearer the posterior wall"
        )
    distal = needle.channel_end_mm
    proximal = distal - model.length_mm * needle.axis
    balloon = Balloon(command.side, model, _triple(distal), _triple(proximal))
    state = replace(state, balloons=with_side(state.balloons, command.side, balloon))
    return state, [e.BalloonInserted(command.side, model.name)]


def _triple(point: np.ndarray) -> tuple[float, float, float]:
    return float(point[0]), float(point[1]), float(point[2])


def inflate(case: Case, state: State, command: c.Inflate) -> Outcome:
    balloon = state.balloon(command.side)
    if balloon is None:
        return f"there is no balloon in the {command.side} cannula; insert one first"
    if balloon.ruptured:
        return "the balloon has ruptured; remove it"
    if balloon.pressure_psi >= 0.999 * MOST_PSI:
        return (
            f"the manometer shows {balloon.pressure_psi:.0f} psi, and the syringe pushes no harder than "
            f"{MOST_PSI:.0f}; wait until the pressure has fallen, or deflate"
        )
    wanted = max(balloon.wanted_ml, balloon.volume_ml) + command.volume_ml
    most = OVERFILL * balloon.model.ceiling_ml
    if wanted > most:
        return f"{wanted:.1f} ml are more than this balloon can be forced to hold ({most:.1f} ml)"
    return replace(state, balloons=with_side(state.balloons, command.side, replace(balloon, wanted_ml=wanted))), []


def draw_contrast_back(case: Case, state: State, command: c.DrawContrastBack) -> Outcome:
    balloon = state.balloon(command.side)
    if balloon is None:
        return f"there is no balloon in the {command.side} cannula"
    if balloon.ruptured:
        return "the balloon has ruptured; its contrast is in the bone: remove it"
    holds_ml = max(balloon.wanted_ml, balloon.volume_ml)
    if holds_ml <= 0.0:
        return f"the {command.side} balloon is empty"
    left_ml = holds_ml - command.volume_ml
    if left_ml <= LEAST_ML:
        return deflate(case, state, c.Deflate(command.side))
    if left_ml >= balloon.volume_ml:  # no more than what has not flowed in yet
        less = replace(balloon, wanted_ml=left_ml)
        return replace(state, balloons=with_side(state.balloons, command.side, less)), []
    state = drawn_back(case, state, command.side, left_ml)
    return state, [e.ContrastDrawnBack(command.side, round(left_ml, 2))]


def deflate(case: Case, state: State, command: c.Deflate) -> Outcome:
    balloon = state.balloon(command.side)
    if balloon is None:
        return f"there is no balloon in the {command.side} cannula"
    volume = balloon.volume_ml
    return deflated(case, state, command.side), [e.BalloonDeflated(command.side, round(volume, 2))]


def remove_balloon(case: Case, state: State, command: c.RemoveBalloon) -> Outcome:
    balloon = state.balloon(command.side)
    if balloon is None:
        return f"there is no balloon in the {command.side} cannula"
    if balloon.volume_ml > 0.0 and not balloon.ruptured:
        return f"the balloon still holds {balloon.volume_ml:.1f} ml; deflate it before pulling it out"
    return replace(state, balloons=with_side(state.balloons, command.side, None)), [e.BalloonRemoved(command.side)]

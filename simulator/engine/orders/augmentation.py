"""Orders to balloon and cement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulator.devices import cement
from simulator.devices.balloon import Balloon
from simulator.engine import commands as c
from simulator.engine import events as e
from simulator.engine.augmenting import deflated
from simulator.engine.case import Case
from simulator.engine.orders.common import Outcome, no_needle, unsteady
from simulator.engine.state import TICK_HZ, State, index_of, with_side

OVERFILL = 1.3
"""A balloon can be forced beyond its nominal volume by so much."""


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
    wanted = max(balloon.wanted_ml, balloon.volume_ml) + command.volume_ml
    most = OVERFILL * balloon.model.ceiling_ml
    if wanted > most:
        return f"{wanted:.1f} ml are more than this balloon can be forced to hold ({most:.1f} ml)"
    return replace(state, balloons=with_side(state.balloons, command.side, replace(balloon, wanted_ml=wanted))), []


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


def mix_cement(case: Case, state: State, command: c.MixCement) -> Outcome:
    if state.batch.is_mixed:
        minutes = (state.tick - (state.batch.mixed_tick or 0)) / TICK_HZ / 60.0
        return f"the cement was mixed {minutes:.1f} min ago; this case has one batch"
    batch = replace(state.batch, mixed_tick=state.tick)
    return replace(state, batch=batch), [e.CementMixed(case.scenario.instruments.cement)]


def start_injection(case: Case, state: State, command: c.StartInjection) -> Outcome:
    batch, needle = state.batch, state.needle(command.side)
    if not batch.is_mixed:
        return "the cement has not been mixed; mix it first"
    if needle is None:
        return no_needle(command.side)
    if (why := unsteady(state, command.side)) is not None:
        return why
    if batch.side is not None:
        return f"cement is being injected on the {batch.side}; stop that first"
    if needle.stylet:
        return "the stylet is in the cannula; remove it before injecting"
    if not needle.in_bone:
        return "the cannula's tip is not in bone; cement would go into soft tissue"
    if cement.is_set(batch, case.cement):
        return "the cement has set; nothing can be injected any more"
    same = batch.bore_ml[index_of(command.side)] > 0.0
    batch = replace(
        batch,
        side=command.side,
        wanted_ml_s=command.rate_ml_per_min / 60.0,
        resistance_pa_s_m3=batch.resistance_pa_s_m3 if same else 0.0,
    )
    minutes = (state.tick - (batch.mixed_tick or 0)) / TICK_HZ / 60.0
    viscosity = cement.viscosity_pa_s(batch, case.cement)
    started = e.InjectionStarted(command.side, round(minutes, 3), round(viscosity, 1))
    return replace(state, batch=batch), [started]


def stop_injection(case: Case, state: State, command: c.StopInjection) -> Outcome:
    batch = state.batch
    if batch.side is None:
        return "no cement is being injected"
    stopped = e.InjectionStopped(batch.side, "hand", round(batch.filling.total_ml, 3))
    return replace(state, batch=replace(batch, side=None, flow_ml_s=0.0)), [stopped]

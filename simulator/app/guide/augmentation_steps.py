"""Steps of balloons and cement, and the end."""

from __future__ import annotations

from functools import partial

from anatomy.spec import Side
from simulator.app.guide.seen import delivered_ml
from simulator.app.guide.step import Hint, Now, Step, hint
from simulator.engine.case import Case
from simulator.engine.state import TICK_HZ, index_of

ENOUGH_VOLUME, ENOUGH_PRESSURE = 0.85, 0.70
"""Shares of a balloon's nominal volume and rated pressure from which inflation may be left at that (presets)."""
WARN_PRESSURE = 0.85
LOOK_EVERY_ML = 0.6
START_MIN = 3.0
"""Age at which cement may be injected where the scenario does not say."""
FIRST_ML = 0.15
ENOUGH_FILL, GOAL_FILL = 0.13, 0.20
"""Shares of the body's volume: 16 % restores strength (clinical M27); a quarter less is left at that (preset)."""
STOP_FRONT_PERCENT = 30.0
"""Cement whose rear lies so near to the posterior wall, % of depth, is stopped: the posterior quarter (M32)."""
BLIND_ML = 0.3
SEEN_LEAK_MM2 = 8.0


def balloon_steps(sides: tuple[Side, ...]) -> list[Step]:
    """From the first millilitre of contrast to the empty cannulae."""
    return [
        Step("inflate", "balloon", partial(_inflate, sides=sides)),
        Step("balloon_look", "balloon", _balloon_look, overtaken_by=("balloon_removed",)),
        Step("balloon_out", "balloon", partial(_balloon_out, sides=sides)),
    ]


def cement_steps(sides: tuple[Side, ...]) -> list[Step]:
    """From the powder to the end."""
    return [
        Step("mix", "cement", _mix),
        Step("wait", "cement", _wait, overtaken_by=("injection_started",)),
        Step("first_drops", "cement", _first_drops),
        *(Step("fill", "cement", partial(_fill, side=side, sides=sides), side) for side in sides),
        *(Step("out", "end", partial(_out, side=side), side) for side in sides),
        Step("last_pictures", "end", _last_pictures),
        Step("ask", "end", _ask),
        Step("end", "end", lambda now: None if now.state.ended else hint("end")),
    ]


def start_min(case: Case) -> float:
    """Minutes after mixing from which the scenario wants cement injected."""
    wanted = [c.full_from for c in case.scenario.rubric.criteria if c.metric == "injection_start_min"]
    return next((minutes for minutes in wanted if minutes is not None), START_MIN)


def _inflate(now: Now, sides: tuple[Side, ...]) -> Hint | None:
    model = now.case.balloon
    assert model is not None
    for side in sides:
        balloon = now.state.balloon(side)
        over = now.seen.did("balloon_deflated", side) or now.seen.did("balloon_ruptured", side)
        if now.state.stop_criteria[index_of(side)] or over:
            continue
        if balloon is None:
            return hint("balloon", side=side)
        if balloon.pressure_psi >= WARN_PRESSURE * model.rated_psi:
            return hint("pressure", psi=balloon.pressure_psi, rated=model.rated_psi, side=side, urgent=True)
        enough = balloon.volume_ml >= ENOUGH_VOLUME * model.ceiling_ml
        if enough or balloon.pressure_psi >= ENOUGH_PRESSURE * model.rated_psi:
            continue
        lateral = now.seen.of_kind.get("lateral")
        held = sum(one.volume_ml for one in now.state.balloons if one is not None)
        if held - (0.0 if lateral is None else lateral.balloon_ml) > LOOK_EVERY_ML:
            return hint("inflate_look", ml=held)
        return hint("inflate", side=side, ml=balloon.volume_ml, psi=balloon.pressure_psi)
    return None


def _balloon_look(now: Now) -> Hint | None:
    for kind in ("frontal", "lateral"):
        look = now.seen.of_kind.get(kind)
        if look is None or look.balloon_ml < 1.0:
            return hint(f"balloon_{kind}")
    return None


def _balloon_out(now: Now, sides: tuple[Side, ...]) -> Hint | None:
    for side in sides:
        balloon = now.state.balloon(side)
        if balloon is not None:
            return hint("deflate" if balloon.volume_ml > 0.0 and not balloon.ruptured else "remove", side=side)
    return None


def _mix(now: Now) -> Hint | None:
    return None if now.state.batch.is_mixed else hint("mix")


def _wait(now: Now) -> Hint | None:
    batch, state = now.state.batch, now.state
    if batch.mixed_tick is None:
        return hint("mix")
    left_s = 60.0 * start_min(now.case) - (state.tick - batch.mixed_tick) / TICK_HZ
    if left_s > 0.0:
        return hint("wait", left=left_s, age=(state.tick - batch.mixed_tick) / TICK_HZ / 60.0)
    if batch.ready_tick is not None and batch.ready_tick > state.tick:
        return hint("hands_busy", left=(batch.ready_tick - state.tick) / TICK_HZ)
    return None


def _first_drops(now: Now) -> Hint | None:
    lateral, delivered = now.seen.of_kind.get("lateral"), delivered_ml(now.state)
    if lateral is not None and lateral.delivered_ml >= FIRST_ML:
        return None
    if all(needle is None for needle in now.state.needles):  # left without cement
        return None
    if delivered >= FIRST_ML:
        return hint("drops_unseen", ml=delivered, urgent=True)
    if now.state.batch.side is None:
        return hint("drops_start") if now.state.batch.injected_ml <= 0.0 else _stopped(now)
    return hint("drops_bore")


def _fill(now: Now, side: Side, sides: tuple[Side, ...]) -> Hint | None:
    batch, lateral = now.state.batch, now.seen.of_kind.get("lateral")
    delivered = delivered_ml(now.state)
    body_ml = now.case.ground.at(now.state.amplitude).body_ml
    share = (sides.index(side) + 1) / len(sides)
    leak = now.seen.leak_mm2 >= SEEN_LEAK_MM2
    front = None if lateral is None else lateral.front_percent
    near = front is not None and front <= STOP_FRONT_PERCENT
    if batch.side == side:
        if now.seen.leak_mm2 >= now.seen.leak_before_mm2 + SEEN_LEAK_MM2:
            return hint("leak", urgent=True)
        if delivered - (0.0 if lateral is None else lateral.delivered_ml) > BLIND_ML:
            return hint("blind", ml=delivered - (0.0 if lateral is None else lateral.delivered_ml), urgent=True)
        if near and front is not None:
            return hint("posterior", percent=front, urgent=True)
        if delivered >= GOAL_FILL * share * body_ml:
            return hint("enough", percent=100.0 * delivered / body_ml)
        return hint("filling", percent=100.0 * delivered / body_ml, goal=100.0 * GOAL_FILL * share)
    if now.state.needle(side) is None:  # left at what the other side has given
        return None
    if not now.seen.did("injection_started", side):
        return hint("fill_or_leave" if leak or near else "fill", side=side)
    blocked = any(now.seen.did("injection_stopped", f"{side} {by}") for by in ("pressure", "full", "set"))
    if leak or near or blocked or delivered >= ENOUGH_FILL * share * body_ml:
        return None
    return _stopped(now)


def _stopped(now: Now) -> Hint:
    """Nothing flows, and there is not enough yet."""
    batch = now.state.batch
    if batch.ready_tick is not None:
        return hint("hands_busy", left=max(batch.ready_tick - now.state.tick, 0) / TICK_HZ)
    if batch.loaded_ml <= 0.0:
        return hint("reload")
    body_ml = now.case.ground.at(now.state.amplitude).body_ml
    return hint("go_on", percent=100.0 * delivered_ml(now.state) / body_ml)


def _out(now: Now, side: Side) -> Hint | None:
    needle = now.state.needle(side)
    if needle is None:
        return None
    if now.state.batch.side == side:
        return hint("stylet_pushes" if now.state.batch.by_stylet else "stop_first", side=side)
    if not needle.stylet and now.state.batch.bore_ml[index_of(side)] > 0.0 and needle.in_bone:
        return hint("stylet_in", side=side)
    return hint("out", side=side, mm=needle.depth_mm)


def _last_pictures(now: Now) -> Hint | None:
    for kind in ("frontal", "lateral"):
        look = now.seen.of_kind.get(kind)
        if look is None or look.needles or look.delivered_ml < delivered_ml(now.state) - 1e-9:
            return hint(f"last_{kind}")
    return None


def _ask(now: Now) -> Hint | None:
    answered = now.seen.answered_ml
    return None if answered is not None and answered > 0.0 else hint("ask")


def in_danger(now: Now) -> Hint | None:
    """What comes before any step: the patient."""
    vitals = now.state.vitals
    if vitals.saturation_percent < 90.0:
        return hint("low_saturation", value=vitals.saturation_percent, urgent=True)
    if vitals.mean_pressure_mmhg < 65.0:
        return hint("low_pressure", value=vitals.mean_pressure_mmhg, urgent=True)
    return None

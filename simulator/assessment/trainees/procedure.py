"""The whole procedure as a scripted trainee does it: access, reduction, cement, final pictures."""

from __future__ import annotations

from typing import get_args

from anatomy.spec import Side
from simulator.assessment.trainees.access import Operator
from simulator.assessment.trainees.care import Carer
from simulator.assessment.trainees.eyes import Eyes
from simulator.assessment.trainees.hands import Hands, Watcher
from simulator.assessment.trainees.skill import SKILLS, Skill, SkillName
from simulator.engine.commands import (
    AskPatient,
    Deflate,
    Drill,
    EndProcedure,
    Inflate,
    InsertBalloon,
    LoadInjector,
    MixCement,
    PressPedal,
    ReleasePedal,
    RemoveBalloon,
    RemoveStylet,
    SetPulseRate,
    StartInjection,
    StopInjection,
    Withdraw,
)
from simulator.engine.events import Exposed, Refused
from simulator.engine.session import Session
from simulator.engine.state import TICK_HZ, State

SKILL_NAMES: tuple[SkillName, ...] = get_args(SkillName)
SEEN_MM2 = 8.0
"""Leaked cement in a picture that nobody overlooks."""
LOADED_BY_S = 90.0
"""By then cement is mixed and an injector loaded, whatever the product."""
TIP_DEPTH = 0.74
"""Where a vertebroplasty needle is to end: anterior third (clinical M4)."""


def perform(session: Session, skill_name: SkillName, watcher: Watcher | None = None) -> None:
    """Play a session from beginning to end with a skill. Errors follow from the case's seed."""
    case, skill = session.case, SKILLS[skill_name]
    treat(Operator(case, Hands(session, watcher, Carer(skill)), Eyes(case, skill, case.seed), skill))


def treat(operator: Operator) -> None:
    """From the first picture to the end of the procedure, by whatever hands the operator has."""
    case, hands, skill = operator.case, operator.hands, operator.skill
    hands.wait(1.0)
    operator.set_up()
    sides = case.scenario.instruments.needles
    depth = case.ground.vertebra.size.depth_mm
    kyphoplasty = case.balloon is not None
    for side in sides:
        operator.reach_bone(side)
        operator.into_body(side, skill.beyond_wall_mm if kyphoplasty else TIP_DEPTH * depth)
        hands.do(RemoveStylet(side))
    if kyphoplasty:
        for side in sides:
            _drill(operator, side, depth)
        _reduce(operator, sides)
    else:
        hands.do(MixCement())
    _wait_for_cement(operator, skill)
    _fill(operator, sides)
    for side in sides:
        _take_out(hands, side)
    operator.both_views()
    hands.wait(5.0)
    if skill.asks_patient:
        hands.do(AskPatient())
    hands.do(EndProcedure())


def _take_out(hands: Hands, side: Side) -> None:
    hands.act(Withdraw(side, 130.0), 12.0, lambda s: s.needle(side) is None)


def _drill(operator: Operator, side: Side, depth_mm: float) -> None:
    """Open a channel for the balloon to just short of the anterior cortex."""
    hands, skill = operator.hands, operator.skill
    balloon = operator.case.balloon
    assert balloon is not None
    needle = hands.state.needle(side)
    assert needle is not None
    forward = operator.case.ground.vertebra.patient_from_vertebra[:3, 1]
    slope = max(float(needle.axis @ forward), 0.3)
    readings = [operator.wall_distance(side, operator.look("lateral")) for _ in range(skill.averaged)]
    wanted = skill.drill_depth * depth_mm / slope + sum(readings) / len(readings)
    if wanted < balloon.length_mm + 0.5:  # the near marker must leave the cannula
        back = balloon.length_mm + 0.5 - wanted
        hands.act(Withdraw(side, back), 4.0, lambda s: _still(s, side))
        wanted += back
    hands.act(Drill(side, round(wanted, 1)), 6.0)
    operator.look("lateral")
    hands.act(InsertBalloon(side), 3.0)


def _still(state: State, side: Side) -> bool:
    needle = state.needle(side)
    return needle is None or needle.feed_mm == 0.0


def _reduce(operator: Operator, sides: tuple[Side, ...]) -> None:
    """Inflate all balloons in steps until the first reason to stop, then take them out."""
    hands, skill, balloon = operator.hands, operator.skill, operator.case.balloon
    assert balloon is not None
    open_sides = [side for side in sides if hands.state.balloon(side) is not None]
    mixed = False
    for _ in range(40):
        if not open_sides:
            break
        for side in list(open_sides):
            if any(isinstance(event, Refused) for event in hands.do(Inflate(side, skill.inflation_ml))):
                open_sides.remove(side)
        hands.wait(skill.inflation_ml / 0.1 + skill.pause_s)
        if skill.heeds_criteria or skill.seconds_per_picture < 10.0:
            operator.look("lateral")
        for side in list(open_sides):
            state = hands.state.balloon(side)
            full = state is None or state.ruptured or state.volume_ml >= skill.volume_share * balloon.ceiling_ml
            pressed = state is not None and state.pressure_psi >= skill.pressure_psi
            seen = skill.heeds_criteria and operator.eyes.balloon_reaches(hands.state, side, hands.lateral_age_s)
            if full or pressed or seen:
                open_sides.remove(side)
        volume = max((b.volume_ml for b in hands.state.balloons if b is not None), default=0.0)
        if not mixed and volume > 0.6 * skill.volume_share * balloon.ceiling_ml:
            hands.do(MixCement())
            mixed = True
    if not mixed:
        hands.do(MixCement())
    operator.both_views()
    for side in sides:
        if hands.state.balloon(side) is not None:
            hands.act(Deflate(side), 4.0)
            hands.act(RemoveBalloon(side), 3.0)
    operator.look("lateral")


def _wait_for_cement(operator: Operator, skill: Skill) -> None:
    """Until the cement has the age at which this skill begins."""
    mixed = operator.state.batch.mixed_tick
    assert mixed is not None
    age_s = (operator.state.tick - mixed) / TICK_HZ
    operator.hands.wait(max(60.0 * skill.viscosity_min - age_s, 0.2))
    operator.hands.wait(LOADED_BY_S, lambda s: s.batch.ready_tick is None)


def _fill(operator: Operator, sides: tuple[Side, ...]) -> None:
    """Inject side after side under pulsed lateral fluoroscopy, with frontal looks between."""
    hands, skill = operator.hands, operator.skill
    hands.do(SetPulseRate(1.0))
    body_ml = _body_ml(operator)
    for number, side in enumerate(sides, start=1):
        needle = hands.state.needle(side)
        if needle is None or not needle.in_bone:
            continue
        share = number / len(sides)
        goal_ml = skill.fill_share * body_ml * share
        _inject(operator, side, goal_ml)
        hands.wait(4.0)


def _body_ml(operator: Operator) -> float:
    """Volume of the body, known from the planning CT."""
    return operator.case.ground.at(1.0).body_ml


def _inject(operator: Operator, side: Side, goal_ml: float) -> None:
    """Inject until the goal, the posterior stop line, a visible leak, or nothing flows."""
    hands, skill, plane = operator.hands, operator.skill, operator.plane_of("lateral")
    operator.look("lateral")
    # Where cement from the other side already lies far back, only its going on counts.
    stop_line = min(skill.posterior_stop, operator.eyes.cement_front(hands.state, hands.lateral_age_s) - 0.05)
    hands.do(StartInjection(side, skill.rate_ml_min))
    continuous = skill.seconds_per_picture <= 2.0
    if continuous:
        hands.do(PressPedal(plane))
    warned_at: float | None = None
    paused = 0
    next_frontal = 0.35 * goal_ml
    for _ in range(400):
        hands.exposures()
        hands.wait(1.0 if continuous else skill.seconds_per_picture)
        if hands.state.batch.side is None and not _reloaded(hands, side, skill.rate_ml_min):
            break
        if not continuous:  # after the injector was filled again, which takes longer than a picture is good for
            operator.look("lateral")
        pictures = hands.exposures()
        state = hands.state
        if _delivered(operator) >= goal_ml:
            break
        if operator.eyes.cement_front(state, hands.lateral_age_s) <= stop_line:
            break
        if continuous and _delivered(operator) > next_frontal and len(state.planes) == 2:
            pictures.append(operator.look("frontal"))
            next_frontal += 0.35 * goal_ml
        if _new_leak_seen(operator, pictures) and skill.heeds_leaks and warned_at is None:
            warned_at = state.time_s
        if warned_at is not None and state.time_s - warned_at >= skill.reaction_s:
            if paused >= 1:
                break
            paused += 1
            warned_at = None
            hands.do(StopInjection())
            hands.wait(40.0)
            hands.do(StartInjection(side, 0.6 * skill.rate_ml_min))
    if hands.state.batch.side is not None:
        hands.do(StopInjection())
    if continuous:
        hands.do(ReleasePedal(plane))


def _reloaded(hands: Hands, side: Side, rate_ml_min: float) -> bool:
    """Whether injecting goes on after an empty injector has been filled again, or the next filler passed."""
    if hands.state.batch.loaded_ml > 0.0 or any(isinstance(e, Refused) for e in hands.do(LoadInjector())):
        return False
    hands.wait(LOADED_BY_S, lambda s: s.batch.ready_tick is None)
    return not any(isinstance(e, Refused) for e in hands.do(StartInjection(side, rate_ml_min)))


def _delivered(operator: Operator) -> float:
    """What the syringe's scale says has gone in, less what the cannula holds."""
    batch = operator.state.batch
    return batch.injected_ml - sum(batch.bore_ml)


def _new_leak_seen(operator: Operator, pictures: list[Exposed]) -> bool:
    """A leak, or one that has grown since it was last noticed, by an area that nobody overlooks."""
    area = max((sum(p.visible_leak_mm2.values()) for p in pictures), default=0.0)
    if area < operator.known_leak_mm2 + SEEN_MM2:
        return False
    operator.known_leak_mm2 = area
    return True

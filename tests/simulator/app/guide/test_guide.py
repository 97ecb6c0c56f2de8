"""The guide by itself: what is missing is said from the state, steps become done, hints name what to do."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from anatomy.spec import SIDES
from simulator.app.guide import access_steps, augmentation_steps, pressing, view_steps
from simulator.app.guide.guide import Guide, steps_of
from simulator.app.guide.reading import off_centre_mm, tip_of, true_angles_deg, turn_needed_deg
from simulator.app.guide.seen import Seen
from simulator.app.guide.step import Hint, Now
from simulator.app.guide.tutor import GuidedSession, guided_session
from simulator.app.guide.words import Words
from simulator.app.hands.actions import BY_NAME
from simulator.app.wording import LANGUAGES, Wording, texts_of
from simulator.assessment.trainees.eyes import Eyes
from simulator.assessment.trainees.procedure import perform
from simulator.assessment.trainees.skill import SKILLS, SkillName
from simulator.devices.needle import Needle, angles_deg
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.events import Event
from simulator.engine.exposing import view_errors_deg
from simulator.engine.session import Session
from simulator.engine.state import State
from simulator.engine.step import step
from simulator.imaging.carm import CArmPose


def played(case: Case, *commands: c.Command, seconds: float = 0.0) -> tuple[State, Seen]:
    """The state after commands, one a tick, and what was seen."""
    state, seen = initial_state(case), Seen()
    for one in [*([command] for command in commands), *([[]] * round(60 * seconds))]:
        state, events = step(case, state, one)
        seen = seen.after(case, state, events)
    return state, seen


def placed(case: Case, side: str, depth_mm: float, aside_mm: float = 0.0) -> Needle:
    """A cannula on the planned corridor, depth_mm beyond its entry, or shifted to the midline."""
    corridor = case.patient.corridors[side]  # type: ignore[index]
    inward = np.array([1.0 if side == "left" else -1.0, 0.0, 0.0])
    skin = corridor.skin_mm + aside_mm * inward
    depth = float(np.linalg.norm(corridor.entry_mm - corridor.skin_mm)) + depth_mm
    way = tuple(float(one) for one in corridor.direction)
    return Needle(side, 11, tuple(map(float, skin)), way, depth_mm=depth, bone_mm=max(depth_mm, 0.0))  # type: ignore[arg-type]


def with_needle(state: State, needle: Needle) -> State:
    return replace(state, needles=(needle, None) if needle.side == "left" else (None, needle))


# Views


def test_true_angles_are_those_that_the_eyes_of_scripted_trainees_look_for(case: Case) -> None:
    eyes = Eyes(case, SKILLS["expert"], 1)
    assert true_angles_deg(case, "frontal") == pytest.approx(eyes.true_angles_deg("frontal"), abs=0.1)
    assert true_angles_deg(case, "lateral", 80.0) == pytest.approx(eyes.true_angles_deg("lateral"), abs=0.1)


@pytest.mark.parametrize("pose", [CArmPose(7.0, -12.0), CArmPose(-80.0, 9.0), CArmPose(71.0, 3.0)])
def test_turning_by_what_is_needed_gives_the_true_view(case: Case, pose: CArmPose) -> None:
    kind = "frontal" if abs(pose.orbital_deg) < 45.0 else "lateral"
    orbital, angulation = turn_needed_deg(case, pose, kind)
    assert max(abs(orbital), abs(angulation)) > 2.0
    turned = replace(pose, orbital_deg=pose.orbital_deg + orbital, angulation_deg=pose.angulation_deg + angulation)
    errors = view_errors_deg(case, case.view_of("A", turned, initial_state(case).table))
    assert errors[0 if kind == "frontal" else 1] < 0.1


def test_the_hint_says_which_way_the_carm_has_to_turn_and_how_far(case: Case) -> None:
    state, seen = played(case, c.Expose("A"))
    hint = view_steps._true_view(Now(case, state, seen), "frontal")
    assert hint is not None
    assert hint.key == "frontal_orbital"
    assert hint.values["deg"] == pytest.approx(6.0, abs=0.5)  # the scenario's error at the start
    started = state.planes[0].pose.orbital_deg
    assert hint.values["press"] == ("orbital_up" if started < 0.0 else "orbital_down")


def test_the_hint_of_the_table_brings_the_level_to_the_middle(case: Case) -> None:
    state, seen = played(case)
    hint = view_steps._centre(Now(case, state, seen))
    assert hint is not None
    head = off_centre_mm(case, state, state.planes[0])[1]
    x, y, z = state.table.shift_mm
    by = {"table_head": 1.0, "table_feet": -1.0}[str(hint.values["press"])] * float(hint.values["mm"])
    there, _ = played(case, c.MoveTable(x, y + by, z), seconds=2.0)
    assert abs(off_centre_mm(case, there, there.planes[0])[1]) < 0.2 * abs(head)


def test_levels_are_counted_from_pictures_only(case: Case) -> None:
    state, seen = played(case)
    assert view_steps._count(Now(case, state, seen)) == Hint("no_frontal")
    state, seen = played(case, c.Collimate("A", 60.0, 100.0), c.Expose("A"))
    hint = view_steps._count(Now(case, state, seen))
    assert hint is not None
    assert hint.key == "count"
    assert str(hint.values["missing"]) in ("L1", "T12"), "one of the two lies outside the narrow field"
    state, seen = played(case, c.Expose("A"))
    assert {"T12", "L1"} <= seen.levels
    assert view_steps._count(Now(case, state, seen)) is None


# Needles


def test_a_tip_on_the_planned_way_misses_nothing(case: Case) -> None:
    for side in SIDES:
        tip = tip_of(case, placed(case, side, 5.0))
        assert tip.miss < 0.01
        assert tip.medial < 0.0 < tip.behind
        assert tip.on_bone


def test_the_tip_lies_behind_the_wall_by_as_much_as_the_landmark_says(case: Case) -> None:
    wall = case.patient.landmarks["L1 posterior wall"]
    forward = case.ground.vertebra.patient_from_vertebra[:3, 1]
    needle = placed(case, "left", 10.0)
    assert tip_of(case, needle).behind == pytest.approx(float((wall - needle.tip_mm) @ forward), abs=0.5)


def test_too_far_to_the_midline_heads_for_the_inner_wall(case: Case) -> None:
    state, seen = played(case)
    straight = with_needle(state, placed(case, "left", 4.0))
    assert access_steps._pedicle(Now(case, straight, seen), "left") == Hint(
        "to_wall", {"mm": tip_of(case, placed(case, "left", 4.0)).behind}
    )
    inward = placed(case, "left", 4.0, aside_mm=7.0)
    hint = access_steps._pedicle(Now(case, with_needle(state, inward), seen), "left")
    assert hint is not None
    assert hint.key == "heads_medial"
    assert hint.values["wall"] == pytest.approx(tip_of(case, inward).behind)
    deeper = replace(placed(case, "left", 16.0, aside_mm=7.0), bone_mm=4.0)
    hint = access_steps._pedicle(Now(case, with_needle(state, deeper), seen), "left")
    assert hint is not None
    assert (hint.key, hint.urgent) == ("border_crossed", True)


def test_advance_without_a_picture_is_stopped(case: Case) -> None:
    state, seen = played(case)
    hint = access_steps._pedicle(Now(case, with_needle(state, placed(case, "left", 9.0)), seen), "left")
    assert hint is not None
    assert (hint.key, hint.values["mm"]) == ("look_first", 9.0)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("way", ["lateral", "medial", "cranial", "caudal"])
def test_a_turn_as_told_brings_the_tip_nearer(case: Case, side: str, way: str) -> None:
    """Whatever side a tip is off to, the key that the hint names turns it back."""
    outward = -1.0 if side == "left" else 1.0
    shift = {
        "lateral": (outward, 0, 0), "medial": (-outward, 0, 0), "cranial": (0, 0, 1), "caudal": (0, 0, -1)
    }[way]  # fmt: skip
    on = placed(case, side, 0.0)
    off = replace(on, skin_mm=tuple(float(s) for s in np.array(on.skin_mm) + 6.0 * np.array(shift)), bone_mm=0.0)
    tip = tip_of(case, off)
    assert tip.way == way
    hint = access_steps._off(off, tip)
    convergence, caudal = angles_deg(off.side, off.axis)
    turn = float(hint.values["deg"])
    turned = {
        "more_convergent": (turn, 0.0), "less_convergent": (-turn, 0.0),
        "more_caudal": (0.0, turn), "more_cranial": (0.0, -turn),
    }[str(hint.values["press"])]  # fmt: skip
    from simulator.devices.needle import direction

    again = replace(
        off, direction=tuple(map(float, direction(off.side, convergence + turned[0], caudal + turned[1])))
    )
    assert tip_of(case, again).miss < 0.5 * tip.miss


# Cement and balloons


def test_cement_waits_as_long_as_the_scenario_wants(case: Case) -> None:
    assert augmentation_steps.start_min(case) == 3.0
    state, seen = played(case, c.MixCement())
    hint = augmentation_steps._wait(Now(case, state, seen))
    assert hint is not None
    assert hint.values["left"] == pytest.approx(180.0, abs=1.0)
    later = replace(state, tick=state.tick + 181 * 60)
    assert augmentation_steps._wait(Now(case, later, seen)) is None


def test_a_leak_that_a_picture_shows_stops_the_filling(case: Case) -> None:
    state, seen = played(case, c.MixCement())
    flowing = replace(with_needle(state, placed(case, "left", 20.0)), batch=replace(state.batch, side="left"))
    hint = augmentation_steps._fill(Now(case, flowing, seen), "left", SIDES)
    assert hint is not None
    assert hint.key == "filling"
    hint = augmentation_steps._fill(Now(case, flowing, replace(seen, leak_mm2=20.0)), "left", SIDES)
    assert hint is not None
    assert (hint.key, hint.urgent) == ("leak", True)


def test_the_patient_comes_first(case: Case) -> None:
    state, _ = played(case)
    short = replace(state, vitals=replace(state.vitals, saturation_percent=85.0))
    hint = Guide.of(case).hint(short)
    assert hint is not None
    assert hint.key == "low_saturation"


def test_what_is_overtaken_is_left_out_not_done(case: Case) -> None:
    guide, state = Guide.of(case), initial_state(case)
    for commands in ([c.PunctureSkin("left", -35.0, 13.0, 20.0, 8.0)], []):
        state, events = step(case, state, commands)
        guide = guide.after(state, events)
    assert guide.left_out == {"time_out", "antibiotic", "oxygen"}
    assert guide.step is not None
    assert guide.step.name == "count"


def test_an_allergic_patient_is_not_given_the_antibiotic(case: Case) -> None:
    condition = case.scenario.condition.model_copy(update={"allergies": ("cefazolin",)})
    allergic = replace(case, scenario=case.scenario.model_copy(update={"condition": condition}))
    assert "antibiotic" in {one.name for one in steps_of(case)}
    assert "antibiotic" not in {one.name for one in steps_of(allergic)}
    items = Words(Wording(), {}).items(allergic, Seen())
    assert any("allergic to cefazolin" in words for _, words in items)


def test_a_vertebroplasty_has_no_balloon_and_a_kyphoplasty_has(case: Case, vertebroplasty_case: Case) -> None:
    assert {"drill", "inflate", "cannula_in"} <= {one.name for one in steps_of(case)}
    assert not {"drill", "inflate", "cannula_in"} & {one.name for one in steps_of(vertebroplasty_case)}
    assert "tip_in" in {one.name for one in steps_of(vertebroplasty_case)}


# Words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_and_every_hint_has_words(case: Case, vertebroplasty_case: Case, language: str) -> None:
    words = Words(Wording(language), {"shot_a": "Ö"})
    for one_case in (case, vertebroplasty_case):
        for one in steps_of(one_case):
            texts = (words.title(one), words.what(one, one_case), words.why(one))
            assert all(texts)
            assert not any("{" in text for text in texts)
        frontal = next(one for one in steps_of(one_case) if one.name == "frontal")
        assert "[Ö]" in words.what(frontal, one_case), "keys are named as they are bound"


def test_a_key_that_was_bound_anew_is_the_one_that_is_named() -> None:
    words = Words(Wording(), {"orbital_up": "F11"})
    assert "[F11]" in words.hint(Hint("frontal_orbital", {"plane": "A", "deg": 8.0, "press": "orbital_up"}))


def test_every_hint_names_the_key_that_mends_it(case: Case, vertebroplasty_case: Case) -> None:
    """But for those after which one waits, or stops what one does."""
    said = {key.partition(".")[2]: text for key, text in texts_of("en").items() if key.startswith("hint.")}
    waits = {
        "pressure", "wait", "hands_busy", "drops_bore", "leak", "posterior", "enough", "filling", "fill_or_leave",
        "stop_first", "stylet_pushes",
    }  # fmt: skip
    named = {key for key, text in said.items() if "{press}" in text}
    assert named | set(pressing.ACTIONS) | set(pressing.SHOTS) | set(pressing.PEDALS) | waits == set(said)
    assert {*pressing.ACTIONS.values()} <= {*BY_NAME}
    words, state = Words(Wording(), {}), initial_state(vertebroplasty_case)
    look = pressing.with_key(Hint("wall_look"), state)
    assert words.hint(look).endswith("[X]"), "a single C-arm has one pedal"
    assert words.hint(pressing.with_key(Hint("wall_look"), initial_state(case))).endswith("[C]")


# Whole procedures


@dataclass
class Watched:
    """What a guide said while somebody played."""

    done: list[str] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)


class EnoughError(Exception):
    """What was to be seen has been seen."""


def watched(session: GuidedSession, skill: SkillName, until: str = "") -> Watched:
    """Play a case, to the end or until a step begins; the time-out and the antibiotic are done by an expert."""
    found, words = Watched(), Words(Wording(), {})
    at = [0]

    def watch(played: Session, _events: Sequence[Event]) -> None:
        guide = session.guide
        found.done += [one.key for one in guide.steps[at[0] : guide.at] if one.key not in guide.left_out]
        at[0] = guide.at
        if played.state.tick % 30 == 0 and (hint := guide.hint(played.state)) is not None:
            found.said.setdefault(hint.key, words.sentence(hint))
        if guide.step is not None and guide.step.key == until:
            raise EnoughError

    def give(*commands: c.Command) -> None:
        watch(session, session.tick(commands))

    if skill == "expert":
        give(*(c.CheckOff(item) for item in view_steps.ITEMS))
        give(c.GiveDrug("cefazolin", 2.0, "g"))
    with suppress(EnoughError):
        perform(session, skill, watch)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["kyphoplasty", "vertebroplasty"])
def test_an_expert_does_every_step_in_order(kind: str, request: pytest.FixtureRequest) -> None:
    one_case: Case = request.getfixturevalue("case" if kind == "kyphoplasty" else "vertebroplasty_case")
    session = guided_session(one_case, "T-1")
    found = watched(session, "expert")
    assert session.guide.step is None
    assert session.guide.left_out == frozenset()
    assert found.done == [one.key for one in steps_of(one_case)]
    assert len(set(found.done)) == len(found.done)
    assert not {"border_crossed", "heads_medial", "look_first"} & found.said.keys()


@pytest.mark.slow
def test_a_novice_is_told_what_is_wrong(case: Case) -> None:
    session = guided_session(case, "T-1")
    found = watched(session, "novice", until="drill left")
    assert {"look_first", "heads_medial", "border_crossed", "entry_off"} <= found.said.keys()
    assert found.said["heads_medial"].startswith("The needle heads for the inner wall:")
    assert {"time_out", "antibiotic", "oxygen", "collimate"} <= session.guide.left_out

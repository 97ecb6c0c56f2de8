"""A moving cannula in the fractured spine: bone, breaches, contacts and rules, measured on its surface."""

from __future__ import annotations

import json

import numpy as np
import pytest

from anatomy.frames import apply, unit
from simulator.devices.needle import angles_deg
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.events import BoneEntered, OrderRuleBroken, Released, Touched
from simulator.engine.session import new_session
from simulator.engine.state import State
from tests.simulator.engine.playing import Script, after, approach, kinds, play


def through(case: Case, entry_mm: np.ndarray, goal_mm: np.ndarray, bone_mm: float) -> Script:
    """A right cannula on the line through two points, so far beyond the first."""
    way = unit(goal_mm - entry_mm)
    skin_y = float(case.patient.corridors["right"].skin_mm[1])
    skin = entry_mm - way * (entry_mm[1] - skin_y) / way[1]
    puncture = c.PunctureSkin("right", float(skin[0]), float(skin[2]), *angles_deg("right", way))
    return [
        (1, [puncture]),
        (480, [c.Advance("right", float(np.linalg.norm(entry_mm - skin)) - 3.0, "push")]),
        (600, [c.Advance("right", bone_mm + 3.0, "mallet")]),
    ]


@pytest.fixture(scope="module")
def medial(case: Case) -> tuple[State, list]:
    """A cannula driven from the planned entry into the middle of the canal."""
    corridor, v = case.patient.corridors["right"], case.ground.vertebra
    canal = apply(v.patient_from_vertebra, np.array([0.0, v.posterior_wall_y_mm - 6.0, 0.0]))
    return after(case, through(case, corridor.entry_mm, canal, float(np.linalg.norm(canal - corridor.entry_mm))))


def test_the_planned_corridor_breaches_nothing(case: Case, in_bone: State) -> None:
    """On plan: right level, entry and angle as planned, inside the pedicle all the way, nothing touched."""
    work, corridor = in_bone.needlework[1], case.patient.corridors["right"]
    assert work.level == case.patient.column.target
    assert work.entry_error_mm is not None
    assert work.entry_error_mm < 3.0
    assert work.bone_entries == 1
    assert (work.breach_mm, work.medial_breach_mm, work.order_broken_mm, work.contacts) == (0.0, 0.0, 0.0, ())
    assert work.clearance_mm is not None
    assert 0.0 < work.clearance_mm <= corridor.radius_mm
    assert work.placed is not None
    assert work.placed.angle_error_deg < 0.5
    assert work.placed.depth_percent > 0.0


def test_the_way_is_counted_both_ways(case: Case, in_bone: State) -> None:
    """The path is as long as the needle has gone, drawing back included."""
    needle, work = in_bone.needles[1], in_bone.needlework[1]
    assert needle is not None
    assert work.path_mm == pytest.approx(needle.depth_mm)
    back, _ = after(case, [(60, [c.Withdraw("right", 5.0)])], in_bone)
    assert back.needlework[1].path_mm == pytest.approx(needle.depth_mm + 5.0)
    assert back.needlework[1].reach_mm == pytest.approx(work.reach_mm)


def test_a_medial_cannula_breaches_medially_and_breaks_the_order_rule(medial: tuple[State, list]) -> None:
    """The wall, the rule and the canal, each said once, and how far."""
    state, events = medial
    work = state.needlework[1]
    assert work.medial_breach_mm > 2.0
    assert work.breach_direction == "medial"
    assert kinds(events).count("order_rule_broken") == 1
    broken = next(e for e in events if isinstance(e, OrderRuleBroken))
    assert 0.0 < broken.still_behind_mm <= work.order_broken_mm + 0.01
    touched = [e.structure for e in events if isinstance(e, Touched)]
    assert len(touched) == len(set(touched)) > 0
    assert any("canal" in name or "dura" in name or "cord" in name for name in touched), touched
    assert {contact.structure for contact in work.contacts} <= set(touched)


def test_a_contact_ends_when_the_needle_leaves(case: Case, medial: tuple[State, list]) -> None:
    """Drawn out all the way: every contact released with its dwell, the needle gone, the truth kept."""
    state, _ = medial
    touching = {contact.structure: contact for contact in state.needlework[1].contacts}
    out, events = after(case, [(600, [c.Withdraw("right", 130.0)])], state)
    released = {e.structure: e for e in events if isinstance(e, Released)}
    assert set(released) == set(touching)
    for name, event in released.items():
        assert event.dwell_s >= (state.tick - touching[name].since_tick) / 60.0 - 0.01
        assert event.deepest_mm >= round(touching[name].deepest_mm, 2) - 0.01
    assert kinds(events)[-1] == "needle_removed"
    assert out.needles == (None, None)
    assert out.needlework[1].medial_breach_mm >= state.needlework[1].medial_breach_mm
    assert out.needlework[1].contacts == ()


def test_the_dwell_goes_on_while_nothing_moves(case: Case, medial: tuple[State, list]) -> None:
    """A needle left lying in the canal for twelve seconds is recorded so, also if the session is then cut off."""
    session = new_session(case, "T-1")
    session.state = medial[0]
    play(session, [(720, [])])
    dwells = [
        {name: dwell for name, dwell, _ in row["needle_right"]["touching"]}
        for row in map(json.loads, session.recorder.lines)
        if row["row"] == "outcome" and "needle_right" in row
    ]
    structure = next(iter(dwells[0]))
    assert dwells[-1][structure] > dwells[0][structure] + 9.0
    since = min(contact.since_tick for contact in medial[0].needlework[1].contacts)
    assert max(dwells[-1].values()) == pytest.approx((session.state.tick - since) / 60.0, abs=1.0)


def test_another_level_is_recognised(case: Case) -> None:
    """The same way 36 mm higher enters the vertebra above, and the entry is that far off."""
    script = list(approach(case, "right", 6.0))
    first = script[0][1][0]
    assert isinstance(first, c.PunctureSkin)
    script[0] = (
        1,
        [c.PunctureSkin("right", first.x_mm, first.z_mm + 36.0, first.convergence_deg, first.caudal_deg)],
    )
    script.append((300, [c.Advance("right", 15.0, "mallet")]))
    _, events = after(case, script)
    entered = [e for e in events if isinstance(e, BoneEntered)]
    assert entered[0].level == "T12"
    assert entered[0].entry_error_mm > 20.0


def test_redirection_in_soft_tissue_and_in_bone(case: Case, in_bone: State) -> None:
    """Deep in bone a wish for ten degrees is granted by one or two, and counted."""
    corridor = case.patient.corridors["right"]
    convergence, caudal = angles_deg("right", corridor.direction)
    state, events = after(case, [(0, [c.Redirect("right", convergence + 10.0, caudal)])], in_bone)
    (event,) = (e for e in events if e.kind == "redirected")
    assert event.wanted_deg == pytest.approx(10.0, abs=0.5)
    assert 0.0 < event.achieved_deg <= 2.5
    assert state.redirections == in_bone.redirections + 1
    _, again = after(case, [(0, [c.Redirect("right", convergence + 20.0, caudal)])], state)
    assert kinds(again) == ["refused"]


def test_a_second_puncture_is_a_fresh_cannula(case: Case, in_bone: State) -> None:
    """Drawn out and set again: stylet in, nothing drilled, and the punctures are counted."""
    out, _ = after(case, [(600, [c.Withdraw("right", 130.0)])], in_bone)
    again, _ = after(case, list(approach(case, "right"))[:1], out)
    needle = again.needles[1]
    assert needle is not None
    assert (needle.stylet, needle.drilled_mm, needle.bone_mm, needle.depth_mm) == (True, 0.0, 0.0, 0.0)
    assert again.punctures == in_bone.punctures + 1

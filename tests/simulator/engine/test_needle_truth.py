"""Cortex that breaks, nearest approaches, read-outs, marks and the anaesthetic needle, in the fractured spine."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from anatomy.tissue import STEEL
from simulator.devices.needle import LIMITS, shaft_points_mm
from simulator.engine import commands as c
from simulator.engine import events as e
from simulator.engine.case import Case, initial_state
from simulator.engine.contacts import surface_points
from simulator.engine.fine_needling import fine_needle_site
from simulator.engine.measuring import outcome, trace
from simulator.engine.readouts import readouts, resistance_level
from simulator.engine.scene import scene
from simulator.engine.state import State
from simulator.imaging.solids.solids import Assembly
from tests.simulator.engine.playing import after, approach, kinds

R = "right"


@pytest.fixture(scope="module")
def driven(case: Case) -> tuple[State, list]:
    """A cannula along the corridor until it is out of the body's front."""
    return after(case, [*approach(case, R), (600, [c.Advance(R, 40.0, "mallet")])])


def test_the_cortex_breaks_once_in_and_once_out(driven: tuple[State, list]) -> None:
    """In through the pedicle's cortex, out through the front wall, each with a peak and a fall."""
    broken = [event for event in driven[1] if isinstance(event, e.CortexBroken)]
    assert [event.where for event in broken] == ["entry", "exit"]
    assert 55.0 <= broken[0].drop_percent <= 80.0
    assert 40.0 <= broken[0].force_n <= 150.0
    assert broken[1].drop_percent > 80.0
    order = kinds(driven[1])
    assert order.index("cortex_broken") < len(order) - 1


def test_withdrawing_breaks_nothing(case: Case, in_bone: State) -> None:
    """Out of the same hole: no event."""
    assert "cortex_broken" not in kinds(after(case, [(500, [c.Withdraw(R, 130.0)])], in_bone)[1])


def test_nearest_approaches_are_those_of_the_surface(case: Case, in_bone: State) -> None:
    """Least distance of the shaft's middle to the canal, less its radius, over the whole way; and when."""
    work, needle = in_bone.needlework[1], in_bone.needles[1]
    assert needle is not None
    near = {one.structure: one for one in work.nearest}
    shaft = needle.points_mm(np.arange(0.0, needle.depth_mm + 1e-6, 0.25))
    least = float(case.probe.hazard_distance_mm("canal", shaft).min()) - needle.outer_radius_mm
    assert near["canal"].distance_mm == pytest.approx(least, abs=0.35)
    assert 0 < near["canal"].tick <= in_bone.tick
    row = outcome(case, in_bone)["needle_right"]
    json.dumps(row)
    assert row["nearest_mm"]["canal"] == round(near["canal"].distance_mm, 2)
    assert row["nearest_s"]["canal"] == round(near["canal"].tick / 60.0, 1)


def test_nearest_never_grows(case: Case, driven: tuple[State, list]) -> None:
    """Drawn back, what was near stays known, and contact is a nearest approach below zero."""
    state, _ = driven
    near = {one.structure: one.distance_mm for one in state.needlework[1].nearest}
    for contact in state.needlework[1].contacts:
        if contact.structure in near:
            assert near[contact.structure] == pytest.approx(-contact.deepest_mm, abs=1e-9)
    back, _ = after(case, [(300, [c.Withdraw(R, 40.0)])], state)
    later = {one.structure: one.distance_mm for one in back.needlework[1].nearest}
    assert all(later[name] <= mm for name, mm in near.items())


def test_readouts_say_where_the_needle_is(case: Case, in_bone: State) -> None:
    """Depth from skin and in bone, angles as they were set; at rest no sound."""
    ((side, shown),) = readouts(case, in_bone).items()
    needle = in_bone.needles[1]
    assert needle is not None
    assert side == R
    assert (shown.depth_mm, shown.bone_mm) == (needle.depth_mm, needle.bone_mm)
    assert shown.aside_mm < 1e-6
    assert (shown.shaft_convergence_deg, shown.shaft_caudal_deg) == (shown.convergence_deg, shown.caudal_deg)
    assert (shown.resistance, shown.timbre, shown.bevel_clock_deg) == (0.0, "silence", None)
    moving, _ = after(case, [(2, [c.Advance(R, 5.0, "mallet")])], in_bone)
    heard = readouts(case, moving)[R]
    assert heard.timbre == "bone"
    assert heard.resistance == pytest.approx(resistance_level(heard.force_n, "mallet"))
    assert 0.3 < heard.resistance < 1.0
    assert readouts(case, initial_state(case)) == {}


@pytest.mark.parametrize("technique", ["push", "twist", "mallet"])
def test_resistance_is_heard_by_ratios_up_to_the_limit(technique: str) -> None:
    """0 at rest, 1 at what the hand can give and above, rising, and steeper for small forces."""
    limit, _ = LIMITS[technique]  # type: ignore[index]
    levels = [resistance_level(f * limit, technique) for f in (0.0, 0.05, 0.5, 1.0, 3.0)]  # type: ignore[arg-type]
    assert levels[0] == 0.0
    assert levels[3] == levels[4] == 1.0
    assert sorted(levels) == levels
    assert (levels[1] - levels[0]) / 0.05 > (levels[3] - levels[2]) / 0.5


def test_a_bevelled_cannula_steers_and_says_so(case: Case) -> None:
    """Where the scenario takes a bevel: facing the patient's left it leaves its line to the right."""
    tools = case.scenario.instruments.model_copy(update={"needle_tip": "bevel", "cannula_length_mm": 150})
    bevelled = replace(case, scenario=case.scenario.model_copy(update={"instruments": tools}))
    script = approach(case, R)
    script = [script[0], (1, [c.RotateBevel(R, 270.0)]), *script[1:]]
    state, events = after(bevelled, script)
    assert kinds(events)[1] == "bevel_turned"
    needle, shown = state.needles[1], readouts(bevelled, state)[R]
    assert needle is not None
    assert (needle.tip, needle.length_mm, needle.bevel_clock_deg) == ("bevel", 150.0, 270.0)
    assert shown.aside_mm > 0.5
    assert shown.convergence_deg < shown.shaft_convergence_deg - 1.0
    assert len(scene(bevelled, state).solids) > 10
    json.dumps(trace(bevelled, state))


def test_a_mark_lies_on_the_skin_and_is_in_the_picture(case: Case) -> None:
    """Its point is skin, its normal points out of the back; taken off, nothing is left."""
    state, events = after(case, [(0, [c.MarkSkin(30.0, 0.0)])])
    mark = state.skin_mark
    assert mark is not None
    assert kinds(events) == ["skin_marked"]
    assert mark.normal[1] < -0.7
    inward = np.array(mark.at_mm) - 3.0 * np.array(mark.normal)
    assert case.probe.tissue(inward[None, :])[0] > 0
    outward = np.array(mark.at_mm) + 3.0 * np.array(mark.normal)
    assert case.probe.tissue(outward[None, :])[0] == 0
    assert len(scene(case, state).solids) == 2
    gone, _ = after(case, [(0, [c.RemoveMark()])], state)
    assert scene(case, gone).solids == ()


@pytest.mark.parametrize(
    ("depth_mm", "sites"), [(1.0, {"skin"}), (6.0, {"skin", "fat"}), (25.0, {"muscle"}), (85.0, {"periosteum"})]
)
def test_the_fine_needle_knows_what_its_tip_lies_in(case: Case, depth_mm: float, sites: set[str]) -> None:
    """From the skin over the pedicle inwards; pushed on it ends on bone, not in it."""
    entry = case.patient.corridors[R].entry_mm
    insert = c.InsertFineNeedle(22, float(entry[0]), float(entry[2]), 0.0, 0.0, depth_mm)
    state, events = after(case, [(0, [insert])])
    (inserted,) = [event for event in events if isinstance(event, e.FineNeedleInserted)]
    assert inserted.site in sites
    assert inserted.site == fine_needle_site(case, state)
    assert inserted.on_bone == (depth_mm > 80.0)
    assert state.fine_needle is not None
    assert case.probe.bone_distance_mm(state.fine_needle.tip_mm[None, :])[0] > 0.0
    assert fine_needle_site(case, initial_state(case)) is None


def test_the_fine_needle_finds_the_canal(case: Case) -> None:
    """In the midline between two arches, as a spinal needle goes: canal, and it says so."""
    found = set()
    for z in np.arange(-30.0, 31.0, 3.0):
        _, events = after(case, [(0, [c.InsertFineNeedle(22, 2.0, float(z), 0.0, 0.0, 90.0)])])
        found |= {(event.site, event.touched) for event in events if isinstance(event, e.FineNeedleInserted)}
    assert any("canal" in touched for _, touched in found), found


def test_time_outside_a_wall_is_kept_by_wall(case: Case, driven: tuple[State, list]) -> None:
    """Out of the front: its depth that of the tip; drawn back it is left, and the dwell is its time."""
    state, events = driven
    breached = [event for event in events if isinstance(event, e.WallTouched)]
    assert "front or side of the body" in {event.wall for event in breached}
    (wall,) = [one for one in state.needlework[1].walls if one.structure.startswith("front")]
    assert wall.deepest_mm == pytest.approx(state.needlework[1].anterior_breach_mm)
    row = outcome(case, state)["needle_right"]
    assert [
        "front or side of the body",
        round((state.tick - wall.since_tick) / 60.0, 2),
        round(wall.deepest_mm, 2),
    ] in (row["outside_walls"])
    back, events = after(case, [(400, [c.Withdraw(R, 45.0)])], state)
    (left,) = [event for event in events if isinstance(event, e.WallReleased) and event.wall.startswith("front")]
    assert left.deepest_mm == round(wall.deepest_mm, 2)
    assert 0.0 < left.dwell_s - (state.tick - wall.since_tick) / 60.0 < 7.0
    assert not [one for one in back.needlework[1].walls if one.structure.startswith("front")]


def test_a_tool_in_a_bent_cannula_is_drawn_along_it(case: Case) -> None:
    """Steel of the tool's shaft lies behind the hub on the line of the shaft there, not on that of the tip."""
    tools = case.scenario.instruments.model_copy(update={"needle_tip": "bevel"})
    bevelled = replace(case, scenario=case.scenario.model_copy(update={"instruments": tools}))
    wired = [(0, [c.RemoveStylet(R), c.InsertTool(R, "wire 1.5"), c.AdvanceTool(R, 10.0)])]
    state, _ = after(bevelled, [*approach(case, R), *wired])
    needle = state.needles[1]
    assert needle is not None
    assert needle.knots
    across = np.cross(needle.shaft_axis, (0.0, 0.0, 1.0))
    across /= np.linalg.norm(across)

    def steel(at: np.ndarray) -> float:
        solids = [s for s in scene(bevelled, state).solids if not isinstance(s, Assembly) and s.material is STEEL]
        return sum(float(s.path_mm(at - 200.0 * across, across[None, :])[0]) for s in solids)

    behind = needle.hub_mm - 35.0 * needle.shaft_axis
    wrong = needle.tip_mm - (needle.length_mm + 35.0) * needle.axis
    assert np.linalg.norm(behind - wrong) > 3.0
    assert steel(behind) == pytest.approx(1.5, abs=0.01)
    assert steel(wrong) == 0.0
    ahead = needle.tip_mm + 4.0 * needle.axis
    assert steel(ahead) == pytest.approx(1.5, abs=0.05)
    inside = needle.points_mm(np.array([needle.depth_mm - 20.0]))[0]
    assert steel(inside) == pytest.approx(3.404 - 2.692 + 1.5, abs=0.1)


def test_every_point_has_the_radius_of_what_is_there(in_bone: State) -> None:
    """Ahead of the cannula that of the tool, along the shaft its own; distances are to the surface of each."""
    needle = in_bone.needles[1]
    assert needle is not None
    wired = replace(needle, stylet=False, tool="wire 1.5", tool_mm=10.0)
    shaft = shaft_points_mm(wired, 70.0)
    points, radii = surface_points(wired, shaft)
    ahead = (points - wired.tip_mm) @ wired.axis
    assert ahead.max() == pytest.approx(10.0)
    assert (radii[ahead > 0.5] == 0.75).all()
    assert (radii[ahead < -0.5] == needle.outer_radius_mm).all()

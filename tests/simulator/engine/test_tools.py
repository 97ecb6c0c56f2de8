"""What goes through a cannula, in a session: cores, cavities, wires, and the way they leave behind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatomy import frames
from anatomy.findings.lesion_shapes import lesions_at
from anatomy.regions import IN_BONE
from scenarios import cases
from simulator.devices import bone_medium, track
from simulator.devices.needle import Needle
from simulator.engine import commands as c
from simulator.engine import events as e
from simulator.engine.case import Case, initial_state, make_case
from simulator.engine.cementing import medium_now
from simulator.engine.inflating import bed_of
from simulator.engine.opened import mineral_now
from simulator.engine.scene import scene
from simulator.engine.state import State
from simulator.physics.filling import Filling, inject
from simulator.physics.opening import Opening
from tests.conftest import coarse_patient_of
from tests.simulator.engine.playing import after, kinds

R = "right"


@pytest.fixture(scope="module")
def open_cannula(case: Case, in_bone: State) -> State:
    """The right cannula deep in bone, its stylet out."""
    return after(case, [(0, [c.RemoveStylet(R)])], in_bone)[0]


@pytest.fixture(scope="module")
def drilled(case: Case, open_cannula: State) -> State:
    """With 16 mm drilled by a 2.2 mm drill that is out again."""
    drilling = [c.InsertTool(R, "drill 2.2"), c.AdvanceTool(R, 16.0), c.RemoveTool(R)]
    return after(case, [(0, drilling)], open_cannula)[0]


def test_a_drill_opens_its_own_diameter(case: Case, drilled: State) -> None:
    """As many voxels as its cylinder holds, beyond the cannula, and room for what goes only where it is open."""
    needle, channels = drilled.needles[1], drilled.opened.channels
    assert needle is not None
    assert channels is not None
    assert needle.drilled_mm == 16.0
    assert needle.tool is None
    assert channels.sum() == pytest.approx(np.pi * 1.1**2 * 16.0, rel=0.35)


def test_a_biopsy_takes_a_core_and_leaves_its_room(case: Case, open_cannula: State) -> None:
    """15 mm of cancellous bone out of the body; the trephine comes out with it."""
    biopsy = [c.InsertTool(R, "biopsy needle 2.2"), c.AdvanceTool(R, 15.0), c.TakeBiopsy(R)]
    state, events = after(case, [(0, biopsy)], open_cannula)
    (taken,) = [event for event in events if isinstance(event, e.BiopsyTaken)]
    assert (taken.length_mm, taken.tissue) == (15.0, "cancellous bone")
    assert 0.03 < taken.mineral_g_cm3 < 0.3
    needle = state.needles[1]
    assert needle is not None
    assert (needle.tool, needle.drilled_mm) == (None, 15.0)
    assert state.opened.channels is not None


@pytest.mark.slow
def test_a_biopsy_finds_the_tumour() -> None:
    """A core through the middle of the metastasis of L3 is tumour."""
    scenario = cases.find("vertebroplasty-l3-metastasis")
    case = make_case(scenario, 1, patient_of=coarse_patient_of)
    (lesion, *_) = lesions_at(case.patient.spec, case.ground.vertebra)
    middle = frames.apply(case.ground.vertebra.patient_from_vertebra, np.array(lesion.balls[0].centre_mm))
    way = case.patient.corridors[R].direction
    needle = Needle(R, 11, tuple(middle - 60.0 * way), tuple(way), depth_mm=55.0, bone_mm=15.0, stylet=False)
    core = replace(needle, tool="biopsy needle 2.2", tool_mm=10.0)
    state = replace(initial_state(case), needles=(None, core))
    _, events = after(case, [(0, [c.TakeBiopsy(R)])], state)
    assert [event.tissue for event in events if isinstance(event, e.BiopsyTaken)] == ["tumour"]


def test_a_curette_opens_a_cavity_on_the_side_it_faces(case: Case, drilled: State) -> None:
    """Bone goes out of the mineral, the cavity is cement's and the balloon's; nothing hard is taken; more strokes
    take more."""
    way = [c.InsertTool(R, "curette 2.2"), c.AdvanceTool(R, 14.0)]
    few, events = after(case, [(0, [*way, c.Curette(R, 0.0, 3)])], drilled)
    many, _ = after(case, [(0, [*way, c.Curette(R, 0.0, 8)])], drilled)
    assert kinds(events)[-1] == "bone_scraped"
    assert few.opened.scraped is not None
    assert many.opened.scraped is not None
    assert 0 < few.opened.scraped.sum() < many.opened.scraped.sum()
    needle, now = few.needles[1], case.ground.at(few.amplitude)
    assert needle is not None
    voxels = np.argwhere(few.opened.scraped)
    points = now.grid.patient_from_voxel[:3, :3] @ voxels.T + now.grid.patient_from_voxel[:3, 3:]
    assert (points.T - needle.tip_mm)[:, 2].mean() > (14.0 * needle.axis)[2] * 0.5 + 1.0
    assert np.isin(now.label[few.opened.scraped], IN_BONE).all()
    assert now.mineral[few.opened.scraped].max() < 0.35
    assert mineral_now(now, few.opened)[few.opened.scraped].max() == 0.0
    assert few.opened.cavity is not None
    assert few.opened.cavity.sum() == few.opened.scraped.sum()
    assert bed_of(case.ground, now, few.opened).mineral[few.opened.scraped].max() == 0.0
    shown = scene(case, few).mineral_removed
    assert shown is not None
    assert shown.array.sum() == pytest.approx(now.mineral[few.opened.scraped].sum(), rel=1e-4)


def test_scraping_ends_where_nothing_is_in_reach(case: Case, drilled: State) -> None:
    """At last the sentence says to turn or move it."""
    way = [c.InsertTool(R, "curette 2.2"), c.AdvanceTool(R, 14.0), *[c.Curette(R, 0.0, 20)] * 12]
    _, events = after(case, [(0, way)], drilled)
    refused = [event for event in events if isinstance(event, e.Refused)]
    assert refused
    assert "turn it, or move it along" in refused[0].why


def test_a_cannula_is_exchanged_over_a_wire(case: Case, open_cannula: State) -> None:
    """11 G out, the wire stays where it was, 8 G slides down to its end and no farther, along the same line."""
    lay = [(0, [c.InsertTool(R, "wire 1.5"), c.AdvanceTool(R, 8.0)]), (500, [c.Withdraw(R, 130.0)])]
    alone, events = after(case, lay, open_cannula)
    before = open_cannula.needles[1]
    wire = alone.wires[1]
    assert before is not None
    assert wire is not None
    assert alone.needles[1] is None
    assert kinds(events)[-1] == "needle_removed"
    assert np.allclose(wire.tip_mm, before.tip_mm + 8.0 * before.axis, atol=1e-6)
    assert len(scene(case, alone).solids) >= 1
    over, events = after(case, [(1200, [c.CannulaOverWire(R, 8), c.Advance(R, 120.0, "mallet")])], alone)
    needle = over.needles[1]
    assert needle is not None
    assert needle.gauge == 8
    assert needle.tool_mm == pytest.approx(0.0, abs=1e-6)
    assert np.allclose(needle.tip_mm, wire.tip_mm, atol=1e-3)
    assert "bone_entered" in kinds(events)
    out, _ = after(case, [(0, [c.RemoveTool(R), c.InsertStylet(R), c.Advance(R, 2.0, "mallet")])], over)
    assert out.wires == (None, None)
    assert out.needles[1] is not None


def test_a_wire_taken_out_alone_leaves_its_hole(case: Case, open_cannula: State) -> None:
    """Without cannula and wire the track of both stays open."""
    lay = [(0, [c.InsertTool(R, "wire 1.5"), c.AdvanceTool(R, 8.0)]), (500, [c.Withdraw(R, 130.0)])]
    alone, _ = after(case, lay, open_cannula)
    out, events = after(case, [(0, [c.RemoveTool(R)])], alone)
    assert kinds(events) == ["tool_removed"]
    assert out.wires == (None, None)
    assert out.opened.tracks is not None
    assert alone.opened.tracks is not None
    assert out.opened.tracks.sum() > alone.opened.tracks.sum()


def test_a_tool_ahead_of_the_cannula_touches_with_its_own_surface(case: Case, in_bone: State) -> None:
    """A wire driven on until it is out of the front reaches what lies there; the cannula does not."""
    start, _ = after(case, [(0, [c.RemoveStylet(R), c.InsertTool(R, "wire 1.5")])], in_bone)
    state, events = after(case, [(0, [c.AdvanceTool(R, 60.0)])], start)
    assert "touched" in kinds(events)
    near = {one.structure: one.distance_mm for one in state.needlework[1].nearest}
    before = {one.structure: one.distance_mm for one in start.needlework[1].nearest}
    assert min(near.values()) < min(before.values())
    assert state.needlework[1].contacts != ()


def test_withdrawing_leaves_a_track_from_bone_into_soft_tissue(case: Case, in_bone: State) -> None:
    """Out all the way: voxels in bone and outside, gone again under a cannula that comes back the same way."""
    out, _ = after(case, [(500, [c.Withdraw(R, 130.0)])], in_bone)
    tracks, now = out.opened.tracks, case.ground.at(out.amplitude)
    assert in_bone.opened.tracks is None
    assert tracks is not None
    in_bones = np.isin(now.label, IN_BONE)
    assert (tracks & in_bones).sum() > 50
    assert (tracks & ~in_bones).sum() > 5
    needle = in_bone.needles[1]
    assert needle is not None
    again = replace(out, needles=(None, replace(needle, feed_mm=0.5, technique="mallet")))
    closed, _ = after(case, [(30, [])], again)
    assert closed.opened.tracks is None


def test_redirecting_in_soft_tissue_leaves_the_old_way_open(case: Case) -> None:
    """Two punctures' worth of track inside the region grid, one under the cannula, one beside it."""
    corridor = case.patient.corridors[R]
    skin = corridor.skin_mm
    puncture = c.PunctureSkin(R, float(skin[0]), float(skin[2]), 10.0, 8.0)
    state, _ = after(case, [(1, [puncture]), (300, [c.Advance(R, 38.0)]), (0, [c.Redirect(R, 24.0, 8.0)])])
    assert state.opened.tracks is not None
    needle = state.needles[1]
    assert needle is not None
    assert not (state.opened.tracks & track.filled(needle, case.ground.grid)).any()


def test_cement_finds_the_track_a_way_out(case: Case, in_bone: State) -> None:
    """With a track the medium opens a wall and lets cement along it; without, bone is closed there."""
    out, _ = after(case, [(500, [c.Withdraw(R, 130.0)])], in_bone)
    now, tracks = case.ground.at(out.amplitude), out.opened.tracks
    assert tracks is not None
    closed = medium_now(now, replace(out.opened, tracks=None), 100.0, "syringe")
    opened = medium_now(now, out.opened, 100.0, "syringe")
    assert (opened.compartment[tracks] == 0).all()
    assert (closed.compartment[tracks] != 0).sum() > 0.8 * tracks.sum()
    in_bones = np.isin(now.label, IN_BONE)
    assert (opened.permeability_m2[tracks & in_bones] == bone_medium.TRACK_IN_BONE_M2).all()
    assert (opened.permeability_m2[tracks & ~in_bones] == bone_medium.TRACK_IN_SOFT_TISSUE_M2).all()
    untouched = ~tracks
    assert np.array_equal(opened.permeability_m2[untouched], closed.permeability_m2[untouched])


def test_cement_leaks_along_the_track(case: Case, in_bone: State) -> None:
    """Injected 6 mm below the cortex, cement comes out of bone along the track; without a track it stays in."""
    before = in_bone.needles[1]
    assert before is not None
    out, _ = after(case, [(500, [c.Withdraw(R, 130.0)])], in_bone)
    now = case.ground.at(out.amplitude)
    at = frames.apply(frames.inverse(now.grid.patient_from_voxel), before.entry_mm + 6.0 * before.axis)
    mouth = Opening(np.rint(at).astype(int)[None, :], 1.2)
    outside_ml = {}
    for name, tracks in (("track", out.opened.tracks), ("closed", None)):
        bone = medium_now(now, replace(out.opened, tracks=tracks), 100.0, "syringe")
        filling = Filling.empty(now.grid.shape)
        for _ in range(10):
            filling, _ = inject(bone, filling, mouth, volume_ml=0.1, duration_s=2.0, viscosity_pa_s=100.0)
        near = (
            np.linalg.norm(np.argwhere(np.ones(filling.cement_ml.shape)) + np.array(filling.start) - at, axis=1)
            < 16
        )
        soft = ~np.isin(now.label[filling.window], IN_BONE) & near.reshape(filling.cement_ml.shape)
        outside_ml[name] = float(filling.cement_ml[soft].sum())
    assert outside_ml["track"] > 0.02
    assert outside_ml["closed"] < 0.2 * outside_ml["track"]


def test_levering_is_an_event_with_its_force(case: Case, in_bone: State) -> None:
    """In bone it costs newtons and the hub goes far for little; in muscle it costs nothing worth saying."""
    state, events = after(case, [(0, [c.Redirect(R, 30.0, 10.0)])], in_bone)
    assert state.opened.tracks is None  # the cannula still fills its hole
    (turn,) = [event for event in events if isinstance(event, e.Redirected)]
    assert turn.achieved_deg < 0.2 * turn.wanted_deg
    assert 5.0 < turn.force_n < 100.0
    assert turn.hub_mm > 1.0

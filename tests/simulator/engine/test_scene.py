"""What is in the beam: what the state holds is shown where it is, what it does not hold is not shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatomy import frames
from anatomy.tissue import STEEL
from simulator.devices.needle import LENGTH_MM, Needle
from simulator.engine.case import initial_state
from simulator.engine.measuring_field import table_under
from simulator.engine.operating import HELD_TICKS, STANDS_AT
from simulator.engine.scene import HAND_STEP_MM, scene
from simulator.engine.state import Needlework
from simulator.imaging.carm import Table, room_from_patient
from simulator.imaging.dose.operator_dose import HAND_RADIUS_MM, operator_at
from simulator.imaging.overlay import Overlays
from simulator.imaging.scene import Scene
from simulator.imaging.solids.instrument_materials import HAND_TISSUE
from simulator.imaging.solids.solids import Assembly
from tests.simulator.imaging.small_views import view_at


def with_needle(case, **changes):
    """A state with a cannula in the right pedicle, and that cannula."""
    planned = case.patient.corridors["right"]
    direction = tuple(planned.direction.tolist())
    skin = tuple((planned.entry_mm - 50.0 * planned.direction).tolist())
    needle = replace(Needle("right", 10, skin, direction, depth_mm=60.0), **changes)
    return replace(initial_state(case), needles=(None, needle)), needle


def handled(state, ticks_ago=0):
    """The same state, in which both cannulas were last moved some ticks ago."""
    work = Needlework(handled_tick=1000 - ticks_ago)
    return replace(state, tick=1000, needlework=(work, work))


def steel_at(shown: Scene, points_mm, way):
    """Steel, mm, on short ways (3,) of 20 mm through points (n, 3)."""
    found = np.zeros(len(points_mm))
    for solid in (s for s in shown.solids if not isinstance(s, Assembly) and s.material is STEEL):
        found += [float(solid.path_mm(point - 10.0 * way, way)) for point in points_mm]
    return found


def hands(shown: Scene):
    """The assemblies of a scene."""
    return [thing for thing in shown.solids if isinstance(thing, Assembly)]


def test_nothing_is_in_the_beam_before_anything_is_done(case):
    """A room as found shows the patient alone."""
    shown = scene(case, initial_state(case))
    assert shown.solids == ()
    assert shown.fillers == ()
    assert shown.mineral_removed is None


def test_a_stylet_fills_the_bore_and_is_seen_to_be_gone(case):
    """Across the shaft there is steel all through with the stylet, two walls without."""
    for stylet, expected in ((True, 3.404 - 0.1), (False, 3.404 - 2.692)):
        state, needle = with_needle(case, stylet=stylet)
        across = frames.unit(np.cross(needle.axis, (0.0, 0.0, 1.0)))
        found = steel_at(scene(case, state), [needle.tip_mm - 30.0 * needle.axis], across)
        assert found[0] == pytest.approx(expected, abs=1e-6)


def test_a_channel_is_no_drill(case):
    """The state knows that a channel is open, not that a drill is still in it: nothing is ahead of the cannula."""
    state, needle = with_needle(case, stylet=False, drilled_mm=20.0)
    across = frames.unit(np.cross(needle.axis, (0.0, 0.0, 1.0)))
    ahead = needle.tip_mm + np.arange(1.0, 20.0, 2.0)[:, None] * needle.axis
    assert not steel_at(scene(case, state), ahead, across).any()


@pytest.mark.parametrize(("ticks_ago", "seen"), [(0, 1), (HELD_TICKS, 1), (HELD_TICKS + 1, 0)])
def test_a_hand_is_at_the_hub_while_it_works(case, ticks_ago, seen):
    """Feeding and withdrawing need a hand; a needle left alone shows none."""
    state, _ = with_needle(case)
    assert len(hands(scene(case, handled(state, ticks_ago)))) == seen
    assert not hands(scene(case, state))


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_hand_is_where_the_dose_takes_it_for(case, side):
    """It covers the place that operator_dose uses, stays out of the back, its arm on the operator's side."""
    planned = case.patient.corridors[side]
    skin = tuple((planned.entry_mm - 50.0 * planned.direction).tolist())
    needle = Needle(side, 10, skin, tuple(planned.direction.tolist()), depth_mm=60.0, feed_mm=1.0)
    pair = (needle, None) if side == "left" else (None, needle)
    (hand,) = hands(scene(case, handled(replace(initial_state(case), needles=pair))))
    hub = needle.tip_mm - LENGTH_MM * needle.axis
    place = operator_at("at the hub", STANDS_AT, (0.0, 0.0, 0.0), hub_mm=hub, outward=-needle.axis).hands_mm[0]
    flesh = [solid for solid in hand.solids if solid.material is HAND_TISSUE]
    outward = -needle.axis
    beside = HAND_RADIUS_MM * np.array([[0.0, 0.0, z] for z in (-0.5, 0.0, 0.5)])
    met = [
        sum(float(solid.path_mm(point, -outward)) for solid in flesh) for point in place + 300.0 * outward + beside
    ]
    assert min(met) > 10.0  # seen along the needle it covers the hub
    corners = np.concatenate([solid.body.outline_mm() for solid in flesh])
    assert (corners - np.array(skin)).dot(-needle.axis).min() > 0.0
    forearm = corners[np.argmax(np.linalg.norm(corners - place, axis=1))]
    assert np.sign(forearm[0] - place[0]) == STANDS_AT


def test_a_feeding_hand_is_drawn_anew_every_few_millimetres(case):
    """Within HAND_STEP_MM the hand is the very same object, so that pictures reuse it; then another."""
    depths = np.arange(58.1, 69.9, 0.2)
    shown = [hands(scene(case, handled(with_needle(case, depth_mm=float(d))[0])))[0] for d in depths]
    assert len({id(hand) for hand in shown}) == pytest.approx((depths[-1] - depths[0]) / HAND_STEP_MM, abs=1)


def test_an_assembly_is_drawn_once_and_as_its_parts(case, monkeypatch):
    """A kept hand costs no shadow, and its picture is that of its solids one by one."""
    state, _ = with_needle(case)
    (hand,) = hands(scene(case, handled(state)))
    view, overlays = view_at(180.0, shape=(80, 80), field_mm=290.0), Overlays()
    together = overlays.of(view, Scene(solids=(hand,)))
    apart = Overlays().of(view, Scene(solids=hand.solids))
    assert together.pixels.size > 500
    assert np.array_equal(together.pixels, apart.pixels)
    np.testing.assert_allclose(together.paths_g_cm2, apart.paths_g_cm2, rtol=1e-4, atol=1e-5)
    monkeypatch.setattr("simulator.imaging.overlay.shadow", lambda *_a: pytest.fail("the hand was drawn again"))
    assert overlays.of(view, Scene(solids=(hand,))) is together


def test_the_table_lies_under_a_prone_patient(case):
    """Its pad is level, touches the front of the body, and all of it is below the patient in the room."""
    corners = np.concatenate([solid.body.outline_mm() for solid in table_under(case)])
    heights = frames.apply(room_from_patient("prone", Table()), corners)[:, 2]
    soft, adipose = case.patient.soft, case.patient.adipose
    filled = np.argwhere(soft.array + adipose.array > 0.5)
    body = frames.apply(soft.patient_from_voxel, filled)
    room = frames.apply(room_from_patient("prone", Table()), body)[:, 2]
    voxel_mm = float(soft.grid.voxel_mm[1])
    assert heights.max() == pytest.approx(room.min(), abs=voxel_mm)
    assert heights.max() < room.min()
    pad = frames.apply(room_from_patient("prone", Table()), table_under(case)[0].body.outline_mm())
    assert np.ptp(pad[:, 2]) == pytest.approx(50.0)
    assert table_under(case) is table_under(case)

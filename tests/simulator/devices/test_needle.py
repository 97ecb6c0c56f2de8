"""The cannula: where it is, what resists it, what it can still be made to do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anatomy.findings.earlier_work import MetalPart
from simulator.devices.feeding import BONE_FRICTION_N_MM, SOFT_FRICTION_N_MM, Stalled, moved, tip_force_n
from simulator.devices.levering import LEVER_DEG, redirected
from simulator.devices.needle import LENGTH_MM, LIMITS, Needle, angles_deg, direction, shaft_points_mm
from simulator.devices.probe import Probe
from tests.simulator.devices.phantoms import BONE_END, CORTEX_FROM, Layers

PROBE: Probe = Layers()  # type: ignore[assignment]
STRAIGHT = Needle("right", 11, (0.0, 0.0, 0.0), (0.0, 1.0, 0.0))


def fed(
    needle: Needle, distance_mm: float, technique: str = "push", hz: int = 60, probe: Probe = PROBE
) -> tuple[Needle, list[Stalled]]:
    """The needle after feeding until it rests, and where it stalled."""
    needle = replace(needle, feed_mm=distance_mm, technique=technique)  # type: ignore[arg-type]
    stalls: list[Stalled] = []
    for _ in range(60 * hz):
        if needle.feed_mm == 0.0:
            return needle, stalls
        needle, stalled = moved(needle, probe, 1.0 / hz)
        stalls += [stalled] if stalled is not None else []
    raise AssertionError("the needle never comes to rest")


def at(depth_mm: float, bone_mm: float = 0.0) -> Needle:
    """A needle at rest at a depth."""
    return replace(STRAIGHT, depth_mm=depth_mm, bone_mm=bone_mm)


@settings(max_examples=30, deadline=None, database=None, derandomize=True)
@given(st.sampled_from(["left", "right"]), st.floats(-45, 60), st.floats(-45, 45))
def test_angles_and_directions_are_inverse(side: str, convergence: float, caudal: float) -> None:
    """Both sides, every angle a hand can set; the direction has length 1 and converges to the midline."""
    way = direction(side, convergence, caudal)  # type: ignore[arg-type]
    assert np.linalg.norm(way) == pytest.approx(1.0)
    assert angles_deg(side, way) == pytest.approx((convergence, caudal), abs=1e-9)  # type: ignore[arg-type]
    assert way[0] * (1.0 if side == "right" else -1.0) * convergence <= 0.0


@pytest.mark.parametrize(
    ("depth_mm", "force_n"),
    [(1.0, 4.0), (10.0, 1.5), (30.0, 4.0), (42.0, 85.0), (60.0, 25.0), (90.0, 4.0)],
    ids=["skin", "fat", "muscle", "cortex", "cancellous 0.1 g/cm3", "muscle behind"],
)
def test_resistance_by_tissue(depth_mm: float, force_n: float) -> None:
    """Tip forces of an 11 G needle: 4 and 1.5 N in skin and fat, 85 N in cortex, 10 + 150 x density in bone."""
    assert tip_force_n(STRAIGHT, PROBE, np.array([0.0, depth_mm, 0.0])) == pytest.approx(force_n)


def test_a_thicker_needle_meets_more() -> None:
    """Tip forces scale with the cross-section: 8 G against 13 G as 4.191 squared to 2.413 squared."""
    tip = np.array([0.0, 42.0, 0.0])
    thick, thin = (tip_force_n(replace(STRAIGHT, gauge=g), PROBE, tip) for g in (8, 13))
    assert thick / thin == pytest.approx((4.191 / 2.413) ** 2)


def test_denser_bone_resists_more() -> None:
    """Cancellous bone of 0.03 to 0.2 g/cm3 gives 15 to 40 N (physics C2), monotonically."""
    tip = np.array([0.0, 60.0, 0.0])
    forces = [tip_force_n(STRAIGHT, Layers(d), tip) for d in (0.03, 0.08, 0.14, 0.2)]  # type: ignore[arg-type]
    assert forces == sorted(forces)
    assert (forces[0], forces[-1]) == pytest.approx((14.5, 40.0))


def test_a_push_stalls_on_cortex_and_a_mallet_does_not() -> None:
    """The push stops at the bone's surface with both forces said; the mallet goes through and feels it fall."""
    pushed, stalls = fed(STRAIGHT, 60.0)
    assert pushed.tip_mm[1] == pytest.approx(CORTEX_FROM, abs=0.5)
    assert [s.limit_n for s in stalls] == [LIMITS["push"][0]]
    assert stalls[0].force_n > LIMITS["push"][0]
    through, none = fed(pushed, 10.0, "mallet")
    assert not none
    assert through.tip_mm[1] == pytest.approx(pushed.tip_mm[1] + 10.0)
    in_cortex, _ = fed(pushed, 1.5, "mallet")
    assert in_cortex.force_n > through.force_n + 40.0


@pytest.mark.parametrize(("technique", "speed_mm_s"), [("push", 12.0), ("twist", 4.0), ("mallet", 6.0)])
def test_each_technique_has_its_speed(technique: str, speed_mm_s: float) -> None:
    """In soft tissue a second feeds a second's way."""
    needle = replace(STRAIGHT, feed_mm=30.0, technique=technique)  # type: ignore[arg-type]
    for _ in range(60):
        needle, _ = moved(needle, PROBE, 1.0 / 60.0)
    assert needle.depth_mm == pytest.approx(speed_mm_s)


@settings(max_examples=30, deadline=None, database=None, derandomize=True)
@given(st.floats(0.01, 35.0), st.sampled_from([30, 60, 100]))
def test_a_feed_ends_where_it_was_to_end(distance_mm: float, hz: int) -> None:
    """How time is cut does not matter, and nothing of the feed is left over."""
    needle, stalls = fed(STRAIGHT, distance_mm, hz=hz)
    assert not stalls
    assert needle.depth_mm == pytest.approx(distance_mm, abs=1e-9)


def test_friction_grows_with_the_shaft_in_tissue() -> None:
    """0.08 N per mm of soft tissue and 0.8 N per mm of bone, added to the tip's force."""
    needle, _ = fed(STRAIGHT, 60.0, "mallet")
    bone = needle.bone_mm
    assert bone == pytest.approx(60.0 - CORTEX_FROM, abs=0.2)
    friction = BONE_FRICTION_N_MM * bone + SOFT_FRICTION_N_MM * (60.0 - bone)
    assert needle.force_n == pytest.approx(25.0 + friction)


def test_the_cannula_is_as_long_as_it_is() -> None:
    """It goes in to the hub and no further, and withdrawn it ends at the skin."""
    needle, _ = fed(at(110.0), 120.0, "mallet")
    assert needle.depth_mm == LENGTH_MM
    out, _ = fed(needle, -130.0)
    assert out.depth_mm == 0.0
    assert out.bone_mm == 0.0


@settings(max_examples=60, deadline=None, database=None, derandomize=True)
@given(st.floats(41.0, 79.0), st.floats(0.01, 30.0))
def test_drawing_back_never_stalls(depth_mm: float, distance_mm: float) -> None:
    """Whatever rounding leaves of the way: a hand that pulls does not push against bone at the end."""
    needle, stalls = fed(at(depth_mm, depth_mm - 40.0), -distance_mm)
    assert not stalls
    assert needle.depth_mm == pytest.approx(depth_mm - distance_mm, abs=1e-9)


def test_a_drilled_channel_resists_nothing() -> None:
    """Behind a drill only friction is left, and drawing back leaves the channel's end where it is."""
    drilled = replace(at(60.0, 20.0), stylet=False, drilled_mm=15.0)
    back, _ = fed(drilled, -8.0)
    assert np.allclose(back.channel_end_mm, drilled.channel_end_mm)
    there, stalls = fed(replace(back, stylet=True), 8.0)
    assert not stalls
    assert there.force_n < 0.8 * 21.0 + 0.08 * 41.0
    assert np.allclose(there.channel_end_mm, drilled.channel_end_mm)


def test_in_soft_tissue_a_needle_turns_freely_about_the_skin() -> None:
    """All of the angle is achieved, but for the hundredth that the shaft bends, and the skin point stays."""
    way = direction("right", 12.0, 5.0)
    turn = redirected(at(30.0), way)
    assert 0.99 * turn.wanted_deg < turn.achieved_deg < turn.wanted_deg
    assert np.allclose(turn.needle.axis, way, atol=1e-3)
    assert turn.needle.skin_mm == STRAIGHT.skin_mm
    assert turn.needle.depth_mm == 30.0


@pytest.mark.parametrize(("bone_mm", "most_deg"), [(5.0, LEVER_DEG), (10.0, LEVER_DEG), (20.0, LEVER_DEG / 2)])
def test_bone_holds_a_needle(bone_mm: float, most_deg: float) -> None:
    """Levering gives 2.5 degrees at most, less the deeper; the bony entry stays; trying again gives no more."""
    needle = at(CORTEX_FROM + bone_mm, bone_mm)
    entry = needle.tip_mm - bone_mm * needle.axis
    turn = redirected(needle, direction("right", 15.0, 0.0))
    assert turn.wanted_deg == pytest.approx(15.0)
    assert turn.achieved_deg == pytest.approx(most_deg)
    now = turn.needle
    # The turn is made by blending directions: for a target 15 degrees away it is right to a hundredth.
    assert np.degrees(np.arccos(now.axis @ needle.axis)) == pytest.approx(most_deg, rel=0.03)
    assert np.allclose(now.tip_mm - bone_mm * now.axis, entry)
    again = redirected(now, direction("right", 15.0, 0.0))
    assert again.achieved_deg == pytest.approx(0.0, abs=1e-9)


def test_a_channel_belongs_to_its_direction() -> None:
    """A needle pointed elsewhere in soft tissue leaves its drilled channel; one levered in bone keeps it."""
    free = replace(at(38.0), drilled_mm=20.0)
    assert redirected(free, direction("right", 10.0, 0.0)).needle.drilled_mm == 0.0
    assert redirected(free, free.axis).needle.drilled_mm == 20.0
    held = replace(at(50.0, 10.0), drilled_mm=20.0)
    assert redirected(held, direction("right", 1.0, 0.0)).needle.drilled_mm == 20.0


def test_shaft_points_reach_from_the_tip_backwards() -> None:
    """Every millimetre, first the tip, and never outside the patient."""
    points = shaft_points_mm(at(20.0), 70.0)
    assert np.allclose(points[0], [0.0, 20.0, 0.0])
    assert np.allclose(points[-1], [0.0, 0.0, 0.0])
    assert len(points) == 21
    assert len(shaft_points_mm(at(100.0), 70.0)) == 71


def test_bone_is_counted_only_where_there_is_bone() -> None:
    """Through the bone and out of its front: the shaft in bone is as long as the bone is thick."""
    needle, _ = fed(STRAIGHT, 100.0, "mallet")
    assert needle.bone_mm == pytest.approx(BONE_END - CORTEX_FROM, abs=0.2)


@pytest.mark.parametrize("technique", ["push", "twist", "mallet"])
def test_no_technique_drives_a_needle_through_metal(technique: str) -> None:
    """It stops at a rod in its way, a tick's way at most inside, and goes on where the rod is beside it."""
    rod = MetalPart("rod", 0, False, (-20.0, 30.0, 0.0), (20.0, 30.0, 0.0), 2.75, 2.75)
    beside = replace(rod, start_mm=(-20.0, 30.0, 6.0), end_mm=(20.0, 30.0, 6.0))
    hit, stalls = fed(STRAIGHT, 35.0, technique, probe=Layers(metal=(rod,)))  # type: ignore[arg-type]
    assert 27.0 <= hit.depth_mm <= 27.6
    assert len(stalls) == 1
    assert stalls[0].force_n > stalls[0].limit_n
    passed, none = fed(STRAIGHT, 35.0, technique, probe=Layers(metal=(beside,)))  # type: ignore[arg-type]
    assert passed.depth_mm == pytest.approx(35.0)
    assert none == []

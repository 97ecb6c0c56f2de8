"""Needles that a bevel steers, cortex that breaks, and what levering costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.devices.bending import bone_curvature_per_mm
from simulator.devices.feeding import moved, tip_force_n
from simulator.devices.levering import lever, redirected
from simulator.devices.needle import Needle, direction, shaft_points_mm
from simulator.devices.probe import Probe
from tests.simulator.devices.phantoms import CORTEX_END, CORTEX_FROM, Layers
from tests.simulator.devices.test_needle import PROBE, STRAIGHT, at, fed

BEVEL = replace(STRAIGHT, tip="bevel")


def test_a_diamond_goes_straight() -> None:
    """All the way through skin, fat, muscle and bone."""
    needle, _ = fed(STRAIGHT, 75.0, "mallet")
    assert needle.knots == ()
    assert np.allclose(needle.tip_mm, (0.0, needle.depth_mm, 0.0))
    assert np.allclose(needle.hub_mm, (0.0, needle.depth_mm - 125.0, 0.0))


@pytest.mark.parametrize(("clock_deg", "towards"), [(0.0, (0.0, 0.0, -1.0)), (90.0, (-1.0, 0.0, 0.0))])
def test_a_bevel_steers_towards_its_back(clock_deg: float, towards: tuple[float, float, float]) -> None:
    """Facing the head it goes to the feet; the drift in bone is that of a circle, 0.15 mm after 10 mm."""
    start = replace(BEVEL, bevel_clock_deg=clock_deg, depth_mm=CORTEX_FROM, bone_mm=0.01)
    needle, _ = fed(start, 30.0, "mallet")
    off = needle.tip_mm - np.array([0.0, needle.depth_mm, 0.0])
    expected = 0.5 * bone_curvature_per_mm(3.048) * 30.0**2
    assert off @ np.array(towards) == pytest.approx(expected, rel=0.06)
    assert np.degrees(np.arccos(needle.axis[1])) == pytest.approx(
        np.degrees(30.0 * bone_curvature_per_mm(3.048)), rel=0.06
    )


def test_a_twist_turns_the_bevel_to_and_fro() -> None:
    """Twisted in, a bevelled needle goes straight; so it does in a drilled channel."""
    start = replace(BEVEL, depth_mm=CORTEX_END + 5.0, bone_mm=8.0)
    assert fed(start, 20.0, "twist")[0].knots == ()
    assert fed(replace(start, drilled_mm=30.0), 20.0, "push")[0].knots == ()


def test_a_bent_needle_comes_back_the_way_it_went() -> None:
    """Drawn back, its tip passes where it was; all the way out it is straight again."""
    start = replace(BEVEL, depth_mm=CORTEX_FROM, bone_mm=0.01)
    deep, _ = fed(start, 25.0, "mallet")
    (before,) = deep.points_mm(np.array([CORTEX_FROM + 15.0]))
    back, _ = fed(deep, -10.0)
    assert back.depth_mm == pytest.approx(CORTEX_FROM + 15.0, abs=1e-6)
    assert np.allclose(back.tip_mm, before, atol=1e-9)
    out, _ = fed(deep, -25.5)
    assert out.knots == ()


def test_the_shaft_lies_along_the_path() -> None:
    """Points of the shaft are a millimetre apart, and those in bone lie on the bow, not on the chord."""
    deep, _ = fed(replace(BEVEL, depth_mm=CORTEX_FROM, bone_mm=0.01), 30.0, "mallet")
    shaft = shaft_points_mm(deep, 60.0)
    assert np.allclose(np.linalg.norm(np.diff(shaft, axis=0), axis=1), 1.0, atol=1e-3)
    assert np.allclose(shaft[0], deep.tip_mm)
    middle = 0.5 * (shaft[0] + shaft[30])
    assert shaft[15][2] > middle[2] + 0.2


@pytest.mark.parametrize("step_hz", [60, 240])
def test_steering_does_not_depend_on_the_tick(step_hz: int) -> None:
    """Four times as many ticks: the same place within a tenth of the drift."""
    start = replace(BEVEL, depth_mm=CORTEX_END + 1.0, bone_mm=4.0)
    needle, _ = fed(start, 30.0, "mallet", hz=step_hz)
    drift = 0.5 * bone_curvature_per_mm(3.048) * 30.0**2
    assert -needle.tip_mm[2] == pytest.approx(drift, rel=0.08)


def test_tip_forces_scale_with_the_cross_section() -> None:
    """8 G to 11 G to 13 G as 1.89 to 1 to 0.63 (physics C2), in cortex as in muscle."""
    for depth in (42.0, 30.0):
        forces = [tip_force_n(replace(STRAIGHT, gauge=g), PROBE, np.array([0.0, depth, 0.0])) for g in (8, 11, 13)]
        assert np.array(forces) / forces[1] == pytest.approx((1.89, 1.0, 0.63), abs=0.005)


def trace(probe: Probe, needle: Needle, distance_mm: float) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Depth and tip force tick by tick, and the layers that the tip was in."""
    needle = replace(needle, feed_mm=distance_mm, technique="mallet")
    depths, forces, layers = [], [], []
    while needle.feed_mm != 0.0:
        needle, _ = moved(needle, probe, 1.0 / 240.0)
        depths.append(needle.depth_mm)
        forces.append(needle.force_n - 0.8 * needle.bone_mm - 0.08 * (needle.depth_mm - needle.bone_mm))
        layers.append(needle.layer)
    return np.array(depths), np.array(forces), layers


class Blurred(Layers):
    """The same layers as voxels of a millimetre show them: density falls over three millimetres."""

    def mineral_g_cm3(self, points_mm: np.ndarray) -> np.ndarray:
        y = points_mm[:, 1]
        inside = np.interp(y, (40.0, 41.0, 42.0, 44.0), (0.4, 0.85, 0.85, 0.1))
        return np.where((y >= 39.5) & (y <= 80.5), inside, 0.0)


@pytest.mark.parametrize("probe", [Layers(), Blurred()])
def test_cortex_gives_a_peak_that_falls_within_a_millimetre(probe: Probe) -> None:
    """60 to 80 % of the tip's force are gone 1 mm behind the peak (physics C2), though voxels blur the shell."""
    depths, forces, layers = trace(probe, at(35.0), 20.0)
    last_peak = np.flatnonzero(forces > 0.95 * forces.max())[-1]
    after = forces[np.searchsorted(depths, depths[last_peak] + 1.05)]
    assert 0.60 <= 1.0 - after / forces.max() <= 0.80
    assert [layers[i] for i in (0, last_peak, -1)] == ["outside", "cortex", "inside"]


def test_dense_bone_has_no_shell_to_break() -> None:
    """Where the core is as hard as the shell the force stays; the tip counts as inside after 3 mm."""
    _, forces, layers = trace(Layers(core_g_cm3=0.9), at(35.0), 20.0)  # type: ignore[arg-type]
    assert forces[-1] > 0.9 * forces.max()
    assert layers[-1] == "inside"


def test_levering_costs_what_a_rod_in_a_foundation_costs() -> None:
    """Small turns in 0.1 g/cm3: E phi b^3 / 3 over the arm, E = 3230 x 0.1 - 34.7; the hub goes phi times the arm
    and bends on the way."""
    needle = at(CORTEX_END + 15.0, bone_mm=10.0)
    cost = lever(needle, PROBE, 0.01)
    arm, turn = 115.0, np.radians(0.01)
    force = (323.0 - 34.7) * turn * 10.0**3 / 3.0 / arm
    assert cost.force_n == pytest.approx(force, rel=1e-6)
    assert cost.hub_mm == pytest.approx(turn * arm + force * arm**3 / (3.0 * needle.stiffness_n_mm2), rel=1e-6)


def test_levering_crushes_bone_at_last() -> None:
    """However far the hub is forced: strength times diameter times b^2 / 2, and deeper bone holds harder."""
    shallow, deep = at(CORTEX_END + 15.0, bone_mm=10.0), at(CORTEX_END + 30.0, bone_mm=25.0)
    strength = 2.49 - 0.75
    assert lever(shallow, PROBE, 2.5).force_n == pytest.approx(strength * 3.048 * 100.0 / 2.0 / 115.0, rel=1e-6)
    assert lever(deep, PROBE, 1.0).force_n > 5.0 * lever(shallow, PROBE, 1.0).force_n
    assert lever(at(20.0), PROBE, 10.0).force_n == 0.0


def test_a_bent_needle_levered_turns_as_a_whole() -> None:
    """Its bony entry stays, its length too, and the tip turns by what was achieved."""
    deep, _ = fed(replace(BEVEL, depth_mm=CORTEX_FROM, bone_mm=0.01), 12.0, "mallet")
    turn = redirected(deep, direction("right", 8.0, 0.0))
    assert 0.0 < turn.achieved_deg < 2.5
    assert np.allclose(turn.needle.entry_mm, deep.entry_mm, atol=1e-6)
    between = np.degrees(np.arccos(np.clip(turn.needle.axis @ deep.axis, -1.0, 1.0)))
    assert between == pytest.approx(turn.achieved_deg, rel=0.02)

"""Rays through every kind of body: against walked rays, closed forms and invariants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from anatomy import frames
from anatomy.tissue import STEEL
from simulator.imaging.solids.bodies import Bevelled, Box, Capsule, Cylinder, Ellipsoid, Frustum, Pointed
from simulator.imaging.solids.body_frame import point, rigid_frame
from simulator.imaging.solids.solids import Solid
from tests.simulator.imaging.solids.sample_bodies import LENGTH, RADIUS, SAMPLES, walked_mm

KINDS = pytest.mark.parametrize("kind", SAMPLES)
STEP_MM = 0.02
components = arrays(float, 3, elements=st.floats(-1.0, 1.0)).filter(lambda v: np.linalg.norm(v) > 0.1)
moves = st.builds(
    lambda axis, angle, way: frames.compose(frames.translation(10.0 * way), frames.rotation(axis, angle)),
    components, st.floats(0.0, 6.28), components,
)  # fmt: skip


def path_mm(body, source, directions):
    """Length of rays inside a body."""
    return Solid(STEEL, body).path_mm(source, np.asarray(directions, dtype=float))


@KINDS
def test_any_ray_is_as_long_as_walking_says(kind):
    """Met from outside at any angle, along the axis, or from within."""
    sample, rng, met = SAMPLES[kind], np.random.default_rng([7, len(kind)]), 0
    for attempt in range(90):
        move = frames.compose(
            frames.translation(rng.uniform(-8.0, 8.0, 3)),
            frames.rotation(rng.standard_normal(3), rng.uniform(0.0, 6.0)),
        )
        body = sample.build(move)
        aim = frames.apply(move, rng.uniform((-3, -3, -1), (3, 3, 9)))
        direction = frames.unit(rng.standard_normal(3))
        if attempt % 3 == 0:  # nearly along the axis
            direction = frames.unit(frames.apply_direction(move, (0, 0, 1)) + 0.05 * rng.standard_normal(3))
        source = aim - (0.0 if attempt % 5 == 0 else 50.0) * direction
        found = float(path_mm(body, source, direction))
        back = frames.inverse(move)
        walked = walked_mm(sample.inside, frames.apply(back, source), frames.apply_direction(back, direction))
        assert found == pytest.approx(walked, abs=3.0 * STEP_MM)
        met += found > 0.0
    assert met > 30


@KINDS
@settings(deadline=None, max_examples=8)
@given(move=moves)
def test_diverging_rays_hold_the_volume(kind, move):
    """Over a fan of rays the solid angle times (leave^3 - enter^3) / 3 sums to the volume, however it lies."""
    sample = SAMPLES[kind]
    body = sample.build(move)
    outline = body.outline_mm()
    centre = outline.mean(axis=0)
    forward = frames.unit((0.3, -0.5, 0.8))
    source = centre - 90.0 * forward
    half = np.abs(outline - centre).max() * 1.8 / 45.0  # of the fan, as tangents
    across = frames.unit(np.cross(forward, (1.0, 0.0, 0.0)))
    count = 240
    tangents = (np.arange(count) + 0.5) / count * 2.0 * half - half
    fan = forward + tangents[:, None, None] * across + tangents[None, :, None] * np.cross(forward, across)
    slant = np.linalg.norm(fan, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        enter, leave = body.interval(source, (fan / slant[..., None]).reshape(-1, 3))
    enter, leave = enter.reshape(slant.shape), leave.reshape(slant.shape)
    inside = leave > np.maximum(enter, 0.0)
    shells = np.where(inside, leave**3 - enter**3, 0.0) / 3.0
    volume = (shells / slant**3).sum() * (2.0 * half / count) ** 2
    assert not inside[[0, -1]].any()
    assert not inside[:, [0, -1]].any()
    assert volume == pytest.approx(sample.volume_mm3, rel=0.02)


@KINDS
@settings(deadline=None, max_examples=25)
@given(move=moves, aim=components, direction=components)
def test_turning_the_room_changes_nothing(kind, move, aim, direction):
    """Body and ray moved together keep the length; the same line the other way round has the same length."""
    sample, still = SAMPLES[kind], frames.translation((0.0, 0.0, 0.0))
    way = frames.unit(direction)
    source = 2.0 * aim + (0.0137, 0.0071, 4.0193) - 60.0 * way  # not in a face, where either answer is right
    found = path_mm(sample.build(still), source, way)
    moved = path_mm(sample.build(move), frames.apply(move, source), frames.apply_direction(move, way))
    back = path_mm(sample.build(still), source + 120.0 * way, -way)
    assert moved == pytest.approx(found, abs=1e-6)
    assert back == pytest.approx(found, abs=1e-6)


@KINDS
def test_from_within_and_away(kind):
    """From inside only what lies ahead counts; both halves make the whole; away from the body there is nothing."""
    body = SAMPLES[kind].build(frames.translation((0.0, 0.0, 0.0)))
    inner = np.array([0.1, -0.2, 1.0])
    rng = np.random.default_rng(3)
    for way in frames.unit(rng.standard_normal((20, 3))):
        ahead, behind = path_mm(body, inner, way), path_mm(body, inner, -way)
        whole = path_mm(body, inner - 90.0 * way, way)
        assert min(ahead, behind) > 0.0
        assert ahead + behind == pytest.approx(whole, abs=1e-9)
        assert path_mm(body, inner - 90.0 * way, -way) == 0.0


@KINDS
def test_single_precision_is_enough_for_pictures(kind):
    """Half a metre from the source, rays in single precision are within 3 micrometres, 99 of 100 of them."""
    body = SAMPLES[kind].build(frames.rotation((1.0, 2.0, -1.0), 0.8))
    source = np.array([100.0, -500.0, 80.0])
    aims = np.random.default_rng(5).uniform(-8.0, 8.0, (4000, 3))
    rays = frames.unit(aims - source)
    exact, single = path_mm(body, source, rays), Solid(STEEL, body).path_mm(source, rays.astype(np.float32))
    assert single.dtype == np.float32
    assert np.count_nonzero(exact) > 300
    off = np.abs(single - exact)
    assert np.quantile(off, 0.99) < 3e-3
    assert off.max() < 0.1  # where a ray grazes, its chord grows like a square root


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9])
def test_what_is_split_adds_up(cut):
    """A rod, a cone and a box cut in two have together the path of the whole."""
    low, high, middle = (0.0, 0.0, 0.0), (0.0, 0.0, 10.0), (0.0, 0.0, 10.0 * cut)
    waist = 3.0 + cut * (1.0 - 3.0)
    halves = [
        (Cylinder(low, high, 2.0), Cylinder(low, middle, 2.0), Cylinder(middle, high, 2.0)),
        (Frustum(low, high, 3.0, 1.0), Frustum(low, middle, 3.0, waist), Frustum(middle, high, waist, 1.0)),
        (
            Box(rigid_frame(np.eye(4)), (2.0, 3.0, 5.0)),
            Box(rigid_frame(frames.translation((0, 0, -5.0 + 5.0 * cut))), (2.0, 3.0, 5.0 * cut)),
            Box(rigid_frame(frames.translation((0, 0, 5.0 * cut))), (2.0, 3.0, 5.0 - 5.0 * cut)),
        ),
    ]
    source = np.array([40.0, 25.0, -30.0])
    rays = frames.unit(np.random.default_rng(1).uniform((-3, -3, -5), (3, 3, 10), (500, 3)) - source)
    for whole, one, other in halves:
        expected = path_mm(whole, source, rays)
        assert np.count_nonzero(expected) > 150
        np.testing.assert_allclose(path_mm(one, source, rays) + path_mm(other, source, rays), expected, atol=1e-9)


@pytest.mark.parametrize("off_mm", [0.0, 0.5, 1.9, 1.999, 2.1])
@pytest.mark.parametrize("slant_deg", [90.0, 45.0, 10.0])
def test_a_rod_is_its_chord_over_the_sine(off_mm, slant_deg):
    """Away from its ends a rod of radius r has the path 2 sqrt(r2 - d2) / sin(angle to the axis)."""
    axis, across = frames.unit((1.0, 3.0, 2.0)), frames.unit((3.0, -1.0, 0.0))
    rod = Cylinder(point(-100.0 * axis), point(100.0 * axis), 2.0)
    slant = np.radians(slant_deg)
    direction = np.cos(slant) * axis + np.sin(slant) * np.cross(axis, across)
    expected = 2.0 * np.sqrt(max(2.0**2 - off_mm**2, 0.0)) / np.sin(slant)
    assert path_mm(rod, off_mm * across - 60.0 * direction, direction) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("tilt", [0.0, 1e-16, 1e-12, 1e-9, 1e-7, 1e-5])
@pytest.mark.parametrize("off_mm", [0.0, 0.7])
@pytest.mark.parametrize("kind", ["cylinder", "capsule"])
def test_seen_end_on_it_is_as_long_as_it_is(kind, tilt, off_mm):
    """Down the barrel, exactly or nearly, no ray is lost: the bull's-eye view of a needle."""
    body = SAMPLES[kind].build(np.eye(4))
    caps = 2.0 * np.sqrt(RADIUS**2 - off_mm**2) if kind == "capsule" else 0.0
    for way in (1.0, -1.0):
        direction = frames.unit((tilt, 0.0, way))
        found = path_mm(body, np.array([off_mm, 0.0, -50.0 * way]), direction)
        assert found == pytest.approx(LENGTH + caps, rel=1e-4)
        assert path_mm(body, np.array([RADIUS + 0.01, 0.0, -50.0 * way]), direction) == 0.0


def test_along_the_side_of_a_cone():
    """Parallel to a side, where the quadratic equation has only one root, the chord is the similar triangle's."""
    cone = Frustum((0.0, 0.0, 0.0), (0.0, 0.0, 8.0), 2.0, 0.0)
    side = frames.unit((-2.0, 0.0, 8.0))
    slant = float(np.hypot(2.0, 8.0))
    for inwards in (0.5, 1.0, 3.0, 3.999):  # along the base, of its diameter of 4
        source = np.array([2.0 - inwards, 0.0, 0.0]) - 30.0 * side
        assert path_mm(cone, source, side) == pytest.approx(slant * (1.0 - inwards / 4.0), abs=1e-6)
    assert path_mm(cone, np.array([2.001, 0.0, 0.0]) - 30.0 * side, side) == 0.0


def test_rays_that_glide_in_a_face_or_touch():
    """Exactly in a face or along an edge a ray gives a number, the face's length or nothing, and never NaN."""
    box = Box(rigid_frame(np.eye(4)), (1.0, 2.0, 3.0))
    rod = Cylinder((0.0, 0.0, 0.0), (0.0, 0.0, 5.0), 1.0)
    for body, source, way, length in (
        (box, (-9.0, 2.0, 0.0), (1.0, 0.0, 0.0), 2.0),
        (box, (-9.0, 2.0, 3.0), (1.0, 0.0, 0.0), 2.0),
        (box, (-9.0, 0.0, 0.0), (1.0, 0.0, 0.0), 2.0),
        (rod, (-9.0, 0.0, 0.0), (1.0, 0.0, 0.0), 2.0),
        (rod, (-9.0, 0.0, 5.0), (1.0, 0.0, 0.0), 2.0),
        (rod, (-9.0, 1.0, 2.0), (1.0, 0.0, 0.0), 0.0),
        (rod, (1.0, 0.0, -9.0), (0.0, 0.0, 1.0), 5.0),
    ):
        found = float(path_mm(body, np.array(source), np.array(way)))
        assert found in (0.0, pytest.approx(length))
    assert path_mm(box, (-9.0, 2.001, 0.0), np.array([1.0, 0.0, 0.0])) == 0.0


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: Cylinder((0, 0, 0), (0, 0, 0), 1.0), "length_mm must be positive"),
        (lambda: Capsule((0, 0, 0), (0, 0, 1), 0.0), "radius_mm must be positive"),
        (lambda: Frustum((0, 0, 0), (0, 0, 1), 1.0, -0.5), "radii must not be negative"),
        (lambda: Frustum((0, 0, 0), (0, 0, 1), 0.0, 0.0), "larger_radius_mm must be positive"),
        (lambda: Box(rigid_frame(np.eye(4)), (1.0, 0.0, 1.0)), "half_sizes_mm must be positive"),
        (lambda: Ellipsoid(rigid_frame(2.0 * np.eye(4)), (1.0, 1.0, 1.0)), "must be a rigid"),
        (lambda: Bevelled((0, 0, 0), (0, 0, 9), 1.0, 0.0, (1, 0, 0)), "between 0 and 90 degrees"),
        (lambda: Pointed((0, 0, 0), (0, 0, 9), 1.0, 0.5, (1, 0, 0), 2), "at least 3 facets"),
        (lambda: Pointed((0, 0, 0), (0, 0, 9), 1.0, 0.5, (0, 0, 1)).frame, "facing must not lie along the axis"),
        (lambda: point((1.0, np.nan, 0.0), name="tip_mm"), "tip_mm must be three finite numbers"),
    ],
)
def test_what_cannot_be_is_refused(build, says):
    """Sizes and axes that make no body are named at once."""
    with pytest.raises(ValueError, match=says):
        build()

"""Signed distances and coverages against solids whose distances and volumes are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anatomy import frames, shapes
from anatomy.volume import Grid

few = settings(max_examples=30, deadline=None)
coordinate = st.floats(-30.0, 30.0)
point = st.tuples(coordinate, coordinate, coordinate)


def at(p: tuple[float, ...]) -> tuple[shapes.Array, shapes.Array, shapes.Array]:
    """A point as the three float32 arrays that distances take."""
    x, y, z = (np.array([c], dtype=np.float32) for c in p)
    return x, y, z


@few
@given(point)
def test_a_ball_is_an_ellipsoid_of_equal_axes(p: tuple[float, ...]) -> None:
    """The distance to a ball is the distance to its centre less its radius."""
    centre = np.array([3.0, -4.0, 5.0])
    found = shapes.ellipsoid(*at(p), centre, (8.0, 8.0, 8.0))
    assert found[0] == pytest.approx(np.linalg.norm(np.subtract(p, centre)) - 8.0, abs=1e-4)


@few
@given(point)
def test_a_round_limb_is_a_capsule(p: tuple[float, ...]) -> None:
    """The distance to a limb of one radius is the distance to its segment less that radius."""
    a, b = np.array([-5.0, 2.0, 1.0]), np.array([9.0, -6.0, 12.0])
    share = np.clip((p - a) @ (b - a) / ((b - a) @ (b - a)), 0.0, 1.0)
    exact = np.linalg.norm(p - a - share * (b - a)) - 3.0
    assert shapes.limb(*at(p), a, b, (3.0, 3.0), (3.0, 3.0))[0] == pytest.approx(exact, abs=2e-4)


def test_a_limb_has_its_half_diameters_along_its_flat_axis() -> None:
    """Across the flat axis a limb is as thick as its first number says, along it as the second, at each end."""
    ends = ((0.0, 0.0, 0.0), (40.0, 0.0, 0.0))
    for x, half in ((0.0, (2.0, 6.0)), (40.0, (3.0, 9.0)), (20.0, (2.5, 7.5))):
        for surface in ((x, half[0], 0.0), (x, 0.0, half[1])):
            found = shapes.limb(*at(surface), *ends, (2.0, 6.0), (3.0, 9.0))
            assert found[0] == pytest.approx(0.0, abs=1e-3)


@few
@given(st.floats(0.0, 2 * np.pi), st.floats(2.0, 2.6), st.floats(10.0, 25.0), st.floats(10.0, 25.0))
def test_a_superellipse_is_true_near_itself(angle: float, n: float, a: float, b: float) -> None:
    """On the curve the distance is zero; half a millimetre along the normal it is that to 2 % (body-sized)."""
    c, s = np.cos(angle), np.sin(angle)
    u, v = a * np.sign(c) * abs(c) ** (2 / n), b * np.sign(s) * abs(s) ** (2 / n)
    assert shapes.superellipse(np.array([u]), np.array([v]), a, b, n)[0] == pytest.approx(0.0, abs=1e-6)
    normal = frames.unit((np.sign(u) * abs(u / a) ** (n - 1) / a, np.sign(v) * abs(v / b) ** (n - 1) / b, 0.0))
    for away in (-0.5, 0.5):
        near = shapes.superellipse(np.array([u + away * normal[0]]), np.array([v + away * normal[1]]), a, b, n)
        assert near[0] == pytest.approx(away, abs=0.01)


def test_the_centre_of_a_superellipse_is_its_deepest_point_and_no_trouble() -> None:
    """At its very centre, where its gradient has no direction, the distance is the smaller half axis inwards."""
    with np.errstate(all="raise"):
        assert shapes.superellipse(np.zeros(1), np.zeros(1), 8.0, 5.0, 2.3)[0] == -5.0


def test_a_rounded_square_is_measured_from_its_side_and_its_corner() -> None:
    """Distances to a rounded polygon are those to the sharp one less the rounding; negative inside."""
    square = [(-4.0, -4.0), (4.0, -4.0), (4.0, 4.0), (-4.0, 4.0)]
    places = np.array([[10.0, 0.0], [0.0, -7.0], [7.0, 8.0], [1.0, 0.0]])
    found = shapes.rounded_polygon(places[:, 0], places[:, 1], square, 1.0)
    np.testing.assert_allclose(found, [5.0, 2.0, 4.0, -4.0], atol=1e-5)


@few
@given(st.floats(-20.0, 20.0), st.floats(-20.0, 20.0), st.floats(0.0, 6.0))
def test_a_fillet_adds_at_most_a_quarter_of_its_size(a: float, b: float, blend: float) -> None:
    """A smooth union is never outside the sharp one, exceeds it by at most a quarter of the blend, and is fair."""
    left, right = np.array([a]), np.array([b])
    smooth = shapes.smooth_min(left, right, blend)[0]
    assert min(a, b) - blend / 4 - 1e-9 <= smooth <= min(a, b) + 1e-9
    assert smooth == pytest.approx(shapes.smooth_min(right, left, blend)[0])
    assert shapes.smooth_max(-left, -right, blend)[0] == pytest.approx(-smooth)
    if abs(a - b) >= blend:
        assert smooth == pytest.approx(min(a, b))


@few
@given(st.floats(-0.5, 0.5), st.floats(0.25, 4.0))
def test_a_half_space_covers_the_share_it_should(offset: float, voxel: float) -> None:
    """A plane through a voxel's centre covers half of it, and shifting it changes the share in proportion."""
    assert shapes.coverage(np.array([0.0]), voxel)[0] == 0.5
    assert shapes.coverage(np.array([offset * voxel]), voxel)[0] == pytest.approx(0.5 - offset)


@pytest.mark.parametrize("voxel", [2.0, 1.0, 0.5])
def test_the_volume_of_a_ball_by_coverage_converges(voxel: float) -> None:
    """Covered shares add up to the volume of a ball, with an error that falls as the voxel squared.

    The ramp, one voxel wide, adds a quarter of (voxel / radius) squared; the rest is where voxels happen to lie.
    """
    radius = 10.0
    grid = Grid.spanning((-12.3,) * 3, (12.3,) * 3, voxel)
    share = shapes.coverage(shapes.ellipsoid(*grid.axes_mm(), (0, 0, 0), (radius,) * 3), voxel)
    exact = 4.0 / 3.0 * np.pi * radius**3
    assert abs(share.sum() * voxel**3 / exact - 1.0) < 0.4 * (voxel / radius) ** 2


@few
@given(st.floats(0.05, 3.0), st.floats(0.3, 2.5), st.floats(0.0, 1.0))
def test_a_shell_keeps_its_thickness_at_any_voxel(thickness: float, voxel: float, phase: float) -> None:
    """Shares of a flat shell, summed across it, times the voxel edge, are its thickness: thin or thick."""
    distance = np.arange(-20, 20) * voxel + phase * voxel
    share = shapes.shell_coverage(distance, thickness, voxel)
    assert share.sum() * voxel == pytest.approx(thickness, rel=1e-6)
    assert np.all((share >= 0.0) & (share <= 1.0))


def test_a_spline_passes_its_points() -> None:
    """The curve begins and ends with its first and last point and runs through those between."""
    points = np.array([[0.0, 0.0, 0.0], [10.0, 5.0, -3.0], [12.0, 30.0, 4.0], [50.0, 30.0, 9.0]])
    curve = shapes.spline(points, per_span=5)
    np.testing.assert_allclose(curve[::5], points, atol=1e-9)


@pytest.mark.parametrize("about", [(1.0, 0.0, 0.0), (0.3, 1.0, -0.2)])
def test_local_axes_are_the_voxel_centres_seen_from_the_local_frame(about: tuple[float, ...]) -> None:
    """Broadcast together they are the transformed centres; tilted about x alone, x stays a line of numbers."""
    grid = Grid.spanning((-3, -4, 5), (6, 8, 14), (1.0, 1.5, 0.75))
    local_from_patient = frames.compose(frames.translation((7, 8, 9)), frames.rotation(about, 0.3))
    axes = shapes.local_axes(grid, local_from_patient)
    expected = frames.apply(local_from_patient, grid.centres_mm())
    np.testing.assert_allclose(np.stack(np.broadcast_arrays(*axes), axis=-1), expected, atol=1e-4)
    if about == (1.0, 0.0, 0.0):
        assert axes[0].shape == (grid.shape[0], 1, 1)
        assert axes[1].shape[0] == 1


def test_a_box_holds_its_points_with_their_margin() -> None:
    """The box around points reaches from lowest to highest coordinate, and the margin beyond."""
    low, high = shapes.around((1, 5, 2), (4, -2, 3), margin_mm=(1, 2, 3))
    np.testing.assert_array_equal(low, (0, -4, -1))
    np.testing.assert_array_equal(high, (5, 7, 6))


def test_a_flat_limb_is_as_thick_and_as_high_as_an_elliptical_one_and_fills_its_corners() -> None:
    """Both touch the half diameters and measure mm beside them; only the flat one reaches into the corner."""
    u, v = np.meshgrid(np.linspace(-8.0, 8.0, 161), np.linspace(-5.0, 5.0, 101), indexing="ij")
    z = np.zeros_like(u)
    ends = ((0.0, 0.0, -50.0), (0.0, 0.0, 50.0), (6.5, 3.0), (6.5, 3.0), (0.0, 1.0, 0.0))
    flat, round_ = (shapes.limb(u, v, z, *ends, is_flat=choice) for choice in (True, False))
    for found in (flat, round_):
        assert found[80 + 65, 50] == pytest.approx(0.0, abs=1e-4)
        assert found[80, 50 + 30] == pytest.approx(0.0, abs=1e-4)
        assert found[80, 50 + 34] == pytest.approx(0.4, abs=0.1)
        assert found[80, 50] < 0.0
    corner = (80 + 50, 50 + 23)  # 0.77 of each half diameter
    assert flat[corner] < 0.0 < round_[corner]

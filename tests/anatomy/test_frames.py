"""Transforms: rotations are rigid, products read right to left, inverses undo, mistakes are named."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anatomy import frames

few = settings(max_examples=25, deadline=None)
coordinate = st.floats(-500.0, 500.0)
point = st.tuples(coordinate, coordinate, coordinate)
axis = st.tuples(*[st.floats(-1.0, 1.0)] * 3).filter(lambda a: np.linalg.norm(a) > 0.01)
angle = st.floats(-10.0, 10.0)


@st.composite
def rigid(draw: st.DrawFn) -> frames.FloatArray:
    """A rotation followed by a translation."""
    turn = frames.rotation(draw(axis), draw(angle))
    return frames.compose(frames.translation(draw(point)), turn)


@few
@given(rigid(), point, point)
def test_rigid_transforms_keep_distances(
    a_from_b: frames.FloatArray, p: frames.FloatArray, q: frames.FloatArray
) -> None:
    """Two points are as far apart after a rotation and a translation as before."""
    moved = frames.apply(a_from_b, [p, q])
    apart = np.linalg.norm(np.subtract(p, q))
    assert np.linalg.norm(moved[0] - moved[1]) == pytest.approx(apart, rel=1e-9, abs=1e-9)
    assert np.linalg.det(a_from_b[:3, :3]) == pytest.approx(1.0)


@few
@given(rigid(), rigid(), point)
def test_a_product_is_read_right_to_left(
    a_from_b: frames.FloatArray, b_from_c: frames.FloatArray, p: frames.FloatArray
) -> None:
    """A point taken through a product arrives where one step after the other takes it."""
    at_once = frames.apply(frames.compose(a_from_b, b_from_c), p)
    np.testing.assert_allclose(at_once, frames.apply(a_from_b, frames.apply(b_from_c, p)), atol=1e-8)


@few
@given(rigid(), point)
def test_the_inverse_brings_points_back(a_from_b: frames.FloatArray, p: frames.FloatArray) -> None:
    """There and back again is where one began."""
    np.testing.assert_allclose(frames.apply(frames.inverse(a_from_b), frames.apply(a_from_b, p)), p, atol=1e-8)


@few
@given(axis, angle)
def test_a_rotation_leaves_its_axis_alone(about: frames.FloatArray, by: float) -> None:
    """Points on the axis of a rotation stay where they are."""
    np.testing.assert_allclose(frames.apply(frames.rotation(about, by), about), about, atol=1e-12)


@pytest.mark.parametrize(
    ("about", "moved", "to"),
    [((1, 0, 0), (0, 1, 0), (0, 0, 1)), ((0, 1, 0), (0, 0, 1), (1, 0, 0)), ((0, 0, 5), (1, 0, 0), (0, 1, 0))],
)
def test_rotations_are_right_handed(
    about: tuple[float, ...], moved: tuple[float, ...], to: tuple[float, ...]
) -> None:
    """A quarter turn about x, y or z takes the next axis to the one after it."""
    np.testing.assert_allclose(frames.apply(frames.rotation(about, np.pi / 2), moved), to, atol=1e-15)


def test_directions_turn_and_are_not_shifted() -> None:
    """A direction feels the rotation of a transform and not its translation."""
    a_from_b = frames.compose(frames.translation((10, 20, 30)), frames.rotation((0, 0, 1), np.pi / 2))
    np.testing.assert_allclose(frames.apply_direction(a_from_b, (1, 0, 0)), (0, 1, 0), atol=1e-15)


def test_arrays_of_points_keep_their_shape_and_are_not_changed() -> None:
    """Points of any leading shape come back in that shape; the argument is left alone."""
    points = np.arange(24.0).reshape(2, 4, 3)
    before = points.copy()
    assert frames.apply(frames.translation((1, 1, 1)), points).shape == (2, 4, 3)
    np.testing.assert_array_equal(points, before)


@few
@given(st.tuples(*[st.floats(0.1, 5.0)] * 3), axis, angle)
def test_voxel_sizes_survive_a_rotation(size: tuple[float, ...], about: frames.FloatArray, by: float) -> None:
    """The edges of a voxel are as long in a turned volume as in a straight one."""
    matrix = frames.compose(frames.rotation(about, by), frames.affine(np.diag(size), (5, 6, 7)))
    np.testing.assert_allclose(frames.voxel_sizes_mm(matrix), size, rtol=1e-9)


@pytest.mark.parametrize("tilt", [1e-9, 1e-4, 1.0, np.pi / 2, np.pi - 1e-7])
def test_angles_are_exact_also_where_directions_nearly_agree(tilt: float) -> None:
    """The angle between two directions is right from a billionth of a radian to nearly a half turn."""
    tilted = (3.0 * np.cos(tilt), 3.0 * np.sin(tilt), 0.0)
    assert frames.angle_between_rad((2.0, 0.0, 0.0), tilted) == pytest.approx(tilt, rel=1e-6)


def test_mistakes_are_answered_with_what_is_wrong() -> None:
    """A singular transform, a zero vector and a point that is none are refused by name."""
    with pytest.raises(ValueError, match="singular and has no inverse"):
        frames.inverse(np.zeros((4, 4)))
    with pytest.raises(ValueError, match="zero vector has no direction"):
        frames.unit([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    with pytest.raises(ValueError, match="skin_mm must be three finite numbers"):
        frames.as_point((1.0, np.nan, 2.0), name="skin_mm")
    with pytest.raises(ValueError, match="target must be three finite numbers"):
        frames.as_point((1.0, 2.0), name="target")

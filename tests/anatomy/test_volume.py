"""Volumes: where voxels lie, and what sampling, cropping and resampling make of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anatomy import frames
from anatomy.volume import Grid, Volume, crop, resample, sample

few = settings(max_examples=25, deadline=None)

# Neither cubic nor isotropic, nor at the origin, nor straight: nothing that hides a swapped axis.
AWKWARD = Grid(
    (5, 7, 4),
    frames.compose(
        frames.translation((11.0, -23.0, 41.0)),
        frames.rotation((1.0, 2.0, -0.5), 0.7),
        frames.affine(np.diag([0.8, 1.7, 2.9])),
    ),
)
STRAIGHT = Grid((6, 9, 5), frames.affine(np.diag([0.5, 1.0, 2.5]), (-3.0, 7.0, 20.0)))


def linear_field(grid: Grid) -> Volume:
    """The values 3 x - 2 y + 0.5 z + 7 of the patient's coordinates."""
    return Volume(plane(grid.centres_mm()), grid)


def plane(points_mm: frames.FloatArray) -> frames.FloatArray:
    """The linear field at points."""
    return points_mm @ np.array([3.0, -2.0, 0.5]) + 7.0


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("grid", [AWKWARD, STRAIGHT])
def test_at_voxel_centres_a_volume_says_what_it_holds(grid: Grid, order: int) -> None:
    """Sampling at the centre of each voxel gives that voxel's value."""
    array = np.random.default_rng(3).standard_normal(grid.shape)
    np.testing.assert_allclose(sample(Volume(array, grid), grid.centres_mm(), order=order), array, atol=1e-9)


@few
@given(st.tuples(*[st.floats(0.0, 1.0)] * 3))
def test_between_centres_a_linear_field_is_reproduced(share: tuple[float, ...]) -> None:
    """Trilinear interpolation is exact for a linear field everywhere between the outermost centres."""
    index = np.array(share) * (np.array(AWKWARD.shape) - 1)
    point = frames.apply(AWKWARD.patient_from_voxel, index)
    assert sample(linear_field(AWKWARD), point) == pytest.approx(float(plane(point)), abs=1e-8)


def test_the_edge_lies_half_a_voxel_beyond_the_last_centre() -> None:
    """Up to the voxel's edge the edge value counts, beyond it the value for outside."""
    volume = Volume(np.full(STRAIGHT.shape, 4.0), STRAIGHT)
    low, high = STRAIGHT.box_mm()
    middle = 0.5 * (low + high)
    for axis in range(3):
        for edge, outward in ((low, -1.0), (high, 1.0)):
            point = middle.copy()
            point[axis] = edge[axis] - 1e-3 * outward
            assert sample(volume, point, outside=-9.0) == 4.0
            point[axis] = edge[axis] + 1e-3 * outward
            assert sample(volume, point, outside=-9.0) == -9.0


def test_labels_are_not_blended() -> None:
    """Nearest-voxel sampling of labels gives labels, never a number between two."""
    labels = Volume(np.array([[[0]], [[10]]], dtype=np.uint8), Grid((2, 1, 1), np.eye(4)))
    points = np.stack([np.linspace(-0.4, 1.4, 50), np.zeros(50), np.zeros(50)], axis=-1)
    found = sample(labels, points, order=0)
    assert set(found) == {0.0, 10.0}
    np.testing.assert_array_equal(found, np.where(points[:, 0] > 0.5, 10.0, 0.0))


def test_a_crop_stays_where_it_was() -> None:
    """The cropped part has, at the same place in the patient, the same values, and no voxel outside the box."""
    volume = linear_field(STRAIGHT)
    low, high = (-2.6, 9.0, 22.0), (-1.4, 13.2, 29.0)
    part = crop(volume, low, high)
    centres = part.grid.centres_mm()
    np.testing.assert_allclose(part.array, plane(centres), atol=1e-9)
    assert np.all(centres >= low)
    assert np.all(centres <= high)
    whole = STRAIGHT.centres_mm()
    assert part.array.size == np.count_nonzero(np.all((whole >= low) & (whole <= high), axis=-1))


def test_a_resampled_volume_stays_where_it_was() -> None:
    """A linear field, resampled to a turned grid inside it, is the same field; outside it is what was asked."""
    volume = linear_field(Grid((30, 30, 30), frames.affine(np.diag([1.0, 1.5, 0.7]), (-14.0, -20.0, -9.0))))
    turned = frames.compose(frames.rotation((1.0, 1.0, 1.0), 0.4), frames.affine(np.diag([0.9, 1.1, 0.6])))
    inside = Grid((7, 7, 7), turned)
    np.testing.assert_allclose(resample(volume, inside).array, plane(inside.centres_mm()), atol=1e-4)
    far = Grid((3, 3, 3), frames.translation((500.0, 0.0, 0.0)))
    np.testing.assert_array_equal(resample(volume, far, outside=-1.0).array, -1.0)


@few
@given(
    st.tuples(*[st.floats(-80.0, 80.0)] * 3),
    st.tuples(*[st.floats(0.5, 40.0)] * 3),
    st.tuples(*[st.floats(0.3, 3.0)] * 3),
)
def test_a_grid_spans_its_box(low: tuple[float, ...], size: tuple[float, ...], voxel: tuple[float, ...]) -> None:
    """The voxels of a spanning grid begin at the low corner, cover the box, and overshoot by less than one."""
    high = np.add(low, size)
    grid = Grid.spanning(low, high, voxel)
    first, last = grid.box_mm()
    np.testing.assert_allclose(first, low, atol=1e-9)
    assert np.all(last >= high - 1e-6)
    assert np.all(last - high < np.array(voxel) + 1e-6)


def test_axes_and_centres_agree() -> None:
    """The three broadcastable axes are the coordinates of the voxel centres."""
    grid = np.broadcast_arrays(*STRAIGHT.axes_mm())
    np.testing.assert_allclose(np.stack(grid, axis=-1), STRAIGHT.centres_mm(), rtol=1e-6)


def test_slabs_are_the_grid_in_pieces() -> None:
    """Blocks along k put together give every voxel of the grid once, in its place."""
    pieces = [part.centres_mm() for _, part in STRAIGHT.blocks(2)]
    np.testing.assert_allclose(np.concatenate(pieces, axis=2), STRAIGHT.centres_mm())


def test_voxel_volume_counts_turned_voxels_too() -> None:
    """A voxel's millilitres are the product of its edges, also in a turned grid."""
    assert AWKWARD.voxel_ml == pytest.approx(0.8 * 1.7 * 2.9 / 1000.0)


def test_a_volume_cannot_be_written_to_and_keeps_its_own_affine() -> None:
    """Neither the array nor the affine of a volume can be changed from outside."""
    affine = np.eye(4)
    volume = Volume.from_affine(np.zeros((2, 2, 2)), affine)
    affine[0, 3] = 99.0
    assert volume.patient_from_voxel[0, 3] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        volume.array[0, 0, 0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        volume.patient_from_voxel[0, 0] = 2.0


def test_mistakes_are_answered_with_what_is_wrong() -> None:
    """Impossible grids, unfitting arrays, empty crops and unaligned axes are refused with the reason."""
    with pytest.raises(ValueError, match="two voxel axes point the same way"):
        Grid((2, 2, 2), frames.affine(np.diag([1.0, 0.0, 1.0])))
    with pytest.raises(ValueError, match="three positive sizes"):
        Grid((2, 0, 2), np.eye(4))
    with pytest.raises(ValueError, match="finite 4 x 4 matrix"):
        Grid((2, 2, 2), np.eye(3))
    with pytest.raises(ValueError, match="is empty"):
        Grid.spanning((0, 0, 0), (1, 0, 1), 1.0)
    with pytest.raises(ValueError, match="does not fit a grid"):
        Volume(np.zeros((2, 2, 3)), Grid((2, 2, 2), np.eye(4)))
    with pytest.raises(ValueError, match="no voxel centre lies between"):
        crop(linear_field(STRAIGHT), (500, 500, 500), (501, 501, 501))
    with pytest.raises(ValueError, match="use centres_mm"):
        AWKWARD.axes_mm()

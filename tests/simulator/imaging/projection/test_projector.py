"""The projector against closed forms: blob, ball, box, and what must hold for any volume."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anatomy import frames
from anatomy.volume import Grid, Volume
from simulator.imaging.projection.projector import Projectable, line_integrals
from tests.fingerprint import fingerprint
from tests.simulator.imaging.projection.kernels import each_kernel  # noqa: F401
from tests.simulator.imaging.small_views import (
    ANGLES_DEG,
    blob,
    blob_integral,
    distance_to_rays_mm,
    relative_rms,
    view_at,
)

CENTRE_MM = (4.0, -7.0, 9.0)


def cube(half_mm: float, voxel_mm: float) -> Grid:
    """A cubic grid about the isocentre."""
    return Grid.spanning((-half_mm,) * 3, (half_mm,) * 3, voxel_mm)


def grains(grid: Grid, seed: int) -> Volume:
    """White noise between 0 and 1, filled to the corners."""
    return Volume(np.random.default_rng(seed).random(grid.shape, dtype=np.float32), grid)


@pytest.mark.parametrize("angles", ANGLES_DEG)
def test_error_on_a_blob_falls_with_the_square_of_the_voxel(angles):
    """Halving the voxels quarters the error against the Gaussian's exact line integral, at any angle.

    The order is taken over two halvings: how the base image happens to lie on the voxels moves each error a bit.
    """
    view, sigma_mm = view_at(*angles), 12.0
    exact = blob_integral(view, CENTRE_MM, sigma_mm)
    errors = [
        relative_rms(line_integrals(blob(cube(72.0, voxel), CENTRE_MM, sigma_mm), view), exact)
        for voxel in (4.0, 2.0, 1.0)
    ]
    assert 0.5 * np.log2(errors[0] / errors[2]) == pytest.approx(2.0, abs=0.2), errors
    assert errors[0] > 2.5 * errors[1] > 2.5 * 2.5 * errors[2]
    assert errors[-1] < 0.002


@pytest.mark.parametrize("angles", ANGLES_DEG)
def test_a_ball_shows_its_chords(angles):
    """A ball of radius 40 mm has the chord 2 sqrt(r2 - d2) along a ray that passes its centre at d.

    Its shadow may be wider by half a voxel of soft edge and the diagonals of a voxel and of a base pixel. Two
    linear interpolations lower a dome of this mean curvature by 0.04 mm on average, and round its rim.
    """
    radius_mm, voxel_mm = 40.0, 1.0
    grid = cube(56.0, voxel_mm)
    distance = np.linalg.norm(grid.centres_mm() - CENTRE_MM, axis=-1)
    ball = Volume(np.clip(0.5 + (radius_mm - distance) / voxel_mm, 0.0, 1.0).astype(np.float32), grid)
    view = view_at(*angles)
    past = distance_to_rays_mm(view, CENTRE_MM)
    chord = 2.0 * np.sqrt(np.maximum(radius_mm**2 - past**2, 0.0))
    found = line_integrals(ball, view)
    inside, outside = past < 0.9 * radius_mm, past > radius_mm + (0.5 + 2.0 * np.sqrt(2.0)) * voxel_mm
    assert inside.sum() > 300
    assert np.abs(found - chord)[inside].max() < 0.5 * voxel_mm
    assert abs((found - chord)[inside].mean()) < 0.1 * voxel_mm
    assert np.all(found[outside] == 0.0)
    assert relative_rms(found, chord) < 0.02


def test_a_full_box_shows_its_thickness_and_the_slant_of_each_ray():
    """Through opposite faces of a uniform box every ray is as long as its slant says, here to 1 in 100 000."""
    grid = cube(60.0, 2.0)
    view = view_at(0.0, field_mm=120.0)  # all rays stay inside the box's side walls
    found = line_integrals(Volume(np.full(grid.shape, 0.7, np.float32), grid), view)
    rows, columns = np.indices(view.shape, dtype=float)
    off = [(a - (n - 1) / 2.0) * view.pixel_mm for a, n in zip((rows, columns), view.shape, strict=True)]
    slant = np.sqrt(off[0] ** 2 + off[1] ** 2 + 1000.0**2) / 1000.0
    np.testing.assert_allclose(found, 0.7 * 120.0 * slant, rtol=1e-5)


@settings(deadline=None, max_examples=10)
@given(
    a=st.floats(-3.0, 3.0),
    b=st.floats(-3.0, 3.0),
    primary=st.floats(-180.0, 180.0),
    secondary=st.floats(-45.0, 45.0),
)
def test_projection_is_linear(a, b, primary, secondary):
    """The picture of a sum is the sum of the pictures, to float32 rounding, for negative weights too."""
    grid, view = cube(40.0, 2.5), view_at(primary, secondary)
    one, two = grains(grid, 1), grains(grid, 2)
    both = Volume((a * one.array + b * two.array).astype(np.float32), grid)
    together = line_integrals(both, view)
    apart = a * line_integrals(one, view) + b * line_integrals(two, view)
    np.testing.assert_allclose(together, apart, atol=2e-5 * 80.0 * (abs(a) + abs(b)) + 1e-6)


def test_parts_add_up_to_the_whole():
    """Parts that fade into each other sum to the whole, although each is projected from its own box."""
    grid, view = cube(48.0, 1.5), view_at(35.0, 20.0)
    whole = blob(grid, CENTRE_MM, 9.0)
    share = np.clip(np.linspace(-1.0, 2.0, grid.shape[0], dtype=np.float32), 0.0, 1.0)[:, None, None]
    share = share * share * (3.0 - 2.0 * share)
    parts = [line_integrals(Volume(whole.array * s, grid), view) for s in (share, 1.0 - share)]
    assert min(part.max() for part in parts) > 1.0
    assert relative_rms(parts[0] + parts[1], line_integrals(whole, view)) < 0.001


def test_parts_cut_anywhere_add_up_to_the_whole():
    """Halves of white noise sum to the whole, to float32 rounding: what is filled does not decide the sampling."""
    grid, view = cube(48.0, 1.5), view_at(35.0, 20.0)
    whole = grains(grid, 3)
    left, right = whole.array.copy(), whole.array.copy()
    left[20:], right[:20] = 0.0, 0.0
    apart = sum(line_integrals(Volume(part, grid), view) for part in (left, right))
    together = line_integrals(whole, view)
    np.testing.assert_allclose(apart, together, atol=1e-5 * together.max())


def test_a_volume_behind_the_source_is_not_seen():
    """What the beam leaves behind it casts no shadow, least of all a mirrored one."""
    view, grid = view_at(0.0), cube(30.0, 2.0)
    behind = frames.translation(view.source_patient_mm - 100.0 * view.direction_patient)
    volume = Volume.from_affine(grains(grid, 4).array, frames.compose(behind, grid.patient_from_voxel))
    assert not line_integrals(volume, view).any()


@pytest.mark.parametrize("angles", ANGLES_DEG)
def test_empty_is_zero(angles):
    """Air casts no shadow, not even a rounding error."""
    grid = cube(40.0, 2.0)
    found = line_integrals(Volume(np.zeros(grid.shape, np.float32), grid), view_at(*angles))
    assert found.shape == (44, 36)
    assert not found.any()


@pytest.mark.parametrize("offset_mm", [(400.0, 0.0, 0.0), (0.0, 0.0, -400.0), (-250.0, 10.0, 250.0)])
def test_a_volume_beside_the_field_is_not_seen(offset_mm):
    """A view that misses the volume is empty, whichever way it lies."""
    grid = Grid.spanning(np.add(offset_mm, -30.0), np.add(offset_mm, 30.0), 2.0)
    assert not line_integrals(grains(grid, 3), view_at(0.0)).any()


def test_a_single_voxel_lands_where_the_view_says():
    """One bright voxel at each corner of a volume is brightest at the pixel that ``project`` names."""
    grid = cube(40.0, 2.0)
    for corner in ((2, 3, 5), (37, 3, 5), (2, 36, 5), (2, 3, 34), (37, 36, 34)):
        array = np.zeros(grid.shape, np.float32)
        array[corner] = 1.0
        for angles in ANGLES_DEG:
            view = view_at(*angles, shape=(128, 120))
            found = line_integrals(Volume(array, grid), view)
            rows, columns = np.indices(view.shape)
            middle = np.array([(rows * found).sum(), (columns * found).sum()]) / found.sum()
            wanted = view.project(frames.apply(grid.patient_from_voxel, corner))
            assert np.abs(middle - wanted).max() < 0.25, (corner, angles)


@pytest.mark.parametrize("offset_mm", [(0.0, 0.0, 0.0), (0.0, 25.0, 0.0), (0.0, -30.5, 0.0)])
def test_a_source_inside_the_volume_is_refused(offset_mm):
    """Where the factorisation has no meaning it says so, and what to do."""
    view = view_at(0.0)
    grid = cube(30.0, 2.0)
    at = Grid(grid.shape, frames.compose(frames.translation(view.source_patient_mm + offset_mm),
                                         grid.patient_from_voxel))  # fmt: skip
    with pytest.raises(ValueError, match=r"source lies inside the volume; move the patient or the C-arm"):
        line_integrals(grains(at, 4), view)


def test_double_precision_and_whole_numbers_are_welcome():
    """float64, integer and column-ordered arrays give the picture of their float32 copy."""
    grid, view = cube(40.0, 2.5), view_at(50.0, -30.0)
    counts = np.random.default_rng(6).integers(0, 50, grid.shape)
    single = line_integrals(Volume(counts.astype(np.float32), grid), view)
    for array in (counts, counts.astype(np.float64), np.asfortranarray(counts.astype(np.float32))):
        found = line_integrals(Volume(array, grid), view)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, single)


def test_preparing_a_volume_changes_speed_only():
    """A Projectable used for several views gives the pictures of its volume."""
    volume = grains(cube(40.0, 2.5), 7)
    body = Projectable(volume)
    for angles in (*ANGLES_DEG, *ANGLES_DEG):
        view = view_at(*angles)
        np.testing.assert_array_equal(line_integrals(body, view), line_integrals(volume, view))


def test_inputs_stay_as_they_were_and_pictures_repeat():
    """Projecting changes neither volume nor view, gives fresh memory, and the same bits each time."""
    volume, view = grains(cube(40.0, 2.5), 8), view_at(35.0, 20.0)
    body = Projectable(volume)
    before = fingerprint(volume, view)
    first = line_integrals(body, view)
    kept = first.copy()
    second = line_integrals(body, view)
    assert fingerprint(volume, view) == before
    assert not np.shares_memory(first, second)
    second += 1.0
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_array_equal(line_integrals(body, view), kept)


@pytest.mark.parametrize("angles", [(0.0, 0.0), (35.0, 0.0)])
def test_smoothing_blurs_by_a_voxel_and_keeps_the_sum(angles):
    """A blob's shadow gets wider by the variance of a tent, a quarter of to one voxel squared; no mass is lost."""
    grid = cube(64.0, 4.0)
    view = view_at(*angles, shape=(200, 200), field_mm=140.0)
    plain, smooth = (line_integrals(blob(grid, (2.0, 1.0, -3.0), 9.0), view, smooth=s) for s in (False, True))
    assert smooth.sum() == pytest.approx(plain.sum(), rel=0.008)
    at_isocentre_mm = (np.arange(200) - 99.5) * view.pixel_mm * 0.7

    def variance(found: np.ndarray) -> float:
        profile = found.sum(axis=0) / found.sum()
        return float(profile @ at_isocentre_mm**2 - (profile @ at_isocentre_mm) ** 2)

    assert 4.0 < variance(smooth) - variance(plain) < 16.0

"""Where the base image lies: its samples, what it covers, and what it refuses. No voxel is read."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy import frames
from anatomy.volume import Grid
from simulator.imaging.projection.base_plane import LEAST_STEP, BasePlane, base_plane, filled_of
from simulator.imaging.view import View, beam_from_patient
from tests.simulator.imaging.small_views import view_at

GRID = Grid.spanning((-40.0, -30.0, -50.0), (40.0, 30.0, 50.0), 1.0)
WHOLE = slice(0, 120), slice(0, 100)


def spans_of(low: tuple[int, int, int], past: tuple[int, int, int]) -> np.ndarray:
    """Spans (j, i, 2) of the grid, slices across j, of which a box (j, i, k) is filled."""
    spans = np.zeros((60, 80, 2), dtype=np.int32)
    spans[low[0] : past[0], low[1] : past[1]] = low[2], past[2]
    return spans


EVERYTHING = spans_of((0, 0, 0), (60, 80, 100))


def plane_of(view: View, spans: np.ndarray = EVERYTHING, window: tuple[slice, slice] = WHOLE) -> BasePlane | None:
    """The base plane of the grid's slices across j."""
    voxel_from_patient = frames.inverse(GRID.patient_from_voxel)
    order = [1, 0, 2]
    return base_plane(
        filled_of(spans),
        (0.0, 59.0),
        frames.apply(voxel_from_patient, view.source_patient_mm)[order],
        (voxel_from_patient[:3, :3] @ view.ray_matrix_patient())[order],
        GRID.patient_from_voxel[:3, :3][:, order],
        view.shape,
        window,
    )


def seen(view: View) -> BasePlane:
    """The base plane of a view that meets the volume."""
    found = plane_of(view)
    assert found is not None
    return found


def ray_places(base: BasePlane, pixel: int, count: int, which: int) -> np.ndarray:
    """Where rays of a straight view meet the base plane along one axis, in samples."""
    steps = np.arange(count)
    ray = base.rays[which + 1, pixel] * steps + base.rays[which + 1, 2]
    reach = (base.plane - base.eye[0]) / base.rays[0, 2]
    return (base.eye[which + 1] + ray * reach - base.start[which]) / base.step[which]


@pytest.mark.parametrize("primary", [0.0, 180.0])
@pytest.mark.parametrize("pixel_mm", [0.05, 0.2, 0.7, 1.6, 5.0])
def test_straight_views_sample_the_detectors_own_rays(primary, pixel_mm):
    """Each sample is a ray; rays closer than half a voxel share a sample, all others have one of their own."""
    view = View(beam_from_patient(np.radians(primary), 0.0, (3.0, 1.0, 2.0), 700.0), 1000.0, pixel_mm, (120, 100))
    base = seen(view)
    assert base.straight is not None
    for which, pixel in enumerate(base.straight):
        places = ray_places(base, pixel, view.shape[pixel], which)
        rays_a_sample = 1.0 / abs(places[1] - places[0])
        apart = base.step[which] / rays_a_sample
        assert rays_a_sample == pytest.approx(max(int(LEAST_STEP / apart), 1))
        on_sample = np.abs(places - np.round(places)) < 1e-6
        assert on_sample[:: round(rays_a_sample)].all()


@pytest.mark.parametrize(("pixel_mm", "step"), [(0.1, 0.5), (5.0, 1.0)])
def test_oblique_views_sample_between_half_a_voxel_and_one(pixel_mm, step):
    """As densely as the pixels, but neither more than two samples a voxel nor less than one."""
    beam = beam_from_patient(0.3, 0.2, (0.0, 0.0, 0.0), 700.0)
    base = seen(View(beam, 1000.0, pixel_mm, (120, 100)))
    assert base.straight is None
    assert base.step == (step, step)
    between = seen(View(beam, 1000.0, 0.9, (120, 100))).step
    assert all(0.5 < one < 1.0 for one in between)


@pytest.mark.parametrize("angles", [(0.0, 0.0), (180.0, 0.0), (20.0, 15.0), (-160.0, -10.0)])
@pytest.mark.parametrize("box", [((0, 0, 0), (60, 80, 100)), ((7, 20, 30), (50, 41, 72))])
def test_the_samples_cover_what_is_filled_and_little_more(angles, box):
    """The shadow of the filled box, one voxel wider, lies within the samples; half of them would not do."""
    view = view_at(*angles, shape=(120, 100), field_mm=600.0)
    base = plane_of(view, spans_of(*box))
    assert base is not None
    low, past = np.array(box[0], float), np.array(box[1], float)
    assert base.slices == (box[0][0], box[1][0])
    for which in (0, 1):
        ends = []
        for s in (low[0], past[0] - 1.0):
            for edge in (low[which + 1] - 1.0, past[which + 1]):
                ends.append(base.eye[which + 1] + (edge - base.eye[which + 1]) / base.scale(s))
        last = base.start[which] + base.step[which] * (base.count[which] - 1)
        assert base.start[which] <= min(ends) + 1e-5 < base.start[which] + base.step[which] + 2e-5
        assert last - base.step[which] - 2e-5 < max(ends) - 1e-5 <= last


def test_what_is_filled_and_the_window_move_the_samples_by_whole_steps():
    """Parts and windows of one volume share plane, step and the places of the samples."""
    for angles in ((0.0, 0.0), (20.0, 15.0)):
        view = view_at(*angles, shape=(120, 100), field_mm=100.0)
        whole = seen(view)
        window = slice(31, 77), slice(13, 64)
        for part in (plane_of(view, spans_of((7, 20, 30), (50, 41, 72))), plane_of(view, window=window)):
            assert part is not None
            assert (part.plane, part.step) == (whole.plane, whole.step)
            steps = (np.array(part.start) - whole.start) / whole.step
            np.testing.assert_allclose(steps, np.round(steps), atol=1e-6)
            assert np.all(np.array(part.count) < whole.count)


def test_the_window_begins_at_its_own_first_pixel():
    """Ray 0/0 of a window is the view's ray at its first row and column."""
    view = view_at(20.0, 15.0, shape=(120, 100), field_mm=100.0)
    whole, part = seen(view), plane_of(view, window=(slice(31, 77), slice(13, 64)))
    assert part is not None
    np.testing.assert_allclose(part.rays @ (2.0, 5.0, 1.0), whole.rays @ (33.0, 18.0, 1.0), atol=1e-9)


def test_the_plane_is_that_of_the_farthest_slice():
    """Seen from either side, the base plane lies at the far end, so no slice is enlarged."""
    assert (seen(view_at(0.0)).plane, seen(view_at(180.0)).plane) == (59.0, 0.0)
    for primary in (0.0, 180.0):
        scale = seen(view_at(primary)).scale(np.arange(60))
        assert scale.max() == pytest.approx(1.0)
        assert scale.min() > 0.5


def test_nothing_filled_or_nothing_in_the_field_is_nothing():
    """An empty volume and one beside the field need no base image."""
    assert plane_of(view_at(0.0, shape=(120, 100)), np.zeros_like(EVERYTHING)) is None
    aside = view_at(0.0, shape=(120, 100), field_mm=100.0, isocentre_mm=(300.0, 0.0, 0.0))
    assert plane_of(aside) is None


def test_rays_that_run_along_the_slices_are_refused():
    """A cone of more than 45 degrees to a side has rays that never meet the base plane."""
    beam = beam_from_patient(np.radians(44.0), 0.0, (0.0, 0.0, 0.0), 700.0)
    with pytest.raises(ValueError, match=r"so wide and oblique that some rays run away"):
        plane_of(View(beam, 1000.0, 25.0, (120, 100)))

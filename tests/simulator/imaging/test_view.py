"""The geometry of a view: DICOM angles, pixels and rays, magnification, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anatomy import frames
from simulator.imaging.view import View, beam_from_patient
from tests.simulator.imaging.small_views import rays_mm, view_at

RIGHT, ANTERIOR, CRANIAL = np.eye(3)
ANGLE = st.floats(-180.0, 180.0)
TILT = st.floats(-80.0, 80.0)


@pytest.mark.parametrize(
    ("primary", "secondary", "detector_lies"),
    [
        (0.0, 0.0, ANTERIOR),  # in front of the chest
        (90.0, 0.0, -RIGHT),  # at the patient's left
        (-90.0, 0.0, RIGHT),
        (180.0, 0.0, -ANTERIOR),  # behind the back: the straight view of a prone patient
        (0.0, 90.0, CRANIAL),  # above the head
        (0.0, -90.0, -CRANIAL),
    ],
)
def test_the_detector_stands_where_dicom_says(primary, secondary, detector_lies):
    """Positioner angles turn the detector about the patient as PS3.3 C.8.7.5.1.2 defines them."""
    np.testing.assert_allclose(view_at(primary, secondary).direction_patient, detector_lies, atol=1e-12)


@pytest.mark.parametrize(
    ("primary", "secondary", "axis", "column", "row"),
    [
        (0.0, 0.0, RIGHT, -1, 0),  # a patient who faces us has the right hand on our left
        (180.0, 0.0, RIGHT, +1, 0),  # seen from behind, on our right
        (90.0, 0.0, ANTERIOR, -1, 0),  # seen from the left, the face looks to our left
        (-90.0, 0.0, ANTERIOR, +1, 0),
        (0.0, 0.0, CRANIAL, 0, -1),
        (90.0, 0.0, CRANIAL, 0, -1),
        (180.0, 0.0, CRANIAL, 0, -1),
        (0.0, 30.0, CRANIAL, 0, -1),
    ],
)
def test_right_head_and_face_lie_where_a_viewer_expects(primary, secondary, axis, column, row):
    """The head is on top; left and right are those of somebody who looks from the detector at the patient."""
    view = view_at(primary, secondary)
    centre, moved = view.project([(0.0, 0.0, 0.0), 10.0 * axis])
    np.testing.assert_array_equal(np.sign(np.round(moved - centre, 6)), (row, column))


@given(primary=ANGLE, secondary=TILT, x=st.floats(-60, 60), y=st.floats(-60, 60), z=st.floats(-60, 60))
def test_every_pixel_and_its_ray_belong_together(primary, secondary, x, y, z):
    """A point's pixel, followed back along ``ray_matrix_patient``, leads through the point."""
    view = view_at(primary, secondary)
    row, column = view.project((x, y, z))
    ray = view.ray_matrix_patient() @ (row, column, 1.0)
    assert np.linalg.norm(np.cross(np.array((x, y, z)) - view.source_patient_mm, ray)) / np.linalg.norm(ray) < 1e-9


@given(primary=ANGLE, secondary=TILT)
def test_rays_end_on_the_detector(primary, secondary):
    """``ray_matrix_patient`` gives source-to-pixel vectors: a plane at the detector's distance, right pitch."""
    view = view_at(primary, secondary, shape=(5, 7))
    rows, columns = np.indices(view.shape)
    rays = np.stack([rows, columns, np.ones_like(rows)], axis=-1) @ view.ray_matrix_patient().T
    np.testing.assert_allclose(rays @ view.direction_patient, 1000.0)
    np.testing.assert_allclose(np.linalg.norm(np.diff(rays, axis=0), axis=-1), view.pixel_mm)
    np.testing.assert_allclose(np.linalg.norm(np.diff(rays, axis=1), axis=-1), view.pixel_mm)
    np.testing.assert_allclose(rays / np.linalg.norm(rays, axis=-1, keepdims=True), rays_mm(view), atol=1e-12)


@given(primary=ANGLE, secondary=TILT)
def test_the_source_turns_about_the_isocentre(primary, secondary):
    """Whatever the angles, the source keeps its distance and the isocentre falls on the field's centre."""
    isocentre = (12.0, -34.0, 56.0)
    view = view_at(primary, secondary, isocentre_mm=isocentre)
    assert np.linalg.norm(view.source_patient_mm - isocentre) == pytest.approx(700.0)
    np.testing.assert_allclose(view.project(isocentre), (np.array(view.shape) - 1.0) / 2.0, atol=1e-8)
    linear = view.beam_from_patient[:3, :3]
    np.testing.assert_allclose(linear @ linear.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(linear) == pytest.approx(1.0)  # a proper rotation: nothing is mirrored


def test_magnification_is_detector_over_object_distance():
    """At the isocentre SDD / SOD; nearer the source more; and lengths in the picture agree."""
    view = view_at(35.0, 20.0, shape=(200, 200))
    assert view.magnification((0.0, 0.0, 0.0)) == pytest.approx(1000.0 / 700.0)
    nearer = -100.0 * view.direction_patient
    assert view.magnification(nearer) == pytest.approx(1000.0 / 600.0)
    across = view.patient_from_beam[:3, 0]
    length = np.linalg.norm(view.project(nearer + 10.0 * across) - view.project(nearer)) * view.pixel_mm
    assert length == pytest.approx(10.0 * view.magnification(nearer))


def test_what_lies_behind_the_source_has_no_pixel():
    """Points at or behind the focal spot project to NaN, not to a mirrored place."""
    view = view_at(0.0)
    behind = view.source_patient_mm - 5.0 * view.direction_patient
    assert np.all(np.isnan(view.project([behind, view.source_patient_mm])))
    assert np.all(np.isfinite(view.project((0.0, 0.0, 0.0))))


def test_merged_pixels_cover_the_same_field():
    """Half as many pixels of twice the size: the same source, the same field, the same centre."""
    view = view_at(35.0, 20.0, shape=(64, 48))
    half = view.resized(2)
    assert half.shape == (32, 24)
    assert half.pixel_mm == 2.0 * view.pixel_mm
    point = (10.0, 20.0, -15.0)
    np.testing.assert_allclose(half.project(point) + 0.5, (view.project(point) + 0.5) / 2.0)


def test_a_view_keeps_its_own_read_only_matrix():
    """Changing the array that a view was made from does not move the C-arm."""
    matrix = beam_from_patient(0.0, 0.0, (0.0, 0.0, 0.0), 700.0)
    view = View(matrix, 1000.0, 0.5, (8, 8))
    matrix[:] = 0.0
    np.testing.assert_allclose(view.source_patient_mm, (0.0, -700.0, 0.0))
    with pytest.raises(ValueError, match="read-only"):
        view.beam_from_patient[0, 0] = 2.0


@pytest.mark.parametrize(
    ("distance", "pixel", "shape"), [(0.0, 0.5, (8, 8)), (1000.0, -0.5, (8, 8)), (1.0, 1.0, (0, 8))]
)
def test_an_impossible_view_is_refused(distance, pixel, shape):
    """The message says what was given."""
    with pytest.raises(ValueError, match="a view needs positive distances and sizes"):
        View(frames.translation((0.0, 0.0, 0.0)), distance, pixel, shape)


def test_a_key_is_equal_for_equal_views_alone():
    """Pose, distance, pitch and shape each make another key; an equal view made apart has the same."""
    view = view_at(10.0, 5.0, shape=(40, 60))
    other = [
        view_at(10.001, 5.0, shape=(40, 60)),
        View(view.beam_from_patient, 1001.0, view.pixel_mm, view.shape),
        View(view.beam_from_patient, 1000.0, 0.5 * view.pixel_mm, view.shape),
        View(view.beam_from_patient, 1000.0, view.pixel_mm, (60, 40)),
    ]
    assert view.key == view_at(10.0, 5.0, shape=(40, 60)).key
    assert len({view.key, *(one.key for one in other)}) == 5

"""Volumes read through the fracture: exact where they must be, and no mineral lost on the way."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy import frames
from anatomy.fractures import deform
from anatomy.fractures.fracture import Collapse
from anatomy.patient import Patient
from anatomy.volume import Grid, Volume, sample
from tests.fingerprint import fingerprint

GRID = Grid((3, 8, 6), frames.affine(np.diag([1.0, 0.5, 2.0]), (4.0, -7.0, 11.0)))


@pytest.fixture(scope="module")
def collapse(patient: Patient) -> Collapse:
    """The patient's fracture."""
    assert patient.column.collapse is not None
    return patient.column.collapse


def test_rows_of_a_linear_field_are_read_exactly() -> None:
    """Between voxel centres a linear field is reproduced; beyond the volume there is nothing."""
    x, y, z = (np.asarray(a, dtype=float) for a in GRID.axes_mm())
    array = (x + 3.0 * y - 2.0 * z).astype(np.float32)
    places_y = np.linspace(-6.9, -3.6, 48).reshape(8, 6)
    places_z = np.linspace(11.1, 20.9, 48).reshape(8, 6)
    found = deform.read_rows(array, GRID, places_y, places_z)
    np.testing.assert_allclose(found, x + 3.0 * places_y - 2.0 * places_z, atol=1e-4)
    assert not deform.read_rows(array, GRID, places_y + 50.0, places_z).any()


def test_labels_are_read_without_blending() -> None:
    """Nearest reading gives labels that were there, the edge's own beyond the edge."""
    labels = np.arange(3 * 8 * 6, dtype=np.uint8).reshape(3, 8, 6)
    _, y, z = GRID.axes_mm()
    y, z = np.broadcast_arrays(y[0], z[0])
    np.testing.assert_array_equal(deform.read_nearest(labels, GRID, y + 0.2, z - 0.9), labels)
    np.testing.assert_array_equal(
        deform.read_nearest(labels, GRID, y + 99.0, z), np.broadcast_to(labels[:, -1:], labels.shape)
    )


def test_as_found_nothing_is_moved(patient: Patient, collapse: Collapse) -> None:
    """At amplitude 1 both maps lead every voxel to itself."""
    grid = patient.fine.body.grid
    _, y, z = (a[0] for a in grid.axes_mm())
    body_y, body_z, squeeze = deform.body_places(collapse, grid, 1.0).rows
    above_y, above_z = deform.above_map(collapse, grid, 1.0)
    for found, place in ((body_y, y), (body_z, z), (above_y, y), (above_z, z)):
        np.testing.assert_allclose(found, np.broadcast_to(place, found.shape), atol=2e-3)
    np.testing.assert_allclose(squeeze, 1.0, rtol=1e-3)


@pytest.mark.parametrize("amplitude", [0.0, 0.4, 0.8])
def test_the_bodys_mineral_is_kept(patient: Patient, collapse: Collapse, amplitude: float) -> None:
    """However far the fracture is reduced, the body holds the mineral it was found with, within 0.3 %."""
    body = patient.fine.body
    moved = deform.body_places(collapse, body.grid, amplitude).density(body.array)
    assert moved.sum() == pytest.approx(body.array.sum(), rel=3e-3)


@pytest.mark.parametrize("amplitude", [0.0, 0.4])
def test_no_bone_is_lost_between_the_two_grids(patient: Patient, amplitude: float) -> None:
    """Fine box and the rest together hold the same mineral before and after reduction, within 0.3 %.

    Bone that the reduction carries out of the fine box, or into it, is shown by the coarse grid.
    """
    found, moved = (
        sum(v.array.sum(dtype=float) * v.grid.voxel_ml for v in (patient.mineral_fine(a), patient.mineral_far(a)))
        for a in (1.0, amplitude)
    )
    assert moved == pytest.approx(found, rel=3e-3)


def test_the_spine_above_shows_no_seam_at_the_fine_boxs_edge(patient: Patient, collapse: Collapse) -> None:
    """Where a body crosses the edge of the fine box, full reduction opens no gap in it."""
    move = deform.above_from_found(collapse, 0.0)
    edge = patient.fine.lower.grid.box_mm()[1][2]
    centre = patient.landmarks["T10 body centre"] if edge < 90.0 else patient.landmarks["T9 body centre"]
    z = np.arange(edge - 3.0, edge + 3.1, 0.25)  # inside the body, clear of its endplates
    line = np.stack(np.broadcast_arrays(np.arange(-8.0, 9.0, 2.0)[:, None], centre[1], z), axis=-1)

    def seen(amplitude: float, points: frames.FloatArray) -> frames.FloatArray:
        fine = sample(patient.mineral_fine(amplitude), points)
        return (fine + sample(patient.mineral_far(amplitude), points)).mean(axis=0)

    before, after = seen(1.0, line), seen(0.0, frames.apply(move, line))
    assert np.median(before) > 0.05
    assert after.min() > 0.4 * np.median(before)


def test_at_amplitude_0_the_front_is_as_high_as_before_the_fracture(patient: Patient, collapse: Collapse) -> None:
    """The voxels of the fully reduced body reach as high in front as the unfractured one, as found they do not."""
    v = collapse.vertebra
    depths = np.arange(v.anterior_wall_y_mm - 4.0, v.anterior_wall_y_mm - 1.0, 0.5)

    def heights(amplitude: float) -> frames.FloatArray:
        mineral: Volume = patient.mineral_fine(amplitude)
        half = 0.5 * v.size.rim_height_mm
        top = half + 2.5 - amplitude * collapse.lost_anterior_mm  # short of the neighbour that came down with it
        z = np.arange(-half - 2.5, top, 0.1)
        columns = []
        for y in depths:
            points = np.stack(np.broadcast_arrays(0.0, y, z), axis=-1)
            met = sample(mineral, frames.apply(v.patient_from_vertebra, points)) > 0.3  # half an endplate's
            columns.append(np.ptp(z[met]))
        return np.array(columns)

    reduced, found = heights(0.0), heights(1.0)
    assert reduced.max() == pytest.approx(v.size.body_height_ant_mm, abs=1.0)  # a voxel
    assert reduced - found == pytest.approx(collapse.lost_height_mm(depths), abs=1.0)


def test_reading_at_another_amplitude_changes_nothing_of_the_patient(patient: Patient) -> None:
    """A reduced picture is a new volume; the patient as found stays as found."""
    before = fingerprint(patient.fine, patient.far)
    patient.mineral_fine(0.3)
    patient.mineral_far(0.3)
    assert fingerprint(patient.fine, patient.far) == before

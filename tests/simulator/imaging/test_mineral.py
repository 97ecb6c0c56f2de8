"""A patient's bone as found is shared, and what a reduction moves adds up to the bone that is then there."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from anatomy.patient import Patient
from simulator.imaging.mineral import mineral_as_found, mineral_moved
from simulator.imaging.projected_body import ProjectedBody
from simulator.imaging.projection.projector import line_integrals
from tests.simulator.imaging.small_views import view_at


def test_bone_as_found_is_made_once(patient: Patient):
    """Every reader gets the same volumes, and they are the patient's."""
    fine, far = mineral_as_found(patient)
    assert all(one is other for one, other in zip(mineral_as_found(patient), (fine, far), strict=True))
    np.testing.assert_array_equal(fine.array, patient.mineral_fine(1.0).array)
    np.testing.assert_array_equal(far.array, patient.mineral_far(1.0).array)


def test_it_goes_with_the_patient(patient: Patient):
    """Nothing keeps a patient alive because its bone was read."""
    other = Patient(**vars(patient))
    fine = weakref.ref(mineral_as_found(other)[0])
    del other
    gc.collect()
    assert fine() is None


def test_nothing_moves_as_found(patient: Patient):
    """At amplitude 1 there is nothing to add."""
    assert mineral_moved(patient, 1.0) == ()


def test_found_and_moved_make_the_whole(patient: Patient):
    """Added into its box, what has moved gives the bone at that amplitude; the box is less than half the grid."""
    found = dict(zip(("fine", "far"), mineral_as_found(patient), strict=True))
    moved = mineral_moved(patient, 0.5)
    assert len(moved) == 2
    for (name, whole), (part, grid) in zip(found.items(), moved, strict=True):
        now = patient.mineral_fine(0.5) if name == "fine" else patient.mineral_far(0.5)
        made = np.array(whole.array)
        low, high = part.grid.box_mm()
        inner = 0.25 * part.grid.voxel_mm
        made[whole.grid.window(low + inner, high - inner)] += part.array
        np.testing.assert_allclose(made, now.array, atol=1e-6)
        assert grid is whole.grid
        assert part.array.size < 0.5 * whole.array.size


@pytest.mark.parametrize(("primary", "secondary"), [(180.0, 0.0), (96.0, 0.0), (150.0, 20.0)])
def test_projected_apart_they_are_the_projection_of_the_whole(patient: Patient, primary: float, secondary: float):
    """To 1e-4 g/cm2 in straight and oblique views: both are sampled at the same places."""
    view = view_at(primary, secondary, shape=(96, 112))
    paths = ProjectedBody(patient).paths_g_cm2(view, 0.5, (slice(0, 96), slice(0, 112)))
    whole = sum(line_integrals(v, view) for v in (patient.mineral_fine(0.5), patient.mineral_far(0.5)))
    np.testing.assert_allclose(paths[2], 0.1 * whole, atol=1e-4)

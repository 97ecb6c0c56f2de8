"""Mineral put together at a state of reduction: the densest group counts, in little more than its own memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from anatomy.fractures import deform
from anatomy.patient import Patient


@pytest.mark.parametrize("part", ["fine", "far"])
def test_as_found_the_densest_group_counts(patient: Patient, part: str) -> None:
    """Deep in the fine box the fine grid shows all of it and the coarse one nothing; outside it is the reverse."""
    groups = getattr(patient, part)
    whole = groups.at(patient.column, 1.0)
    expected = groups.lower.array.copy()
    for volume in (groups.body, groups.upper):
        low, high = volume.grid.box_mm()
        window = whole.grid.window(low + 0.25 * volume.grid.voxel_mm, high - 0.25 * volume.grid.voxel_mm)
        expected[window] = np.maximum(expected[window], volume.array)
    x, y, z = whole.grid.axes_mm()
    deep = (np.abs(x) < 56.0) & (y > -76.0) & (y < 26.0) & (np.abs(z) < 76.0)
    outside = (np.abs(x) > 60.0) | (y < -80.0) | (y > 30.0) | (np.abs(z) > 80.0)
    shown, hidden = (deep, outside) if part == "fine" else (outside, deep)
    np.testing.assert_array_equal(whole.array[shown], expected[shown])
    assert expected[shown].max() > 0.5
    assert not whole.array[hidden].any()


def test_a_new_amplitude_takes_little_more_than_its_result(patient: Patient) -> None:
    """While a balloon is filled, bone is made anew again and again beside all that a session holds."""
    patient.mineral_fine(0.6)
    tracemalloc.start()
    try:
        result = patient.mineral_fine(0.5)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.8 * result.array.nbytes  # 4 to 5 times as much where whole arrays are multiplied


def test_rows_may_be_read_a_few_planes_at_a_time(patient: Patient) -> None:
    """The bone above the fracture comes out the same to the bit, and rows without bone are not read."""
    assert patient.column.collapse is not None
    upper = patient.fine.upper
    y, z, _ = deform.upper_map(patient.column.collapse, upper.grid, 0.3)
    rows = deform.Rows.at(upper.array.any(axis=0), upper.grid, y, z)
    slabs = [rows.read(upper.array[first : first + 7]) for first in range(0, len(upper.array), 7)]
    np.testing.assert_array_equal(np.concatenate(slabs), deform.read_rows(upper.array, upper.grid, y, z))
    holds = upper.array.any(axis=0).ravel()
    assert not holds.all()
    assert all(holds[source].all() for _, source, _ in rows.corners)

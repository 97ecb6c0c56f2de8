"""Arrays kept as what of their rows is not zero: every bit comes back, however it is asked for."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from numpy.typing import NDArray

from anatomy.filled_rows import FilledRows
from anatomy.patient import Patient
from anatomy.volume import WORTH_BYTES, Grid, Volume


def speckle(share: float, shape: tuple[int, int, int] = (23, 14, 31), dtype: str = "float32") -> NDArray:
    """Noise in a share of the voxels, with empty rows and planes, and minus nothing in places."""
    rng = np.random.default_rng(5)
    array = rng.normal(size=shape) * (rng.random(shape) < share)
    array[rng.random(shape[0]) < 0.2] = 0.0
    array[:, rng.random(shape[1]) < 0.3] = 0.0
    return (10.0 * array).astype(dtype)  # where noise below nothing meets nothing this is -0.0


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "uint8"])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.4, 1.0])
def test_every_bit_comes_back(share: float, dtype: str) -> None:
    """Of the whole array and of some of its planes, -0.0 too."""
    array = speckle(share, dtype=dtype)
    rows = FilledRows.of(array)
    assert rows.shape == array.shape
    assert rows.planes().tobytes() == array.tobytes()
    assert rows.planes(slice(5, 12)).tobytes() == array[5:12].tobytes()
    assert dtype != "float32" or share in (0.0, 1.0) or np.signbit(array[array == 0.0]).any()


def test_spans_hold_everything_and_no_more() -> None:
    """Outside its span a row is empty, at both ends it is not."""
    array = np.abs(speckle(0.05))
    rows = FilledRows.of(array)
    for row, (first, past) in zip(array.reshape(-1, 31), rows.spans.reshape(-1, 2), strict=True):
        filled = np.flatnonzero(row)
        assert (first, past) == ((filled[0], filled[-1] + 1) if filled.size else (0, 0))
    assert len(rows.values) == (rows.spans[..., 1] - rows.spans[..., 0]).sum()


def test_single_values_are_those_of_the_array() -> None:
    """One by one, in pairs along a row, and with i and j exchanged."""
    array = speckle(0.1)
    rows = FilledRows.of(array)
    turned = rows.turned()
    i, j, k = np.indices(array.shape)
    np.testing.assert_array_equal(rows.at(i, j, k), array)
    np.testing.assert_array_equal(turned.planes(), array.swapaxes(0, 1))
    for at in range(array.shape[2] - 1):
        assert rows.pair(11, 9, at) == tuple(array[11, 9, at : at + 2])
    assert turned.values is rows.values


def test_the_box_holds_everything_and_nothing_is_copied_for_it() -> None:
    """An empty array has none."""
    array = np.zeros((20, 18, 25), np.float32)
    array[4:9, 6:17, 3:20] = speckle(0.5)[:5, :11, :17]
    array[4, 6, 3] = array[8, 16, 19] = 1.0
    rows = FilledRows.of(array)
    box = rows.box()
    assert box == (slice(4, 9), slice(6, 17), slice(3, 20))
    assert rows.within(box).values is rows.values
    np.testing.assert_array_equal(rows.within(box).planes(), array[box])
    assert FilledRows.of(np.zeros((3, 4, 5))).box() is None


def test_which_rows_along_i_hold_anything() -> None:
    """All that do; others only between two that do."""
    array = np.abs(speckle(0.05))
    holds = FilledRows.of(array).holds()
    assert holds[array.any(axis=0)].all()
    assert not holds[:, : int(np.flatnonzero(array.any(axis=(0, 1)))[0])].any()
    assert not FilledRows.of(np.zeros((3, 4, 5))).holds().any()


def test_a_volume_kept_as_rows_is_the_same_volume() -> None:
    """Array, planes and sections; it is made anew when it is asked for, and let go of with whoever asked."""
    array = np.abs(speckle(0.05, (60, 70, 80)))
    whole = Volume(array, Grid.spanning((0, 0, 0), (60, 70, 80), 1.0))
    rows = whole.without_empty()
    assert isinstance(rows.kept, FilledRows)
    assert rows.kept.nbytes < 0.7 * array.nbytes
    np.testing.assert_array_equal(rows.array, array)
    assert not rows.array.flags.writeable
    np.testing.assert_array_equal(rows.planes(slice(3, 9)), array[3:9])
    for axis in range(3):
        np.testing.assert_array_equal(rows.section(axis, 33), np.take(array, 33, axis))
        np.testing.assert_array_equal(whole.section(axis, 33), np.take(array, 33, axis))
    made = rows.array
    assert rows.array is made
    gone = weakref.ref(made)
    del made
    gc.collect()
    assert gone() is None
    with pytest.raises(AttributeError, match="no 'colour'"):
        _ = rows.colour


def test_what_is_full_or_small_is_kept_whole() -> None:
    """Rows would take more than the array."""
    full = np.ones((60, 70, 80), np.float32)
    assert full.nbytes > WORTH_BYTES
    small = np.zeros((20, 20, 20), np.float32)
    for array in (full, small):
        volume = Volume(array, Grid.spanning((0, 0, 0), array.shape, 1.0))
        assert volume.without_empty() is volume


def test_a_patient_keeps_no_empty_voxels(patient: Patient) -> None:
    """Bone in groups and tissue take less than half of what whole arrays would."""
    volumes = [*patient.fine.volumes(), *patient.far.volumes(), patient.soft, patient.adipose]
    kept = sum(volume.kept.nbytes for volume in volumes)
    whole = sum(4 * int(np.prod(volume.grid.shape)) for volume in volumes)
    assert kept < 0.25 * whole
    assert all(isinstance(v.kept, FilledRows) for v in (patient.fine.lower, patient.fine.upper, patient.soft))

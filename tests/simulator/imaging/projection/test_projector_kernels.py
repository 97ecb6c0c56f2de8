"""The two kernels of the projector are twins; windows and threads change time only."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anatomy.filled_rows import FilledRows
from anatomy.volume import Grid, Volume
from simulator.imaging import threads
from simulator.imaging.projection import projector
from simulator.imaging.projection.projector import KERNELS, Projectable, line_integrals
from simulator.imaging.projection.ray_march import line_integrals_by_marching
from simulator.imaging.view import View, beam_from_patient
from tests.simulator.imaging.small_views import ANGLES_DEG, relative_rms, view_at

needs_both = pytest.mark.skipif("compiled" not in KERNELS, reason="numba does not import here")


def speckle(seed: int, filled: float, shape: tuple[int, int, int] = (37, 42, 51)) -> Volume:
    """Noise in a share of the voxels, with empty rows and slices between, on 2 mm."""
    rng = np.random.default_rng(seed)
    array = rng.random(shape, dtype=np.float32) * (rng.random(shape) < filled)
    array[rng.random(shape[0]) < 0.2] = 0.0
    array[:, rng.random(shape[1]) < 0.2] = 0.0
    array[..., :7] = 0.0
    half = np.array(shape, dtype=float)
    return Volume(array.astype(np.float32), Grid.spanning(-half, half, 2.0))


@needs_both
@settings(deadline=None, max_examples=25)
@given(
    primary=st.floats(-180.0, 180.0),
    secondary=st.floats(-50.0, 50.0),
    filled=st.sampled_from([0.001, 0.05, 1.0]),
    pixel_mm=st.sampled_from([0.3, 1.0, 7.0]),
    seed=st.integers(0, 99),
)
def test_the_compiled_kernel_agrees_with_the_reference(primary, secondary, filled, pixel_mm, seed):
    """To 1e-5 of the brightest ray, at least of a full voxel: any view, any pixel, sparse volumes and full."""
    body, view = Projectable(speckle(seed, filled)), view_at(primary, secondary, field_mm=44 * pixel_mm)
    one, other = (line_integrals(body, view, kernel=name) for name in ("numpy", "compiled"))
    np.testing.assert_allclose(other, one, atol=1e-5 * max(float(one.max()), 2.0))


@pytest.mark.parametrize("kernel", sorted(KERNELS))
@pytest.mark.parametrize("angles", [*ANGLES_DEG, (0.0, 90.0)])
def test_a_volume_kept_as_rows_is_projected_as_it_is(kernel, angles):
    """The same bits as of the whole array, across each axis; and the rows are shared, not copied."""
    whole, view = speckle(3, 0.05), view_at(*angles, shape=(90, 70))
    rows = Volume.of_rows(FilledRows.of(whole.array), whole.grid)
    body = Projectable(rows)
    np.testing.assert_array_equal(
        line_integrals(body, view, kernel=kernel), line_integrals(whole, view, kernel=kernel)
    )
    assert body.slices(0).values is rows.rows.values
    assert body.slices(1).values is rows.rows.values


@pytest.mark.parametrize("kernel", sorted(KERNELS))
@pytest.mark.parametrize("angles", ANGLES_DEG)
def test_how_many_threads_there_are_does_not_show(kernel, angles, monkeypatch):
    """One, two and four threads give the same bits."""
    body, view = Projectable(speckle(1, 0.3)), view_at(*angles, shape=(90, 70))
    found = []
    for count in (1, 2, 4):
        monkeypatch.setattr(threads, "THREADS", count)
        found.append(line_integrals(body, view, kernel=kernel))
    np.testing.assert_array_equal(found[1], found[0])
    np.testing.assert_array_equal(found[2], found[0])


@pytest.mark.parametrize("kernel", sorted(KERNELS))
@pytest.mark.parametrize("angles", [(0.0, 0.0), (90.0, 0.0), (180.0, 0.0), (0.0, 90.0), (0.0, 4.0), (20.0, 10.0)])
def test_a_window_shows_its_part_and_nothing_else(kernel, angles):
    """Rows and columns that are asked for are those of the whole picture, the others are zero."""
    body, view = Projectable(speckle(2, 0.3)), view_at(*angles, shape=(90, 70), isocentre_mm=(3.0, 8.0, -5.0))
    whole = line_integrals(body, view, kernel=kernel)
    window = slice(11, 63), slice(20, 41)
    part = line_integrals(body, view, window=window, kernel=kernel)
    assert relative_rms(part[window], whole[window]) < 1e-5
    part[window] = 0.0
    assert not part.any()


@pytest.mark.parametrize("kernel", sorted(KERNELS))
@pytest.mark.parametrize("primary", [0.0, 90.0, 180.0, -90.0])
def test_straight_views_are_as_good_as_rays_between_slices(kernel, primary):
    """Where rows lie along the voxels nothing is interpolated twice: 2e-4 of grain as fine as the voxels."""
    grid = Grid.spanning((-40.0,) * 3, (40.0,) * 3, 1.0)
    volume = Volume(np.random.default_rng(3).random(grid.shape, dtype=np.float32), grid)
    beam = beam_from_patient(np.radians(primary), 0.0, (3.3, -2.1, 4.7), 700.0)
    view = View(beam, 1000.0, 1.5, (28, 24))
    exact = line_integrals_by_marching(volume, view, step_mm=0.05)
    assert relative_rms(line_integrals(volume, view, kernel=kernel), exact) < 2e-4


def test_an_unknown_kernel_is_named():
    """Asking for a kernel that is not there says which are."""
    with pytest.raises(ValueError, match=r"no projection kernel 'cuda'; there is .*numpy"):
        line_integrals(speckle(4, 0.1), view_at(0.0), kernel="cuda")


def test_without_numba_the_reference_takes_over():
    """Where numba cannot be imported pictures are drawn all the same."""
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "from simulator.imaging.projection import projector\n"
        "assert projector.fastest_kernel() == 'numpy' and list(projector.KERNELS) == ['numpy']\n"
        "from tests.simulator.imaging.projection.test_projector_kernels import speckle, view_at\n"
        "assert projector.line_integrals(speckle(1, 0.3), view_at(35.0, 20.0)).max() > 0.0\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert projector.fastest_kernel() in KERNELS

"""The projector against fine sampling along every ray: trunks, awkward grids, any view."""

from __future__ import annotations

from functools import cache
from itertools import permutations

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy import ndimage

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.volume import Grid, Volume
from simulator import bench
from simulator.imaging.projection.projector import line_integrals
from simulator.imaging.projection.ray_march import line_integrals_by_marching
from tests.simulator.imaging.projection.kernels import each_kernel  # noqa: F401
from tests.simulator.imaging.small_views import ANGLES_DEG, blob, blob_integral, relative_rms, view_at

NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
MOST = 0.004
"""Relative RMS that the projector may differ from fine sampling by."""

TURNED = frames.rotation((1.0, -2.0, 0.5), np.radians(33.0))[:3, :3]
VOXEL_MM = np.diag([0.9, 1.7, 2.6])
SHEAR = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.25], [0.0, 0.0, 1.0]])  # a tilted CT gantry
AWKWARD: dict[str, FloatArray] = {
    "unequal voxels": VOXEL_MM,
    "rotated": TURNED @ VOXEL_MM,
    "negative axes": VOXEL_MM @ np.diag([-1.0, 1.0, -1.0]),
    "index order k i j": VOXEL_MM[:, [2, 0, 1]],
    "sheared": SHEAR @ VOXEL_MM,
    "all of it": (TURNED @ SHEAR @ VOXEL_MM @ np.diag([1.0, -1.0, 1.0]))[:, [1, 2, 0]],
}


@cache
def trunk() -> Volume:
    """A body of 160 x 116 x 160 voxels of 1.25 mm: grainy elliptic trunk in air, a column of blocks in it."""
    grid = Grid.spanning((-100.0, -72.0, -100.0), (100.0, 72.0, 100.0), 1.25)
    x, y, z = grid.axes_mm()
    noise = np.random.default_rng(256).standard_normal(grid.shape, dtype=np.float32)
    grain = ndimage.gaussian_filter(noise, 1.2)
    soft = ((x / 94.0) ** 2 + (y / 66.0) ** 2 < 1.0) * (1.0 + 0.15 * grain / grain.std())
    blocks = ((x / 20.0) ** 4 + ((y + 30.0) / 16.0) ** 4 < 1.0) & (np.mod(z, 32.0) < 25.0)
    return Volume((soft + 0.9 * blocks).astype(np.float32), grid)


def two_blobs(linear: FloatArray) -> Volume:
    """Two unlike blobs, well resolved, on a grid of some 120 mm with voxel axes ``linear`` (3, 3)."""
    sizes = np.linalg.norm(linear, axis=0)
    i, j, k = (int(n) for n in np.ceil(120.0 / sizes))
    middle = linear @ ((np.array([i, j, k]) - 1.0) / 2.0)
    grid = Grid((i, j, k), frames.affine(linear, np.array([3.0, -2.0, 1.0]) - middle))
    array = blob(grid, (8.0, -5.0, 6.0), 16.0).array - 0.4 * blob(grid, (-9.0, 7.0, -8.0), 12.0).array
    return Volume(array, grid)


@pytest.mark.parametrize("angles", ANGLES_DEG)
def test_a_body_differs_from_fine_sampling_by_less_than_the_limit(angles):
    """Edges, grain and air at the voxel's own scale cost at most 0.4 % relative RMS."""
    volume, view = trunk(), view_at(*angles, shape=(64, 60), field_mm=240.0)
    assert relative_rms(line_integrals(volume, view), line_integrals_by_marching(volume, view, step_mm=0.5)) < MOST


@pytest.mark.slow  # half a minute
def test_the_bodies_of_the_benchmark_hold_the_limit():
    """256^3 voxels, with air and without, at the views of ``bench projector``: below 0.4 % each."""
    for volume in bench.phantoms().values():
        for angles in bench.PROJECTOR_VIEWS:
            view = bench.projector_view(*angles, pixels=64)
            exact = line_integrals_by_marching(volume, view, step_mm=0.25)
            assert relative_rms(line_integrals(volume, view), exact) < MOST


@pytest.mark.parametrize("angles", [(0.0, 0.0), (90.0, 0.0), (35.0, 20.0)])
@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_grids_are_no_exception(name, angles):
    """Anisotropic, rotated, mirrored, permuted and sheared voxels: the same limit as for plain ones."""
    volume, view = two_blobs(AWKWARD[name]), view_at(*angles, shape=(24, 20))
    exact = line_integrals_by_marching(volume, view, step_mm=1.0)
    assert relative_rms(line_integrals(volume, view), exact) < MOST


@settings(deadline=None, max_examples=12, phases=NO_SHRINKING)
@given(
    primary=st.floats(-180.0, 180.0),
    secondary=st.floats(-60.0, 60.0),
    across=st.floats(-50.0, 50.0),
    along=st.floats(-50.0, 50.0),
)
def test_any_view_of_an_awkward_grid(primary, secondary, across, along):
    """Wherever the C-arm stands, also with half the volume outside the field, the limit holds."""
    view = view_at(primary, secondary, shape=(24, 28), isocentre_mm=(across, 0.0, along))
    volume = two_blobs(AWKWARD["all of it"])
    exact = line_integrals_by_marching(volume, view, step_mm=1.0)
    assert np.linalg.norm(exact) > 1.0  # something is in the field
    assert relative_rms(line_integrals(volume, view), exact) < MOST


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_the_indices_does_not_show(order):
    """The same voxels stored with other axes first give the same picture, read backwards as good a one."""
    volume, view = trunk(), view_at(35.0, 20.0)
    linear, origin = volume.patient_from_voxel[:3, :3], volume.patient_from_voxel[:3, 3]
    other = Volume.from_affine(volume.array.transpose(order), frames.affine(linear[:, order], origin))
    plain = line_integrals(volume, view)
    np.testing.assert_allclose(line_integrals(other, view), plain, atol=1e-5 * plain.max())
    last = origin + linear @ (np.array(volume.array.shape) - 1.0)
    backwards = Volume.from_affine(volume.array[::-1, ::-1, ::-1], frames.affine(-linear, last))
    assert relative_rms(line_integrals(backwards, view), plain) < 2.0 * MOST  # each may be off by MOST


def test_moving_everything_moves_nothing():
    """Patient and C-arm turned and shifted together: the picture stays."""
    move = frames.compose(frames.translation((30.0, -80.0, 12.0)), frames.rotation((1.0, 2.0, 3.0), 0.7))
    volume, view = trunk(), view_at(35.0, 20.0)
    moved = Volume.from_affine(volume.array, frames.compose(move, volume.patient_from_voxel))
    beam = frames.compose(view.beam_from_patient, frames.inverse(move))
    followed = type(view)(beam, view.source_to_detector_mm, view.pixel_mm, view.shape)
    plain = line_integrals(volume, view)
    np.testing.assert_allclose(line_integrals(moved, followed), plain, atol=1e-4 * plain.max())


@pytest.mark.parametrize("angles", ANGLES_DEG)
def test_the_oracle_itself_converges_to_the_closed_form(angles):
    """Fine sampling of a blob on fine voxels agrees with the Gaussian's line integral as far as voxels can."""
    grid, view = Grid.spanning((-40.0,) * 3, (40.0,) * 3, 0.8), view_at(*angles, shape=(20, 24))
    found = line_integrals_by_marching(blob(grid, (2.0, -3.0, 1.0), 9.0), view, step_mm=1.0)
    # Linear interpolation lowers a Gaussian's crest by h2 / (8 sigma2) on each axis at most.
    assert relative_rms(found, blob_integral(view, (2.0, -3.0, 1.0), 9.0)) < 3.0 * 0.8**2 / (8.0 * 9.0**2)

"""Yardstick and exact tracer against closed forms, and against each other."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy import frames
from anatomy.volume import Grid, Volume
from simulator.bench import projector_view
from simulator.imaging.view import View

pytest.importorskip("numba", reason="the yardstick is compiled; numba is optional")

from tests.benchmarks.peers.ray_tracing import marched, traced
from tests.benchmarks.peers.round_robin import relative_rms

pytestmark = pytest.mark.slow  # twenty seconds, most of them compiling what no program of ours needs

ANGLES_DEG = ((0.0, 0.0), (90.0, 0.0), (35.0, 20.0))


def through(view: View, point_patient_mm: tuple[float, float, float]) -> View:
    """The view of one pixel whose ray passes a point: the beam turned about the source, nothing else."""
    source = view.source_patient_mm
    forward = frames.unit(np.subtract(point_patient_mm, source))
    across = frames.unit(np.cross((0.3, 0.5, 0.7), forward))
    beam = frames.affine(np.column_stack([across, np.cross(forward, across), forward]), source)
    return View(frames.inverse(beam), view.source_to_detector_mm, 0.75, (1, 1))


@pytest.mark.parametrize("angles", ANGLES_DEG)
def test_a_single_voxel_is_a_tent_along_the_ray(angles):
    """Through a voxel's centre the field is the product of three tents, a polynomial with a known integral."""
    grid = Grid.spanning((-8.0,) * 3, (8.0,) * 3, 1.0)
    array = np.zeros(grid.shape, dtype=np.float32)
    array[9, 5, 11] = 2.0
    centre = frames.apply(grid.patient_from_voxel, (9, 5, 11))
    view = through(projector_view(*angles), tuple(centre))
    a = np.abs(view.direction_patient)
    reach = 1.0 / a.max()
    product = np.polynomial.Polynomial([1.0])
    for slope in a:
        product *= np.polynomial.Polynomial([1.0, -slope])
    expected = 2.0 * 2.0 * product.integ()(reach)
    assert traced(Volume(array, grid), view)[0, 0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("angles", ANGLES_DEG)
def test_a_product_of_three_broken_lines_is_integrated_exactly(angles):
    """f(x) g(y) h(z) with broken lines is a trilinear field; between their knots it is a cubic along the ray."""
    grid = Grid.spanning((-10.0, -8.0, -12.0), (10.0, 8.0, 12.0), (1.0, 0.8, 1.5))
    rng = np.random.default_rng(5)
    knots = [rng.random(n) + 0.5 for n in grid.shape]
    volume = Volume(np.einsum("i,j,k->ijk", *knots), grid)
    view = through(projector_view(*angles), (1.0, -0.5, 2.0))
    to_voxel = frames.inverse(grid.patient_from_voxel)
    source = frames.apply(to_voxel, view.source_patient_mm)
    ray = frames.apply_direction(to_voxel, view.direction_patient)
    assert np.abs(ray).min() > 1e-4  # no ray runs along a lattice plane here
    at_knots = [(np.arange(-1, n + 1) - source[a]) / ray[a] for a, n in enumerate(grid.shape)]
    cuts = np.sort(np.concatenate(at_knots))
    nodes, weights = np.polynomial.legendre.leggauss(4)
    half = 0.5 * np.diff(cuts)[:, None]
    t = 0.5 * (cuts[:-1] + cuts[1:])[:, None] + half * nodes
    field = np.prod([np.interp(source[a] + t * ray[a], np.arange(-1, len(k) + 1), np.pad(k, 1)) for a, k in
                     enumerate(knots)], axis=0)  # fmt: skip
    assert traced(volume, view)[0, 0] == pytest.approx((field * weights * half).sum(), rel=1e-10)


def test_a_uniform_box_shows_its_thickness_times_the_slant():
    """Between opposite faces the ends fade over one voxel each: together worth as much as the box is thick."""
    grid = Grid.spanning((-20.0,) * 3, (20.0,) * 3, 2.0)
    view = View(projector_view(0.0, 0.0).beam_from_patient, 1000.0, 2.0, (9, 9))
    rows, columns = np.indices(view.shape) - 4.0
    slant = np.sqrt((2.0 * rows) ** 2 + (2.0 * columns) ** 2 + 1000.0**2) / 1000.0
    found = traced(Volume(np.full(grid.shape, 0.7, dtype=np.float32), grid), view)
    np.testing.assert_allclose(found, 0.7 * 40.0 * slant, rtol=1e-6)


@pytest.mark.parametrize("angles", ANGLES_DEG)
def test_marching_converges_to_the_exact_integral(angles):
    """Each quartering of the step divides the difference by four at least, down to float32."""
    grid = Grid.spanning((-24.0,) * 3, (24.0,) * 3, 1.0)
    volume = Volume(np.random.default_rng(6).random(grid.shape, dtype=np.float32), grid)
    view = View(projector_view(*angles).beam_from_patient, 1000.0, 3.0, (24, 20))
    exact = traced(volume, view)
    errors = [relative_rms(marched(volume, view, step_mm=step), exact) for step in (1.0, 0.25, 0.0625)]
    assert errors[0] > 4.0 * errors[1] > 16.0 * errors[2]
    assert errors[2] < 1e-4

"""Shadows, NumPy and compiled: the pixels that solids darken, against every ray of the picture."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy import frames
from anatomy.tissue import STEEL
from simulator.imaging.solids.shadows import KERNELS, shadow
from simulator.imaging.solids.shadows_numpy import BEND, SUBPIXELS, _borders
from simulator.imaging.solids.solids import Solid, capsule, ellipsoid, rod, slab, tube
from simulator.imaging.view import View
from tests.simulator.imaging.small_views import rays_mm, view_at
from tests.simulator.imaging.solids.sample_bodies import SAMPLES

SHAPE = (60, 50)
ANGLES = pytest.mark.parametrize("angles", [(0.0, 0.0), (90.0, 0.0), (35.0, 20.0), (215.0, -30.0)])
EACH_KERNEL = pytest.mark.parametrize("kernel", KERNELS)


def picture(solid: Solid, view: View, kernel: str = "numpy"):
    """The shadow put back into a picture of zeros."""
    found = KERNELS[kernel](solid, view)
    assert np.all(np.diff(found.pixels) > 0)
    assert found.path_mm.dtype == np.float32
    image = np.zeros(view.shape, np.float32)
    image.ravel()[found.pixels] = found.path_mm
    return image


def every_ray(solid: Solid, view: View):
    """The mean over SUBPIXELS squared exact rays of every pixel, computed everywhere."""
    (rows, columns), n = view.shape, SUBPIXELS
    fine = View(view.beam_from_patient, view.source_to_detector_mm, view.pixel_mm / n, (rows * n, columns * n))
    paths = solid.path_mm(fine.source_patient_mm, rays_mm(fine))
    return paths.reshape(rows, n, columns, n).mean(axis=(1, 3))


def assert_as_every_ray(found, expected):
    """Within 5 micrometres, or where a ray grazes, whose chord magnifies single precision's rounding, 0.1 mm."""
    off = np.abs(found - expected)[expected > 0.0]
    assert np.all(found[expected == 0.0] < 0.1)
    assert np.quantile(off, 0.95) < 5e-3
    assert off.max() < 0.1


@EACH_KERNEL
@ANGLES
@pytest.mark.parametrize("kind", SAMPLES)
def test_only_the_shadow_is_computed_and_nothing_is_missed(kind, angles, kernel):
    """Span by span a picture equals one in which every ray was computed; all its pixels are darkened."""
    move = frames.compose(frames.translation((3.0, -2.0, 1.0)), frames.rotation((1.0, 2.0, 0.5), 0.9))
    solid, view = Solid(STEEL, SAMPLES[kind].build(move)), view_at(*angles, shape=SHAPE, field_mm=90.0)
    expected = every_ray(solid, view)
    assert np.count_nonzero(expected) > 15
    assert_as_every_ray(picture(solid, view, kernel), expected)
    assert np.all(KERNELS[kernel](solid, view).path_mm > 0.0)


@EACH_KERNEL
@ANGLES
@pytest.mark.parametrize("field_mm", [12.0, 30.0, 500.0])
def test_needles_across_and_beside_the_field(angles, field_mm, kernel):
    """A long needle that leaves the field, and one whose shadow is thinner than a pixel."""
    solid = tube(STEEL, (-60.0, 3.0, -40.0), (50.0, -2.0, 20.0), 1.5, 1.2)
    view = view_at(*angles, shape=SHAPE, field_mm=field_mm)
    expected = every_ray(solid, view)
    assert np.count_nonzero(expected) > 10
    assert_as_every_ray(picture(solid, view, kernel), expected)


@pytest.mark.parametrize("turned", [1.0, -1.0])
def test_level_sides_belong_to_both_borders(turned):
    """Of a trapezium with level sides the left border has their left ends, the right one their right ends."""
    left, right = _borders(turned * np.array([(10.0, 10.0), (0.0, 6.0), (10.0, 0.0), (0.0, 4.0), (5.0, 5.0)]))
    for row, ends in ((0.0, (4.0, 6.0)), (5.0, (2.0, 8.0)), (10.0, (0.0, 10.0))):
        found = np.interp(turned * row, *left), np.interp(turned * row, *right)
        assert found == pytest.approx(tuple(sorted(turned * end for end in ends)))


@EACH_KERNEL
@pytest.mark.parametrize("field_mm", [30.0, 90.0])
@pytest.mark.parametrize(
    "solid",
    [
        slab(STEEL, frames.affine(frames.rotation((1, 2, 3), 0.7)[:3, :3], (9, -5, 3)), (14.0, 4.0, 18.0)),
        Solid(STEEL, capsule((-8.0, 2.0, -3.0), (12.0, 0.0, 8.0), 7.0)),
        tube(STEEL, (-8.0, 2.0, -3.0), (12.0, 0.0, 8.0), 9.0, 8.0),
        ellipsoid(STEEL, frames.affine(frames.rotation((2, 0, 1), 1.1)[:3, :3], (2, 3, -4)), (9.0, 6.0, 12.0)),
    ],
)
def test_large_shadows_are_right_with_fewer_rays(solid, field_mm, kernel, monkeypatch):
    """Between nodes and refined only where it bends, a picture stays within BEND of the longest path."""
    view = view_at(35.0, 20.0, shape=(300, 300), field_mm=field_mm)
    rays = []
    monkeypatch.setattr(Solid, "path_mm", counting(Solid.path_mm, rays))
    found = picture(solid, view, kernel)
    monkeypatch.undo()
    expected = every_ray(solid, view)
    assert kernel == "compiled" or sum(rays) < 3.5 * np.count_nonzero(expected)
    assert np.abs(found - expected).max() < BEND * expected.max()
    assert np.sqrt(np.mean((found - expected) ** 2)) < 0.002 * expected.max()


def counting(path_mm, rays):
    """path_mm that notes how many rays it was asked for."""

    def counted(self, source_mm, directions):
        rays.append(directions.size // 3)
        return path_mm(self, source_mm, directions)

    return counted


def test_a_long_oblique_needle_costs_its_own_pixels(monkeypatch):
    """Across the whole picture, askew, it takes fewer than five rays for each pixel that it darkens."""
    view = view_at(0.0, shape=(512, 512), field_mm=298.0)
    rays = []
    monkeypatch.setattr(Solid, "path_mm", counting(Solid.path_mm, rays))
    found = KERNELS["numpy"](tube(STEEL, (-60.0, 0.0, -60.0), (60.0, 0.0, 60.0), 1.5, 1.2), view)
    assert len(found.pixels) > 3000
    assert sum(rays) < 5 * len(found.pixels)


@EACH_KERNEL
@pytest.mark.parametrize(
    "ends",
    [
        ((0.0, -760.0, 0.0), (0.0, -720.0, 5.0)),  # wholly behind
        ((200.0, 0.0, 0.0), (240.0, 0.0, 10.0)),  # beside the field
        ((0.0, 0.0, 400.0), (5.0, 0.0, 300.0)),  # above it
        ((50.0, -710.0, 0.0), (60.0, -705.0, 0.0)),  # beside and behind the focus
    ],
)
def test_what_is_not_in_the_beam_casts_no_shadow(ends, kernel):
    """Behind the source, beside or above the field: no pixel."""
    found = KERNELS[kernel](rod(STEEL, *ends, 2.0), view_at(0.0, shape=SHAPE, field_mm=60.0))
    assert len(found.pixels) == len(found.path_mm) == 0


@EACH_KERNEL
@pytest.mark.parametrize(
    "solid",
    [
        rod(STEEL, (3.0, -730.0, 1.0), (-5.0, 0.0, 4.0), 4.0),  # from behind the source past it into the field
        rod(STEEL, (-300.0, -699.0, 1.0), (300.0, -690.0, 4.0), 6.0),  # right in front of the source
        Solid(STEEL, capsule((0.0, -720.0, 0.0), (0.0, -690.0, 0.0), 30.0)),  # the source is inside
        slab(STEEL, frames.translation((40.0, -700.0, 0.0)), (45.0, 100.0, 50.0)),  # and in a block's border
    ],
)
def test_around_the_source_only_what_is_in_front_counts(solid, kernel):
    """Whatever reaches behind or about the focus is right wherever a ray goes."""
    view = view_at(0.0, shape=SHAPE, field_mm=600.0)
    expected = every_ray(solid, view)
    assert np.count_nonzero(expected) > 50
    # Large: one ray may stand for four where neighbours differ by BEND, which is off by an eighth of that.
    np.testing.assert_allclose(picture(solid, view, kernel), expected, rtol=1e-3, atol=BEND / 8.0 * expected.max())


def test_a_shadow_holds_the_solids_volume():
    """Paths times the pixels' area at the isocentre sum to the volume of a tube's wall there."""
    view = view_at(0.0, shape=(300, 300), field_mm=60.0)
    start, end = np.array([-10.0, 0.0, 2.0]), np.array([12.0, 0.0, -5.0])
    area_mm2 = (view.pixel_mm / view.magnification((0.0, 0.0, 0.0))) ** 2
    wall = np.pi * (3.0**2 - 2.5**2) * np.linalg.norm(end - start)
    found = shadow(tube(STEEL, start, end, 3.0, 2.5), view)
    assert float(found.path_mm.sum(dtype=float)) * area_mm2 == pytest.approx(wall, rel=5e-3)


def test_the_same_twice_and_inputs_stay():
    """Drawing is deterministic and leaves solid and view as they were."""
    view, solid = view_at(35.0, shape=SHAPE, field_mm=60.0), rod(STEEL, (-5, 0, 0), (5, 0, 9), 2.0)
    before = hash(solid), view.beam_from_patient.tobytes()
    first, second = shadow(solid, view), shadow(solid, view)
    assert first.pixels.tobytes() == second.pixels.tobytes()
    assert first.path_mm.tobytes() == second.path_mm.tobytes()
    assert (hash(solid), view.beam_from_patient.tobytes()) == before

"""Path lengths through cylinders, tubes and cones: closed forms, and rays walked in small steps."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy import frames
from simulator.imaging.fluoroscope import needle_solids
from simulator.imaging.solids import SUBPIXELS, add_cone, add_cylinder, frustum_path_mm
from tests.simulator.imaging.small_views import rays_mm, view_at

START, END = np.array([1.0, -2.0, 3.0]), np.array([5.0, 10.0, 15.0])
AXIS = frames.unit(END - START)
LENGTH = float(np.linalg.norm(END - START))
ACROSS = frames.unit(np.cross(AXIS, (0.0, 0.0, 1.0)))
STEP_MM = 0.02


def walked_mm(source, direction, start, end, radius_start, radius_end, reach_mm=80.0):
    """The same length by looking every fiftieth of a millimetre whether one is inside."""
    t = np.arange(0.0, reach_mm, STEP_MM) + STEP_MM / 2.0
    points = source + t[:, None] * direction - start
    length = np.linalg.norm(end - start)
    axis = (end - start) / length
    height = points @ axis
    off = np.linalg.norm(points - height[:, None] * axis, axis=1)
    radius = radius_start + (radius_end - radius_start) * height / length
    return STEP_MM * np.count_nonzero((height >= 0.0) & (height <= length) & (off <= radius))


def path(source, direction, radius_start, radius_end, start=START, end=END):
    """Length of one ray."""
    direction = frames.unit(direction)
    return float(frustum_path_mm(np.asarray(source), direction, start, end, radius_start, radius_end))


@pytest.mark.parametrize("ratio", [0.0, 0.5, 1.0, 2.0])
def test_any_ray_through_any_cone(ratio):
    """Cylinders, cones and what is between, met at any angle: as long as walking the ray says."""
    rng = np.random.default_rng([7, int(10 * ratio)])
    met = 0
    for _ in range(150):
        start, end, aim = rng.uniform(-8.0, 8.0, (3, 3))
        radius = rng.uniform(0.5, 6.0)
        direction = frames.unit(rng.standard_normal(3))
        if rng.random() < 0.3:  # nearly along the axis
            direction = frames.unit(end - start + 0.2 * rng.standard_normal(3))
            aim = start + rng.uniform(-1.0, 1.0, 3)
        source = aim - 40.0 * direction
        found = path(source, direction, radius, ratio * radius, start, end)
        walked = walked_mm(source, direction, start, end, radius, ratio * radius)
        assert found == pytest.approx(walked, abs=3.0 * STEP_MM)
        met += found > 0.0
    assert met > 40


@pytest.mark.parametrize("off_mm", [0.0, 0.5, 1.9, 1.999, 2.1])
@pytest.mark.parametrize("slant_deg", [90.0, 45.0, 10.0])
def test_a_cylinder_is_its_chord_over_the_sine(off_mm, slant_deg):
    """Away from its ends a cylinder of radius r has the path 2 sqrt(r2 - d2) / sin(angle to the axis)."""
    start, end = START - 100.0 * AXIS, END + 100.0 * AXIS
    slant = np.radians(slant_deg)
    beside = np.cross(AXIS, ACROSS)
    direction = np.cos(slant) * AXIS + np.sin(slant) * beside
    source = START + off_mm * ACROSS - 60.0 * direction
    expected = 2.0 * np.sqrt(max(2.0**2 - off_mm**2, 0.0)) / np.sin(slant)
    assert path(source, direction, 2.0, 2.0, start, end) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("tilt", [0.0, 1e-9, 1e-7, 1e-5])
@pytest.mark.parametrize("off_mm", [0.0, 0.7])
def test_seen_end_on_a_cylinder_is_as_long_as_it_is(tilt, off_mm):
    """Down the barrel, exactly or nearly, no ray is lost: the bull's-eye view of a needle."""
    source = START + off_mm * ACROSS - 50.0 * AXIS
    assert path(source, AXIS + tilt * ACROSS, 1.0, 1.0) == pytest.approx(LENGTH, rel=1e-6)
    assert path(source + 1.5 * ACROSS, AXIS + tilt * ACROSS, 1.0, 1.0) == 0.0


@pytest.mark.parametrize("off_mm", [0.0, 0.5, 1.5])
def test_seen_end_on_a_cone_is_as_long_as_its_height_there(off_mm):
    """Parallel to its axis, at d from it, a cone of radius r and height h is h (1 - d / r) long."""
    for way in (1.0, -1.0):
        source = START + off_mm * ACROSS - way * 50.0 * AXIS
        found = path(source, way * AXIS, 2.0, 0.0)
        assert found == pytest.approx(LENGTH * (1.0 - off_mm / 2.0), abs=1e-4)


def test_a_ray_along_the_side_of_a_cone():
    """Parallel to a side, where the quadratic equation has only one root, the length is still right."""
    side = frames.unit(END - (START + 2.0 * ACROSS))
    for inwards in (0.3, 1.0, 2.5):
        source = START + (2.0 - inwards) * ACROSS - 40.0 * side
        assert path(source, side, 2.0, 0.0) == pytest.approx(
            walked_mm(source, side, START, END, 2.0, 0.0), abs=3.0 * STEP_MM
        )


@pytest.mark.parametrize("angles", [(0.0, 0.0), (35.0, 20.0)])
@pytest.mark.parametrize("add", [add_cylinder, add_cone])
def test_only_the_shadow_is_computed_and_nothing_is_missed(add, angles):
    """A picture equals the mean over SUBPIXELS squared rays of every pixel, also outside the solid's window."""
    view = view_at(*angles, shape=(60, 50), field_mm=60.0)
    image = np.full(view.shape, 3.0, np.float32)
    add(image, view, START, END, 2.5)
    fine = view_at(*angles, shape=(60 * SUBPIXELS, 50 * SUBPIXELS), field_mm=60.0)
    rays = rays_mm(fine)
    end_radius = 2.5 if add is add_cylinder else 0.0
    paths = frustum_path_mm(fine.source_patient_mm, rays, START, END, 2.5, end_radius)
    expected = paths.reshape(60, SUBPIXELS, 50, SUBPIXELS).mean(axis=(1, 3))
    assert 20 < np.count_nonzero(expected) < 800
    np.testing.assert_allclose(image, 3.0 + expected, atol=1e-4)


@pytest.mark.parametrize(("add", "share"), [(add_cylinder, 1.0), (add_cone, 1.0 / 3.0)])
def test_the_shadow_holds_the_solids_volume(add, share):
    """Paths times the pixels' area at the solid sum to pi r2 h, a third of it for a cone."""
    view = view_at(0.0, shape=(300, 300), field_mm=60.0)
    image = np.zeros(view.shape, np.float32)
    start, end = np.array([-10.0, 0.0, 2.0]), np.array([12.0, 0.0, -5.0])  # in the plane of the isocentre
    add(image, view, start, end, 3.0)
    area_mm2 = (view.pixel_mm / view.magnification((0.0, 0.0, 0.0))) ** 2
    expected = share * np.pi * 3.0**2 * np.linalg.norm(end - start)
    assert float(image.sum()) * area_mm2 == pytest.approx(expected, rel=5e-3)


def test_beside_the_field_and_half_outside():
    """A solid beside the field leaves the picture alone; one across its border is drawn as far as it is seen."""
    view = view_at(0.0, shape=(40, 40), field_mm=40.0)
    image = np.zeros(view.shape, np.float32)
    add_cylinder(image, view, (80.0, 0.0, 0.0), (90.0, 0.0, 0.0), 2.0)
    assert not image.any()
    add_cylinder(image, view, (0.0, 0.0, 0.0), (90.0, 0.0, 0.0), 2.0)
    assert image[:, 0].any()
    assert not image[:, -1].any()


def test_a_needle_behind_the_tube_is_refused():
    """What cannot be projected is said, not drawn somewhere."""
    view = view_at(0.0)
    with pytest.raises(ValueError, match="an instrument reaches behind the X-ray source"):
        add_cylinder(np.zeros(view.shape, np.float32), view, (0.0, -800.0, 0.0), (0.0, 0.0, 0.0), 1.0)


def test_a_hollow_needle_is_its_wall_and_a_stylet_fills_it():
    """Through the axis a cannula is two walls thick; with its stylet it is full and ends in a point at the tip."""
    view = view_at(0.0, shape=(201, 201), field_mm=40.0)
    start, tip = np.array([0.0, 0.0, 12.0]), np.array([0.0, 0.0, -6.0])

    def steel(*, stylet):
        image = np.zeros(view.shape, np.float32)
        for solid in needle_solids(start, tip, 2.0, 1.5, stylet=stylet):
            path_mm = np.zeros(view.shape, np.float32)
            draw = add_cylinder if solid.shape == "cylinder" else add_cone
            draw(path_mm, view, solid.start_mm, solid.end_mm, solid.radius_mm)
            image += solid.sign * path_mm
        return image

    hollow, full = steel(stylet=False), steel(stylet=True)
    assert hollow[100, 100] == pytest.approx(1.0, rel=2e-3)
    assert full[100, 100] == pytest.approx(4.0, rel=2e-3)
    assert hollow.min() > -1e-4
    row = view.project(tip)[0]
    for image in (hollow, full):
        filled = np.flatnonzero(image.max(axis=1) > 0.05)
        assert filled.max() == pytest.approx(row, abs=2.0)  # both end at the tip
    taper = view.project(tip + (0.0, 0.0, 1.6))[0]
    assert full[int(taper)].max() == pytest.approx(2.0, rel=0.1)  # half way up the point it is half as thick

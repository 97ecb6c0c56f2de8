"""The callipers themselves: they read a phantom of known size, however the vertebra it stands for leans."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from anatomy import frames, shapes
from anatomy.frames import FloatArray
from anatomy.morphometry import nominal
from anatomy.volume import Grid, Volume
from tests.validation import measuring_voxels as callipers

WIDTH_MM, HEIGHT_MM, CORTEX_MM = 4.5, 11.8, 1.2
INWARD_DEG, CAUDAL_DEG = 10.0, 14.0
CORTEX_G_CM3, MARROW_G_CM3 = 1.1, 0.15


def phantom(lean_deg: float) -> callipers.Specimen:
    """Two elliptical tubes in place of the pedicles of a T4 that leans forward, in a box as a specimen has it."""
    d = nominal("T4")
    wall, half = -0.5 * d.depth_mm, 0.5 * d.rim_height_mm
    leaning = frames.rotation((1.0, 0.0, 0.0), np.radians(-lean_deg))
    low = (-19.0, wall - d.canal_depth_mm - 9.0, -half - 5.0)
    grid = callipers.grid_about(leaning, low, (19.0, 6.0 - wall, half + 5.0))
    x, y, z = shapes.local_axes(grid, frames.inverse(leaning))
    distance = np.full(grid.shape, 50.0)
    for side in (-1.0, 1.0):
        axis = frames.unit(
            np.array([-side * np.tan(np.radians(INWARD_DEG)), 1.0, -np.tan(np.radians(CAUDAL_DEG))])
        )
        across = frames.unit(np.cross(axis, (0.0, 0.0, 1.0)))
        upward = np.cross(across, axis)
        dx, dy = x - side * 0.5 * d.pedicle_center_to_center_mm, y - (wall - 6.0)
        dz = z - d.pedicle_center_z_above_midbody_mm
        p, q, s = (dx * e[0] + dy * e[1] + dz * e[2] for e in (across, upward, axis))
        tube = shapes.superellipse(p, q, 0.5 * WIDTH_MM, 0.5 * HEIGHT_MM, 2.0)
        distance = np.minimum(distance, np.maximum(tube, np.abs(s) - 12.0))
    shell = shapes.shell_coverage(distance, CORTEX_MM, callipers.VOXEL_MM)
    core = shapes.coverage(distance + CORTEX_MM, callipers.VOXEL_MM)
    mineral = CORTEX_G_CM3 * shell + MARROW_G_CM3 * core
    blurred = ndimage.gaussian_filter(mineral, callipers.MARROW_BLUR_MM / callipers.VOXEL_MM, truncate=3.0)
    return callipers.Specimen(Volume(mineral, grid), Volume(blurred, grid), None, leaning, d, wall)


@pytest.mark.parametrize("lean_deg", [0.0, 18.0, 28.0, -22.0])
def test_a_phantom_pedicle_is_read_as_it_is(lean_deg: float) -> None:
    """Width and height within half a voxel, angles within two degrees, upright or leaning.

    Of the people who are measured T4 leans by up to 28 degrees, where a box along the patient's own axes
    once cut through the top of the pedicles.
    """
    found = callipers.pedicles(phantom(lean_deg))
    assert found["pedicle_width_mm"] == pytest.approx(WIDTH_MM, abs=0.5 * callipers.VOXEL_MM)
    assert found["pedicle_height_mm"] == pytest.approx(HEIGHT_MM, abs=0.5 * callipers.VOXEL_MM)
    assert found["pedicle_transverse_angle_deg"] == pytest.approx(INWARD_DEG, abs=2.0)
    assert found["pedicle_sagittal_angle_caudal_deg"] == pytest.approx(CAUDAL_DEG, abs=2.0)


def corners(low: FloatArray, high: FloatArray) -> FloatArray:
    """The eight corners (8, 3) of a box."""
    return np.stack(np.meshgrid(*np.stack([low, high], axis=-1), indexing="ij"), axis=-1).reshape(-1, 3)


def test_the_box_of_a_specimen_holds_what_is_measured() -> None:
    """Every corner of the box about a leaning vertebra lies inside its grid."""
    low, high = np.array([-20.0, -30.0, -12.0]), np.array([20.0, 16.0, 14.0])
    leaning = frames.compose(frames.translation((3.0, -2.0, 5.0)), frames.rotation((1.0, 0.0, 0.0), 0.5))
    grid: Grid = callipers.grid_about(leaning, low, high)
    inside = grid.box_mm()
    points = frames.apply(leaning, corners(low, high))
    assert np.all(points >= inside[0] - 0.5)
    assert np.all(points <= inside[1] + 0.5)

"""Tabulated distances: linear between places, nothing lost by looking only where something is near."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from anatomy import shapes
from anatomy.shapes import Array
from anatomy.table import Table, every_second, tabulated
from anatomy.volume import Grid

FINE = Grid.spanning((-70.0, -60.0, -50.0), (70.0, 60.0, 50.0), 2.0)
BALL = partial(shapes.ellipsoid, centre=(3.0, -2.0, 5.0), half=(50.0, 50.0, 50.0))


def plane(x: Array, y: Array, z: Array) -> Array:
    """A linear function of place."""
    return 0.3 * x - 0.5 * y + 0.8 * z + 4.0


def test_a_plane_is_read_exactly() -> None:
    """Linear interpolation of a linear function changes nothing, on the table's places and between them."""
    table = tabulated(plane, every_second(FINE))
    axes = FINE.axes_mm()
    np.testing.assert_allclose(table.at(*axes), plane(*axes), atol=2e-5)


def test_a_round_surface_is_off_by_its_sagitta() -> None:
    """A radius of 50 mm tabulated every 4 mm is at most h^2 / 8R each way across off, 0.05 mm on average."""
    axes = FINE.axes_mm()
    exact = BALL(*axes)
    near = np.abs(exact) < 3.0
    off = (tabulated(BALL, every_second(FINE)).at(*axes) - exact)[near]
    assert 0.0 <= off.max() < 2.0 * 4.0**2 / (8.0 * 47.0) + 1e-3
    assert np.abs(off).mean() < 0.05
    assert off.min() > -1e-3  # chords lie inside: distances of a convex body are never read too small


@pytest.mark.parametrize("limit_mm", [-20.0, 1.0, 3.7])
def test_nothing_below_the_limit_lies_outside_the_box(limit_mm: float) -> None:
    """Every voxel whose distance reads below a limit lies in the box, which is not much larger than it must be."""
    table = tabulated(BALL, every_second(FINE))
    box = table.box_below(limit_mm)
    assert box is not None
    found = table.at(*FINE.axes_mm()) < limit_mm
    window = FINE.window(*box)
    inside = np.zeros(FINE.shape, dtype=bool)
    inside[window] = True
    assert not (found & ~inside).any()
    assert inside.sum() < 3.5 * found.sum()


def test_a_table_of_what_is_far_has_no_box() -> None:
    """Where nothing is near there is nothing to paint."""
    table = Table(FINE, np.full(FINE.shape, 9.0, dtype=np.float32))
    assert table.box_below(1.0) is None


def test_every_second_voxel_covers_the_grid() -> None:
    """The coarser grid shares the first voxel's centre and reaches beyond the last one, for even and odd sizes."""
    for high in ((10.0, 11.0, 12.0), (7.0, 8.0, 9.0)):
        grid = Grid.spanning((0.0, 0.0, 0.0), high, 1.0)
        coarse = every_second(grid)
        for a, b in zip(grid.axes_mm(), coarse.axes_mm(), strict=True):
            assert a.ravel()[0] == b.ravel()[0]
            assert b.ravel()[-1] >= a.ravel()[-1]
            assert np.allclose(np.diff(b.ravel()), 2.0)

"""The pressure at an opening: known lattice sums and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.physics.opening import (
    Opening,
    entry_correction_per_m3,
    lattice_entry_head,
    sphere_entry_head,
)

ISOTROPIC = (1.0, 1.0, 1.0)


def test_one_voxel_has_watsons_resistance() -> None:
    """A source of one voxel in a cubic lattice meets Watson's integral, 0.25273100985866."""
    assert lattice_entry_head(((0, 0, 0),), ISOTROPIC) == pytest.approx(0.25273100985866, abs=2e-9)


def test_the_lattice_conserves_flow() -> None:
    """In the lattice's own equation the head at the source stands 1/6 above its neighbours'."""
    alone = lattice_entry_head(((0, 0, 0),), ISOTROPIC)
    pair = lattice_entry_head(((0, 0, 0), (0, 1, 0)), ISOTROPIC)
    neighbour = 2.0 * pair - alone
    assert alone - neighbour == pytest.approx(1.0 / 6.0, abs=1e-8)


@pytest.mark.parametrize("anisotropy", [ISOTROPIC, (0.78, 0.78, 1.0), (0.5, 1.0, 2.0)])
def test_far_away_the_lattice_is_endless_bone(anisotropy: tuple[float, float, float]) -> None:
    """Twelve voxels from a source the lattice's head is that of the continuum, within one per cent."""
    alone = lattice_entry_head(((0, 0, 0),), anisotropy)
    for axis in range(3):
        away = tuple(12 if a == axis else 0 for a in range(3))
        there = 2.0 * lattice_entry_head(((0, 0, 0), away), anisotropy) - alone
        continuum = 1.0 / (4.0 * math.pi * math.sqrt(np.prod(anisotropy)) * 12.0 / math.sqrt(anisotropy[axis]))
        assert there == pytest.approx(continuum, rel=0.01)


def test_sphere_in_anisotropic_bone_has_the_closed_form() -> None:
    """With k_i = k_j = a, k_k = c > a the mean over directions is an arcsine."""
    a, c = 0.5, 2.0
    bend = math.sqrt((1.0 / a - 1.0 / c) * a)
    mean = math.sqrt(a) * math.asin(bend) / bend
    assert sphere_entry_head((a, a, c)) == pytest.approx(mean / (4.0 * math.pi * a * math.sqrt(c)), rel=1e-9)


def test_a_larger_opening_meets_less_resistance() -> None:
    """Pressure falls with the opening's radius as 1 / (4 pi k r)."""
    voxel = np.array([[3, 4, 5]])
    narrow, wide = (entry_correction_per_m3(voxel, r, 4.5e-8, 0.5, ISOTROPIC) for r in (0.9, 1.7))
    assert narrow - wide == pytest.approx((1.0 / 0.9e-3 - 1.0 / 1.7e-3) / (4.0 * math.pi * 4.5e-8))


@pytest.mark.parametrize(("radius_mm", "count"), [(0.1, 1), (1.0, 7), (1.5, 19)])
def test_a_ball_is_the_voxels_within_its_radius(radius_mm: float, count: int) -> None:
    """Around a voxel's centre a ball has 1, 7, 19 voxels as it grows past the next distances."""
    opening = Opening.ball((5.0, 6.0, 7.0), radius_mm, 1.0)
    assert len(opening.voxels) == count
    np.testing.assert_allclose(opening.voxels.mean(axis=0), (5.0, 6.0, 7.0))

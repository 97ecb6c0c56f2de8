"""Calcified plaques: more of them with age, thin, in the arteries' wall, of the same mass at any voxel size."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy.body import vessels
from anatomy.body.calcification import add_calcification, calcified_share, plaques
from anatomy.column import column_of
from anatomy.spec import PatientSpec
from anatomy.volume import Grid

BOX = ((-60.0, -20.0, -150.0), (60.0, 90.0, 60.0))


def voxels(spec: PatientSpec, voxel_mm: float) -> tuple[np.ndarray, Grid]:
    """Mineral of the plaques alone about the lumbar aorta."""
    grid = Grid.spanning(*BOX, voxel_mm)
    mineral = np.zeros(grid.shape, dtype=np.float32)
    add_calcification(mineral, spec, column_of(spec), grid)
    return mineral, grid


def test_plaques_grow_with_age() -> None:
    """None before 40; over twenty people the calcified share rises with age, and differs between people."""
    means = []
    for age in (35.0, 55.0, 70.0, 90.0):
        shares = [calcified_share(PatientSpec(seed=seed, age_years=age)) for seed in range(20)]
        means.append(np.mean(shares))
        assert age < 40.0 or max(shares) > 2.0 * min(shares)
    assert means[0] == 0.0
    assert np.all(np.diff(means) > 0.02)
    assert plaques(PatientSpec(age_years=35.0), column_of(PatientSpec(age_years=35.0))) == []


def test_older_years_only_add_plaques() -> None:
    """One person's plaques at 60 are all there at 85, at the same places."""
    young, old = (PatientSpec(seed=4, age_years=age) for age in (60.0, 85.0))
    few, many = plaques(young, column_of(young)), plaques(old, column_of(old))
    assert len(few) < len(many)
    assert [p.at for p in few] == [p.at for p in many[: len(few)]]


def test_plaques_lie_in_the_wall() -> None:
    """Every voxel with mineral is within a plaque's thickness and a voxel of an artery's wall."""
    spec = PatientSpec(seed=6, age_years=88.0)
    mineral, grid = voxels(spec, 1.0)
    column = column_of(spec)
    arteries = [vessels.aorta(column), *vessels.iliac_arteries(column).values()]
    distance = np.min([a.distance(*grid.axes_mm()) for a in arteries], axis=0)
    there = distance[mineral > 0.02]
    assert len(there) > 100
    assert there.min() > -3.0
    assert there.max() < 0.6


def test_plaques_keep_their_mass_at_any_voxel_size() -> None:
    """Half a millimetre and two millimetres hold the same grams within 12 %."""
    spec = PatientSpec(seed=6, age_years=88.0)
    grams = []
    for voxel_mm in (0.5, 2.0):
        mineral, grid = voxels(spec, voxel_mm)
        grams.append(float(mineral.sum()) * grid.voxel_ml)
    assert grams[0] > 0.05
    assert grams[1] == pytest.approx(grams[0], rel=0.12)

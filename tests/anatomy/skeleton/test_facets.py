"""Facet joints: neighbours face each other across a joint space and touch nowhere."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from anatomy import frames
from anatomy.column import Column, column_of
from anatomy.skeleton import facets
from anatomy.skeleton.arch import arch_distance
from anatomy.skeleton.vertebra import Joint, Vertebra, body_field
from anatomy.spec import LEVELS, SIDES, Level, PatientSpec
from anatomy.volume import Grid

WOMAN = PatientSpec(seed=5, target_level="T10")
PAIRS = list(itertools.pairwise(LEVELS[LEVELS.index("T4") :]))


def gap_mm(upper: Vertebra, lower: Vertebra, voxel_mm: float) -> float:
    """The least distance between the bones of two neighbours: twice that of the voxel that lies half way."""
    centre = 0.5 * (upper.patient_from_vertebra[:3, 3] + lower.patient_from_vertebra[:3, 3])
    grid = Grid.spanning(centre + [-32.0, -64.0, -30.0], centre + [32.0, 20.0, 30.0], voxel_mm)
    far = []
    for v in (upper, lower):
        x, y, z = np.moveaxis(frames.apply(frames.inverse(v.patient_from_vertebra), grid.centres_mm()), -1, 0)
        far.append(np.minimum(arch_distance(v, grid), body_field(v, x, y, z).distance_mm))
    return 2.0 * float(np.maximum(*far).min())


@pytest.mark.parametrize(("upper", "lower"), PAIRS)
def test_neighbours_do_not_touch(upper: Level, lower: Level) -> None:
    """Between any two vertebrae from T4 to L5 there is the gap of a facet joint, 2 to 3 mm (anatomy 3.1)."""
    column = column_of(WOMAN)
    assert 1.8 < gap_mm(column.vertebrae[upper], column.vertebrae[lower], 1.2) < 3.2


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(9))
def test_nobodys_vertebrae_touch(seed: int) -> None:
    """Nine people, straight, scoliotic or extended: nowhere do two bones come nearer than 1.5 mm."""
    person = replace(WOMAN, seed=seed)
    changed = (
        person,
        replace(person, scoliosis_deg=30.0),
        replace(person, posture="prone extended", pedicle_width_factor=0.7),
    )
    column = column_of(changed[seed % 3])
    for upper, lower in PAIRS:
        assert gap_mm(column.vertebrae[upper], column.vertebrae[lower], 1.0) > 1.5, (upper, lower)


@pytest.mark.parametrize("scoliosis_deg", [0.0, 25.0])
def test_both_bones_know_the_same_joint(scoliosis_deg: float) -> None:
    """The joint below a vertebra is the one above the next, in the patient's frame, on both sides."""
    column = column_of(replace(WOMAN, scoliosis_deg=scoliosis_deg))
    for upper, lower in itertools.pairwise(LEVELS):
        a, b = column.vertebrae[upper], column.vertebrae[lower]
        for side in SIDES:
            above, below = facets.joint_of(a, "inferior", side), facets.joint_of(b, "superior", side)
            np.testing.assert_allclose(
                frames.apply(a.patient_from_vertebra, above.centre),
                frames.apply(b.patient_from_vertebra, below.centre),
                atol=1e-9,
            )
            across = frames.apply_direction(a.patient_from_vertebra, above.across)
            np.testing.assert_allclose(
                across, frames.apply_direction(b.patient_from_vertebra, below.across), atol=1e-9
            )


def joint(column: Column, level: Level) -> Joint:
    """The joint above a level on the patient's right."""
    return facets.joint_of(column.vertebrae[level], "superior", "right")


def test_facets_look_where_they_should() -> None:
    """Thoracic superior facets look backwards, outwards and up; lumbar ones backwards and inwards."""
    column = column_of(WOMAN)
    for level in LEVELS[4:12]:
        x, y, z = joint(column, level).across
        assert x > 0.3
        assert y < -0.7
        assert z > 0.3
    for level in LEVELS[12:]:
        x, y, z = joint(column, level).across
        assert x < -0.5
        assert y < -0.3
        assert abs(z) < 0.3


def test_facets_lie_where_ssm87_has_them() -> None:
    """Joint spaces of L2 to L4 lie 14 to 20 mm from the midline and 17 to 24 mm behind the posterior wall."""
    column = column_of(replace(WOMAN, sex="male", stature_mm=1720.0))
    for level in ("L2", "L3", "L4"):
        x, y, _ = joint(column, level).centre
        assert 12.5 < x < 20.0
        assert 16.0 < column.vertebrae[level].posterior_wall_y_mm - y < 24.0


def test_a_vertebra_alone_has_the_joints_that_it_needs() -> None:
    """Without neighbours the facets stand where the vertebra's own dimensions put them."""
    v = column_of(WOMAN).vertebrae["L2"]
    alone = replace(v, joints={})
    for end in ("superior", "inferior"):
        for side in SIDES:
            apart = facets.joint_of(alone, end, side).centre - facets.joint_of(v, end, side).centre
            assert np.linalg.norm(apart) < 6.0

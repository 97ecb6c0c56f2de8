"""The column: vertebrae chained as the table says, groups that move differently, and determinism of the voxels."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from anatomy import frames
from anatomy.column import Column, column_of
from anatomy.curvature import segment_tilts_deg
from anatomy.frames import FloatArray
from anatomy.skeleton import spine
from anatomy.spec import LEVELS, FractureSpec, PatientSpec, TargetLevel
from anatomy.volume import Grid
from tests.fingerprint import fingerprint

WOMAN = PatientSpec(seed=5)
FRACTURED = replace(WOMAN, fracture=FractureSpec())
BOX = Grid.spanning((-40, -60, -50), (40, 30, 50), 2.0)


def axis(column: Column, level: str) -> FloatArray:
    """The upward axis of a vertebra in the patient frame."""
    return column.vertebrae[level].patient_from_vertebra[:3, 2]  # type: ignore[index]


@pytest.mark.parametrize("target", ["T11", "L1", "L4"])
def test_the_patient_frame_is_the_targets_centre_and_l3_lies_level(target: TargetLevel) -> None:
    """The origin is the target's centroid whatever the target, and L3 stands upright in it."""
    column = column_of(replace(WOMAN, target_level=target))
    np.testing.assert_array_equal(column.target_vertebra.patient_from_vertebra[:3, 3], 0.0)
    np.testing.assert_allclose(axis(column, "L3"), (0.0, 0.0, 1.0), atol=1e-12)
    for v in column.vertebrae.values():
        turn = v.patient_from_vertebra[:3, :3]
        np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
        assert v.patient_from_vertebra[0, 3] == 0.0


@pytest.mark.parametrize("target", ["T11", "L1", "L4"])
def test_neighbours_tilt_and_stand_apart_as_they_should(target: TargetLevel) -> None:
    """Between neighbours: half of both heights and the disc; this person's segment angle, kyphotic forward."""
    spec = replace(WOMAN, target_level=target)
    column, tilts = column_of(spec), segment_tilts_deg(spec)
    for upper, lower in itertools.pairwise(LEVELS):
        a, b = column.vertebrae[upper], column.vertebrae[lower]
        tilt = np.degrees(np.arctan2(axis(column, upper)[1], axis(column, upper)[2]))
        tilt -= np.degrees(np.arctan2(axis(column, lower)[1], axis(column, lower)[2]))
        assert tilt == pytest.approx(tilts[upper], abs=1e-6)
        apart = np.linalg.norm(a.patient_from_vertebra[:3, 3] - b.patient_from_vertebra[:3, 3])
        heights = 0.5 * (a.size.rim_height_mm + b.size.rim_height_mm) + a.size.disc_below_height_mid_mm
        assert apart == pytest.approx(heights, rel=0.02)


def test_posterior_walls_stay_in_line() -> None:
    """The canal has no step: a neighbour's posterior wall, followed to its own height, lies within 3 mm."""
    column = column_of(WOMAN)
    for upper, lower in itertools.pairwise(LEVELS):
        a, b = column.vertebrae[upper], column.vertebrae[lower]
        below = frames.apply(a.patient_from_vertebra, (0.0, a.posterior_wall_y_mm, -0.5 * a.size.rim_height_mm))
        above = frames.apply(b.patient_from_vertebra, (0.0, b.posterior_wall_y_mm, 0.5 * b.size.rim_height_mm))
        assert abs(above[1] - below[1]) < 3.0


def test_the_prone_spine_has_the_published_curves() -> None:
    """From L1 to L5 lordosis of 10 to 40 degrees, from T10 to L2 nearly straight."""
    column = column_of(WOMAN)
    lordosis = np.degrees(frames.angle_between_rad(axis(column, "L1"), axis(column, "L5")))
    straight = np.degrees(frames.angle_between_rad(axis(column, "T10"), axis(column, "L2")))
    assert 10.0 < lordosis < 40.0
    assert straight < 12.0


def test_a_fracture_takes_everything_above_along_rigidly() -> None:
    """Distances among the levels above are kept; the target and all below stay."""
    whole, broken = column_of(WOMAN), column_of(FRACTURED)
    above = LEVELS[: LEVELS.index("L1")]
    for one, other in itertools.pairwise(above):
        before, after = (
            frames.compose(
                frames.inverse(c.vertebrae[one].patient_from_vertebra), c.vertebrae[other].patient_from_vertebra
            )
            for c in (whole, broken)
        )
        np.testing.assert_allclose(before, after, atol=1e-9)
        assert broken.is_above(one)
    for level in LEVELS[LEVELS.index("L1") :]:
        np.testing.assert_array_equal(
            whole.vertebrae[level].patient_from_vertebra, broken.vertebrae[level].patient_from_vertebra
        )
        assert not broken.is_above(level)


def test_groups_hold_what_moves_together() -> None:
    """Body, what lies above and all the rest are separate, and each lies where it should."""
    column = column_of(FRACTURED)
    bones = spine.voxelise(FRACTURED, column, BOX)
    centres = BOX.centres_mm()
    body = centres[bones.body > 0.05]
    assert np.abs(body[:, 2]).max() < 20.0
    assert body[:, 1].min() > column.target_vertebra.posterior_wall_y_mm - 8.0  # some pedicle belongs to the body
    assert centres[bones.upper > 0.05][:, 2].min() > -12.0  # T12's processes hang behind L1
    assert centres[bones.lower > 0.05][:, 2].min() < -40.0
    mineral = np.maximum(np.maximum(bones.lower, bones.body), bones.upper)
    assert not mineral[bones.distance > 2.0].any()
    assert np.mean(mineral[bones.distance < -1.5] > 0.0) > 0.999


def test_voxels_do_not_depend_on_the_box_they_are_seen_in() -> None:
    """A part of a grid holds the same bone as the same voxels of the whole grid."""
    column = column_of(FRACTURED)
    whole = spine.voxelise(FRACTURED, column, BOX)
    window = (slice(8, 30), slice(6, 40), slice(12, 38))
    part = spine.voxelise(FRACTURED, column, BOX.part(window))
    for name in ("lower", "body", "upper"):
        np.testing.assert_allclose(getattr(part, name), getattr(whole, name)[window], atol=2e-4)


def test_a_better_t_score_only_makes_bone_denser() -> None:
    """Above -2 shape does not depend on density: where one patient has bone the other has, and more of it."""
    thin, thick = replace(WOMAN, t_score=-2.0), replace(WOMAN, t_score=1.0)
    frail, firm = (spine.voxelise(s, column_of(s), BOX) for s in (thin, thick))
    np.testing.assert_array_equal(frail.distance, firm.distance)
    assert firm.body.sum() > 1.4 * frail.body.sum()
    assert np.all(firm.body >= frail.body - 1e-6)


def test_building_leaves_its_inputs_alone() -> None:
    """Spec, column and grid are the same after voxelising as before."""
    column = column_of(FRACTURED)
    before = fingerprint(FRACTURED, column, BOX)
    spine.voxelise(FRACTURED, column, BOX)
    assert fingerprint(FRACTURED, column, BOX) == before

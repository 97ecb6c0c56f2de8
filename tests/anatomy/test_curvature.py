"""Curvature of one person's back on the table: population spread, posture, and what stays put."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from anatomy.column import Column, column_of
from anatomy.curvature import LEVEL_AT_REST, poses, segment_tilts_deg
from anatomy.frames import FloatArray
from anatomy.morphometry import nominal
from anatomy.spec import LEVELS, FractureSpec, Level, PatientSpec, TargetLevel

WOMAN = PatientSpec(seed=5)
PEOPLE = range(60)


def lean_deg(column: Column, level: Level) -> float:
    """Forward lean of a vertebra as it was built."""
    up = column.vertebrae[level].patient_from_vertebra[:3, 2]
    return float(np.degrees(np.arctan2(up[1], up[2])))


def endplate_deg(column: Column, level: Level, where: str) -> float:
    """Forward lean of an endplate's normal: half a body's wedge more or less than the vertebra's."""
    d = column.vertebrae[level].size
    half = 0.5 * np.degrees(np.arctan2(d.body_height_post_mm - d.body_height_ant_mm, d.depth_mm))
    return lean_deg(column, level) + (half if where == "superior" else -half)


def sacral_slope_deg(column: Column) -> float:
    """Lean of the S1 endplate."""
    up = column.patient_from_sacrum[:3, 2]
    return float(np.degrees(np.arctan2(up[1], up[2])))


@cache
def measured() -> FloatArray:
    """Lordosis T12 to S1 and kyphosis T4 to T12 (n, 2) of people who differ in their seed, degrees."""
    columns = [column_of(PatientSpec(seed=seed)) for seed in PEOPLE]
    rows = [
        (
            sacral_slope_deg(c) - endplate_deg(c, "T12", "superior"),
            endplate_deg(c, "T4", "superior") - endplate_deg(c, "T12", "inferior"),
        )
        for c in columns
    ]
    return np.array(rows)


def test_recumbent_lordosis_spreads_as_in_627_volunteers() -> None:
    """36.8 +- 13.2 degrees from T12 to S1; 60 people: the mean within 4, the spread within 3 degrees."""
    lordosis = measured()[:, 0]
    assert lordosis.mean() == pytest.approx(36.8, abs=4.0)
    assert lordosis.std() == pytest.approx(13.2, abs=3.0)
    assert lordosis.min() > 12.0


def test_kyphosis_lies_within_its_published_range_and_goes_with_lordosis() -> None:
    """Standing 20 to 50 degrees, prone some 4 less; who has more kyphosis has more lordosis."""
    lordosis, kyphosis = measured().T
    assert np.all((kyphosis > 14.0) & (kyphosis < 50.0))
    assert kyphosis.mean() == pytest.approx(28.0, abs=4.0)
    assert 0.2 < np.corrcoef(lordosis, kyphosis)[0, 1] < 0.8


@pytest.mark.parametrize("target", ["T4", "T9", "L1", "L5"])
def test_the_targets_frame_is_only_leaned(target: TargetLevel) -> None:
    """Whatever the curve, the target is at the origin, its x axis along the patient's; L3 stands upright."""
    spec = replace(WOMAN, target_level=target, scoliosis_deg=25.0, scoliosis_apex="T12")
    column = column_of(spec)
    place = column.target_vertebra.patient_from_vertebra
    np.testing.assert_array_equal(place[:3, 3], 0.0)
    np.testing.assert_allclose(place[:3, 0], (1.0, 0.0, 0.0), atol=1e-12)
    assert poses(spec)[LEVEL_AT_REST].lean_rad == 0.0


def test_bolsters_extend_the_spine_towards_standing() -> None:
    """Every lumbar segment more lordotic, every thoracic one less kyphotic than flat on the table."""
    flat = segment_tilts_deg(WOMAN)
    extended = segment_tilts_deg(replace(WOMAN, posture="prone extended"))
    for level in LEVELS:
        assert extended[level] <= flat[level] + 1e-12, level
        if level != "T12":
            assert extended[level] < flat[level], level
    lordosis = [-sum(tilts[level] for level in LEVELS[11:]) for tilts in (flat, extended)]
    tabled = -sum(nominal(level).segment_tilt_below_prone_deg for level in LEVELS[11:])
    assert lordosis[1] / lordosis[0] == pytest.approx(54.0 / tabled, rel=1e-6)


def test_posture_moves_nobody_elses_chance() -> None:
    """The same seed gives the same dimensions in either posture; another seed another back."""
    sizes = [column_of(replace(WOMAN, posture=p)).vertebrae["L4"].size for p in ("prone", "prone extended")]
    assert sizes[0] == sizes[1]
    assert segment_tilts_deg(WOMAN) == segment_tilts_deg(replace(WOMAN, t_score=-1.0))
    assert segment_tilts_deg(WOMAN) != segment_tilts_deg(replace(WOMAN, seed=6))


def test_a_fracture_bends_what_lies_above_and_nothing_below() -> None:
    """The sacrum and the levels below the target lie where they lay; those above lean forward."""
    whole, broken = column_of(WOMAN), column_of(replace(WOMAN, fracture=FractureSpec()))
    np.testing.assert_array_equal(whole.patient_from_sacrum, broken.patient_from_sacrum)
    assert lean_deg(broken, "L4") == lean_deg(whole, "L4")
    assert lean_deg(broken, "T9") > lean_deg(whole, "T9") + 3.0

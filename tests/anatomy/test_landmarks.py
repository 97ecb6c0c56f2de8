"""Landmarks: each on the surface it names, left mirrored to right, levels in order."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from anatomy.body.trunk import trunk
from anatomy.column import column_of
from anatomy.frames import FloatArray
from anatomy.landmarks import LANDMARKS, RIB_LANDMARKS, SACRAL_ENDPLATE, landmarks
from anatomy.skeleton import spine
from anatomy.skeleton.ribs import Rib, ribs
from anatomy.spec import LEVELS, SIDES, FractureSpec, Level, PatientSpec
from anatomy.volume import Grid, Volume, sample

WOMAN = PatientSpec(seed=5)
FRACTURED = replace(WOMAN, fracture=FractureSpec())
ON_A_SURFACE = ("superior endplate", "inferior endplate", "anterior wall", "posterior wall", "spinous process tip",
                "transverse process left", "transverse process right")  # fmt: skip
IN_BONE = ("body centre", "pedicle left", "pedicle right")
MEASURED: tuple[Level, ...] = ("T12", "L1", "L2")


@cache
def bone(spec: PatientSpec) -> Volume:
    """Signed distance to bone around the target, voxels of 1 mm."""
    grid = Grid.spanning((-45, -86, -62), (45, 34, 62), 1.0)
    return Volume(spine.voxelise(spec, column_of(spec), grid).distance, grid)


def distance(spec: PatientSpec, name: str) -> float:
    """Distance of a landmark from the surface of bone, mm."""
    return float(sample(bone(spec), landmarks(column_of(spec))[name], outside=99.0))


def test_every_level_has_every_landmark() -> None:
    """The names are those of the list, for each level that is built, and the sacrum's."""
    of_levels = {f"{level} {name}" for level in LEVELS for name in LANDMARKS}
    assert set(landmarks(column_of(WOMAN))) == of_levels | {SACRAL_ENDPLATE}


def with_ribs(spec: PatientSpec) -> tuple[list[Rib], Mapping[str, FloatArray]]:
    """The ribs of an upright person, and the landmarks with theirs."""
    column = column_of(spec)
    found = ribs(column, trunk(spec, column))
    return found, landmarks(column, found)


def test_ribs_have_landmarks_where_there_are_ribs() -> None:
    """Head, angle and tip of each: on its line, the head nearest to its body, the angle behind, the tip far out;
    none where a twelfth rib is missing."""
    found, points = with_ribs(replace(FRACTURED, twelfth_ribs="left only"))
    named = {f"{level} {name} {side}" for level in LEVELS[:11] for name in RIB_LANDMARKS for side in SIDES}
    named |= {f"T12 {name} left" for name in RIB_LANDMARKS}
    assert {name for name in points if " rib " in name} == named
    for rib in found:
        head, angle, tip = (points[f"{rib.level} {name} {rib.side}"] for name in RIB_LANDMARKS)
        centre = points[f"{rib.level} body centre"]
        way = np.linalg.norm(rib.line_mm - centre, axis=1)
        assert np.linalg.norm(head - centre) < 1.05 * way.min()
        assert np.linalg.norm(head - centre) < 35.0
        assert angle[1] < head[1] or rib.level in LEVELS[:2]  # the first ribs turn forward at once
        assert np.linalg.norm(tip - centre) > np.linalg.norm(angle - centre)
        assert np.sign(tip[0]) == np.sign(head[0]) == (1.0 if rib.side == "right" else -1.0)
        assert np.linalg.norm(rib.line_mm - angle, axis=1).min() == 0.0


def test_the_sacral_endplate_lies_below_the_last_disc() -> None:
    """It is as far from the inferior endplate of L5 as a disc is high, in front of the sacral canal."""
    points = landmarks(column_of(WOMAN))
    gap = points[SACRAL_ENDPLATE] - points["L5 inferior endplate"]
    assert gap[2] < -3.0
    assert 5.0 < np.linalg.norm(gap) < 16.0


@pytest.mark.parametrize("spec", [WOMAN, FRACTURED], ids=["whole", "fractured"])
@pytest.mark.parametrize("name", ON_A_SURFACE)
def test_surface_landmarks_lie_on_the_surface(spec: PatientSpec, name: str) -> None:
    """Walls, endplates and tips of processes are where bone ends, within half a voxel; fractured or not."""
    for level in MEASURED:
        assert distance(spec, f"{level} {name}") == pytest.approx(0.0, abs=0.5), level


@pytest.mark.parametrize("spec", [WOMAN, FRACTURED], ids=["whole", "fractured"])
def test_inner_landmarks_lie_inside(spec: PatientSpec) -> None:
    """Body centre and pedicles are deep in bone, the canal's centre is far from any."""
    for level in MEASURED:
        assert all(distance(spec, f"{level} {name}") < -2.5 for name in IN_BONE), level
        assert distance(spec, f"{level} canal centre") > 5.0, level


def test_left_mirrors_right() -> None:
    """Left and right landmarks differ in the sign of x alone; the patient's left is -x; the rest is midline."""
    points = landmarks(column_of(FRACTURED))
    for level in LEVELS:
        for name in ("pedicle", "transverse process"):
            left, right = points[f"{level} {name} left"], points[f"{level} {name} right"]
            np.testing.assert_allclose(left * (-1.0, 1.0, 1.0), right, atol=1e-9)
            assert left[0] < 0.0
        assert all(points[f"{level} {name}"][0] == 0.0 for name in LANDMARKS if name[-4:] not in ("left", "ight"))


def test_levels_follow_each_other_down_the_spine() -> None:
    """Every kind of landmark falls from each level to the next, and there is room for a disc between endplates."""
    points = landmarks(column_of(FRACTURED))
    for name in LANDMARKS:
        heights = [points[f"{level} {name}"][2] for level in LEVELS]
        assert np.all(np.diff(heights) < 0.0), name
    for upper, lower in itertools.pairwise(LEVELS):
        gap = points[f"{upper} inferior endplate"] - points[f"{lower} superior endplate"]
        assert 3.0 < np.linalg.norm(gap) < 16.0


def along(points: dict[str, FloatArray], level: Level) -> list[float]:
    """How far forward lie, from back to front: spinous tip, canal, posterior wall, centre, anterior wall."""
    names = ("spinous process tip", "canal centre", "posterior wall", "body centre", "anterior wall")
    return [float(points[f"{level} {name}"][1]) for name in names]


@pytest.mark.parametrize("level", LEVELS)
def test_front_is_in_front_of_back(level: Level) -> None:
    """Going forward (+y) one meets spinous process, canal, posterior wall, centre and anterior wall."""
    assert np.all(np.diff(along(dict(landmarks(column_of(FRACTURED))), level)) > 0.0)


def test_a_fracture_moves_what_lies_above_and_not_what_lies_below() -> None:
    """Levels above come down and tilt forward, the target's upper plate sinks, everything below stays."""
    whole, broken = landmarks(column_of(WOMAN)), landmarks(column_of(FRACTURED))
    below = LEVELS[LEVELS.index("L1") + 1 :]
    for level in below:
        for name in LANDMARKS:
            np.testing.assert_array_equal(whole[f"{level} {name}"], broken[f"{level} {name}"])
    for level in LEVELS[: LEVELS.index("L1")]:
        moved = broken[f"{level} body centre"] - whole[f"{level} body centre"]
        assert moved[2] < -1.0
        assert moved[1] > 1.0
    np.testing.assert_allclose(broken["L1 pedicle left"], whole["L1 pedicle left"])
    assert broken["L1 superior endplate"][2] < whole["L1 superior endplate"][2] - 1.0
    assert broken["L1 inferior endplate"][2] == pytest.approx(whole["L1 inferior endplate"][2], abs=0.05)

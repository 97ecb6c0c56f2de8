"""Landmarks: each on the surface it names, left mirrored to right, levels in order."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from anatomy.column import column_of
from anatomy.frames import FloatArray
from anatomy.landmarks import LANDMARKS, landmarks
from anatomy.skeleton import spine
from anatomy.spec import LEVELS, FractureSpec, Level, PatientSpec
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
    """The names are those of the list, for each level that is built."""
    assert set(landmarks(column_of(WOMAN))) == {f"{level} {name}" for level in LEVELS for name in LANDMARKS}


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

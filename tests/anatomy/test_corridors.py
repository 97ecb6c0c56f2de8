"""Corridors: a straight rod from skin to target that stays in bone and out of everything else, at every level."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from anatomy import frames
from anatomy.column import Column, column_of
from anatomy.corridors import NARROW_MM, STRAIGHT_DEPTH, TARGET_DEPTH, Corridor, corridor, skin_point
from anatomy.frames import FloatArray
from anatomy.patient import Patient
from anatomy.skeleton import spine
from anatomy.skeleton.vertebra import canal_distance, side_sign
from anatomy.spec import SIDES, FractureSpec, PatientSpec, Side, TargetLevel
from anatomy.tissue import Tissue
from anatomy.volume import Grid, Volume, sample

TARGETS: tuple[TargetLevel, ...] = ("T11", "T12", "L1", "L3", "L5")
NEEDLE_MM = 1.6  # half of an 11 G cannula's 3.05 mm, rounded up


@dataclass(frozen=True, eq=False)
class Plan:
    """Both corridors of a fractured level with the voxels they were found in."""

    column: Column
    bone: Volume
    corridors: dict[Side, Corridor]


@cache
def plan(level: TargetLevel, seed: int = 5) -> Plan:
    """A fractured level under a slab of tissue whose skin is at y = -90 mm; nothing is feared in it."""
    spec = PatientSpec(seed=seed, target_level=level, fracture=FractureSpec())
    column = column_of(spec)
    grid = Grid.spanning((-70, -92, -36), (70, 34, 36), 1.0)
    bone = Volume(spine.voxelise(spec, column, grid).distance, grid)
    body = Grid.spanning((-150, -130, -100), (150, 100, 100), 5.0)
    tissue = Volume(np.where(body.centres_mm()[..., 1] > -90.0, np.uint8(Tissue.MUSCLE), np.uint8(0)), body)
    nothing = {"canal": Volume(np.full(body.shape, 50.0, dtype=np.float32), body)}  # the way beside is open too
    found = {side: corridor(column.target_vertebra, side, bone, tissue, nothing) for side in SIDES}
    return Plan(column, bone, found)


def rod(c: Corridor, radius_mm: float, start_mm: FloatArray, end_mm: FloatArray) -> FloatArray:
    """Points (n, 3) on the surface of a rod about the corridor between two points of its axis, every 0.25 mm."""
    axis = c.direction
    across = frames.unit(np.cross(axis, (0.0, 0.0, 1.0)))
    angle = np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)[:, None]
    ring = radius_mm * (np.cos(angle) * across + np.sin(angle) * np.cross(axis, across))
    steps = np.arange(0.0, np.linalg.norm(end_mm - start_mm), 0.25)
    return (start_mm + steps[:, None, None] * axis + ring).reshape(-1, 3)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("level", TARGETS)
def test_a_rod_of_the_stated_radius_meets_no_canal(level: TargetLevel, side: Side) -> None:
    """From entry to target no point of the rod lies in the canal, seen along the vertebra's axis."""
    p = plan(level)
    c, v = p.corridors[side], p.column.target_vertebra
    x, y, _ = frames.apply(frames.inverse(v.patient_from_vertebra), rod(c, c.radius_mm, c.entry_mm, c.target_mm)).T
    assert canal_distance(v, x, y).min() > -0.2  # what the voxels of 1 mm leave open


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("level", TARGETS)
def test_through_the_pedicle_the_rod_stays_in_bone(level: TargetLevel, side: Side) -> None:
    """From 9 mm behind the posterior wall to the target a rod of the stated radius lies within bone."""
    p = plan(level)
    c, v = p.corridors[side], p.column.target_vertebra
    local = frames.apply(frames.inverse(v.patient_from_vertebra), c.entry_mm)
    way = frames.apply_direction(frames.inverse(v.patient_from_vertebra), c.direction)
    start = c.entry_mm + (v.posterior_wall_y_mm - 9.0 - local[1]) / way[1] * c.direction
    inside = sample(p.bone, rod(c, c.radius_mm, start, c.target_mm), outside=20.0)
    assert inside.max() < 0.25  # a quarter voxel of interpolation


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("level", TARGETS)
def test_the_axis_is_in_bone_all_the_way_from_its_entry(level: TargetLevel, side: Side) -> None:
    """The entry lies on the dorsal cortex, everything behind it towards the skin is free of bone for 10 mm."""
    p = plan(level)
    c = p.corridors[side]
    length = float(np.linalg.norm(c.target_mm - c.entry_mm))
    inside = sample(p.bone, c.entry_mm + np.arange(0.75, length, 0.25)[:, None] * c.direction, outside=20.0)
    assert inside.max() < 0.0
    assert sample(p.bone, c.entry_mm) == pytest.approx(0.0, abs=0.5)
    behind = sample(p.bone, c.entry_mm - np.arange(1.0, 10.0, 0.25)[:, None] * c.direction, outside=20.0)
    assert behind.min() > 0.0


@pytest.mark.parametrize("level", TARGETS)
def test_a_needle_fits_and_ends_in_the_anterior_third_on_its_own_side(level: TargetLevel) -> None:
    """There is room for an 11 G cannula; the target lies at the stated depth on the corridor's own side."""
    p = plan(level)
    v = p.column.target_vertebra
    for side, c in p.corridors.items():
        target = frames.apply(frames.inverse(v.patient_from_vertebra), c.target_mm)
        assert c.radius_mm > NEEDLE_MM
        assert (target[1] - v.posterior_wall_y_mm) / v.size.depth_mm == pytest.approx(TARGET_DEPTH)
        assert c.approach == "transpedicular"
        assert 0.0 < side_sign(side) * target[0] < 10.0
        assert side_sign(side) * (c.entry_mm[0] - c.target_mm[0]) > 0.0  # converging


@pytest.mark.parametrize("seed", [6, 20])
def test_a_pedicle_that_points_outwards_is_gone_through_if_it_is_wide_enough(seed: int) -> None:
    """At T12, of 6.6 and 7.3 mm and 6 degrees outwards: the way through ends less deep, clear of the wall.

    Lines to the usual target converge too much for them, and the way beside was taken.
    """
    p = plan("T12", seed)
    v = p.column.target_vertebra
    assert v.size.pedicle_width_mm > 6.0
    assert v.size.pedicle_transverse_angle_deg < -5.0
    for c in p.corridors.values():
        assert c.approach == "transpedicular"
        assert c.radius_mm > 0.75 * NARROW_MM
        target = frames.apply(frames.inverse(v.patient_from_vertebra), c.target_mm)
        depth = (target[1] - v.posterior_wall_y_mm) / v.size.depth_mm
        assert depth == pytest.approx(STRAIGHT_DEPTH)
        assert depth > 0.67  # anterior third (clinical M4)
        assert sample(p.bone, c.target_mm) < -2.0


@pytest.mark.parametrize("level", TARGETS)
def test_left_mirrors_right_in_a_symmetric_spine(level: TargetLevel) -> None:
    """The spine is built symmetric, so its corridors are."""
    left, right = (plan(level).corridors[side] for side in SIDES)
    np.testing.assert_allclose(left.target_mm * (-1.0, 1.0, 1.0), right.target_mm, atol=1e-6)
    np.testing.assert_allclose(left.entry_mm * (-1.0, 1.0, 1.0), right.entry_mm, atol=0.3)  # one step of search


def test_the_corridor_begins_on_the_skin(patient: Patient) -> None:
    """In a whole patient the skin point is where air ends: air 1.5 mm before it, tissue 1.5 mm behind."""
    for c in patient.corridors.values():
        labels = [sample(patient.tissue, c.skin_mm + by * c.direction, order=0) for by in (-1.5, 1.5)]
        assert labels[0] == Tissue.AIR
        assert labels[1] != Tissue.AIR
        off_axis = np.cross(c.entry_mm - c.skin_mm, c.direction)
        assert np.linalg.norm(off_axis) < 1e-6


def test_a_pedicle_that_cannot_be_passed_is_said_so() -> None:
    """Where no line stays inside bone the error names side and level; where there is no skin, the line."""
    p = plan("L1")
    hollow = Volume(np.full(p.bone.grid.shape, 5.0, dtype=np.float32), p.bone.grid)
    with pytest.raises(ValueError, match="no straight line passes the left pedicle of L1 inside bone"):
        corridor(p.column.target_vertebra, "left", hollow, hollow)
    endless = Volume(
        np.full((9, 9, 9), Tissue.MUSCLE, dtype=np.uint8), Grid.spanning((-400,) * 3, (400,) * 3, 800 / 9)
    )
    with pytest.raises(ValueError, match="finds no skin"):
        skin_point(endless, np.zeros(3), np.array([0.0, -1.0, 0.0]))

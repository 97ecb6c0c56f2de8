"""The canal that a needle must not enter ends at the fragment of a burst, as found in the voxels."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy import ndimage

from anatomy import canal, frames
from anatomy.column import Column, column_of
from anatomy.patient import build
from anatomy.shapes import Array
from anatomy.skeleton import spine
from anatomy.spec import FractureSpec, PatientSpec
from anatomy.tissue import Tissue
from anatomy.volume import Grid, Volume, sample

RETROPULSION_MM = 6.0
BURST = PatientSpec(seed=5, fracture=FractureSpec(shape="crush", retropulsion_mm=RETROPULSION_MM))
STEP_MM = 0.75


@cache
def burst() -> tuple[Column, Grid, Array, Array, Array]:
    """(column, grid about the target's canal, canal of whole vertebrae, canal as found, distance to bone)."""
    column = column_of(BURST)
    grid = Grid.spanning((-14.0, -46.0, -22.0), (14.0, -2.0, 22.0), STEP_MM)
    axes = grid.axes_mm()
    whole = canal.distance(column, *axes)

    def of_whole(x: Array, y: Array, z: Array) -> Array:
        return canal.distance(column, x, y, z)

    narrowed = canal.Narrowed(of_whole, column)(*axes)
    return column, grid, whole, narrowed, spine.bone_distance(BURST, column, grid)


def depth_mm(distance: Array, column: Column, grid: Grid, z: float) -> float:
    """Midsagittal depth of a canal (negative distance) at a height of the target's frame."""
    v = column.target_vertebra
    behind = np.arange(0.0, 24.0, 0.1)
    line = np.stack([0.0 * behind, v.posterior_wall_y_mm + 2.0 - behind, 0.0 * behind + z], axis=-1)
    inside = sample(Volume(distance, grid), frames.apply(v.patient_from_vertebra, line), outside=9.0) < 0.0
    return 0.1 * float(inside.sum())


def test_a_fragment_takes_its_room_from_the_canal() -> None:
    """At its top the canal is as much less deep as the fragment was driven back, a fifth give or take; below the
    fragment it is as deep as ever."""
    column, grid, whole, narrowed, _ = burst()
    v = column.target_vertebra
    height = np.arange(-0.45, 0.46, 0.02) * v.size.body_height_post_mm
    lost = [depth_mm(whole, column, grid, z) - depth_mm(narrowed, column, grid, z) for z in height]
    assert max(lost) == pytest.approx(RETROPULSION_MM, rel=0.2)
    assert lost[0] == pytest.approx(0.0, abs=0.3)
    assert depth_mm(whole, column, grid, 0.0) == pytest.approx(v.size.canal_depth_mm, abs=0.4)


def test_no_bone_of_the_body_is_left_in_the_canal() -> None:
    """What is inside the canal as found is free of bone, and what it lost is bone."""
    _, _, whole, narrowed, bone = burst()
    assert (bone[whole < 0.0] < -0.5).sum() * STEP_MM**3 > 250.0
    assert (bone[narrowed < 0.0] < -0.5).mean() < 0.002
    lost = (whole < -0.5) & (narrowed > 0.5)
    assert lost.any()
    assert (bone[lost] < 0.5).mean() > 0.98
    assert np.all(narrowed >= whole)


def test_the_distance_to_the_narrowed_canal_is_one() -> None:
    """Within 4 mm of its surface it is the Euclidean distance, half a voxel root mean square."""
    _, _, _, narrowed, _ = burst()
    inside = narrowed < 0.0
    euclidean = np.where(
        inside,
        0.5 * STEP_MM - ndimage.distance_transform_edt(inside, sampling=STEP_MM),
        ndimage.distance_transform_edt(~inside, sampling=STEP_MM) - 0.5 * STEP_MM,
    )
    near = np.abs(euclidean) < 4.0
    for axis in range(3):
        near[(slice(None),) * axis + ([0, 1, 2, -3, -2, -1],)] = False
    assert np.sqrt(np.mean((narrowed - euclidean)[near] ** 2)) < 0.75


def test_without_a_fragment_nothing_is_narrowed() -> None:
    """A whole vertebra and a fracture that keeps its posterior wall leave the canal alone."""
    whole = replace(BURST, fracture=None)
    kept = replace(BURST, fracture=FractureSpec(shape="crush"))
    assert not any(canal.is_narrowed(column_of(spec)) for spec in (whole, kept))


@pytest.mark.slow
def test_a_burst_patient_fears_what_is_painted() -> None:
    """In a built patient a point in the fragment is bone and outside of canal and dura; the rest of the canal is
    painted as such."""
    patient = build(BURST, fine_mm=1.0)
    v = patient.column.target_vertebra
    for name in ("canal", "dura", "cord", "cauda equina"):
        hazard = patient.hazards[name].distance
        points = hazard.grid.centres_mm()[hazard.array < -0.5]
        assert (sample(patient.bone_distance, points, outside=9.0) < -1.0).mean() < 0.01, name
    inside = patient.hazards["canal"].distance
    points = inside.grid.centres_mm()[inside.array < -2.0]
    of_canal = [Tissue.CANAL, Tissue.CSF, Tissue.NERVE, Tissue.BLOOD]
    assert np.mean(np.isin(sample(patient.tissue, points, order=0), of_canal)) > 0.95
    fragment = frames.apply(v.patient_from_vertebra, (0.0, v.posterior_wall_y_mm - 0.5 * RETROPULSION_MM, 0.0))
    highest = fragment + np.arange(-4.0, 10.0, 0.5)[:, None] * v.patient_from_vertebra[:3, 2]
    in_bone = sample(patient.bone_distance, highest) < -1.0
    assert in_bone.any()
    assert np.all(sample(inside, highest[in_bone], outside=12.0) > 0.0)

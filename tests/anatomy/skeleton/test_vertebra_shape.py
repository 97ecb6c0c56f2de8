"""Vertebrae as voxels, measured with callipers: they have the dimensions that they were built from.

Every treatable level on a grid of 1 mm; lengths are read from the signed distance to bone along lines of the
vertebral frame, as one would measure in a CT. "A voxel" is therefore 1 mm at each end.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from anatomy import frames
from anatomy.column import column_of
from anatomy.skeleton import spine
from anatomy.skeleton.vertebra import Vertebra, canal_distance
from anatomy.spec import SIDES, PatientSpec, Side, TargetLevel
from anatomy.volume import Grid, Volume, sample

TARGETS: tuple[TargetLevel, ...] = ("T11", "T12", "L1", "L2", "L3", "L4")
VOXEL_MM = 1.0


@dataclass(frozen=True, eq=False)
class Specimen:
    """A vertebra and the distance to bone around it."""

    vertebra: Vertebra
    bone: Volume

    def inside(self, points: frames.FloatArray) -> frames.FloatArray:
        """Which points (n, 3) of the vertebral frame lie in bone."""
        return sample(self.bone, frames.apply(self.vertebra.patient_from_vertebra, points), outside=20.0) < 0.0

    def extent_mm(self, start: frames.FloatArray, end: frames.FloatArray) -> float:
        """Length from the first to the last bone met on the way from start to end, vertebral frame."""
        share = np.linspace(0.0, 1.0, 1501)[:, None]
        met = np.flatnonzero(self.inside(np.add(start, share * np.subtract(end, start))))
        return 0.0 if met.size == 0 else float((met[-1] - met[0]) / 1500 * np.linalg.norm(np.subtract(end, start)))


@cache
def specimen(level: TargetLevel) -> Specimen:
    """The unfractured vertebra of a level, with its neighbours, on a grid of 1 mm."""
    spec = PatientSpec(seed=5, target_level=level, age_years=45.0, t_score=-1.0)  # no osteophytes
    column = column_of(spec)
    grid = Grid.spanning((-45, -76, -34), (45, 28, 30), VOXEL_MM)
    return Specimen(column.target_vertebra, Volume(spine.voxelise(spec, column, grid).distance, grid))


@pytest.mark.parametrize("level", TARGETS)
def test_endplates_are_as_wide_and_deep_as_the_table(level: TargetLevel) -> None:
    """Widest across and deepest along the midline near each plate: as tabulated, half a voxel give or take."""
    s = specimen(level)
    d, wall, half = s.vertebra.size, s.vertebra.posterior_wall_y_mm, 0.5 * s.vertebra.size.rim_height_mm
    for sign, width, depth in (
        (1.0, d.endplate_width_sup_mm, d.endplate_depth_sup_mm),
        (-1.0, d.endplate_width_inf_mm, d.endplate_depth_inf_mm),
    ):
        y = wall + 0.5 * depth
        near = sign * np.arange(0.5 * half, half, 0.25)
        across = max(s.extent_mm((-40.0, y, z), (40.0, y, z)) for z in near)
        along = max(s.extent_mm((0.0, wall - 4.0, z), (0.0, 28.0, z)) for z in near)
        assert across == pytest.approx(width, abs=0.8 * VOXEL_MM)
        assert along == pytest.approx(depth, abs=0.8 * VOXEL_MM)


@pytest.mark.parametrize("level", TARGETS)
def test_the_body_has_a_waist(level: TargetLevel) -> None:
    """At mid-height the body is as much narrower than its plates as the table's ratio says."""
    s = specimen(level)
    d = s.vertebra.size
    mean = 0.5 * (d.endplate_width_sup_mm + d.endplate_width_inf_mm)
    y = s.vertebra.posterior_wall_y_mm + 0.55 * d.depth_mm
    assert s.extent_mm((-40.0, y, 0.0), (40.0, y, 0.0)) == pytest.approx(d.waist_width_ratio * mean, abs=VOXEL_MM)


@pytest.mark.parametrize("level", TARGETS)
def test_bodies_are_as_high_as_the_table(level: TargetLevel) -> None:
    """Front and back heights between the rims are those of the table within a voxel."""
    s = specimen(level)
    d, wall, half = s.vertebra.size, s.vertebra.posterior_wall_y_mm, 0.5 * s.vertebra.size.rim_height_mm
    reach = half + 2.4  # beyond the rim, short of the neighbour's
    behind = max(s.extent_mm((0, y, -reach), (0, y, reach)) for y in np.arange(wall + 0.3, wall + 5.0, 0.3))
    front = max(s.extent_mm((0, y, -reach), (0, y, reach)) for y in np.arange(-wall - 5.0, -wall, 0.3))
    assert behind == pytest.approx(d.body_height_post_mm, abs=VOXEL_MM)
    assert front == pytest.approx(d.body_height_ant_mm, abs=VOXEL_MM)


@pytest.mark.parametrize("level", TARGETS)
def test_endplates_are_concave(level: TargetLevel) -> None:
    """In the middle a body is lower than its rims by the depth of both dishes, half a voxel give or take."""
    s = specimen(level)
    d = s.vertebra.size
    reach = 0.5 * d.rim_height_mm + 2.4
    middle = s.extent_mm((0.0, -1.0, -reach), (0.0, -1.0, reach))
    dishes = d.endplate_concavity_sup_mm + d.endplate_concavity_inf_mm
    assert d.rim_height_mm - middle == pytest.approx(dishes, abs=0.5 * VOXEL_MM)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("level", TARGETS)
def test_pedicles_are_as_wide_and_high_as_the_table(level: TargetLevel, side: Side) -> None:
    """Measured across its axis, at its narrowest within 3 mm of the isthmus, a pedicle has the table's size."""
    s = specimen(level)
    centre, along = s.vertebra.pedicle_axis(side)
    across = frames.unit(np.cross(along, (0.0, 0.0, 1.0)))
    upward = np.cross(across, along)
    middles = [centre + shift * along for shift in np.arange(-3.0, 3.1, 0.5)]
    width = min(s.extent_mm(c - 9.0 * across, c + 9.0 * across) for c in middles)
    height = min(s.extent_mm(c - 12.0 * upward, c + 12.0 * upward) for c in middles)
    assert width == pytest.approx(s.vertebra.size.pedicle_width_mm, abs=0.6 * VOXEL_MM)
    assert height == pytest.approx(s.vertebra.size.pedicle_height_mm, abs=0.6 * VOXEL_MM)


@pytest.mark.parametrize("level", TARGETS)
def test_pedicles_stand_where_the_table_says(level: TargetLevel) -> None:
    """The axis of each pedicle lies in bone, in the upper half of the body, mirrored left to right."""
    s = specimen(level)
    axes = {side: s.vertebra.pedicle_axis(side) for side in SIDES}
    for centre, along in axes.values():
        assert np.all(s.inside(centre + np.arange(-8.0, 12.0, 0.5)[:, None] * along))
    mirror = np.array([-1.0, 1.0, 1.0])
    for left, right in zip(axes["left"], axes["right"], strict=True):
        np.testing.assert_allclose(left * mirror, right, atol=1e-12)
    assert axes["left"][0][0] < 0.0 < axes["left"][0][2]


@pytest.mark.parametrize("level", TARGETS)
def test_the_canal_is_empty_of_bone_and_closed_by_the_laminae(level: TargetLevel) -> None:
    """At pedicle height no bone is found 0.7 mm inside the canal, and bone is met going out of it on all sides."""
    s = specimen(level)
    v = s.vertebra
    z = v.size.pedicle_center_z_above_midbody_mm
    middle = v.posterior_wall_y_mm - 0.5 * v.size.canal_depth_mm
    x, y = np.meshgrid(np.arange(-14.0, 14.0, 0.5), np.arange(middle - 12.0, middle + 12.0, 0.5))
    free = canal_distance(v, x, y) < -0.7
    assert free.sum() > 500
    slices = [np.stack([x[free], y[free], np.full(free.sum(), h)], axis=-1) for h in (z - 3.0, z, z + 3.0)]
    assert not s.inside(np.concatenate(slices)).any()
    for out in ((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0)):
        ray = np.array([[0.0, middle, z]]) + np.arange(0.0, 20.0, 0.25)[:, None] * np.array([*out, 0.0])
        assert s.inside(ray).any()
    low = v.size.body_height_post_mm * (-0.2)
    back = np.array([[0.0, middle, low]]) - np.arange(0.0, 20.0, 0.25)[:, None] * np.array([0.0, 1.0, 0.0])
    assert s.inside(back).any()


@pytest.mark.parametrize("level", TARGETS)
def test_processes_reach_their_published_tips(level: TargetLevel) -> None:
    """Spinous and transverse processes have bone 1.5 mm short of the tabulated tip and none 2 mm beyond."""
    s = specimen(level)
    d, wall = s.vertebra.size, s.vertebra.posterior_wall_y_mm
    for sign in (-1.0, 1.0):
        y, z = wall - d.tp_tip_behind_post_wall_mm, d.tp_tip_z_rel_midbody_mm
        short, beyond = (sign * (0.5 * d.tp_span_mm + by) for by in (-1.5, 2.0))
        assert s.inside(np.array([[short, y, z]]))[0]
        assert not s.inside(np.array([[beyond, y, z]]))[0]
    for by, bone in ((-1.5, True), (2.0, False)):
        y = wall - d.spinous_tip_behind_post_wall_mm - by
        column = np.stack(np.broadcast_arrays(0.0, y, np.arange(-32.0, 8.0, 0.5)), axis=-1)
        assert s.inside(column).any() == bone

"""Ribs and their joints: a gap to body and transverse process, never a collision; free ribs of varying length."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy.body import trunk
from anatomy.column import column_of
from anatomy.skeleton import ribs, spine
from anatomy.skeleton.bones import bone_distance
from anatomy.spec import LEVELS, Level, PatientSpec, TargetLevel
from anatomy.volume import Grid


def lengths_mm(seed: int) -> dict[Level, float]:
    """Lengths of the right ribs of one person."""
    spec = PatientSpec(seed=seed, body_mass_index_kg_m2=28.0)
    column = column_of(spec)
    built = ribs.ribs(column, trunk.trunk(spec, column))
    return {
        r.level: float(np.linalg.norm(np.diff(r.line_mm, axis=0), axis=1).sum())
        for r in built
        if r.side == "right"
    }


@pytest.mark.parametrize(("target", "seed"), [("T5", 3), ("T8", 11), ("T11", 5)])
def test_ribs_stand_before_their_joints_with_a_gap(target: TargetLevel, seed: int) -> None:
    """Between each rib and the vertebrae there is a joint space of 0.5 to 4 mm and no common voxel; the joint with
    the transverse process is as near down to T10."""
    spec = PatientSpec(seed=seed, target_level=target)
    column = column_of(spec)
    grid = Grid.spanning((0, -60, -26), (60, 20, 26), 0.75)
    vertebrae = spine.bone_distance(spec, column, grid)
    x, y, _ = np.broadcast_arrays(*grid.axes_mm())
    wall = column.target_vertebra.posterior_wall_y_mm
    for rib in ribs.ribs(column, trunk.trunk(spec, column)):
        if rib.side == "left" or rib.level != target:
            continue
        found = bone_distance(ribs.bone_of(rib, above=False), grid)
        assert found is not None
        gap = np.full(grid.shape, 99.0)
        gap[found[0]] = np.maximum(found[1], 0.0)
        assert not ((gap <= 0.0) & (vertebrae < -0.4)).any()
        at_surface = np.abs(vertebrae) < 0.5
        head = gap[at_surface & (y > wall - 4.0)].min()
        process = gap[at_surface & (y < wall - 8.0) & (x > 18.0)].min()
        assert 0.5 < head < 4.0
        assert process < 4.0 if LEVELS.index(target) <= LEVELS.index("T10") else process > 1.0


def test_free_ribs_differ_in_length_between_people() -> None:
    """Twelfth ribs between 38 and 145 mm around 105, eleventh between 127 and 197 (802 CTs), others alike."""
    people = [lengths_mm(seed) for seed in range(10)]
    twelfth = np.array([p["T12"] for p in people])
    eleventh = np.array([p["T11"] for p in people])
    assert np.all((twelfth > 36.0) & (twelfth < 147.0))
    assert twelfth.std() > 12.0
    assert twelfth.mean() == pytest.approx(105.0, abs=18.0)
    assert np.all((eleventh > 105.0) & (eleventh < 199.0))
    seventh = np.array([p["T7"] for p in people])
    assert seventh.std() < 0.08 * seventh.mean()

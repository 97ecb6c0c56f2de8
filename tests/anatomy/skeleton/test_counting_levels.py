"""Counting levels in the bones that were built: twelve ribs, five lumbar bodies, a sacrum, and the variants."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy import ndimage

from anatomy import frames
from anatomy.body import trunk
from anatomy.column import Column, column_of
from anatomy.frames import FloatArray
from anatomy.skeleton import pelvis, ribs, spine, transitional
from anatomy.skeleton.bones import add_bones, bone_distance
from anatomy.spec import LEVELS, PatientSpec
from anatomy.volume import Grid, Volume, sample

WOMAN = PatientSpec(seed=5, target_level="L3")


@cache
def bone(spec: PatientSpec) -> Volume:
    """Mineral of spine and pelvis below T11, voxels of 1.5 mm."""
    column = column_of(spec)
    low = column.patient_from_sacrum[2, 3] - 70.0
    high = column.vertebrae["T11"].patient_from_vertebra[2, 3]
    grid = Grid.spanning((-45, -60, low), (45, 40, high), 1.5)
    bones = spine.voxelise(spec, column, grid)
    mineral = np.maximum(np.maximum(bones.lower, bones.upper), bones.body)
    add_bones(mineral, None, pelvis.pelvis(spec, trunk.trunk(spec, column), column), grid)
    return Volume(mineral, grid)


def bodies_below(spec: PatientSpec) -> int:
    """Bodies that one counts in the midline from L1 down before there is no more disc below: stretches of bone
    between gaps, the last one being the sacrum."""
    column = column_of(spec)
    middle = [column.vertebrae[level].patient_from_vertebra[:3, 3] for level in LEVELS[12:]]
    return len(stretches(bone(spec), np.array([*middle, *below_l5(spec, column)]))) - 1


def below_l5(spec: PatientSpec, column: Column) -> list[FloatArray]:
    """Points through the middle of what follows L5, to the lower end of S2."""
    if spec.transition == "lumbarised S1":
        s1 = transitional.lumbarised_s1(column)
        s2 = transitional.patient_from_s2(s1)
        return [s1.patient_from_vertebra[:3, 3], frames.apply(s2, (0.0, 0.0, -14.0))]
    place = column.patient_from_sacrum
    return [frames.apply(place, point) for point in ((0.0, 0.0, -14.0), (0.0, 5.0, -34.0))]


def stretches(mineral: Volume, through: FloatArray) -> list[int]:
    """Lengths, in half millimetres, of stretches of bone along a broken line, gaps of less than 2 mm closed."""
    line = np.concatenate(
        [
            a + np.arange(0.0, 1.0, 0.5 / np.linalg.norm(b - a))[:, None] * (b - a)
            for a, b in itertools.pairwise(through)
        ]
    )
    filled = ndimage.binary_closing(np.pad(sample(mineral, line) > 0.02, 8, mode="edge"), iterations=2)[8:-8]
    label, count = ndimage.label(filled)
    return list(np.bincount(label)[1:][:count])


@pytest.mark.parametrize(("transition", "count"), [("none", 5), ("sacralised L5", 5), ("lumbarised S1", 6)])
def test_lumbar_bodies_between_ribs_and_sacrum(transition: str, count: int) -> None:
    """Five bodies with a disc below, the fifth a narrow one where it is sacralised; six where S1 is lumbarised."""
    assert bodies_below(replace(WOMAN, transition=transition)) == count  # type: ignore[arg-type]


def test_a_sacralised_l5_has_a_narrow_disc_and_is_joined_to_the_sacrum() -> None:
    """Half the disc of the same person without it; from process to ala there is bone all the way, else not."""
    plain, joined = WOMAN, replace(WOMAN, transition="sacralised L5")
    gaps = [column_of(s).vertebrae["L5"].size.disc_below_height_mid_mm for s in (plain, joined)]
    assert 0.3 < gaps[1] / gaps[0] < 0.6
    bridged = []
    for spec in (plain, joined):
        column = column_of(spec)
        v = column.vertebrae["L5"]
        process = frames.apply(
            v.patient_from_vertebra, (0.36 * v.size.tp_span_mm, v.posterior_wall_y_mm - 7.0, 0.0)
        )
        ala = frames.apply(column.patient_from_sacrum, (33.0, -15.0, -12.0))
        line = process + np.linspace(0.0, 1.0, 60)[:, None] * (ala - process)
        bridged.append(bool(np.all(sample(bone(spec), line) > 0.02)))
    assert bridged == [False, True]


def test_a_lumbarised_s1_is_squared() -> None:
    """Its lower endplate is nearly as wide as its upper one (sacral bodies taper), and the crests lie lower."""
    column = column_of(WOMAN)
    d = transitional.lumbarised_s1(column).size
    assert d.endplate_width_inf_mm / d.endplate_width_sup_mm > 0.9
    crest = [_crest_z(spec) for spec in (WOMAN, replace(WOMAN, transition="lumbarised S1"))]
    assert 10.0 < crest[0] - crest[1] < 35.0


def _crest_z(spec: PatientSpec) -> float:
    column = column_of(spec)
    hips = next(b for b in pelvis.pelvis(spec, trunk.trunk(spec, column), column) if b.name == "hip bones")
    found = bone_distance(hips, Grid.spanning((30, -80, -190), (150, 90, 60), 3.0))
    assert found is not None
    z = Grid.spanning((30, -80, -190), (150, 90, 60), 3.0).part(found[0]).axes_mm()[2].ravel()
    return float(z[(found[1] < 0.0).any(axis=(0, 1))].max())


@pytest.mark.parametrize(
    ("twelfth", "left", "right"),
    [("both", 12, 12), ("left only", 12, 11), ("right only", 11, 12), ("none", 11, 11)],
)
def test_ribs_are_counted_on_each_side(twelfth: str, left: int, right: int) -> None:
    """Pieces of bone within 27 mm of the midline, necks and tubercles: twelve a side, less what is missing."""
    spec = replace(WOMAN, twelfth_ribs=twelfth)  # type: ignore[arg-type]
    column = column_of(spec)
    built = ribs.ribs(column, trunk.trunk(spec, column))
    assert [sum(r.side == side for r in built) for side in ("left", "right")] == [left, right]
    grid = Grid.spanning((-27, -90, -20), (27, 60, 420), 1.5)
    distance = np.full(grid.shape, 50.0, np.float32)
    for rib in built:
        found = bone_distance(ribs.bone_of(rib, above=True), grid)
        assert found is not None, rib.level
        np.minimum(distance[found[0]], found[1], out=distance[found[0]])
    middle = grid.shape[0] // 2
    counts = [ndimage.label(half < 0.0, np.ones((3, 3, 3)))[1] for half in (distance[:middle], distance[middle:])]
    assert counts == [left, right]

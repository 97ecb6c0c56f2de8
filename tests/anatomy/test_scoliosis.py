"""Scoliosis: the angle asked for is the angle built, to the side asked for, and the body goes along."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from anatomy import frames
from anatomy.body import trunk
from anatomy.column import Column, column_of
from anatomy.frames import FloatArray
from anatomy.skeleton import ribs
from anatomy.skeleton.vertebra import body_field
from anatomy.spec import LEVELS, SIDES, FractureSpec, Level, PatientSpec, TargetLevel
from anatomy.sway import Sway, sway_of, upright
from anatomy.volume import Grid

WOMAN = PatientSpec(seed=5)
CURVED = replace(WOMAN, scoliosis_deg=28.0, scoliosis_apex="T9")


def endplate_tilt_deg(column: Column, level: Level, plate: str) -> float:
    """Tilt of an endplate in the frontal plane, measured between its built right and left rims."""
    v = column.vertebrae[level]
    z = np.linspace(-25.0, 25.0, 401)
    rims = []
    for x in (-8.0, 8.0):
        inside = body_field(v, np.full_like(z, x), np.zeros_like(z), z).distance_mm < 0.0
        edge = z[inside].max() if plate == "superior" else z[inside].min()
        rims.append(frames.apply(v.patient_from_vertebra, (x, 0.0, edge)))
    across = rims[1] - rims[0]
    return float(np.degrees(np.arctan2(-across[2], across[0])))


@pytest.mark.parametrize(
    ("cobb", "apex", "target"),
    [(28.0, "T9", "L1"), (-28.0, "T9", "L1"), (40.0, "T12", "T7"), (15.0, "L2", "L5"), (-35.0, "T5", "T11")],
)
def test_the_built_endplates_show_the_cobb_angle(cobb: float, apex: Level, target: TargetLevel) -> None:
    """Between the most tilted vertebrae, superior plate of the upper, inferior of the lower: within a degree."""
    spec = replace(WOMAN, scoliosis_deg=cobb, scoliosis_apex=apex, target_level=target)
    column = column_of(spec)
    tilts = {level: endplate_tilt_deg(column, level, "superior") for level in LEVELS}
    lower, upper = max(tilts, key=lambda k: tilts[k]), min(tilts, key=lambda k: tilts[k])
    if cobb < 0.0:
        lower, upper = upper, lower
    assert LEVELS.index(upper) < LEVELS.index(apex) < LEVELS.index(lower)
    measured = endplate_tilt_deg(column, lower, "inferior") - endplate_tilt_deg(column, upper, "superior")
    assert measured == pytest.approx(cobb, abs=1.0)


@pytest.mark.parametrize("cobb", [30.0, -30.0])
def test_the_apex_lies_on_the_side_asked_for_and_faces_it(cobb: float) -> None:
    """Against the line between the ends of the curve the apex is aside; bodies turn to the convex side."""
    column = column_of(replace(WOMAN, scoliosis_deg=cobb, scoliosis_apex="T10", target_level="T10"))
    x = {level: column.vertebrae[level].patient_from_vertebra[0, 3] for level in LEVELS}
    aside = x["T10"] - 0.5 * (x["T6"] + x["L2"])
    assert 10.0 < np.sign(cobb) * aside < 40.0
    front = column.vertebrae["T5"].patient_from_vertebra[:3, 1]
    assert np.sign(cobb) * front[0] < -0.05  # seen from the apex the ends are turned the other way


def test_discs_keep_their_height() -> None:
    """Neighbours stand as far apart as in the straight spine of the same person."""
    straight, curved = column_of(WOMAN), column_of(CURVED)
    for upper, lower in itertools.pairwise(LEVELS):
        apart = [
            np.linalg.norm(
                c.vertebrae[upper].patient_from_vertebra[:3, 3] - c.vertebrae[lower].patient_from_vertebra[:3, 3]
            )
            for c in (straight, curved)
        ]
        assert apart[1] == pytest.approx(apart[0], abs=0.05)


def test_no_scoliosis_is_no_sway() -> None:
    """A straight patient is not carried anywhere, and is his own upright self, fracture and all."""
    column = column_of(replace(WOMAN, fracture=FractureSpec()))
    assert sway_of(column) is None
    assert upright(column) is column


def swayed(spec: PatientSpec) -> tuple[Column, Sway]:
    """A curved column and its sway."""
    column = column_of(spec)
    sway = sway_of(column)
    assert sway is not None
    return column, sway


def test_what_is_moved_can_be_found_again() -> None:
    """Upright places moved and looked up come back within a micrometre; the spine moves with itself."""
    column, sway = swayed(replace(CURVED, scoliosis_deg=40.0))
    rng = np.random.default_rng(1)
    points = rng.uniform((-170, -90, -280), (170, 110, 330), (500, 3))
    there = sway.moved(points)
    np.testing.assert_allclose(sway.upright_x(there[:, 0], there[:, 2]), points[:, 0], atol=1e-3)
    centres = np.array([v.patient_from_vertebra[:3, 3] for v in column.vertebrae.values()])
    np.testing.assert_allclose(sway.upright_x(centres[:, 0], centres[:, 2]), 0.0, atol=1e-3)


def test_a_carried_volume_is_what_was_painted_elsewhere() -> None:
    """A blob painted in the upright body is found where its place has moved to; labels stay labels."""
    _, sway = swayed(CURVED)
    grid = Grid.spanning((-120, -20, 60), (120, 20, 160), 2.0)
    x, y, z = grid.axes_mm()
    blob = np.exp(-(((x - 20.0) / 15.0) ** 2) - (y / 10.0) ** 2 - ((z - 120.0) / 10.0) ** 2).astype(np.float32)
    carried = sway.carried(blob, grid)
    i, _, k = np.unravel_index(int(carried.argmax()), grid.shape)
    expected = sway.moved(np.array([[20.0, 0.0, z[0, 0, k]]]))[0, 0]
    assert abs(x[i, 0, 0] - expected) <= 2.0
    labels = sway.carried((blob > 0.5).astype(np.uint8) * 7, grid)
    assert set(np.unique(labels)) == {0, 7}


def test_ribs_stay_at_their_vertebrae() -> None:
    """Seen from its vertebra each rib's head lies where it lay in the straight patient, within a millimetre."""
    column, sway = swayed(CURVED)
    straight = upright(column)
    outline = trunk.trunk(CURVED, straight)
    stood = ribs.ribs(straight, outline)
    for before, after in zip(stood, ribs.on_the_column(stood, straight, column, sway), strict=True):
        local = [_local(c, before.level, r.line_mm[0]) for c, r in ((straight, before), (column, after))]
        np.testing.assert_allclose(local[0], local[1], atol=1.0)
    assert {r.side for r in stood} == set(SIDES)


def _local(column: Column, level: Level, point: FloatArray) -> FloatArray:
    return frames.apply(frames.inverse(column.vertebrae[level].patient_from_vertebra), point)


def test_the_spine_stays_inside_the_body() -> None:
    """Of the strongest curve allowed every vertebra's processes lie under the skin that was carried along."""
    spec = replace(WOMAN, scoliosis_deg=40.0, scoliosis_apex="T10", target_level="L2")
    column, sway = swayed(spec)
    outline = trunk.trunk(spec, upright(column))
    for v in column.vertebrae.values():
        tips = np.array(
            [v.spinous_tip, (0.5 * v.size.tp_span_mm, -25.0, 0.0), (-0.5 * v.size.tp_span_mm, -25.0, 0.0)]
        )
        x, y, z = frames.apply(v.patient_from_vertebra, tips).T
        depth = trunk.outline_distance(outline, sway.upright_x(x, z), y, z)
        assert np.all(depth < -1.0), v.level

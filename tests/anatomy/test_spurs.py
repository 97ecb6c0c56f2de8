"""Osteophytes: none in the young, longer with age, on the rims in front and at the sides, as dense as cortex."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from anatomy import spine
from anatomy.column import column_of
from anatomy.spec import LEVELS, PatientSpec
from anatomy.tissue import CORTEX_MINERAL_G_CM3, HU_PER_BMD
from anatomy.vertebra import body_field
from anatomy.volume import Grid

OLD = PatientSpec(seed=5, target_level="L3", age_years=85.0, t_score=-1.0)


def lengths_mm(age_years: float) -> list[float]:
    """All spurs of twelve people."""
    people = (column_of(replace(OLD, seed=seed, age_years=age_years)) for seed in range(12))
    return [spur.length_mm for column in people for v in column.vertebrae.values() for spur in v.spurs]


def test_spurs_come_and_grow_with_age() -> None:
    """At 45 nobody has one; at 85 there are more, and longer ones, than at 65, none above 4.5 mm."""
    assert lengths_mm(45.0) == []
    older, old = lengths_mm(85.0), lengths_mm(65.0)
    assert len(older) > 1.2 * len(old) > 0
    assert np.mean(older) > 1.2 * np.mean(old)
    assert max(older) <= 4.5


def test_spurs_grow_on_the_rims_and_not_behind() -> None:
    """Against the same body without spurs, bone is added within 8 mm of a rim, never on the posterior wall."""
    v = column_of(OLD).target_vertebra
    assert v.spurs
    axes = np.ix_(np.arange(-35.0, 35.0, 0.7), np.arange(-25.0, 26.0, 0.7), np.arange(-20.0, 20.0, 0.7))
    x, y, z = (a.astype(np.float32) for a in axes)
    with_spurs, without = (body_field(w, x, y, z).distance_mm for w in (v, replace(v, spurs=())))
    assert (with_spurs <= without + 1e-4).all()
    _, j, k = np.nonzero((with_spurs < 0.0) & (without > 0.0))
    assert j.size > 100
    half = 0.5 * v.rim_height_mm(y.ravel()[j])
    assert (half - np.abs(z.ravel()[k])).max() < 8.0
    assert y.ravel()[j].min() > v.posterior_wall_y_mm + 0.2 * v.size.depth_mm


def test_spurs_are_compact_bone() -> None:
    """What spurs add reads 800 to 1300 HU, as measured in osteophytes."""
    column = column_of(OLD)
    v = column.target_vertebra
    grid = Grid.spanning((-32.0, -5.0, -20.0), (32.0, 26.0, 20.0), 0.5)
    mineral, inside = (np.zeros(grid.shape, dtype=np.float32) for _ in range(2))
    for array, vertebra in ((mineral, v), (inside, replace(v, spurs=()))):
        piece = spine.vertebra_piece(OLD, vertebra, grid, None)
        assert piece is not None
        array[piece.window][piece.at] = piece.body
    deep = ndimage.binary_erosion(mineral > 0.0, iterations=2)
    added = deep & ~ndimage.binary_dilation(inside > 0.0)
    hu = 1000.0 * HU_PER_BMD * mineral[added]
    assert hu.size > 20
    assert 800.0 <= np.median(hu) <= 1000.0 * HU_PER_BMD * CORTEX_MINERAL_G_CM3 + 10.0


def test_a_person_keeps_his_spurs() -> None:
    """The same seed gives the same spurs whatever the T-score; another seed gives others."""
    spurs, same, other = (
        [v.spurs for v in column_of(s).vertebrae.values()]
        for s in (OLD, replace(OLD, t_score=-4.0), replace(OLD, seed=6))
    )
    assert spurs == same
    assert spurs != other
    assert len(spurs) == len(LEVELS)

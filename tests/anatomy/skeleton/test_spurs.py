"""Osteophytes: none in the young, longer with age, standing out of the rims in front and at the sides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from anatomy.column import column_of
from anatomy.skeleton import spine
from anatomy.skeleton.vertebra import Spur, Vertebra, body_field
from anatomy.spec import LEVELS, PatientSpec
from anatomy.tissue import HU_PER_BMD
from anatomy.volume import Grid

OLD = PatientSpec(seed=5, target_level="L3", age_years=85.0, t_score=-1.0)


def lengths_mm(age_years: float) -> list[float]:
    """All spurs of twelve people."""
    people = (column_of(replace(OLD, seed=seed, age_years=age_years)) for seed in range(12))
    return [spur.length_mm for column in people for v in column.vertebrae.values() for spur in v.spurs]


def test_spurs_come_and_grow_with_age() -> None:
    """At 45 nobody has one; at 85 there are more, and longer ones, than at 65, none above 6 mm."""
    assert lengths_mm(45.0) == []
    older, old = lengths_mm(85.0), lengths_mm(65.0)
    assert len(older) > 1.2 * len(old) > 0
    assert np.mean(older) > 1.2 * np.mean(old)
    assert 4.5 < max(older) <= 6.0


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


def long_spur(rise_mm: float = 0.0) -> Vertebra:
    """L3 with one spur of 5 mm in front on its superior rim."""
    return replace(column_of(OLD).target_vertebra, spurs=(Spur("superior", 0.0, 0.5, 5.0, rise_mm),))


def test_a_spur_stands_out_of_the_wall_and_tapers() -> None:
    """In the mid-sagittal plane bone reaches 5 mm farther forward than without; the beak is half as thick near its
    tip as on the wall; a claw's tip lies beyond the endplate."""
    y, z = (a.astype(np.float32) for a in np.ix_(np.arange(10.0, 30.0, 0.1), np.arange(2.0, 22.0, 0.1)))
    x = np.zeros((1, 1), dtype=np.float32)

    def bone(v: Vertebra) -> NDArray[np.bool_]:
        return body_field(v, x, y, z).distance_mm < 0.0

    level, claw, without = (bone(v) for v in (long_spur(), long_spur(1.6), replace(long_spur(), spurs=())))
    front, bare = (float(y[b.any(axis=1)].max()) for b in (level, without))
    assert front - bare == pytest.approx(5.0, abs=0.4)
    thick = [0.1 * level[np.abs(y[:, 0] - (bare + out)).argmin()].sum() for out in (0.5, 3.8)]
    assert 3.0 < thick[0] < 6.0
    assert 0.8 < thick[1] < 0.6 * thick[0]
    rims = [float(z[0, b[np.abs(y[:, 0] - (bare + 4.0)).argmin()]].max()) for b in (level, claw)]
    assert rims[1] - rims[0] > 0.8


def test_spurs_leave_the_endplate_as_it_is() -> None:
    """2.5 mm and more inside the rim neither surface nor cortex changes."""
    v = long_spur(1.6)
    axes = np.ix_(np.arange(-20.0, 20.0, 0.7), np.arange(-17.0, 30.0, 0.7), np.arange(-20.0, 20.0, 0.7))
    x, y, z = (a.astype(np.float32) for a in axes)
    found, bare = body_field(v, x, y, z), body_field(replace(v, spurs=()), x, y, z)
    inside = np.broadcast_to(y < v.anterior_wall_y_mm - 2.5, bare.distance_mm.shape)
    shell = inside & (np.abs(bare.distance_mm) < 1.0)
    np.testing.assert_allclose(found.distance_mm[shell], bare.distance_mm[shell], atol=1e-4)
    np.testing.assert_allclose(found.cortex_mm[shell], bare.cortex_mm[shell], atol=1e-4)


def test_spurs_are_as_dense_as_measured() -> None:
    """What spurs add reads 800 to 1300 HU as a whole; a long one has a core of marrow bone in a dense shell."""
    grid = Grid.spanning((-14.0, 8.0, 4.0), (14.0, 28.0, 20.0), 0.5)
    column = column_of(OLD)
    mineral, distance = (np.zeros(grid.shape, dtype=np.float32) for _ in range(2))
    bare = np.full(grid.shape, 9.0, dtype=np.float32)
    distance += 9.0
    for of, v in ((distance, replace(long_spur(), joints=column.target_vertebra.joints)),
                  (bare, replace(long_spur(), spurs=()))):  # fmt: skip
        piece = spine.vertebra_piece(OLD, v, grid, None)
        assert piece is not None
        of[piece.window] = piece.distance
        if of is distance:
            mineral[piece.window][piece.at] = piece.body
    added = (distance < -0.25) & (bare > 0.5)
    hu = 1000.0 * HU_PER_BMD * mineral[added]
    assert hu.size > 200
    assert 800.0 <= hu.mean() <= 1300.0
    core, shell = hu[distance[added] < -1.3], hu[distance[added] > -0.7]
    assert core.mean() < 0.5 * shell.mean()


def test_a_person_keeps_his_spurs() -> None:
    """The same seed gives the same spurs whatever the T-score; another seed gives others."""
    spurs, same, other = (
        [v.spurs for v in column_of(s).vertebrae.values()]
        for s in (OLD, replace(OLD, t_score=-4.0), replace(OLD, seed=6))
    )
    assert spurs == same
    assert spurs != other
    assert len(spurs) == len(LEVELS)

"""Scatter against the Monte Carlo rows of table D4: soft-tissue slabs, ideal 10:1 grid, square fields.

Their statistical error is about 3 %. The rows used in the fit of ``scatter_to_primary`` are held to two standard
errors, 6 %; the five left out of it (HELD_OUT) to three, 9 %.
"""

from __future__ import annotations

import numpy as np
import pytest

from simulator.imaging.beam.scatter import (
    BARE_LAW,
    IDEAL_GRID_LAW,
    REAL_GRID_FACTOR,
    scatter_field,
    scatter_to_primary,
)

# Slab cm, field side cm, air gap cm, kV -> SPR without grid, with ideal 10:1 grid.
TABLE_D4 = {
    (15, 12, 10, 90): (0.73, 0.17), (15, 20, 10, 90): (1.38, 0.22), (15, 30, 10, 90): (2.16, 0.26),
    (20, 12, 10, 90): (0.98, 0.25), (20, 20, 10, 90): (1.94, 0.32), (20, 30, 10, 90): (3.22, 0.42),
    (25, 12, 10, 90): (1.25, 0.31), (25, 20, 10, 90): (2.64, 0.46), (25, 30, 10, 90): (4.33, 0.59),
    (30, 12, 10, 90): (1.54, 0.38), (30, 20, 10, 90): (3.16, 0.54), (30, 30, 10, 90): (5.66, 0.78),
    (20, 20, 5, 90): (2.78, 0.34), (20, 20, 20, 90): (1.11, 0.31), (20, 20, 30, 90): (0.75, 0.30),
    (20, 20, 10, 60): (2.05, 0.36), (20, 20, 10, 120): (1.94, 0.30),
}  # fmt: skip
HELD_OUT = {(15, 20, 10, 90), (20, 30, 10, 90), (25, 12, 10, 90), (30, 20, 10, 90), (20, 20, 20, 90)}
STATISTICAL_ERROR = 0.03


def ratio(row: tuple[int, int, int, int], *, with_grid: bool) -> float:
    """Our SPR of a row; with an ideal grid, that is without the factor for real ones."""
    slab_cm, side_cm, gap_cm, kv = row
    ours = scatter_to_primary(10.0 * slab_cm, side_cm**2, with_grid=with_grid, air_gap_mm=10.0 * gap_cm, kv=kv)
    return float(ours) / (REAL_GRID_FACTOR if with_grid else 1.0)


@pytest.mark.parametrize("with_grid", [False, True], ids=["bare", "grid"])
@pytest.mark.parametrize("row", TABLE_D4, ids=str)
def test_d4_every_row(row, with_grid):
    """D4: each row within two standard errors of the Monte Carlo, within three if it was left out of the fit."""
    allowed = (3.0 if row in HELD_OUT else 2.0) * STATISTICAL_ERROR
    assert ratio(row, with_grid=with_grid) == pytest.approx(TABLE_D4[row][with_grid], rel=allowed)


@pytest.mark.parametrize("with_grid", [False, True], ids=["bare", "grid"])
def test_d4_all_rows_together(with_grid):
    """D4: over all rows the root mean square error is no more than the Monte Carlo's own 3 %."""
    errors = [ratio(row, with_grid=with_grid) / spr[with_grid] - 1.0 for row, spr in TABLE_D4.items()]
    assert np.sqrt(np.mean(np.square(errors))) < STATISTICAL_ERROR


@pytest.mark.parametrize(("law", "with_grid"), [(BARE_LAW, False), (IDEAL_GRID_LAW, True)], ids=["bare", "grid"])
def test_the_coefficients_are_the_least_squares_of_the_rows_used(law, with_grid):
    """Least squares in logarithms of the rows not held out gives the law's coefficients, to their last digit."""
    rows = np.array([row for row in TABLE_D4 if row not in HELD_OUT], dtype=float)
    target = np.log([spr[with_grid] for row, spr in TABLE_D4.items() if row not in HELD_OUT])
    thickness, area = np.log(rows[:, 0] / 20.0), np.log(rows[:, 1] ** 2 / 400.0)
    terms = [np.ones(len(rows)), thickness, area, thickness * area]
    terms += [np.log(30.0 / (rows[:, 2] + 20.0)), np.log(rows[:, 3] / 90.0)]
    fitted, *_ = np.linalg.lstsq(np.stack(terms, axis=1), target, rcond=None)
    ours = [np.log(law.reference), law.thickness, law.area, law.both, law.gap, law.kv]
    np.testing.assert_allclose(ours, fitted, atol=2e-4)


@pytest.mark.parametrize(("slab_cm", "side_cm"), [(15, 12), (20, 20), (25, 30)])
def test_d4_in_the_middle_of_a_whole_field(slab_cm, side_cm):
    """D4: the picture's own scatter over primary, in the middle of the collimated field, keeps the rows' 6 %."""
    pixel_mm, n = 1.2, 256
    blocked = np.abs((np.arange(n) - 0.5 * (n - 1)) * pixel_mm) > 5.0 * side_cm
    primary = np.full((n, n), 3.0)
    primary[blocked], primary[:, blocked] = 0.0, 0.0
    field = scatter_field(primary, 10.0 * slab_cm, pixel_mm, with_grid=False)
    expected = TABLE_D4[slab_cm, side_cm, 10, 90][0]
    assert field[n // 2, n // 2] / 3.0 == pytest.approx(expected, rel=2.0 * STATISTICAL_ERROR)


def test_scatter_lowers_contrast_by_one_plus_its_ratio():
    """A small dark object loses contrast by 1 / (1 + SPR) when the scatter of its surroundings is added (D4)."""
    primary = np.full((256, 256), 100.0, dtype=np.float32)
    primary[124:132, 124:132] *= 1.0 - 0.731
    scatter = scatter_field(primary, 200.0, 200.0 / 256.0, with_grid=True)
    total = primary + scatter
    seen = 1.0 - total[128, 128] / total[128, 110]
    spr = float(scatter_to_primary(200.0, 400.0, with_grid=True))
    assert spr == pytest.approx(0.48, rel=0.03)
    assert seen == pytest.approx(0.731 / (1.0 + spr), rel=0.02)

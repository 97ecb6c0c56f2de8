"""Scatter: the ratio's table, the Gaussian field's closed form, and what must not scatter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from scipy.special import erf

from simulator.imaging.scatter import scatter_field, scatter_to_primary

# Slab cm, field side cm -> SPR without grid, with ideal 10:1 grid (physics D4, Monte Carlo, 10 cm gap).
TABLE_D4 = {
    (15, 12): (0.73, 0.17), (15, 20): (1.38, 0.22), (15, 30): (2.16, 0.26),
    (20, 12): (0.98, 0.25), (20, 20): (1.94, 0.32), (20, 30): (3.22, 0.42),
    (25, 12): (1.25, 0.31), (25, 20): (2.64, 0.46), (25, 30): (4.33, 0.59),
    (30, 12): (1.54, 0.38), (30, 20): (3.16, 0.54), (30, 30): (5.66, 0.78),
}  # fmt: skip


@pytest.mark.parametrize(("slab_cm", "side_cm"), TABLE_D4)
def test_the_ratio_of_every_monte_carlo_row(slab_cm, side_cm):
    """The fit is within 8 % of each row without a grid, within 16 % with one (less its 1.5 for real grids)."""
    bare, ideal_grid = TABLE_D4[slab_cm, side_cm]
    assert scatter_to_primary(10.0 * slab_cm, side_cm**2, with_grid=False) == pytest.approx(bare, rel=0.08)
    assert scatter_to_primary(10.0 * slab_cm, side_cm**2, with_grid=True) / 1.5 == pytest.approx(
        ideal_grid, rel=0.16
    )


def test_the_fit_at_its_reference_point():
    """20 cm and 400 cm2 give the formula's own numbers: 1.94 without a grid, 0.32 times 1.5 with one."""
    assert scatter_to_primary(200.0, 400.0, with_grid=False) == pytest.approx(1.94)
    assert scatter_to_primary(200.0, 400.0, with_grid=True) == pytest.approx(0.48)


def test_the_fit_is_good_on_average():
    """Over all rows the RMS error is below 4 % without a grid and below 8 % with one."""
    errors = np.array(
        [
            [
                scatter_to_primary(10.0 * slab, side**2, with_grid=False) / bare - 1.0,
                scatter_to_primary(10.0 * slab, side**2, with_grid=True) / 1.5 / grid - 1.0,
            ]
            for (slab, side), (bare, grid) in TABLE_D4.items()
        ]
    )
    assert np.all(np.sqrt((errors**2).mean(axis=0)) < [0.04, 0.08])


@given(
    thickness=st.floats(1.0, 400.0),
    area=st.floats(10.0, 1500.0),
    more=st.floats(1.01, 2.0),
    with_grid=st.booleans(),
)
def test_more_tissue_and_larger_fields_scatter_more(thickness, area, more, with_grid):
    """The ratio rises with thickness and area, and is nothing without tissue."""
    here = scatter_to_primary(thickness, area, with_grid=with_grid)
    assert scatter_to_primary(thickness * more, area, with_grid=with_grid) > here
    assert scatter_to_primary(thickness, area * more, with_grid=with_grid) > here
    assert scatter_to_primary(0.0, area, with_grid=with_grid) == 0.0


@pytest.mark.parametrize("with_grid", [True, False])
@pytest.mark.parametrize("shape", [(512, 512), (300, 401), (64, 50)])
def test_the_middle_of_a_uniform_field_has_the_ratio(shape, with_grid):
    """Behind a uniform slab scatter over primary in the middle is the table's ratio, for any shape."""
    pixel_mm = 300.0 / max(shape)
    primary = np.full(shape, 7.0)
    field = scatter_field(primary, 200.0, pixel_mm, with_grid=with_grid)
    area_cm2 = primary.size * (0.1 * pixel_mm) ** 2
    middle = field[shape[0] // 2, shape[1] // 2] / 7.0
    assert middle == pytest.approx(scatter_to_primary(200.0, area_cm2, with_grid=with_grid), rel=2e-3)
    assert field.dtype == np.float32


def test_a_uniform_square_field_is_a_product_of_error_functions():
    """Closed form: the Gaussian spread of a rectangle is erf times erf; the coarse cells keep it within 0.6 %."""
    n, pixel_mm, spread_mm = 256, 1.2, 50.0
    field = scatter_field(np.ones((n, n)), 200.0, pixel_mm, with_grid=False, spread_mm=spread_mm)
    x = pixel_mm * (np.arange(n) + 0.5 - n / 2) / (np.sqrt(2.0) * spread_mm)
    half = 0.5 * n * pixel_mm / (np.sqrt(2.0) * spread_mm)
    profile = 0.5 * (erf(half - x) + erf(half + x))
    expected = np.outer(profile, profile) / profile.max() ** 2
    ratio = scatter_to_primary(200.0, (0.1 * n * pixel_mm) ** 2, with_grid=False)
    np.testing.assert_allclose(field, ratio * expected, rtol=0.006)


def test_the_coarse_grid_agrees_with_a_fine_convolution():
    """A structured picture spread at full resolution differs by less than 1 % of the field's peak."""
    rng = np.random.default_rng(3)
    n, pixel_mm = 256, 1.2
    primary = gaussian_filter(rng.random((n, n)), 6.0) ** 4
    primary /= primary.max()
    thickness = 100.0 + 150.0 * np.linspace(0.0, 1.0, n)[:, None] * np.ones(n)
    ratio = scatter_to_primary(thickness, (0.1 * n * pixel_mm) ** 2, with_grid=True)

    def spread(picture: np.ndarray) -> np.ndarray:
        return gaussian_filter(picture, 50.0 / pixel_mm, mode="constant", truncate=6.0)

    fine = spread(primary * ratio) / spread(np.ones((n, n))).max()
    coarse = scatter_field(primary, thickness, pixel_mm, with_grid=True)
    assert np.abs(coarse - fine).max() < 0.01 * fine.max()


def test_the_open_beam_scatters_nothing():
    """Air beside the patient, a hundred times brighter, adds nothing to the scatter of the patient."""
    primary = np.ones((128, 128), dtype=np.float32)
    thickness = np.full(primary.shape, 200.0)
    thickness[:, 96:] = 0.0
    bright = primary.copy()
    bright[:, 96:] = 100.0
    dim, lit = (scatter_field(p, thickness, 2.0, with_grid=True) for p in (primary, bright))
    np.testing.assert_allclose(lit, dim, rtol=1e-6)


def test_a_collimated_field_is_a_small_field():
    """Blades that cut the beam to a third give the scatter of a panel of that size."""
    whole = np.zeros((300, 300), dtype=np.float32)
    whole[100:200, 100:200] = 5.0
    inside = scatter_field(whole, 200.0, 1.0, with_grid=False)
    alone = scatter_field(whole[100:200, 100:200], 200.0, 1.0, with_grid=False)
    np.testing.assert_allclose(inside[100:200, 100:200], alone, rtol=0.03)
    assert inside.max() == pytest.approx(alone.max(), rel=0.01)


@settings(deadline=None, max_examples=30)
@given(factor=st.floats(0.1, 100.0), seed=st.integers(0, 50))
def test_scatter_is_linear_symmetric_and_pure(factor, seed):
    """Brighter primary scatters in proportion; mirrored primary mirrors; the input stays."""
    primary = np.random.default_rng(seed).random((40, 60)).astype(np.float32) + 0.1
    kept = primary.copy()
    field = scatter_field(primary, 180.0, 4.0, with_grid=True)
    np.testing.assert_allclose(
        scatter_field(np.float32(factor) * primary, 180.0, 4.0, with_grid=True), factor * field, rtol=1e-4
    )
    mirrored = scatter_field(primary[::-1, ::-1], 180.0, 4.0, with_grid=True)
    np.testing.assert_allclose(mirrored[::-1, ::-1], field, rtol=1e-4)
    np.testing.assert_array_equal(primary, kept)


def test_a_blocked_beam_scatters_nothing():
    """No primary anywhere: no scatter, and no division by zero."""
    assert not scatter_field(np.zeros((16, 16)), 200.0, 2.0, with_grid=True).any()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: scatter_to_primary(-1.0, 400.0, with_grid=True), "negative"),
        (lambda: scatter_to_primary(200.0, -4.0, with_grid=True), "-4.0"),
        (lambda: scatter_field(np.ones(4), 200.0, 1.0, with_grid=True), "picture"),
        (lambda: scatter_field(-np.ones((4, 4)), 200.0, 1.0, with_grid=True), "primary"),
        (lambda: scatter_field(np.ones((4, 4)), np.ones((3, 4)), 1.0, with_grid=True), "shape"),
        (lambda: scatter_field(np.ones((4, 4)), 200.0, 0.0, with_grid=True), "pitch"),
    ],
)
def test_mistakes_are_named(call, says):
    """Each impossible argument raises a ValueError that says which."""
    with pytest.raises(ValueError, match=says):
        call()

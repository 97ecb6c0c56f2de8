"""The scatter field: the Gaussian's closed form, what must not scatter, and how it is kept up to date."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from scipy.special import erf

from simulator.imaging.beam.scatter import scatter_field, scatter_to_primary, scatter_view


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


def _view_and_primary(seed: int = 5):
    rng = np.random.default_rng(seed)
    primary = rng.random((90, 120)).astype(np.float32) + 0.1
    thickness = 120.0 + 100.0 * rng.random((90, 120))
    open_pixels = np.ones((90, 120), dtype=bool)
    open_pixels[:10], open_pixels[:, 100:] = False, False
    primary *= open_pixels
    return scatter_view(thickness, open_pixels, 2.0, with_grid=True), primary, thickness


def test_a_kept_view_gives_the_field_of_each_picture():
    """Cells and spread of a ScatterView are scatter_field, also into an array that is handed in."""
    view, primary, thickness = _view_and_primary()
    expected = scatter_field(primary, thickness, 2.0, with_grid=True)
    np.testing.assert_allclose(view.spread(view.cells(primary)), expected, rtol=1e-6)
    out = np.full(primary.shape, np.nan, dtype=np.float32)
    assert view.spread(view.cells(primary), out) is out
    np.testing.assert_allclose(out, expected, rtol=1e-6)


@settings(deadline=None, max_examples=30)
@given(row=st.integers(0, 80), column=st.integers(0, 110), height=st.integers(1, 40), width=st.integers(1, 40))
def test_a_changed_window_is_all_that_must_be_added(row, column, height, width):
    """Cells of the new picture are those of the old one plus those of the change inside its window."""
    view, before, _ = _view_and_primary()
    window = slice(row, min(row + height, 90)), slice(column, min(column + width, 120))
    after = before.copy()
    after[window] *= 0.2
    updated = view.cells(before) + view.cells(after[window] - before[window], window)
    np.testing.assert_allclose(updated, view.cells(after), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize(
    ("shadow_mm", "length_mm", "dark", "most"), [(3.0, 300.0, 0.85, 0.021), (50, 50, 0.73, 0.11)]
)
def test_shadows_lower_the_scatter_by_no_more_than_is_said(shadow_mm, length_mm, dark, most):
    """A needle's shadow across the field takes at most 2.1 % from the scatter, a vertebral body of cement 11 %."""
    n, pixel_mm = 300, 1.0
    primary = np.ones((n, n), dtype=np.float32)
    view = scatter_view(220.0, np.ones((n, n), dtype=bool), pixel_mm, with_grid=True)
    clear = view.spread(view.cells(primary))
    wide, long = int(shadow_mm / pixel_mm), int(length_mm / pixel_mm)
    primary[(n - long) // 2 : (n + long) // 2, (n - wide) // 2 : (n + wide) // 2] = 1.0 - dark
    loss = 1.0 - view.spread(view.cells(primary)) / clear
    assert 0.5 * most < loss.max() <= most
    assert loss.min() >= 0.0


def test_a_longer_gap_and_a_harder_beam_reach_the_field():
    """Air gap and tube potential scale the field as they scale the ratio."""
    primary = np.full((64, 64), 2.0)
    near = scatter_field(primary, 200.0, 4.0, with_grid=False)
    far = scatter_field(primary, 200.0, 4.0, with_grid=False, air_gap_mm=250.0, kv=70.0)
    area = (0.1 * 4.0 * 64) ** 2
    expected = scatter_to_primary(200.0, area, with_grid=False, air_gap_mm=250.0, kv=70.0) / scatter_to_primary(
        200.0, area, with_grid=False
    )
    np.testing.assert_allclose(far, float(expected) * near, rtol=1e-5)


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
    """No primary anywhere, or all of the field closed: no scatter, and no division by zero."""
    assert not scatter_field(np.zeros((16, 16)), 200.0, 2.0, with_grid=True).any()
    closed = scatter_view(200.0, np.zeros((16, 16), dtype=bool), 2.0, with_grid=True)
    assert not closed.spread(closed.cells(np.ones((16, 16)))).any()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: scatter_field(np.ones(4), 200.0, 1.0, with_grid=True), "picture"),
        (lambda: scatter_field(-np.ones((4, 4)), 200.0, 1.0, with_grid=True), "primary"),
        (lambda: scatter_field(np.ones((4, 4)), np.ones((3, 4)), 1.0, with_grid=True), "shape"),
        (lambda: scatter_field(np.ones((4, 4)), 200.0, 0.0, with_grid=True), "pitch"),
        (lambda: scatter_view(200.0, np.ones(4, dtype=bool), 1.0, with_grid=True), "picture"),
        (lambda: scatter_view(np.ones((3, 4)), np.ones((4, 4), dtype=bool), 1.0, with_grid=True), "shape"),
    ],
)
def test_mistakes_are_named(call, says):
    """Each impossible argument raises a ValueError that says which."""
    with pytest.raises(ValueError, match=says):
        call()

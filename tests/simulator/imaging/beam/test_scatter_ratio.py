"""The scatter-to-primary ratio: how it rises, falls, begins and goes on beyond the table (rows: validation)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.imaging.beam.scatter import REAL_GRID_FACTOR, scatter_to_primary

THICKNESS_MM = st.floats(1.0, 500.0)
AREA_CM2 = st.floats(4.0, 1600.0)


def test_at_its_reference_point():
    """20 cm and 400 cm2 at 10 cm gap and 90 kV: 1.94 without a grid, 0.326 times 1.5 with one."""
    assert scatter_to_primary(200.0, 400.0, with_grid=False) == pytest.approx(1.94)
    assert scatter_to_primary(200.0, 400.0, with_grid=True) == pytest.approx(0.3257 * REAL_GRID_FACTOR)


@given(thickness=THICKNESS_MM, area=AREA_CM2, more=st.floats(1.01, 3.0), with_grid=st.booleans())
def test_more_tissue_and_larger_fields_scatter_more(thickness, area, more, with_grid):
    """The ratio rises with thickness and area from 1 mm to 50 cm, 2 to 40 cm; nothing without tissue or field."""
    here = scatter_to_primary(thickness, area, with_grid=with_grid)
    assert scatter_to_primary(thickness * more, area, with_grid=with_grid) > here
    assert scatter_to_primary(thickness, area * more, with_grid=with_grid) > here
    assert scatter_to_primary(0.0, area, with_grid=with_grid) == 0.0
    assert scatter_to_primary(thickness, 0.0, with_grid=with_grid) == 0.0


@given(thickness=THICKNESS_MM, area=AREA_CM2, gap=st.floats(50.0, 300.0), kv=st.floats(60.0, 110.0))
def test_gaps_grids_and_harder_beams_scatter_less(thickness, area, gap, kv):
    """A longer gap, more kV, and a grid each lower the ratio; a gap helps most where there is no grid."""
    bare, grid = (scatter_to_primary(thickness, area, with_grid=g, air_gap_mm=gap, kv=kv) for g in (False, True))
    bare_far, grid_far = (
        scatter_to_primary(thickness, area, with_grid=g, air_gap_mm=gap + 20.0, kv=kv) for g in (False, True)
    )
    assert bare_far / bare < grid_far / grid < 1.0
    for with_grid, here in ((False, bare), (True, grid)):
        assert scatter_to_primary(thickness, area, with_grid=with_grid, air_gap_mm=gap, kv=kv + 10.0) < here


@given(slab=st.floats(50.0, 500.0), side=st.floats(10.0, 30.0))
def test_a_grid_helps_more_than_it_leaks(slab, side):
    """Behind 5 to 50 cm and fields of 10 to 30 cm a real grid takes at least half of the ratio away."""
    bare, grid = (float(scatter_to_primary(slab, side**2, with_grid=g)) for g in (False, True))
    assert grid < 0.5 * bare


@pytest.mark.parametrize("with_grid", [False, True])
@pytest.mark.parametrize(("thickness", "area"), [(150.0, 300.0), (300.0, 300.0), (220.0, 144.0), (220.0, 900.0)])
def test_nothing_jumps_where_the_table_ends(thickness, area, with_grid):
    """At the edges of the fitted range the ratio is continuous."""
    inside, outside = (
        scatter_to_primary(thickness * (1.0 + d), area * (1.0 + d), with_grid=with_grid) for d in (-1e-7, 1e-7)
    )
    assert outside == pytest.approx(inside, rel=1e-6)


@pytest.mark.parametrize("with_grid", [False, True])
def test_single_precision_stays_and_agrees(with_grid):
    """A float32 picture gives a float32 picture within 1e-5 of double precision, zeros included; inputs stay."""
    thickness = np.linspace(0.0, 500.0, 999, dtype=np.float32)
    kept = thickness.copy()
    single = scatter_to_primary(thickness, 650.0, with_grid=with_grid)
    assert single.dtype == np.float32
    np.testing.assert_allclose(
        single, scatter_to_primary(thickness.astype(float), 650.0, with_grid=with_grid), rtol=1e-5
    )
    np.testing.assert_array_equal(thickness, kept)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: scatter_to_primary(-1.0, 400.0, with_grid=True), "negative"),
        (lambda: scatter_to_primary(200.0, -4.0, with_grid=True), "-4.0"),
        (lambda: scatter_to_primary(200.0, 400.0, with_grid=True, air_gap_mm=-5.0), "-5.0"),
        (lambda: scatter_to_primary(200.0, 400.0, with_grid=True, kv=0.0), "kv"),
    ],
)
def test_mistakes_are_named(call, says):
    """Each impossible argument raises a ValueError that says which."""
    with pytest.raises(ValueError, match=says):
        call()

"""The collimated field: its area is that of its pixels, whatever blades and iris do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.imaging.collimation import Collimation
from tests.simulator.imaging.small_views import view_at

SIDE_MM = 300.0
SIZES = st.floats(20.0, 298.0)


@given(height=SIZES, width=SIZES, iris=st.none() | st.floats(20.0, 420.0))
@settings(max_examples=60, deadline=None)
def test_the_area_is_that_of_the_open_pixels(height: float, width: float, iris: float | None) -> None:
    """Rectangle, disc, or what both have in common, in closed form and counted."""
    field = Collimation(height, width, iris)
    view = view_at(0.0, shape=(600, 600), field_mm=SIDE_MM)
    counted = float(np.count_nonzero(field.open_pixels(view))) * view.pixel_mm**2
    border_mm2 = 2.0 * (height + width) * view.pixel_mm
    assert field.area_mm2 == pytest.approx(counted, abs=border_mm2)


@pytest.mark.parametrize(
    ("field", "area_mm2"),
    [
        (Collimation(100.0, 50.0), 5000.0),
        (Collimation(100.0, 100.0, 100.0), np.pi * 2500.0),
        (Collimation(298.0, 298.0, 100.0), np.pi * 2500.0),
        (Collimation(60.0, 80.0, 100.0), 4800.0),  # the iris passes through the corners
        (Collimation(100.0, 50.0, 100.0), 4.0 * (25.0 * np.sqrt(1875.0) / 2.0 + 1250.0 * np.pi / 6.0)),
    ],
)
def test_areas_worked_out_by_hand(field: Collimation, area_mm2: float) -> None:
    """Rectangle, inscribed disc, disc alone, iris at the corners, and a disc cut on two sides."""
    assert field.area_mm2 == pytest.approx(area_mm2, rel=1e-12)


def test_a_closed_field_is_a_mistake() -> None:
    """Named with its value."""
    with pytest.raises(ValueError, match="iris_mm must be positive, got 0"):
        Collimation(100.0, 100.0, 0.0)

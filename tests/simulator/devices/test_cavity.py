"""Cavities of exact volume, and the free balloon's shape."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.devices.cavity import free_sizes_mm, reluctance, share_at_volume
from tests.simulator.devices.phantoms import LONG, block


@settings(max_examples=15, deadline=None, database=None, derandomize=True)
@given(st.floats(0.05, 4.0), st.floats(0.05, 4.0))
def test_shares_hold_the_volume_and_are_nested(one_ml: float, other_ml: float) -> None:
    """To a millionth of the volume; and a larger cavity holds every voxel of a smaller one."""
    late = reluctance(LONG.proximal_mm, LONG.distal_mm, block(), None)
    small, large = (share_at_volume(late, v, 1.0)[0] for v in sorted((one_ml, other_ml)))
    for share, volume in ((small, min(one_ml, other_ml)), (large, max(one_ml, other_ml))):
        assert float(share.sum(dtype=np.float64)) / 1000.0 == pytest.approx(volume, rel=2e-6)
        assert share.min() >= 0.0
        assert share.max() <= 1.0
    assert (small <= large + 1e-6).all()


@settings(max_examples=30, deadline=None, database=None, derandomize=True)
@given(st.floats(8.0, 25.0), st.floats(0.1, 7.0))
def test_the_free_ellipsoid_holds_its_volume(length_mm: float, volume_ml: float) -> None:
    """pi / 6 d^2 L is the volume; it is longer than the empty balloon by LENGTHENING d."""
    long_mm, across_mm = free_sizes_mm(length_mm, volume_ml)
    assert np.pi / 6.0 * across_mm**2 * long_mm / 1000.0 == pytest.approx(volume_ml, rel=1e-9)
    assert long_mm == pytest.approx(length_mm + 0.4 * across_mm)

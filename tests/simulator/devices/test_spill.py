"""Contrast of a burst balloon."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.devices.balloon import push
from simulator.devices.spill import STAYS, WASHED_OUT_S, spilled, still_there
from tests.simulator.devices.phantoms import LONG, block


def test_no_contrast_is_lost_when_it_spills() -> None:
    """Its sum stays; most of it where the balloon was, the rest in the bone around, thinner farther out."""
    bed = block(0.08)
    share = push(replace(LONG, volume_ml=2.0), bed, None).share
    contrast = spilled(share, bed)
    assert float(contrast.sum(dtype=np.float64)) == pytest.approx(float(share.sum(dtype=np.float64)), rel=1e-5)
    assert contrast[share == 1.0] == pytest.approx(STAYS)
    outside = contrast[(share == 0.0) & bed.room]
    assert (outside >= 0.0).all()
    assert outside.max() > 3.0 * np.median(outside[outside > 0.0])
    assert (contrast[~bed.room] == 0.0).all()


def test_contrast_runs_into_a_cleft() -> None:
    """A slit beside the balloon takes more than bone as far away does."""
    bed = block(0.08)
    cleft = np.zeros(bed.grid.shape, dtype=np.float32)
    cleft[:, :, 28] = 1.0
    share = push(replace(LONG, volume_ml=1.0), bed, None).share
    contrast = spilled(share, replace(bed, cleft=cleft))
    assert contrast[20, 20, 28] > 2.0 * contrast[20, 20, 11]


def test_blood_washes_it_out() -> None:
    """To 1/e in the stated time."""
    assert still_there(0.0) == 1.0
    assert still_there(WASHED_OUT_S) == pytest.approx(np.exp(-1.0))

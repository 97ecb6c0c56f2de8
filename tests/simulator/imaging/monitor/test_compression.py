"""Compression: slow differences go, fine ones stay, borders are followed."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from simulator.imaging.monitor.compression import (
    BLOCK_PX,
    COMPRESSION,
    COMPRESSION_MM,
    block_means,
    enlarged,
    slow_blocks,
    slow_part,
)

SHAPE, PIXEL_MM = (120, 136), 1.0


@pytest.mark.parametrize("shape", [(120, 136), (121, 137), (64, 66), (7, 9)])
def test_compression_takes_what_is_slow(shape):
    """Of a wide gradient the stated share goes; a flat field has nothing to take; sizes need not be round."""
    flat = slow_part(np.full(shape, 3.0, np.float32), PIXEL_MM)
    assert flat.shape == shape
    assert np.abs(flat).max() < 1e-5
    wide = np.broadcast_to(np.linspace(0.0, 2.0, 600, dtype=np.float32), (80, 600))
    slow = slow_part(wide, PIXEL_MM)
    slope = (slow[40, 400] - slow[40, 200]) / (wide[40, 400] - wide[40, 200])
    assert slope == pytest.approx(COMPRESSION, rel=0.02)


def test_compression_spares_what_is_small():
    """A stripe of 4 mm loses less than a tenth of its contrast."""
    stripe = np.zeros(SHAPE, np.float32)
    stripe[58:62] = 1.0
    slow = slow_part(stripe, PIXEL_MM)
    assert slow[60, 60] - slow[10, 60] < 0.1


def test_a_border_is_compressed_where_it_lies():
    """Of a high step most goes, and at the step: 12 mm beside it, half as much is left as a plain blur would."""
    step = np.zeros((200, 240), np.float32)
    step[:, 120:] = 2.0
    slow = slow_part(step, PIXEL_MM)[100]
    height = slow[200] - slow[40]
    assert height > 0.9 * COMPRESSION * 2.0
    blurred = ndtr(-12.0 / COMPRESSION_MM)
    assert slow[108] - slow[40] < 0.5 * blurred * height
    assert slow[200] - slow[131] < 0.5 * blurred * height


def test_what_lies_beyond_the_field_does_not_count():
    """Blocks outside may hold anything."""
    rng = np.random.default_rng(4)
    blocks = rng.random((30, 34), dtype=np.float32)
    field = np.zeros_like(blocks)
    field[5:25, 6:28] = 1.0
    disturbed = np.where(field > 0.0, blocks, np.float32(9.0))
    inside = field > 0.0
    expected = slow_blocks(blocks, field, PIXEL_MM)[inside]
    np.testing.assert_allclose(slow_blocks(disturbed, field, PIXEL_MM)[inside], expected, atol=1e-6)


@pytest.mark.parametrize("shape", [(40, 48), (41, 50), (3, 7)])
def test_blocks_and_back(shape):
    """Means of blocks keep a plane's slope; enlarged again, a plain stays a plain and nothing is overshot."""
    rows = np.broadcast_to(np.arange(shape[0], dtype=np.float32)[:, None], shape)
    blocks = block_means(rows)
    assert blocks.shape == tuple(-(-n // BLOCK_PX) for n in shape)
    back = enlarged(blocks, shape)
    assert back.shape == shape
    assert blocks.min() - 1e-4 <= back.min()
    assert back.max() <= blocks.max() + 1e-4
    if shape[0] == 40:
        np.testing.assert_allclose(back[8:-8], rows[8:-8], atol=1e-3)

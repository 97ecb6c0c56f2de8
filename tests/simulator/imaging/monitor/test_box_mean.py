"""Means over a square neighbourhood."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from simulator.imaging.monitor.box_mean import BoxMean


@pytest.mark.parametrize("shape", [(40, 57), (9, 9), (1, 30), (3, 5)])
@pytest.mark.parametrize("size", [1, 3, 5, 7, 11, 15])
def test_it_is_the_mean_over_the_square(shape, size):
    """The same as SciPy's filter, also where the square is larger than the picture, on every call."""
    mean = BoxMean(shape, size)
    for seed in range(2):
        picture = np.random.default_rng(seed).random(shape, dtype=np.float32)
        before = picture.copy()
        expected = ndimage.uniform_filter(picture.astype(float), size, mode="nearest")
        np.testing.assert_allclose(mean(picture), expected, atol=2e-6)
        np.testing.assert_array_equal(picture, before)


def test_means_of_means_may_be_taken_in_place():
    """What one call returned may be handed to the next: a third mean is that of SciPy's filter three times."""
    picture = np.random.default_rng(3).random((33, 41), dtype=np.float32)
    mean, expected = BoxMean((33, 41), 5), picture.astype(float)
    for _ in range(3):
        picture, expected = mean(picture), ndimage.uniform_filter(expected, 5, mode="nearest")
    np.testing.assert_allclose(picture, expected, atol=2e-6)


@pytest.mark.parametrize("size", [0, 4, -3])
def test_an_even_neighbourhood_has_no_middle(size):
    """It is refused in words."""
    with pytest.raises(ValueError, match="odd number"):
        BoxMean((8, 8), size)

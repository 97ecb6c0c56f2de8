"""Quanta: normal and Poisson numbers by table, and the noise they make of a picture."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulator.imaging.panel.quanta import normals, with_quantum_noise

DRAWS = 400_000


def _noisy(quanta: float, weight_kev: float = 50.0) -> np.ndarray:
    """Draws of one mean, in quanta."""
    signal = np.full((1, DRAWS), quanta * weight_kev, dtype=np.float32)
    return with_quantum_noise(signal, weight_kev, np.random.default_rng(5))[0].astype(float) / weight_kev


@pytest.mark.parametrize("quanta", [0.01, 0.2, 3.0, 9.9, 10.1, 30.0, 300.0, 1.0e5])
def test_noise_has_the_mean_variance_and_skewness_of_poisson(quanta):
    """Three moments agree within five standard errors, on both sides of the change of method."""
    drawn = _noisy(quanta)
    kurtosis = 3.0 + 1.0 / quanta
    assert drawn.mean() == pytest.approx(quanta, abs=5.0 * np.sqrt(quanta / DRAWS))
    assert drawn.var() == pytest.approx(quanta, rel=5.0 * np.sqrt((kurtosis - 1.0) / DRAWS))
    assert stats.skew(drawn) == pytest.approx(quanta**-0.5, abs=5.0 * np.sqrt(6.0 * kurtosis / DRAWS))


@pytest.mark.parametrize("quanta", [10.1, 20.0, 60.0])
def test_the_bent_normal_follows_the_poisson_distribution(quanta):
    """Above the change of method the distribution function is Poisson's within 0.5 % at every count."""
    drawn = np.sort(_noisy(quanta))
    counts = np.arange(0, int(quanta + 6.0 * np.sqrt(quanta)))
    below = np.searchsorted(drawn, counts + 0.5) / DRAWS
    assert np.abs(below - stats.poisson.cdf(counts, quanta)).max() < 0.005


@pytest.mark.parametrize("quanta", [0.05, 1.0, 4.0, 9.9])
def test_few_quanta_are_counted_whole(quanta):
    """Below the change of method the draws are whole numbers, none negative, each as frequent as Poisson says."""
    drawn = _noisy(quanta, weight_kev=64.0)
    counts = np.arange(int(quanta + 10.0 * np.sqrt(quanta)) + 2)
    assert np.all(drawn >= 0.0)
    np.testing.assert_array_equal(drawn, np.round(drawn))
    seen = np.array([(drawn == count).mean() for count in counts])
    expected = stats.poisson.pmf(counts, quanta)
    assert np.all(np.abs(seen - expected) < 5.0 * np.sqrt(expected / DRAWS) + 5.0 / DRAWS)


def test_weights_may_differ_from_pixel_to_pixel():
    """An array of weights scales the variance of each pixel."""
    weight = np.repeat([[40.0], [80.0]], 100_000, axis=1)
    drawn = with_quantum_noise(np.full(weight.shape, 8_000.0), weight, np.random.default_rng(0)).astype(float)
    np.testing.assert_allclose(drawn.var(axis=1), 8_000.0 * weight[:, 0], rtol=0.03)


def test_normal_numbers_follow_the_normal_distribution():
    """Mean, variance, fourth moment and distribution function of a million are the normal's within five errors."""
    drawn = normals((1000, 1000), np.random.default_rng(4)).astype(float).ravel()
    assert abs(drawn.mean()) < 5e-3
    assert drawn.var() == pytest.approx(1.0, abs=5.0 * np.sqrt(2e-6))
    assert (drawn**4).mean() == pytest.approx(3.0, abs=5.0 * np.sqrt(96e-6))
    assert stats.kstest(drawn, "norm").statistic < 2.0e-3


def test_neighbours_are_independent():
    """Neither along rows nor down columns do normal numbers or counts of few quanta go with their neighbours'."""
    few = with_quantum_noise(np.full((700, 700), 4.0), 1.0, np.random.default_rng(6)).astype(float) - 4.0
    for field in (normals((700, 700), np.random.default_rng(7)).astype(float), few / 2.0):
        for one, other in ((field[1:], field[:-1]), (field[:, 1:], field[:, :-1])):
            assert abs((one * other).mean()) < 5.0 / 700.0


@pytest.mark.parametrize("many", [(11.0, 200.0), (11.0, 20.0, 40.0, 60.0, 90.0, 200.0, 500.0, 900.0)])
def test_a_mixed_picture_is_drawn_pixel_by_pixel_as_each_would_be(many):
    """Few, many and no quanta side by side keep their own mean and variance, and nothing stays nothing.

    Few are counted in two ways, by their share of the picture: here 60 and 27 %.
    """
    means = np.array([0.0, 0.5, 9.0, *many])
    drawn = with_quantum_noise(np.tile(means, (200_000, 1)), 1.0, np.random.default_rng(8)).astype(float)
    np.testing.assert_array_equal(drawn[:, 0], 0.0)
    np.testing.assert_array_equal(drawn[:, :3], np.round(drawn[:, :3]))
    errors = np.sqrt(means[1:] / 200_000)
    assert np.all(np.abs(drawn[:, 1:].mean(axis=0) - means[1:]) < 5.0 * errors)
    np.testing.assert_allclose(drawn[:, 1:].var(axis=0), means[1:], rtol=0.03)


def test_brighter_is_never_fewer():
    """One seed: more expected quanta give no less in any pixel, below, across and above the change of method."""
    means = (0.5, 3.0, 8.0, 20.0, 80.0)
    pictures = [with_quantum_noise(np.full((64, 64), mean), 1.0, np.random.default_rng(2)) for mean in means]
    assert np.all(np.diff(pictures, axis=0) >= 0.0)


def test_one_seed_gives_one_picture_that_stays():
    """The same generator gives the same bits; a later draw changes neither signal nor an earlier picture."""
    signal = np.random.default_rng(0).uniform(0.0, 2000.0, (50, 60)).astype(np.float32)
    kept = signal.copy()
    first = with_quantum_noise(signal, 50.0, np.random.default_rng(1))
    copy = first.copy()
    np.testing.assert_array_equal(with_quantum_noise(signal, 50.0, np.random.default_rng(1)), copy)
    assert not np.array_equal(with_quantum_noise(2.0 * signal, 50.0, np.random.default_rng(3)), copy)
    np.testing.assert_array_equal(first, copy)
    np.testing.assert_array_equal(signal, kept)


def test_room_that_is_given_is_used_and_must_fit():
    """What is written into out is what would have been returned; out of another kind is refused."""
    signal = np.full((6, 8), 900.0, dtype=np.float32)
    room = np.empty((6, 8), dtype=np.float32)
    assert with_quantum_noise(signal, 50.0, np.random.default_rng(1), out=room) is room
    np.testing.assert_array_equal(room, with_quantum_noise(signal, 50.0, np.random.default_rng(1)))
    for wrong in (np.empty((6, 8)), np.empty((8, 6), dtype=np.float32).T, np.empty((6, 9), dtype=np.float32)):
        with pytest.raises(ValueError, match="contiguous float32"):
            with_quantum_noise(signal, 50.0, np.random.default_rng(1), out=wrong)
    assert with_quantum_noise(np.zeros((0, 3)), 50.0, np.random.default_rng(1)).shape == (0, 3)


@pytest.mark.parametrize(
    ("signal", "weight", "says"),
    [
        (np.array([-1.0]), 50.0, "signal_kev"),
        (np.array([np.nan]), 50.0, "signal_kev"),
        (np.array([np.inf]), 50.0, "signal_kev"),
        (np.ones(3), 0.0, "weight_kev"),
        (np.ones(3), np.nan, "weight_kev"),
    ],
)
def test_mistakes_are_named(signal, weight, says):
    """Each impossible argument raises a ValueError that says which."""
    with pytest.raises(ValueError, match=says):
        with_quantum_noise(signal, weight, np.random.default_rng(0))

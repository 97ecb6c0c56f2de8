"""The recursive filter: as quiet as theory says where nothing moves, and without a trail where something does."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.imaging.monitor.temporal import RecursiveFilter

SHAPE = (160, 200)
EVERYWHERE = np.ones(SHAPE, dtype=bool)
NOISE = 0.02


def noisy(picture: np.ndarray | float, seed: int, noise: float = NOISE) -> np.ndarray:
    """A picture with white noise."""
    drawn = np.random.default_rng([22, seed]).standard_normal(SHAPE, dtype=np.float32)
    return (picture + noise * drawn).astype(np.float32)


def after(frames: int, k: float, *, motion_detection: bool = True) -> np.ndarray:
    """A still scene after so many frames."""
    run = RecursiveFilter(EVERYWHERE)
    for seed in range(frames):
        filtered = run(noisy(1.0, seed), k, motion_detection=motion_detection)
    return filtered


@pytest.mark.parametrize("motion_detection", [True, False])
@pytest.mark.parametrize(("k", "ratio"), [(1.0, 1.0), (0.5, 0.577), (0.25, 0.378), (0.1, 0.229)])
def test_noise_falls_as_theory_says(k, ratio, motion_detection):
    """V22: sigma ratio sqrt(k / (2 - k)) of a still scene, 2 %, and motion detection does not disturb it."""
    assert after(60, k, motion_detection=motion_detection).std() / NOISE == pytest.approx(ratio, rel=0.02)


@pytest.mark.parametrize("frames", [1, 2, 3, 4])
def test_a_run_begins_as_an_average(frames):
    """n frames of a new run count equally: noise 1 / sqrt(n)."""
    assert after(frames, 0.1).std() / NOISE == pytest.approx(frames**-0.5, rel=0.02)


def test_the_mean_is_kept():
    """Filtering moves no grey value."""
    assert after(40, 0.1).mean() == pytest.approx(1.0, abs=2e-4)


def edge_lag_px(k: float, contrast: float, speed_px: int, *, motion_detection: bool = True) -> float:
    """How far a moving edge (rows above it changed) lies behind, from the mean over its columns."""
    run = RecursiveFilter(EVERYWHERE)
    for n in range(24):
        edge = 20 + speed_px * max(n - 10, 0)
        scene = np.zeros(SHAPE, np.float32)
        scene[:edge, 80:100] = contrast
        filtered = run(noisy(scene, n), k, motion_detection=motion_detection)
    filled = filtered[:, 82:98].mean(axis=1) / contrast
    return float(edge - filled[:170].sum())


@pytest.mark.parametrize("speed_px", [1, 2, 4])
def test_a_needle_at_three_sigmas_leaves_no_trail(speed_px):
    """An edge of three times the noise, advancing, lags by less than its way in one frame plus a pixel."""
    assert abs(edge_lag_px(0.1, 3.0 * NOISE, speed_px)) < speed_px + 1.0


def test_without_motion_detection_it_trails():
    """The plain recursion lags by speed (1 - k) / k: what the detection is good for."""
    assert edge_lag_px(0.25, 10.0 * NOISE, 4, motion_detection=False) == pytest.approx(12.0, rel=0.1)
    assert abs(edge_lag_px(0.25, 10.0 * NOISE, 4)) < 1.0


def test_what_has_gone_is_gone():
    """Where a needle was withdrawn there is nothing of it on the next frame."""
    run = RecursiveFilter(EVERYWHERE)
    needle = np.zeros(SHAPE, np.float32)
    needle[60:72] = 10.0 * NOISE
    for n in range(20):
        run(noisy(needle, n), 0.1)
    assert abs(run(noisy(0.0, 99), 0.1)[60:72].mean()) < 0.02 * 10.0 * NOISE


def test_motion_beside_a_still_part_leaves_it_quiet():
    """A moving object costs the rest of the picture nothing."""
    run = RecursiveFilter(EVERYWHERE)
    for n in range(40):
        scene = np.zeros(SHAPE, np.float32)
        scene[:, (4 * n) % 90 : (4 * n) % 90 + 10] = 1.0
        filtered = run(noisy(scene, n), 0.25)
    assert filtered[:, 120:].std() / NOISE == pytest.approx(0.378, rel=0.03)


def test_a_step_of_the_whole_picture_is_followed():
    """The noise level is remembered: when everything changes at once, that is not taken for noise."""
    run = RecursiveFilter(EVERYWHERE)
    for n in range(20):
        run(noisy(0.0, n), 0.1)
    assert run(noisy(20.0 * NOISE, 50), 0.1).mean() > 19.0 * NOISE


def test_more_noise_is_filtered_again_after_a_while():
    """Three times the noise, as after a cut in dose: within twenty frames it is smoothed as before."""
    run = RecursiveFilter(EVERYWHERE)
    for n in range(20):
        run(noisy(1.0, n), 0.25)
    for n in range(20, 45):
        filtered = run(noisy(1.0, n, 3.0 * NOISE), 0.25)
    assert filtered.std() / (3.0 * NOISE) == pytest.approx(0.378, rel=0.03)


def test_a_field_without_noise_beside_it_is_not_noise():
    """Dead pixels outside an iris do not make the noise seem less."""
    r, c = np.ogrid[: SHAPE[0], : SHAPE[1]]
    iris = (r - 80) ** 2 + (c - 100) ** 2 < 50**2
    run = RecursiveFilter(iris)
    for n in range(40):
        filtered = run(np.where(iris, noisy(1.0, n), 0.0).astype(np.float32), 0.25)
    inner = (r - 80) ** 2 + (c - 100) ** 2 < 40**2
    assert filtered[inner].std() / NOISE == pytest.approx(0.378, rel=0.03)


def test_forgetting_begins_anew():
    """After forgetting, the first picture is shown as it is."""
    run = RecursiveFilter(EVERYWHERE)
    for n in range(5):
        run(noisy(0.0, n), 0.1)
    run.forget()
    np.testing.assert_array_equal(run(noisy(1.0, 9), 0.1), noisy(1.0, 9))


def test_two_filters_share_nothing_and_repeat_bit_by_bit():
    """The same pictures give the same bits, whatever another filter does meanwhile; they are left as they were."""
    one, other, again = (RecursiveFilter(EVERYWHERE) for _ in range(3))
    pictures = [noisy(1.0, n) for n in range(6)]
    before = [p.copy() for p in pictures]
    for n, picture in enumerate(pictures):
        first = one(picture, 0.3).copy()
        other(noisy(5.0, 100 + n), 0.9)
        np.testing.assert_array_equal(first, again(picture, 0.3))
    for picture, copy in zip(pictures, before, strict=True):
        np.testing.assert_array_equal(picture, copy)

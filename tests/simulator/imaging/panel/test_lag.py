"""Lag: charge is conserved, pulses and steps answer in closed form, and nothing given is changed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.imaging.panel.lag import TRAP_SECONDS, TRAPPED_SHARES, Trap, empty_trap, lagged, scrubbed

FRAME_S = 1.0 / 15.0


def _after_one_exposure(frame_s: float, frames: int) -> list[float]:
    """Residual signal in the frames after one of signal 1, as shares of it."""
    _, trap = lagged(np.ones((1, 1)), empty_trap((1, 1)), frame_s)
    left = []
    for _ in range(frames):
        seen, trap = lagged(np.zeros((1, 1)), trap, frame_s)
        left.append(float(seen[0, 0]))
    return left


def test_first_frames_follow_siewerdsen_and_jaffray():
    """2 % (they: 2 to 10), then 0.7, 0.4 and 0.3 % in the second to fourth frame, within 0.05 points."""
    np.testing.assert_allclose(_after_one_exposure(FRAME_S, 4), [0.020, 0.007, 0.004, 0.003], atol=5e-4)


@pytest.mark.parametrize("pulses_per_s", [30.0, 15.0, 7.5])
def test_first_frame_lag_is_one_to_three_percent_at_the_usual_rates(pulses_per_s):
    """The residue of the first frame lies between 1 and 3 %, and each frame shows less than the one before."""
    left = _after_one_exposure(1.0 / pulses_per_s, 8)
    assert 0.01 < left[0] < 0.03
    assert np.all(np.diff(left) < 0.0)


def test_a_step_rises_in_closed_form():
    """After n frames of one signal: 1 - sum of share * exp(-(n - 1) dt / tau); in the end all of it is seen."""
    trap = empty_trap((1, 1))
    for n in range(1, 61):
        seen, trap = lagged(np.full((1, 1), 500.0), trap, FRAME_S)
        missing = sum(
            share * np.exp(-(n - 1) * FRAME_S / tau)
            for share, tau in zip(TRAPPED_SHARES, TRAP_SECONDS, strict=True)
        )
        assert seen[0, 0] == pytest.approx(500.0 * (1.0 - missing), rel=1e-6)
    assert seen[0, 0] == pytest.approx(500.0, rel=1e-6)


def test_time_counts_and_not_frames():
    """Two dark readings 1/30 s apart release together what one 1/15 s later does."""
    _, trap = lagged(np.ones((2, 2)), empty_trap((2, 2)), FRAME_S)
    at_once, after_one = lagged(np.zeros((2, 2)), trap, FRAME_S)
    first, between = lagged(np.zeros((2, 2)), trap, FRAME_S / 2.0)
    second, after_two = lagged(np.zeros((2, 2)), between, FRAME_S / 2.0)
    np.testing.assert_allclose(first + second, at_once, rtol=1e-5)
    np.testing.assert_allclose(after_two.charge_kev, after_one.charge_kev, rtol=1e-5)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 999), seconds=st.lists(st.floats(0.005, 2.0), min_size=1, max_size=8))
def test_charge_is_conserved(seed, seconds):
    """All signal seen plus all charge still caught is all signal that came in, pixel by pixel."""
    rng = np.random.default_rng(seed)
    trap, came, seen_sum = empty_trap((3, 4)), np.zeros((3, 4)), np.zeros((3, 4))
    for gap in seconds:
        signal = 1000.0 * rng.random((3, 4))
        seen, trap = lagged(signal, trap, gap)
        came += signal
        seen_sum += seen
    np.testing.assert_allclose(seen_sum + trap.charge_kev.sum(axis=0), came, rtol=1e-5)


def test_readings_thrown_away_take_the_ghost_with_them():
    """Scrubbed for a time, the traps hold what they would after a dark frame of that length."""
    _, trap = lagged(np.ones((3, 3)), empty_trap((3, 3)), FRAME_S)
    _, waited = lagged(np.zeros((3, 3)), trap, 0.5)
    np.testing.assert_allclose(scrubbed(trap, 0.5).charge_kev, waited.charge_kev, rtol=1e-5)
    ghost, _ = lagged(np.zeros((3, 3)), scrubbed(trap, 60.0), FRAME_S)
    assert ghost.max() < 1e-9


def test_nothing_that_is_given_is_changed():
    """3 x 3: signal, traps and earlier results stay as they were; the same call gives the same bits."""
    signal = np.arange(9.0, dtype=np.float32).reshape(3, 3)
    trap = Trap(np.full((2, 3, 3), 2.0, dtype=np.float32))
    seen, after = lagged(signal, trap, FRAME_S)
    kept = seen.copy(), after.charge_kev.copy()
    again, _ = lagged(signal, trap, FRAME_S)
    lagged(10.0 * signal, after, FRAME_S)
    np.testing.assert_array_equal(signal, np.arange(9.0).reshape(3, 3))
    np.testing.assert_array_equal(trap.charge_kev, 2.0)
    np.testing.assert_array_equal(seen, again)
    np.testing.assert_array_equal(seen, kept[0])
    np.testing.assert_array_equal(after.charge_kev, kept[1])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: lagged(np.ones((4, 4)), empty_trap((3, 3)), FRAME_S), "empty_trap"),
        (lambda: lagged(np.ones((3, 3)), empty_trap((3, 3)), 0.0), "must be positive"),
        (lambda: scrubbed(empty_trap((3, 3)), -1.0), "must be positive"),
    ],
)
def test_mistakes_are_named(call, says):
    """A picture of another size or a time that stands still raises a ValueError with the remedy."""
    with pytest.raises(ValueError, match=says):
        call()

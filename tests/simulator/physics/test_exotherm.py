"""Cement that warms itself: heat accounted for, against an integration over cure, run-away."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate

from simulator.physics.cure import Kinetics, advance_cure, cure_rate_per_s
from simulator.physics.exotherm import cured_in_place

KINETICS = Kinetics()


def test_without_heat_it_is_plain_cure() -> None:
    """A rise of nothing: the cure of an isothermal batch."""
    cure, temperature = np.array([0.01, 0.2]), np.array([37.0, 60.0])
    after, warm = cured_in_place(KINETICS, cure, temperature, np.zeros(2), 20.0)
    assert after == pytest.approx(advance_cure(KINETICS, cure, temperature, 20.0), rel=1e-4)
    assert np.array_equal(warm, temperature)


@pytest.mark.parametrize("step_s", [0.25, 1.0, 4.0])
def test_adiabatic_cement_takes_the_time_of_its_integral(step_s: float) -> None:
    """From 37 C with a rise of 60 K: time to half cured is the integral of d(alpha) / rate, however it is cut."""
    start, goal, rise = 0.01, 0.5, 60.0
    due_s, _ = integrate.quad(
        lambda a: 1.0 / float(cure_rate_per_s(KINETICS, a, 37.0 + rise * (a - start))), start, goal, epsrel=1e-9
    )
    cure, temperature, elapsed, before = np.array([start]), np.array([37.0]), 0.0, start
    while cure[0] < goal:
        before = float(cure[0])
        cure, temperature = cured_in_place(KINETICS, cure, temperature, np.array([rise]), step_s)
        elapsed += step_s
    inside = elapsed - step_s * (float(cure[0]) - goal) / (float(cure[0]) - before)
    # The last stretch is interpolated: a few percent of a step.
    assert inside == pytest.approx(due_s, abs=0.002 * due_s + 0.1 * step_s)


def test_heat_is_the_cure_times_the_rise() -> None:
    """Temperature and cure never part, and neither cools nor uncures."""
    rng = np.random.default_rng(5)
    cure, temperature = rng.uniform(0.0, 0.9, 50), rng.uniform(20.0, 90.0, 50)
    rise = rng.uniform(0.0, 80.0, 50)
    after, warm = cured_in_place(KINETICS, cure, temperature, rise, 3.0)
    assert warm - temperature == pytest.approx(rise * (after - cure), abs=1e-9)
    assert np.all(after >= cure)
    assert np.all(after <= 1.0)


def test_negative_time_is_refused() -> None:
    """With what was asked."""
    with pytest.raises(ValueError, match="duration_s"):
        cured_in_place(KINETICS, np.zeros(1), np.zeros(1), np.zeros(1), -1.0)

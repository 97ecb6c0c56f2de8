"""Thermal dose: the definition of CEM43, the published damage rate, both over a history."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.physics.thermal_dose import CEILING_DAMAGE, CEILING_MIN, cem43_rate, damage_rate_per_s, later


@pytest.mark.parametrize(("celsius", "rate"), [(38.9, 0.0), (39.0, 4.0**-4), (43.0, 1.0), (47.0, 16.0)])
def test_minutes_by_definition(celsius: float, rate: float) -> None:
    """Double for each degree above 43, a quarter for each below, nothing below 39."""
    assert float(cem43_rate(celsius)) == pytest.approx(rate)


@pytest.mark.parametrize("celsius", [44.0, 50.0, 57.0])
def test_damage_is_the_published_law(celsius: float) -> None:
    """1e98 exp(-75000 K / T)."""
    expected = math.exp(98.0 * math.log(10.0) - 75_000.0 / (celsius + 273.15))
    assert float(damage_rate_per_s(celsius)) == pytest.approx(expected, rel=1e-9)


def test_ten_minutes_at_44_are_twenty_at_43() -> None:
    """And damage adds up at its rate; cold tissue gets nothing."""
    level = np.array([44.0, 37.0])
    minutes, damage = np.zeros(2), np.zeros(2)
    for _ in range(600):
        minutes, damage = later(minutes, damage, level, level, 1.0)
    assert minutes == pytest.approx([20.0, 0.0])
    assert damage[0] == pytest.approx(600.0 * float(damage_rate_per_s(44.0)))


def test_values_end_where_they_mean_nothing_more() -> None:
    """Cement at 110 C does not overflow a file."""
    hot = np.array([110.0])
    minutes, damage = later(np.zeros(1), np.zeros(1), hot, hot, 60.0)
    assert (minutes[0], damage[0]) == (CEILING_MIN, CEILING_DAMAGE)

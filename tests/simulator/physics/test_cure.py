"""Cure and viscosity of cement: integrated kinetics, order of the time stepping, the table of viscosities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.physics.cure import (
    HIGH_VISCOSITY,
    LOW_VISCOSITY,
    MEDIUM_VISCOSITY,
    REFERENCE_RATE_PER_S,
    SET_SHARE,
    SET_VISCOSITY_PA_S,
    START_OF_CURE,
    Cement,
    Kinetics,
    _runge_kutta_step,
    _speed_per_s,
    advance_cure,
    advance_one_cure,
    cure_rate_per_s,
    power_law,
    reachable_cure,
    time_to_cure_s,
    viscosity_pa_s,
)

CEMENTS = [LOW_VISCOSITY, MEDIUM_VISCOSITY, HIGH_VISCOSITY]

# physics A2: (minutes from, to), then (least, most) Pa.s at 22 C for low, medium and high viscosity
TABLE = [
    ((2.5, 3.5), (10, 50), (80, 150), (300, 600)),
    ((5.0, 5.0), (30, 80), (150, 250), (600, 900)),
    ((6.5, 7.0), (80, 150), (200, 350), (900, 1500)),
    ((9.5, 10.0), (300, 600), (350, 600), (1500, 3000)),
    ((12.0, 13.0), (2000, np.inf), (800, 1500), (3000, np.inf)),
]
SET_MIN = [(12, 15), (20, 25), (13, 18)]


def cure_after(cement: Cement, minutes: float, temperature_c: float = 22.0) -> float:
    """Degree of cure some minutes after mixing."""
    return float(advance_cure(cement.kinetics, START_OF_CURE, temperature_c, 60.0 * minutes))


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("row", TABLE, ids=[f"{row[0][0]} min" for row in TABLE])
def test_every_cell_of_the_viscosity_table(which: int, row: tuple) -> None:
    """At 22 C and the middle of 1 to 10 1/s, viscosity is in the cell's range from first to last minute."""
    (first, last), (least, most) = row[0], row[1 + which]
    for minutes in np.linspace(first, last, 5):
        viscosity = viscosity_pa_s(CEMENTS[which], cure_after(CEMENTS[which], minutes), REFERENCE_RATE_PER_S)
        assert least <= viscosity <= most


@pytest.mark.parametrize("which", [0, 1, 2])
def test_setting_times_of_the_table(which: int) -> None:
    """At 22 C each cement sets within the table's minutes, and is then as viscous as it gets."""
    cement = CEMENTS[which]
    set_min = time_to_cure_s(cement.kinetics, 22.0) / 60.0
    assert SET_MIN[which][0] <= set_min <= SET_MIN[which][1]
    assert viscosity_pa_s(cement, cure_after(cement, set_min), REFERENCE_RATE_PER_S) == pytest.approx(
        SET_VISCOSITY_PA_S, rel=1e-3
    )


def test_stepping_agrees_with_the_integrated_rate_law() -> None:
    """After the time found by quadrature the stepped cure is where it should be, at four temperatures."""
    for temperature_c in (18.0, 22.0, 37.0, 60.0):
        for share in (0.2, 0.5, 0.9):
            seconds = time_to_cure_s(Kinetics(), temperature_c, share)
            stepped = advance_cure(Kinetics(), START_OF_CURE, temperature_c, seconds)
            assert stepped == pytest.approx(share * reachable_cure(temperature_c), rel=1e-5)


def test_stepping_is_of_fourth_order() -> None:
    """Halving the step divides the error by about sixteen."""
    seconds = time_to_cure_s(Kinetics(), 37.0, 0.5)
    speed, end = _speed_per_s(Kinetics(), 37.0), reachable_cure(37.0)
    errors = []
    for steps in (40, 80, 160):
        alpha = np.asarray(START_OF_CURE)
        for _ in range(steps):
            alpha = _runge_kutta_step(Kinetics(), alpha, speed, end, seconds / steps)
        errors.append(abs(float(alpha) - 0.5 * float(reachable_cure(37.0))))
    orders = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
    assert np.all(orders > 3.7)


def test_one_place_is_as_many_to_the_bit() -> None:
    """The short way for a bowl of cement gives the very bits of the array's: old recordings depend on it."""
    rng = np.random.default_rng(7)
    for kinetics in (LOW_VISCOSITY.kinetics, HIGH_VISCOSITY.kinetics):
        for _ in range(200):
            alpha, temperature_c = float(rng.random() ** 3), float(rng.uniform(15.0, 110.0))
            duration_s = float(rng.choice([0.0, 0.1, 1.0, 30.0]))
            many = advance_cure(kinetics, np.asarray(alpha), temperature_c, duration_s)
            assert advance_one_cure(kinetics, alpha, temperature_c, duration_s) == float(many)
    for cure in (-1e-9, 1.0 + 1e-9):
        with pytest.raises(ValueError, match="between 0 and 1"):
            advance_one_cure(Kinetics(), cure, 22.0, 1.0)


def test_ticks_do_not_matter() -> None:
    """Ten minutes in ticks of 0.1 s or at once give the same degree of cure."""
    ticked = np.asarray(START_OF_CURE)
    for _ in range(6000):
        ticked = advance_cure(Kinetics(), ticked, 22.0, 0.1)
    assert ticked == pytest.approx(float(advance_cure(Kinetics(), START_OF_CURE, 22.0, 600.0)), rel=1e-5)


@settings(deadline=None)
@given(
    cure=st.floats(0.0, 1.0),
    temperature_c=st.floats(0.0, 110.0),
    seconds=st.floats(0.0, 300.0),
    n=st.sampled_from([1.14, 0.3]),
)
def test_cure_only_rises_and_stops_at_what_is_reachable(
    cure: float, temperature_c: float, seconds: float, n: float
) -> None:
    """Cement never uncures and never passes the degree at which it vitrifies, also after cooling."""
    later = float(advance_cure(Kinetics(n=n), cure, temperature_c, seconds))
    assert cure <= later <= max(cure, float(reachable_cure(temperature_c))) + 1e-12


def test_arrays_cure_voxel_by_voxel() -> None:
    """Many voxels at many temperatures give what each alone gives, and are not changed."""
    cure, temperature_c = np.full((2, 3), START_OF_CURE), np.linspace(20.0, 60.0, 6).reshape(2, 3)
    together = advance_cure(Kinetics(), cure, temperature_c, 200.0)
    alone = [float(advance_cure(Kinetics(), START_OF_CURE, t, 200.0)) for t in temperature_c.ravel()]
    np.testing.assert_allclose(together.ravel(), alone, rtol=1e-5)
    assert np.all(cure == START_OF_CURE)


def test_the_rate_has_the_published_speed_at_22_c() -> None:
    """K0 exp(-E / R T) is 0.0158 1/s at 22 C (physics A2), and doubles from 25 to 37 C."""
    speeds = []
    for temperature_c in (22.0, 25.0, 37.0):
        left = float(reachable_cure(temperature_c)) - 0.2
        speeds.append(float(cure_rate_per_s(Kinetics(), 0.2, temperature_c)) / (0.2**0.98 * left**1.14))
    assert speeds[0] == pytest.approx(0.0158, rel=0.01)
    assert speeds[2] / speeds[1] == pytest.approx(1.99, abs=0.01)


@pytest.mark.parametrize("cement", CEMENTS, ids=lambda cement: cement.name)
def test_viscosity_rises_with_cure_and_falls_with_shear(cement: Cement) -> None:
    """Cement thickens as it cures, thins as it is sheared, and at rest is as thick as it gets."""
    cure = np.linspace(START_OF_CURE, float(reachable_cure(22.0)) * SET_SHARE, 200)
    viscosity = viscosity_pa_s(cement, cure, REFERENCE_RATE_PER_S)
    assert np.all(np.diff(viscosity) > 0.0)
    assert np.all(viscosity_pa_s(cement, cure[:100], 30.0) < viscosity_pa_s(cement, cure[:100], 3.0))
    assert viscosity_pa_s(cement, cure[0], 0.0) == SET_VISCOSITY_PA_S
    consistency, exponent = power_law(cement, cure[50])
    assert viscosity_pa_s(cement, cure[50], 20.0) == pytest.approx(consistency * 20.0 ** (exponent - 1.0))
    assert 0.4 <= exponent <= 0.6


def test_mistakes_are_named() -> None:
    """Negative times, impossible degrees of cure and knots that do not ascend are refused."""
    with pytest.raises(ValueError, match="duration_s"):
        advance_cure(Kinetics(), START_OF_CURE, 22.0, -1.0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        advance_cure(Kinetics(), 1.5, 22.0, 1.0)
    with pytest.raises(ValueError, match="share"):
        time_to_cure_s(Kinetics(), 22.0, 1.0)
    with pytest.raises(ValueError, match="knots must ascend"):
        Cement("late", Kinetics(), ((0.0, 10.0, 0.6), (60.0, 20.0, 0.6)))

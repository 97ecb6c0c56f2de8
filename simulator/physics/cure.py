"""Bone cement as it cures: degree of cure over time and temperature, and viscosity over cure and shear rate.

Kinetics of A. Borzacchiello et al., J Mater Sci Mater Med 1998 (parameters as in physics A2), autocatalytic::

    d(alpha)/dt = K0 exp(-E / R T) alpha^m (alpha_max - alpha)^n,    alpha_max = T / T_g

with E raised to 44 kJ/mol, and K0 to keep the rate at 22 C, so that cement sets twice as fast at 37 C as at 25 C
(Nicholas et al., J Mater Sci Mater Med 2007). Viscosity is a power law, eta = K(alpha) rate^(n(alpha) - 1), that
ends at the plateau all cements share (75 kPa.s, Nicholas 2007).

The clock of a cement starts with mixing. The three presets at the end are **unconfirmed**: plausible curves
from memory (physics A2), not measurements of a product. To hit their setting times, medium and high viscosity
cure at 0.6 and 0.9 times the speed above.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import integrate

GAS_CONSTANT_J_MOL_K = 8.314462618
ZERO_CELSIUS_K = 273.15
GLASS_TEMPERATURE_K = 378.0
START_OF_CURE = 1e-4
"""Degree of cure when mixed: an autocatalytic reaction needs a seed (physics A2)."""

HEAT_OF_CURE_J_KG = 100e3
"""Heat per kg of cement from degree of cure 0 to 1 (Borzacchiello 1998, set 1; physics A2)."""

SET_SHARE = 0.8
"""Share of the reachable degree of cure at which cement counts as set and its viscosity ends (unconfirmed)."""

SET_VISCOSITY_PA_S = 7.5e4
"""Viscosity at the end of cure, the same for three cements (Nicholas et al. 2007)."""

REFERENCE_RATE_PER_S = math.sqrt(10.0)
"""Shear rate that the presets' viscosities hold for: the middle of 1 to 10 1/s on a logarithmic scale."""

REFERENCE_TEMPERATURE_C = 22.0

_LONGEST_STEP = 0.1  # in units of the reaction's own time, 1 / (K0 exp(-E / R T)): 6 s at 22 C


@dataclass(frozen=True)
class Kinetics:
    """Constants of the rate law: K0 in 1/s, E in J/mol, exponents m and n."""

    rate_per_s: float = 9.7e5
    activation_j_mol: float = 44e3
    m: float = 0.98
    n: float = 1.14


@dataclass(frozen=True)
class Cement:
    """A cement: its kinetics and its viscosity at 22 C.

    knots   (minutes since mixing at 22 C, Pa.s at REFERENCE_RATE_PER_S, exponent n) in ascending time from 0;
            set cement (SET_VISCOSITY_PA_S) follows by itself at the set time
    """

    name: str
    kinetics: Kinetics
    knots: tuple[tuple[float, float, float], ...]

    def __post_init__(self) -> None:
        minutes = [knot[0] for knot in self.knots]
        set_min = time_to_cure_s(self.kinetics, REFERENCE_TEMPERATURE_C) / 60.0
        if not minutes or minutes[0] != 0.0 or sorted(set(minutes)) != minutes or minutes[-1] >= set_min:
            raise ValueError(
                f"{self.name}: knots must ascend from minute 0 and end before it sets at {set_min:.1f} min, "
                f"got {minutes}"
            )


def reachable_cure(temperature_c: ArrayLike) -> NDArray[np.float64]:
    """Degree of cure (...) at which the reaction stops at a temperature (...): below T_g cement vitrifies."""
    return np.clip((np.asarray(temperature_c, dtype=float) + ZERO_CELSIUS_K) / GLASS_TEMPERATURE_K, 0.0, 1.0)


def cure_rate_per_s(kinetics: Kinetics, cure: ArrayLike, temperature_c: ArrayLike) -> NDArray[np.float64]:
    """d(alpha)/dt in 1/s for a degree of cure (...) and a temperature (...)."""
    speed, end = _speed_per_s(kinetics, temperature_c), reachable_cure(temperature_c)
    return _rate(kinetics, speed, end, np.asarray(cure, dtype=float))


def _speed_per_s(kinetics: Kinetics, temperature_c: ArrayLike) -> NDArray[np.float64]:
    """Arrhenius' K0 exp(-E / R T), 1/s."""
    temperature_k = np.asarray(temperature_c, dtype=float) + ZERO_CELSIUS_K
    return kinetics.rate_per_s * np.exp(-kinetics.activation_j_mol / (GAS_CONSTANT_J_MOL_K * temperature_k))


def advance_cure(
    kinetics: Kinetics, cure: ArrayLike, temperature_c: ArrayLike, duration_s: float
) -> NDArray[np.float64]:
    """Degree of cure (...) duration_s later at a constant temperature (...), by Runge-Kutta of order 4.

    Steps are as short as the warmest place needs (error of the cure below 1e-5 of it). Start with
    START_OF_CURE. Raises ValueError for a negative duration or a degree of cure outside 0 to 1.
    """
    alpha = np.asarray(cure, dtype=float)
    if not (math.isfinite(duration_s) and duration_s >= 0.0):
        raise ValueError(f"duration_s must not be negative, got {duration_s}")
    if not (alpha.min(initial=1.0) >= 0.0 and alpha.max(initial=0.0) <= 1.0):
        raise ValueError("degree of cure must lie between 0 and 1")
    speed, end = _speed_per_s(kinetics, temperature_c), reachable_cure(temperature_c)
    steps = _steps(duration_s, float(speed.max(initial=0.0)))
    limit = np.maximum(alpha, end)
    for _ in range(steps):
        alpha = np.minimum(_runge_kutta_step(kinetics, alpha, speed, end, duration_s / steps), limit)
    return alpha


def advance_one_cure(kinetics: Kinetics, cure: float, temperature_c: float, duration_s: float) -> float:
    """``advance_cure`` of one place, to the bit, in plain numbers: a bowl of cement ages ten times a second."""
    if not (math.isfinite(duration_s) and duration_s >= 0.0):
        raise ValueError(f"duration_s must not be negative, got {duration_s}")
    if not 0.0 <= cure <= 1.0:
        raise ValueError("degree of cure must lie between 0 and 1")
    speed, end = _speed_and_end(kinetics, temperature_c)
    steps = _steps(duration_s, speed)
    limit, step_s, m, n = max(cure, end), duration_s / steps, kinetics.m, kinetics.n

    def rate(alpha: float) -> float:
        return float(speed * max(alpha, 0.0) ** m * max(end - alpha, 0.0) ** n)

    for _ in range(steps):
        a = rate(cure)
        b = rate(cure + 0.5 * step_s * a)
        c = rate(cure + 0.5 * step_s * b)
        d = rate(cure + step_s * c)
        cure = min(cure + step_s / 6.0 * (a + 2.0 * b + 2.0 * c + d), limit)
    return cure


def _steps(duration_s: float, fastest_per_s: float) -> int:
    return max(1, math.ceil(duration_s * fastest_per_s / _LONGEST_STEP))


@lru_cache(maxsize=16)
def _speed_and_end(kinetics: Kinetics, temperature_c: float) -> tuple[float, float]:
    return float(_speed_per_s(kinetics, temperature_c)), float(reachable_cure(temperature_c))


def _runge_kutta_step(
    kinetics: Kinetics, alpha: NDArray, speed: NDArray, end: NDArray, step_s: float
) -> NDArray[np.float64]:
    a = _rate(kinetics, speed, end, alpha)
    b = _rate(kinetics, speed, end, alpha + 0.5 * step_s * a)
    c = _rate(kinetics, speed, end, alpha + 0.5 * step_s * b)
    d = _rate(kinetics, speed, end, alpha + step_s * c)
    return alpha + step_s / 6.0 * (a + 2.0 * b + 2.0 * c + d)


def _rate(kinetics: Kinetics, speed_per_s: NDArray, end: NDArray, alpha: NDArray) -> NDArray[np.float64]:
    return speed_per_s * np.maximum(alpha, 0.0) ** kinetics.m * np.maximum(end - alpha, 0.0) ** kinetics.n


def time_to_cure_s(kinetics: Kinetics, temperature_c: float, share: float = SET_SHARE) -> float:
    """Seconds from mixing until a share (0 to below 1) of the reachable cure, at one temperature.

    The rate law integrated over ln(alpha): independent of the time stepping.
    """
    if not 0.0 < share < 1.0:
        raise ValueError(f"share must lie between 0 and 1, got {share}; cure is never complete")
    goal = share * float(reachable_cure(temperature_c))

    def seconds(log_alpha: float) -> float:
        alpha = math.exp(log_alpha)
        return alpha / float(cure_rate_per_s(kinetics, alpha, temperature_c))

    return float(integrate.quad(seconds, math.log(START_OF_CURE), math.log(goal), epsrel=1e-10, limit=200)[0])


def power_law(cement: Cement, cure: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Consistency K (Pa.s^n) and exponent n of cement at a degree of cure (...).

    The knots are times at 22 C; whatever the history, cement of the same degree of cure is equally viscous
    (the direct effect of temperature is left out).
    """
    reached_s, reached = _cure_at_22_c(cement.kinetics)
    minutes, log_viscosities, exponents = _curve(cement)
    age_min = np.interp(np.asarray(cure, dtype=float), reached, reached_s) / 60.0
    viscosity = np.exp(np.interp(age_min, minutes, log_viscosities))
    exponent = np.interp(age_min, minutes[:-1], exponents)
    return viscosity * REFERENCE_RATE_PER_S ** (1.0 - exponent), exponent


@lru_cache(maxsize=16)
def _curve(cement: Cement) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(minutes, log viscosities) of the knots and of set cement, and the knots' exponents."""
    minutes, viscosities, exponents = np.array(cement.knots).T
    set_min = _cure_at_22_c(cement.kinetics)[0][-1] / 60.0
    return np.append(minutes, set_min), np.log(np.append(viscosities, SET_VISCOSITY_PA_S)), exponents


def viscosity_pa_s(cement: Cement, cure: ArrayLike, shear_rate_per_s: ArrayLike) -> NDArray[np.float64]:
    """Apparent viscosity (...) at a degree of cure and a shear rate, at most SET_VISCOSITY_PA_S (as at rest)."""
    consistency, exponent = power_law(cement, cure)
    rate = np.maximum(np.asarray(shear_rate_per_s, dtype=float), 1e-12)
    return np.minimum(consistency * rate ** (exponent - 1.0), SET_VISCOSITY_PA_S)


@lru_cache(maxsize=16)
def _cure_at_22_c(kinetics: Kinetics) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Seconds since mixing and degree of cure at 22 C, from mixing until set."""
    end_s = time_to_cure_s(kinetics, REFERENCE_TEMPERATURE_C)
    times_s = np.linspace(0.0, end_s, 2 + int(end_s))
    alpha = [np.asarray(START_OF_CURE)]
    speed = _speed_per_s(kinetics, REFERENCE_TEMPERATURE_C)
    end = reachable_cure(REFERENCE_TEMPERATURE_C)
    for _ in times_s[1:]:
        alpha.append(_runge_kutta_step(kinetics, alpha[-1], speed, end, float(times_s[1])))
    return times_s, np.array(alpha)


LOW_VISCOSITY = Cement(
    "low viscosity",
    Kinetics(),
    (
        (0.0, 10.0, 0.6),
        (3.0, 22.0, 0.6),
        (5.0, 50.0, 0.5),
        (6.75, 105.0, 0.45),
        (9.75, 420.0, 0.4),
        (12.0, 2300.0, 0.4),
    ),
)
"""Of the kind of Vertebroplastic or Osteopal V, used 4 to 9 min after mixing. Unconfirmed."""

MEDIUM_VISCOSITY = Cement(
    "medium viscosity",
    Kinetics(rate_per_s=0.6 * 9.7e5),
    (
        (0.0, 60.0, 0.6),
        (3.0, 110.0, 0.6),
        (5.0, 195.0, 0.55),
        (6.75, 270.0, 0.5),
        (9.75, 460.0, 0.45),
        (12.5, 1050.0, 0.4),
        (18.0, 4000.0, 0.4),
    ),
)
"""Of the kind of Vertecem, used 2 to 18 min after mixing; cures slower, to set after 20 to 25 min. Unconfirmed."""

HIGH_VISCOSITY = Cement(
    "high viscosity",
    Kinetics(rate_per_s=0.9 * 9.7e5),
    (
        (0.0, 250.0, 0.6),
        (3.0, 430.0, 0.6),
        (5.0, 730.0, 0.5),
        (6.75, 1150.0, 0.45),
        (9.75, 2200.0, 0.4),
        (12.0, 5000.0, 0.4),
    ),
)
"""Of the kind of Confidence or late Kyphon HV-R, used 1 to 9 min after mixing. Unconfirmed."""

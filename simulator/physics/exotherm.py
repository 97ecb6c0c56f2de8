"""Cement that warms itself: the cure of a place at the temperature that its own heat gives it.

Within a short while heat stays where it is set free, so temperature follows from cure alone::

    T = T0 + rise (alpha - alpha0),    rise = density x HEAT_OF_CURE / heat capacity per volume

and one equation is left, d(alpha)/dt = f(alpha, T(alpha)), which Runge-Kutta's method of order 4 follows.
Spreading of the heat is the business of ``diffusion``; the two take turns by halves (G. Strang, SIAM J Numer Anal
1968;5:506), which keeps second order in time.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simulator.physics.cure import Kinetics, cure_rate_per_s

Array = NDArray[np.floating]

_LONGEST_STEP = 0.25
"""In units of the reaction's own time at the hottest place, so that a step follows the run-away."""


def cured_in_place(
    kinetics: Kinetics, cure: Array, temperature_c: Array, rise_k: Array, duration_s: float
) -> tuple[Array, Array]:
    """(degree of cure, temperature), both (...), duration_s later; rise_k (...) is the rise from cure 0 to 1.

    Raises ValueError for a negative duration.
    """
    if not (math.isfinite(duration_s) and duration_s >= 0.0):
        raise ValueError(f"duration_s must not be negative, got {duration_s}")
    if cure.size == 0 or duration_s == 0.0:
        return cure, temperature_c
    start, alpha = temperature_c - rise_k * cure, cure
    steps = max(1, math.ceil(duration_s * _fastest_per_s(kinetics, temperature_c) / _LONGEST_STEP))
    step_s = duration_s / steps
    for _ in range(steps):
        a = cure_rate_per_s(kinetics, alpha, start + rise_k * alpha)
        b = _at(kinetics, alpha + 0.5 * step_s * a, start, rise_k)
        c = _at(kinetics, alpha + 0.5 * step_s * b, start, rise_k)
        d = _at(kinetics, alpha + step_s * c, start, rise_k)
        alpha = np.minimum(alpha + step_s / 6.0 * (a + 2.0 * b + 2.0 * c + d), 1.0)
    return alpha, start + rise_k * alpha


def _at(kinetics: Kinetics, alpha: Array, start: Array, rise_k: Array) -> Array:
    return cure_rate_per_s(kinetics, alpha, start + rise_k * alpha)


def _fastest_per_s(kinetics: Kinetics, temperature_c: Array) -> float:
    """Arrhenius' speed at the hottest place, 1/s: the rate law with both powers at 1."""
    hottest = float(temperature_c.max())
    plain = Kinetics(kinetics.rate_per_s, kinetics.activation_j_mol, 0.0, 0.0)
    return float(cure_rate_per_s(plain, 0.0, hottest))

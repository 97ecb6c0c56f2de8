"""What heat does to tissue: equivalent minutes at 43 C, and Arrhenius' damage integral.

CEM43 (S. A. Sapareto, W. C. Dewey, Int J Radiat Oncol Biol Phys 1984;10:787): minutes at 43 C that do what a
history does, each degree above 43 C counting double and each below a quarter, nothing below 39 C. Damage is the
rate law of thermal necrosis that goes with the cement model of physics A2, d(Omega)/dt = 1e98 exp(-75 000 K / T);
tissue with Omega 1 has lost 63 % of what lived. Values of CEM43 that count as harmful to spinal cord and nerves
differ by author; none is built in here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

REFERENCE_C, COLDEST_C = 43.0, 39.0
RATE_PER_S, ACTIVATION_K = 1e98, 75_000.0
CEILING_MIN = 1e4
"""Beyond this (a week) minutes mean nothing more and only fill files."""
CEILING_DAMAGE = 100.0


def cem43_rate(temperature_c: ArrayLike) -> NDArray[np.float64]:
    """Equivalent minutes at 43 C a minute (...) at a temperature (...).

    >>> cem43_rate([37.0, 42.0, 43.0, 45.0]).tolist()
    [0.0, 0.25, 1.0, 4.0]
    """
    over = np.asarray(temperature_c, dtype=float) - REFERENCE_C
    base = np.where(over >= 0.0, 2.0, 4.0)
    return np.where(over >= COLDEST_C - REFERENCE_C, base ** np.clip(over, -4.0, 60.0), 0.0)


def damage_rate_per_s(temperature_c: ArrayLike) -> NDArray[np.float64]:
    """d(Omega)/dt (...), 1/s, at a temperature (...)."""
    kelvin = np.asarray(temperature_c, dtype=float) + 273.15
    return np.exp(np.minimum(np.log(RATE_PER_S) - ACTIVATION_K / kelvin, 20.0))


def later(
    cem43_min: NDArray, damage: NDArray, before_c: NDArray, after_c: NDArray, duration_s: float
) -> tuple[NDArray, NDArray]:
    """(CEM43, damage) (n,) after duration_s from one temperature to another (n,), by the mean of both rates."""
    minutes = 0.5 * (cem43_rate(before_c) + cem43_rate(after_c)) * duration_s / 60.0
    harm = 0.5 * (damage_rate_per_s(before_c) + damage_rate_per_s(after_c)) * duration_s
    return np.minimum(cem43_min + minutes, CEILING_MIN), np.minimum(damage + harm, CEILING_DAMAGE)

"""Where a drug is: depots, blood, two tissues and the place where it acts.

A mammillary model of three compartments with an effect site and first-order absorption from two depots, solved
exactly from second to second by the exponential of its matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.linalg import expm

Amounts = tuple[float, float, float, float, float, float]
"""mg in the fast depot, the slow depot, blood, the near and the far tissue, and (as blood's equivalent) at the
effect site."""
NOTHING: Amounts = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
FAST, SLOW, BLOOD, EFFECT = 0, 1, 2, 5


@dataclass(frozen=True)
class Kinetics:
    """Volume of blood's compartment per kg of body and rates per minute, as usually published.

    fast_share of what is injected into tissue is absorbed at fast_per_min, the rest at slow_per_min.
    """

    central_l_per_kg: float
    k10: float
    k12: float = 0.0
    k21: float = 0.0
    k13: float = 0.0
    k31: float = 0.0
    ke0: float = 1.0
    fast_share: float = 0.0
    fast_per_min: float = 0.0
    slow_per_min: float = 0.0

    def injected(self, dose_mg: float, into_blood: bool) -> Amounts:
        """Amounts right after a dose."""
        if into_blood:
            return (0.0, 0.0, dose_mg, 0.0, 0.0, 0.0)
        return (self.fast_share * dose_mg, (1.0 - self.fast_share) * dose_mg, 0.0, 0.0, 0.0, 0.0)


@lru_cache(maxsize=64)
def _a_second(kinetics: Kinetics, clearance_share: float) -> tuple[tuple[float, ...], ...]:
    """Amounts a second later as a matrix times the amounts now, (6, 6)."""
    k, m = kinetics, np.zeros((6, 6))
    m[0, 0], m[1, 1] = -k.fast_per_min, -k.slow_per_min
    m[2, 0], m[2, 1] = k.fast_per_min, k.slow_per_min
    m[2, 2] = -(k.k10 * clearance_share + k.k12 + k.k13)
    m[3, 2], m[2, 3], m[3, 3] = k.k12, k.k21, -k.k21
    m[4, 2], m[2, 4], m[4, 4] = k.k13, k.k31, -k.k31
    m[5, 2], m[5, 5] = k.ke0, -k.ke0
    return tuple(tuple(float(x) for x in row) for row in expm(m / 60.0))


def a_second_later(kinetics: Kinetics, amounts: Amounts, clearance_share: float = 1.0) -> Amounts:
    """Amounts after one second; clearance_share: of the usual elimination that this body has."""
    a, b, c, d, e, f = amounts
    found = [
        row[0] * a + row[1] * b + row[2] * c + row[3] * d + row[4] * e + row[5] * f
        for row in _a_second(kinetics, clearance_share)
    ]
    return (found[0], found[1], found[2], found[3], found[4], found[5])


def added(one: Amounts, other: Amounts) -> Amounts:
    """Both together."""
    a, b, c, d, e, f = (x + y for x, y in zip(one, other, strict=True))
    return (a, b, c, d, e, f)


def in_blood_mg_l(kinetics: Kinetics, amounts: Amounts, weight_kg: float) -> float:
    """Concentration in blood, mg/l."""
    return amounts[BLOOD] / (kinetics.central_l_per_kg * weight_kg)


def at_effect_mg_l(kinetics: Kinetics, amounts: Amounts, weight_kg: float) -> float:
    """Concentration where the drug acts, mg/l."""
    return amounts[EFFECT] / (kinetics.central_l_per_kg * weight_kg)

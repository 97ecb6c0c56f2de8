"""Intervals of rates (E. B. Wilson, J Am Stat Assoc 1927;22:209) and of ratios of rates, by their logarithm
(D. Katz et al., Biometrics 1978;34:469)."""

from __future__ import annotations

import math

Z95 = 1.959964


def wilson(k: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's interval of k of n, as shares; (0, 1) of nothing.

    >>> [round(x, 3) for x in wilson(8, 10)]
    [0.49, 0.943]
    """
    if n == 0:
        return 0.0, 1.0
    p = k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (0.0 if k == 0 else middle - half), (1.0 if k == n else middle + half)


def risk_ratio(a: int, n: int, b: int, m: int) -> tuple[float, float, float]:
    """(ratio, low, high) of a of n over b of m; not a number where either rate is 0."""
    if 0 in (a, n, b, m):
        return math.nan, math.nan, math.nan
    ratio = (a / n) / (b / m)
    spread = Z95 * math.sqrt(1 / a - 1 / n + 1 / b - 1 / m)
    return ratio, ratio * math.exp(-spread), ratio * math.exp(spread)

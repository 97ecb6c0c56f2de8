"""Random pictures compiled with numba: the same draws as ``quanta`` from the same bits, bit for bit.

Importing this raises ImportError where numba is not installed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from anatomy.as_compiled import compiled

CHUNK = 512
"""Pixels worked on together: what is held of them stays in the first-level cache."""


@compiled
def draw(
    signal: Any,
    weight: Any,
    cells: Any,
    between: Any,
    normal_values: Any,
    thresholds: Any,
    first_counts: Any,
    count_below: Any,
    levels_per_root: Any,
    drawn: Any,
) -> bool:
    """Writes signal (n,) with quantum noise into drawn (n,); False where a signal is negative or not finite.

    cells and between are 16 and 8 random bits a pixel, the tables those of ``quanta``.
    """
    sixth, eighteenth, nothing = np.float32(1.0 / 6.0), np.float32(1.0 / 18.0), np.float32(0.0)
    quanta, z, few = np.empty(CHUNK, np.float32), np.empty(CHUNK, np.float32), np.empty(CHUNK + 1, np.int64)
    for start in range(0, len(signal), CHUNK):
        length = min(CHUNK, len(signal) - start)
        here, drawn_here = signal[start : start + length], drawn[start : start + length]
        cells_here, between_here = cells[start : start + length], between[start : start + length]
        for i in range(length):
            z[i] = normal_values[cells_here[i]]
        number, unfit = np.int32(0), np.int32(0)
        for i in range(length):
            n = here[i] / weight
            quanta[i] = n
            number += np.int32(n < count_below)
            unfit += np.int32(n < nothing) + np.int32(n == np.float32(np.inf)) + np.int32(n != n)
        if unfit > 0:
            return False
        for i in range(length):
            n = quanta[i]
            root = np.sqrt(max(n - eighteenth, nothing))
            drawn_here[i] = ((z[i] * sixth + root) * z[i] + n - sixth) * weight
        if number == 0:
            continue
        found = 0
        for i in range(length):  # without a branch, which would be guessed wrongly at every other pixel
            few[found] = i
            found += quanta[i] < count_below
        for f in range(found):
            i = few[f]
            n = quanta[i]
            level = np.sqrt(n) * levels_per_root + np.float32(between_here[i]) * np.float32(2.0**-8)
            cell, row = np.int64(cells_here[i]), np.int64(level)
            count = np.int64(first_counts[row, cell >> 8])
            while cell >= thresholds[row, count]:
                count += 1
            drawn_here[i] = np.float32(count) * weight if n > nothing else nothing
    return True


@compiled
def add_normals(cells: Any, normal_values: Any, deviation: Any, picture: Any) -> None:
    """Adds normal numbers of that standard deviation to picture (n,): cells choose them."""
    for i in range(len(picture)):
        picture[i] += normal_values[cells[i]] * deviation

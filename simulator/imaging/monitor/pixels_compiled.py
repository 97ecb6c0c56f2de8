"""What a monitor does pixel by pixel and over small squares, compiled with numba: twins of NumPy lines elsewhere.

They stand in for ``box_mean.BoxMean``, ``temporal.RecursiveFilter`` and ``display.Toner``, and agree with them
within the rounding of float32. Importing this raises ImportError where numba is not installed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from anatomy.as_compiled import compiled, compiled_freely


@compiled_freely
def box_mean(picture: Any, size: Any, line: Any, out: Any) -> None:
    """Writes the means over size x size pixels into out (rows, columns); the rim goes on. line: columns + size."""
    rows, columns = picture.shape
    half = size // 2
    share = np.float32(1.0 / (size * size))
    for r in range(rows):
        middle = line[half : half + columns]
        middle[:] = picture[min(max(r - half, 0), rows - 1)]
        for j in range(1 - half, half + 1):
            row = picture[min(max(r + j, 0), rows - 1)]
            for k in range(columns):
                middle[k] += row[k]
        for k in range(half):
            line[k], line[half + columns + k] = middle[0], middle[columns - 1]
        result = out[r]
        result[:] = line[:columns]
        for j in range(1, size):
            moved = line[j : j + columns]
            for k in range(columns):
                result[k] += moved[k]
        for k in range(columns):
            result[k] *= share


@compiled
def root_of_share(signal: Any, share: Any, least: Any, most: Any, out: Any) -> None:
    """Writes the roots of signal (rows, columns) times share, between least and most, into out."""
    for r in range(signal.shape[0]):
        row, result = signal[r], out[r]
        for k in range(len(row)):
            result[k] = np.sqrt(min(max(row[k] * share, least), most))


@compiled
def follow(change: Any, mean: Any, slope: Any, moved_at: Any, oldest: Any, age: Any, filtered: Any) -> None:
    """One step of the recursive filter: age (n,) and filtered (n,) anew after a change (n,) of the picture.

    mean is that of the changes about each pixel: the past counts by moved_at - slope |mean|, 0 to 1. Ages end at
    oldest.
    """
    nothing, whole = np.float32(0.0), np.float32(1.0)
    for i in range(len(change)):
        still = min(max(moved_at - slope * abs(mean[i]), nothing), whole)
        older = min(age[i] * still + whole, oldest)
        age[i] = older
        filtered[i] += change[i] / older


@compiled
def enhance(flat: Any, soft: Any, limit: Any, gain: Any) -> None:
    """Adds gain times the detail of flat (n,), its difference to soft (n,) up to limit, to flat."""
    for i in range(len(flat)):
        detail = min(max(flat[i] - soft[i], -limit), limit)
        flat[i] += detail * gain


@compiled
def tones(flat: Any, scale: Any, offset: Any, table: Any, out: Any) -> None:
    """Writes the table's entry at offset - scale * flat (rows, columns), the nearest one beyond it, into out."""
    last = len(table) - 1
    for r in range(flat.shape[0]):
        row, result = flat[r], out[r]
        for k in range(len(row)):
            result[k] = table[min(max(np.int32(row[k] * -scale + offset), 0), last)]

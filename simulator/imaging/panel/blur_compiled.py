"""Short kernels compiled with numba: the same as ``blur``, bit for bit, in one pass over the picture.

Importing this raises ImportError where numba is not installed.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatomy.as_compiled import compiled

Picture = NDArray[np.float32]
Sources = NDArray[np.intp]


def separable(
    picture: Picture, rows: Sources, cols: Sources, across: Picture, down: Picture, out: Picture
) -> None:
    """Writes picture under the taps across its columns and down its rows into out.

    rows and cols name the picture's row and column that stands at each place, len(taps) - 1 more than out has.
    """
    _separable(
        picture, rows, cols, _inner_run(cols), across, down, _is_even(across), _is_even(down),
        np.empty(len(cols), np.float32), np.empty((len(down), out.shape[1]), np.float32), out,
    )  # fmt: skip


def nine_taps(picture: Picture, corner: np.float32, side: np.float32, centre: np.float32, out: Picture) -> None:
    """Writes picture under a symmetric kernel of three by three taps into out; its rim goes on."""
    room = np.empty((2, picture.shape[1] + 2), np.float32)
    _nine_taps(picture, corner, side, centre, room[0], room[1], out)


def _is_even(taps: Picture) -> bool:
    return len(taps) % 2 == 1 and bool(np.array_equal(taps, taps[::-1]))


def _inner_run(sources: Sources) -> tuple[int, int]:
    """(start, stop) of the longest stretch in which sources go up by one: there a row is copied at once."""
    breaks = [0, *(np.flatnonzero(np.diff(sources) != 1) + 1).tolist(), len(sources)]
    return max(pairwise(breaks), key=lambda run: run[1] - run[0])


@compiled
def _separable(
    picture: Any,
    rows: Any,
    cols: Any,
    inner: Any,
    across: Any,
    down: Any,
    across_is_even: Any,
    down_is_even: Any,
    line: Any,
    ring: Any,
    out: Any,
) -> None:
    """Row after row: blurred across into a ring of rows, of which those that reach an output row are added up."""
    height, width = out.shape
    n_across, n_down = len(across), len(down)
    first, past = inner
    for i in range(len(rows)):
        source = picture[rows[i]]
        for k in range(first):
            line[k] = source[cols[k]]
        line[first:past] = source[cols[first] : cols[first] + past - first]
        for k in range(past, len(cols)):
            line[k] = source[cols[k]]
        held = ring[i % n_down]
        if across_is_even:
            half = n_across // 2
            middle = line[half : half + width]
            tap = across[half]
            for k in range(width):
                held[k] = middle[k] * tap
            for j in range(half):
                tap = across[j]
                left, right = line[j : j + width], line[n_across - 1 - j : n_across - 1 - j + width]
                for k in range(width):
                    held[k] += (left[k] + right[k]) * tap
        else:
            tap = across[0]
            for k in range(width):
                held[k] = line[k] * tap
            for j in range(1, n_across):
                tap = across[j]
                moved = line[j : j + width]
                for k in range(width):
                    held[k] += moved[k] * tap
        r = i - n_down + 1
        if r < 0 or r >= height:
            continue
        result = out[r]
        if down_is_even:
            half = n_down // 2
            middle = ring[(r + half) % n_down]
            tap = down[half]
            for k in range(width):
                result[k] = middle[k] * tap
            for j in range(half):
                tap = down[j]
                upper, lower = ring[(r + j) % n_down], ring[(r + n_down - 1 - j) % n_down]
                for k in range(width):
                    result[k] += (upper[k] + lower[k]) * tap
        else:
            tap = down[0]
            upper = ring[r % n_down]
            for k in range(width):
                result[k] = upper[k] * tap
            for j in range(1, n_down):
                tap = down[j]
                upper = ring[(r + j) % n_down]
                for k in range(width):
                    result[k] += upper[k] * tap


@compiled
def _nine_taps(picture: Any, corner: Any, side: Any, centre: Any, vertical: Any, beside: Any, out: Any) -> None:
    """Row after row, in the order of ``blur._under_nine_taps``."""
    height, width = picture.shape
    for r in range(height):
        upper, middle, lower = picture[max(r - 1, 0)], picture[r], picture[min(r + 1, height - 1)]
        result = out[r]
        for k in range(width):
            vertical[k + 1] = upper[k] + lower[k]
            beside[k + 1] = middle[k] * side + vertical[k + 1] * corner
        beside[0], beside[width + 1] = beside[1], beside[width]
        for k in range(width):
            result[k] = middle[k] * centre + vertical[k + 1] * side + beside[k] + beside[k + 2]

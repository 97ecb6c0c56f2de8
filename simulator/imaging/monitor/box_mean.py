"""Means over a square neighbourhood, by shifted sums in buffers that are kept: the fast blur of a display."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

try:
    from simulator.imaging.monitor import pixels_compiled
except ImportError:  # numba has no wheel for every Python
    pixels_compiled = None  # type: ignore[assignment]

COMPILED = pixels_compiled is not None
"""Whether the compiled twin does the work."""
Image = NDArray[np.float32]


class BoxMean:
    """Means over size x size pixels (size odd) of pictures of one shape; beyond the rim the rim goes on.

    Pictures are padded and summed as one long row, in which a step down is a step of the padded width: what
    runs over the end of a row falls on the padding. Raises ValueError for a size that is not odd.

    >>> BoxMean((3, 4), 3)(np.full((3, 4), 2.0, np.float32))[0, 0]
    np.float32(2.0)
    """

    def __init__(self, shape: tuple[int, int], size: int) -> None:
        if size < 1 or size % 2 == 0:
            raise ValueError(f"a neighbourhood is an odd number of pixels across, got {size}")
        self._size = size
        if COMPILED:
            self._line, self._means = np.empty(shape[1] + size, np.float32), np.empty((2, *shape), np.float32)
            return
        self._padded = np.zeros((shape[0] + size - 1, shape[1] + size - 1), np.float32)
        self._sums = [np.zeros(self._padded.size, np.float32) for _ in range(3)]

    def __call__(self, picture: Image) -> Image:
        """The means (rows, columns) of picture (rows, columns). The array is used again by the next call."""
        if COMPILED:
            out = self._means[
                1 if np.may_share_memory(picture, self._means[0]) else 0
            ]  # means of means are asked for
            pixels_compiled.box_mean(picture, self._size, self._line, out)
            return out
        half, padded = self._size // 2, self._padded
        rows, columns = picture.shape
        inner = slice(half, half + columns)
        np.multiply(picture, 1.0 / self._size**2, out=padded[half : half + rows, inner])
        padded[:half, inner], padded[half + rows :, inner] = padded[half, inner], padded[half + rows - 1, inner]
        padded[:, :half] = padded[:, half : half + 1]
        padded[:, half + columns :] = padded[:, half + columns - 1 : half + columns]
        one, two, out = self._sums
        down = _run_sums(padded.reshape(-1), self._size, padded.shape[1], out, (one, two))
        across = _run_sums(down, self._size, 1, padded.reshape(-1), (one, two))
        return across.reshape(padded.shape)[:rows, :columns]


def _run_sums(values: Image, count: int, step: int, out: Image, room: tuple[Image, Image]) -> Image:
    """out[i] = values[i] + values[i + step] + ..., count terms (odd), as far as there are so many.

    Sums of 2, 4, 8, ... terms are doubled from one another; those in count's binary form are added up.
    """
    length = values.size - (count - 1) * step
    total, at, width = values[:length], step, 1
    doubled, (here, there) = values, room
    while 2 * width <= count:
        longer = doubled.size - width * step
        doubled = np.add(doubled[:longer], doubled[width * step :], out=here[:longer])
        here, there = there, here
        width *= 2
        if count & width:
            total = np.add(total, doubled[at : at + length], out=out[:length])
            at += width * step
    return out if count > 1 else values

"""Which slow differences of a picture a fluoroscope takes away, so that lung and abdomen fit on one screen.

A self-guided filter (He, Sun and Tang 2013) on blocks of pixels. Where a neighbourhood varies by much less than
EDGE its mean is slow; across a border of lung or skin the border itself is, for a blurred one would draw a halo.
Strengths are presets, unconfirmed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.imaging.monitor.box_mean import BoxMean

Image = NDArray[np.float32]

COMPRESSION = 0.8
"""Share of the slow differences that is taken away."""
COMPRESSION_MM = 26.0
"""Standard deviation of the neighbourhood, mm at the detector."""
EDGE = 0.25
"""Log attenuation that makes a border."""
SOFTNESS_MM = 3.5
"""What is finer than this is left alone, at borders too."""
BLOCK_PX = 4


def slow_part(log_attenuation: Image, pixel_mm: float) -> Image:
    """The differences (rows, columns) that compression removes from a picture; their mean is 0."""
    coarse = block_means(log_attenuation)
    return enlarged(slow_blocks(coarse, np.ones_like(coarse), pixel_mm), log_attenuation.shape)


def slow_blocks(blocks: Image, field: Image, pixel_mm: float) -> Image:
    """The same on block means; field (as blocks) is 1 where there is a picture and 0 where it does not count."""
    block_mm = BLOCK_PX * pixel_mm
    fine, middle, wide = (_Blur(field, s / block_mm) for s in (SOFTNESS_MM, 0.5 * COMPRESSION_MM, COMPRESSION_MM))
    guide = fine(blocks)
    mean = wide(guide)
    apart = guide - mean
    variance = wide(apart * apart)
    follows: Image = variance / (variance + np.float32(EDGE**2))
    slow = middle(follows) * guide + middle(mean - follows * mean)
    slow -= (slow * field).sum() / field.sum()
    return np.multiply(slow, COMPRESSION, dtype=np.float32)


def block_means(picture: Image) -> Image:
    """Means of blocks of BLOCK_PX x BLOCK_PX pixels; the rim goes on where the size is not a multiple."""
    padding = [(0, -n % BLOCK_PX) for n in picture.shape]
    padded = np.pad(picture, padding, mode="edge") if any(after for _, after in padding) else picture
    rows, columns = (n // BLOCK_PX for n in padded.shape)
    strips = padded.reshape(rows, BLOCK_PX, padded.shape[1]).sum(axis=1)
    return np.divide(strips.reshape(rows, columns, BLOCK_PX).sum(axis=2), BLOCK_PX**2, dtype=np.float32)


def enlarged(blocks: Image, shape: tuple[int, ...]) -> Image:
    """Block means back on pixels (rows, columns), by cubic B-splines: smooth, and never beyond what they had."""
    wide = _stretched(blocks.T, shape[1]).T
    return _stretched(np.ascontiguousarray(wide), shape[0])


def _stretched(blocks: Image, count: int) -> Image:
    """The first count of BLOCK_PX rows for each row of blocks; at the rim the last row goes on."""
    padded = np.pad(blocks, ((2, 2), (0, 0)), mode="edge")
    out = np.empty((BLOCK_PX * blocks.shape[0], blocks.shape[1]), np.float32)
    for phase in range(BLOCK_PX):
        at = (phase + 0.5) / BLOCK_PX - 0.5
        first = int(np.floor(at)) - 1
        taps = [_cubic_spline(at - first - step) for step in range(4)]
        rows = [padded[2 + first + step :][: blocks.shape[0]] for step in range(4)]
        out[phase::BLOCK_PX] = taps[0] * rows[0] + taps[1] * rows[1] + taps[2] * rows[2] + taps[3] * rows[3]
    return out[:count]


def _cubic_spline(x: float) -> float:
    """The cubic B-spline, 0 beyond 2."""
    x = abs(x)
    return 2.0 / 3.0 - x**2 + 0.5 * x**3 if x < 1.0 else max(2.0 - x, 0.0) ** 3 / 6.0


class _Blur:
    """Means over the field alone: three box means in turn, nearly a Gaussian of the same width.

    Not as products with matrices, which would be shorter: the threads of a linear-algebra library get into each
    other's way on a busy machine, and a frame then takes ten times as long.
    """

    def __init__(self, field: Image, sigma_blocks: float) -> None:
        self._field = field
        size = 2 * round(0.5 * (np.sqrt(4.0 * sigma_blocks**2 + 1.0) - 1.0)) + 1
        self._mean = BoxMean((field.shape[0], field.shape[1]), size)
        self._cover = np.maximum(self._blurred(field), np.float32(1e-6))

    def __call__(self, blocks: Image) -> Image:
        return np.divide(self._blurred(blocks * self._field), self._cover, dtype=np.float32)

    def _blurred(self, blocks: Image) -> Image:
        return self._mean(self._mean(self._mean(blocks))).copy()

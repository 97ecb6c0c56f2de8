"""The recursive filter of a fluoroscope: quieter where nothing moves, without a trail where something does.

y_n = y_(n-1) + w (x_n - y_(n-1)), with w = k where nothing moves: noise falls by sqrt(k / (2 - k)) (physics D3).
Every pixel has an age in frames; w = 1 / age until k is reached, so that a new picture settles as an average
does, in the fewest frames. Where the mean difference over a small neighbourhood stands out from the noise, the
age falls to nothing and the new frame is taken as it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.imaging.monitor.box_mean import BoxMean

try:
    from simulator.imaging.monitor import pixels_compiled
except ImportError:  # numba has no wheel for every Python
    pixels_compiled = None  # type: ignore[assignment]

COMPILED = pixels_compiled is not None
"""Whether the compiled twin does the work."""
Image = NDArray[np.float32]

NEIGHBOURHOOD_PX = 5
STANDS_OUT = 3.0
"""Standard deviations of the neighbourhood's mean from which a change begins to count (preset, unconfirmed)."""
HAS_MOVED = 5.0
"""Standard deviations from which the past is dropped altogether (preset, unconfirmed)."""
_QUIET_SHARE = 0.3
_QUIET_SIGMAS = 0.3853
"""A normal deviate is smaller than this, either side, in _QUIET_SHARE of all cases."""
_RISE = 1.25
"""The noise may rise by so much from frame to frame; more is motion of the whole picture."""
_SAMPLES = 64


class RecursiveFilter:
    """Filters a run of pictures of one shape (rows, columns) whose noise is alike in every pixel.

    A signal of quanta is so after a square root. field (rows, columns) says where there is a picture; noise is
    measured there.
    """

    def __init__(self, field: NDArray[np.bool_]) -> None:
        shape = field.shape
        stride = max(min(shape) // _SAMPLES, 1)
        self._some = np.s_[::stride, ::stride]
        self._some_in_field = field[self._some]
        self._box = BoxMean((shape[0], shape[1]), NEIGHBOURHOOD_PX)
        self._filtered, self._age, self._change, self._weight = (np.empty(shape, np.float32) for _ in range(4))
        self._noise: float | None = None
        self.frames = 0

    def forget(self) -> None:
        """Begin anew with the next picture."""
        self.frames, self._noise = 0, None

    def __call__(self, picture: Image, k: float, *, motion_detection: bool = True) -> Image:
        """The filtered picture. 0 < k <= 1, the weight of the new one. The array is the filter's own memory."""
        filtered, age, change, weight = self._filtered, self._age, self._change, self._weight
        self.frames += 1
        if self.frames == 1:
            filtered[...] = picture
            age.fill(1.0)
            return filtered
        np.subtract(picture, filtered, out=change)
        if motion_detection and COMPILED:
            mean = self._box(change)
            slope, moved_at = self._line_of_stillness(mean)
            pixels_compiled.follow(
                change.reshape(-1), mean.reshape(-1), np.float32(slope), np.float32(moved_at), np.float32(1.0 / k),
                age.reshape(-1), filtered.reshape(-1),
            )  # fmt: skip
            return filtered
        if motion_detection:
            age *= self._stillness()
        age += 1.0
        np.minimum(age, 1.0 / k, out=age)
        np.divide(change, age, out=weight)
        filtered += weight
        return filtered

    def _stillness(self) -> Image:
        """1 where the change is within the noise, 0 where something has moved, and between."""
        mean = self._box(self._change)
        slope, moved_at = self._line_of_stillness(mean)
        still = np.abs(mean, out=self._weight)
        still *= -slope
        still += moved_at
        return np.clip(still, 0.0, 1.0, out=still)

    def _line_of_stillness(self, mean: Image) -> tuple[float, float]:
        """Slope, and height at 0, of the line that falls from 1 to 0 where means of changes begin to stand out."""
        noise = max(self._noise_of(mean), 1e-12)
        slope = 1.0 / ((HAS_MOVED - STANDS_OUT) * noise)
        return slope, HAS_MOVED * noise * slope

    def _noise_of(self, mean: Image) -> float:
        """Standard deviation of the neighbourhoods' means, from those where least has changed."""
        samples = np.abs(mean[self._some][self._some_in_field])
        at = int(_QUIET_SHARE * (samples.size - 1))
        measured = float(np.partition(samples, at)[at]) / _QUIET_SIGMAS
        self._noise = measured if self._noise is None else min(measured, _RISE * self._noise)
        return self._noise

"""Digital subtraction: masks, how far a mask must be moved to fit, and the densest of a run of frames."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from simulator.imaging.monitor.box_mean import BoxMean

Image = NDArray[np.float32]

FINENESS_PX = 2.0
"""Blur before two pictures are laid over one another: edges guide, noise does not."""
FARTHEST_PX = 24.0
_STEPS = 30


@dataclass(frozen=True, eq=False)
class Mask:
    """Log attenuation (rows, columns) of the field that is subtracted, and the geometry that it was taken in."""

    log_attenuation: Image
    geometry: Hashable


def shifted(picture: Image, shift_px: tuple[float, float]) -> Image:
    """The picture moved by rows (down) and columns (right). The rim goes on; whole steps are exact."""
    if shift_px == (0.0, 0.0):
        return picture
    return np.asarray(ndimage.shift(picture, shift_px, order=1, mode="nearest"), dtype=np.float32)


def shift_between(mask: Image, live: Image) -> tuple[float, float]:
    """Rows and columns by which mask must be moved to lie best over live, both (rows, columns) log attenuation.

    Least squares on blurred pictures, step by step (Lucas and Kanade 1981), where differences that stand out,
    such as a new needle, are left out. Right within 0.1 px where edges run in more than one direction; a plain
    picture has nothing to go by and gives 0, 0. Raises ValueError for a shift beyond FARTHEST_PX.
    """
    fixed, moving = (ndimage.gaussian_filter(p, FINENESS_PX, mode="nearest") for p in (live, mask))
    shift = np.zeros(2)
    margin = min(int(FARTHEST_PX), min(mask.shape) // 8)
    inner = np.s_[margin : mask.shape[0] - margin, margin : mask.shape[1] - margin]
    for _ in range(_STEPS):
        moved = ndimage.shift(moving, shift, order=1, mode="nearest")
        down, right = (g[inner].ravel() for g in np.gradient(moved))
        missing = (fixed - moved)[inner].ravel()
        missing = missing - np.median(missing)
        spread = max(1.4826 * float(np.median(np.abs(missing))), 1e-9)
        trusted = np.abs(missing) < 3.0 * spread
        slopes = np.stack([down[trusted], right[trusted]]).astype(float)
        normal = slopes @ slopes.T
        if np.linalg.eigvalsh(normal)[0] <= 1e-9 * missing.size:
            return 0.0, 0.0
        step = -np.linalg.solve(normal, slopes @ missing[trusted])
        shift += step
        if np.abs(shift).max() > FARTHEST_PX:
            raise ValueError(f"mask and picture do not fit within {FARTHEST_PX:g} px: take a new mask")
        if np.abs(step).max() < 0.005:
            break
    return float(shift[0]), float(shift[1])


class PeakMask:
    """The densest of what each pixel has shown in a run of frames: a roadmap's mask at peak opacification.

    Frames are roots of the signal, whose noise is alike everywhere, so that the least of n noisy values lies too
    low by the same amount in every pixel; it is put back.
    """

    def __init__(self, shape: tuple[int, int], geometry: Hashable) -> None:
        self.geometry = geometry
        self._box = BoxMean(shape, 3)
        self._least, self._sum = np.full(shape, np.inf, np.float32), np.zeros(shape, np.float32)
        self.frames = 0

    def add(self, root_signal: Image) -> None:
        """One more frame (rows, columns)."""
        smooth = self._box(root_signal)
        np.minimum(self._least, smooth, out=self._least)
        self._sum += smooth
        self.frames += 1

    def root_signal(self) -> Image:
        """The mask (rows, columns). Raises ValueError before the first frame."""
        if self.frames == 0:
            raise ValueError("no frame was taken since the peak mask was begun: expose first")
        return self._least + np.median(self._sum / np.float32(self.frames) - self._least)

"""From detector signal to grey: the usual look-up of a fluoroscope, bone and metal dark.

Logarithm, compression of slow differences (a thick abdomen beside a lung), edge enhancement, then a window set
on the anatomy so that noise and instruments do not make it jump. Chain and strengths: physics D3, unconfirmed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Image = NDArray[np.float32]

COMPRESSION = 0.62
"""Share of differences slower than COMPRESSION_MM that is taken away."""
COMPRESSION_MM = 34.0
BODY_SHARE = 0.5
"""Log attenuation, as a share of the field's median, from which a pixel counts as body (preset)."""
ENHANCEMENT = 0.55
"""Gain of the unsharp mask, 0.3 to 1 (physics D3)."""
ENHANCEMENT_MM = 3.0


@dataclass(frozen=True)
class Look:
    """Window in compressed log attenuation (lower is brighter) and the slow part that compression removes."""

    brightest: float
    darkest: float
    slow: Image


def slow_part(log_attenuation: Image, pixel_mm: float) -> Image:
    """The differences that compression removes, on the full grid; computed on an eighth of the pixels."""
    coarse = log_attenuation[::4, ::4]
    smooth = ndimage.gaussian_filter(coarse, COMPRESSION_MM / (4.0 * pixel_mm), mode="nearest", truncate=3.0)
    zoom = [n / m for n, m in zip(log_attenuation.shape, coarse.shape, strict=True)]
    up = ndimage.zoom(smooth, zoom, order=1, mode="nearest", grid_mode=True)
    return np.asarray(COMPRESSION * (up - smooth.mean()), dtype=np.float32)


def look_for(anatomy_signal: Image, open_signal: float, inside: NDArray[np.bool_], pixel_mm: float) -> Look:
    """The look for a view, from its noise-free anatomy without instruments; inside is the collimated field.

    Beside the patient the bare beam would take half the window; it is left out, and shown white.
    """
    log_attenuation = log_of(anatomy_signal, open_signal)
    typical = float(np.median(log_attenuation[inside]))
    bare = min(BODY_SHARE * typical, typical)  # never above the median: half the field at least sets the window
    slow = slow_part(np.where(inside, np.maximum(log_attenuation, bare), typical), pixel_mm)
    flat = (log_attenuation - slow)[inside & (log_attenuation >= bare)]
    low, high = np.percentile(flat, (2.0, 99.0))
    spread = max(float(high - low), 0.5)
    # Room on the dark side, so that steel and cement still differ from dense bone.
    return Look(float(low - 0.06 * spread), float(high + 0.42 * spread), slow)


def log_of(signal: Image, open_signal: float) -> Image:
    """Log attenuation against the open beam; a dead pixel counts as nearly black."""
    return -np.log(np.maximum(signal, 2e-6 * open_signal) / np.float32(open_signal))


def grey(
    signal: Image, open_signal: float, look: Look, inside: NDArray[np.bool_], pixel_mm: float
) -> NDArray[np.uint8]:
    """Eight-bit picture (rows, columns); black outside the collimated field, a rectangle.

    Only the field is filtered: blades are so dark that enhancement would draw a bright line beside them.
    """
    field = np.ix_(inside.any(axis=1), inside.any(axis=0))
    flat = log_of(signal[field], open_signal) - look.slow[field]
    soft = ndimage.uniform_filter(flat, max(int(ENHANCEMENT_MM / pixel_mm) | 1, 3), mode="nearest")
    flat = flat + ENHANCEMENT * (flat - soft)
    share = (look.darkest - flat) / (look.darkest - look.brightest)
    # Toe and shoulder: contrast in the middle, no hard clipping at the ends.
    curved = 0.5 + 0.5 * np.tanh(1.55 * (share - 0.5)) / np.tanh(0.775)
    out = np.zeros(signal.shape, dtype=np.uint8)
    out[field] = np.clip(255.0 * curved, 0.0, 255.0)
    return out

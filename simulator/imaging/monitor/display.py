"""From detector signal to grey: the usual look-up of a fluoroscope, bone and metal dark.

Logarithm, compression of slow differences (a thick abdomen beside a lung), edge enhancement, then a window set
on the anatomy so that noise and instruments do not make it jump. Chain and strengths: physics D3, unconfirmed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.imaging.monitor.box_mean import BoxMean
from simulator.imaging.monitor.compression import block_means, enlarged, slow_blocks

try:
    from simulator.imaging.monitor import pixels_compiled
except ImportError:  # numba has no wheel for every Python
    pixels_compiled = None  # type: ignore[assignment]

COMPILED = pixels_compiled is not None
"""Whether the compiled twin does the work."""
Image = NDArray[np.float32]

BODY_SHARE = 0.5
"""Log attenuation, as a share of the field's median, from which a pixel counts as body (preset)."""
ENHANCEMENT = 0.7
"""Gain of the unsharp mask, 0.3 to 1 (physics D3)."""
ENHANCEMENT_MM = 3.0
ENHANCEMENT_LIMIT = 0.15
"""Log attenuation of detail beyond which no more is added: steel would get a white seam."""
DARKEST_SIGNAL = 2e-6
"""Share of the open beam that counts as nearly black: dead pixels and the shadow of lead."""
BRIGHTEST_SIGNAL = 1e6
"""Shares of the open beam that a picture may hold, so that its arithmetic stays finite."""
REACH_LIMITS = (0.48, 0.6)
"""How far the window reaches from the median to the bright side, log attenuation: no fog, no stark contrast."""
DARK_REACH = 1.7
"""How much farther it reaches to the dark side, where steel and cement keep shades."""
STEEPNESS, STEEPEST = 2.7, 0.66
"""Of the tone curve: how steep, and where between the darkest (0) and the brightest (1)."""


@dataclass(frozen=True, eq=False)
class Look:
    """Window in compressed log attenuation (lower is brighter) and the slow part that compression removes."""

    brightest: float
    darkest: float
    slow: Image


class Field:
    """Where the picture is: the box (row and column slices) of the collimated field, and the mask within it.

    mask is None where the field fills its box.
    """

    def __init__(self, inside: NDArray[np.bool_]) -> None:
        rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
        if rows.size == 0:
            raise ValueError("the collimated field is empty: open the blades")
        self.shape = inside.shape
        self.box = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
        self.within = inside[self.box]
        self.mask = None if self.within.all() else self.within.astype(np.float32)


def root_of_share(signal: Image, share: float, out: Image) -> None:
    """Writes the root of signal (rows, columns) times share into out; dead pixels count as nearly black."""
    if COMPILED:
        pixels_compiled.root_of_share(
            signal, np.float32(share), np.float32(DARKEST_SIGNAL), np.float32(BRIGHTEST_SIGNAL), out
        )
        return
    np.multiply(signal, share, out=out)
    np.clip(out, DARKEST_SIGNAL, BRIGHTEST_SIGNAL, out=out)
    np.sqrt(out, out=out)


def log_of(signal: Image, open_signal: float) -> Image:
    """Log attenuation against the open beam; a dead pixel counts as nearly black."""
    return -np.log(np.maximum(signal, DARKEST_SIGNAL * open_signal) / np.float32(open_signal))


def look_for(anatomy_signal: Image, open_signal: float, inside: NDArray[np.bool_], pixel_mm: float) -> Look:
    """The look for a view, from its noise-free anatomy without instruments; inside is the collimated field.

    Beside the patient the bare beam would take half the window; it is left out, and shown white.
    """
    weight = block_means(inside.astype(np.float32))
    field = weight > 0.0
    means = block_means(anatomy_signal * inside)
    coarse = log_of(np.divide(means, weight, out=means, where=field), open_signal)
    typical = float(np.median(coarse[field]))
    bare = min(BODY_SHARE * typical, typical)  # never above the median: half the field at least sets the window
    slow = slow_blocks(np.maximum(coarse, bare), weight, pixel_mm)
    flat = (coarse - slow)[field & (coarse >= bare)]
    middle = float(np.median(flat))
    low, high = (float(p) for p in np.percentile(flat, (1.0, 99.0)))
    reach = 1.1 * float(np.clip(max(middle - low, 1.3 * (high - middle)), *REACH_LIMITS))
    return Look(middle - reach, middle + DARK_REACH * reach, enlarged(slow, anatomy_signal.shape))


def _tones(curved: NDArray[np.floating]) -> NDArray[np.uint8]:
    tones = np.round(255.0 * (curved - curved[0]) / (curved[-1] - curved[0])).astype(np.uint8)
    tones.setflags(write=False)
    return tones


_SHARES = np.linspace(0.0, 1.0, 4096)
TONES = _tones(np.tanh(STEEPNESS * (_SHARES - STEEPEST)))
"""Grey of equal steps of the window, darkest first: contrast in the middle, toe and shoulder."""
EVEN_TONES = _tones(_SHARES)
"""The same without toe and shoulder, for differences."""


class Toner:
    """Compressed log attenuation to grey for one field, in buffers that are kept."""

    def __init__(self, field: Field, pixel_mm: float) -> None:
        self._field = field
        shape = field.within.shape
        self._soft = BoxMean(shape, max(int(ENHANCEMENT_MM / pixel_mm) | 1, 3))
        self._cover = None if field.mask is None else np.maximum(self._soft(field.mask), 1e-3)
        if not COMPILED:
            self._detail, self._step = np.empty(shape, np.float32), np.empty(shape, np.intp)

    def enhance(self, flat: Image, gain: float) -> Image:
        """Edges enhanced, in place. Only the field counts: blades would draw a bright line beside them."""
        if gain == 0.0:
            return flat
        soft = self._soft(flat if self._field.mask is None else flat * self._field.mask)
        if self._cover is not None:
            soft /= self._cover
        if COMPILED and flat.flags.c_contiguous:
            limit = np.float32(ENHANCEMENT_LIMIT)
            pixels_compiled.enhance(flat.reshape(-1), soft.reshape(-1), limit, np.float32(gain))
            return flat
        detail = np.subtract(flat, soft, out=self._detail)
        np.clip(detail, -ENHANCEMENT_LIMIT, ENHANCEMENT_LIMIT, out=detail)
        detail *= gain
        flat += detail
        return flat

    def grey(
        self, flat: Image, brightest: float, darkest: float, table: NDArray[np.uint8] = TONES
    ) -> NDArray[np.uint8]:
        """Grey (rows, columns) of the whole panel, black outside the field. flat is overwritten."""
        scale = (table.size - 1) / (darkest - brightest)
        out = np.zeros(self._field.shape, dtype=np.uint8)
        if COMPILED:
            tones = out[self._field.box]
            pixels_compiled.tones(flat, np.float32(scale), np.float32(darkest * scale + 0.5), table, tones)
            if self._field.mask is not None:
                tones *= self._field.within
            return out
        flat *= -scale
        flat += darkest * scale + 0.5
        np.copyto(self._step, flat, casting="unsafe")
        tones = table.take(self._step, mode="clip")
        if self._field.mask is not None:
            tones *= self._field.within
        out[self._field.box] = tones
        return out


def grey(
    signal: Image, open_signal: float, look: Look, inside: NDArray[np.bool_], pixel_mm: float
) -> NDArray[np.uint8]:
    """Eight-bit picture (rows, columns) of a single exposure; black outside the collimated field."""
    field = Field(inside)
    toner = Toner(field, pixel_mm)
    flat = log_of(signal[field.box], open_signal) - look.slow[field.box]
    return toner.grey(toner.enhance(flat, ENHANCEMENT), look.brightest, look.darkest)

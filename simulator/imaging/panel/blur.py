"""Blurring and shifting a picture by short kernels, one axis after the other.

Kernels are small arrays of taps on whole pixels. All taps are multiples of 2^-24, which float32 holds exactly, and
sum to one exactly, so that a flat picture stays flat. A kernel that only blurs is nowhere negative: the dark
rim of a patient beside the open beam does not ring. Beyond its edges a picture goes on as its mirror image, which
keeps its mean; along an axis on which it is shifted, as its outermost pixels.

Where numba imports, ``blur_compiled`` does the same sums in the same order, three times faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simulator.imaging.scratch import scratch

try:
    from simulator.imaging.panel import blur_compiled
except ImportError:  # numba has no wheel for every Python
    blur_compiled = None  # type: ignore[assignment]

COMPILED = blur_compiled is not None
"""Whether the compiled twin does the work."""
Picture = NDArray[np.float32]
Taps = NDArray[np.float32]

WIDEST_STAGE_PX2 = 0.5
"""Variance of the widest kernel of three taps: [1, 2, 1] / 4, which removes the Nyquist frequency."""

_EXACT = 2.0**24


@dataclass(frozen=True, eq=False)
class Kernel:
    """Taps (n,) of one axis: pixel i of the result is the sum of taps[j] * picture[i + first + j]."""

    taps: Taps
    first: int
    mirrored: bool

    @property
    def last(self) -> int:
        """Offset of the last tap, pixels."""
        return self.first + len(self.taps) - 1


@lru_cache(maxsize=64)
def spreading(variance_px2: float) -> Kernel:
    """The shortest symmetric kernel of at most five taps a square pixel of variance_px2, nowhere negative.

    [p, 1 - 2 p, p] has variance 2 p and transfers 1 - 2 p (1 - cos w); it is repeated until p is at most 1/4. No
    other kernel of that variance without negative taps falls lower at the Nyquist frequency (every tap
    further out lifts it). Variances add exactly; the transfer differs from the Gaussian's in fourth order of w.
    """
    if variance_px2 < 0.0:
        raise ValueError(f"a blur has no negative variance, got {variance_px2} square pixels")
    stages = max(1, int(np.ceil(variance_px2 / WIDEST_STAGE_PX2 - 1e-9)))
    side = 0.5 * variance_px2 / stages
    taps = np.ones(1)
    for _ in range(stages):
        taps = np.convolve(taps, [side, 1.0 - 2.0 * side, side])
    return _kernel(taps, -stages, mirrored=True)


@lru_cache(maxsize=256)
def spreading_and_shifting(variance_px2: float, shift_px: float) -> Kernel:
    """``spreading`` that also moves the picture by shift_px towards higher indices.

    The fraction of a pixel is Lagrange's cubic through four pixels: polynomials up to the third degree move
    exactly, mean shift and variance are exact. Between pixels the cubic has negative taps: beside a step it
    dips by up to 3.7 % of the step where the blur is 1 / 12 square pixels, 1.6 % at 0.16, 0.3 % at 0.77.
    """
    spread = spreading(variance_px2)
    if shift_px == 0.0:
        return spread
    whole = int(np.floor(shift_px))
    f = shift_px - whole
    cubic = np.array(
        [
            (f + 1.0) * f * (f - 1.0) / 6.0,
            -(f + 1.0) * f * (f - 2.0) / 2.0,
            (f + 1.0) * (f - 1.0) * (f - 2.0) / 2.0,
            -f * (f - 1.0) * (f - 2.0) / 6.0,
        ]
    )
    taps = np.convolve(spread.taps.astype(float), cubic)
    return _kernel(taps, spread.first - 2 - whole, mirrored=False)


def blurred(
    picture: NDArray,
    down: Kernel,
    across: Kernel,
    *,
    window: tuple[slice, slice] | None = None,
    out: Picture | None = None,
) -> Picture:
    """picture (rows, cols) under the kernel down its rows and the kernel across its columns.

    window, two slices of step one within the picture, asks for that part of the result only; it is the same, bit
    for bit, as that part of the whole. The result is written into out where given: float32, of its shape, and not
    sharing memory with picture. Raises ValueError for a picture that is not two-dimensional or a wrong out.
    """
    source = _as_picture(picture)
    rows, cols = (_bounds(part, n) for part, n in zip(window or (slice(None),) * 2, source.shape, strict=True))
    shape = rows[1] - rows[0], cols[1] - cols[0]
    result = _room(shape, picture, out)
    if COMPILED:
        r, c = _sources(rows, down, source.shape[0]), _sources(cols, across, source.shape[1])
        blur_compiled.separable(source, r, c, across.taps, down.taps, result)
        return result
    margin = _with_margin(source, rows, cols, down, across)
    return _along_columns(_along_rows(margin, across.taps), down.taps, shape, result)


def blurred_by_two(
    picture: NDArray, core: Kernel, tail: Kernel, tail_share: float, *, out: Picture | None = None
) -> Picture:
    """picture (rows, cols) under two symmetric kernels, each in both directions: 1 - tail_share of the one and
    tail_share of the other. Results, out and errors as in ``blurred``.
    """
    if len(core.taps) == len(tail.taps) == 3:
        return _under_nine_taps(picture, core, tail, tail_share, out)
    result = blurred(picture, core, core, out=out)
    far = blurred(picture, tail, tail, out=scratch("blur.far", result.shape))
    far -= result
    far *= np.float32(tail_share)
    result += far
    return result


def _under_nine_taps(
    picture: NDArray, core: Kernel, tail: Kernel, tail_share: float, out: Picture | None
) -> Picture:
    """``blurred_by_two`` for kernels of three taps: together nine, three of them different, in half the time."""
    source = _as_picture(picture)
    rows, cols = source.shape
    result = _room((rows, cols), picture, out)
    sides = np.array([core.taps[0], tail.taps[0]], dtype=float)
    shares = np.array([1.0 - tail_share, tail_share])
    corner = np.float32(shares @ sides**2)
    side = np.float32(shares @ (sides * (1.0 - 2.0 * sides)))
    centre = np.float32(1.0 - 4.0 * float(side) - 4.0 * float(corner))
    if COMPILED:
        blur_compiled.nine_taps(source, corner, side, centre, result)
        return result
    margin = _with_margin(source, (0, rows), (0, cols), tail, tail)
    vertical, beside = scratch("blur.vertical", (rows, cols + 2)), scratch("blur.beside", (rows, cols + 2))
    np.add(margin[:-2], margin[2:], out=vertical)
    np.multiply(margin[1:-1], side, out=beside)
    beside += np.multiply(vertical, corner, out=scratch("blur.term", vertical.shape))
    np.multiply(margin[1:-1, 1:-1], centre, out=result)
    within = vertical[:, 1:-1]
    within *= side
    result += within
    result += beside[:, :-2]
    result += beside[:, 2:]
    return result


def _as_picture(picture: NDArray) -> Picture:
    source = np.asarray(picture, dtype=np.float32)
    if source.ndim != 2 or source.size == 0:
        raise ValueError(f"a picture has rows and columns, got shape {source.shape}")
    return source


def _room(shape: tuple[int, int], picture: NDArray, out: Picture | None) -> Picture:
    """out, or a new array, for a result of that shape."""
    if out is None:
        return np.empty(shape, dtype=np.float32)
    if out.shape != shape or out.dtype != np.float32 or np.may_share_memory(out, picture):
        raise ValueError(f"out must be a float32 array of shape {shape} apart from the picture")
    return out


def _kernel(taps: NDArray[np.float64], first: int, *, mirrored: bool) -> Kernel:
    """Those taps, rounded so that their float32 sum is one without error: the largest takes up the difference."""
    whole = np.round(taps * _EXACT)
    whole[np.argmax(np.abs(whole))] += _EXACT - whole.sum()
    used = np.flatnonzero(whole)
    exact = (whole[used[0] : used[-1] + 1] / _EXACT).astype(np.float32)
    exact.setflags(write=False)
    return Kernel(exact, first + int(used[0]), mirrored)


def _bounds(part: slice, n: int) -> tuple[int, int]:
    start, stop, step = part.indices(n)
    if step != 1 or stop <= start:
        raise ValueError(f"a window is a slice of step 1 that holds pixels of 0 to {n}, got {part}")
    return start, stop


def _with_margin(
    picture: Picture, rows: tuple[int, int], cols: tuple[int, int], down: Kernel, across: Kernel
) -> Picture:
    """The pixels that kernels need for the window rows by cols, continued beyond the picture's edges."""
    r = _sources(rows, down, picture.shape[0])
    c = _sources(cols, across, picture.shape[1])
    margin = scratch("blur.margin", (len(r), len(c)))
    # Where sources are neighbours, which is nearly everywhere, whole blocks are copied.
    for r0, r1 in _runs(r):
        for c0, c1 in _runs(c):
            margin[r0:r1, c0:c1] = picture[r[r0] : r[r1 - 1] + 1, c[c0] : c[c1 - 1] + 1]
    return margin


def _sources(bounds: tuple[int, int], kernel: Kernel, n: int) -> NDArray[np.intp]:
    """Index of the pixel that stands at each place from the window's first source to its last."""
    wanted = np.arange(bounds[0] + kernel.first, bounds[1] + kernel.last)
    if not kernel.mirrored:
        return np.clip(wanted, 0, n - 1)
    wanted %= 2 * n
    return np.minimum(wanted, 2 * n - 1 - wanted)


def _runs(sources: NDArray[np.intp]) -> list[tuple[int, int]]:
    """(start, stop) of each stretch in which sources go up by one."""
    breaks = np.flatnonzero(np.diff(sources) != 1) + 1
    return list(pairwise([0, *breaks.tolist(), len(sources)]))


def _along_rows(margin: Picture, taps: Taps) -> Picture:
    """Row by row; the result has the same shape, its last len(taps) - 1 columns are without meaning."""
    # All rows are one long line: what runs over from one row into the next lands in the columns without meaning.
    line = margin.reshape(-1)
    length = len(line) - len(taps) + 1
    summed = scratch("blur.summed", margin.shape)
    _sum_of_shifted([line[j : j + length] for j in range(len(taps))], taps, summed.reshape(-1)[:length])
    return summed


def _along_columns(margin: Picture, taps: Taps, shape: tuple[int, int], out: Picture) -> Picture:
    rows, cols = shape
    _sum_of_shifted([margin[j : j + rows, :cols] for j in range(len(taps))], taps, out)
    return out


def _sum_of_shifted(shifted: list[Picture], taps: Taps, out: Picture) -> None:
    """Writes the sum of taps[j] * shifted[j] into out; equal taps at both ends are multiplied once."""
    term = scratch("blur.term", out.shape)
    n = len(taps)
    if n % 2 and np.array_equal(taps, taps[::-1]):
        np.multiply(shifted[n // 2], taps[n // 2], out=out)
        for j in range(n // 2):
            np.add(shifted[j], shifted[n - 1 - j], out=term)
            term *= taps[j]
            out += term
        return
    np.multiply(shifted[0], taps[0], out=out)
    for j in range(1, n):
        np.multiply(shifted[j], taps[j], out=term)
        out += term

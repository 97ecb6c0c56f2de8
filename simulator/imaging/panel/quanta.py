"""Random pictures, quickly: normal and Poisson numbers from tables, driven by the caller's generator.

A generator's own normal numbers take twice as long as the rest of an exposure, its Poisson numbers ten times. Here
16 random bits a pixel choose one of 65536 equally likely values: every quantile is that of the distribution
within 2^-17, and means and variances are exact (normal) or as stated at the table (Poisson). The most extreme
normal number is 4.4 standard deviations.

Where numba imports, ``quanta_compiled`` makes the same pictures of the same bits, twice as fast.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from simulator.imaging.scratch import scratch

try:
    from simulator.imaging.panel import quanta_compiled
except ImportError:  # numba has no wheel for every Python
    quanta_compiled = None  # type: ignore[assignment]

COMPILED = quanta_compiled is not None
"""Whether the compiled twin does the work."""
Picture = NDArray[np.float32]
T = TypeVar("T", bound=np.generic)

DIRECT_POISSON_BELOW = 10.0
"""Mean quanta below which whole numbers are drawn."""

_CELLS = 1 << 16
_LEVELS_PER_ROOT = 32
"""Rows of the Poisson table for each unit of the square root of the mean."""
_COUNTS = 64
"""More quanta than 63 are not met below DIRECT_POISSON_BELOW."""
_SHARE_WORTH_COUNTING_ALL = 0.3
"""Share of pixels with few quanta from which all are counted: faster than to pick out and put back."""
_UNFIT = "signal_kev must be finite and not negative"
_BELOW_FEW = np.nextafter(np.float32(DIRECT_POISSON_BELOW), np.float32(0.0))


def normals(shape: tuple[int, ...], rng: np.random.Generator, *, out: Picture | None = None) -> Picture:
    """Independent normal numbers of mean zero and variance one (shape).

    They are written into out where given, which must be a contiguous float32 array of that shape, or ValueError.
    """
    drawn = _room(shape, out)
    _normal_values().take(_random_bits(prod(shape), rng), mode="wrap", out=drawn.reshape(-1))
    return drawn


def add_normals(picture: Picture, deviation: float, rng: np.random.Generator) -> None:
    """Adds to a contiguous picture (any shape) what ``normals`` would draw, times a standard deviation."""
    if COMPILED:
        cells = _random_bits(picture.size, rng)
        quanta_compiled.add_normals(cells, _normal_values(), np.float32(deviation), picture.reshape(-1))
        return
    noise = normals(picture.shape, rng, out=scratch("quanta.added", picture.shape))
    noise *= np.float32(deviation)
    picture += noise


def with_quantum_noise(
    signal_kev: NDArray, weight_kev: ArrayLike, rng: np.random.Generator, *, out: Picture | None = None
) -> Picture:
    """A random picture of expectation signal_kev (any shape, >= 0) and variance signal_kev * weight_kev.

    weight_kev is a number or an array of that shape, from ``detector.quantum_weight_kev``. Below
    DIRECT_POISSON_BELOW quanta a pixel their number is whole and Poisson distributed. Above, it is a normal draw z
    bent to the Poisson's skewness, n + z sqrt(n - 1/18) + (z^2 - 1) / 6 (Cornish and Fisher 1938): mean and
    variance exact, third moment within 0.2 %; not rounded to whole quanta, since an energy sum does not show
    them. The picture is written into out where given, see ``normals``. Raises ValueError for a signal that is
    negative or not finite.
    """
    weight = np.asarray(weight_kev, dtype=np.float32)
    if not np.all(weight > 0.0):
        raise ValueError("weight_kev must be positive; take it from quantum_weight_kev")
    signal = np.asarray(signal_kev)
    cells, between = _random_bits(signal.size, rng), _random_bytes(signal.size, rng)
    drawn = _room(signal.shape, out)
    if COMPILED and weight.ndim == 0 and signal.dtype == np.float32:
        fits = quanta_compiled.draw(
            np.ascontiguousarray(signal).reshape(-1), weight[()], cells, between,
            _normal_values(), *_poisson_steps(),
            np.float32(DIRECT_POISSON_BELOW), np.float32(_LEVELS_PER_ROOT), drawn.reshape(-1),
        )  # fmt: skip
        if not fits:
            raise ValueError(_UNFIT)
        return drawn
    quanta = scratch("quanta.expected", signal.shape)
    np.divide(signal, weight, out=quanta, casting="same_kind")
    least, most = float(quanta.min(initial=np.inf)), float(quanta.max(initial=0.0))
    if not (least >= 0.0 and most < np.inf):
        raise ValueError(_UNFIT)
    if most < DIRECT_POISSON_BELOW:
        drawn[...] = _counts(quanta, cells.reshape(quanta.shape), between.reshape(quanta.shape))
    else:
        _bend_normals(quanta, cells, drawn)
        if least < DIRECT_POISSON_BELOW:
            _count_the_few(quanta.reshape(-1), cells, between, drawn.reshape(-1))
    drawn *= weight
    return drawn


def _bend_normals(quanta: Picture, cells: NDArray[np.uint16], drawn: Picture) -> None:
    """Writes n + z sqrt(n - 1/18) + (z^2 - 1) / 6 into drawn, as n - 1/6 + z (z / 6 + sqrt(n - 1/18))."""
    z = scratch("quanta.normal", quanta.shape)
    _normal_values().take(cells, mode="wrap", out=z.reshape(-1))
    root = scratch("quanta.root", quanta.shape)
    np.subtract(quanta, np.float32(1.0 / 18.0), out=root)
    np.maximum(root, np.float32(0.0), out=root)  # those below one 18th are few, and counted afterwards
    np.sqrt(root, out=root)
    np.multiply(z, np.float32(1.0 / 6.0), out=drawn)
    drawn += root
    drawn *= z
    drawn += quanta
    drawn -= np.float32(1.0 / 6.0)


def _count_the_few(quanta: Picture, cells: NDArray[np.uint16], between: NDArray[np.uint8], drawn: Picture) -> None:
    """Writes whole numbers into drawn (n,) where quanta (n,) are few, and zero where none are expected."""
    few = quanta < DIRECT_POISSON_BELOW
    # Neither way writes through a half-true mask, which would cost a wrongly guessed branch a pixel.
    if np.count_nonzero(few) > _SHARE_WORTH_COUNTING_ALL * quanta.size:
        bounded = np.minimum(quanta, _BELOW_FEW, out=scratch("quanta.bounded", quanta.shape))
        counted = np.multiply(_counts(bounded, cells, between), few, out=bounded)
        drawn *= ~few
        drawn += counted
        return
    some = quanta > 0.0
    drawn *= some
    places = np.flatnonzero(few & some)
    drawn[places] = _counts(quanta[places], cells[places], between[places])


def _counts(quanta: Picture, cells: NDArray[np.uint16], bits: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Whole numbers, Poisson distributed about quanta (any shape, as cells, bits), below DIRECT_POISSON_BELOW.

    A mean between two rows of the table takes one of them at random, so that it is exact but for the curve
    of the square root between rows (2.5e-4 quanta) and the table's own rounding.
    """
    level = scratch("quanta.level", quanta.shape)
    np.sqrt(quanta, out=level)
    level *= np.float32(_LEVELS_PER_ROOT)
    between = scratch("quanta.between", quanta.shape)
    level += np.multiply(bits, np.float32(2.0**-8), out=between)
    place = between.view(np.int32)
    np.copyto(place, level, casting="unsafe")
    place <<= 16
    place |= cells
    return _poisson_values().take(place, mode="clip")


def _room(shape: tuple[int, ...], out: Picture | None) -> Picture:
    if out is None:
        return np.empty(shape, dtype=np.float32)
    if out.shape != shape or out.dtype != np.float32 or not out.flags.c_contiguous:
        raise ValueError(f"out must be a contiguous float32 array of shape {shape}")
    return out


def _random_bytes(n: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """n independent numbers, each of 0 to 255 equally likely."""
    return _random_bits((n + 1) // 2, rng).view(np.uint8)[:n]


def _random_bits(n: int, rng: np.random.Generator) -> NDArray[np.uint16]:
    """n independent numbers, each of 0 to 65535 equally likely."""
    return rng.integers(0, 1 << 64, size=(n + 3) // 4, dtype=np.uint64).view(np.uint16)[:n]


@lru_cache(maxsize=1)
def _normal_values() -> Picture:
    """Mean of the normal distribution within each of 65536 equally likely cells, scaled to variance one."""
    edges = special.ndtri(np.linspace(0.0, 1.0, _CELLS + 1))
    density = np.exp(-0.5 * edges**2) / np.sqrt(2.0 * np.pi)
    means = (density[:-1] - density[1:]) * _CELLS
    means = 0.5 * (means - means[::-1])  # symmetric without rounding errors: the mean is zero
    return _kept((means / means.std()).astype(np.float32))


@lru_cache(maxsize=1)
def _poisson_values() -> NDArray[np.uint8]:
    """Count for each row (mean (row / 32)^2) and cell, flat: each count in as many cells as its probability asks.

    Probabilities are rounded to 2^-17 as they add up, which puts the mean off by less than 2e-4 quanta.
    """
    thresholds = _poisson_thresholds()
    table = np.empty((len(thresholds), _CELLS), dtype=np.uint8)
    for row, below in zip(table, thresholds, strict=True):
        row[:] = np.repeat(np.arange(_COUNTS), np.diff(below, prepend=0))
    return _kept(table.reshape(-1))


@lru_cache(maxsize=1)
def _poisson_steps() -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """The same in the room of a first-level cache: ``_poisson_thresholds``, and the count of every 256th cell
    (rows, 256), from which the one wanted is a step or two away."""
    thresholds, every_256th = _poisson_thresholds(), np.arange(0, _CELLS, 256)
    first = [np.searchsorted(below, every_256th, side="right") for below in thresholds]
    return thresholds, _kept(np.array(first, dtype=np.uint8))


@lru_cache(maxsize=1)
def _poisson_thresholds() -> NDArray[np.int32]:
    """Cells of no more than each count (rows, counts), rows as in ``_poisson_values``."""
    rows = int(np.ceil(np.sqrt(DIRECT_POISSON_BELOW) * _LEVELS_PER_ROOT)) + 1
    means = (np.arange(rows) / _LEVELS_PER_ROOT) ** 2
    below = _CELLS * special.pdtr(np.arange(_COUNTS), means[:, None])
    return _kept(np.round(below).astype(np.int32))


def _kept(table: NDArray[T]) -> NDArray[T]:
    table.setflags(write=False)
    return table

"""Exposures with known attenuation and noise, for the tests of monitors."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from simulator.imaging.detector_image import DetectorImage

SHAPE, PIXEL_MM, OPEN_KEV = (128, 144), 1.0, 2.0e6
QUANTUM_KEV = 40.0
FULL = np.ones(SHAPE, dtype=bool)


def body() -> np.ndarray:
    """Log attenuation of a trunk, uneven from side to side, with two dense discs and a stripe."""
    r, c = np.mgrid[: SHAPE[0], : SHAPE[1]]
    log = 4.0 + 0.3 * np.sin(c / 40.0)
    log += 0.4 * ((r - 40) ** 2 + (c - 60) ** 2 < 15**2) + 0.3 * ((r - 90) ** 2 + (c - 90) ** 2 < 11**2)
    return (log + 0.3 * (np.abs(r - 0.3 * c - 20) < 2)).astype(np.float32)


def needle(rows: slice = slice(60, 68), columns: slice = slice(20, 80), log: float = 1.0) -> np.ndarray:
    """Log attenuation that an instrument adds."""
    added = np.zeros(SHAPE, np.float32)
    added[rows, columns] = log
    return added


BODY = (OPEN_KEV * np.exp(-body())).astype(np.float32)
"""The expected signal of the trunk."""
SHARE = BODY / np.float32(OPEN_KEV)
"""The same as a share of the bare beam: one array for all exposures, as the contract says."""


def exposure(
    seed: int | None = 0,
    added: np.ndarray | float = 0.0,
    *,
    inside: np.ndarray = FULL,
    geometry: Hashable = "straight",
    anatomy_kev: np.ndarray = BODY,
) -> DetectorImage:
    """One exposure of the trunk with something added; no seed, no noise."""
    expected = (anatomy_kev * np.exp(-np.asarray(added)) * inside).astype(np.float32)
    signal = expected
    if seed is not None:
        drawn = np.random.default_rng([3, seed]).standard_normal(SHAPE, dtype=np.float32)
        signal = (expected + np.sqrt(QUANTUM_KEV * expected) * drawn).astype(np.float32)
    share = SHARE if anatomy_kev is BODY else np.float32(1.0 / OPEN_KEV) * anatomy_kev
    return DetectorImage(signal, expected, share, OPEN_KEV, inside, PIXEL_MM, geometry)

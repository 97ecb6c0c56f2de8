"""Lag: what a caesium-iodide panel with amorphous-silicon photodiodes still shows of earlier exposures.

A small share of the charge of each exposure is caught in traps of the photodiodes and comes out later, slowly. Two
kinds of traps, each emptying exponentially, follow the mean course that Siewerdsen and Jaffray (Med Phys
1999;26:1624) measured at a quarter of saturation: 0.7, 0.4 and 0.3 % in the second to fourth frame after an
exposure, and 2 % in the first, where they found 2 to 10 %, more at low exposure. The length of their frames
we do not know and take as 1 / 15 s: the time constants are presets, unconfirmed.

Charge is conserved: what is seen and what is caught add up to what came in. Neglected: that lag grows as exposure
falls, ghosting (the gain's memory), and that electronic noise, added by the amplifiers, is not caught.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.imaging.scratch import scratch

try:
    from simulator.imaging.panel import lag_compiled
except ImportError:  # numba has no wheel for every Python
    lag_compiled = None  # type: ignore[assignment]

COMPILED = lag_compiled is not None
"""Whether the compiled twin does the work."""
Picture = NDArray[np.float32]

TRAPPED_SHARES = (0.015, 0.028)
"""Share of an exposure's charge that each kind of trap catches (fitted as above, unconfirmed)."""
TRAP_SECONDS = (0.033, 0.23)
"""Time in which each kind empties to 1 / e, s (fitted as above, unconfirmed)."""


@dataclass(frozen=True, eq=False)
class Trap:
    """Charge in the traps of a panel just after a reading: charge_kev (kinds, rows, cols), in keV of signal."""

    charge_kev: Picture


def empty_trap(shape: tuple[int, int]) -> Trap:
    """The traps of a rested panel of that shape (rows, cols)."""
    return Trap(np.zeros((len(TRAPPED_SHARES), *shape), dtype=np.float32))


def lagged(signal_kev: NDArray, trap: Trap, seconds_since: float) -> tuple[Picture, Trap]:
    """What a reading shows of an exposure signal_kev (rows, cols), and the traps after it.

    trap is that of the reading before, seconds_since ago; all that came out of it since is seen in this reading.
    A panel that was read and thrown away in between, as between two presses of the pedal: see ``scrubbed``. Raises
    ValueError for a picture of another size than the traps, or a time that is not positive.
    """
    signal = np.asarray(signal_kev, dtype=np.float32)
    if signal.shape != trap.charge_kev.shape[1:]:
        raise ValueError(
            f"the picture has shape {signal.shape}, the traps {trap.charge_kev.shape[1:]}; "
            f"start with empty_trap after a change of the read-out"
        )
    after, direct = np.empty_like(trap.charge_kev), np.float32(1.0 - sum(TRAPPED_SHARES))
    if COMPILED and signal.flags.c_contiguous:
        seen = np.empty_like(signal)
        shares, kept_shares = (
            tuple(np.float32(s) for s in found) for found in (TRAPPED_SHARES, _kept_shares(seconds_since))
        )
        charge, left = (a.reshape(len(TRAPPED_SHARES), -1) for a in (trap.charge_kev, after))
        lag_compiled.read(signal.reshape(-1), charge, direct, shares, kept_shares, seen.reshape(-1), left)
        return seen, Trap(after)
    seen = signal * direct
    moved = scratch("lag.moved", signal.shape)
    for charge, left, share, kept in zip(
        trap.charge_kev, after, TRAPPED_SHARES, _kept_shares(seconds_since), strict=True
    ):
        np.multiply(charge, np.float32(kept), out=left)
        np.subtract(charge, left, out=moved)
        seen += moved
        np.multiply(signal, np.float32(share), out=moved)
        left += moved
    return seen, Trap(after)


def scrubbed(trap: Trap, seconds: float) -> Trap:
    """The traps after that time in which the panel was read without exposure and the readings thrown away."""
    kept = np.array(_kept_shares(seconds), dtype=np.float32)
    return Trap(trap.charge_kev * kept[:, None, None])


def _kept_shares(seconds: float) -> tuple[float, ...]:
    if not seconds > 0.0:
        raise ValueError(f"time between two readings must be positive, got {seconds} s")
    return tuple(float(np.exp(-seconds / constant)) for constant in TRAP_SECONDS)

"""Lag compiled with numba: the same as ``lag``, bit for bit, in one pass over the picture.

Importing this raises ImportError where numba is not installed.
"""

from __future__ import annotations

from typing import Any

from anatomy.as_compiled import compiled


@compiled
def read(signal: Any, charge: Any, direct: Any, shares: Any, kept: Any, seen: Any, after: Any) -> None:
    """Writes what a reading shows of signal (n,) into seen (n,), and the traps (2, n) after it into after.

    direct is the share of a signal that no trap catches; shares and kept (2,) are what each kind catches of a
    signal, and keeps of its charge.
    """
    share_one, share_other = shares
    kept_one, kept_other = kept
    one, other, left_one, left_other = charge[0], charge[1], after[0], after[1]
    for i in range(len(signal)):
        value = signal[i]
        stays_one, stays_other = one[i] * kept_one, other[i] * kept_other
        seen[i] = value * direct + (one[i] - stays_one) + (other[i] - stays_other)
        left_one[i] = stays_one + value * share_one
        left_other[i] = stays_other + value * share_other

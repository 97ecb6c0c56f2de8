"""Working memory that is handed out again, because fresh pages cost more than the arithmetic on them.

A fresh megabyte is mapped page by page at first touch, which takes longer than ten additions of two pictures.
Functions that need room between their lines take it from here; what they return never lives here, so nobody
sees that it is shared. Each thread has its own.
"""

from __future__ import annotations

import threading
from math import prod

import numpy as np
from numpy.typing import NDArray

_rooms = threading.local()


def scratch(purpose: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """A float32 array of that shape with anything in it, valid until this thread asks for the same purpose again.

    purpose is "module.what": two that are in use together must differ. The largest room asked for is kept.
    """
    kept: NDArray[np.float32] | None = getattr(_rooms, purpose, None)
    size = prod(shape)
    if kept is None or kept.size < size:
        kept = np.empty(size, dtype=np.float32)
        setattr(_rooms, purpose, kept)
    return kept[:size].reshape(shape)

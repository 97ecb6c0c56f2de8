"""How the C library keeps the memory of arrays that were let go: on Linux, not more than it has to.

With every large block that is freed, glibc raises the size up to which blocks are cut from its heap, to 32 MB at
last, and it has a heap for each thread. A session lets go of many arrays of that size (a patient's bone at another
amplitude), each in another order than it took them, and the heaps then hold half as much again as what is in use.
"""

from __future__ import annotations

import ctypes
import sys

LARGE_BYTES = 4 << 20
"""Blocks from this size on go back to the system at once. No array that is made for each frame is as large: its
pages would be fresh every time."""
HEAPS = 2
"""Threads beyond so many share heaps."""

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  # of malloc.h


def give_back_large_blocks() -> bool:
    """Sets both for this process; False where the C library is another, which is then left as it is."""
    if not sys.platform.startswith("linux"):
        return False
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is None:
        return False
    return bool(set_option(_MMAP_THRESHOLD, LARGE_BYTES)) and bool(set_option(_ARENA_MAX, HEAPS))


def give_back_free_memory() -> bool:
    """Gives the system what lies free between blocks in use, in milliseconds. False where there is no such call.

    For the moment when a case has gone: what it held in small blocks would stay with the process.
    """
    if not sys.platform.startswith("linux"):
        return False
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim is not None and bool(trim(0))

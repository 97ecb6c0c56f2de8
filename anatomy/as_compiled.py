"""How the twins of NumPy functions are compiled with numba.

Importing this raises ImportError where numba is not installed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """function compiled, to the same arithmetic as NumPy's: no sum is regrouped, no product fused with a sum.

    It runs without Python's lock. The result is kept on disk where numba finds a place to write.
    """
    return _compiled(function, fastmath=False)


def compiled_freely(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same where the compiler may regroup and fuse, for sums whose last bits do not matter."""
    return _compiled(function, fastmath=True)


def _compiled(function: Callable[..., Any], *, fastmath: bool) -> Callable[..., Any]:
    options: dict[str, Any] = {"nogil": True, "fastmath": fastmath, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # "no locator available": a read-only installation without a home
        return numba.njit(**options)(function)

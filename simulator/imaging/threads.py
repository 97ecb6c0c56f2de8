"""A few threads for work that NumPy, SciPy or numba do without holding Python's lock."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

VARIABLE = "VERTEBROSIM_THREADS"
MOST = 4
"""More threads than this share too little work to be worth waking."""


def threads_wanted(setting: str | None) -> int:
    """Threads for one picture: the cores this process may use, up to MOST, or what the variable says, 1 to MOST.

    Raises ValueError for a setting that is not a whole number above 0.
    """
    if not setting:
        return min(MOST, _cores())
    try:
        wanted = int(setting)
    except ValueError:
        wanted = 0
    if wanted < 1:
        raise ValueError(f"{VARIABLE} is {setting!r}; set it to a whole number from 1 to {MOST}, or unset it")
    return min(MOST, wanted)


def _cores() -> int:
    """Cores this process may use; not every system can tell which those are, then all."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


try:
    THREADS = threads_wanted(os.environ.get(VARIABLE))
except ValueError as bad:  # the user's mistake, found while importing: one sentence instead of a traceback
    sys.stderr.write(f"vertebrosim: {bad}\n")
    raise SystemExit(2) from None

_inside = threading.local()


def in_parallel(work: Callable[[Task], Result], tasks: Iterable[Task]) -> list[Result]:
    """work done on every task, in the order of the tasks; on one thread where there is one task or one core.

    May be called from several threads at once, which then share the pool. Called by work itself it goes on in the
    same thread: a pool that waits for its own threads may wait for ever.
    """
    waiting = list(tasks)
    if len(waiting) < 2 or THREADS < 2 or getattr(_inside, "pool", False):
        return [work(task) for task in waiting]
    return list(_pool().map(work, waiting))


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, "picture", initializer=setattr, initargs=(_inside, "pool", True))


if hasattr(os, "register_at_fork"):  # a forked worker has the pool, but not its threads
    os.register_at_fork(after_in_child=_pool.cache_clear)

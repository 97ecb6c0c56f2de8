"""A few threads for work that NumPy, SciPy or numba do without holding Python's lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

THREADS = max(1, min(4, int(os.environ.get("VERTEBROSIM_THREADS") or len(os.sched_getaffinity(0)))))
"""Threads for one picture: the cores this process may use, up to four, or VERTEBROSIM_THREADS."""


def in_parallel(work: Callable[[Task], Result], tasks: Iterable[Task]) -> list[Result]:
    """work done on every task, in the order of the tasks; on one thread where there is one task or one core.

    work itself must not wait for this pool.
    """
    waiting = list(tasks)
    if len(waiting) < 2 or THREADS < 2:
        return [work(task) for task in waiting]
    return list(_pool().map(work, waiting))


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="picture")

"""One measurement, and how it is taken."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

Tell = Callable[[str, float], None]


@dataclass(frozen=True)
class Row:
    """One measurement: median, min and max of runs, in unit; details say what else belongs to it."""

    name: str
    unit: str
    median: float
    min: float
    max: float
    runs: int
    details: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The row as bench --json writes it."""
        return asdict(self)


def seconds_of(work: Callable[[], object]) -> float:
    """How long a piece of work takes once, s."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def timed(name: str, work: Callable[[], object], runs: int, **details: Any) -> Row:
    """Milliseconds of a piece of work: one warm-up, then runs."""
    work()
    return row_of(name, [seconds_of(work) for _ in range(runs)], **details)


def row_of(name: str, seconds: list[float], **details: Any) -> Row:
    """The row of several times of the same work, in milliseconds."""
    times = [1e3 * t for t in seconds]
    return Row(name, "ms", median(times), min(times), max(times), len(times), details)


def peak_memory() -> list[Row]:
    """The most memory that this process has held until now; no row where the system does not tell."""
    if sys.platform == "win32":
        return []
    import resource

    unit = 1e6 if sys.platform == "darwin" else 1e3  # macOS counts bytes, Linux thousands
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    return [Row("peak memory of the process", "MB", peak_mb, peak_mb, peak_mb, 1)]

"""Benchmarks: the same work as the program does, timed on this machine.

Each row is the median of several runs with minimum and maximum. Machines are noisy: compare rows of one run,
not numbers of different days.
"""

from __future__ import annotations

from collections.abc import Callable

from simulator.bench.desktop import bench_desktop
from simulator.bench.engine import bench_cement, bench_session, bench_startup, bench_step, default_case
from simulator.bench.frame import bench_frame
from simulator.bench.projector import PROJECTOR_VIEWS, bench_projector, phantoms, projector_view
from simulator.bench.rows import Row, Tell

__all__ = ["BENCHES", "PROJECTOR_VIEWS", "Row", "default_case", "phantoms", "projector_view", "run_benches"]

BENCHES: dict[str, Callable[[int, Tell], list[Row]]] = {
    "projector": bench_projector,
    "frame": bench_frame,
    "step": bench_step,
    "cement": bench_cement,
    "session": bench_session,
    "startup": bench_startup,
    "desktop": bench_desktop,
}


def run_benches(names: list[str], runs: int, tell: Tell) -> list[Row]:
    """The rows of some benchmarks."""
    rows: list[Row] = []
    for name in names:
        rows += BENCHES[name](runs, tell)
    return rows

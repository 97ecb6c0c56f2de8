"""Our projector, with either kernel."""

from __future__ import annotations

from functools import partial

from anatomy.volume import Volume
from simulator.imaging import threads as picture_threads
from simulator.imaging.projection.projector import KERNELS, Projectable, line_integrals
from simulator.imaging.view import View
from tests.benchmarks.peers.contestants import Projection


def prepare(volume: Volume, view: View, threads: int, *, kernel: str) -> Projection:
    """The volume ready for projection, as the program keeps it. The worker's VERTEBROSIM_THREADS sets threads."""
    if kernel not in KERNELS:
        raise ImportError(f"no {kernel} kernel here: it needs numba")
    if threads != picture_threads.THREADS:
        raise RuntimeError(f"{picture_threads.THREADS} threads instead of {threads}: set VERTEBROSIM_THREADS")
    return partial(line_integrals, Projectable(volume), view, kernel=kernel)

"""The yardstick: a ray march with a trilinear sample every millimetre, compiled, no trick."""

from __future__ import annotations

from functools import partial

import numba

from anatomy.volume import Volume
from simulator.imaging.view import View
from tests.benchmarks.peers.contestants import Projection
from tests.benchmarks.peers.ray_tracing import marched


def prepare(volume: Volume, view: View, threads: int) -> Projection:
    """The march at a step of 1 mm on so many threads."""
    numba.set_num_threads(threads)
    return partial(marched, volume, view, step_mm=1.0)

"""Where cement lies, and what of it has leaked."""

from __future__ import annotations

import numpy as np

from anatomy.regions import Region
from simulator.devices.ground import GroundNow, leak_destination
from simulator.engine.state import State


def cement_by_region_ml(now: GroundNow, state: State) -> dict[Region, float]:
    """Cement by the region it lies in now."""
    filling = state.batch.filling
    labels = now.label[filling.window].ravel()
    sums = np.bincount(labels, filling.cement_ml.ravel(), minlength=max(Region) + 1)
    return {Region(int(number)): float(sums[number]) for number in np.flatnonzero(sums > 0.0)}


def leaked_ml(now: GroundNow, state: State) -> dict[str, float]:
    """Cement outside bone by destination."""
    out = {}
    for region, ml in cement_by_region_ml(now, state).items():
        destination = leak_destination(region)
        if destination is not None:
            out[destination] = ml
    return out

"""The bone that is left between what instruments have opened."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.devices.ground import GroundNow
from simulator.engine.state import Opened


def mineral_now(now: GroundNow, opened: Opened) -> NDArray[np.float32]:
    """Mineral (i, j, k) with what balloons have pushed aside."""
    if opened.mineral_taken is None:
        return now.mineral
    return np.maximum(now.mineral - opened.mineral_taken, 0.0)

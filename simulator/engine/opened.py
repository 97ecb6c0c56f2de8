"""The bone that is left between what instruments have opened."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.devices.ground import GroundNow
from simulator.engine.state import Opened


def mineral_now(now: GroundNow, opened: Opened) -> NDArray[np.float32]:
    """Mineral (i, j, k) less what balloons have pushed aside and curettes have taken out."""
    mineral = now.mineral
    if opened.mineral_taken is not None:
        mineral = np.maximum(mineral - opened.mineral_taken, 0.0)
    if opened.scraped is not None:
        mineral = np.where(opened.scraped, np.float32(0.0), mineral)
    return mineral

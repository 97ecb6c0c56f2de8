"""The collimated field: two pairs of blades and an iris, given by what they leave open at the detector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.imaging.view import View


@dataclass(frozen=True)
class Collimation:
    """What is left open at the detector, mm: height and width between the blades, diameter of the iris.

    None for the iris leaves it out of the way. Raises ValueError for a field that is not open.
    """

    height_mm: float = 298.0
    width_mm: float = 298.0
    iris_mm: float | None = None

    def __post_init__(self) -> None:
        for name in ("height_mm", "width_mm", "iris_mm"):
            value = getattr(self, name)
            if value is not None and not value > 0.0:
                raise ValueError(f"{name} must be positive, got {value}")

    def open_pixels(self, view: View) -> NDArray[np.bool_]:
        """True where the beam reaches the panel (rows, columns)."""
        r, c = ((np.arange(n) - (n - 1) / 2.0) * view.pixel_mm for n in view.shape)
        inside = (np.abs(r) <= self.height_mm / 2.0)[:, None] & (np.abs(c) <= self.width_mm / 2.0)[None, :]
        if self.iris_mm is not None:
            inside &= (r * r)[:, None] + (c * c)[None, :] <= (self.iris_mm / 2.0) ** 2
        return inside

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

    @property
    def area_mm2(self) -> float:
        """Open area: the rectangle, or what it has in common with the iris.

        >>> round(Collimation(100.0, 100.0, 100.0).area_mm2)
        7854
        """
        a, b = 0.5 * self.height_mm, 0.5 * self.width_mm
        if self.iris_mm is None or 0.5 * self.iris_mm >= np.hypot(a, b):
            return 4.0 * a * b
        r = 0.5 * self.iris_mm
        a, b = min(a, r), min(b, r)
        # A quarter of the disc below height a: under the arc from the corner where it leaves the blade to width b.
        start = np.sqrt(r * r - a * a)
        return float(4.0 * (a * start + _under_arc(r, b) - _under_arc(r, start)) if start < b else 4.0 * a * b)

    def open_pixels(self, view: View) -> NDArray[np.bool_]:
        """True where the beam reaches the panel (rows, columns)."""
        r, c = ((np.arange(n) - (n - 1) / 2.0) * view.pixel_mm for n in view.shape)
        inside = (np.abs(r) <= self.height_mm / 2.0)[:, None] & (np.abs(c) <= self.width_mm / 2.0)[None, :]
        if self.iris_mm is not None:
            inside &= (r * r)[:, None] + (c * c)[None, :] <= (self.iris_mm / 2.0) ** 2
        return inside


def _under_arc(radius: float, x: float) -> float:
    """Integral of sqrt(radius^2 - x^2) from 0 to x."""
    return float(0.5 * (x * np.sqrt(radius * radius - x * x) + radius * radius * np.arcsin(x / radius)))

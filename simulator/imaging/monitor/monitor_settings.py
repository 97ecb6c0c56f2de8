"""What a radiographer sets at a fluoroscope's monitor. Frozen: a change is a copy with dataclasses.replace."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from simulator.imaging.monitor.display import ENHANCEMENT
from simulator.imaging.monitor.presentation import Orientation, Shutter

Mode = Literal["native", "subtraction", "roadmap"]

FILTER_STRENGTHS = {"off": 1.0, "low": 0.5, "medium": 0.25, "high": 0.1}
"""Weight k of the new frame in the recursive filter; noise falls to 1, 0.58, 0.38 and 0.23 (physics D3)."""


@dataclass(frozen=True)
class MonitorSettings:
    """Processing and presentation of one monitor. The defaults are presets, unconfirmed.

    filter_k            weight of the new frame in the recursive filter, 1 for off; see FILTER_STRENGTHS
    motion_detection    whether the filter lets go where something moves
    enhancement         gain of the edge enhancement, 0 for off (0.3 to 1; physics D3)
    window_factor       width of the window as a multiple of the automatic one; below 1 is more contrast
    level_shift         shift of the level in widths of the automatic window; above 0 is brighter
    invert              bone and metal bright instead of dark
    orientation         flips, turns, zoom
    shutter             electronic shutter, or None
    mode                native picture, digital subtraction, or roadmap: the subtraction over a faint live picture
    subtraction_window  width of the window of subtracted pictures, in log attenuation
    mask_shift_px       how far the mask is moved before it is subtracted: rows, columns
    landmark            contrast that a roadmap leaves to the live picture, 0 to 1
    """

    filter_k: float = FILTER_STRENGTHS["low"]
    motion_detection: bool = True
    enhancement: float = ENHANCEMENT
    window_factor: float = 1.0
    level_shift: float = 0.0
    invert: bool = False
    orientation: Orientation = field(default_factory=Orientation)
    shutter: Shutter | None = None
    mode: Mode = "native"
    subtraction_window: float = 0.8
    mask_shift_px: tuple[float, float] = (0.0, 0.0)
    landmark: float = 0.35

    def __post_init__(self) -> None:
        if not 0.0 < self.filter_k <= 1.0:
            raise ValueError(f"filter_k must lie above 0 (strong) and up to 1 (off), got {self.filter_k}")
        for name, low, high in (
            ("enhancement", 0.0, 3.0),
            ("window_factor", 0.1, 10.0),
            ("level_shift", -3.0, 3.0),
            ("subtraction_window", 0.05, 8.0),
            ("landmark", 0.0, 1.0),
        ):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must lie between {low:g} and {high:g}, got {getattr(self, name)}")
        if self.mode not in get_args(Mode):
            raise ValueError(f"mode must be one of {', '.join(get_args(Mode))}, got {self.mode!r}")
        if len(self.mask_shift_px) != 2 or not np.all(np.isfinite(self.mask_shift_px)):
            raise ValueError(f"mask_shift_px must be two numbers, rows and columns, got {self.mask_shift_px}")

"""Where a picture stands on a monitor, in the screen's own pixels, so that none of its pixels is blurred
without need. Pure, no Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Left, top and side of the picture's square, device pixels from the window's corner; sharp: each of the
    picture's pixels is as many of the screen's, so that nothing is smoothed."""

    left: int
    top: int
    side: int
    sharp: bool


def place(
    corner: tuple[float, float],
    size: tuple[float, float],
    gutter: float,
    ratio: float,
    pixels: int,
    *,
    whole: bool,
) -> Place:
    """The largest square between gutters above and below, in the middle.

    corner, size: of the monitor in its window, and gutter, all in logical pixels; ratio: device pixels in
    one of those; pixels: of the picture's side; whole: only whole multiples of them, where the monitor has
    room for one.

    >>> place((0.0, 0.0), (700.0, 700.0), 20.0, 1.5, 512, whole=True)
    Place(left=269, top=269, side=512, sharp=True)
    >>> place((0.0, 0.0), (700.0, 700.0), 20.0, 1.5, 512, whole=False)
    Place(left=30, top=30, side=990, sharp=False)
    """
    side = max(math.floor(min(size[0], size[1] - 2.0 * gutter) * ratio + 1e-6), 1)
    times = side // pixels
    if whole and times >= 1:
        side = times * pixels
    left, top = (
        round(at * ratio + 0.5 * (extent * ratio - side)) for at, extent in zip(corner, size, strict=True)
    )
    return Place(left, top, side, side % pixels == 0)

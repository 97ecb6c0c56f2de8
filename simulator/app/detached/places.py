"""Where windows stood, by screen: kept as plain rows, and used again only if that screen is still there. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Rect = tuple[int, int, int, int]
"""Left, top, width and height, logical pixels of the whole desktop."""
LEAST_PX, SEEN_PX = 200, 80
"""Least side of a window, and how much of it must lie on its screen, so that it can be taken hold of."""


def row(screen: str, rect: Rect, *, full: bool, out: bool) -> dict[str, Any]:
    """A place as it is kept. full: on the whole screen; out: whether it was a window of its own at the end."""
    return {"screen": screen, "rect": list(rect), "full": full, "out": out}


def rect_of(kept: Any, screens: Mapping[str, Rect]) -> Rect | None:
    """Where a window is to stand; None where the screen is gone, the place beyond it, or the row makes no sense.

    screens: what each shows now, by name.
    """
    if not isinstance(kept, dict) or not isinstance(kept.get("screen"), str):
        return None
    rect = kept.get("rect")
    if not isinstance(rect, list) or len(rect) != 4 or not all(type(side) is int for side in rect):
        return None
    screen = screens.get(kept["screen"])
    left, top, width, height = rect
    if screen is None or min(width, height) < LEAST_PX or max(width, height) > 20_000:
        return None
    across = min(left + width, screen[0] + screen[2]) - max(left, screen[0])
    down = min(top + height, screen[1] + screen[3]) - max(top, screen[1])
    above = screen[1] <= top < screen[1] + screen[3]  # the bar to take hold of
    return (left, top, width, height) if min(across, down) >= SEEN_PX and above else None


def other_screen(here: str, screens: Mapping[str, Rect]) -> str | None:
    """A screen that the room is not on, the largest; None where there is one screen only."""
    others = [name for name in screens if name != here]
    return max(others, key=lambda name: screens[name][2] * screens[name][3], default=None)

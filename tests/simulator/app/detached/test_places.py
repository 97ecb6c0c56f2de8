"""Kept places are used only where they can be: the screen is there, the window can be taken hold of."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.app.detached.places import other_screen, rect_of, row

SCREENS = {"laptop": (0, 0, 1920, 1080), "wall": (1920, -200, 3840, 2160)}


def test_a_place_comes_back() -> None:
    kept = row("wall", (2500, 100, 900, 950), full=False, out=True)
    assert rect_of(kept, SCREENS) == (2500, 100, 900, 950)


@pytest.mark.parametrize(
    "kept",
    [
        None,
        {},
        {"screen": "wall"},
        {"screen": "wall", "rect": [1, 2, 3]},
        {"screen": "wall", "rect": [2000, 0, 500.5, 500]},
        {"screen": "wall", "rect": [2000, 0, True, 500]},
        row("beamer", (0, 0, 800, 800), full=True, out=True),
        row("laptop", (5000, 100, 800, 800), full=False, out=True),
        row("laptop", (100, -300, 800, 800), full=False, out=True),
        row("laptop", (100, 100, 90, 800), full=False, out=True),
        row("laptop", (1900, 100, 800, 800), full=False, out=True),
    ],
)
def test_what_cannot_be_used_is_passed_over(kept: Any) -> None:
    assert rect_of(kept, SCREENS) is None


def test_the_other_screen_is_the_largest_one() -> None:
    assert other_screen("laptop", SCREENS) == "wall"
    assert other_screen("laptop", SCREENS | {"small": (0, 1080, 800, 600)}) == "wall"
    assert other_screen("laptop", {"laptop": (0, 0, 10, 10)}) is None

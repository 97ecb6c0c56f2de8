"""The console of a monitor: how pictures look. Nothing of it reaches the session. Pure but for the monitor itself.

Every change is a function of a plane's ``Monitor``; the player carries it out on its own thread, between pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import get_args

from simulator.imaging.monitor.monitor import Monitor, StoredImage
from simulator.imaging.monitor.monitor_settings import FILTER_STRENGTHS, Mode, MonitorSettings

Change = Callable[[Monitor], None]
LEVEL_STEP, WINDOW_STEP = 0.1, 1.25
"""One press of a key: level in widths of the automatic window, and the factor of the window's width."""
DRAGGED_PX = 300.0
"""Dragging so far moves the level by a whole window, or halves or doubles its width twice."""
ZOOMS = (1.0, 1.5, 2.0)
MOST_LEVEL, LEAST_WINDOW, MOST_WINDOW = 1.5, 0.2, 5.0


@dataclass(frozen=True, eq=False)
class Look:
    """What is set at a monitor, what stands for reference, and how many images are stored."""

    settings: MonitorSettings
    reference: StoredImage | None
    stored: tuple[StoredImage, ...]


def look(monitor: Monitor) -> Look:
    """What can be read off a monitor now."""
    return Look(monitor.settings, monitor.reference, monitor.stored)


def windowed(settings: MonitorSettings, factor: float, shift: float) -> MonitorSettings:
    """A window so many times as wide, a level shifted by so many automatic windows; within what makes sense."""
    return replace(
        settings,
        window_factor=min(max(settings.window_factor * factor, LEAST_WINDOW), MOST_WINDOW),
        level_shift=min(max(settings.level_shift + shift, -MOST_LEVEL), MOST_LEVEL),
    )


def dragged(right_px: float, up_px: float) -> Change:
    """The usual drag of window and level: to the right a wider window, upwards brighter."""
    factor = 4.0 ** (right_px / DRAGGED_PX)
    return setting(lambda settings: windowed(settings, factor, up_px / DRAGGED_PX))


def setting(change: Callable[[MonitorSettings], MonitorSettings]) -> Change:
    """A change of settings alone."""

    def apply(monitor: Monitor) -> None:
        monitor.settings = change(monitor.settings)

    return apply


def _flipped(settings: MonitorSettings) -> MonitorSettings:
    hung = settings.orientation
    return replace(settings, orientation=replace(hung, flip_horizontal=not hung.flip_horizontal))


def _turned(settings: MonitorSettings) -> MonitorSettings:
    hung = settings.orientation
    return replace(settings, orientation=replace(hung, quarter_turns=(hung.quarter_turns + 1) % 4))


def _zoomed(settings: MonitorSettings) -> MonitorSettings:
    larger = next((zoom for zoom in ZOOMS if zoom > settings.orientation.zoom), ZOOMS[0])
    return replace(settings, orientation=replace(settings.orientation, zoom=larger))


def _filtered(settings: MonitorSettings) -> MonitorSettings:
    strengths = list(FILTER_STRENGTHS.values())
    return replace(settings, filter_k=strengths[(strengths.index(settings.filter_k) + 1) % len(strengths)])


def _next_mode(settings: MonitorSettings) -> MonitorSettings:
    modes: tuple[Mode, ...] = get_args(Mode)
    return replace(settings, mode=modes[(modes.index(settings.mode) + 1) % len(modes)])


def _another(by: int) -> Change:
    """The stored image before or after the one that stands for reference."""

    def apply(monitor: Monitor) -> None:
        if monitor.reference is None:
            raise ValueError("no image is stored yet: store one first")
        numbers = [kept.number for kept in monitor.stored]
        at = numbers.index(monitor.reference.number) + by if monitor.reference.number in numbers else 0
        monitor.recall(numbers[min(max(at, 0), len(numbers) - 1)])

    return apply


def recalled(number: int) -> Change:
    """A stored image stands for reference again."""

    def apply(monitor: Monitor) -> None:
        monitor.recall(number)

    return apply


def _store(monitor: Monitor) -> None:
    monitor.store()


def _mask(monitor: Monitor) -> None:
    monitor.use_mask()


CHANGES: dict[str, Change] = {
    "store_image": _store,
    "stored_before": _another(-1),
    "stored_after": _another(1),
    "invert": setting(lambda s: replace(s, invert=not s.invert)),
    "flip": setting(_flipped),
    "quarter_turn": setting(_turned),
    "filter": setting(_filtered),
    "zoom": setting(_zoomed),
    "brighter": setting(lambda s: windowed(s, 1.0, LEVEL_STEP)),
    "darker": setting(lambda s: windowed(s, 1.0, -LEVEL_STEP)),
    "more_contrast": setting(lambda s: windowed(s, 1.0 / WINDOW_STEP, 0.0)),
    "less_contrast": setting(lambda s: windowed(s, WINDOW_STEP, 0.0)),
    "as_it_was": setting(lambda _: MonitorSettings()),
    "mask": _mask,
    "subtraction": setting(_next_mode),
}
"""What each action does to the monitor of the plane in hand."""

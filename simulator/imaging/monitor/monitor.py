"""Monitor: what stands on the screen of one imaging plane, from exposure to grey.

It keeps what a real one keeps: the past of its recursive filter, the last image, stored images and a mask. None
of this is part of the simulation's state: a monitor looks on.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simulator.imaging.detector_image import DetectorImage
from simulator.imaging.monitor.display import EVEN_TONES, Field, Look, Toner, look_for, root_of_share
from simulator.imaging.monitor.monitor_settings import Mode, MonitorSettings
from simulator.imaging.monitor.presentation import Shutter
from simulator.imaging.monitor.subtraction import Mask, PeakMask, shift_between, shifted
from simulator.imaging.monitor.temporal import RecursiveFilter

Image = NDArray[np.float32]
Grey = NDArray[np.uint8]

HELD_FRAMES = 4
"""A single frame needs 3.5 times the dose to look as good as the moving picture (physics D3): so many are
averaged for the last image that is held."""
HELD_K = 2.0 / (3.5 + 1.0)
"""A filter of this strength or more averages 3.5 frames by itself: (2 - k) / k."""
DIFFERENCE_SHARE = 0.65
"""Where no difference lies in the window of a subtraction: light grey, with room for what has gone (preset)."""
STORED_AT_MOST = 100


@dataclass(frozen=True, eq=False)
class Shown:
    """What is on the screen: grey (rows, columns), live or held, and how processed; note: why not as set."""

    grey: Grey
    kind: Literal["live", "held"]
    mode: Mode
    note: str = ""


@dataclass(frozen=True, eq=False)
class StoredImage:
    """An image that was kept: as it looked, grey (rows, columns), and its field's log attenuation, for masks."""

    number: int
    grey: Grey
    log_attenuation: Image
    geometry: Hashable


class Monitor:
    """One plane's monitor. Show it exposures; hold, store and subtract as at the console.

    >>> monitor = Monitor(MonitorSettings(filter_k=0.25))
    >>> shown = monitor.show(image)  # doctest: +SKIP
    >>> monitor.settings = replace(monitor.settings, invert=True)  # doctest: +SKIP
    >>> shown = monitor.redraw()  # doctest: +SKIP
    """

    def __init__(self, settings: MonitorSettings | None = None) -> None:
        self.settings = settings or MonitorSettings()
        self.stored: tuple[StoredImage, ...] = ()
        self.reference: StoredImage | None = None
        self._set: _SetUp | None = None
        self._mask: Mask | None = None
        self._moved_mask: tuple[Mask, tuple[float, float], Image] | None = None
        self._peak: PeakMask | None = None

    def show(self, image: DetectorImage) -> Shown:
        """The live picture after one more exposure. A new geometry or field begins a new past."""
        current = self._set
        if current is None or not current.has_field(image):
            current = self._set = _SetUp(image)
        if current.geometry != image.geometry:
            current.begin(image.geometry)
        if self._peak is not None and self._peak.geometry != image.geometry:
            self._peak = PeakMask(current.field.within.shape, image.geometry)
        current.take(image, self.settings)
        if self._peak is not None:
            self._peak.add(current.root)
        return self._draw()

    def redraw(self) -> Shown:
        """The same picture with the settings of now. Raises ValueError before the first exposure."""
        self._current()
        return self._draw()

    def hold(self) -> Shown:
        """Last-image hold: the last HELD_FRAMES frames together, or the live picture where that is quieter."""
        self._current().hold(self.settings)
        return self._draw()

    def forget(self) -> None:
        """Nothing has been exposed yet, so there is nothing to draw again. Stored images and masks stay."""
        self._set = self._peak = None

    def begin_run(self) -> None:
        """A new run of exposures: the filter does not mix it with the last one."""
        if self._set is not None:
            self._set.begin(self._set.geometry)

    def store(self) -> StoredImage:
        """Keep what is on the screen, and show it for reference. Beyond STORED_AT_MOST the oldest is dropped."""
        current, shown = self._current(), self._draw()
        number = self.stored[-1].number + 1 if self.stored else 1
        kept = StoredImage(number, shown.grey, current.log_attenuation.copy(), current.geometry)
        self.stored = (*self.stored, kept)[-STORED_AT_MOST:]
        self.reference = kept
        return kept

    def recall(self, number: int) -> StoredImage:
        """Put a stored image on the reference monitor. Raises ValueError for a number that is not stored."""
        for kept in self.stored:
            if kept.number == number:
                self.reference = kept
                return kept
        there = ", ".join(str(kept.number) for kept in self.stored) or "none"
        raise ValueError(f"there is no stored image {number}; stored: {there}")

    def use_mask(self, stored: StoredImage | None = None) -> None:
        """Subtract a stored image from now on, or the average of the last HELD_FRAMES frames."""
        if stored is not None:
            self._mask = Mask(stored.log_attenuation, stored.geometry)
            return
        current = self._current()
        self._mask = Mask(current.average(self.settings).copy(), current.geometry)

    def begin_peak_mask(self) -> None:
        """From the next exposure on, collect the densest that each pixel shows (contrast running in)."""
        self._peak = PeakMask(self._current().field.within.shape, self._current().geometry)

    def end_peak_mask(self) -> None:
        """Subtract what was collected. Raises ValueError where nothing was."""
        if self._peak is None:
            raise ValueError("no peak mask was begun: call begin_peak_mask before the contrast runs in")
        self._mask, self._peak = Mask(_log_of_root(self._peak.root_signal()), self._peak.geometry), None

    def fitting_mask_shift_px(self) -> tuple[float, float]:
        """The mask_shift_px that lays the mask best over the picture now, after the patient has moved.

        Raises ValueError where there is no mask of this geometry, or none that can be made to fit.
        """
        current = self._current()
        if self._mask is None or self._mask.geometry != current.geometry:
            raise ValueError("there is no mask of this view: take one with use_mask")
        return shift_between(self._mask.log_attenuation, current.log_attenuation)

    def _current(self) -> _SetUp:
        if self._set is None:
            raise ValueError("there is no picture on the monitor yet: expose first")
        return self._set

    def _draw(self) -> Shown:
        current, settings = self._current(), self.settings
        mode, note = self._possible_mode(current)
        if mode == "native":
            grey = current.native(settings)
        else:
            grey = current.subtracted(settings, self._mask_now(), settings.landmark if mode == "roadmap" else 0.0)
        if settings.invert:
            grey = np.where(current.inside, 255 - grey, 0).astype(np.uint8)
        if settings.shutter is not None:
            grey *= current.seen_through(settings.shutter)
        return Shown(settings.orientation.hung(grey), current.kind, mode, note)

    def _possible_mode(self, current: _SetUp) -> tuple[Mode, str]:
        """Subtraction falls back to the native picture, and says so, where no mask fits."""
        if self.settings.mode == "native":
            return "native", ""
        if self._mask is None:
            return "native", f"No {self.settings.mode}: take a mask first."
        if self._mask.geometry != current.geometry:
            return "native", f"No {self.settings.mode}: the mask was taken in another view. Take a new one."
        return self.settings.mode, ""

    def _mask_now(self) -> Image:
        """The mask, moved by the shift that is set; worked out once."""
        assert self._mask is not None
        shift, kept = self.settings.mask_shift_px, self._moved_mask
        if kept is None or kept[0] is not self._mask or kept[1] != shift:
            kept = self._moved_mask = (self._mask, shift, shifted(self._mask.log_attenuation, shift))
        return kept[2]


class _SetUp:
    """What belongs to one field: buffers, and for one geometry at a time the filter's past and the look."""

    def __init__(self, image: DetectorImage) -> None:
        self.geometry, self.inside, self.pixel_mm = image.geometry, image.inside, image.pixel_mm
        self.field = Field(image.inside)
        shape = self.field.within.shape
        self.log_attenuation, self._flat = np.empty(shape, np.float32), np.empty(shape, np.float32)
        self.kind: Literal["live", "held"] = "live"
        self._toner = Toner(self.field, image.pixel_mm)
        self._filter, self._averaging = RecursiveFilter(self.field.within), RecursiveFilter(self.field.within)
        self._recent = [np.empty(shape, np.float32) for _ in range(HELD_FRAMES)]
        self.root = self._recent[-1]
        self._anatomy: Image | None = None
        self._look: Look | None = None
        self._shutter: tuple[Shutter, NDArray[np.bool_]] | None = None

    def has_field(self, image: DetectorImage) -> bool:
        """Whether the image has this field."""
        same = image.inside is self.inside or np.array_equal(image.inside, self.inside)
        return same and image.pixel_mm == self.pixel_mm

    def take(self, image: DetectorImage, settings: MonitorSettings) -> None:
        """One more exposure into the past. The root of the signal is filtered: its noise is alike everywhere."""
        if image.anatomy_share is not self._anatomy:
            self._anatomy = image.anatomy_share
            self._look = look_for(image.anatomy_share, 1.0, image.inside, image.pixel_mm)
        root = self._recent.pop(0)
        self._recent.append(root)
        root_of_share(image.signal_kev[self.field.box], 1.0 / image.open_kev, root)
        self.root = self._filter(root, settings.filter_k, motion_detection=settings.motion_detection)
        _log_of_root(self.root, out=self.log_attenuation)
        self.kind = "live"

    def begin(self, geometry: Hashable) -> None:
        """The next exposure begins a new past."""
        self.geometry = geometry
        self._filter.forget()

    def hold(self, settings: MonitorSettings) -> None:
        """The average of the last frames takes the place of the live picture."""
        self.log_attenuation[...] = self.average(settings)
        self.kind = "held"

    def average(self, settings: MonitorSettings) -> Image:
        """Log attenuation of the last frames together, the newest alone where something moved."""
        frames = min(self._filter.frames, HELD_FRAMES)
        if frames <= 1 or settings.filter_k <= HELD_K:
            return self.log_attenuation
        self._averaging.forget()
        for root in self._recent[-frames:]:
            mean = self._averaging(root, 1.0 / HELD_FRAMES, motion_detection=settings.motion_detection)
        return _log_of_root(mean)

    def native(self, settings: MonitorSettings) -> Grey:
        """Grey (rows, columns) of the panel."""
        look, flat = self._flat_look()
        middle, width = _window(look, settings)
        self._toner.enhance(flat, settings.enhancement)
        return self._toner.grey(flat, middle - 0.5 * width, middle + 0.5 * width)

    def subtracted(self, settings: MonitorSettings, mask: Image, landmark: float) -> Grey:
        """Grey (rows, columns) of the difference to a mask, over a share of the native picture's contrast."""
        window = settings.subtraction_window
        look, flat = self._flat_look()
        if landmark > 0.0:
            middle, width = _window(look, settings)
            self._toner.enhance(flat, settings.enhancement)
            flat -= middle
            np.clip(flat, -0.5 * width, 0.5 * width, out=flat)
            flat *= landmark * window / width
            flat += self.log_attenuation
        else:
            flat[...] = self.log_attenuation
        flat -= mask
        return self._toner.grey(flat, (DIFFERENCE_SHARE - 1.0) * window, DIFFERENCE_SHARE * window, EVEN_TONES)

    def seen_through(self, shutter: Shutter) -> NDArray[np.bool_]:
        """The pixels (rows, columns) that a shutter leaves open; worked out once."""
        if self._shutter is None or self._shutter[0] != shutter:
            self._shutter = (shutter, shutter.open_pixels(self.field.shape, self.pixel_mm))
        return self._shutter[1]

    def _flat_look(self) -> tuple[Look, Image]:
        assert self._look is not None
        np.subtract(self.log_attenuation, self._look.slow[self.field.box], out=self._flat)
        return self._look, self._flat


def _window(look: Look, settings: MonitorSettings) -> tuple[float, float]:
    """Middle and width of the window in compressed log attenuation."""
    automatic = look.darkest - look.brightest
    middle = 0.5 * (look.brightest + look.darkest) + settings.level_shift * automatic
    return middle, settings.window_factor * automatic


def _log_of_root(root: Image, out: Image | None = None) -> Image:
    """Log attenuation of the root of a signal that is a share of the open beam's, and above 0."""
    out = np.log(root, out=out)
    out *= -2.0
    return out

"""What stands on the monitors: a state's picture alone, or the live pictures of a room with their past.

Pictures never influence a session. ``frame`` draws any state by itself. ``Screens`` follows exposures in their
order, as panel and monitor do: lag, recursive filter, last-image hold.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from simulator.engine.breathing import shift_px
from simulator.engine.case import PLANES, STREAM_NOISE, Case
from simulator.engine.exposing import technique
from simulator.engine.scene import scene
from simulator.engine.state import TICK_HZ, Plane, State
from simulator.imaging.beam.exposure import Technique
from simulator.imaging.carm import PlaneName
from simulator.imaging.detector_image import DetectorImage
from simulator.imaging.fluoroscope import Fluoroscope, Frame
from simulator.imaging.monitor.monitor import Monitor, Shown
from simulator.imaging.panel.lag import Trap, empty_trap, lagged, scrubbed
from simulator.imaging.projected_body import ProjectedBody

LEAST_FRAMES_PER_S = 15.0
"""Below this a live picture gives up resolution while the C-arm turns."""
RUN_GAP_S = 1.5
"""A longer pause than this between two pulses ends a run: nothing is averaged across it."""


def exposure(
    case: Case,
    state: State,
    plane: Plane,
    fluoroscope: Fluoroscope,
    *,
    chosen: Technique | None = None,
    halved: bool = False,
) -> DetectorImage:
    """What a plane's panel reads of a state; noise depends on seed, tick and plane alone."""
    return fluoroscope.expose(
        case.view(state, plane),
        scene(case, state),
        chosen or technique(case, state, plane),
        plane.pose.collimation(case.carm(plane.name)),
        np.random.default_rng([case.seed, STREAM_NOISE, state.tick, ord(plane.name)]),
        shift_px=shift_px(case, state, plane),
        halved=halved,
    )


def frame(
    case: Case, state: State, plane: Plane, fluoroscope: Fluoroscope, chosen: Technique | None = None
) -> Frame:
    """The picture that a plane would show of a state without a past."""
    image = exposure(case, state, plane, fluoroscope, chosen=chosen)
    return Frame(Monitor().show(image).grey, image)


class Screens:
    """The live pictures of a room, one monitor a plane.

    live: pictures are being waited for, so resolution is given up for speed while the C-arm turns, by this
    machine's clock. Without it the same exposures in the same order give the same pictures, bit by bit.
    """

    def __init__(self, case: Case, *, live: bool = False, body: ProjectedBody | None = None) -> None:
        body = body or ProjectedBody(case.patient)
        self._planes: dict[str, _Screen] = {name: _Screen(case, body, live) for name in PLANES[: len(case.carms)]}
        self._threads = ThreadPoolExecutor(len(self._planes), thread_name_prefix="screen")

    def monitor(self, plane: PlaneName) -> Monitor:
        """A plane's monitor: its settings, stored images and masks."""
        return self._planes[plane].monitor

    def was_halved(self, plane: PlaneName) -> bool:
        """Whether a plane's last picture had its anatomy at half resolution."""
        return self._planes[plane].halved

    def show(self, state: State, plane: Plane) -> Shown:
        """The picture after a pulse of one plane."""
        return self._planes[plane.name].show(state, plane)

    def show_all(self, state: State, planes: Sequence[Plane]) -> list[Shown]:
        """The pictures after pulses of several planes, drawn side by side."""
        if len(planes) < 2:
            return [self.show(state, plane) for plane in planes]
        return list(self._threads.map(lambda plane: self.show(state, plane), planes))


class _Screen:
    """Panel and monitor of one plane."""

    def __init__(self, case: Case, body: ProjectedBody, live: bool) -> None:
        self._case, self._live = case, live
        self._fluoroscope = Fluoroscope(body)
        self.monitor = Monitor()
        self._trap: Trap | None = None
        self._last_tick: int | None = None
        self._full_takes_s = 0.0
        self.halved = False

    def show(self, state: State, plane: Plane) -> Shown:
        """The picture after one more pulse."""
        moving = plane.pose.is_moving or state.table.is_moving
        self.halved = self._live and moving and self._full_takes_s > 1.0 / LEAST_FRAMES_PER_S
        began = time.perf_counter()
        image = exposure(self._case, state, plane, self._fluoroscope, halved=self.halved)
        shown = self.monitor.show(self._with_lag(image, state.tick))
        if moving and not self.halved:
            self._full_takes_s = time.perf_counter() - began
        return shown

    def _with_lag(self, image: DetectorImage, tick: int) -> DetectorImage:
        shape = image.signal_kev.shape
        since_s = np.inf if self._last_tick is None else (tick - self._last_tick) / TICK_HZ
        trap = self._trap
        if trap is None or trap.charge_kev.shape[1:] != shape or not 0.0 < since_s < np.inf:
            trap, since_s = empty_trap(shape), RUN_GAP_S
        if since_s > RUN_GAP_S:
            self.monitor.begin_run()
            trap, since_s = scrubbed(trap, since_s), 1.0 / TICK_HZ
        seen, self._trap = lagged(image.signal_kev, trap, since_s)
        self._last_tick = tick
        return image.read_as(seen)

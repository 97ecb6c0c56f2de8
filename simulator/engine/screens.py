"""What stands on the monitors: a state's picture alone, or the live pictures of a room with their past.

Pictures never influence a session. ``frame`` draws any state by itself. ``Screens`` follows exposures in their
order, as panel and monitor do: lag, recursive filter, last-image hold.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulator.engine.breathing import shift_px
from simulator.engine.case import PLANES, STREAM_NOISE, Case
from simulator.engine.events import Event, Exposed
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
DRAWING_S = 0.75 / LEAST_FRAMES_PER_S
"""What a picture may take for that: the rest of its time is for the simulation, the window, and other programs."""
FORGIVEN_S = 1.5 * DRAWING_S
"""How far pictures may fall behind before resolution is given up. A picture counts for DRAWING_S too much at most,
so that a single one that had to prepare something costs no resolution, and two that take twice as long do."""
READING_S = 1.0 / 15.0
"""The panel is read at least as often. Where pulses come more seldom, readings in between are thrown away, and
what the traps lose meanwhile is not seen (preset, unconfirmed)."""


def exposure(
    case: Case,
    state: State,
    plane: Plane,
    fluoroscope: Fluoroscope,
    *,
    chosen: Technique | None = None,
    halved: bool = False,
) -> DetectorImage:
    """What a plane's panel reads of a state; noise depends on seed, tick and plane alone.

    halved: two by two pixels are read as one, which takes about half the time.
    """
    view, (down, across) = case.view(state, plane), shift_px(case, state, plane)
    if halved:
        view, (down, across) = view.resized(2), (0.5 * down, 0.5 * across)
    return fluoroscope.expose(
        view,
        scene(case, state),
        chosen or technique(case, state, plane),
        plane.pose.collimation(case.carm(plane.name)),
        np.random.default_rng([case.seed, STREAM_NOISE, state.tick, ord(plane.name)]),
        shift_px=(down, across),
    )


def frame(
    case: Case, state: State, plane: Plane, fluoroscope: Fluoroscope, chosen: Technique | None = None
) -> Frame:
    """The picture that a plane would show of a state without a past."""
    image = exposure(case, state, plane, fluoroscope, chosen=chosen)
    return Frame(Monitor().show(image).grey, image)


class Screens:
    """The live pictures of a room, one panel and one monitor a plane.

    live   pictures are being waited for, so resolution is given up for speed while the C-arm turns, by ``clock``
           (seconds). Without it the same exposures in the same order give the same pictures, bit by bit
    body   the patient's projections, where somebody else draws the same patient

    >>> screens = Screens(case)  # doctest: +SKIP
    >>> events = session.tick(commands)  # doctest: +SKIP
    >>> for event, shown in screens.exposed(session.state, events):  # doctest: +SKIP
    ...     save(event.number, shown.grey)
    """

    def __init__(
        self,
        case: Case,
        *,
        live: bool = False,
        body: ProjectedBody | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        body = body or ProjectedBody(case.patient)
        self._planes: dict[str, _Screen] = {
            name: _Screen(case, body, _Pace(clock) if live else None) for name in PLANES[: len(case.carms)]
        }
        self._threads = ThreadPoolExecutor(len(self._planes), thread_name_prefix="screen")

    def monitor(self, plane: PlaneName) -> Monitor:
        """A plane's monitor: its settings, stored and reference images, masks."""
        return self._planes[plane].monitor

    def redrawn(self, plane: PlaneName) -> Shown:
        """A plane's picture again, with what is set at its monitor now. Raises ValueError before the first."""
        return self._planes[plane].redraw()

    def forget(self) -> None:
        """Nothing was exposed last: the session goes on from an earlier state. What is set at monitors stays."""
        for screen in self._planes.values():
            screen.forget()

    def was_halved(self, plane: PlaneName) -> bool:
        """Whether a plane's last picture was read at half resolution."""
        return self._planes[plane].halved

    def exposed(self, state: State, events: Sequence[Event]) -> list[tuple[Exposed, Shown]]:
        """The pictures of the pulses among a tick's events, from the state after it, drawn side by side."""
        pulses = [event for event in events if isinstance(event, Exposed)]
        shots = {event.plane for event in pulses if event.single}
        planes = [plane for event in pulses if (plane := state.plane(event.plane)) is not None]
        return list(zip(pulses, self.show_all(state, planes, shots=shots), strict=True))

    def held(self, state: State) -> dict[PlaneName, Shown]:
        """Last-image hold: the pictures of planes whose pedal was let go after their last pulse, each once."""
        return {
            plane.name: self._planes[plane.name].hold()
            for plane in state.planes
            if not plane.pedal and self._planes[plane.name].is_running
        }

    def show(self, state: State, plane: Plane, *, single: bool = False) -> Shown:
        """The picture after a pulse of a plane: of its pedal, or a single shot, which stands for itself."""
        return self._planes[plane.name].show(state, plane, single=single)

    def show_all(self, state: State, planes: Sequence[Plane], *, shots: Collection[str] = ()) -> list[Shown]:
        """The pictures after pulses of several planes, drawn side by side; shots: those that are single."""

        def shown(plane: Plane) -> Shown:
            return self.show(state, plane, single=plane.name in shots)

        return [shown(plane) for plane in planes] if len(planes) < 2 else list(self._threads.map(shown, planes))


class _Screen:
    """Panel and monitor of one plane. A run is what one press of the pedal gives; a single shot is its own."""

    def __init__(self, case: Case, body: ProjectedBody, pace: _Pace | None) -> None:
        self._case, self._pace = case, pace
        self._fluoroscope = Fluoroscope(body)
        self.monitor = Monitor()
        self.halved = False
        self.is_running = False
        self._run: tuple[str, int] | None = None
        self._panel: _Panel | None = None

    def show(self, state: State, plane: Plane, *, single: bool) -> Shown:
        """The picture after one more pulse."""
        run = ("shot", state.tick) if single else ("pressed", plane.pedal_tick)
        if self._panel is not None and state.tick <= self._panel.tick:  # another session, or the same one again
            self._panel = self._run = None
        if run != self._run:
            self.monitor.begin_run()
        self._run, self.is_running = run, not single
        if self._pace is None:
            return self._drawn(state, plane)
        moving = plane.pose.is_moving or state.table.is_moving
        with self._pace.of_picture(moving) as self.halved:
            return self._drawn(state, plane)

    def redraw(self) -> Shown:
        """The same picture with the monitor's settings of now."""
        return self._full(self.monitor.redraw())

    def forget(self) -> None:
        """The next picture begins a new run on a rested panel, and until then nothing is held."""
        self._panel = self._run = None
        self.is_running = False
        self.monitor.forget()

    def hold(self) -> Shown:
        """What stays on the screen after a run."""
        self.is_running = False
        return self._full(self.monitor.hold())

    def _drawn(self, state: State, plane: Plane) -> Shown:
        image = exposure(self._case, state, plane, self._fluoroscope, halved=self.halved)
        panel, since_s = self._panel, READING_S
        if panel is None or not panel.fits(image):
            trap = empty_trap((image.signal_kev.shape[0], image.signal_kev.shape[1]))
        else:
            trap, since_s = panel.trap, (state.tick - panel.tick) / TICK_HZ
        if since_s > READING_S:
            trap, since_s = scrubbed(trap, since_s - READING_S), READING_S
        seen, trap = lagged(image.signal_kev, trap, since_s)
        self._panel = _Panel(trap, image.pixel_mm, state.tick)
        return self._full(self.monitor.show(image.read_as(seen)))

    def _full(self, shown: Shown) -> Shown:
        """A picture on as many pixels as ever."""
        return replace(shown, grey=enlarged(shown.grey)) if self.halved else shown


def enlarged(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture (rows, columns) at twice the size, linear between pixel centres."""
    larger = grey.astype(np.float32)
    for axis in (0, 1):
        low = np.moveaxis(larger, axis, 0)
        before, after = np.concatenate([low[:1], low[:-1]]), np.concatenate([low[1:], low[-1:]])
        pairs = np.stack([0.75 * low + 0.25 * before, 0.75 * low + 0.25 * after], axis=1)
        larger = np.moveaxis(pairs.reshape(-1, low.shape[1]), 0, axis).astype(np.float32)
    return np.round(larger).astype(np.uint8)


@dataclass(frozen=True)
class _Panel:
    """A panel after its reading at a tick: what its traps hold, and the pitch of its pixels."""

    trap: Trap
    pixel_mm: float
    tick: int

    def fits(self, image: DetectorImage) -> bool:
        """Whether the next reading has the same pixels. Magnification reads others, which begin rested."""
        return (self.trap.charge_kev.shape[1:], self.pixel_mm) == (image.signal_kev.shape, image.pixel_mm)


class _Pace:
    """Whether pictures keep up while the C-arm turns.

    Each movement begins at full resolution and gives it up for its rest when its pictures have fallen behind by
    more than FORGIVEN_S: they cannot come more seldom than LEAST_FRAMES_PER_S for long.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._behind_s = 0.0

    @contextmanager
    def of_picture(self, moving: bool) -> Iterator[bool]:
        """Times the picture that is drawn inside; gives whether it is to be drawn at half resolution."""
        if not moving:
            self._behind_s = 0.0
        halved = self._behind_s > FORGIVEN_S
        began = self._clock()
        yield halved
        if moving and not halved:
            late_s = min(self._clock() - began - DRAWING_S, DRAWING_S)
            self._behind_s = max(self._behind_s + late_s, 0.0)

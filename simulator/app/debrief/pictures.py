"""The pictures that stood on the monitors, each drawn once while the recording is played again, and kept. No Qt.

Pictures are drawn in the order of their pulses through panel and monitor, as they were live, and kept losslessly
packed. Where they take more room than they may, pulses of runs are thinned out: what is shown then is the last one
that was kept. Single shots stay. When all are there, what draws them is let go: it holds some hundred megabytes.
"""

from __future__ import annotations

import threading
import zlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.engine.case import Case
from simulator.engine.recording import Row
from simulator.engine.screens import Screens, frame
from simulator.engine.state import TICK_HZ, Plane, State
from simulator.imaging.fluoroscope import Fluoroscope
from simulator.imaging.projected_body import ProjectedBody

Grey = NDArray[np.uint8]
ROOM_BYTES = 48_000_000
"""For packed pictures: some 350 of them where they are collimated (preset)."""
FIRST_GAP_TICKS = TICK_HZ // 4


class Pictures:
    """Draws and keeps exposures of a case. shots: rows of exposures by plane, in order of time."""

    def __init__(self, case: Case, shots: Mapping[str, Sequence[Row]], *, room_bytes: int = ROOM_BYTES) -> None:
        self._case, self._room_bytes = case, room_bytes
        self._rows = {(plane, int(row["tick"])): row for plane, rows in shots.items() for row in rows}
        self._packed: dict[tuple[str, int], tuple[bytes, tuple[int, int]]] = {}
        self._ticks: dict[str, list[int]] = {plane: [] for plane in shots}
        self._held = 0
        self._gap_ticks = 0
        self._body: ProjectedBody | None = None
        self._screens: Screens | None = None
        self._lock = threading.Lock()

    def draw(self, state: State, tick: int, plane_name: str) -> None:
        """Draw the exposure of a plane at a tick from the state after it; in order of time."""
        plane, row = state.plane(plane_name), self._rows.get((plane_name, tick))
        if plane is None or row is None:
            return
        if self._screens is None:
            self._screens = Screens(self._case, body=self._drawing_body())
        grey = self._screens.show(state, plane, single=bool(row.get("single", True))).grey
        packed = (zlib.compress(grey.tobytes(), 1), (grey.shape[0], grey.shape[1]))
        with self._lock:
            if not self._is_too_near(plane_name, tick):
                self._packed[plane_name, tick] = packed
                self._ticks[plane_name].append(tick)
                self._held += len(packed[0])
            while self._held > self._room_bytes and self._gap_ticks < 60 * TICK_HZ:
                self._thin_out()

    def alone(self, state: State, plane: Plane) -> Grey:
        """The picture that a plane would show of a state without a past."""
        return frame(self._case, state, plane, Fluoroscope(self._drawing_body())).grey

    def rest(self) -> None:
        """Let go of what draws; it is made anew where more is to be drawn."""
        self._body = self._screens = None

    def last(self, plane: str, tick: int) -> tuple[Row, Grey] | None:
        """The last picture of a plane at a tick or before, and the row of its exposure."""
        with self._lock:
            ticks = self._ticks.get(plane, [])
            at = bisect_right(ticks, tick) - 1
            if at < 0:
                return None
            packed, shape = self._packed[plane, ticks[at]]
        return self._rows[plane, ticks[at]], np.frombuffer(zlib.decompress(packed), dtype=np.uint8).reshape(shape)

    @property
    def held_bytes(self) -> int:
        """What packed pictures take together."""
        return self._held

    @property
    def count(self) -> int:
        """How many are kept."""
        return len(self._packed)

    def _drawing_body(self) -> ProjectedBody:
        if self._body is None:
            self._body = ProjectedBody(self._case.patient)
        return self._body

    def _is_single(self, plane: str, tick: int) -> bool:
        return bool(self._rows[plane, tick].get("single", True))

    def _is_too_near(self, plane: str, tick: int) -> bool:
        before = self._ticks[plane]
        return bool(before) and not self._is_single(plane, tick) and tick - before[-1] < self._gap_ticks

    def _thin_out(self) -> None:
        """Pulses of runs twice as far apart as before."""
        self._gap_ticks = max(2 * self._gap_ticks, FIRST_GAP_TICKS)
        for plane, ticks in self._ticks.items():
            kept: list[int] = []
            for tick in ticks:
                if not kept or self._is_single(plane, tick) or tick - kept[-1] >= self._gap_ticks:
                    kept.append(tick)
                else:
                    self._held -= len(self._packed.pop((plane, tick))[0])
            self._ticks[plane] = kept

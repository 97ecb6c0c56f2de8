"""A recording played again once, with its states kept, so that any of its moments can be had at once. No Qt.

States are immutable and share their arrays. They are kept without what nobody looks at (heat, the flow that moves
cement), twice a second, at marks and at exposures. Their arrays are counted; when they take more room than they
may, those between marks are thinned out until they do not.

Places in time are ticks as rows of a recording have them: the state *at* a tick is the one after it was played.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Collection
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from simulator.engine.case import Case, initial_state
from simulator.engine.events import Exposed
from simulator.engine.recording import Recording
from simulator.engine.replay import Verdict, compared, replay
from simulator.engine.state import TICK_HZ, State
from simulator.physics.filling import Filling

ROOM_BYTES = 64_000_000
"""For the arrays of kept states (preset: with case, window and 3D it leaves the desktop below 1.5 GB)."""
EVERY_TICKS = TICK_HZ // 2


class Track:
    """The states of a recording, as far as it has been played until now. Thread-safe to ask while it grows.

    marked: ticks at which states are never left out.
    """

    def __init__(
        self, case: Case, recording: Recording, marked: Collection[int] = (), *, room_bytes: int = ROOM_BYTES
    ) -> None:
        self.case, self.last_tick = case, recording.last_tick
        self.played_tick = -1
        self.final: State | None = None
        self.verdict: Verdict | None = None
        self._recording, self._marked = recording, frozenset(marked)
        self._room_bytes, self._every = room_bytes, EVERY_TICKS
        self._ticks: list[int] = [-1]
        self._states: list[State] = [initial_state(case)]
        self._sizes: dict[int, int] = {}
        self._held = 0
        self._still: tuple[Filling, Filling] | None = None
        self._lock = threading.Lock()

    def play(
        self,
        report: Callable[[float], None],
        exposed: Callable[[int, State, list[Exposed]], None] = lambda *_seen: None,
    ) -> None:
        """Play all of it. report is told the share played, each second; exposed gets the pulses of a tick and a
        state to draw them from.

        Raises UnreadableRecordingError where commands cannot be understood, and whatever report raises.
        """
        lines: list[bytes] = []
        state: State | None = None
        for tick, (state, events, session) in enumerate(replay(self._recording, self.case)):
            pulses = [event for event in events if isinstance(event, Exposed)]
            if pulses or tick in self._marked or tick % self._every == 0 or tick == self.last_tick:
                seen = self._as_seen(state)
                with self._lock:
                    self._keep(tick, seen)
                if pulses:
                    exposed(tick, seen, pulses)
            self.played_tick, lines = tick, session.recorder.lines
            if tick % TICK_HZ == 0:
                report(tick / max(self.last_tick, 1))
        self.final, self.verdict = state, compared(self._recording, lines)

    def state_at(self, tick: int) -> State:
        """The last state kept at a tick or before; of what lies beyond what was played, the last one."""
        with self._lock:
            return self._states[max(bisect_right(self._ticks, tick) - 1, 0)]

    @property
    def held_bytes(self) -> int:
        """What the arrays of all kept states take together."""
        return self._held

    @property
    def kept_ticks(self) -> tuple[int, ...]:
        """Where states are kept."""
        with self._lock:
            return tuple(self._ticks)

    def _as_seen(self, state: State) -> State:
        """A state for looking at: without heat, and cement without what moves it."""
        filling = state.batch.filling
        if self._still is None or self._still[0] is not filling:  # the same cement stays the same object
            at_rest = np.broadcast_to(np.zeros(1), filling.cement_ml.shape)
            self._still = (filling, replace(filling, flow=None, head_per_m3=at_rest))
        batch = replace(state.batch, filling=self._still[1])
        return replace(state, thermal=None, cooled=None, batch=batch)

    def _keep(self, tick: int, state: State) -> None:
        self._ticks.append(tick)
        self._states.append(state)
        self._count(state)
        while self._held > self._room_bytes and self._every < self.last_tick:
            self._thin_out()

    def _count(self, state: State) -> None:
        found: dict[int, int] = {}
        _arrays(state, found)
        for name, size in found.items():
            if name not in self._sizes:
                self._sizes[name] = size
                self._held += size

    def _thin_out(self) -> None:
        """Twice as far apart as before; those at marks and both ends stay."""
        self._every *= 2
        kept = [(-1, self._states[0])]
        for tick, state in list(zip(self._ticks, self._states, strict=True))[1:-1]:
            if tick in self._marked or tick - kept[-1][0] >= self._every:
                kept.append((tick, state))
        kept.append((self._ticks[-1], self._states[-1]))
        self._ticks, self._states = [tick for tick, _ in kept], [state for _, state in kept]
        self._sizes, self._held = {}, 0
        for state in self._states:
            self._count(state)


def _arrays(value: Any, found: dict[int, int]) -> None:
    """Arrays that a value holds, by identity of what owns their memory, with their size."""
    if isinstance(value, np.ndarray):
        while isinstance(value.base, np.ndarray):
            value = value.base
        found[id(value)] = int(value.nbytes)
    elif isinstance(value, tuple | list):
        for one in value:
            _arrays(one, found)
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            _arrays(getattr(value, one.name), found)

"""Work that a window does not wait for: one job after the other on a thread of its own, the pressing ones first.

No Qt: whoever asked is told by a callback, from that thread, that something is done, and takes it when it likes. A
job that runs when the window goes is not waited for (a patient is built in seconds); its result is dropped, and
nothing keeps the window alive for it.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

LOW_PRIORITY = 15
"""Niceness of the thread, where the system has one a thread (Linux)."""


ONE_PATIENT = threading.Lock()
"""Held by whatever has a patient in hand aside: two at once would be too much to hold."""


@dataclass(frozen=True)
class Done:
    """A job that is done: its result, or what it failed with."""

    name: str
    result: Any
    failure: Exception | None = None


class Background:
    """Jobs by name; a job that is asked for again before it began takes the place of the first.

    ring is called from the thread when a result lies there. quiet: at low priority.
    """

    def __init__(self, ring: Callable[[], None], *, quiet: bool = False) -> None:
        self._ring: Callable[[], None] | None = ring
        self._quiet = quiet
        self._changed = threading.Condition()
        self._waiting: dict[str, Callable[[], Any]] = {}
        self._done: list[Done] = []
        self._stopped = False
        self._thread: threading.Thread | None = None

    @property
    def stopped(self) -> bool:
        """Whether nobody waits any more: long jobs look at it in between."""
        return self._stopped

    def ask(self, name: str, work: Callable[[], Any], *, pressing: bool = False) -> None:
        """Have a job done; pressing: before all that waits."""
        with self._changed:
            if self._stopped:
                return
            self._waiting.pop(name, None)
            self._waiting = {name: work, **self._waiting} if pressing else {**self._waiting, name: work}
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="library", daemon=True)
                self._thread.start()
            self._changed.notify()

    def drop(self) -> None:
        """Forget what has not begun."""
        with self._changed:
            self._waiting.clear()

    def take(self) -> list[Done]:
        """What is done since it was last asked."""
        with self._changed:
            taken, self._done = self._done, []
        return taken

    def stop(self) -> None:
        """Drop what waits; what runs ends unheard."""
        with self._changed:
            self._stopped, self._ring = True, None
            self._waiting.clear()
            self._done.clear()
            self._changed.notify()

    def _work(self) -> None:
        if self._quiet and sys.platform.startswith("linux"):
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOW_PRIORITY)
        while True:
            with self._changed:
                while not self._waiting and not self._stopped:
                    self._changed.wait()
                if self._stopped:
                    return
                name = next(iter(self._waiting))
                work = self._waiting.pop(name)
            try:
                done = Done(name, work())
            except Exception as failure:  # noqa: BLE001 - told to whoever asked
                done = Done(name, None, failure)
            del work
            with self._changed:
                ring = self._ring
                if ring is not None:
                    self._done.append(done)
            del done
            if ring is not None:
                with suppress(RuntimeError):  # the window was deleted at this moment
                    ring()
            del ring

"""Work on a thread of its own, so that a window never waits: in order, with progress, and given up on request.

No Qt. What is to be said to the window goes through ``tell``, which runs a function in the window's thread.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Tell = Callable[[Callable[[], None]], None]
LEAVING_S = 10.0
"""How long a window waits at most for the work that it has given up."""


ROOM_S = 0.2
"""As often who waits for room looks whether it is still wanted."""


class GivenUpError(Exception):
    """The errand is not wanted any more."""


def _unsaid(_said: Any) -> None:
    """Nobody wants to know."""


@dataclass(eq=False)
class Errand:
    """Something to be done. ``work`` gets the errand itself, reports shares (0 to 1) to it, which may stop it."""

    work: Callable[[Errand], Any]
    done: Callable[[Any], None] = _unsaid
    failed: Callable[[Exception], None] = _unsaid
    progress: Callable[[float], None] = _unsaid
    instead_of: str = ""
    _given_up: threading.Event = field(default_factory=threading.Event)
    _tell: Tell | None = None

    def report(self, share: float) -> None:
        """Say how far it is. Raises GivenUpError where nobody waits for it any more."""
        if self._given_up.is_set():
            raise GivenUpError
        if self._tell is not None:
            self._tell(lambda: self.progress(share))

    def give_up(self) -> None:
        """It is not wanted any more; neither ``done`` nor ``failed`` will be called."""
        self._given_up.set()

    @property
    def is_given_up(self) -> bool:
        """Whether it was."""
        return self._given_up.is_set()


class Worker:
    """One thread, which begins with the first errand."""

    def __init__(self, tell: Tell, name: str) -> None:
        self._tell, self._name = tell, name
        self._waiting: deque[Errand] = deque()
        self._now: Errand | None = None
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._leaving = False

    def ask(self, errand: Errand) -> Errand:
        """Do it when all before it is done. One with ``instead_of`` is urgent: it comes first, and others with the
        same that still wait are dropped."""
        errand._tell = self._tell
        with self._wake:
            if errand.instead_of:
                self._waiting = deque(one for one in self._waiting if one.instead_of != errand.instead_of)
                self._waiting.appendleft(errand)
            else:
                self._waiting.append(errand)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._wake.notify_all()
        return errand

    def wait_for_room(self, most: int, errand: Errand) -> None:
        """Until fewer than so many wait here: what waits keeps its data. For whoever does another errand, on a
        thread of its own; raises GivenUpError where that is not wanted any more."""
        with self._wake:
            while len(self._waiting) >= most and not self._leaving:
                if errand.is_given_up:
                    raise GivenUpError
                self._wake.wait(ROOM_S)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being done or waits."""
        with self._wake:
            return self._now is None and not self._waiting

    def stop(self) -> None:
        """Give everything up and wait until the thread has gone."""
        with self._wake:
            self._leaving = True
            for errand in (*self._waiting, *([self._now] if self._now else [])):
                errand.give_up()
            self._waiting.clear()
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join(LEAVING_S)

    def _run(self) -> None:
        while True:
            with self._wake:
                self._now = None
                while not self._waiting and not self._leaving:
                    self._wake.wait()
                if self._leaving:
                    return
                errand = self._now = self._waiting.popleft()
                self._wake.notify_all()
            self._do(errand)

    def _do(self, errand: Errand) -> None:
        try:
            result = errand.work(errand)
        except GivenUpError:
            return
        except Exception as error:  # noqa: BLE001 - said in the window, where somebody can read it
            failure = error
            self._say(errand, lambda: errand.failed(failure))
        else:
            self._say(errand, lambda: errand.done(result))

    def _say(self, errand: Errand, what: Callable[[], None]) -> None:
        self._tell(lambda: None if errand.is_given_up else what())

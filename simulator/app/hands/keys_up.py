"""Keys that come up. X11 tells of a held key that repeats itself as let go and pressed again, at one instant but
not always in one piece: it has come up when no press follows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6 import QtCore, QtGui

WAIT_MS = 40
"""So long the other half of a repeat is waited for on X11; a pedal comes up as much later there (preset)."""
ONE_INSTANT_MS = 5
"""Two halves are no farther apart by the server's clock (preset; a repeat carries one time twice)."""


class KeysUp:
    """Tells, with its code, of each key that has come up; at once where wait_ms is 0.

    wait_ms: WAIT_MS on X11 and 0 elsewhere, unless given.
    """

    def __init__(self, tell: Callable[[int], None], wait_ms: int | None = None) -> None:
        on_x11 = QtGui.QGuiApplication.platformName() == "xcb"
        self._tell, self._wait_ms = tell, (WAIT_MS if on_x11 else 0) if wait_ms is None else wait_ms
        self._waiting: dict[int, tuple[QtCore.QTimer, int]] = {}

    def came_up(self, event: QtGui.QKeyEvent) -> None:
        """A key came up, or repeats itself."""
        if event.isAutoRepeat():
            return
        if not self._wait_ms:
            self._tell(event.key())
            return
        timer = QtCore.QTimer(singleShot=True, interval=self._wait_ms)
        timer.timeout.connect(partial(self._is_up, event.key()))
        self._waiting[event.key()] = (timer, event.timestamp())
        timer.start()

    def was_repeat(self, event: QtGui.QKeyEvent) -> bool:
        """Whether this press is the other half of a repeat; then the key has not come up."""
        timer, at_ms = self._waiting.get(event.key(), (None, 0))
        if timer is None:
            return False
        if event.timestamp() - at_ms > ONE_INSTANT_MS:
            self._is_up(event.key())
            return False
        timer.stop()
        del self._waiting[event.key()]
        return True

    def _is_up(self, key: int) -> None:
        timer, _ = self._waiting.pop(key)
        timer.stop()
        self._tell(key)

"""Gamepads that are plugged in, through SDL: the first with a known layout is used. No Qt."""

from __future__ import annotations

import threading
from typing import Any

from simulator.app.hands.gamepad import AXES, BUTTONS, Pad
from simulator.app.sdl import LOCK, pygame_module

FULL = 32767.0


class Pads:
    """Looks for a gamepad and reads it. ``failed`` says why none can be used at all, "" while that is not
    known."""

    def __init__(self) -> None:
        self.failed, self.name = "", ""
        self._controllers: Any = None
        self._event: Any = None
        self._pad: Any = None
        self._loading: threading.Thread | None = None

    def load(self, *, wait: bool = False) -> None:
        """Load SDL on a thread, once."""
        if self._loading is None:
            self._loading = threading.Thread(target=self._load, name="gamepads", daemon=True)
            self._loading.start()
        if wait:
            self._loading.join()

    def _load(self) -> None:
        try:
            with LOCK:
                display = pygame_module("display")
                controllers = pygame_module("_sdl2.controller")
                self._event = pygame_module("event")
                display.init()  # a dummy: SDL hands out nothing without it
                controllers.init()
        except Exception as failure:  # noqa: BLE001 - whatever SDL throws: the case goes on without a gamepad
            self.failed = str(failure) or type(failure).__name__
            return
        self._controllers = controllers

    def probe(self) -> bool:
        """Look whether there is a gamepad; cheap enough for every second."""
        if self._pad is not None:
            return True
        if self._controllers is None:
            return False
        self._event.pump()
        known = [n for n in range(self._controllers.get_count()) if self._controllers.is_controller(n)]
        if not known:
            return False
        self._pad = self._controllers.Controller(known[0])
        self.name = str(self._pad.name)
        return True

    def read(self) -> Pad | None:
        """What the gamepad says; None where it has been unplugged."""
        if self._pad is None:
            return None
        self._event.pump()
        self._event.clear()  # nobody else takes what SDL queues
        if not self._pad.attached():
            self._pad.quit()
            self._pad, self.name = None, ""
            return None
        axes = tuple(max(self._pad.get_axis(n) / FULL, -1.0) for n in range(len(AXES)))
        return Pad(axes, frozenset(name for n, name in enumerate(BUTTONS) if self._pad.get_button(n)))

    def close(self) -> None:
        """Let go of it."""
        if self._pad is not None:
            self._pad.quit()
            self._pad, self.name = None, ""

"""The one door to SDL: sound and gamepads come through it at the same time."""

from __future__ import annotations

import os
import subprocess
import sys

AT_ONCE = """
from simulator.app.hands.pads import Pads
from simulator.app.sound.speaker import Speaker
speaker, pads = Speaker(), Pads()
speaker.open()
pads.load()
pads.load(wait=True)
speaker.open(wait=True)
assert (speaker.failed, pads.failed) == ("", ""), (speaker.failed, pads.failed)
assert speaker.is_open
speaker.close()
"""


def test_sound_and_gamepads_are_loaded_at_once() -> None:
    """In processes of their own, because a module is loaded only once; without the lock most of them fail."""
    surroundings = os.environ | {"SDL_AUDIODRIVER": "dummy"}
    running = [
        subprocess.Popen([sys.executable, "-c", AT_ONCE], env=surroundings, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    told = [process.communicate(timeout=120)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], told


def test_the_banner_is_hidden() -> None:
    """Machine-readable output of the program stays so."""
    done = subprocess.run(
        [sys.executable, "-c", "from simulator.app.sdl import pygame_module; pygame_module('mixer')"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == ""


def test_the_desktop_begins_without_sdl() -> None:
    """It is loaded when a room is furnished, on threads, so that the first image does not wait for it."""
    code = "import sys, simulator.app.desktop; raise SystemExit('pygame' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""Cues made audible: by SDL's mixer, on whatever device there is; where there is none it says so and stays
silent."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from simulator.app.sdl import LOCK, pygame_module
from simulator.app.sound import tones
from simulator.app.sound.cues import Cue, Sounding

CHANNELS = 16
BUFFER = 512
"""Samples that the device takes at once: 12 ms, so that a beat is heard when it is seen."""
FADE_MS = 60
"""How fast a sound that goes on fades when it ends."""
LOUDER = {"alarm": 1.0, "syringe": 0.9, "pulse": 0.8}
"""Of once-played sounds; the others are at REST. Alarms stand above everything else."""
REST = 0.6
HEADROOM = 0.75
"""Of the loudest: an alarm, a beat, the syringe and two instruments together stay below full scale."""


def wave_of(cue: Cue) -> tones.Wave:
    """The sound of a cue. Raises KeyError for an unknown one."""
    make: dict[str, Callable[[], tones.Wave]] = {
        "pulse": lambda: tones.pulse_beep(cue.saturation),
        "alarm": lambda: tones.alarm(cue.about, cue.priority),
        "syringe": tones.syringe_alarm,
        "exposure": tones.exposure_tick,
        "mallet": tones.mallet,
        "drill": tones.drill,
        "refusal": tones.refusal,
    }
    return make[cue.sound]()


class Speaker:
    """Plays cues at a volume. The device is opened on a thread, because that may take a second; ``failed`` says
    why there is none, "" while there is one or nobody has tried."""

    def __init__(self, volume: float = 0.7, *, muted: bool = False) -> None:
        self.volume, self.muted, self.failed = volume, muted, ""
        self._mixer: Any = None
        self._sounds: dict[Any, Any] = {}
        self._held: dict[str, Any] = {}
        self._opening: threading.Thread | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a device."""
        return self._mixer is not None

    @property
    def gain(self) -> float:
        """What samples are multiplied with: the ear goes by ratios, so half the volume is a quarter of the
        height."""
        return 0.0 if self.muted else HEADROOM * self.volume**2

    def open(self, *, wait: bool = False) -> None:
        """Open the device, once."""
        if self._opening is None:
            self._opening = threading.Thread(target=self._open, name="sound", daemon=True)
            self._opening.start()
        if wait:
            self._opening.join()

    def _open(self) -> None:
        try:
            with LOCK:
                mixer = pygame_module("mixer")
                mixer.init(tones.RATE_HZ, -16, 1, BUFFER, allowedchanges=0)
                mixer.set_num_channels(CHANNELS)
        except Exception as failure:  # noqa: BLE001 - whatever a sound system throws: the case goes on in silence
            self.failed = str(failure) or type(failure).__name__
            return
        self._mixer = mixer

    def set_volume(self, volume: float, *, muted: bool) -> None:
        """Another volume, also for what is sounding."""
        self.volume, self.muted = volume, muted
        if muted:
            self.hush()

    def sound(self, sounding: Sounding) -> None:
        """Begin the cues; let what goes on go on as loud as is said, and everything else fade."""
        if self._mixer is None or self.gain <= 0.0:
            return
        for cue in sounding.once:
            self._once(cue)
        for name, channel in list(self._held.items()):
            if name not in sounding.held:
                channel.fadeout(FADE_MS)
                del self._held[name]
        for name, level in sounding.held.items():
            sound = self._made(name, partial(tones.held, name))
            sound.set_volume(REST * level * self.gain)  # the channel's own is SDL's, which turns it for its fades
            if name not in self._held:
                channel = self._mixer.find_channel()
                if channel is not None:
                    channel.play(sound, loops=-1)
                    self._held[name] = channel

    def _once(self, cue: Cue) -> None:
        channel = self._mixer.find_channel(force=cue.sound in LOUDER)
        if channel is not None:
            sound = self._made(cue, partial(wave_of, cue))
            sound.set_volume(LOUDER.get(cue.sound, REST) * self.gain)
            channel.play(sound)

    def _made(self, what: Any, make: Callable[[], tones.Wave]) -> Any:
        if what not in self._sounds:
            samples = np.asarray(np.clip(make(), -1.0, 1.0) * 32767.0, dtype=np.int16)
            self._sounds[what] = self._mixer.Sound(buffer=samples.tobytes())
        return self._sounds[what]

    def cut(self, name: str) -> None:
        """Let a sound of this name fade that plays now."""
        for cue, sound in self._sounds.items():
            if isinstance(cue, Cue) and cue.sound == name:
                sound.fadeout(FADE_MS)

    def hush(self) -> None:
        """Let everything fade that goes on: the session stands still, or is over."""
        for channel in self._held.values():
            channel.fadeout(FADE_MS)
        self._held.clear()

    def close(self) -> None:
        """Give the device back."""
        if self._opening is not None:
            self._opening.join()
        if self._mixer is not None:
            self._mixer.quit()
            self._mixer = None
            self._sounds.clear()
            self._held.clear()

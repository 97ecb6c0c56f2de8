"""Sounds of the room, computed: arrays (n,) float32 within -1 to 1 at RATE_HZ. Pure NumPy, no sound library.

Alarms follow IEC 60601-1-8: pulses of a fundamental between 150 and 1000 Hz with at least four harmonics within
15 dB, a burst of three pulses for medium priority and of five, played twice, for high priority, and a melody for
what it is about (the standard's 2006 melodies, as listed by F. Block and C. Thompson, University of Sydney,
2010). Durations are presets within the standard's ranges as we know them (unconfirmed). All other sounds are
made up to be told apart.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float32]
Priority = Literal["medium", "high"]

RATE_HZ = 44_100
SEED = 0x736F756E  # "soun"
MELODIES: dict[str, tuple[str, ...]] = {
    "oxygen": ("C5", "B4", "A4", "G4", "F4"),
    "ventilation": ("C4", "A4", "F4", "A4", "F4"),
    "cardiac": ("C4", "E4", "G4", "G4", "C5"),
}
"""Notes of an alarm; medium priority plays the first three."""
NOTES_HZ = {"C4": 261.63, "E4": 329.63, "F4": 349.23, "G4": 392.0, "A4": 440.0, "B4": 493.88, "C5": 523.25}
HARMONICS = (1.0, 0.7, 0.55, 0.45, 0.4, 0.35)
"""Amplitudes of an alarm's fundamental and its harmonics: all within 10 dB."""
HIGH_S, MEDIUM_S = (0.15, 0.10, 0.35, 0.60), (0.20, 0.20, 0.0, 0.0)
"""Pulse, gap between pulses, gap after the third, gap between the two halves of a burst."""
BEEP_AT_100_HZ, BEEP_STEP = 880.0, 0.026
"""Pitch of the pulse at full saturation, and its fall for each per cent (preset; no two makers agree: Santamore
and Cleaver, J Clin Monit Comput 2004;18:89). Equal ratios are heard as equal steps."""


def beep_hz(saturation_percent: float) -> float:
    """Pitch of the pulse beep.

    >>> [round(beep_hz(s)) for s in (100, 90, 80)]
    [880, 681, 527]
    """
    return float(BEEP_AT_100_HZ * (1.0 + BEEP_STEP) ** (saturation_percent - 100.0))


def ramped(wave: NDArray[np.floating], ramp_s: float) -> Wave:
    """The sound with ends that swell and fade, so that it neither begins nor ends with a click."""
    n = min(round(ramp_s * RATE_HZ), len(wave) // 2)
    rise = 0.5 - 0.5 * np.cos(np.pi * np.arange(n) / n)
    out = np.array(wave, dtype=np.float32)
    out[:n] *= rise
    out[-n:] *= rise[::-1]
    return out


def _tone(hz: float, seconds: float, harmonics: tuple[float, ...] = (1.0,)) -> NDArray[np.float64]:
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave = sum(level * np.sin(2.0 * np.pi * hz * (k + 1) * time) for k, level in enumerate(harmonics))
    return np.asarray(wave) / sum(harmonics)


def _silence(seconds: float) -> Wave:
    return np.zeros(round(seconds * RATE_HZ), dtype=np.float32)


@lru_cache(maxsize=64)
def pulse_beep(saturation_percent: int) -> Wave:
    """One beat as the pulse oximeter says it."""
    return 0.45 * ramped(_tone(beep_hz(saturation_percent), 0.09, (1.0, 0.15)), 0.015)


@lru_cache(maxsize=16)
def alarm(about: str, priority: Priority) -> Wave:
    """One burst of an alarm. about: a key of MELODIES."""
    pulse_s, gap_s, third_s, half_s = HIGH_S if priority == "high" else MEDIUM_S
    notes = MELODIES[about] if priority == "high" else MELODIES[about][:3]
    parts: list[Wave] = []
    for number, note in enumerate(notes):
        parts += [ramped(_tone(NOTES_HZ[note], pulse_s, HARMONICS), 0.2 * pulse_s)]
        parts += [_silence(third_s if number == 2 and priority == "high" else gap_s)]
    burst = np.concatenate(parts[:-1])
    if priority == "high":
        burst = np.concatenate([burst, _silence(half_s), burst])
    return np.asarray(0.8 * burst / np.abs(burst).max(), dtype=np.float32)


@lru_cache(maxsize=1)
def syringe_alarm() -> Wave:
    """The small beeper of an inflation syringe: three times two short ones, far above the monitor's alarms."""
    one = ramped(_tone(2700.0, 0.06), 0.008)
    pair = np.concatenate([one, _silence(0.06), one, _silence(0.2)])
    return np.asarray(0.4 * np.tile(pair, 3), dtype=np.float32)


@lru_cache(maxsize=1)
def exposure_tick() -> Wave:
    """A single pulse of X-rays as a console lets it be heard."""
    return np.asarray(0.3 * ramped(_tone(620.0, 0.035, (1.0, 0.4)), 0.008), dtype=np.float32)


@lru_cache(maxsize=1)
def mallet() -> Wave:
    """Steel on steel, dull: partials that die away."""
    time = np.arange(round(0.22 * RATE_HZ)) / RATE_HZ
    wave = sum(
        level * np.sin(2.0 * np.pi * hz * time) * np.exp(-time / fade)
        for hz, level, fade in ((190.0, 1.0, 0.05), (1430.0, 0.5, 0.025), (2950.0, 0.3, 0.012))
    )
    return np.asarray(0.85 * ramped(np.asarray(wave), 0.002) / 1.8, dtype=np.float32)


@lru_cache(maxsize=1)
def drill() -> Wave:
    """A hand drill that is turned in bone: four strokes of grating."""
    stroke = ramped(noise(500.0, 2600.0, 0.16), 0.04)
    return np.asarray(0.5 * np.tile(np.concatenate([stroke, _silence(0.04)]), 4), dtype=np.float32)


@lru_cache(maxsize=1)
def refusal() -> Wave:
    """What cannot be done: two low taps."""
    one = ramped(_tone(170.0, 0.05, (1.0, 0.5)), 0.01)
    return np.asarray(0.5 * np.concatenate([one, _silence(0.05), one]), dtype=np.float32)


@lru_cache(maxsize=8)
def noise(low_hz: float, high_hz: float, seconds: float) -> Wave:
    """Noise of a band whose end fits its beginning; the same every time."""
    n = round(seconds * RATE_HZ)
    frequencies = np.fft.rfftfreq(n, 1.0 / RATE_HZ)
    phases = np.random.default_rng([SEED, round(low_hz), n]).uniform(0.0, 2.0 * np.pi, len(frequencies))
    band = (frequencies >= low_hz) & (frequencies <= high_hz)
    wave = np.fft.irfft(np.where(band, np.exp(1j * phases), 0.0), n)
    return np.asarray(wave / np.abs(wave).max(), dtype=np.float32)


@lru_cache(maxsize=8)
def held(name: str) -> Wave:
    """A second of a sound that goes on, whose end fits its beginning: "beam" or a timbre of resistance.

    Raises KeyError for others.
    """
    second = np.arange(RATE_HZ) / RATE_HZ
    grating = 0.55 + 0.45 * np.sin(2.0 * np.pi * 17.0 * second)
    made = {
        "beam": lambda: 0.25 * _tone(100.0, 1.0, (1.0, 0.6, 0.3, 0.2)),
        "soft tissue": lambda: 0.35 * noise(90.0, 420.0, 1.0),
        "bone": lambda: 0.6 * noise(600.0, 2200.0, 1.0) * grating,
        "metal": lambda: 0.3 * noise(2500.0, 6000.0, 1.0) + 0.3 * _tone(3100.0, 1.0, (1.0, 0.6)) * grating,
    }
    return np.asarray(made[name](), dtype=np.float32)


HELD = ("beam", "soft tissue", "bone", "metal")
"""Sounds that go on."""

"""Sounds are what they claim: pitch by Fourier transform, level, ends without clicks, bursts as the standard has
them."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.app.sound import tones
from simulator.app.sound.cues import Cue
from simulator.app.sound.speaker import wave_of

ONCE = [
    Cue("pulse", saturation=97),
    *(Cue("alarm", about, priority) for about in tones.MELODIES for priority in ("medium", "high")),
    *(Cue(sound) for sound in ("syringe", "exposure", "mallet", "drill", "refusal")),
]


def pitch_hz(wave: tones.Wave) -> float:
    """The strongest frequency, by a padded Fourier transform."""
    n = 1 << 18
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), n))
    return float(np.argmax(spectrum) * tones.RATE_HZ / n)


def pulses(wave: tones.Wave) -> list[tuple[int, int]]:
    """Beginnings and ends of what is not silence, in samples."""
    loud = np.abs(wave) > 1e-4
    reach = round(0.01 * tones.RATE_HZ)  # zero crossings are no silence
    loud = np.convolve(loud, np.ones(reach), "same") > 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(int), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


@pytest.mark.parametrize("saturation", [100, 97, 90, 80, 60])
def test_the_beat_has_its_pitch(saturation: int) -> None:
    assert pitch_hz(tones.pulse_beep(saturation)) == pytest.approx(tones.beep_hz(saturation), rel=0.005)


def test_the_pitch_falls_with_saturation_by_equal_ratios() -> None:
    pitches = [tones.beep_hz(s) for s in range(100, 59, -1)]
    ratios = np.array(pitches[1:]) / pitches[:-1]
    assert np.all(ratios < 1.0)
    assert np.ptp(ratios) < 1e-9


@pytest.mark.parametrize("cue", ONCE, ids=lambda c: f"{c.sound} {c.about} {c.priority}")
def test_once_played_sounds_are_level_and_do_not_click(cue: Cue) -> None:
    wave = wave_of(cue)
    assert wave.dtype == np.float32
    assert 0.15 < np.abs(wave).max() <= 0.95
    first_ms = round(0.001 * tones.RATE_HZ)
    swells = 0.1 * np.abs(wave).max()
    assert np.abs(wave[:first_ms]).max() < swells or cue.sound == "mallet", "steel strikes, all else swells"
    assert np.abs(wave[-first_ms:]).max() < swells
    assert abs(wave[0]) < 0.01
    quick = 2.0 * np.sin(np.pi * 6500.0 / tones.RATE_HZ)  # the steepest step of a full swing at 6.5 kHz
    assert np.abs(np.diff(wave)).max() < quick


@pytest.mark.parametrize("name", tones.HELD)
def test_what_goes_on_has_no_seam(name: str) -> None:
    wave = tones.held(name)
    steps = np.abs(np.diff(wave))
    assert abs(wave[0] - wave[-1]) <= steps.max()
    twice = np.abs(np.fft.rfft(np.tile(wave, 2)))
    assert twice[1::2].max() < 1e-3 * twice.max(), "nothing but what repeats within a second"
    assert 0.1 < np.abs(wave).max() <= 1.0


def test_timbres_are_told_apart_by_their_pitch() -> None:
    def centre(name: str) -> float:
        power = np.abs(np.fft.rfft(tones.held(name))) ** 2
        return float((np.arange(len(power)) * power).sum() / power.sum())

    soft, bone, metal = (centre(name) for name in ("soft tissue", "bone", "metal"))
    assert soft * 2.0 < bone
    assert bone * 2.0 < metal


@pytest.mark.parametrize("about", tones.MELODIES)
@pytest.mark.parametrize(("priority", "count"), [("medium", 3), ("high", 10)])
def test_alarms_are_bursts_of_their_notes(about: str, priority: tones.Priority, count: int) -> None:
    """IEC 60601-1-8: 3 or 10 pulses, fundamental 150 to 1000 Hz, four harmonics and more within 15 dB."""
    wave = tones.alarm(about, priority)
    found = pulses(wave)
    assert len(found) == count
    notes = (tones.MELODIES[about] * 2)[:count]
    for (first, last), note in zip(found, notes, strict=True):
        piece = wave[first:last]
        assert 0.07 < (last - first) / tones.RATE_HZ < 0.27
        n = 1 << 17
        spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), n))
        hz = tones.NOTES_HZ[note]
        levels = [spectrum[round(hz * k * n / tones.RATE_HZ) + np.arange(-40, 41)].max() for k in range(1, 6)]
        assert 150.0 < hz < 1000.0
        assert 20.0 * np.log10(min(levels) / max(levels)) > -15.0
        assert spectrum[round(1.5 * hz * n / tones.RATE_HZ)] < 0.1 * max(levels), "nothing between the harmonics"


def test_the_syringe_is_heard_above_the_monitor() -> None:
    assert pitch_hz(tones.syringe_alarm()) > 2.0 * max(tones.NOTES_HZ.values())

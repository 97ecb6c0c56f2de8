"""Cues through the mixer, on SDL's dummy device; and silence with a reason where there is no device."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.app.sound import speaker as speakers
from simulator.app.sound.cues import Cue, Sounding
from simulator.app.sound.speaker import Speaker


@pytest.fixture
def speaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Speaker]:
    """An open speaker that nobody hears."""
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    made = Speaker(0.5)
    made.open(wait=True)
    assert made.failed == ""
    yield made
    made.close()


def loudness(channel: Any) -> float:
    """What the samples on a channel are multiplied with."""
    return float(channel.get_volume() * channel.get_sound().get_volume())


def test_cues_play_and_what_goes_on_ends(speaker: Speaker) -> None:
    mixer = speaker._mixer
    speaker.sound(Sounding((Cue("alarm", "oxygen", "high"),), {}))
    assert mixer.Channel(0).get_sound().get_length() > 2.0, "looked at while it lasts"
    assert loudness(mixer.Channel(0)) == pytest.approx(speaker.gain, abs=0.02)
    speaker.sound(Sounding((Cue("pulse", saturation=91),), {"bone": 0.5, "beam": 1.0}))
    assert set(speaker._held) == {"bone", "beam"}
    assert all(channel.get_busy() for channel in speaker._held.values())
    assert loudness(speaker._held["bone"]) == pytest.approx(speakers.REST * 0.5 * speaker.gain, abs=0.02)
    assert speaker.gain == pytest.approx(speakers.HEADROOM * 0.25), "half the volume is a quarter of the height"
    time.sleep(0.1)
    speaker.sound(Sounding((), {"bone": 0.25, "beam": 1.0}))
    assert loudness(speaker._held["bone"]) == pytest.approx(speakers.REST * 0.25 * speaker.gain, abs=0.02)
    speaker.sound(Sounding((), {"beam": 0.5}))
    assert set(speaker._held) == {"beam"}
    speaker.hush()
    assert not speaker._held


def test_muted_is_silent(speaker: Speaker) -> None:
    speaker.sound(Sounding((), {"beam": 1.0}))
    speaker.set_volume(0.5, muted=True)
    speaker.sound(Sounding((Cue("refusal"),), {"beam": 1.0}))
    assert not speaker._held
    assert speaker.gain == 0.0


def test_without_a_device_there_is_a_reason_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "no such driver")
    deaf = Speaker()
    deaf.open(wait=True)
    assert not deaf.is_open
    assert deaf.failed
    deaf.sound(Sounding((Cue("refusal"),), {"beam": 1.0}))
    deaf.close()


def test_without_the_library_there_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_name: str) -> None:
        raise ImportError("No module named 'pygame'")

    monkeypatch.setattr(speakers, "pygame_module", missing)
    deaf = Speaker()
    deaf.open(wait=True)
    assert "pygame" in deaf.failed

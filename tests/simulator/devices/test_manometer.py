"""What an inflation syringe shows, and when it sounds."""

from __future__ import annotations

import pytest

from simulator.devices.manometer import KPA_PER_PSI, read_off, sounding


@pytest.mark.parametrize(
    ("psi", "bar", "kpa"), [(0, 0.0, 0), (100, 6.9, 689), (200, 13.8, 1379), (400, 27.6, 2758)]
)
def test_the_dial_shows_three_scales(psi: int, bar: float, kpa: int) -> None:
    """The same pressure in psi, bar and kPa; volume in tenths of a ml, whatever the balloon holds."""
    shown = read_off(psi * KPA_PER_PSI, 2.449)
    assert (shown.psi, shown.bar, shown.kpa) == (psi, bar, kpa)
    assert shown.volume_ml == 2.4


def test_it_sounds_from_its_limit_until_clearly_below() -> None:
    """On at the limit, still on just below it, off at nine tenths; not on again from just below."""
    pressures = [399.0, 400.0, 395.0, 381.0, 360.0, 395.0, 401.0]
    heard, on = [], False
    for psi in pressures:
        on = sounding(on, psi, 400.0)
        heard.append(on)
    assert heard == [False, True, True, True, False, False, True]

"""Inflation syringe with manometer: what it shows, where it sounds, and how hard it can push."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

KPA_PER_PSI = 6.894757
KPA_PER_BAR = 100.0
Limit = Literal[400, 700]
"""Pressures, psi, at which the syringe can be set to sound (510(k) K103231)."""
MOST_PSI = 700.0
"""The syringe shows and generates so much and no more (the same source)."""
TURN_ML = 0.5
"""What one whole turn of the handle moves (unconfirmed: makers publish the scale of the barrel, not the lead of
the thread; a bore of 20 mm and a lead of 1.6 mm would give as much)."""
QUIET_SHARE = 0.95
"""Of its limit: below it the syringe falls silent, ready to sound again (preset)."""


@dataclass(frozen=True)
class Reading:
    """What can be read off an inflation syringe: whole psi and kPa, tenths of a bar, volume in tenths of a ml."""

    psi: int
    bar: float
    kpa: int
    volume_ml: float


def read_off(pressure_kpa: float, volume_ml: float) -> Reading:
    """The dial and the scale at a pressure and a volume in the balloon.

    >>> read_off(1378.95, 2.449)
    Reading(psi=200, bar=13.8, kpa=1379, volume_ml=2.4)
    """
    return Reading(
        psi=round(pressure_kpa / KPA_PER_PSI),
        bar=round(pressure_kpa / KPA_PER_BAR, 1),
        kpa=round(pressure_kpa),
        volume_ml=round(volume_ml, 1),
    )


def sounding(was: bool, pressure_psi: float, limit_psi: float) -> bool:
    """Whether the syringe sounds: from its limit on, until the pressure has fallen clearly below."""
    return pressure_psi >= (QUIET_SHARE * limit_psi if was else limit_psi)

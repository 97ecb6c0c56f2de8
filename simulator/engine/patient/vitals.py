"""What the monitor shows, and when it sounds."""

from __future__ import annotations

from dataclasses import dataclass

LOWEST_PRESSURE_MMHG, HIGHEST_RATE, LOWEST_SATURATION = 30.0, 180.0, 40.0
"""Where the model ends (presets): there is no cardiac arrest in it."""
ALARMS = {
    "mean_pressure_mmhg": (65.0, 130.0),
    "saturation_percent": (90.0, 101.0),
    "heart_rate": (45.0, 120.0),
    "breaths_per_min": (8.0, 30.0),
    "end_tidal_co2_mmhg": (20.0, 60.0),
}


@dataclass(frozen=True)
class Vitals:
    """The monitor's numbers, how strongly it hurts (0 to 10), and how easily the patient is roused.

    responsiveness: 5 answers readily, 4 slowly, 3 to a loud voice, 2 to a nudge, 1 to a painful squeeze, 0 not at
    all (the modified observer's assessment of alertness and sedation, Chernik 1990). end_tidal_co2_mmhg is 0
    where nothing is breathed out. Base state: physics E, "Use this".
    """

    heart_rate: float = 75.0
    mean_pressure_mmhg: float = 97.0
    saturation_percent: float = 96.0
    pain: float = 0.0
    systolic_mmhg: float = 140.0
    diastolic_mmhg: float = 75.0
    end_tidal_co2_mmhg: float = 36.0
    breaths_per_min: float = 13.0
    responsiveness: int = 5


def alarming(vitals: Vitals) -> dict[str, float]:
    """Vitals outside their alarm limits, by name."""
    return {
        name: getattr(vitals, name)
        for name, (low, high) in ALARMS.items()
        if not low <= getattr(vitals, name) <= high
    }

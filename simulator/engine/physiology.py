"""How the patient reacts: pain, heart rate, blood pressure, saturation, once a second.

A first-order body: each vital follows a wanted value with its own time constant. Base state, the ordinary fall
of pressure and saturation after cement and the reaction to pain are those of physics E ("Use this"; Albers:
MAP -9 +/- 10.5 mmHg at 3 min; Kaufmann: SpO2 -0.6 %; pain: HR +10 to 20, SBP +20 to 30, unconfirmed). Cement
in veins counts as embolus; its dose-response is an unconfirmed preset.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

FULL_BLOCK_ML = 8.0  # local anaesthetic that numbs skin, track and periosteum of one side (unconfirmed)
LOWEST_PRESSURE_MMHG, HIGHEST_RATE, LOWEST_SATURATION = 30.0, 180.0, 60.0  # where the model ends (presets)
ALARMS = {"mean_pressure_mmhg": (65.0, 130.0), "saturation_percent": (90.0, 101.0), "heart_rate": (45.0, 120.0)}


@dataclass(frozen=True)
class Vitals:
    """What the monitor shows, and how strongly it hurts (0 to 10, under light sedation)."""

    heart_rate: float = 75.0
    mean_pressure_mmhg: float = 97.0
    saturation_percent: float = 96.0
    pain: float = 0.0


@dataclass(frozen=True)
class Felt:
    """What brief touches add up to between two reactions: seconds of metal moving in unnumbed bone (weighted 0 to
    1), and whether a nerve root was touched."""

    periosteum_s: float = 0.0
    root: bool = False


@dataclass(frozen=True)
class Stimulus:
    """What is being done to the patient now."""

    periosteum: float = 0.0  # 0 to 1: metal in unnumbed bone
    balloon_kpa: float = 0.0
    injecting: bool = False
    cement_ml: float = 0.0  # all that is in the body
    venous_ml: float = 0.0  # of which in veins
    root_contact: bool = False


def wanted_pain(stimulus: Stimulus) -> float:
    """Pain that a stimulus tends to, 0 to 10. The periosteum is the main site (clinical step 12)."""
    pain = 7.5 * stimulus.periosteum + min(stimulus.balloon_kpa / 700.0, 1.0) * 2.5
    pain += 1.5 if stimulus.injecting else 0.0
    return float(min(pain + (9.0 if stimulus.root_contact else 0.0), 10.0))


def reacted(vitals: Vitals, stimulus: Stimulus, duration_s: float) -> Vitals:
    """Vitals a moment later."""
    pain = _follow(vitals.pain, wanted_pain(stimulus), duration_s, 8.0)
    # Cement: the ordinary response saturates at the usual volume of 4 ml; emboli add to it.
    dose = min(stimulus.cement_ml / 4.0, 1.5)
    rate = 75.0 + 2.2 * pain + 9.0 * stimulus.venous_ml
    pressure = 97.0 + 2.5 * pain - 9.0 * dose - 14.0 * stimulus.venous_ml
    saturation = 96.0 - 0.6 * dose - 4.0 * stimulus.venous_ml
    return replace(
        vitals,
        pain=pain,
        heart_rate=_follow(vitals.heart_rate, min(rate, HIGHEST_RATE), duration_s, 20.0),
        mean_pressure_mmhg=_follow(
            vitals.mean_pressure_mmhg, max(pressure, LOWEST_PRESSURE_MMHG), duration_s, 70.0
        ),
        saturation_percent=_follow(
            vitals.saturation_percent, max(saturation, LOWEST_SATURATION), duration_s, 90.0
        ),
    )


def _follow(value: float, wanted: float, duration_s: float, time_s: float) -> float:
    return float(wanted + (value - wanted) * np.exp(-duration_s / time_s))


def alarming(vitals: Vitals) -> dict[str, float]:
    """Vitals outside their alarm limits, by name."""
    return {
        name: getattr(vitals, name)
        for name, (low, high) in ALARMS.items()
        if not low <= getattr(vitals, name) <= high
    }

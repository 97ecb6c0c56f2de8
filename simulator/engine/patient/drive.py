"""How hard the patient is driven to breathe: drugs and illness against carbon dioxide and pain. All presets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from simulator.engine.patient.effects import Effects
from simulator.engine.patient.gas import Gas
from simulator.engine.patient.illness import Burden
from simulator.engine.patient.person import Person

SEIZES_MG_L, STOPS_BREATHING_MG_L = 9.0, 10.5
"""Local anaesthetic at the brain, as lidocaine (physics E2: seizures above 9 to 10, weak source)."""
APNOEA = 0.12
"""Share of the usual drive below which there are no breaths."""
CO2_GAIN, CO2_LOW_GAIN, LEAST_DRIVEN, MOST_DRIVEN = 0.06, 0.05, 0.5, 2.2
"""Ventilation gained for each mmHg of carbon dioxide above 40, and lost for each below."""
DRIVE_OF_PAIN = 0.05
OBSTRUCTED_FROM, CLOSING, SLEEP_APNOEA = 0.5, 0.6, 2.0
"""Depth of sedation from which the airway closes in a prone patient, how fast, and how much faster in sleep
apnoea."""

Airway = Literal["own", "chin lift", "bag"]


@dataclass(frozen=True)
class Drive:
    """Shares of breathing's rate and depth that drugs, illness and carbon dioxide make."""

    rate: float = 1.0
    depth: float = 1.0


def drive_of(effects: Effects, weight: Burden, air: Gas, person: Person, pain: float, airway: Airway) -> Drive:
    """The drive now; nothing at all where it is too little for a breath."""
    rate, depth = effects.rate_drive, effects.depth_drive * weight.depth
    rate = min(rate + DRIVE_OF_PAIN * pain, max(rate, 1.0))
    if airway == "own" and effects.depth > OBSTRUCTED_FROM:
        closing = CLOSING * (SLEEP_APNOEA if person.sleep_apnoea else 1.0)
        depth *= max(1.0 - closing * (effects.depth - OBSTRUCTED_FROM), 0.0)
    more = air.co2_mmhg - 40.0
    driven = 1.0 + (CO2_GAIN * rate * more if more > 0.0 else CO2_LOW_GAIN * more)
    driven = float(np.sqrt(min(max(driven, LEAST_DRIVEN), MOST_DRIVEN)))
    if rate * depth * driven < APNOEA or effects.toxic_mg_l > STOPS_BREATHING_MG_L:
        return Drive(0.0, 0.0)
    if effects.toxic_mg_l > SEIZES_MG_L:
        depth *= 0.4
    return Drive(rate * driven, depth * driven)

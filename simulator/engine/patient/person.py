"""Who lies on the table: what a scenario and the seed fix before anything is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Ill = Literal[
    "vagal reflex", "hypotension", "over-sedation", "anaphylaxis", "embolism", "bleeding", "pneumothorax",
    "local anaesthetic toxicity",
]  # fmt: skip
Trigger = Literal["time", "at_anaesthetic", "at_puncture", "at_bone", "at_balloon", "at_injection"]


@dataclass(frozen=True)
class Planned:
    """Something that will go wrong: delay_s after its trigger, or after the start where the trigger is time."""

    ill: Ill
    trigger: Trigger
    delay_s: float
    severity: float


@dataclass(frozen=True)
class Person:
    """One patient's own constants. cement_fall_mmhg: how far mean pressure falls after an ordinary injection."""

    weight_kg: float = 65.0
    age_years: float = 75.0
    heart_rate: float = 75.0
    mean_pressure_mmhg: float = 97.0
    saturation_percent: float = 96.0
    breaths_per_min: float = 13.0
    lightly_sedated: bool = True
    anticoagulated: bool = False
    allergies: tuple[str, ...] = ()
    sleep_apnoea: bool = False
    heart_failure: bool = False
    liver_disease: bool = False
    cement_fall_mmhg: float = 9.0
    planned: tuple[Planned, ...] = ()

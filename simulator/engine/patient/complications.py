"""Complications that begin: by the scenario's script, by the seed at published rates, or by what was given.

Rates of spontaneous ones, for one procedure:

    vagal reflex    0.026    8 010 fluoroscopic spine and joint injections (Kennedy, Pain Med 2013;14:1854)
    over-sedation   0.047    respiratory events, 594 sedated patients (Arepally, CVIR 2001;24:185)
    hypotension     0.020    major events, all of them hypotension, in the same patients
    embolism        0.0027   one severe hypotension on balloon inflation in 372 patients (PMC3395994)
    anaphylaxis     0.0002   unconfirmed
"""

from __future__ import annotations

import numpy as np

from anatomy.changing import changed
from simulator.engine.patient.drugs import DRUGS, InBody
from simulator.engine.patient.illness import HYPNOSIS, VAGAL_S, Illness
from simulator.engine.patient.kinetics import added
from simulator.engine.patient.person import Ill, Person, Planned, Trigger

STREAM = 0x696C6C73  # "ills"
RATES: dict[Ill, float] = {
    "vagal reflex": 0.026,
    "over-sedation": 0.047,
    "hypotension": 0.020,
    "embolism": 0.0027,
    "anaphylaxis": 0.0002,
}
WHEN: dict[Ill, Trigger] = {
    "vagal reflex": "at_puncture",
    "over-sedation": "time",
    "hypotension": "at_balloon",
    "embolism": "at_injection",
    "anaphylaxis": "at_anaesthetic",
}
EMBOLISM_ML = 1.5  # fat that a scripted embolism of severity 1 sets free (preset)
INTO_A_VEIN_MG_PER_KG = 4.0  # of lidocaine, by a scripted toxicity of severity 1 (preset)


def spontaneous(seed: int) -> tuple[Planned, ...]:
    """What would befall the patient of a seed by itself."""
    rng = np.random.default_rng([seed, STREAM])
    draws, delays, severities = (
        rng.random(len(RATES)),
        rng.uniform(10.0, 600.0, len(RATES)),
        rng.random(len(RATES)),
    )
    return tuple(
        Planned(ill, WHEN[ill], round(float(delay), 1), round(0.5 + 0.5 * float(severity), 2))
        for (ill, rate), draw, delay, severity in zip(RATES.items(), draws, delays, severities, strict=True)
        if draw < rate
    )


def due(ill: Illness, person: Person, reached_s: dict[Trigger, float], now_s: float) -> tuple[int, ...]:
    """Which of the planned complications begin now: reached_s says when their triggers were."""
    return tuple(
        number
        for number, planned in enumerate(person.planned)
        if number not in ill.begun
        and (planned.trigger in reached_s or planned.trigger == "time")
        and now_s >= reached_s.get(planned.trigger, 0.0) + planned.delay_s
    )


def begun(ill: Illness, planned: Planned) -> Illness:
    """Illness after a complication has begun; those of drugs and emboli go their own ways."""
    s = planned.severity
    if planned.ill == "vagal reflex":
        return changed(ill, vagal_s=VAGAL_S, vagal_wanted=s)
    if planned.ill == "hypotension":
        return changed(ill, hypotension_wanted=ill.hypotension_wanted + s)
    if planned.ill == "over-sedation":
        return changed(ill, hypnosis_wanted=ill.hypnosis_wanted + HYPNOSIS * s)
    if planned.ill == "anaphylaxis":
        return changed(ill, allergy_drive=max(ill.allergy_drive, s))
    if planned.ill == "bleeding":
        return changed(ill, bleeding_ml_min=ill.bleeding_ml_min + 120.0 * s)
    if planned.ill == "pneumothorax":
        return changed(ill, air_wanted=max(ill.air_wanted, s))
    return ill


def poured(drugs: tuple[InBody, ...], name: str, dose_mg: float, into_blood: bool) -> tuple[InBody, ...]:
    """The drugs in the body with one more dose."""
    known = next((n for n in DRUGS if n == name), None)
    if known is None:
        raise ValueError(f"there is no drug {name!r}")
    dose = DRUGS[known].kinetics.injected(dose_mg, into_blood)
    before = next((d for d in drugs if d.name == known), None)
    if before is None:
        return (*drugs, InBody(known, dose, dose_mg))
    after = InBody(known, added(before.amounts_mg, dose), before.given_mg + dose_mg)
    return tuple(after if d.name == known else d for d in drugs)

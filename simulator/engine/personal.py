"""The patient's own constants, from scenario and seed."""

from __future__ import annotations

import numpy as np

from anatomy.spec import PatientSpec
from scenarios.schema import Scenario
from simulator.engine import breathing
from simulator.engine.patient.complications import spontaneous
from simulator.engine.patient.person import Person, Planned

STREAM = 0x706572736F  # "perso"
CEMENT_FALL_MMHG, CEMENT_FALL_SD_MMHG = 9.0, 10.5
"""Fall of mean pressure 3 min after injection without lavage (Albers, Global Spine J)."""
CEMENT_FALL_LIMITS_MMHG = (-15.0, 35.0)
WEIGHT_KG = 65.0  # of a patient from a file, where the scenario does not say (preset)


def person_of(scenario: Scenario, seed: int) -> Person:
    """Who lies on the table."""
    condition, patient = scenario.condition, scenario.patient
    weight = condition.weight_kg
    if weight is None:
        weight = WEIGHT_KG
        if isinstance(patient, PatientSpec):
            weight = patient.body_mass_index_kg_m2 * (patient.stature_mm / 1000.0) ** 2
    scripted = tuple(Planned(c.kind, c.when, 60.0 * c.after_min, c.severity) for c in condition.complications)
    fall = CEMENT_FALL_MMHG + CEMENT_FALL_SD_MMHG * float(np.random.default_rng([seed, STREAM]).standard_normal())
    return Person(
        weight_kg=weight,
        age_years=patient.age_years,
        heart_rate=condition.heart_rate,
        mean_pressure_mmhg=condition.mean_pressure_mmhg,
        saturation_percent=condition.saturation_percent,
        breaths_per_min=breathing.at_rest(seed).rate_per_min,
        lightly_sedated=condition.sedation == "light",
        anticoagulated=condition.anticoagulated,
        allergies=condition.allergies,
        sleep_apnoea="sleep apnoea" in condition.comorbidities,
        heart_failure="heart failure" in condition.comorbidities,
        liver_disease="liver disease" in condition.comorbidities,
        cement_fall_mmhg=float(np.clip(fall, *CEMENT_FALL_LIMITS_MMHG)),
        planned=scripted + (spontaneous(seed) if condition.spontaneous_complications else ()),
    )

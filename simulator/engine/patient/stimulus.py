"""What is done to the patient, and how much it hurts."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.engine.patient.person import Trigger

UNSEDATED = 1.3
"""Pain of a patient without any sedation, against the light sedation that is otherwise meant (unconfirmed)."""
STING_PUNCTURE, STING_FINE_NEEDLE, STING_INFILTRATION, STING_S = 4.0, 2.0, 2.0, 10.0

HEAT_HURTS_C, HEAT_PAIN = 44.0, 6.0
"""Temperature at a nerve from which it hurts, and how much it does 5 degrees above (unconfirmed)."""


@dataclass(frozen=True)
class Felt:
    """What brief touches add up to between two reactions: seconds of metal moving in bone and in muscle (each
    weighted 0 to 1 by what is not numb), whether a nerve root was touched, and the worst sting of the skin."""

    periosteum_s: float = 0.0
    root: bool = False
    muscle_s: float = 0.0
    sting: float = 0.0


@dataclass(frozen=True)
class Stimulus:
    """What is being done to the patient now.

    root_mm, canal_mm: how deep an instrument lies in a root's room and in the canal; canal_ml, foramen_ml: where
    cement lies; lung: pleura or lung is touched; bleeding_ml_min: of vessels touched now; reached: steps of the
    procedure that have begun; nerve_c: hottest at roots and canal now; root_damage, canal_damage: Arrhenius'
    integral there.
    """

    periosteum: float = 0.0  # 0 to 1: metal in unnumbed bone
    balloon_kpa: float = 0.0
    injecting: bool = False
    cement_ml: float = 0.0  # all that is in the body
    venous_ml: float = 0.0  # of which blood has carried off to the lungs
    root_contact: bool = False
    muscle: float = 0.0
    sting: float = 0.0
    root_mm: float = 0.0
    canal_mm: float = 0.0
    canal_ml: float = 0.0
    foramen_ml: float = 0.0
    lung: bool = False
    bleeding_ml_min: float = 0.0
    reached: tuple[Trigger, ...] = ()
    nerve_c: float = 37.0
    root_damage: float = 0.0
    canal_damage: float = 0.0


def wanted_pain(stimulus: Stimulus) -> float:
    """Pain that a stimulus tends to, 0 to 10. The periosteum is the main site (clinical step 12)."""
    pain = 7.5 * stimulus.periosteum + min(stimulus.balloon_kpa / 700.0, 1.0) * 2.5
    pain += 1.5 if stimulus.injecting else 0.0
    pain += 2.0 * stimulus.muscle + stimulus.sting
    pain += HEAT_PAIN * min(max(stimulus.nerve_c - HEAT_HURTS_C, 0.0) / 5.0, 1.0)
    return float(min(pain + (9.0 if stimulus.root_contact else 0.0), 10.0))

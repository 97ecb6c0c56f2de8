"""The drugs in the room: how they spread, how much is usual, what would be absurd.

Sources of the kinetics stand with each drug. "memory": the published set was recalled, not opened; every number
of such a row and all of those marked preset are *unconfirmed*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from simulator.engine.patient.kinetics import Kinetics

DrugName = Literal[
    "lidocaine", "bupivacaine", "midazolam", "propofol", "fentanyl", "piritramide", "naloxone", "flumazenil",
    "ephedrine", "phenylephrine", "noradrenaline", "adrenaline", "atropine", "hydrocortisone", "clemastine",
    "cefazolin", "lipid emulsion",
]  # fmt: skip
Route = Literal["iv", "im"]
DRUG_NAMES: tuple[DrugName, ...] = get_args(DrugName)


@dataclass(frozen=True)
class Drug:
    """One drug.

    most_mg: the largest single dose that is usual for an elderly adult; absurd_mg: more than anybody draws up;
    most_mg_per_kg: limit of all doses together, where there is one (physics E2).
    """

    kinetics: Kinetics
    most_mg: float
    absurd_mg: float
    most_mg_per_kg: float | None = None
    intramuscular: bool = False


_IM = {"fast_share": 1.0, "fast_per_min": 0.12}

DRUGS: dict[DrugName, Drug] = {
    # Clearance 0.54 l/min and volume 1.7 l/kg over 55 years (peridural series of 50 men, Reg Anesth 1986;11:123);
    # central 0.2 l/kg within the 0.13 to 2.5 of Bennett 1982; absorption like epidural, fast half-life
    # 10 min, slow 80 min (memory). Split between tissues: preset.
    "lidocaine": Drug(
        Kinetics(0.20, 0.0385, 0.25, 0.167, 0.135, 0.0225, 2.0, 0.40, 0.069, 0.0087), 300.0, 3000.0, 4.5
    ),
    # Clearance 0.58 l/min, volume 1 l/kg; fast half-life 7 min, slow 360 min (memory).
    "bupivacaine": Drug(
        Kinetics(0.15, 0.0553, 0.25, 0.15, 0.12, 0.03, 2.0, 0.28, 0.099, 0.0019), 150.0, 1000.0, 2.0
    ),
    # Elderly: clearance 0.388 l/min, volume 104 l (Albrecht 1999); split and ke0: preset.
    "midazolam": Drug(Kinetics(0.10, 0.0517, 0.16, 0.048, 0.067, 0.0071, 0.13), 2.5, 60.0),
    # Marsh 1991 (memory and public code).
    "propofol": Drug(Kinetics(0.228, 0.119, 0.112, 0.055, 0.042, 0.0033, 0.26), 50.0, 1000.0),
    # Shafer 1990 for 70 kg, ke0 of Scott 1985 (memory).
    "fentanyl": Drug(Kinetics(0.087, 0.0827, 0.471, 0.102, 0.225, 0.006, 0.147), 0.1, 2.0),
    # Volume some 5 l/kg, slow effect site (memory; split: preset).
    "piritramide": Drug(Kinetics(0.6, 0.016, 0.20, 0.028, 0.0, 0.0, 0.042), 7.5, 100.0),
    "naloxone": Drug(Kinetics(0.5, 0.025, 0.05, 0.05, ke0=1.0), 0.4, 10.0, intramuscular=True),  # preset
    "flumazenil": Drug(Kinetics(0.3, 0.03, 0.06, 0.06, ke0=1.0), 0.5, 10.0),  # preset
    "ephedrine": Drug(Kinetics(1.0, 0.04, ke0=1.2), 10.0, 200.0),  # preset
    "phenylephrine": Drug(Kinetics(0.2, 0.20, ke0=2.0), 0.1, 5.0),  # preset
    "noradrenaline": Drug(Kinetics(0.1, 0.35, ke0=2.5), 0.01, 1.0),  # preset
    "adrenaline": Drug(Kinetics(0.3, 0.23, ke0=2.5, **_IM), 0.5, 5.0, intramuscular=True),  # preset
    "atropine": Drug(Kinetics(1.0, 0.006, ke0=1.2), 1.0, 10.0),  # preset
    "hydrocortisone": Drug(Kinetics(0.4, 0.007, ke0=0.02), 200.0, 3000.0),  # preset
    "clemastine": Drug(Kinetics(1.0, 0.001, ke0=0.05), 2.0, 20.0),  # preset
    "cefazolin": Drug(Kinetics(0.14, 0.006), 2000.0, 12000.0),  # preset; only those allergic to it notice
    "lipid emulsion": Drug(Kinetics(0.06, 0.02, ke0=0.7), 25000.0, 300000.0),  # 20 %: 200 mg a ml; preset
}

INTRAVENOUS_ONLY_LOCALLY: tuple[DrugName, ...] = ("lidocaine", "bupivacaine")
"""Local anaesthetics: into tissue by their own command, into a vein only by mistake."""


@dataclass(frozen=True)
class InBody:
    """What there is of one drug."""

    name: DrugName
    amounts_mg: tuple[float, float, float, float, float, float]
    given_mg: float

"""What can be seen and heard of the patient, beside the monitor."""

from __future__ import annotations

from simulator.engine.patient.drive import Drive
from simulator.engine.patient.effects import Effects
from simulator.engine.patient.emboli import Emboli
from simulator.engine.patient.gas import Gas
from simulator.engine.patient.illness import HIGH_BLOCK, LEGS_FROM, Illness

TOXIC: tuple[tuple[str, float, int], ...] = (
    ("numb lips and a metallic taste", 5.0, 3),
    ("ringing in the ears", 6.0, 3),
    ("twitching", 7.5, 0),
    ("seizure", 9.0, 0),
)
"""Signs of local anaesthetic at the brain, from which concentration as lidocaine (mg/l), and how responsive
somebody has to be to tell (order: physics E2)."""


def signs_of(
    effects: Effects, ill: Illness, flying: Emboli, air: Gas, drive: Drive, responsiveness: int
) -> tuple[str, ...]:
    """Signs that are there now, in words; the cause is for the trainee to find."""
    found = [
        name for name, least, awake in TOXIC if effects.toxic_mg_l >= least and effects.responsiveness >= awake
    ]
    if drive.rate == 0.0:
        found.append("no breathing")
    elif effects.depth > 0.55:
        found.append("snoring")
    if ill.block > LEGS_FROM and responsiveness >= 3:
        found.append("legs heavy and numb")
    if ill.block > HIGH_BLOCK and responsiveness >= 2:
        found.append("weak voice")
    if ill.allergy > 0.12:
        found.append("flushing and hives")
    if ill.allergy > 0.35:
        found.append("wheeze")
    if ill.vagal > 0.3:
        found.append("pale and sweating")
    if responsiveness >= 3 and (flying.tight_ml > 0.15 or ill.air > 0.25):
        found.append("short of breath")
    if air.saturation < 0.85:
        found.append("blue lips")
    return tuple(found)

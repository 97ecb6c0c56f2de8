"""Nerves that are touched or pressed: the patient moves, and what does not recover.

Limits are presets, unconfirmed; there is no published dose of contact. A deficit is first transient, then lasting.
"""

from __future__ import annotations

from dataclasses import dataclass

from anatomy.changing import changed
from simulator.engine.patient.stimulus import Stimulus

CANAL_FREE_MM = 2.0
"""Room between the canal's wall and what lies in it."""
ROOT_MM_S, CANAL_MM_S = (20.0, 120.0), (2.0, 20.0)
"""Depth times time of contact after which a deficit is transient, and lasting."""
FORAMEN_ML, CANAL_ML, PRESSED_S = 0.5, 1.0, 60.0
"""Cement that presses on a root, or on what lies in the canal, once it has lain there so long."""

HEAT_DAMAGE = (0.2, 1.0)
"""Arrhenius' integral after which heat leaves a deficit that is transient, and lasting: 1 is 63 % of cells."""


@dataclass(frozen=True)
class Deficit:
    """Function lost: of a leg ("root") or of both ("canal")."""

    structure: str
    cause: str
    grade: str


@dataclass(frozen=True)
class Harm:
    """Contact so far, depth times time, seconds of pressure, and the deficits that came of it."""

    root_mm_s: float = 0.0
    canal_mm_s: float = 0.0
    root_pressed_s: float = 0.0
    canal_pressed_s: float = 0.0
    deficits: tuple[Deficit, ...] = ()


UNHARMED = Harm()


def a_second_later(harm: Harm, stimulus: Stimulus) -> Harm:
    """After a second of contact or pressure."""
    into_canal = max(stimulus.canal_mm - CANAL_FREE_MM, 0.0)
    pressed = stimulus.foramen_ml >= FORAMEN_ML or stimulus.canal_ml >= CANAL_ML
    burnt = max(stimulus.root_damage, stimulus.canal_damage) >= HEAT_DAMAGE[0]
    if stimulus.root_mm == 0.0 and into_canal == 0.0 and not pressed and not burnt:
        return harm
    harm = changed(
        harm,
        root_mm_s=harm.root_mm_s + stimulus.root_mm,
        canal_mm_s=harm.canal_mm_s + into_canal,
        root_pressed_s=harm.root_pressed_s + float(stimulus.foramen_ml >= FORAMEN_ML),
        canal_pressed_s=harm.canal_pressed_s + float(stimulus.canal_ml >= CANAL_ML),
    )
    found = list(harm.deficits)
    for structure, contact, limits in (
        ("root", harm.root_mm_s, ROOT_MM_S),
        ("canal", harm.canal_mm_s, CANAL_MM_S),
    ):
        for limit, grade in zip(limits, ("transient", "lasting"), strict=True):
            if contact >= limit:
                found.append(Deficit(structure, "instrument", grade))
    for structure, damage in (("root", stimulus.root_damage), ("canal", stimulus.canal_damage)):
        for limit, grade in zip(HEAT_DAMAGE, ("transient", "lasting"), strict=True):
            if damage >= limit:
                found.append(Deficit(structure, "heat", grade))
    if harm.root_pressed_s >= PRESSED_S:
        found.append(Deficit("root", "cement", "transient"))
    if harm.canal_pressed_s >= PRESSED_S:
        found.append(Deficit("canal", "cement", "lasting"))
    return changed(harm, deficits=tuple(dict.fromkeys(found)))

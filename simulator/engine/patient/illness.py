"""What goes wrong: reflex, allergy, bleeding, air around the lung, and how it goes on or is treated.

Courses are presets after physics E2 where it has them (vagal reflex: heart rate down by 20 to 40 a minute within
10 to 60 s, back in 1 to 5 min; all unconfirmed). Adrenaline turns anaphylaxis; steroid and antihistamine help
little and late. Fluid fills the vessels at once and leaves three quarters of itself to the tissues (presets).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatomy.changing import changed
from simulator.engine.patient.effects import Effects
from simulator.engine.patient.person import Person

VAGAL_S, VAGAL_ON_S, VAGAL_OFF_S, VAGAL_RATE, VAGAL_TONE = 75.0, 10.0, 50.0, 36.0, 0.08
HYPOTENSION_TONE, HYPOTENSION_ON_S, HYPOTENSION_S = 0.58, 20.0, 400.0
HYPNOSIS, HYPNOSIS_ON_S, HYPNOSIS_S = 1.3, 60.0, 500.0
ALLERGY_ON_S, ALLERGY_S, ALLERGY_TREATED_S = 50.0, 2400.0, 60.0
AIR_S = 240.0
BLOOD_ML_PER_KG = 70.0
FLUID_LEAVES_S, FLUID_STAYS = 1500.0, 0.25
BLOCK_MG, BLOCK_ON_S, BLOCK_S, BLOCK_TONE, BLOCK_RATE = 60.0, 120.0, 3600.0, 0.32, 10.0
HIGH_BLOCK, BLOCK_DEPTH, LEGS_FROM = 0.7, 0.8, 0.3
"""Lidocaine in the canal that blocks up to the chest, how that goes on, and from which level breath and legs feel
it (presets; how much of it would be intrathecal is not modelled)."""
HELP_S = 90.0
"""From the call until somebody is there (preset)."""


@dataclass(frozen=True)
class Illness:
    """Levels, 0 where all is well and 1 at full strength.

    begun: which of the person's planned complications have begun; vagal_s: how long the reflex is still kept up;
    allergy_drive: mediators that come; air: around the lung; bleeding_ml_min and lost_ml: blood; fluid_ml:
    infused, and free_fluid_ml: of that what has yet to leave; block: of the nerves in the canal, by anaesthetic.
    """

    begun: tuple[int, ...] = ()
    vagal: float = 0.0
    vagal_s: float = 0.0
    vagal_wanted: float = 0.0
    hypotension: float = 0.0
    hypotension_wanted: float = 0.0
    hypnosis: float = 0.0
    hypnosis_wanted: float = 0.0
    allergy: float = 0.0
    allergy_drive: float = 0.0
    air: float = 0.0
    air_wanted: float = 0.0
    bleeding_ml_min: float = 0.0
    lost_ml: float = 0.0
    fluid_ml: float = 0.0
    free_fluid_ml: float = 0.0
    block: float = 0.0
    block_wanted: float = 0.0

    @property
    def volume_ml(self) -> float:
        """Blood volume against rest."""
        return self.free_fluid_ml + FLUID_STAYS * (self.fluid_ml - self.free_fluid_ml) - self.lost_ml


WELL = Illness()


@dataclass(frozen=True)
class Burden:
    """What illness does: factors of stroke volume, resistance and depth of breathing, beats a minute that vagal
    tone takes, further shunt and dead space."""

    stroke: float = 1.0
    resistance: float = 1.0
    depth: float = 1.0
    slowing: float = 0.0
    shunt: float = 0.0
    dead: float = 0.0


NO_BURDEN = Burden()


def burden(ill: Illness, effects: Effects, person: Person) -> Burden:
    """What a state of illness does to circulation and lungs."""
    if ill == WELL:
        return NO_BURDEN
    share = ill.volume_ml / (BLOOD_ML_PER_KG * person.weight_kg)
    filling = min(max(1.0 + 1.6 * share, 0.15), 1.12) if share < 0.0 else min(1.0 + 0.5 * share, 1.12)
    if person.heart_failure and share > 0.0:
        filling = 1.0
    tension = max(ill.air - 0.7, 0.0) / 0.3
    allergy, block = min(ill.allergy, 1.2), min(ill.block, 1.5)
    tone = (1.0 - HYPOTENSION_TONE * min(ill.hypotension, 1.4)) * (1.0 - BLOCK_TONE * block)
    return Burden(
        stroke=filling * (1.0 - 0.65 * tension) * (1.0 - 0.35 * allergy),
        resistance=(1.0 - 0.45 * allergy) * (1.0 - VAGAL_TONE * ill.vagal) * tone,
        depth=(1.0 - 0.30 * allergy) * (1.0 - 0.35 * ill.air) * (1.0 - BLOCK_DEPTH * max(block - HIGH_BLOCK, 0.0)),
        slowing=(VAGAL_RATE * ill.vagal + BLOCK_RATE * block) * (1.0 - effects.vagal_block),
        shunt=0.18 * allergy + 0.25 * ill.air,
        dead=0.10 * allergy,
    )


def a_second_later(ill: Illness, effects: Effects, person: Person, lung: bool, bleeding_ml_min: float) -> Illness:
    """After a second; lung: pleura or lung is touched now; bleeding_ml_min: from vessels that are."""
    if lung:
        ill = changed(ill, air_wanted=max(ill.air_wanted, 0.5))
    if bleeding_ml_min > 0.0:
        much = bleeding_ml_min * (2.0 if person.anticoagulated else 1.0)
        ill = changed(ill, bleeding_ml_min=max(ill.bleeding_ml_min, much))
    if ill == WELL:
        return ill
    against = min(effects.against_allergy, 1.2)
    allergy = _follow(ill.allergy, ill.allergy_drive * max(1.0 - 0.9 * against, 0.0), ALLERGY_ON_S)
    held = ill.vagal_s > 0.0
    vagal = _follow(ill.vagal, ill.vagal_wanted if held else 0.0, VAGAL_ON_S if held else VAGAL_OFF_S)
    stops_s = 1800.0 if person.anticoagulated else 600.0
    fades = _kept(ALLERGY_S) * (1.0 - against / ALLERGY_TREATED_S / 4.0)
    return changed(
        ill,
        vagal=vagal,
        vagal_s=max(ill.vagal_s - 1.0, 0.0),
        hypotension=_follow(ill.hypotension, ill.hypotension_wanted, HYPOTENSION_ON_S),
        hypotension_wanted=ill.hypotension_wanted * _kept(HYPOTENSION_S),
        hypnosis=_follow(ill.hypnosis, ill.hypnosis_wanted, HYPNOSIS_ON_S),
        hypnosis_wanted=ill.hypnosis_wanted * _kept(HYPNOSIS_S),
        allergy=allergy,
        allergy_drive=ill.allergy_drive * fades,
        air=_follow(ill.air, ill.air_wanted, AIR_S),
        bleeding_ml_min=ill.bleeding_ml_min * _kept(stops_s),
        lost_ml=ill.lost_ml + ill.bleeding_ml_min / 60.0,
        free_fluid_ml=ill.free_fluid_ml * _kept(FLUID_LEAVES_S),
        block=_follow(ill.block, ill.block_wanted, BLOCK_ON_S),
        block_wanted=ill.block_wanted * _kept(BLOCK_S),
    )


def blocked(ill: Illness, lidocaine_mg: float) -> Illness:
    """After local anaesthetic was put into the canal."""
    return changed(ill, block_wanted=ill.block_wanted + lidocaine_mg / BLOCK_MG)


def _follow(value: float, wanted: float, time_s: float) -> float:
    return wanted + (value - wanted) * _kept(time_s)


def _kept(time_s: float) -> float:
    return float(np.exp(-1.0 / time_s))

"""Emboli on their way from bone to lung, and what they do there: the two phases seen in sheep.

Six sheep with 6 ml of cement in L1 (Aebli, Spine 2002, PMID 11880830; J Bone Joint Surg Br proceedings 84-B Suppl
III): the heart slows within 2 s (a reflex), arterial pressure falls from 5 s (phase 1) and again, deeper, from 18
s (phase 2, emboli in the lungs); mean pressure is lowest at 36 s by 33 mmHg and back by 209 s, heart rate back at
89 s. The constants below give that for REFERENCE_ML through the circulation of ``circulation.py``; they are fitted
to it, and how it grows with the amount is an unconfirmed preset.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

REFERENCE_ML = 1.0
"""Cement or fat in the veins that gives the sheep's curve (unconfirmed)."""
TRANSIT_S = 17
"""From bone until the lungs' vessels begin to tighten."""
ONSET_S, REFLEX_S, REFLEX_RATE, REFLEX_TONE = 3.0, 7.8, 20.0, 0.118
RISE_S, DECAY_S, RESISTANCE, LUNG_RATE = 18.0, 47.0, 1.30, 19.0
FAT_CLEARS_S = 1200.0
DEAD_PER_ML, SHUNT_PER_ML = 0.11, 0.085
"""Dead space and shunt for each ml that is lodged in the lungs (unconfirmed)."""
SPARE_ML, BLOCKED_PER_ML = 1.5, 0.12
"""Cement in the lungs that their vessels' reserve makes up for, and how each ml beyond it goes on to obstruct."""
MOST_DEAD, MOST_SHUNT = 0.6, 0.5


@dataclass(frozen=True)
class Emboli:
    """under_way_ml: cement and fat that left bone in each of the last seconds, oldest first; beginning, reflex: of
    the reflex, and tightening, tight: of the lungs' vessels (as ml); cement_ml stays, fat_ml clears."""

    under_way_ml: tuple[tuple[float, float], ...] = ()
    beginning_ml: float = 0.0
    reflex_ml: float = 0.0
    tightening_ml: float = 0.0
    tight_ml: float = 0.0
    cement_ml: float = 0.0
    fat_ml: float = 0.0

    @property
    def is_none(self) -> bool:
        """Whether nothing ever left the bone."""
        return self.cement_ml == 0.0 and self.fat_ml < 1e-9 and self.tight_ml < 1e-9

    @property
    def slowing(self) -> float:
        """Beats a minute that the reflex takes."""
        return REFLEX_RATE * _levelled(self.reflex_ml / REFERENCE_ML) + LUNG_RATE * _levelled(
            self.tight_ml / REFERENCE_ML, 0.3
        )

    @property
    def slack(self) -> float:
        """Share of vascular resistance that the reflex takes."""
        return REFLEX_TONE * _levelled(self.reflex_ml / REFERENCE_ML)

    @property
    def stroke(self) -> float:
        """What is left of stroke volume behind the tight vessels of the lungs."""
        blocked = BLOCKED_PER_ML * max(self.cement_ml - SPARE_ML, 0.0)
        return 1.0 / (1.0 + RESISTANCE * self.tight_ml / REFERENCE_ML + blocked)

    @property
    def dead(self) -> float:
        """Further alveolar dead space, share of ventilation."""
        return _up_to(DEAD_PER_ML * (self.cement_ml + self.fat_ml), MOST_DEAD)

    @property
    def shunt(self) -> float:
        """Further shunt, share of flow."""
        return _up_to(SHUNT_PER_ML * (self.cement_ml + self.fat_ml), MOST_SHUNT)


NO_EMBOLI = Emboli()


def _levelled(x: float, half: float = 1.0) -> float:
    """In proportion while small, 1 at 1, 1 + half at most: a reflex has a limit."""
    return (1.0 + half) * x / (half + x)


def _up_to(x: float, most: float) -> float:
    return float(most * (1.0 - np.exp(-x / most)))


def a_second_later(emboli: Emboli, cement_ml: float, fat_ml: float) -> Emboli:
    """After a second in which so much more left the bone."""
    left = cement_ml + fat_ml
    if left == 0.0 and emboli.is_none and not emboli.under_way_ml:
        return emboli
    way = (*emboli.under_way_ml, (cement_ml, fat_ml))
    cement_there, fat_there = way[0] if len(way) > TRANSIT_S else (0.0, 0.0)
    way = way[-TRANSIT_S:]
    if not any(cement + fat > 0.0 for cement, fat in way):
        way = ()
    starting = emboli.beginning_ml * float(1.0 - np.exp(-1.0 / ONSET_S))
    leaving = emboli.tightening_ml * float(1.0 - np.exp(-1.0 / RISE_S))
    return Emboli(
        under_way_ml=way,
        beginning_ml=emboli.beginning_ml - starting + left,
        reflex_ml=emboli.reflex_ml * float(np.exp(-1.0 / REFLEX_S)) + starting,
        tightening_ml=emboli.tightening_ml - leaving + cement_there + fat_there,
        tight_ml=emboli.tight_ml * float(np.exp(-1.0 / DECAY_S)) + leaving,
        cement_ml=emboli.cement_ml + cement_there,
        fat_ml=emboli.fat_ml * float(np.exp(-1.0 / FAT_CLEARS_S)) + fat_there,
    )

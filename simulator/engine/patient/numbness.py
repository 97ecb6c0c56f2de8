"""Local anaesthetic where it was put: what of skin, muscle and periosteum on one side is numb.

The periosteum is the main site of pain (clinical step 12). Volumes for a full block, onset and length are presets,
unconfirmed. A dose "along the track" spreads over all three.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Layer = Literal["skin", "muscle", "periosteum"]
Site = Literal["track", "skin", "muscle", "periosteum"]
FULL_TRACK_ML = 8.0
FULL_ML: dict[Layer, float] = {"skin": 2.0, "muscle": 5.0, "periosteum": 3.0}
"""Lidocaine 1 %, or as strong, that numbs a layer of one side fully."""
AS_ONE_PERCENT = {"lidocaine": 1.0, "bupivacaine": 4.0}
"""Strength per % of the drug, as lidocaine 1 %."""
ONSET_S = {"lidocaine": 20.0, "bupivacaine": 100.0}
FADES_S = {"lidocaine": 6000.0, "bupivacaine": 18000.0}
NUMB_AT_MOST = 0.85


@dataclass(frozen=True)
class Numbness:
    """Doses that lie in the layers as shares of a full block, and how numb the layers are by now."""

    skin_dose: float = 0.0
    muscle_dose: float = 0.0
    periosteum_dose: float = 0.0
    skin: float = 0.0
    muscle: float = 0.0
    periosteum: float = 0.0
    onset_s: float = 20.0
    fades_s: float = 6000.0

    def pain_left(self, layer: Layer) -> float:
        """Share of a layer's pain that is still felt."""
        return 1.0 - NUMB_AT_MOST * float(getattr(self, layer))


NOT_NUMB = Numbness()


def infiltrated(numb: Numbness, site: Site, drug: str, percent: float, volume_ml: float) -> Numbness:
    """After a dose; the drug given last decides how fast the block comes and goes."""
    strong_ml = volume_ml * percent * AS_ONE_PERCENT[drug]
    doses = {layer: getattr(numb, f"{layer}_dose") for layer in FULL_ML}
    for layer, full_ml in FULL_ML.items():
        if site == "track":
            doses[layer] += strong_ml / FULL_TRACK_ML
        elif site == layer:
            doses[layer] += strong_ml / full_ml
    return Numbness(
        doses["skin"], doses["muscle"], doses["periosteum"], numb.skin, numb.muscle, numb.periosteum,
        ONSET_S[drug], FADES_S[drug],
    )  # fmt: skip


def a_second_later(numb: Numbness) -> Numbness:
    """The block comes on towards what the doses can do, and fades with them."""
    if numb is NOT_NUMB or numb == NOT_NUMB:
        return numb
    on, kept = float(1.0 - np.exp(-1.0 / numb.onset_s)), float(np.exp(-1.0 / numb.fades_s))

    def towards(now: float, dose: float) -> float:
        return now + on * (min(dose, 1.0) - now)

    return Numbness(
        numb.skin_dose * kept, numb.muscle_dose * kept, numb.periosteum_dose * kept,
        towards(numb.skin, numb.skin_dose), towards(numb.muscle, numb.muscle_dose),
        towards(numb.periosteum, numb.periosteum_dose), numb.onset_s, numb.fades_s,
    )  # fmt: skip

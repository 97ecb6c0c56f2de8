"""What a scenario says about its patient. Plain data: everything else is built from it and a seed.

Limits stand beside the fields (``annotated_types``), so that the scenario schema validates with them and an
editor can show them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from annotated_types import Ge, Le

Level = Literal[
    "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12", "L1", "L2", "L3", "L4", "L5"
]
LEVELS: tuple[Level, ...] = get_args(Level)
"""Levels that are built, cranial first; neck and sacrum are bones without a level."""

TargetLevel = Literal["T11", "T12", "L1", "L2", "L3", "L4"]
"""Levels that can be treated: those with a whole neighbour on each side in the fine box."""

Sex = Literal["female", "male"]
Side = Literal["left", "right"]
SIDES: tuple[Side, ...] = get_args(Side)


@dataclass(frozen=True)
class FractureSpec:
    """A wedge compression fracture of the target level, as it lies prone on the table.

    anterior_height_ratio  anterior height over its height before the fracture (Genant 1: 0.75 to 0.80,
                           2: 0.60 to 0.75, 3: below 0.60)
    mobile_share           share of the lost anterior height that reduction can regain at most: high in fresh
                           or cleft fractures, 0.1 to 0.2 after three weeks (physics B2, unconfirmed)
    endplate_defect_mm     diameter of the hole broken into the superior endplate, 0 for none (3 to 10 mm,
                           anatomy 6.1, unconfirmed): the way of cement into the disc
    """

    anterior_height_ratio: Annotated[float, Ge(0.45), Le(0.95)] = 0.70
    mobile_share: Annotated[float, Ge(0.0), Le(1.0)] = 0.6
    endplate_defect_mm: Annotated[float, Ge(0.0), Le(12.0)] = 4.0


@dataclass(frozen=True)
class PatientSpec:
    """One synthetic patient. The same spec gives the same patient, voxel for voxel."""

    seed: Annotated[int, Ge(0), Le(2**32 - 1)] = 1
    sex: Sex = "female"
    age_years: Annotated[float, Ge(18), Le(100)] = 76.0
    stature_mm: Annotated[float, Ge(1400), Le(2000)] = 1600.0
    body_mass_index_kg_m2: Annotated[float, Ge(15), Le(45)] = 24.5
    t_score: Annotated[float, Ge(-5.0), Le(2.0)] = -3.0
    target_level: TargetLevel = "L1"
    fracture: FractureSpec | None = None

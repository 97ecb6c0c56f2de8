"""What a scenario says about its patient. Plain data: everything else is built from it and a seed.

Limits stand beside the fields (``annotated_types``), so that the scenario schema validates with them and an
editor can show them. Fields are appended with defaults and never renamed without a way to read old files.
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

TargetLevel = Literal["T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12", "L1", "L2", "L3", "L4", "L5"]
"""Levels that can be treated."""

Sex = Literal["female", "male"]
Side = Literal["left", "right"]
SIDES: tuple[Side, ...] = get_args(Side)
Posture = Literal["prone", "prone extended"]
"""Flat on the table, or on bolsters under chest and hips that extend the spine."""

FractureShape = Literal["wedge", "biconcave", "crush"]
FractureAge = Literal["acute", "subacute", "healed"]
LesionKind = Literal["lytic metastasis", "blastic metastasis", "mixed metastasis", "myeloma", "haemangioma"]


@dataclass(frozen=True)
class FractureSpec:
    """A compression fracture of the target level, as it lies prone on the table.

    height_ratio              height over its height before the fracture, where the shape loses most: the front of
                              a wedge, the middle of a biconcave body, all of a crushed one (Genant 1: 0.75 to
                              0.80, 2: 0.60 to 0.75, 3: below 0.60; vertebra plana: about 0.2)
    mobile_share              share of the lost height that reduction can regain at most: high in fresh or cleft
                              fractures, 0.1 to 0.2 after three weeks (physics B2, unconfirmed)
    endplate_defect_mm        diameter of the hole broken into the endplate, 0 for none (3 to 10 mm, anatomy 6.1,
                              unconfirmed): the way of cement into the disc
    shape, endplate           which part of the body, and which endplate, gave way
    age                       acute: sharp steps and an impaction band; subacute: edges blurred, band of callus;
                              healed: remodelled, no band, no way through the endplate
    retropulsion_mm           how far the posterosuperior corner was driven into the canal (2 to 6 mm, unconfirmed)
    posterior_wall_defect_mm  diameter of a hole in the posterior wall, 0 for none
    cleft, cleft_ml           an intravertebral cleft under the broken endplate, and its volume when wide open,
                              the body as high as before (0.5 to 3 ml, unconfirmed; no more than was lost there:
                              some 1.5 ml at L1 for a height_ratio of 0.7, half of it at T8)
    """

    height_ratio: Annotated[float, Ge(0.15), Le(0.95)] = 0.70
    mobile_share: Annotated[float, Ge(0.0), Le(1.0)] = 0.6
    endplate_defect_mm: Annotated[float, Ge(0.0), Le(12.0)] = 4.0
    shape: FractureShape = "wedge"
    endplate: Literal["superior", "inferior", "both"] = "superior"
    age: FractureAge = "acute"
    retropulsion_mm: Annotated[float, Ge(0.0), Le(8.0)] = 0.0
    posterior_wall_defect_mm: Annotated[float, Ge(0.0), Le(12.0)] = 0.0
    cleft: Literal["none", "gas", "fluid"] = "none"
    cleft_ml: Annotated[float, Ge(0.2), Le(5.0)] = 1.5


@dataclass(frozen=True)
class LesionSpec:
    """A tumour in one vertebra.

    size_mm                   greatest diameter; of myeloma that of its largest focus
    side, into_pedicle        the side it lies on, and whether it grows into that pedicle
    posterior_wall_defect_mm  diameter of the hole it has eaten into the posterior wall, 0 for none
    epidural_mass_mm          how far it bulges into the canal through that hole, 0 for not at all
    """

    kind: LesionKind
    level: Level
    size_mm: Annotated[float, Ge(5.0), Le(45.0)] = 20.0
    side: Side = "left"
    into_pedicle: bool = False
    posterior_wall_defect_mm: Annotated[float, Ge(0.0), Le(15.0)] = 0.0
    epidural_mass_mm: Annotated[float, Ge(0.0), Le(8.0)] = 0.0

    def __post_init__(self) -> None:
        if self.epidural_mass_mm > 0.0 and self.posterior_wall_defect_mm <= 0.0:
            raise ValueError(
                "epidural_mass_mm needs a posterior_wall_defect_mm: the mass bulges through that hole"
            )
        if self.kind == "blastic metastasis" and self.posterior_wall_defect_mm > 0.0:
            raise ValueError(
                "a blastic metastasis builds bone and breaks no wall: leave out posterior_wall_defect_mm "
                "or choose a mixed metastasis"
            )


@dataclass(frozen=True)
class EarlierCement:
    """Cement of an earlier augmentation, volume_ml of it in the body of one level."""

    level: Level
    volume_ml: Annotated[float, Ge(0.5), Le(9.0)] = 4.0


@dataclass(frozen=True)
class PatientSpec:
    """One synthetic patient. The same spec gives the same patient, voxel for voxel.

    scoliosis_deg           Cobb angle of a curve to the patient's right at its apex; to the left: negative
    scoliosis_apex          the level that lies farthest aside
    transition              a lumbosacral vertebra of the other kind
    twelfth_ribs            which of the two there are
    pedicle_width_factor    on top of the individual's: 0.7 gives thoracic pedicles that take no cannula
    earlier_cement, pedicle_screws   earlier work in the body; screws in both pedicles of each level, rods between
    """

    seed: Annotated[int, Ge(0), Le(2**32 - 1)] = 1
    sex: Sex = "female"
    age_years: Annotated[float, Ge(18), Le(100)] = 76.0
    stature_mm: Annotated[float, Ge(1400), Le(2000)] = 1600.0
    body_mass_index_kg_m2: Annotated[float, Ge(15), Le(45)] = 24.5
    t_score: Annotated[float, Ge(-5.0), Le(2.0)] = -3.0
    target_level: TargetLevel = "L1"
    fracture: FractureSpec | None = None
    posture: Posture = "prone"
    scoliosis_deg: Annotated[float, Ge(-40.0), Le(40.0)] = 0.0
    scoliosis_apex: Level = "T8"
    transition: Literal["none", "sacralised L5", "lumbarised S1"] = "none"
    twelfth_ribs: Literal["both", "left only", "right only", "none"] = "both"
    pedicle_width_factor: Annotated[float, Ge(0.6), Le(1.3)] = 1.0
    lesions: tuple[LesionSpec, ...] = ()
    earlier_cement: tuple[EarlierCement, ...] = ()
    pedicle_screws: tuple[Level, ...] = ()

    def __post_init__(self) -> None:
        _check_earlier_work("earlier_cement", tuple(one.level for one in self.earlier_cement), self.target_level)
        _check_earlier_work("pedicle_screws", self.pedicle_screws, self.target_level)
        above = {LEVELS.index(level) < LEVELS.index(self.target_level) for level in self.pedicle_screws}
        if self.fracture is not None and len(above) > 1:
            raise ValueError(
                f"pedicle_screws above and below the fractured {self.target_level} would hold it as it is: "
                "put them on one side of it"
            )


def _check_earlier_work(field: str, levels: tuple[Level, ...], target: Level) -> None:
    """Raise ValueError where earlier work lies at the target or twice at a level."""
    if target in levels:
        raise ValueError(f"{field} names {target}, the level to be treated: choose other levels")
    for level in levels:
        if levels.count(level) > 1:
            raise ValueError(f"{field} names {level} twice: name each level once")

"""Who comes for augmentation: one person a seed, drawn by published shares.

Shares with a source: levels by ``fracture_share_percent`` of the morphometry table (itself unconfirmed), clefts in
37 % of the fractures that present for vertebroplasty, more of them at the thoracolumbar junction; the posterior
wall broken in 42 % of those that present for kyphoplasty (181 of 427, AO A3; anatomy 6.1); an endplate broken in
179 of 234 bodies that got vertebroplasty (MRI; only there did cement get into a disc, in 30 % of them). All others
are presets of ours in the ranges of anatomy 6.1, *unconfirmed*: sex, age, T-score, shapes (wedge 50 to 60 %,
biconcave 20 to 30, crush 10 to 20), grades, and ages of fractures. Everybody lies on bolsters, as is done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeVar, get_args

import numpy as np

from anatomy.column import column_of
from anatomy.morphometry import table
from anatomy.spec import FractureAge, FractureShape, FractureSpec, PatientSpec, Sex, TargetLevel

STREAM = 0x706F7075  # "popu"
Name = TypeVar("Name")

FEMALE_SHARE = 0.78
AGE_YEARS = (75.0, 8.0, 55.0, 95.0)
"""Mean, SD, least, most; as all tuples of four here."""
STATURE_MM: dict[Sex, tuple[float, float, float, float]] = {
    "female": (1590.0, 60.0, 1450.0, 1750.0),
    "male": (1720.0, 65.0, 1560.0, 1900.0),
}
BODY_MASS_INDEX = (25.0, 3.5, 18.0, 34.0)
T_SCORE = (-2.8, 0.8, -4.6, -0.8)

SHAPES: dict[FractureShape, float] = {"wedge": 0.57, "biconcave": 0.27, "crush": 0.16}
GRADES: dict[int, float] = {1: 0.25, 2: 0.45, 3: 0.30}
HEIGHT_RATIO = {1: (0.77, 0.02, 0.75, 0.80), 2: (0.65, 0.04, 0.60, 0.745), 3: (0.50, 0.06, 0.38, 0.595)}
"""By Genant's grade: the model targets of anatomy 6.1."""
FRACTURE_AGES: dict[FractureAge, float] = {"acute": 0.50, "subacute": 0.40, "healed": 0.10}
MOBILE_SHARE: dict[FractureAge, tuple[float, float, float, float]] = {
    "acute": (0.60, 0.15, 0.2, 0.95),
    "subacute": (0.35, 0.12, 0.05, 0.5),
    "healed": (0.10, 0.05, 0.0, 0.15),
}
MOBILE_WITH_CLEFT = (0.70, 0.12, 0.4, 0.95)

JUNCTION: tuple[TargetLevel, ...] = ("T11", "T12", "L1", "L2")
CLEFT_SHARE_AT_JUNCTION, CLEFT_SHARE_ELSEWHERE = 0.42, 0.29
"""37 % together, since the four levels have 60.5 % of the fractures."""
CLEFT_ML = (1.2, 0.5, 0.5, 3.0)
GAS_SHARE = 0.6

ENDPLATE_BROKEN: dict[FractureAge, float] = {"acute": 0.85, "subacute": 0.85, "healed": 0.0}
"""76.5 % together. The source does not tell ages apart; what has healed is closed (unconfirmed)."""
ENDPLATE_DEFECT_MM = (3.0, 9.0)
"""Drawn evenly; central cortical breaches of 3 to 10 mm (anatomy 6.1)."""
ENDPLATES: dict[Literal["superior", "inferior", "both"], float] = {
    "superior": 0.75,
    "inferior": 0.13,
    "both": 0.12,
}

WALL_BROKEN = 0.42
RETROPULSION_MM = (2.0, 6.0)
WALL_HOLE_SHARE = 0.4
"""Of broken posterior walls, how many are open by so much that cement might pass."""
WALL_HOLE_MM = (2.0, 6.0)


@dataclass(frozen=True)
class Person:
    """One patient of the population: who it is, and the seed of everything that happens to him or her."""

    seed: int
    spec: PatientSpec

    @property
    def level(self) -> TargetLevel:
        """The fractured level."""
        return self.spec.target_level

    @property
    def fracture(self) -> FractureSpec:
        """The fracture; everybody here has one."""
        assert self.spec.fracture is not None
        return self.spec.fracture


def level_shares() -> dict[TargetLevel, float]:
    """How often each level is fractured; adds up to 1."""
    levels: tuple[TargetLevel, ...] = get_args(TargetLevel)
    percent = {level: float(table()[level]["fracture_share_percent"]) for level in levels}
    return {level: share / sum(percent.values()) for level, share in percent.items()}


def person_of(seed: int) -> Person:
    """The person of a seed; the same at every call. Takes a tenth of a second where a cleft has to be fitted.

    >>> person_of(3).spec.seed
    3
    """
    rng = np.random.default_rng([seed, STREAM])
    sex: Sex = "female" if rng.random() < FEMALE_SHARE else "male"
    level = _one_of(rng, level_shares())
    spec = PatientSpec(
        seed=seed,
        sex=sex,
        age_years=_about(rng, AGE_YEARS, 0),
        stature_mm=_about(rng, STATURE_MM[sex], 0),
        body_mass_index_kg_m2=_about(rng, BODY_MASS_INDEX, 1),
        t_score=_about(rng, T_SCORE, 1),
        target_level=level,
        fracture=_fracture(rng, level),
        posture="prone extended",
    )
    return Person(seed, _with_a_cleft_that_fits(spec))


def _fracture(rng: np.random.Generator, level: TargetLevel) -> FractureSpec:
    """A fracture. Numbers are drawn whether needed or not, so that a changed share moves nothing else."""
    shape, grade, age = _one_of(rng, SHAPES), _one_of(rng, GRADES), _one_of(rng, FRACTURE_AGES)
    height_ratio = _about(rng, HEIGHT_RATIO[grade], 3)
    cleft_share = CLEFT_SHARE_AT_JUNCTION if level in JUNCTION else CLEFT_SHARE_ELSEWHERE
    has_cleft, gas, cleft_ml = rng.random() < cleft_share, rng.random() < GAS_SHARE, _about(rng, CLEFT_ML, 2)
    mobile = _about(rng, MOBILE_WITH_CLEFT if has_cleft else MOBILE_SHARE[age], 3)
    plate = _one_of(rng, ENDPLATES)
    through, hole_mm = rng.random() < ENDPLATE_BROKEN[age], round(float(rng.uniform(*ENDPLATE_DEFECT_MM)), 1)
    wall, retropulsion = rng.random() < WALL_BROKEN, round(float(rng.uniform(*RETROPULSION_MM)), 1)
    open_wall, wall_mm = rng.random() < WALL_HOLE_SHARE, round(float(rng.uniform(*WALL_HOLE_MM)), 1)
    return FractureSpec(
        height_ratio=height_ratio,
        mobile_share=mobile,
        endplate_defect_mm=hole_mm if through else 0.0,
        shape=shape,
        endplate=plate,
        age=age,
        retropulsion_mm=retropulsion if wall else 0.0,
        posterior_wall_defect_mm=wall_mm if wall and open_wall else 0.0,
        cleft=("gas" if gas else "fluid") if has_cleft else "none",
        cleft_ml=cleft_ml,
    )


def _with_a_cleft_that_fits(spec: PatientSpec) -> PatientSpec:
    """The spec with its cleft made smaller until what the fracture has lost holds it; without where none does."""
    fracture = spec.fracture
    if fracture is None or fracture.cleft == "none":
        return spec
    for share in (1.0, 0.7, 0.5, 0.35, 0.25):
        smaller = replace(fracture, cleft_ml=max(round(share * fracture.cleft_ml, 2), 0.2))
        try:
            column_of(replace(spec, fracture=smaller))
        except ValueError:
            continue
        return replace(spec, fracture=smaller)
    return replace(spec, fracture=replace(fracture, cleft="none"))


def _one_of(rng: np.random.Generator, shares: dict[Name, float]) -> Name:
    """A name, drawn by its share."""
    names = list(shares)
    at = np.searchsorted(np.cumsum(list(shares.values())), rng.random() * sum(shares.values()), side="right")
    return names[min(int(at), len(names) - 1)]


def _about(rng: np.random.Generator, spread: tuple[float, float, float, float], digits: int) -> float:
    """A number from a normal distribution (mean, SD), within (least, most)."""
    mean, sd, least, most = spread
    return round(float(np.clip(rng.normal(mean, sd), least, most)), digits)

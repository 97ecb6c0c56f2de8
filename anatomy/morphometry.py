"""Dimensions of vertebrae: the published per-level table, adapted to one person.

``data/morphometry.csv`` holds one row a level; its first columns are the nominal adult (mixed sex, about
1.72 m), each with the evidence named in ``evidence_note`` (Panjabi 1991/1992, Zindrick 1987, 802 CTs of
CTSpinoPelvic1K and others; thoracic depths, sagittal angles and chords unconfirmed). Sex factors are ratios
of medians of those 802 CTs; stature, individual spread and sunken endplates are described at their constants.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib import resources

import numpy as np
from scipy import special

from anatomy.frames import FloatArray
from anatomy.spec import LEVELS, Level, PatientSpec

STREAM = 0x6D6F7270  # "morp": this module's own random stream


@dataclass(frozen=True)
class Dimensions:
    """One vertebra and the disc below it, mm and degrees; names as in the table's columns.

    Positive wedge and tilt are kyphotic; a pedicle's transverse angle converges towards the midline going
    anteriorly, its sagittal angle points caudally going anteriorly.
    """

    body_height_ant_mm: float
    body_height_post_mm: float
    endplate_width_sup_mm: float
    endplate_width_inf_mm: float
    endplate_depth_sup_mm: float
    endplate_depth_inf_mm: float
    waist_width_ratio: float
    waist_depth_ratio: float
    endplate_concavity_sup_mm: float
    endplate_concavity_inf_mm: float
    canal_width_mm: float
    canal_depth_mm: float
    pedicle_width_mm: float
    pedicle_height_mm: float
    pedicle_center_to_center_mm: float
    pedicle_center_z_above_midbody_mm: float
    pedicle_transverse_angle_deg: float
    pedicle_sagittal_angle_caudal_deg: float
    spinous_tip_behind_post_wall_mm: float
    spinous_tip_z_rel_midbody_mm: float
    spinous_inclination_deg: float
    spinous_plate_height_mm: float
    spinous_thickness_mm: float
    tp_span_mm: float
    tp_tip_behind_post_wall_mm: float
    tp_tip_z_rel_midbody_mm: float
    facet_angle_from_midsagittal_deg: float
    inf_facet_width_mm: float
    inf_facet_height_mm: float
    disc_below_height_mid_mm: float
    segment_tilt_below_prone_deg: float
    aorta_diameter_mm: float
    aorta_center_left_of_body_center_mm: float
    aorta_center_anterior_of_body_center_mm: float
    aorta_gap_to_vertebra_mm: float
    skin_to_bone_at_16mm_lateral_mm: float
    trab_hu_factor_rel_L1: float  # noqa: N815 (the column's name)

    @property
    def rim_height_mm(self) -> float:
        """Mean of anterior and posterior height: the body as its neighbours see it."""
        return 0.5 * (self.body_height_ant_mm + self.body_height_post_mm)

    @property
    def dishes_mm(self) -> float:
        """Depth of both endplates together: by so much the body is lower in its middle than between the rims."""
        return self.endplate_concavity_sup_mm + self.endplate_concavity_inf_mm

    @property
    def depth_mm(self) -> float:
        """Mean mid-sagittal depth of the two endplates."""
        return 0.5 * (self.endplate_depth_sup_mm + self.endplate_depth_inf_mm)


_WIDTH = (
    "endplate_width_sup_mm", "endplate_width_inf_mm", "endplate_depth_sup_mm", "endplate_depth_inf_mm",
    "spinous_tip_behind_post_wall_mm", "spinous_thickness_mm", "tp_span_mm", "tp_tip_behind_post_wall_mm",
    "inf_facet_width_mm",
)  # fmt: skip
_HEIGHT = (
    "body_height_ant_mm", "body_height_post_mm", "pedicle_height_mm",
    "pedicle_center_z_above_midbody_mm", "spinous_tip_z_rel_midbody_mm", "spinous_plate_height_mm",
    "inf_facet_height_mm", "tp_tip_z_rel_midbody_mm",
)  # fmt: skip
_CANAL = ("canal_width_mm", "canal_depth_mm")
_GROUPS = {"width": _WIDTH, "height": _HEIGHT, "canal": _CANAL, "pedicle": ("pedicle_width_mm",),
           "disc": ("disc_below_height_mid_mm",)}  # fmt: skip

# Ratios to the mixed-sex nominal (anatomy section 0, 802 CTs); the pedicle follows the widths.
_SEX = {
    "female": {"width": 0.93, "height": 0.975, "canal": 0.97, "pedicle": 0.93, "disc": 0.96},
    "male": {"width": 1.07, "height": 1.025, "canal": 1.03, "pedicle": 1.07, "disc": 1.04},
}
# A woman of 1.58 m is 0.97 of the female nominal (anatomy 0); the exponent reproduces that, unconfirmed.
_STATURE_MM = {"female": 1650.0, "male": 1780.0}
_STATURE_EXPONENT = 0.7
# Individual spread left after sex and stature (SD of the logarithm), shared along the spine with r = 0.8. With
# both sexes and their statures people spread by 8 % in widths and 6 % in heights (anatomy 1.1). Canal, disc,
# density, concavity and thoracic pedicles are unconfirmed; with the spread of T-scores at one age, density makes
# about the 43 HU of 802 CTs.
_SPREAD = {"width": 0.03, "height": 0.052, "canal": 0.05, "pedicle": 0.15, "disc": 0.08, "density": 0.12,
           "concavity": 0.15}  # fmt: skip
_SHARED = 0.8
_WITHIN_SD = 2.0
_SEX_AND_STATURE = 0.075  # of the pedicles' spread, SD of the logarithm: subtracted where 802 CTs give the whole
# SD of pedicle angles (transverse, sagittal), degrees: T12 N(0, 5) and T1 2.2 published, the rest unconfirmed.
_ANGLE_SD_DEG = {"T1": (2.2, 3.0), "T12": (5.0, 3.0)}
_OTHER_ANGLE_SD_DEG = (3.0, 3.0)

PEOPLE_IN_A_STRATUM = 20
"""Consecutive seeds among which people are spread evenly over the population (``_standing``)."""
_DRAWS = (*_GROUPS, "density", "concavity", "transverse angle", "sagittal angle")

# Endplates sink in with age and in osteoporosis, codfish vertebrae to 4 to 8 mm (anatomy 1.1): what is added to
# each plate at these T-scores, mm, and what a year beyond 50 adds to that; both unconfirmed.
_SUNK_T_SCORE, _SUNK_MM = (-5.0, -4.0, -3.0, -2.0), (3.6, 2.0, 0.7, 0.0)
_SUNK_A_YEAR = 0.006


@cache
def table() -> dict[str, dict[str, str]]:
    """The table as text, by level; empty cells are empty strings."""
    with resources.files("anatomy").joinpath("data/morphometry.csv").open(encoding="utf-8") as file:
        return {row["level"]: row for row in csv.DictReader(file)}


@cache
def nominal(level: Level) -> Dimensions:
    """The nominal adult's dimensions at a level.

    Where the aorta does not pass (T1 to T3 and L5) and below L5 cells are empty: they repeat the nearest level
    that has a value, so that every level has the same fields.

    The table's dishes add up to 0.6 mm more than its mid-sagittal height leaves between the rims (each measured at
    its own deepest place). Heights have the better evidence, and lumbar dishes as deep as they leave are those
    of 591 laser scans (0.7 and 1.5 mm, Wang 2012): both dishes of a level are made shallower in proportion.
    """
    here = LEVELS.index(level)
    by_distance = sorted(LEVELS, key=lambda other: abs(LEVELS.index(other) - here))
    values = {f.name: next(filter(None, (table()[k][f.name] for k in by_distance))) for f in fields(Dimensions)}
    d = Dimensions(**{name: float(value) for name, value in values.items()})
    share = (d.rim_height_mm - float(table()[level]["body_height_mid_mm"])) / d.dishes_mm
    sup, inf = share * d.endplate_concavity_sup_mm, share * d.endplate_concavity_inf_mm
    return replace(d, endplate_concavity_sup_mm=sup, endplate_concavity_inf_mm=inf)


def dimensions(spec: PatientSpec) -> Mapping[Level, Dimensions]:
    """Dimensions of every level for one person, from sex, stature, age, T-score and the patient's seed."""
    standing = {name: _standing(spec.seed, number) for number, name in enumerate(_DRAWS)}
    return {level: _of_level(spec, level, {name: z[at] for name, z in standing.items()})
            for at, level in enumerate(LEVELS)}  # fmt: skip


def expected(spec: PatientSpec, level: Level) -> Dimensions:
    """What is expected of a person of this sex, stature, age and T-score: no individual spread."""
    return _of_level(spec, level, dict.fromkeys(_DRAWS, 0.0))


def _of_level(spec: PatientSpec, level: Level, z: Mapping[str, float]) -> Dimensions:
    """One level of a person who stands z (in SD) away from what is expected."""
    size = (spec.stature_mm / _STATURE_MM[spec.sex]) ** _STATURE_EXPONENT
    values = dict(vars(nominal(level)))
    for name, columns in _GROUPS.items():
        spread = pedicle_spread(level) if name == "pedicle" else _SPREAD[name]
        factor = _SEX[spec.sex][name] * size * np.exp(spread * z[name])
        for column in columns:
            values[column] *= factor
    values["pedicle_width_mm"] *= spec.pedicle_width_factor
    for column in ("center_left_of_body_center", "center_anterior_of_body_center", "diameter"):
        values[f"aorta_{column}_mm"] *= _SEX[spec.sex]["width"] * size
    transverse, sagittal = _ANGLE_SD_DEG.get(level, _OTHER_ANGLE_SD_DEG)
    values["pedicle_transverse_angle_deg"] += transverse * z["transverse angle"]
    values["pedicle_sagittal_angle_caudal_deg"] += sagittal * z["sagittal angle"]
    values["trab_hu_factor_rel_L1"] *= np.exp(_SPREAD["density"] * z["density"])
    # A tall body has deeper dishes, so that its middle varies with its rims and not beyond them; a woman's are no
    # shallower than a man's (anatomy 1.1).
    tall = size * np.exp(_SPREAD["height"] * z["height"])
    for plate in ("sup", "inf"):
        deeper = tall * values[f"endplate_concavity_{plate}_mm"] + _sunk_mm(spec)
        values[f"endplate_concavity_{plate}_mm"] = deeper * np.exp(_SPREAD["concavity"] * z["concavity"])
    # The pedicles' inner walls are the canal's side walls.
    values["pedicle_center_to_center_mm"] = values["canal_width_mm"] + values["pedicle_width_mm"]
    return Dimensions(**{name: float(value) for name, value in values.items()})


def _sunk_mm(spec: PatientSpec) -> float:
    """How much deeper than the nominal an old or osteoporotic endplate is."""
    by_score = np.interp(spec.t_score, _SUNK_T_SCORE, _SUNK_MM)
    return float(by_score + _SUNK_A_YEAR * max(spec.age_years - 50.0, 0.0))


def pedicle_spread(level: Level) -> float:
    """Individual SD of the logarithm of pedicle width: that of 802 CTs where they measured (T11 to L5)."""
    low, high = (table()[level][f"ct802_pedicle_width_{p}_mm"] for p in ("p5", "p95"))
    if not low:
        return _SPREAD["pedicle"]
    whole = np.log(float(high) / float(low)) / (2.0 * 1.645)
    return float(np.sqrt(whole**2 - _SEX_AND_STATURE**2))


def _standing(seed: int, number: int) -> FloatArray:
    """How many SD this person stands from the mean at each level (n,) in the draw of this number.

    Twenty consecutive seeds are a Latin hypercube sample (McKay 1979): in every draw one of them lies in each
    twentieth of the population, so that a course of twenty cases meets the whole of it.
    """
    block, place = divmod(seed, PEOPLE_IN_A_STRATUM)
    rng = np.random.default_rng([block, STREAM, number])
    ranks = np.tile(np.arange(PEOPLE_IN_A_STRATUM), (len(LEVELS) + 1, 1))
    share = (rng.permuted(ranks, axis=1) + rng.random(ranks.shape)) / PEOPLE_IN_A_STRATUM
    z = special.ndtri(share[:, place])
    return np.clip(np.sqrt(_SHARED) * z[0] + np.sqrt(1.0 - _SHARED) * z[1:], -_WITHIN_SD, _WITHIN_SD)

"""Dimensions of vertebrae: the published per-level table, adapted to one person.

``data/morphometry.csv`` holds one row a level; its first columns are the nominal adult (mixed sex, about
1.72 m), each with the evidence named in ``evidence_note`` (Panjabi 1991/1992, Zindrick 1987, 802 CTs of
CTSpinoPelvic1K and others; thoracic depths, sagittal angles and chords unconfirmed). Sex factors are ratios
of medians of those 802 CTs; stature and individual spread are described at their constants.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources

import numpy as np

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
# Individual spread left after sex and stature (log-normal SD), shared along the spine with r = 0.8. The whole
# population spreads by 7 to 8 % in widths and 6 % in heights (anatomy 1.1); what remains is unconfirmed.
_SPREAD = {"width": 0.04, "height": 0.035, "canal": 0.05, "pedicle": 0.08, "disc": 0.06}
_SHARED = 0.8

_ORDER_OF_CHANCE = (*LEVELS[LEVELS.index("T8") :], *LEVELS[: LEVELS.index("T8")])
"""The upper thorax was added later: it draws last, so that the levels below it kept their dimensions."""


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
    """
    here = LEVELS.index(level)
    by_distance = sorted(LEVELS, key=lambda other: abs(LEVELS.index(other) - here))
    values = {f.name: next(filter(None, (table()[k][f.name] for k in by_distance))) for f in fields(Dimensions)}
    return Dimensions(**{name: float(value) for name, value in values.items()})


def dimensions(spec: PatientSpec) -> Mapping[Level, Dimensions]:
    """Dimensions of every level for one person, from sex, stature and the patient's seed."""
    rng = np.random.default_rng([spec.seed, STREAM])
    shared = {name: rng.standard_normal() for name in _GROUPS}
    size = (spec.stature_mm / _STATURE_MM[spec.sex]) ** _STATURE_EXPONENT
    people: dict[Level, Dimensions] = {}
    for level in _ORDER_OF_CHANCE:
        values = {f.name: getattr(nominal(level), f.name) for f in fields(Dimensions)}
        for name, columns in _GROUPS.items():
            z = np.sqrt(_SHARED) * shared[name] + np.sqrt(1.0 - _SHARED) * rng.standard_normal()
            factor = _SEX[spec.sex][name] * size * np.exp(_SPREAD[name] * np.clip(z, -2.0, 2.0))
            for column in columns:
                values[column] *= factor
        values["aorta_center_left_of_body_center_mm"] *= _SEX[spec.sex]["width"] * size
        values["aorta_center_anterior_of_body_center_mm"] *= _SEX[spec.sex]["width"] * size
        values["aorta_diameter_mm"] *= _SEX[spec.sex]["width"] * size
        # The pedicles' inner walls are the canal's side walls.
        values["pedicle_center_to_center_mm"] = values["canal_width_mm"] + values["pedicle_width_mm"]
        people[level] = Dimensions(**{name: float(value) for name, value in values.items()})
    return {level: people[level] for level in LEVELS}

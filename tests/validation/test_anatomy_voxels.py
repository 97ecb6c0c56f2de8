"""Voxels against published anatomy: vertebrae are measured as in a CT and compared with the recommended nominal.

The nominal is the recommended column of ``morphometry.csv`` (anatomy 1 to 3), times the factors of 802 CTs for the
measured people's sex: women of 50 years, 1.65 m (the mean stature of their sex, so stature adds nothing), T-score
-0.5. Angles are the table's. Trabecular bone: 157 HU at 60 years and 2.5 HU a year before (anatomy 4.2), along the
spine by the table's factor; mineral alone, because the table's slope (BMD = 0.8 HU) has no marrow in it. "Disc
height" is the mean gap between the rims, as the table's spacing of centres has it. Twenty people a level, two of
them at three levels in the fast suite.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import cache

import numpy as np
import pytest

from anatomy.morphometry import dimensions, table
from anatomy.spec import LEVELS, PatientSpec, TargetLevel
from tests.validation.measuring_voxels import measured, specimen

PEOPLE = range(20)
TARGETS: tuple[TargetLevel, ...] = (
    "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12", "L1", "L2", "L3", "L4", "L5"
)  # fmt: skip
FEMALE = {"endplate": 0.93, "body": 0.975, "canal": 0.97, "pedicle_width": 0.93, "pedicle_height": 0.975,
          "disc": 0.96}  # fmt: skip
HU_AT_50 = 157.0 + 10 * 2.5

WIDTHS = ("endplate_width_sup_mm", "endplate_width_inf_mm", "endplate_depth_sup_mm", "endplate_depth_inf_mm")
HEIGHTS = ("body_height_ant_mm", "body_height_mid_mm", "body_height_post_mm", "pedicle_height_mm")
CANAL = ("canal_width_mm", "canal_depth_mm")
ANGLES = ("pedicle_transverse_angle_deg", "pedicle_sagittal_angle_caudal_deg")

# SD of the population, share of the mean: widths 7 to 8 %, heights 6 % (anatomy 1.1). The canal is held to that of
# widths; for discs nothing is published there, 12 % is ours.
SPREAD = {**dict.fromkeys(WIDTHS, 0.08), **dict.fromkeys(HEIGHTS, 0.06), **dict.fromkeys(CANAL, 0.08),
          "disc_below_height_mid_mm": 0.12}  # fmt: skip
HU_SD = 43.0  # 802 CTs, L1
ANGLE_SD_DEG = 5.0  # T12 N(0, 5 deg); elsewhere unconfirmed


def person(level: TargetLevel, seed: int) -> PatientSpec:
    """One of the women who are measured."""
    return PatientSpec(seed=seed, target_level=level, age_years=50.0, t_score=-0.5, stature_mm=1650.0)


@cache
def found(level: TargetLevel, seed: int) -> dict[str, float]:
    """What is measured of one vertebra."""
    return measured(specimen(person(level, seed)))


def cell(level: TargetLevel, column: str) -> float:
    """One number of the table."""
    return float(table()[level][column])


def nominal(level: TargetLevel, name: str) -> float:
    """The recommended value for these people."""
    if name == "trabecular_hu":
        return HU_AT_50 * cell(level, "trab_hu_factor_rel_L1")
    if name in ANGLES:
        return cell(level, name)
    return cell(level, name) * next(factor for part, factor in FEMALE.items() if name.startswith(part))


def names_of(level: TargetLevel) -> list[str]:
    """What is measured at a level: below L5 there is no vertebra that a disc could be measured against."""
    names = [*SPREAD, *ANGLES, "pedicle_width_mm", "trabecular_hu"]
    return [n for n in names if (level, n) != ("L5", "disc_below_height_mid_mm")]


@pytest.mark.slow
@pytest.mark.parametrize("level", TARGETS)
def test_means_of_twenty_people_are_the_published_ones(level: TargetLevel) -> None:
    """Every mean lies within 5 % of the nominal, angles within 3 degrees; pedicle widths by their median.

    Pedicle widths are log-normal (5-95 % 4.0, 6.9, 10.5 mm at L1) and the table has their middle.
    """
    wrong = {}
    for name in names_of(level):
        values = np.array([found(level, seed)[name] for seed in PEOPLE])
        if name in ANGLES:
            off, allowed = values.mean() - nominal(level, name), 3.0
        else:
            middle = np.exp(np.log(values).mean()) if name == "pedicle_width_mm" else values.mean()
            off, allowed = 100.0 * (middle / nominal(level, name) - 1.0), 5.0
        if not abs(off) <= allowed:
            wrong[name] = round(float(off), 2)
    assert not wrong


@pytest.mark.slow
@pytest.mark.parametrize("level", TARGETS)
def test_twenty_people_lie_within_the_published_spread(level: TargetLevel) -> None:
    """Nobody is farther from the nominal than 2.5 SD of the population; pedicle widths fill their 5-95 % range."""
    for name in names_of(level):
        values, middle = np.array([found(level, seed)[name] for seed in PEOPLE]), nominal(level, name)
        if name == "pedicle_width_mm":
            continue
        sd = ANGLE_SD_DEG if name in ANGLES else HU_SD if name == "trabecular_hu" else SPREAD[name] * middle
        assert np.abs(values - middle).max() < 2.5 * sd, (name, values, middle)
    if not table()[level]["ct802_pedicle_width_p5_mm"]:
        return
    low, median, high = (cell(level, f"ct802_pedicle_width_{p}_mm") for p in ("p5", "median", "p95"))
    widths = np.array([found(level, seed)["pedicle_width_mm"] for seed in PEOPLE])
    share = widths / nominal(level, "pedicle_width_mm")
    assert np.mean((share > low / median) & (share < high / median)) >= 0.8
    assert np.percentile(share, 90) - np.percentile(share, 10) > 0.5 * (high - low) / median


@pytest.mark.parametrize("seed", [3, 16])
@pytest.mark.parametrize("level", ["T6", "L1", "L4"])
def test_a_person_is_built_as_she_was_drawn(level: TargetLevel, seed: int) -> None:
    """One person's vertebra has her own dimensions: lengths within 0.7 mm or 5 %, angles within 3 degrees."""
    size = dimensions(person(level, seed))[level]
    drawn = {**asdict(size), "body_height_mid_mm": size.rim_height_mm - size.dishes_mm}
    for name, value in found(level, seed).items():
        if name in ANGLES:
            assert value == pytest.approx(drawn[name], abs=3.0), name
        elif name != "trabecular_hu":  # of one body its patches of 6 mm decide
            assert value == pytest.approx(drawn[name], abs=0.7, rel=0.05), name


def test_the_table_has_all_levels() -> None:
    """What is compared with is there for every level that can be treated."""
    assert set(TARGETS) < set(LEVELS)
    assert all(nominal(level, name) == nominal(level, name) for level in TARGETS for name in names_of(level))

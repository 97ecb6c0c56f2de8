"""The table of dimensions: it says what was published, and a person is made of it as stated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest

from anatomy import morphometry
from anatomy.morphometry import Dimensions, dimensions, expected, nominal
from anatomy.spec import LEVELS, Level, PatientSpec, Sex

PEOPLE = 60  # the mean of 60 log-normal draws of SD s lies within 0.4 s of the middle (three standard errors)


def middle_of(spec: PatientSpec, column: str, level: Level = "L1") -> float:
    """The middle (geometric mean) of a dimension over many people of one kind."""
    seeds = (replace(spec, seed=seed) for seed in range(PEOPLE))
    return float(np.exp(np.mean([np.log(getattr(dimensions(s)[level], column)) for s in seeds])))


@pytest.mark.parametrize(
    ("level", "column", "value"),
    [
        ("T8", "pedicle_width_mm", 6.2),
        ("T9", "canal_width_mm", 17.7),
        ("T11", "body_height_post_mm", 24.0),
        ("T12", "pedicle_height_mm", 16.2),
        ("T12", "tp_span_mm", 50.6),
        ("L1", "endplate_width_sup_mm", 41.0),
        ("L1", "body_height_ant_mm", 26.0),
        ("L1", "pedicle_transverse_angle_deg", 11.0),
        ("L2", "pedicle_center_z_above_midbody_mm", 4.2),
        ("L3", "endplate_depth_inf_mm", 34.6),
        ("L4", "spinous_plate_height_mm", 22.5),
        ("L4", "segment_tilt_below_prone_deg", -11.5),
        ("L5", "pedicle_width_mm", 17.0),
    ],
)
def test_the_nominal_adult_is_the_published_one(level: Level, column: str, value: float) -> None:
    """Single cells, copied by hand from the reference table, are what the program uses."""
    assert getattr(nominal(level), column) == value


@pytest.mark.parametrize("level", LEVELS)
def test_dishes_leave_the_published_middle_height(level: Level) -> None:
    """Between its dishes the nominal body is as high as the table says; the deeper of the two stays the deeper."""
    row, d = morphometry.table()[level], nominal(level)
    assert d.rim_height_mm - d.dishes_mm == pytest.approx(float(row["body_height_mid_mm"]))
    deeper = float(row["endplate_concavity_inf_mm"]) / float(row["endplate_concavity_sup_mm"])
    assert d.endplate_concavity_inf_mm / d.endplate_concavity_sup_mm == pytest.approx(deeper)


def test_every_level_has_every_dimension() -> None:
    """The table gives each level that is built a finite number for every field, and sizes are positive."""
    for level in LEVELS:
        for field in fields(Dimensions):
            value = getattr(nominal(level), field.name)
            assert np.isfinite(value), (level, field.name)
            if any(word in field.name for word in ("height", "width", "depth_", "diameter", "ratio", "span")):
                assert value > 0.0, (level, field.name)


def test_every_row_names_its_evidence() -> None:
    """Each level says where its numbers are from, and unconfirmed ones are called so."""
    notes = {level: row["evidence_note"] for level, row in morphometry.table().items()}
    assert set(LEVELS) <= set(notes)
    assert all("Panjabi" in note and "unconfirmed" in note for note in notes.values())
    assert all("CT802 confirmed" in notes[level] for level in LEVELS[LEVELS.index("T11") :])


def test_nominal_widths_agree_with_the_raw_evidence_beside_them() -> None:
    """The chosen values lie within 8 % of Panjabi's and within 8 % of the 802 CTs' that the same row carries."""
    for level in LEVELS[LEVELS.index("T11") :]:
        row = {
            k: float(v) for k, v in morphometry.table()[level].items() if v and k not in ("level", "evidence_note")
        }
        mean_width = 0.5 * (row["endplate_width_sup_mm"] + row["endplate_width_inf_mm"])
        for chosen, evidence in (
            (row["endplate_width_inf_mm"], row["ref_panjabi_EPWl_mm"]),
            (row["endplate_depth_inf_mm"], row["ref_panjabi_EPDl_mm"]),
            (mean_width, row["ct802_endplate_width_median_mm"]),
            (row["canal_width_mm"], row["ct802_canal_width_median_mm"]),
            (row["tp_span_mm"], row["ct802_tp_span_median_mm"]),
        ):
            assert chosen == pytest.approx(evidence, rel=0.08), level


@pytest.mark.parametrize(
    ("column", "ratio"),
    [
        ("endplate_width_sup_mm", 1.07 / 0.93),
        ("body_height_ant_mm", 1.025 / 0.975),
        ("canal_width_mm", 1.03 / 0.97),
        ("pedicle_width_mm", 1.07 / 0.93),
        ("disc_below_height_mid_mm", 1.04 / 0.96),
    ],
)
def test_men_are_larger_by_the_published_ratios(column: str, ratio: float) -> None:
    """Man to woman, each of that sex's mean stature, differ by the ratio of medians of 802 CTs."""
    man = dimensions(PatientSpec(sex="male", stature_mm=1780.0, seed=4))["L1"]
    woman = dimensions(PatientSpec(sex="female", stature_mm=1650.0, seed=4))["L1"]
    assert getattr(man, column) / getattr(woman, column) == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("column", "factor", "spread"),
    [("endplate_width_sup_mm", 0.93, 0.04), ("body_height_ant_mm", 0.975, 0.035), ("canal_width_mm", 0.97, 0.05),
     ("pedicle_width_mm", 0.93, 0.08)],
)  # fmt: skip
def test_women_scatter_about_the_nominal_of_their_sex(column: str, factor: float, spread: float) -> None:
    """The middle of many women of mean stature is the table times the factor of their sex."""
    middle = middle_of(PatientSpec(sex="female", stature_mm=1650.0), column)
    assert middle == pytest.approx(factor * getattr(nominal("L1"), column), rel=0.4 * spread)


def test_a_small_woman_is_three_per_cent_smaller() -> None:
    """A woman of 1.58 m has 0.97 of the dimensions of one of mean stature (the published anchor)."""
    small = dimensions(PatientSpec(stature_mm=1580.0))["L2"]
    mean = dimensions(PatientSpec(stature_mm=1650.0))["L2"]
    for column in ("endplate_width_sup_mm", "body_height_post_mm", "disc_below_height_mid_mm"):
        assert getattr(small, column) / getattr(mean, column) == pytest.approx(0.97, abs=0.002)


def test_age_and_density_change_no_size_but_the_depth_of_endplates() -> None:
    """Dimensions depend on sex, stature and seed; endplates sink in with age and osteoporosis, to 4 to 8 mm."""
    young = dimensions(PatientSpec(seed=9, age_years=30.0, t_score=0.5, body_mass_index_kg_m2=35.0))
    old = dimensions(PatientSpec(seed=9, age_years=90.0, t_score=-4.5, body_mass_index_kg_m2=17.0))
    for level in LEVELS:
        for field in fields(Dimensions):
            before, after = getattr(young[level], field.name), getattr(old[level], field.name)
            assert after > before + 1.0 if "concavity" in field.name else after == before, field.name
    worst = [dimensions(PatientSpec(seed=s, age_years=90.0, t_score=-5.0))["L3"] for s in range(40)]
    assert 4.0 < max(d.endplate_concavity_inf_mm for d in worst) < 10.0
    assert young != dimensions(PatientSpec(seed=10))


@cache
def population(people: int = 400) -> list[Mapping[Level, Dimensions]]:
    """Women and men in turn, their statures scattered by 65 mm about the mean of their sex."""
    pair: tuple[tuple[Sex, float], ...] = (("female", 1650.0), ("male", 1780.0))
    stature = np.random.default_rng(1).standard_normal(people) * 65.0
    tall = np.clip(stature + people // 2 * [mean for _, mean in pair], 1450.0, 1980.0)
    healthy = PatientSpec(age_years=50.0, t_score=-0.5)  # endplates that have not sunk in
    return [
        dimensions(replace(healthy, seed=n, sex=pair[n % 2][0], stature_mm=float(tall[n]))) for n in range(people)
    ]


@pytest.mark.parametrize(
    ("column", "low", "high"),
    [("endplate_width_sup_mm", 0.07, 0.085), ("endplate_depth_inf_mm", 0.07, 0.085),
     ("body_height_ant_mm", 0.053, 0.067), ("body_height_post_mm", 0.053, 0.067)],
)  # fmt: skip
def test_the_population_has_the_published_spread(column: str, low: float, high: float) -> None:
    """Over seeds, sexes and statures widths have an SD of 7 to 8 %, heights of 6 %, at every level."""
    people = population()
    for level in LEVELS:
        values = np.array([getattr(p[level], column) for p in people])
        assert low < values.std() / values.mean() < high, level
        assert values.mean() == pytest.approx(getattr(nominal(level), column), rel=0.01)


def test_middles_of_bodies_have_the_published_spread() -> None:
    """What rims and dishes leave has an SD of 6 % too: no more than a twentieth above that of the rims."""
    people = population()
    for level in LEVELS:
        values = np.array([p[level].rim_height_mm - p[level].dishes_mm for p in people])
        assert 0.053 < values.std() / values.mean() < 0.067, level
        assert values.mean() == pytest.approx(float(morphometry.table()[level]["body_height_mid_mm"]), rel=0.01)
        rims = np.array([p[level].rim_height_mm for p in people])
        assert values.std() / values.mean() < 1.05 * rims.std() / rims.mean(), level


@pytest.mark.parametrize("level", ["T11", "T12", "L1", "L2", "L3", "L4", "L5"])
def test_pedicle_widths_spread_as_those_of_802_cts(level: Level) -> None:
    """95th by 5th percentile as in the CTs within an eighth; T12's transverse angle has an SD of 5 degrees."""
    people = population()
    found = np.percentile([p[level].pedicle_width_mm for p in people], [5, 50, 95])
    row = {p: float(morphometry.table()[level][f"ct802_pedicle_width_{p}_mm"]) for p in ("p5", "p95")}
    assert found[2] / found[0] == pytest.approx(row["p95"] / row["p5"], rel=0.12)
    angles = [p["T12"].pedicle_transverse_angle_deg for p in people]
    assert np.std(angles) == pytest.approx(5.0, rel=0.1)
    assert abs(np.mean(angles)) < 0.3


def test_neighbours_go_together() -> None:
    """What one level has too much, the next has mostly too: r = 0.8."""
    people = [dimensions(PatientSpec(seed=seed)) for seed in range(300)]
    for column in ("endplate_width_sup_mm", "body_height_ant_mm", "pedicle_width_mm"):
        one, other = (np.log([getattr(p[level], column) for p in people]) for level in ("L1", "L2"))
        assert np.corrcoef(one, other)[0, 1] == pytest.approx(0.8, abs=0.06)
    widths, heights = [p["L1"].endplate_width_sup_mm for p in people], [p["L1"].body_height_ant_mm for p in people]
    assert abs(np.corrcoef(widths, heights)[0, 1]) < 0.17  # three standard errors: drawn independently


@pytest.mark.parametrize("first", [0, 20, 4000])
def test_twenty_consecutive_seeds_are_spread_over_the_population(first: int) -> None:
    """Means of twenty people lie closer to the expected than twenty chance people's would: Latin hypercube."""
    spec = PatientSpec(stature_mm=1650.0)
    for level in LEVELS:
        people = [dimensions(replace(spec, seed=seed))[level] for seed in range(first, first + 20)]
        widths = np.log([d.pedicle_width_mm for d in people])
        middle = np.log(expected(spec, level).pedicle_width_mm)
        by_chance = morphometry.pedicle_spread(level) / np.sqrt(20.0)
        assert abs(widths.mean() - middle) < 0.5 * by_chance


def test_a_factor_makes_pedicles_thin_and_nothing_else() -> None:
    """0.7 gives thoracic pedicles below 5 mm; the canal keeps its width and pedicles stay beside it."""
    usual, thin = (dimensions(PatientSpec(seed=4, pedicle_width_factor=f)) for f in (1.0, 0.7))
    for level in LEVELS:
        assert thin[level].pedicle_width_mm == pytest.approx(0.7 * usual[level].pedicle_width_mm)
        assert thin[level].canal_width_mm == usual[level].canal_width_mm
    assert all(thin[level].pedicle_width_mm < 5.0 for level in LEVELS[LEVELS.index("T4") : LEVELS.index("T9")])


@pytest.mark.parametrize("level", LEVELS)
def test_pedicles_stand_beside_the_canal(level: Level) -> None:
    """The distance between pedicle centres is canal plus pedicle width, in everybody."""
    for seed in range(5):
        d = dimensions(PatientSpec(seed=seed))[level]
        assert d.pedicle_center_to_center_mm == pytest.approx(d.canal_width_mm + d.pedicle_width_mm)


def test_levels_that_lack_a_cell_repeat_the_nearest() -> None:
    """L5 and T1 to T3 have no descending aorta in the table: they take that of L4 and T4."""
    for level in ("T1", "T2", "T3"):
        assert morphometry.table()[level]["aorta_diameter_mm"] == ""
        assert nominal(level).aorta_diameter_mm == nominal("T4").aorta_diameter_mm
    assert morphometry.table()["L5"]["aorta_diameter_mm"] == ""
    assert nominal("L5").aorta_diameter_mm == nominal("L4").aorta_diameter_mm

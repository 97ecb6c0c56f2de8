"""Trabecular mineral: how much by T-score and age, where in a body, and with what grain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatomy import bone_density as bd
from anatomy import spine
from anatomy.spec import PatientSpec
from anatomy.volume import Grid

WOMAN = PatientSpec(seed=2)
L1 = spine.column(WOMAN).vertebrae["L1"]
FINE = Grid.spanning((-18, -15, -11), (18, 15, 11), 0.5)


@pytest.mark.parametrize(
    ("t_score", "age", "low", "high"),
    [(0.0, 25.0, 160.0, 190.0), (-1.0, 60.0, 120.0, 135.0), (-1.75, 65.0, 80.0, 120.0), (-2.8, 76.0, 40.0, 80.0),
     (-4.0, 85.0, 20.0, 55.0)],
)  # fmt: skip
def test_density_of_each_state_lies_in_its_published_range(
    t_score: float, age: float, low: float, high: float
) -> None:
    """Young normal, normal at 60, osteopenia, osteoporosis and severe osteoporosis, in mg/cm3 of QCT."""
    assert low <= 1000.0 * bd.body_bmd_g_cm3(PatientSpec(t_score=t_score, age_years=age)) <= high


def test_density_falls_with_age_and_rises_with_the_t_score() -> None:
    """Older is thinner at one T-score; a better T-score is denser at one age; never below what a body holds."""
    ages = [bd.body_bmd_g_cm3(PatientSpec(age_years=a)) for a in range(30, 100, 5)]
    scores = [bd.body_bmd_g_cm3(PatientSpec(t_score=t)) for t in np.arange(-5.0, 2.1, 0.5)]
    assert np.all(np.diff(ages) <= 0.0)
    assert ages[0] > ages[-1]
    assert np.all(np.diff(scores) > 0.0)
    assert scores[0] > 0.015


def test_osteoporosis_thins_the_cortex_by_a_quarter() -> None:
    """Cortex is whole at T 0 and better, three quarters at -2.5 and worse, between in between."""
    assert [bd.cortical_thinning(PatientSpec(t_score=t)) for t in (1.0, 0.0, -2.5, -4.0)] == [1, 1, 0.75, 0.75]
    assert 0.75 < bd.cortical_thinning(PatientSpec(t_score=-1.0)) < 1.0


def test_pedicles_are_denser_than_the_body() -> None:
    """The arch holds 1.3 to 1.6 times the trabecular density of the body, as published."""
    assert 1.3 <= bd.arch_bmd_g_cm3(WOMAN, L1) / bd.body_bmd_g_cm3(WOMAN) <= 1.6


def factor(x: float, y: float, z: float) -> float:
    """The regional factor at one place of L1, from -1 to 1 across depth (y) and height (z)."""
    d = L1.size
    place = (np.array([x]), np.array([0.5 * y * d.depth_mm]), np.array([0.5 * z * d.rim_height_mm]))
    return float(bd.body_profile(L1, *place)[0])


def test_density_is_arranged_as_published() -> None:
    """Denser behind than in front above, denser below than above, pillars at the plates, sparse at the vein."""
    assert 1.10 <= factor(9.0, -0.7, 0.4) / factor(9.0, 0.5, 0.4) <= 1.35
    assert factor(9.0, 0.0, -0.5) > factor(9.0, 0.0, 0.5)
    assert factor(9.0, 0.0, -0.98) > factor(9.0, 0.0, -0.6)
    assert factor(0.0, -0.95, 0.04) < 0.5 * factor(12.0, -0.95, 0.04)


def test_the_profile_redistributes_and_hardly_adds() -> None:
    """Averaged over the body the regional factor is one within a tenth: the T-score keeps its meaning."""
    axes = [np.linspace(-1.0, 1.0, 41)[:, None, None], np.linspace(-1.0, 1.0, 41)[None, :, None]]
    z = np.linspace(-1.0, 1.0, 41)[None, None, :]
    d = L1.size
    profile = bd.body_profile(
        L1, 0.5 * d.endplate_width_sup_mm * axes[0], 0.5 * d.depth_mm * axes[1], 0.5 * d.rim_height_mm * z
    )
    inside = np.broadcast_to(axes[0] ** 2 + axes[1] ** 2 < 1.0, profile.shape)
    assert profile[inside].mean() == pytest.approx(1.0, abs=0.1)


def test_the_basivertebral_canal_opens_behind_and_ends_inside() -> None:
    """The foramen is open at the middle of the posterior wall, closed beside it, and gone at mid-body."""
    wall = L1.posterior_wall_y_mm

    def share(x: float, y: float) -> float:
        z = 0.04 * L1.size.rim_height_mm
        return float(bd.basivertebral_share(L1, np.array([x]), np.array([y]), np.array([z]))[0])

    assert share(0.0, wall + 0.5) == 1.0
    assert share(8.0, wall + 0.5) == 0.0
    assert share(0.0, wall + 20.0) == 0.0


def test_grain_has_a_mean_of_one_and_the_stated_roughness() -> None:
    """Texture multiplies: it adds no mineral on average, and is never negative."""
    texture = bd.grain(WOMAN, L1, FINE)
    assert texture.mean() == pytest.approx(1.0, abs=0.03)
    assert texture.min() > 0.0
    patches = np.sqrt(0.26**2 + 0.45**2)  # both scales of a frail patient, independent
    assert texture.std() == pytest.approx(patches, rel=0.1)


def test_frail_bone_is_patchier_and_its_trabeculae_stand_more_upright() -> None:
    """Along z texture is smoother than along x, and more so in osteoporosis."""

    def upright(spec: PatientSpec) -> float:
        texture = bd.grain(spec, L1, FINE)
        return float(np.diff(texture, axis=0).std() / np.diff(texture, axis=2).std())

    firm = replace(WOMAN, t_score=0.0)
    assert upright(WOMAN) > 1.2 * upright(firm) > 1.2
    assert bd.grain(WOMAN, L1, FINE).std() > bd.grain(firm, L1, FINE).std()


def test_grain_is_the_patients_own_and_the_same_every_time() -> None:
    """The same seed and level give the same texture; another seed or level gives another."""
    first = bd.grain(WOMAN, L1, FINE)
    np.testing.assert_array_equal(first, bd.grain(WOMAN, L1, FINE))
    for other in (bd.grain(replace(WOMAN, seed=3), L1, FINE), bd.grain(WOMAN, replace(L1, level="L2"), FINE)):
        assert abs(np.corrcoef(first.ravel(), other.ravel())[0, 1]) < 0.1

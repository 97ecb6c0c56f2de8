"""Trabecular mineral: how much by T-score and age, where in a body, and with what grain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from anatomy.column import column_of
from anatomy.shapes import Array, Indices
from anatomy.skeleton import bone_density as bd
from anatomy.skeleton.vertebra import Vertebra
from anatomy.spec import PatientSpec
from anatomy.tissue import HU_PER_BMD
from anatomy.volume import Grid

WOMAN = PatientSpec(seed=2)
L1 = column_of(WOMAN).vertebrae["L1"]
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


def everywhere(grid: Grid) -> Indices:
    """All voxels of a grid."""
    i, j, k = np.ix_(*(np.arange(n) for n in grid.shape))
    return i, j, k


def grain(spec: PatientSpec, v: Vertebra = L1, grid: Grid = FINE) -> Array:
    """The grain of every voxel of a grid."""
    return bd.grain(spec, v, grid, everywhere(grid))


def test_grain_has_a_mean_of_one_and_the_stated_roughness() -> None:
    """Texture multiplies: it adds no mineral on average, and is never negative."""
    texture = grain(WOMAN)
    assert texture.mean() == pytest.approx(1.0, abs=0.05)  # some hundred patches of SD 0.26
    assert texture.min() > 0.0
    variances = [0.26**2, 0.22**2, 0.40**2]  # of a frail patient's patches, trabeculae and pillars: independent
    assert texture.std() == pytest.approx(np.sqrt(np.prod(np.add(1.0, variances)) - 1.0), rel=0.1)


def test_a_ct_would_measure_the_published_spread() -> None:
    """Averaged over voxels of a CT (2.5 mm slices) the density of frail bone spreads by 36 to 50 HU."""
    n = (1, 1, 5)
    texture = grain(WOMAN)
    shape = tuple(size // m for size, m in zip(texture.shape, n, strict=True))
    cut = texture[: shape[0] * n[0], : shape[1] * n[1], : shape[2] * n[2]]
    seen = cut.reshape(shape[0], n[0], shape[1], n[1], shape[2], n[2]).mean(axis=(1, 3, 5))
    spread_hu = seen.std() * bd.body_bmd_g_cm3(WOMAN) * 1000.0 * HU_PER_BMD
    assert 36.0 < spread_hu < 50.0


def test_frail_bone_is_patchier_and_its_trabeculae_stand_more_upright() -> None:
    """Along z texture is smoother than along x, and more so in osteoporosis."""

    def upright(spec: PatientSpec) -> float:
        texture = grain(spec)
        return float(np.diff(texture, axis=0).std() / np.diff(texture, axis=2).std())

    firm = replace(WOMAN, t_score=0.0)
    assert upright(WOMAN) > 1.2 * upright(firm) > 1.2
    assert grain(WOMAN).std() > grain(firm).std()


def test_frail_bone_is_striped_upright_in_a_radiograph() -> None:
    """Through 36 mm of frail bone columns differ by some per cent and last for a centimetre; rows do not."""
    shadow = grain(WOMAN).mean(axis=0)  # (y, z): a lateral view
    shadow = shadow - ndimage.gaussian_filter(shadow, 8.0)
    assert shadow.mean(axis=1).std() > 2.0 * shadow.mean(axis=0).std()
    assert shadow.std() > 0.05
    assert np.corrcoef(shadow[:, 5], shadow[:, 20])[0, 1] > 0.35  # 7.5 mm higher


def test_grain_is_the_patients_own_and_the_same_every_time() -> None:
    """The same seed and level give the same texture; another seed or level gives another."""
    first = grain(WOMAN)
    np.testing.assert_array_equal(first, grain(WOMAN))
    for other in (grain(replace(WOMAN, seed=3)), grain(WOMAN, replace(L1, level="L2"))):
        assert abs(np.corrcoef(first.ravel(), other.ravel())[0, 1]) < 0.15


def test_grain_lies_in_the_vertebra() -> None:
    """Part of a grid, or single voxels of it, hold the same grain as the whole."""
    whole, window = grain(WOMAN), (slice(7, 30), slice(11, 40), slice(5, 33))
    np.testing.assert_allclose(grain(WOMAN, grid=FINE.part(window)), whole[window], atol=1e-4)
    at = (np.array([3, 40, 71]), np.array([0, 22, 59]), np.array([43, 8, 1]))
    np.testing.assert_allclose(bd.grain(WOMAN, L1, FINE, at), whole[at], atol=1e-5)


def test_patches_run_on_across_the_fine_boxs_edge() -> None:
    """Far voxels show the patches that the fine ones in them show, within a tenth of their spread."""
    far = Grid.spanning((-18, -14, -10), (18, 14, 10), 2.0)
    fine = Grid.spanning((-18, -14, -10), (18, 14, 10), 0.5)
    a, b = (bd.patches(WOMAN, L1, g, everywhere(g)) for g in (fine, far))
    blocks = a.reshape(far.shape[0], 4, far.shape[1], 4, far.shape[2], 4).mean(axis=(1, 3, 5))
    assert np.sqrt(np.mean((blocks - b) ** 2)) < 0.1 * 0.26

"""The cortical shell: its areal density is the same at any voxel size, and it follows T-score and place."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import ndimage

from anatomy.column import column_of
from anatomy.frames import FloatArray
from anatomy.skeleton import bone_density, spine
from anatomy.skeleton.vertebra import body_field
from anatomy.spec import FractureSpec, PatientSpec
from anatomy.tissue import CORTEX_MINERAL_G_CM3
from anatomy.volume import Grid, Volume

FRAIL = PatientSpec(seed=5, target_level="L2", t_score=-3.0)
FIRM = PatientSpec(seed=5, target_level="L2", t_score=0.0)


@cache
def body(t_score: float, voxel_mm: float, age_years: float = 76.0) -> Volume:
    """Mineral of the body of L2 alone, in voxels of any size, without grain and patches."""
    spec = PatientSpec(seed=5, target_level="L2", t_score=t_score, age_years=age_years)
    grid = Grid.spanning((-30, -24, -20), (30, 24, 20), voxel_mm)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bone_density, "grain", lambda *_: np.float32(1.0))
        patch.setattr(bone_density, "patches", lambda *_: np.float32(1.0))
        piece = spine.vertebra_piece(spec, column_of(spec).target_vertebra, grid, None)
    assert piece is not None
    array = np.zeros(grid.shape, dtype=np.float32)
    array[piece.window][piece.at] = piece.body
    return Volume(array, grid)


def shadow(volume: Volume) -> FloatArray:
    """Mineral along the patient's z, g/cm2, in squares of 2 mm: what a beam from above would see."""
    along = volume.array.sum(axis=2) * volume.grid.voxel_mm[2] / 10.0
    n = round(2.0 / volume.grid.voxel_mm[0])
    return along.reshape(along.shape[0] // n, n, along.shape[1] // n, n).mean(axis=(1, 3))


@pytest.mark.parametrize(("age_years", "within"), [(40.0, 0.015), (76.0, 0.025)])
@pytest.mark.parametrize("voxel_mm", [1.0, 2.0])
def test_mineral_does_not_depend_on_the_voxel(voxel_mm: float, age_years: float, within: float) -> None:
    """A body in voxels of 1 and 2 mm weighs what it weighs in voxels of 0.5 mm, within 1.5 %; with the osteophytes
    of old age, whose tips are thinner than such voxels, within 2.5 %."""
    bodies = (body(-3.0, mm, age_years) for mm in (0.5, voxel_mm))
    fine, coarse = (v.array.sum() * v.grid.voxel_ml for v in bodies)
    assert coarse == pytest.approx(fine, rel=within)


@pytest.mark.parametrize("voxel_mm", [1.0, 2.0])
def test_an_x_ray_sees_the_same_endplates_at_any_voxel(voxel_mm: float) -> None:
    """Within the outline, a beam crosses the same mineral on average, though plates are thinner than a voxel."""
    fine, coarse = shadow(body(-3.0, 0.5)), shadow(body(-3.0, voxel_mm))
    inside = ndimage.binary_erosion(fine > 0.5 * np.median(fine[fine > 0.01]))  # the outline itself is blurred
    assert inside.sum() > 100
    assert coarse[inside].mean() == pytest.approx(fine[inside].mean(), rel=0.02)


def test_a_beam_across_crosses_two_plates_of_true_thickness() -> None:
    """Through the middle of the body a beam meets both endplates' areal density and the core between them."""
    seen = shadow(body(-3.0, 1.0))
    middle = float(seen[14:16, 13:15].mean())
    plates = 2.0 * 0.05 * bone_density.cortical_thinning(FRAIL) * CORTEX_MINERAL_G_CM3  # 0.5 mm each, thinned
    v = column_of(FRAIL).target_vertebra
    height_cm = 0.1 * (v.size.rim_height_mm - v.size.endplate_concavity_sup_mm - v.size.endplate_concavity_inf_mm)
    core = bone_density.body_bmd_g_cm3(FRAIL) * v.size.trab_hu_factor_rel_L1
    assert middle == pytest.approx(
        plates + core * height_cm, rel=0.1
    )  # the regional profile moves it by some per cent


@pytest.mark.parametrize(("spec", "factor"), [(FRAIL, 0.75), (FIRM, 1.0)])
def test_walls_have_their_published_thickness(spec: PatientSpec, factor: float) -> None:
    """Front, side, back, plate centre and plate rim, in mm, times 0.75 where there is osteoporosis."""
    v = column_of(spec).target_vertebra
    d = v.size
    half = 0.5 * d.rim_height_mm
    front = v.anterior_wall_y_mm - (1.0 - d.waist_depth_ratio) * d.depth_mm
    side = 0.25 * d.waist_width_ratio * (d.endplate_width_sup_mm + d.endplate_width_inf_mm)
    thinning = bone_density.cortical_thinning(spec)
    for place, low, high in (
        ((0.0, front, 0.0), 0.5, 0.6),
        ((side, -1.0, 0.0), 0.4, 0.5),
        ((0.0, v.posterior_wall_y_mm, 0.0), 0.35, 0.4),
        ((0.0, 0.0, half - d.endplate_concavity_sup_mm), 0.4, 0.6),
        ((0.92 * 0.5 * d.endplate_width_sup_mm, 0.0, half + 1.0), 0.8, 1.0),
    ):
        x, y, z = (np.array([c]) for c in place)
        thickness = float(body_field(v, x, y, z, thinning=thinning).cortex_mm[0])
        assert factor * low - 0.005 <= thickness <= factor * high + 0.005, place


def test_a_frail_body_loses_more_core_than_shell() -> None:
    """From T 0 to -3 the body's mineral falls by more than its shell, a quarter, and less than its core does."""
    frail, firm = (body(t, 1.0).array.sum() for t in (-3.0, 0.0))
    core = bone_density.body_bmd_g_cm3(FRAIL) / bone_density.body_bmd_g_cm3(FIRM)
    assert core < frail / firm < 0.75


def test_impaction_makes_no_bone_denser_than_compact_bone() -> None:
    """In the impaction band of a severe wedge no voxel holds more mineral than shell tissue does."""
    spec = PatientSpec(seed=5, fracture=FractureSpec(height_ratio=0.6))
    grid = Grid.spanning((-30, -24, -18), (30, 24, 18), 1.0)
    bones = spine.voxelise(spec, column_of(spec), grid)
    assert bones.body.max() < 1.2 * CORTEX_MINERAL_G_CM3

"""What tumours do to a vertebra's bone, measured in its voxels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatomy import frames, shapes
from anatomy.findings.lesion_shapes import lesions_at
from anatomy.shapes import Array
from anatomy.skeleton.vertebra import canal_distance, pedicle_distance
from anatomy.spec import FractureSpec, LesionKind, LesionSpec, Level, PatientSpec
from anatomy.tissue import SOFT_AND_ADIPOSE_G_CM3, Tissue, hu_from_densities
from tests.anatomy.findings.bone_pieces import box, column, local_points, mineral, with_lesion

PLAIN = PatientSpec(seed=4, t_score=-1.0, age_years=62.0, target_level="L4")
LYTIC = LesionSpec("lytic metastasis", "L2", size_mm=22.0)
EATING: tuple[LesionKind, ...] = ("lytic metastasis", "myeloma")


def distance_to(spec: PatientSpec, level: Level = "L2", voxel_mm: float = 1.0) -> Array:
    """Distance (i, j, k) to the first lesion of a level on its box."""
    v = column(spec).vertebrae[level]
    points = local_points(v, box(v, voxel_mm))
    return lesions_at(spec, v)[0].distance(*points.reshape(-1, 3).T).reshape(points.shape[:3])


def grams(array: Array, voxel_mm: float) -> float:
    """Mineral of a volume."""
    return float(array.sum(dtype=float)) * voxel_mm**3 / 1000.0


def test_a_lesion_changes_its_own_level_and_no_other() -> None:
    """Neighbours of a diseased vertebra keep every voxel; so does everybody without lesions."""
    ill = with_lesion(PLAIN, LYTIC)
    assert np.array_equal(mineral(PLAIN, "L1"), mineral(ill, "L1"))
    assert not np.array_equal(mineral(PLAIN, "L2"), mineral(ill, "L2"))


def test_the_same_spec_gives_the_same_bone() -> None:
    """Voxels of a lesion follow from the spec alone, those of another seed differ."""
    ill = with_lesion(PLAIN, LYTIC)
    again = mineral.__wrapped__(ill, "L2", 1.0)
    assert np.array_equal(again, mineral(ill, "L2"))


@pytest.mark.parametrize("kind", EATING)
def test_what_is_eaten_is_soft_tissue_and_has_no_rim(kind: LesionKind) -> None:
    """Inside there is no mineral, 30 to 70 HU with the tumour's tissue; nowhere is bone denser than before."""
    ill = with_lesion(PLAIN, replace(LYTIC, kind=kind))
    after, before = mineral(ill, "L2"), mineral(PLAIN, "L2")
    core = distance_to(ill) < -2.0
    tumour = SOFT_AND_ADIPOSE_G_CM3[Tissue.TUMOUR]
    assert core.sum() > 500
    assert 30.0 <= hu_from_densities(*tumour, after[core]).mean() <= 70.0
    assert (after - before).max() < 1e-6


def test_a_blastic_metastasis_is_dense_and_uneven() -> None:
    """Its core measures 400 to 1000 HU everywhere and varies like cotton wool."""
    ill = with_lesion(PLAIN, replace(LYTIC, kind="blastic metastasis"))
    core = distance_to(ill) < -3.0
    hu = hu_from_densities(*SOFT_AND_ADIPOSE_G_CM3[Tissue.BONE], mineral(ill, "L2")[core])
    assert hu.min() >= 400.0
    assert np.percentile(hu, 95) <= 1000.0
    assert hu.std() > 60.0


def test_a_mixed_metastasis_is_eaten_inside_a_dense_rim() -> None:
    """The median core is soft; along the border much measures 400 to 800 HU; marrow bone beyond is unchanged."""
    ill = with_lesion(PLAIN, replace(LYTIC, kind="mixed metastasis", size_mm=26.0))
    distance, after, before = distance_to(ill), mineral(ill, "L2"), mineral(PLAIN, "L2")
    marrow = (before > 0.02) & (before < 0.3)
    rim = marrow & (np.abs(distance) < 0.6)
    hu = hu_from_densities(*SOFT_AND_ADIPOSE_G_CM3[Tissue.BONE], after[rim])
    assert np.median(after[distance < -4.0]) < 0.02
    assert ((hu > 400.0) & (hu < 800.0)).mean() > 0.25
    assert hu.max() < 800.0
    beyond = marrow & (distance > 5.0)
    assert np.allclose(after[beyond], before[beyond])


def test_foci_of_myeloma_are_punched_out() -> None:
    """Half a voxel beyond a focus bone is as it was; half a voxel inside most of it is gone."""
    ill = with_lesion(PLAIN, LesionSpec("myeloma", "L2", size_mm=16.0))
    distance, after, before = distance_to(ill), mineral(ill, "L2"), mineral(PLAIN, "L2")
    deep = (before > 0.02) & (before < 0.3)
    beyond, within = deep & (distance > 0.55) & (distance < 1.5), deep & (distance < -0.55)
    assert np.allclose(after[beyond], before[beyond], atol=1e-5)
    assert after[within].max() < 1e-5


def pedicle_kept(spec: PatientSpec, side: str) -> float:
    """Share of a pedicle's mineral at L2, 2 to 9 mm behind the posterior wall, that is left."""
    v = column(spec).vertebrae["L2"]
    x, y, z = np.moveaxis(local_points(v, box(v, 1.0)), -1, 0)
    behind = v.posterior_wall_y_mm - y
    here = (behind > 2.0) & (behind < 9.0) & (pedicle_distance(v, side, x, y, z) < 0.5)  # type: ignore[arg-type]
    return grams(mineral(spec, "L2")[here], 1.0) / grams(mineral(PLAIN, "L2")[here], 1.0)


@pytest.mark.parametrize("kind", EATING)
def test_a_pedicle_is_destroyed_where_the_lesion_grows_into_it(kind: LesionKind) -> None:
    """Nine tenths of that pedicle's mineral are gone, walls and all; the other side's is untouched."""
    ill = with_lesion(PLAIN, replace(LYTIC, kind=kind, into_pedicle=True))
    assert pedicle_kept(ill, "left") < 0.1
    assert pedicle_kept(ill, "right") == pytest.approx(1.0)
    assert pedicle_kept(with_lesion(PLAIN, replace(LYTIC, kind=kind)), "left") == pytest.approx(1.0)


def wall_kept(spec: PatientSpec, low_mm: float, high_mm: float) -> float:
    """Share of L2's posterior wall left between two distances from where its hole is or would be."""
    v = column(spec).vertebrae["L2"]
    holed = with_lesion(spec, replace(LYTIC, size_mm=28.0, posterior_wall_defect_mm=10.0))
    hole = lesions_at(holed, v)[0].hole_mm
    assert hole is not None
    assert hole[2] == 5.0
    x, y, z = np.moveaxis(local_points(v, box(v, 1.0)), -1, 0)
    radial = np.hypot(x - hole[0], z - hole[1])
    wall = (np.abs(canal_distance(v, x, y) - 0.5) < 1.0) & (y > v.posterior_wall_y_mm - 1.0)
    here = wall & (radial >= low_mm) & (radial < high_mm) & (np.abs(z) < 9.0) & (mineral(PLAIN, "L2") > 0.15)
    return grams(mineral(spec, "L2")[here], 1.0) / grams(mineral(PLAIN, "L2")[here], 1.0)


def test_the_posterior_wall_has_a_hole_of_the_size_asked_for() -> None:
    """Within the circle nothing is left; round it, and where no hole is asked for, half the wall and more."""
    spared = with_lesion(PLAIN, replace(LYTIC, size_mm=28.0))
    broken = with_lesion(PLAIN, replace(LYTIC, size_mm=28.0, posterior_wall_defect_mm=10.0))
    assert wall_kept(broken, 0.0, 4.3) < 0.03
    assert wall_kept(broken, 5.7, 8.0) > 0.4
    assert wall_kept(spared, 0.0, 4.3) > 0.4


@pytest.mark.parametrize(
    "kind", ["lytic metastasis", "blastic metastasis", "mixed metastasis", "myeloma", "haemangioma"]
)
def test_a_lesion_is_the_same_in_fine_and_coarse_voxels(kind: LesionKind) -> None:
    """What it takes or adds weighs the same at 1 and at 2 mm within a tenth (of the body's mineral: 2 %)."""
    ill = with_lesion(PLAIN, replace(LYTIC, kind=kind, size_mm=24.0))
    change = [grams(mineral(ill, "L2", mm) - mineral(PLAIN, "L2", mm), mm) for mm in (1.0, 2.0)]
    assert change[1] == pytest.approx(change[0], rel=0.1, abs=0.02 * grams(mineral(PLAIN, "L2"), 1.0))


def test_haemangioma_is_corduroy_and_polka_dots() -> None:
    """Less mineral than before; columns that differ much from each other and hardly along their height."""
    ill = with_lesion(PLAIN, LesionSpec("haemangioma", "L2", size_mm=30.0))
    v = column(PLAIN).vertebrae["L2"]
    x, y, z = np.meshgrid(np.arange(-9.0, 9.1), np.arange(-8.0, 8.1), np.arange(-6.0, 6.1), indexing="ij")
    at = np.rint(
        frames.apply(
            frames.inverse(box(v, 1.0).patient_from_voxel) @ v.patient_from_vertebra, np.stack([x, y, z], axis=-1)
        )
    ).astype(int)
    i, j, k = np.moveaxis(at, -1, 0)
    after, before = mineral(ill, "L2")[i, j, k], mineral(PLAIN, "L2")[i, j, k]
    upright = after.mean(axis=2)
    assert 0.5 * before.mean() < after.mean() < 0.95 * before.mean()
    assert upright.std() > 0.8 * upright.mean()
    assert upright.std() > 2.0 * before.mean(axis=2).std()
    assert (after - upright[..., None]).std() < 0.5 * upright.std()


def test_coarse_voxels_blur_the_pillars_as_their_width_does() -> None:
    """Pillars in voxels of 2 mm are what those of 1 mm average to: a third of their spread off at most."""
    ill = with_lesion(PLAIN, LesionSpec("haemangioma", "L2", size_mm=30.0))
    fine, coarse = mineral(ill, "L2"), mineral(ill, "L2", 2.0)
    i, j, k = coarse.shape
    averaged = fine.reshape(i, 2, j, 2, k, 2).mean(axis=(1, 3, 5))
    v = column(PLAIN).vertebrae["L2"]
    core = (distance_to(ill, "L2", 2.0) < -4.0) & (np.abs(local_points(v, box(v, 2.0))[..., 2]) < 8.0)
    assert core.sum() > 300
    assert np.sqrt(np.mean((averaged - coarse)[core] ** 2)) < 0.33 * averaged[core].std()


def test_a_fracture_carries_the_lesion_along() -> None:
    """In a wedge the lost bone lies where the displacement field puts the lesion of the unfractured body."""
    broken = replace(PLAIN, target_level="L2", fracture=FractureSpec(height_ratio=0.65))
    high = LesionSpec("myeloma", "L2", size_mm=14.0)
    ill = with_lesion(broken, high)
    spine = column(ill)
    assert spine.collapse is not None
    v = spine.target_vertebra
    x, y, z = shapes.local_axes(box(v, 1.0), frames.inverse(v.patient_from_vertebra))
    y0, z0, _ = spine.collapse.unfractured(x, y, z, 1.0)
    shape = box(v, 1.0).shape
    flat = [np.broadcast_to(a, shape).ravel() for a in (x, y0, z0)]
    distance = lesions_at(ill, v)[0].distance(*flat).reshape(shape)
    before, after = mineral(broken, "L2"), mineral(ill, "L2")
    body = np.broadcast_to(y > v.posterior_wall_y_mm + 2.0, shape) & (before > 0.03)
    assert after[body & (distance < -1.0) & (before < 0.4)].max() < 0.01
    beyond = body & (distance > 1.0)  # its mass is balanced to a few per cent (spine.py)
    assert np.allclose(after[beyond], before[beyond], rtol=0.03, atol=1e-4)

"""What tumours put beside bone: tissue, a mass in the canal, and ways out for cement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy.body.soft_tissue import SoftTissue
from anatomy.findings.lesion_shapes import lesions_at
from anatomy.findings.lesion_surroundings import openings, paint
from anatomy.regions import region_grid
from anatomy.shapes import Array
from anatomy.skeleton.spine import bone_distance
from anatomy.skeleton.vertebra import body_field, canal_distance
from anatomy.spec import LesionSpec, PatientSpec
from anatomy.tissue import SOFT_AND_ADIPOSE_G_CM3, Tissue, hu_from_densities
from tests.anatomy.findings.bone_pieces import box, column, local_points, with_lesion

PLAIN = PatientSpec(seed=4, t_score=-1.0, target_level="L2")
LYTIC = LesionSpec("lytic metastasis", "L2", size_mm=24.0)
HOLED = replace(LYTIC, posterior_wall_defect_mm=9.0)
LOCAL = region_grid(column(PLAIN), 1.0)


def opened(*lesions: LesionSpec) -> NDArray[np.bool_]:
    """Voxels of the target's walls that tumours have opened."""
    return openings(with_lesion(PLAIN, *lesions), column(PLAIN), LOCAL)


def painted(one: LesionSpec) -> tuple[SoftTissue, Array]:
    """(canvas of marrow in bone and epidural fat elsewhere, with a lesion; distance to bone) at 2 mm round L2."""
    grid = box(column(PLAIN).target_vertebra, 2.0)
    bone = bone_distance(PLAIN, column(PLAIN), grid)
    canvas = SoftTissue(
        np.where(bone <= 0.0, Tissue.BONE, Tissue.CANAL).astype(np.uint8),
        *(np.where(bone <= 0.0, *pair).astype(np.float32)
          for pair in zip(SOFT_AND_ADIPOSE_G_CM3[Tissue.BONE], SOFT_AND_ADIPOSE_G_CM3[Tissue.CANAL], strict=True)),
    )  # fmt: skip
    paint(canvas, with_lesion(PLAIN, one), column(PLAIN), bone, grid)
    return canvas, bone


def test_walls_are_whole_without_a_lesion_that_eats_them() -> None:
    """No lesion, one of another level, one that builds bone: nothing is open."""
    assert not opened().any()
    assert not opened(replace(LYTIC, level="L3")).any()
    assert not opened(replace(LYTIC, kind="blastic metastasis")).any()
    assert not opened(replace(LYTIC, kind="haemangioma")).any()


def test_a_hole_in_the_posterior_wall_leads_from_the_body_into_the_canal() -> None:
    """Of the open voxels at the wall some touch the body's inside and some the canal; without a hole none is."""
    spec = with_lesion(PLAIN, HOLED)
    v = column(spec).target_vertebra
    x, y, z = np.moveaxis(local_points(v, LOCAL), -1, 0)
    hole = lesions_at(spec, v)[0].hole_mm
    assert hole is not None
    behind = (np.hypot(x - hole[0], z - hole[1]) < hole[2]) & (y < v.posterior_wall_y_mm + 3.0)
    reach = ndimage.binary_dilation(opened(HOLED) & behind)
    assert (body_field(v, x[reach], y[reach], z[reach]).distance_mm < -1.0).any()
    assert (canal_distance(v, x[reach], y[reach]) < -1.0).any()
    wall = (canal_distance(v, x, y) < 2.0) & (y > v.posterior_wall_y_mm - 1.5)
    assert (opened(HOLED) & wall).sum() >= 40
    assert not (opened(LYTIC) & wall).any()


def test_a_side_wall_that_is_eaten_is_open_and_endplates_are_not() -> None:
    """A large lytic lesion opens the wall beside it; discs stop it at both endplates."""
    big = replace(LYTIC, size_mm=34.0)
    v = column(PLAIN).target_vertebra
    x, _, z = np.moveaxis(local_points(v, LOCAL), -1, 0)
    found = opened(big)
    assert (found & (x < 0.0) & (np.abs(z) < 8.0)).sum() > 60
    assert not (found & (np.abs(z) > 0.5 * v.size.rim_height_mm - 1.0)).any()


def test_tumour_takes_the_place_of_marrow() -> None:
    """Its core holds soft tissue of 30 to 70 HU; bone away from it keeps its marrow, and labels stay bone."""
    canvas, bone = painted(LYTIC)
    v = column(PLAIN).target_vertebra
    points = local_points(v, box(v, 2.0))
    distance = lesions_at(with_lesion(PLAIN, LYTIC), v)[0].distance(*points.reshape(-1, 3).T).reshape(bone.shape)
    core, away = (distance < -2.0) & (bone < -1.5), (distance > 3.0) & (bone <= 0.0)
    hu = hu_from_densities(canvas.soft[core], canvas.adipose[core], 0.0)
    assert core.sum() > 200
    assert hu.min() >= 30.0
    assert hu.max() <= 70.0
    assert np.allclose(canvas.soft[away], SOFT_AND_ADIPOSE_G_CM3[Tissue.BONE][0])
    assert (canvas.label[bone <= 0.0] == Tissue.BONE).all()


def test_an_epidural_mass_bulges_as_far_as_asked() -> None:
    """Tumour in the canal reaches 6 mm behind the posterior wall, to a voxel of 2 mm, and leaves no bone."""
    canvas, bone = painted(replace(HOLED, epidural_mass_mm=6.0))
    v = column(PLAIN).target_vertebra
    mass = canvas.label == Tissue.TUMOUR
    x, y, _ = np.moveaxis(local_points(v, box(v, 2.0))[mass], -1, 0)
    assert mass.any()
    assert abs(v.posterior_wall_y_mm - y.min() - 6.0) <= 2.0
    assert canal_distance(v, x, y).max() < 1.0
    assert not (painted(HOLED)[0].label == Tissue.TUMOUR).any()
    assert (bone[mass] > -1.5).all()

"""The scan in the patient frame: densities, couch, edges, sampling, and what a made-up fracture moves."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy import frames
from anatomy.fractures.fracture import Collapse
from anatomy.imported import completing
from anatomy.imported.moving import BODY, LOWER, UPPER, as_broken, groups
from anatomy.imported.scan import Scan, body_mask, densities, sampled, signed_distance_mm, skin_of
from anatomy.spec import LEVELS, FractureSpec
from anatomy.tissue import SOFT_AND_ADIPOSE_G_CM3, Tissue, hu_from_densities
from anatomy.volume import Grid, Volume
from tests.anatomy.imported.ct_phantom import SCAN_FROM_PATIENT, SPEC, phantom

HU = np.linspace(-1000.0, 2000.0, 301)


@pytest.mark.parametrize("bone", [0.0, 0.4, 1.0])
def test_densities_give_their_ct_number_back(bone: float) -> None:
    """However much of a voxel is bone, what is stored attenuates as the scanner measured."""
    soft, adipose, mineral = densities(HU, bone)
    np.testing.assert_allclose(hu_from_densities(soft, adipose, mineral), HU, atol=12.0 if 0 < bone < 1 else 6.0)


def test_osteoporotic_bone_keeps_its_mineral() -> None:
    """A core of 51 HU holds some 60 mg/cm3 above its marrow, and hardly any if it is taken for soft tissue."""
    marrow = float(hu_from_densities(*SOFT_AND_ADIPOSE_G_CM3[Tissue.BONE], 0.0))
    hu = np.array([51.0])
    assert densities(hu, 1.0)[2][0] == pytest.approx((51.0 - marrow) / 1250.0, abs=1e-3)
    assert densities(hu, 0.0)[2][0] < 0.01


def scan() -> Scan:
    """The phantom, moved into the patient frame."""
    p = phantom()
    grid = Grid(p.hu.shape, frames.compose(frames.inverse(SCAN_FROM_PATIENT), p.scan_from_voxel))
    body = body_mask(p.volume)
    clean = np.where(body, p.hu, np.int16(-1000))
    return Scan(Volume(clean, grid), (p.level > 0).astype(np.float32), body)


def test_the_couch_is_no_patient() -> None:
    """The largest piece is the body; the couch below it goes, the body's own outline stays."""
    s, p = scan(), phantom()
    points = frames.apply(s.hu.patient_from_voxel, np.moveaxis(np.indices(p.hu.shape), 0, -1))
    couch = (p.hu == -150) & (np.abs(points[..., 0]) > 40.0)
    assert couch.sum() > 1000
    assert not s.body[couch].any()
    inside = np.hypot(points[..., 0] / 72.0, (points[..., 1] + 25.0) / 68.0) < 0.97
    assert s.body[inside].mean() > 0.995


def test_the_skin_is_measured() -> None:
    """Half breadth and depth of the phantom's round body are found within a voxel."""
    skin = skin_of(scan())
    assert skin is not None
    assert np.median(skin.half_breadth_mm) == pytest.approx(72.0, abs=2.5)
    assert np.median(skin.front_y_mm - skin.back_y_mm) == pytest.approx(136.0, abs=4.0)


def test_a_linear_field_is_sampled_exactly() -> None:
    """Resampling by the affine, askew, gives a linear field's own values at any order."""
    source = Grid((20, 22, 24), frames.compose(SCAN_FROM_PATIENT, np.diag([3.0, 2.5, 2.0, 1.0])))
    weights, middle = np.array([0.7, -1.3, 2.1]), frames.apply(source.patient_from_voxel, (9.5, 10.5, 11.5))
    field = (source.centres_mm() @ weights).astype(np.float32)
    target = Grid.spanning(middle - 8.0, middle + 8.0, 0.8)
    for order in (1, 3):
        got = sampled(field, source, target, order=order, outside=0.0)
        np.testing.assert_allclose(got, target.centres_mm() @ weights, atol=0.05)


def test_beyond_the_scan_nothing_is_invented() -> None:
    """Outside there is air with no weight; deep inside the scan counts alone."""
    s = scan()
    far = Grid.spanning((300.0, 300.0, 300.0), (310.0, 310.0, 310.0), 2.0)
    assert (s.hu_on(far) == -1000.0).all()
    assert (s.share(far) == 0.0).all()
    assert (s.share(Grid.spanning((-10, -10, -10), (10, 10, 10), 2.0)) == 1.0).all()
    # Along a line out of the scan its weight falls and never rises again.
    line = s.share(Grid.spanning((0, -5, -90), (2, -3, 0), (2.0, 2.0, 1.0)))[0, 0]
    assert (np.diff(line) >= -1e-6).all()
    assert line[0] == 0.0
    assert line[-1] == 1.0


def test_signed_distance_of_a_ball() -> None:
    """Distances to a ball's surface are right within half a voxel on both sides."""
    grid = Grid.spanning((-20, -20, -20), (20, 20, 20), 1.0)
    radius = np.linalg.norm(grid.centres_mm(), axis=-1)
    found = signed_distance_mm(radius < 12.0, grid)
    near = radius < 18.0
    np.testing.assert_allclose(found[near], (radius - 12.0)[near], atol=1.0)


def test_the_target_is_put_upright() -> None:
    """A target that lay askew comes to the origin, with its side along x and its lean kept."""
    v = phantom().column.vertebrae["L2"]
    askew = type(v)(v.level, v.size, frames.compose(SCAN_FROM_PATIENT, v.patient_from_vertebra))
    move = completing.patient_from_scan(askew)
    place = frames.compose(move, askew.patient_from_vertebra)
    np.testing.assert_allclose(place[:3, 3], 0.0, atol=1e-9)
    np.testing.assert_allclose(place[:3, 0], (1.0, 0.0, 0.0), atol=1e-9)
    np.testing.assert_allclose(move[:3, :3] @ move[:3, :3].T, np.eye(3), atol=1e-9)


def test_groups_follow_the_labels() -> None:
    """Labelled levels above the target are upper, its body is body, arch and levels below are lower."""
    p = phantom()
    body = (p.in_body > 0) & (p.level == LEVELS.index("L2") + 1)
    code = groups(p.level, body, p.column.target_vertebra, scan().hu.grid)
    assert (code[p.level == LEVELS.index("L1") + 1] == UPPER).all()
    assert (code[p.level == LEVELS.index("L3") + 1] == LOWER).all()
    assert (code[body] == BODY).all()
    assert (code[(p.in_body < 0) & (p.level == LEVELS.index("L2") + 1)] == LOWER).all()


@pytest.mark.parametrize("shape", ["wedge", "biconcave", "crush"])
def test_a_fracture_of_a_scan_keeps_its_mineral(shape: str) -> None:
    """Pressed together, the body's mineral stays within 1 %, and it ends lower than before."""
    v = phantom().column.target_vertebra
    collapse = Collapse.of(v, FractureSpec(height_ratio=0.7, shape=shape, endplate_defect_mm=0.0))  # type: ignore[arg-type]
    grid = Grid.spanning((-40, -40, -30), (40, 40, 30), 1.0)
    p = phantom()
    body = (p.in_body > 0) & (p.level == LEVELS.index("L2") + 1)
    whole = sampled(body.astype(np.float32), scan().hu.grid, grid, order=1, outside=0.0)
    broken = as_broken(whole, grid, collapse, BODY, with_mass=True)
    assert broken.sum() == pytest.approx(whole.sum(), rel=0.01)
    assert (as_broken(whole, grid, collapse, BODY) > 0.5).sum() < 0.95 * (whole > 0.5).sum()
    np.testing.assert_array_equal(as_broken(whole, grid, collapse, LOWER), whole)


def test_the_column_is_completed() -> None:
    """Three fitted levels become seventeen: in order, without overlap, the fitted ones where they were found."""
    from tests.anatomy.imported.test_ct_fitting import fitted

    found = fitted("whole")
    move = completing.patient_from_scan(found["L2"].vertebra)
    column = completing.column_of(SPEC, found, move)
    assert tuple(column.vertebrae) == LEVELS
    heights = [column.vertebrae[k].patient_from_vertebra[2, 3] for k in LEVELS]
    assert (np.diff(heights) < -12.0).all()
    for level, f in found.items():
        place = frames.compose(move, f.vertebra.patient_from_vertebra)
        np.testing.assert_allclose(column.vertebrae[level].patient_from_vertebra[:3, 3], place[:3, 3], atol=1e-6)
    upper, lower = column.vertebrae["L1"], phantom().column.vertebrae["L1"]
    assert upper.size.disc_below_height_mid_mm == pytest.approx(lower.size.disc_below_height_mid_mm, abs=1.5)
    assert column.patient_from_sacrum[2, 3] < heights[-1] - 10.0

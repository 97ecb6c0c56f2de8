"""The skin as a surface: found in volumes, finer patches, ways through the body."""

from __future__ import annotations

import json

import numpy as np
import pytest

from anatomy.tissue import SOFT
from anatomy.volume import Grid, Volume
from simulator.imaging.dose.skin import Skin, skin_of
from tests.fingerprint import fingerprint
from tests.simulator.imaging.solids.bodies_of_revolution import cylinder


def elliptic(a_mm: float, b_mm: float, centre_mm: tuple[float, float]) -> tuple[Volume, Volume]:
    """Soft tissue of an elliptic cylinder, 2 mm voxels, with partial voxels at its edge; no fat."""
    grid = Grid.spanning((-170.0, -120.0, -80.0), (170.0, 160.0, 80.0), 2.0)
    x, y, _ = grid.axes_mm()
    inside = 1.0 - np.hypot((x - centre_mm[0]) / a_mm, (y - centre_mm[1]) / b_mm)
    share = np.clip(0.5 + inside * min(a_mm, b_mm) / 2.0, 0.0, 1.0)
    soft = np.broadcast_to(share * SOFT.density_g_cm3, grid.shape).astype(np.float32)
    return Volume(soft, grid), Volume(np.zeros(grid.shape, np.float32), grid)


def test_the_skin_is_found_within_a_millimetre():
    """An ellipse of 140 by 90 mm about a point beside the origin, on every side and height."""
    soft, adipose = elliptic(140.0, 90.0, (6.0, 20.0))
    before = fingerprint(soft, adipose)
    skin = skin_of(soft, adipose)
    x, y = (skin.points_mm[..., i] - c for i, c in enumerate((6.0, 20.0)))
    np.testing.assert_allclose(np.hypot(x / 140.0, y / 90.0), 1.0, atol=1.0 / 90.0)
    assert skin.axis_mm == pytest.approx((6.0, 20.0), abs=1.0)
    assert skin.front_y_mm == pytest.approx(110.0, abs=1.0)
    assert fingerprint(soft, adipose) == before


def test_lungs_are_not_outside():
    """A hole in the body does not end it: the skin is the outermost tissue."""
    soft, adipose = elliptic(140.0, 90.0, (0.0, 0.0))
    hollow = soft.array.copy()
    hollow[soft.grid.window((40.0, -50.0, -80.0), (110.0, 50.0, 80.0))] = 0.2
    np.testing.assert_allclose(
        skin_of(Volume(hollow, soft.grid), adipose).radius_mm, skin_of(soft, adipose).radius_mm
    )


def test_a_patient_has_one(patient):
    """The trunk of a patient: broader than deep, and inside it the target's body."""
    skin = skin_of(patient.soft, patient.adipose)
    breadth, depth, _ = np.ptp(skin.points_mm.reshape(-1, 3), axis=0)
    assert 250.0 < breadth < 420.0
    assert 170.0 < depth < breadth
    assert skin.contains(patient.landmarks[f"{patient.column.target} body centre"])
    assert not skin.contains((0.0, skin.front_y_mm + 5.0, 0.0))


def test_the_skin_ends_where_the_body_leaves_the_axis():
    """A neck that bends away from the middle of the trunk is left out; the trunk below it stays as it was."""
    soft, adipose = elliptic(140.0, 90.0, (0.0, 20.0))
    bent = soft.array.copy()
    bent[soft.grid.window((-170.0, -120.0, 40.0), (170.0, 60.0, 80.0))] = 0.0
    whole, trunk = skin_of(soft, adipose), skin_of(Volume(bent, soft.grid), adipose)
    assert trunk.z_mm[0] == whole.z_mm[0]
    assert 20.0 < trunk.z_mm[-1] < 45.0
    np.testing.assert_allclose(trunk.radius_mm[:, :-1], whole.radius_mm[:, : trunk.radius_mm.shape[1] - 1])


def test_a_slice_is_no_trunk():
    """Two centimetres of body are refused in words."""
    soft, adipose = elliptic(140.0, 90.0, (0.0, 20.0))
    thin = np.where(np.abs(soft.grid.axes_mm()[2]) < 10.0, soft.array, np.float32(0.0))
    with pytest.raises(ValueError, match="not a whole trunk"):
        skin_of(Volume(thin, soft.grid), adipose)


def test_no_tissue_has_no_skin():
    """Volumes of air are refused in words."""
    soft, _ = elliptic(140.0, 90.0, (0.0, 0.0))
    air = Volume(np.zeros_like(soft.array), soft.grid)
    with pytest.raises(ValueError, match="no tissue"):
        skin_of(air, air)


def test_patches_make_up_the_surface():
    """Their areas add up to a cylinder's side, normals point outwards, and finer ones agree."""
    skin = cylinder(100.0, angles=90, step_mm=10.0)
    for found in (skin, skin.finer(3, 2)):
        area = np.linalg.norm(found.areas_mm2, axis=-1)
        rows = area.shape[1]
        assert area.sum() == pytest.approx(2.0 * np.pi * 100.0 * found.step_mm * rows, rel=2e-3)
        assert np.all(np.sum(found.areas_mm2 * found.points_mm, axis=-1) > 0.0)
    assert skin.finer(3, 2).radius_mm.shape == (270, 69)


def test_finer_patches_lie_on_the_same_surface():
    """On a body that is not round they pass through the recorded points, and between them within 0.2 mm."""
    angle = np.linspace(0.0, 2.0 * np.pi, 360, endpoint=False)
    radius = 130.0 + 25.0 * np.cos(2.0 * angle) + 4.0 * np.sin(3.0 * angle)
    skin = Skin(np.repeat(radius[::4, None], 12, axis=1), (0.0, 0.0), 0.0, 10.0)
    finer = skin.finer(4, 1)
    np.testing.assert_allclose(finer.radius_mm[::4], skin.radius_mm, atol=0.01)
    np.testing.assert_allclose(finer.radius_mm[:, 5], radius, atol=0.2)


def test_ways_through_the_body():
    """Across a cylinder of 100 mm the way is a chord; past it there is none, and it is never entered."""
    skin = cylinder(100.0)
    ends = np.array([[0.0, 500.0, 0.0], [120.0, 500.0, 0.0]])
    length, first = skin.path_mm((0.0, -500.0, 0.0), ends, steps=2000)
    assert length[0] == pytest.approx(200.0, abs=1.0)
    assert first[0] == pytest.approx(400.0, abs=1.0)
    offset = 500.0 * np.sin(np.arctan2(120.0, 1000.0))
    assert length[1] == pytest.approx(2.0 * np.sqrt(100.0**2 - offset**2), abs=1.5)
    beside, never = skin.path_mm((300.0, -500.0, 0.0), (300.0, 500.0, 0.0))
    assert (float(beside), float(never)) == (0.0, np.inf)


def test_a_recorded_skin_reads_back(patient):
    """Through JSON to 0.05 mm; 90 by 28 radii take less than 16 kB."""
    skin = skin_of(patient.soft, patient.adipose)
    text = json.dumps(skin.as_row(), separators=(",", ":"))
    assert len(text) < 16_000
    np.testing.assert_allclose(Skin.of_row(json.loads(text)).points_mm, skin.points_mm, atol=0.06)


@pytest.mark.parametrize(
    "row", [{}, {"axis_mm": [0, 0], "first_z_mm": 0, "step_mm": 10, "radius_mm": [[1, 2], [3]]},
            {"axis_mm": [0, 0], "first_z_mm": 0, "step_mm": 0, "radius_mm": [[9.0] * 5] * 5},
            {"axis_mm": [0, 0], "first_z_mm": 0, "step_mm": 5, "radius_mm": [[-9.0] * 5] * 5},
            {"axis_mm": "xy", "first_z_mm": 0, "step_mm": 5, "radius_mm": [[9.0] * 5] * 5}],
)  # fmt: skip
def test_what_is_no_skin_is_refused(row):
    """Missing parts, ragged tables, heights that do not rise and radii below zero."""
    with pytest.raises(ValueError, match="this is no skin"):
        Skin.of_row(row)

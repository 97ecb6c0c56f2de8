"""Every shape, endplate and age of fracture: one invertible field that keeps mass, and the heights of its spec."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pytest

from anatomy.column import column_of
from anatomy.fractures.fracture import Collapse
from anatomy.fractures.fracture_shape import band
from anatomy.spec import FractureSpec, PatientSpec

EVERY = [
    FractureSpec(shape=shape, endplate=endplate, age=age, height_ratio=ratio)
    for shape, endplate, age, ratio in product(
        ("wedge", "biconcave", "crush"), ("superior", "inferior", "both"), ("acute", "healed"), (0.15, 0.6, 0.9)
    )
]
SPECIAL = [
    FractureSpec(cleft="gas", cleft_ml=0.8, height_ratio=0.6),
    FractureSpec(cleft="fluid", cleft_ml=0.8, height_ratio=0.55, endplate="inferior"),
    FractureSpec(cleft="gas", cleft_ml=0.8, height_ratio=0.45, endplate="both", age="subacute"),
    FractureSpec(shape="crush", height_ratio=0.6, retropulsion_mm=6.0, posterior_wall_defect_mm=6.0),
]
AMPLITUDES = (1.0, 0.55, 0.0)


@cache
def collapse_of(fracture: FractureSpec) -> Collapse:
    """A fracture of L1."""
    found = column_of(PatientSpec(seed=5, fracture=fracture)).collapse
    assert found is not None
    return found


def points_of(c: Collapse, count: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random points (n,) in and around the unfractured body."""
    v, rng = c.vertebra, np.random.default_rng(3)
    low = (-0.55 * v.size.endplate_width_sup_mm, v.posterior_wall_y_mm - 3.0, -0.55 * v.size.rim_height_mm)
    x, y, z = (
        rng.uniform(a, b, count) for a, b in zip(low, (-low[0], v.anterior_wall_y_mm + 3.0, -low[2]), strict=True)
    )
    return x, y, z


@pytest.mark.parametrize("fracture", EVERY + SPECIAL, ids=str)
def test_the_field_runs_both_ways(fracture: FractureSpec) -> None:
    """Where a point lies and where it came from undo each other; the determinant is the map's own."""
    c = collapse_of(fracture)
    x, y, z = points_of(c)
    for amplitude in AMPLITUDES:
        y1, z1 = c.moved(x, y, z, amplitude)
        y0, z0, squeeze = c.unfractured(x, y1, z1, amplitude)
        np.testing.assert_allclose(np.stack([y0, z0]), np.stack([y, z]), atol=1e-9)
        h = 1e-6
        (yy, zy), (yz, zz) = (
            [(a - b) / (2 * h) for a, b in zip(c.unfractured(x, y1 + dy, z1 + dz, amplitude),
                                              c.unfractured(x, y1 - dy, z1 - dz, amplitude), strict=True)][:2]
            for dy, dz in ((h, 0.0), (0.0, h))
        )  # fmt: skip
        wrong = np.abs(squeeze / (yy * zz - yz * zy) - 1.0) > 1e-3
        assert wrong.mean() < 0.01  # points on the edge of a layer
        assert squeeze.min() > 0.0


@pytest.mark.parametrize("fracture", EVERY + SPECIAL, ids=str)
def test_a_columns_bone_is_kept(fracture: FractureSpec) -> None:
    """Voxel by voxel up a column, the determinants used for building add up to the column's height before."""
    c = collapse_of(fracture)
    v, voxel = c.vertebra, 0.5
    z = np.arange(-30.0, 30.0, voxel)
    for x, y in ((0.0, 0.0), (4.0, 0.35 * v.size.depth_mm), (-9.0, -0.2 * v.size.depth_mm)):
        _, z0, wall, core = c.as_found(x, np.full_like(z, y), z, voxel)
        slope = c._shift.back(np.full_like(z, y), x, z0, 1.0)[1]
        slit = c.columns(x, np.array(y)).slit_mm(0.0)
        empty = 0.0 if slit is None else float(slit[1] - slit[0])
        loss = float(c.lost_height_mm(np.array(y), x))
        assert (core * slope).sum() * voxel == pytest.approx(60.0 + loss, abs=1e-6)
        assert (wall * slope).sum() * voxel == pytest.approx(60.0 + loss - empty, abs=1e-6)


@pytest.mark.parametrize("fracture", EVERY, ids=str)
def test_the_height_that_is_lost_most_is_the_specs(fracture: FractureSpec) -> None:
    """Front of a wedge, middle of a biconcave and front of a crushed body are at the spec's ratio; the back of a
    wedge keeps 0.9 and more, and a biconcave body's rim as much."""
    c = collapse_of(fracture)
    assert c.worst_height_mm(1.0) / c.worst_height_mm(0.0) == pytest.approx(fracture.height_ratio, abs=1e-6)
    behind = c.posterior_height_mm(1.0) / c.posterior_height_mm(0.0)
    if fracture.shape == "crush":
        assert behind == pytest.approx(max(fracture.height_ratio, 0.4), abs=1e-6)
    else:
        assert behind > 0.9
    if fracture.shape == "biconcave":
        assert c.anterior_height_mm(1.0) / c.anterior_height_mm(0.0) > 0.9


@pytest.mark.parametrize("lost_mm", [3.0, 6.0, 9.0, 12.0])
def test_the_impaction_band_is_as_thick_as_published(lost_mm: float) -> None:
    """2 to 5 mm of bone as found, up to 2.5 times as dense, under the endplate of an acute fracture."""
    found = band(FractureSpec(), np.array(lost_mm), np.array(22.0))
    assert 2.0 <= found.band_mm * (1.0 - found.band_strain) <= 5.0 + 1e-9
    assert found.band_strain <= 0.60 + 1e-9
    pressed = found.band_strain * found.band_mm + found.rest_strain * (found.room_mm - found.band_mm)
    assert pressed == pytest.approx(lost_mm)


def test_age_blurs_and_remodels() -> None:
    """Step and band are sharpest when acute; healed bone is pressed evenly, its front smooth, its plate shut."""
    acute, subacute, healed = (collapse_of(FractureSpec(age=age)) for age in ("acute", "subacute", "healed"))
    y = np.linspace(-14.0, 14.0, 2801)
    steepest = [float(np.diff(c.lost_height_mm(y)).max()) / 0.01 for c in (acute, subacute, healed)]
    assert steepest[0] > 2.0 * steepest[1] > 2.0 * steepest[2] * 0.9
    front = np.full(301, acute.vertebra.anterior_wall_y_mm)
    z = np.linspace(-15.0, 15.0, 301)
    bulge = [float(np.ptp((front - c.unfractured(0.0, front, z, 1.0)[0])[60:200])) for c in (acute, healed)]
    assert bulge[0] > 1.0 > bulge[1]
    assert acute.endplate_defect_mm == 4.0
    assert healed.endplate_defect_mm == 0.0


def test_only_wedges_are_planes() -> None:
    """What depends on x says so: biconcave and crushed bodies, clefts and fragments."""
    assert collapse_of(FractureSpec()).is_flat
    for other in (FractureSpec(shape="biconcave"), FractureSpec(shape="crush"), *SPECIAL):
        assert not collapse_of(other).is_flat


def test_the_corner_is_driven_back_and_turned() -> None:
    """The posterosuperior fragment moves by retropulsion_mm at its top, less at its foot, turned by 10 to 30
    degrees; beside it, under it and in front of it nothing moves."""
    c = collapse_of(FractureSpec(height_ratio=0.6, retropulsion_mm=5.0))
    v = c.vertebra
    wall, top = v.posterior_wall_y_mm, 0.5 * v.size.body_height_post_mm

    def back_mm(x: float, y: float, z: float) -> float:
        return y - float(c.moved(x, np.array(y), np.array(z), 1.0)[0])

    assert back_mm(0.0, wall + 1.0, top - 0.5) == pytest.approx(5.0, abs=0.3)
    turned = np.degrees(np.arctan((back_mm(0.0, wall, top - 0.5) - back_mm(0.0, wall, top - 8.0)) / 7.5))
    assert 10.0 < turned < 30.0
    for x, y, z in ((14.0, wall, top - 1.0), (0.0, wall, top - 15.0), (0.0, wall + 10.0, top - 1.0)):
        assert abs(back_mm(x, y, z)) < 0.05

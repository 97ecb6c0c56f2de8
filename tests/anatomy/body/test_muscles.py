"""Muscles measured as voxels: areas and sizes by level and sex, the fat between them, skin and fat by build."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from anatomy.body.muscles import muscles
from anatomy.body.trunk import SKIN_MM, Trunk, outline_distance, trunk
from anatomy.column import column_of
from anatomy.spec import Level, PatientSpec

STEP_MM = 0.5
WOMAN, MAN = PatientSpec(), PatientSpec(sex="male", stature_mm=1780.0)


@cache
def outline(spec: PatientSpec) -> Trunk:
    """The trunk of a straight patient."""
    return trunk(spec, column_of(spec))


def section(spec: PatientSpec, name: str, level: Level) -> NDArray[np.bool_]:
    """Voxels (i, j) of 0.5 mm that a muscle fills in the axial plane of a level's centre, as it is painted."""
    t = outline(spec)
    organ = next(o for o in muscles(t) if o.name == name)
    x = np.arange(-110.0, 110.0, STEP_MM, dtype=np.float32)[:, None, None]
    y = np.arange(-140.0, 120.0, STEP_MM, dtype=np.float32)[None, :, None]
    z = np.array([t.z_of[level]], dtype=np.float32)[None, None, :]
    return np.asarray(organ.distance(x, y, z)[:, :, 0] < 0.0)


def area_cm2(filled: NDArray[np.bool_]) -> float:
    """Area of a section."""
    return float(filled.sum()) * STEP_MM**2 / 100.0


def size_mm(filled: NDArray[np.bool_]) -> tuple[float, float]:
    """(width, thickness) of a section."""
    return STEP_MM * float(filled.any(axis=1).sum()), STEP_MM * float(filled.any(axis=0).sum())


@pytest.mark.parametrize("spec", [WOMAN, MAN], ids=("woman", "man"))
@pytest.mark.parametrize(
    ("level", "area", "width", "thickness"),
    [("T4", 2.9, 22.0, 17.0), ("T8", 3.6, 38.0, 15.0), ("T10", 5.8, 47.0, 17.0), ("T12", 8.3, 52.0, 21.0),
     ("L1", 10.5, 58.0, 27.0), ("L2", 15.0, 60.0, 35.0), ("L4", 20.0, None, None)],
)  # fmt: skip
def test_back_muscle_has_its_measured_area(
    spec: PatientSpec, level: Level, area: float, width: float | None, thickness: float | None
) -> None:
    """Autochthonous muscle of one side has its level's measured area, on the scale of the frame, within 10 %."""
    scale = outline(spec).frame_scale
    filled = section(spec, "erector spinae left", level)
    assert area_cm2(filled) == pytest.approx(scale**2 * area, rel=0.10)
    if width is not None and thickness is not None:
        found = size_mm(filled)
        assert found[0] == pytest.approx(scale * width, rel=0.20)
        assert found[1] < 1.5 * scale * thickness


def test_psoas_is_thin_above_and_thick_at_l4() -> None:
    """10 to 15 mm across at L1 and L2; at L4 6 to 9 cm2 in women and 10 to 15 in men."""
    for level in ("L1", "L2"):
        width, depth = size_mm(section(WOMAN, "psoas right", level))
        assert 9.0 < width < 15.0
        assert 10.0 < depth < 16.5
    assert 6.0 < area_cm2(section(WOMAN, "psoas right", "L4")) < 9.0
    assert 10.0 < area_cm2(section(MAN, "psoas right", "L4")) < 15.0


def test_quadratus_is_a_plate_of_thirty_by_ten() -> None:
    """Beside the transverse processes it is 30 mm wide and 10 thick, on the frame's scale, within 15 %."""
    scale = outline(MAN).frame_scale
    width, thickness = size_mm(section(MAN, "quadratus lumborum left", "L3"))
    assert width == pytest.approx(30.0 * scale, rel=0.15)
    assert thickness == pytest.approx(10.0 * scale, rel=0.15)


def test_muscles_of_both_sides_are_apart() -> None:
    """Left and right do not overlap, and neither reaches over the midline."""
    for name in ("erector spinae", "psoas", "quadratus lumborum"):
        for level in ("T8", "L1", "L4"):
            left, right = (section(WOMAN, f"{name} {side}", level) for side in ("left", "right"))
            assert not (left & right).any()
            assert not left[left.shape[0] // 2 :].any()


@pytest.mark.parametrize("bmi", [20.0, 24.5, 35.0])
def test_subcutaneous_fat_grows_with_build(bmi: float) -> None:
    """Behind L4 the fat is 15 mm in the reference build and 1.2 mm thicker per unit of BMI, skin 2 mm."""
    t = outline(PatientSpec(body_mass_index_kg_m2=bmi))
    assert t.fat_mm == pytest.approx(14.0 + 1.2 * (bmi - 24.5), abs=0.5)
    y = np.arange(-160.0, 0.0, 0.25, dtype=np.float32)
    outside = outline_distance(t, np.full_like(y, 40.0), y, np.full_like(y, t.z_of["L4"]))
    depth = y[np.argmax(outside < -SKIN_MM - t.fat_mm)] - y[np.argmax(outside < 0.0)]
    assert depth == pytest.approx(SKIN_MM + t.fat_mm, abs=3.0)

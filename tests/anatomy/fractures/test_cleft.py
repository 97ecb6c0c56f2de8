"""Clefts: as large as asked when open, nearly shut as found, and refused where there is no room."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy.column import column_of
from anatomy.fractures.fracture import Collapse
from anatomy.spec import FractureSpec, PatientSpec
from tests.anatomy.fractures.measured_body import measured


def collapse_of(fracture: FractureSpec) -> Collapse:
    """A fracture of L1."""
    found = column_of(PatientSpec(seed=5, fracture=fracture)).collapse
    assert found is not None
    return found


def volume_ml(c: Collapse, amplitude: float, voxel_mm: float = 0.5) -> float:
    """Volume of the cleft in voxels."""
    axis = np.arange(-20.0, 20.0, voxel_mm)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij", sparse=True)
    return float(c.cleft_share(x, y, z, amplitude, voxel_mm).sum(dtype=float)) * voxel_mm**3 / 1000.0


@pytest.mark.parametrize("fracture", [
    FractureSpec(cleft="gas", cleft_ml=1.0, height_ratio=0.65),
    FractureSpec(cleft="gas", cleft_ml=1.8, height_ratio=0.5, mobile_share=0.8),
    FractureSpec(cleft="fluid", cleft_ml=0.5, height_ratio=0.65, endplate="inferior"),
    FractureSpec(cleft="fluid", cleft_ml=0.5, height_ratio=0.5, endplate="both"),
], ids=str)  # fmt: skip
def test_it_holds_its_volume_when_the_body_is_raised(fracture: FractureSpec) -> None:
    """Counted in voxels: cleft_ml when raised to its full height, a twentieth as found, rising in between."""
    c = collapse_of(fracture)
    volumes = [volume_ml(c, a) for a in (0.0, 0.5, 1.0)]
    assert volumes[0] == pytest.approx(fracture.cleft_ml, rel=0.03)
    assert volumes[0] > volumes[1] > volumes[2] > 0.0
    assert volumes[2] == pytest.approx(0.05 * fracture.cleft_ml, rel=0.1)


def test_it_lies_in_front_under_the_broken_endplate() -> None:
    """Anterosuperior, transverse: its middle before the body's, in the upper half, 2 to 8 mm high and as wide as
    published; under an inferior endplate when that broke."""
    for plate, sign in (("superior", 1.0), ("inferior", -1.0)):
        c = collapse_of(FractureSpec(cleft="gas", cleft_ml=1.0, height_ratio=0.6, endplate=plate))  # type: ignore[arg-type]
        axis = np.arange(-20.0, 20.0, 0.5)
        x, y, z = np.meshgrid(axis, axis, axis, indexing="ij", sparse=True)
        share = c.cleft_share(x, y, z, 0.2, 0.5)
        i, j, k = np.nonzero(share > 0.5)
        assert axis[j].mean() > 1.0
        assert sign * axis[k].mean() > 1.0
        assert 15.0 <= np.ptp(axis[i]) + 0.5 <= 31.0
        assert 10.0 <= np.ptp(axis[j]) + 0.5 <= 21.0
        assert 1.5 <= (share.sum(axis=2) * 0.5).max() <= 8.0


def test_its_margins_are_sclerotic_and_no_bone_is_in_it() -> None:
    """As found the cleft's bone lies above and below it; in the opened cleft hardly any is left."""
    plain, cleft = (
        measured(FractureSpec(height_ratio=0.6, cleft=kind, cleft_ml=1.0))
        for kind in ("none", "gas")  # type: ignore[arg-type]
    )
    assert cleft.body_g == pytest.approx(plain.body_g, rel=0.01)
    assert cleft.mineral.array.max() <= 1.05 + 1e-6


def test_what_does_not_fit_is_refused_with_a_remedy() -> None:
    """A cleft larger than the height that was lost is a user's mistake: the most that fits is named, and fits."""
    with pytest.raises(ValueError, match=r"a cleft of 5 ml does not fit .* at most ([0-9.]+) ml; make") as refused:
        collapse_of(FractureSpec(cleft="gas", cleft_ml=5.0, height_ratio=0.65))
    most = float(str(refused.value).split("at most ")[1].split(" ml")[0])
    assert collapse_of(FractureSpec(cleft="gas", cleft_ml=most, height_ratio=0.65)).cleft is not None

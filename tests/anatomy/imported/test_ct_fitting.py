"""Vertebrae fitted to labels, held to the recipe that the labelled phantom was made from."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from anatomy import frames
from anatomy.ct import UnusableScanError
from anatomy.imported.fitting import Fitted, Labelled, fit_all
from anatomy.morphometry import dimensions
from anatomy.spec import LEVELS, Level, PatientSpec
from tests.anatomy.imported.ct_phantom import SCAN_FROM_PATIENT, SHOWN, phantom

EXPECTED = dimensions(PatientSpec(seed=1, sex="male", stature_mm=1750.0))
"""What the fit starts from: another person, bones a tenth larger."""


@cache
def fitted(kind: str) -> dict[Level, Fitted]:
    """Fits of the phantom with whole labels, with sub-regions, with bodies only, or with its top cut off."""
    p = phantom()
    hu, level, parts = p.volume, p.level, None
    if kind == "sub-regions":
        parts = p.in_body
    elif kind == "bodies only":
        level = np.where(p.in_body > 0, level, 0).astype(np.int8)
    elif kind == "cut off":
        top = int(frames.apply(frames.inverse(p.scan_from_voxel), frames.apply(SCAN_FROM_PATIENT, (0, 0, 40)))[2])
        hu = type(hu).from_affine(p.hu[:, :, :top], p.scan_from_voxel)
        level = p.level[:, :, :top]
    return fit_all(Labelled(hu, level, parts), EXPECTED, progress=lambda _what, _share: None)


KINDS = ("whole", "sub-regions", "bodies only")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", SHOWN)
def test_vertebrae_lie_where_they_were_put(kind: str, level: Level) -> None:
    """Centres are found within half a voxel and axes within 2.5 degrees, askew as the person lies."""
    true = frames.compose(SCAN_FROM_PATIENT, phantom().column.vertebrae[level].patient_from_vertebra)
    found = fitted(kind)[level].vertebra.patient_from_vertebra
    assert np.linalg.norm(found[:3, 3] - true[:3, 3]) < 1.0
    for axis in range(3):
        assert np.degrees(frames.angle_between_rad(found[:3, axis], true[:3, axis])) < 2.5


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", SHOWN)
@pytest.mark.parametrize(
    ("name", "within_mm"),
    [
        ("body_height_ant_mm", 1.0), ("body_height_post_mm", 1.0), ("depth_mm", 1.1), ("canal_width_mm", 2.0),
    ],
)  # fmt: skip
def test_dimensions_are_measured(kind: str, level: Level, name: str, within_mm: float) -> None:
    """Heights and depth come out within half a voxel, the canal within one, whatever the prior said."""
    true = getattr(phantom().column.vertebrae[level].size, name)
    assert getattr(fitted(kind)[level].vertebra.size, name) == pytest.approx(true, abs=within_mm)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", SHOWN)
def test_widths_are_measured(kind: str, level: Level) -> None:
    """The mean width of both endplates comes out within a voxel: rims are rounded, each alone is less sure."""
    true, found = phantom().column.vertebrae[level].size, fitted(kind)[level].vertebra.size
    means = [0.5 * (d.endplate_width_sup_mm + d.endplate_width_inf_mm) for d in (true, found)]
    assert means[1] == pytest.approx(means[0], abs=2.0)


@pytest.mark.slow
def test_osteophytes_widen_a_body_a_little() -> None:
    """Spurs of up to 4.5 mm all round carry the fitted depth and mean width out by no more than 2 mm."""
    p = phantom(with_spurs=True)
    assert all(len(p.column.vertebrae[level].spurs) > 3 for level in SHOWN)
    found = fit_all(Labelled(p.volume, p.level, None), EXPECTED, progress=lambda _what, _share: None)
    for level in SHOWN:
        true, size = p.column.vertebrae[level].size, found[level].vertebra.size
        assert -1.0 < size.depth_mm - true.depth_mm < 2.0
        widths = [0.5 * (d.endplate_width_sup_mm + d.endplate_width_inf_mm) for d in (true, size)]
        assert -1.0 < widths[1] - widths[0] < 2.0


def test_pedicles_are_found_with_whole_labels() -> None:
    """The distance between the pedicles' centres is that of the phantom within a voxel."""
    for level in SHOWN:
        true = phantom().column.vertebrae[level].size
        found = fitted("sub-regions")[level].vertebra.size
        assert found.pedicle_center_to_center_mm == pytest.approx(true.pedicle_center_to_center_mm, abs=2.0)


def test_labels_with_and_without_an_arch_are_told_apart() -> None:
    """Whole labels hold the arch; body labels do not."""
    assert all(f.has_arch for f in fitted("whole").values())
    assert not any(f.has_arch for f in fitted("bodies only").values())


def test_a_vertebra_that_is_cut_off_keeps_its_height() -> None:
    """Of L1 only the lower part is in the scan: it is called cut off, and found within 3 mm."""
    f = fitted("cut off")["L1"]
    assert not f.is_whole
    assert fitted("cut off")["L2"].is_whole
    true = phantom().column.vertebrae["L1"]
    place = frames.compose(SCAN_FROM_PATIENT, true.patient_from_vertebra)
    assert np.linalg.norm(f.vertebra.patient_from_vertebra[:3, 3] - place[:3, 3]) < 3.0
    assert f.vertebra.size.rim_height_mm == pytest.approx(true.size.rim_height_mm, abs=3.0)


def test_specks_are_no_vertebrae() -> None:
    """Labels of less than a millilitre are refused."""
    p = phantom()
    level = np.zeros_like(p.level)
    level[40:43, 40:43, 30:33] = LEVELS.index("L2") + 1
    with pytest.raises(UnusableScanError, match="larger than 1 ml"):
        fit_all(Labelled(p.volume, level, None), EXPECTED, progress=lambda _what, _share: None)

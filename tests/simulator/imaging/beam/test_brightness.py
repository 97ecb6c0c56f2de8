"""Brightness control by itself: what a field is taken for, and how the machine follows it."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy.tissue import SOFT, STEEL
from simulator.imaging.beam.brightness import (
    MEASURING_SHARE,
    SETTLING_S,
    followed_mm,
    measured_tissue_mm,
    measuring_view,
)
from simulator.imaging.beam.exposure import spectrum_at
from simulator.imaging.beam.scatter import scatter_to_primary
from simulator.imaging.beam.transmission import primary_signal, soft_tissue_mm
from simulator.imaging.panel.detector import Detector
from tests.simulator.imaging.small_views import view_at

RAYS = 400
FIELD_CM2 = 400.0


def soft(mm: float) -> np.ndarray:
    """Paths (1, RAYS), g/cm2, through soft tissue."""
    return np.full((1, RAYS), 0.1 * mm * SOFT.density_g_cm3)


def taken_for(
    paths: np.ndarray, tissue_mm: np.ndarray | float = 0.0, kv: float = 76.0, area: float = FIELD_CM2
) -> float:
    """What paths of soft tissue and, in a second row, steel are taken for; no scatter unless tissue_mm says so."""
    thickness = np.broadcast_to(tissue_mm, RAYS)
    return measured_tissue_mm(paths, (SOFT, STEEL)[: len(paths)], thickness, kv, area)


def transmission(mm: float, kv: float = 76.0) -> float:
    """Share of the open signal behind soft tissue, by the forward model of pictures."""
    beam = (SOFT,), spectrum_at(kv), Detector()
    paths = np.array([[0.0, 0.1 * mm * SOFT.density_g_cm3]])
    bare, behind = primary_signal(paths, *beam)
    return float(behind / bare)


def tissue_of(share: float, kv: float = 76.0) -> float:
    """Thickness of soft tissue that lets through a share, by the inverse of the forward model."""
    return float(soft_tissue_mm(share, spectrum_at(kv), Detector()))


@pytest.mark.parametrize("kv", [60.0, 85.0, 110.0])
@pytest.mark.parametrize("mm", [0.0, 40.0, 203.0, 351.0])
def test_tissue_is_taken_for_itself(mm: float, kv: float) -> None:
    """Without scatter a slab of soft tissue is what it is, at every potential."""
    assert taken_for(soft(mm), kv=kv) == pytest.approx(mm, abs=0.05)


def test_scatter_is_taken_for_a_thinner_patient() -> None:
    """The signal is 1 + SPR times the primary; the wider the field, the thinner the patient seems."""
    narrow, wide = (taken_for(soft(200.0), 200.0, area=area) for area in (100.0, 900.0))
    assert wide < narrow < 200.0
    for found, area in ((narrow, 100.0), (wide, 900.0)):
        gain = float(1.0 + scatter_to_primary(200.0, area, with_grid=True))
        assert found == pytest.approx(tissue_of(gain * transmission(200.0)), abs=0.1)


def test_steel_is_taken_for_tissue() -> None:
    """Thick steel over half of the field halves the signal: some 3 cm more of tissue (physics D1), at any kV."""
    steel = np.zeros(RAYS)
    steel[: RAYS // 2] = 5.0 * STEEL.density_g_cm3
    found = taken_for(np.vstack([soft(200.0), steel]))
    assert found == pytest.approx(tissue_of(0.5 * transmission(200.0)), abs=0.1)
    assert found - 200.0 == pytest.approx(31.0, rel=0.15)
    assert taken_for(np.vstack([soft(200.0), steel]), kv=110.0) > 225.0


def test_a_little_open_beam_outshines_the_patient() -> None:
    """A tenth of bare beam and the machine takes 20 cm of tissue for 9: the mean is what counts."""
    paths = soft(200.0)
    paths[0, : RAYS // 10] = 0.0
    assert taken_for(paths) == pytest.approx(tissue_of(0.1 + 0.9 * transmission(200.0)), abs=0.3)
    assert taken_for(paths) < 100.0


def test_it_follows_exponentially_in_seconds() -> None:
    """Many short ways are one long; after the time constant 1 / e is left, settled to 5 % within 0.3 to 1 s."""
    at_once, in_steps = followed_mm(200.0, 260.0, 0.4), 200.0
    for _ in range(12):
        in_steps = followed_mm(in_steps, 260.0, 0.4 / 12)
    assert in_steps == pytest.approx(at_once)
    assert followed_mm(200.0, 260.0, SETTLING_S) == pytest.approx(260.0 - 60.0 / np.e)
    assert followed_mm(200.0, 260.0, 0.0) == 200.0
    assert 0.3 <= SETTLING_S * np.log(20.0) <= 1.0


def test_the_measuring_field_lies_in_the_middle() -> None:
    """The same central ray, a third of the side."""
    view = view_at(30.0, 10.0, shape=(512, 512), field_mm=298.0)
    small = measuring_view(view, 24)
    assert small.shape == (24, 24)
    assert small.pixel_mm * 24 == pytest.approx(MEASURING_SHARE * 298.0)
    np.testing.assert_allclose(small.direction_patient, view.direction_patient)
    np.testing.assert_allclose(small.source_patient_mm, view.source_patient_mm)


def test_a_covered_field_cannot_be_measured() -> None:
    """Said in words."""
    with pytest.raises(ValueError, match="covers the whole measuring field"):
        measured_tissue_mm(np.zeros((1, 0)), (SOFT,), np.zeros(0), 76.0, FIELD_CM2)

"""Programmes of exposure: what each takes behind a patient, and the limits of generator and law that hold them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from simulator.imaging.beam.exposure import (
    CONTINUOUS_FRAMES_PER_S,
    CONTINUOUS_SHARE,
    CURVES,
    DETECTOR_NGY,
    ENTRANCE_LIMIT_MGY_MIN,
    GENERATORS,
    Programme,
    Technique,
    detector_ngy_per_mas,
    dose_of,
    lawful,
    spectrum_at,
    technique_for,
)
from simulator.imaging.beam.spectrum import air_kerma_mgy_per_mas

SID_MM, SOD_MM, FIELD_MM = 1020.0, 530.0, (298.0, 298.0)
THICKNESSES_MM = (0.0, 80.0, 160.0, 200.0, 240.0, 280.0, 320.0, 400.0, 550.0)
RATES = (1.0, 7.5, 15.0, 30.0)
PROGRAMMES = [
    *(Programme(curve=curve, frames_per_s=rate, magnification=m)
      for curve, rate, m in product(CURVES, RATES, (1.0, 2.0))),
    *(Programme(curve=curve, mode="continuous", frames_per_s=CONTINUOUS_FRAMES_PER_S) for curve in CURVES),
]  # fmt: skip


def entrance_mgy_min(chosen: Technique, frames_per_s: float) -> float:
    """Air kerma rate 30 cm before the detector, from the spectrum."""
    return 60.0 * frames_per_s * chosen.mas * air_kerma_mgy_per_mas(spectrum_at(chosen.kv), SID_MM - 300.0)


def detector_ngy(chosen: Technique, tissue_mm: float) -> float:
    """What the detector gets behind soft tissue."""
    return chosen.mas * detector_ngy_per_mas(chosen.kv, tissue_mm, SID_MM)


@pytest.mark.parametrize("programme", PROGRAMMES, ids=str)
def test_no_limit_is_passed(programme: Programme) -> None:
    """kV, mA, length of the pulse, power and entrance rate stay within what tube and law allow."""
    generator, (low_kv, high_kv) = GENERATORS[programme.mode], CURVES[programme.curve].kv_limits
    for tissue_mm in THICKNESSES_MM:
        chosen = technique_for(tissue_mm, SID_MM, programme)
        assert low_kv <= chosen.kv <= high_kv
        assert generator.ma[0] * 0.999 <= chosen.ma <= generator.ma[1] * 1.001
        assert generator.pulse_ms[0] - 0.01 <= chosen.pulse_ms <= generator.pulse_ms[1] + 0.01
        assert chosen.kv * chosen.ma <= 1001.0 * generator.power_kw
        assert chosen.ma * chosen.pulse_ms == pytest.approx(1000.0 * chosen.mas, rel=1e-3)
        assert programme.frames_per_s is not None
        assert entrance_mgy_min(chosen, programme.frames_per_s) <= 1.001 * ENTRANCE_LIMIT_MGY_MIN


def test_potential_rises_beyond_the_curve_before_the_picture_starves() -> None:
    """At 30 pulses/s the entrance limit binds: more kV than the curve's keep the detector at its dose."""
    at_limit = technique_for(270.0, SID_MM, Programme(frames_per_s=30.0))
    assert at_limit.kv > CURVES["standard"].kv(270.0)
    assert detector_ngy(at_limit, 270.0) == pytest.approx(DETECTOR_NGY, rel=2e-3)
    starved = technique_for(320.0, SID_MM, Programme(frames_per_s=30.0))
    assert starved.kv == 110.0
    assert detector_ngy(starved, 320.0) < 0.6 * DETECTOR_NGY
    assert entrance_mgy_min(starved, 30.0) == pytest.approx(ENTRANCE_LIMIT_MGY_MIN, rel=1e-3)


@pytest.mark.parametrize("tissue_mm", [150.0, 200.0, 240.0])
def test_the_half_dose_programme_halves_charge_and_dose(tissue_mm: float) -> None:
    """Same potential, half the charge, half of every dose."""
    full, half = (technique_for(tissue_mm, SID_MM, Programme(dose_level=d)) for d in ("normal", "half"))
    assert half.kv == full.kv
    assert half.mas == pytest.approx(0.5 * full.mas, rel=1e-3)
    kerma = [dose_of(t, FIELD_MM, SID_MM, SOD_MM).reference_kerma_mgy for t in (full, half)]
    assert kerma[1] == pytest.approx(0.5 * kerma[0], rel=1e-3)


def test_high_contrast_costs_skin_dose() -> None:
    """Lower potential for the same detector dose needs more entrance kerma."""
    standard, contrast = (technique_for(180.0, SID_MM, Programme(curve=name)) for name in CURVES)
    assert contrast.kv < standard.kv - 5.0
    assert detector_ngy(contrast, 180.0) == pytest.approx(detector_ngy(standard, 180.0), rel=2e-3)
    kerma = [dose_of(t, FIELD_MM, SID_MM, SOD_MM).reference_kerma_mgy for t in (standard, contrast)]
    assert kerma[1] > 1.2 * kerma[0]


def test_continuous_fluoroscopy_runs_at_low_current() -> None:
    """2 to 6 mA (physics D1) through 19 to 25 cm, a third of a pulse's dose a frame, as long as a frame."""
    for tissue_mm in (190.0, 220.0, 250.0):
        chosen = technique_for(
            tissue_mm, SID_MM, Programme(mode="continuous", frames_per_s=CONTINUOUS_FRAMES_PER_S)
        )
        assert 2.0 <= chosen.ma <= 6.0
        assert chosen.pulse_ms == pytest.approx(1000.0 / 30.0, abs=1e-3)
        assert detector_ngy(chosen, tissue_mm) == pytest.approx(CONTINUOUS_SHARE * DETECTOR_NGY, rel=2e-3)


def test_magnification_takes_dose() -> None:
    """Kerma at the detector rises in proportion."""
    once, twice = (technique_for(200.0, SID_MM, Programme(magnification=m)) for m in (1.0, 2.0))
    assert detector_ngy(twice, 200.0) == pytest.approx(2.0 * detector_ngy(once, 200.0), rel=2e-3)


def test_a_held_technique_obeys_the_law() -> None:
    """At few pulses a second it is as it was held; at many it gives no more charge than the rate limit allows."""
    held = Technique(100.0, 0.8, 14.0)
    assert lawful(held, SID_MM, Programme(frames_per_s=1.0)) is held
    cut = lawful(held, SID_MM, Programme(frames_per_s=30.0))
    assert entrance_mgy_min(cut, 30.0) == pytest.approx(ENTRANCE_LIMIT_MGY_MIN)
    assert (cut.kv, cut.ma) == (held.kv, pytest.approx(held.ma))


def test_the_iris_saves_area() -> None:
    """A round field in a square one of equal width: pi / 4 of the product, the same kerma."""
    technique = Technique(80.0, 0.3)
    square = dose_of(technique, (200.0, 200.0), SID_MM, SOD_MM)
    rounded = dose_of(technique, (200.0, 200.0), SID_MM, SOD_MM, iris_mm=200.0)
    assert rounded.area_product_gycm2 == pytest.approx(0.25 * np.pi * square.area_product_gycm2)
    assert rounded.reference_kerma_mgy == square.reference_kerma_mgy

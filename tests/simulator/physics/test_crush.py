"""Trabecular bone as a crushable foam."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.physics.crush import (
    ACROSS,
    CLOSEST,
    CONFINEMENT,
    PLATEAU_SHARE,
    cavity_pressure_kpa,
    densification,
    plateau_kpa,
    porosity_of,
    residual_share,
    yield_stress_kpa,
)


def test_yield_stress_is_kopperdahls_line() -> None:
    """-0.75 + 0.0249 x 100 mg/cm3 = 1.74 MPa, and never below 0.1 MPa."""
    assert float(yield_stress_kpa(0.1)) == pytest.approx(1740.0)
    assert float(yield_stress_kpa(0.0)) == 100.0


def test_the_plateau_ends_where_pores_begin_to_close() -> None:
    """Flat to (1 - 1/D) of 0.7 phi, then (1/D) e_D / (e_D - e): twice the plateau at 1 - 1/(2 D) of it; finite."""
    locking = 0.7 * 0.94
    assert densification(0.0, 0.94) == densification((1.0 - 1.0 / 2.3) * locking - 1e-9, 0.94) == 1.0
    assert densification((1.0 - 1.0 / 4.6) * locking, 0.94) == pytest.approx(2.0)
    strains = np.linspace(0.0, 1.0, 50)
    stresses = [densification(e, 0.94) for e in strains]
    assert stresses == sorted(stresses)
    assert stresses[-1] == pytest.approx(1.0 / (2.3 * (1.0 - CLOSEST)))
    assert densification(0.5, 0.7) > densification(0.5, 0.95)  # less room in dense bone
    assert np.isfinite(densification(0.5, 0.0))


def test_overloading_costs_strength() -> None:
    """Nothing at no strain, 4 to 64 % between 1 and 5 % (Keaveny 1999), half the strength or so of the body that
    Wegrzyn compressed by 25 %: damage as of 5 % strain beside the band."""
    assert float(residual_share(0.0)) == 1.0
    assert 0.04 < 1.0 - float(residual_share(0.01)) < 0.64
    assert 0.04 < 1.0 - float(residual_share(0.05)) < 0.64
    assert 0.35 < 1.0 - float(residual_share(0.2 * 0.25)) < 0.71
    assert (np.diff(residual_share(np.linspace(0.0, 1.0, 20))) < 0.0).all()


def test_a_cavity_needs_the_plateau_and_what_confines_it() -> None:
    """0.7 x 0.45 x 1.74 MPa in bone of 0.1 g/cm3, times 1.5, times what closing pores add."""
    plateau = float(plateau_kpa(0.1, 0.0))
    assert plateau == pytest.approx(PLATEAU_SHARE * ACROSS * 1740.0)
    assert cavity_pressure_kpa(plateau, 0.1, 0.9) == pytest.approx((1.0 + CONFINEMENT) * plateau)
    assert cavity_pressure_kpa(plateau, 0.5, 0.9) > 1.5 * cavity_pressure_kpa(plateau, 0.1, 0.9)
    assert porosity_of(0.105) == pytest.approx(0.9)

"""The benchmark of leaks answers to viscosity alone, and to an error in the model of it."""

from __future__ import annotations

import pytest

from simulator.physics import cure
from simulator.validation.targets import leaks


def test_without_a_preference_for_wide_ways_viscosity_would_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted error: all cements leak alike, and the targets are missed."""
    conductance_m3 = leaks.fitted_conductance_m3()
    monkeypatch.setattr(leaks, "easier_by", lambda *_: 5.0)
    thin = leaks.leaked_g(cure.LOW_VISCOSITY, 3.5, conductance_m3)
    thick = leaks.leaked_g(cure.HIGH_VISCOSITY, 6.5, conductance_m3)
    assert thick == pytest.approx(thin, rel=1e-6)


def test_the_wider_the_channel_the_more_leaks() -> None:
    masses = [leaks.leaked_g(cure.LOW_VISCOSITY, 5.0, 1e-11 * 10.0**k) for k in range(3)]
    assert masses == sorted(masses)
    assert masses[-1] > 1.3 * masses[0]

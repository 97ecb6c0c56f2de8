"""Pipe flow of power-law fluids: closed forms and inverses."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.physics.cannula import Bore, PowerLaw, flow_ml_s, pressure_drop_pa, wall_shear_rate_per_s

LINE = [Bore(40.0, 4.5), Bore(125.0, 2.388)]
exponents = st.floats(0.3, 1.3)
consistencies = st.floats(1.0, 5e3)


def test_newtonian_flow_is_poiseuilles() -> None:
    """With exponent 1 the drop is 8 mu L Q / (pi R^4) and the wall's shear rate 4 Q / (pi R^3)."""
    bore, radius_m = Bore(100.0, 3.0), 1.5e-3
    expected = 8.0 * 70.0 * 0.1 * 5e-8 / (math.pi * radius_m**4)
    assert pressure_drop_pa([bore], PowerLaw(70.0), 0.05) == pytest.approx(expected)
    assert wall_shear_rate_per_s(bore, PowerLaw(70.0), 0.05) == pytest.approx(4.0 * 5e-8 / (math.pi * radius_m**3))


@settings(deadline=None)
@given(exponent=exponents, consistency=consistencies)
def test_wall_stress_balances_pressure(exponent: float, consistency: float) -> None:
    """Pressure on the cross-section equals the stress K rate^n on the wall."""
    bore, fluid = Bore(80.0, 2.0), PowerLaw(consistency, exponent)
    stress_pa = consistency * wall_shear_rate_per_s(bore, fluid, 0.03) ** exponent
    force_n = pressure_drop_pa([bore], fluid, 0.03) * math.pi * 1e-3**2
    assert force_n == pytest.approx(stress_pa * 2.0 * math.pi * 1e-3 * 80e-3)


@settings(deadline=None)
@given(exponent=exponents, consistency=consistencies, flow=st.floats(1e-4, 1.0), behind=st.floats(0.0, 1e13))
def test_flow_from_pressure_is_the_inverse(
    exponent: float, consistency: float, flow: float, behind: float
) -> None:
    """The pressure that a flow needs, through bores and what is behind them, drives just that flow."""
    fluid = PowerLaw(consistency, exponent)
    needed_pa = pressure_drop_pa(LINE, fluid, flow) + behind * flow * 1e-6
    assert flow_ml_s(LINE, fluid, needed_pa, behind_pa_s_m3=behind) == pytest.approx(flow, rel=1e-9)


def test_bores_in_series_add_their_drops() -> None:
    """Two bores need the sum of what each needs; cutting one in two changes nothing."""
    fluid = PowerLaw(400.0, 0.5)
    each = [pressure_drop_pa([bore], fluid, 0.05) for bore in LINE]
    assert pressure_drop_pa(LINE, fluid, 0.05) == pytest.approx(sum(each))
    halves = [LINE[0], Bore(62.5, 2.388), Bore(62.5, 2.388)]
    assert pressure_drop_pa(halves, fluid, 0.05) == pytest.approx(sum(each))


def test_limits() -> None:
    """No pressure or an infinite resistance gives no flow; bone alone obeys its own resistance."""
    fluid = PowerLaw(400.0, 0.5)
    assert pressure_drop_pa(LINE, fluid, 0.0) == 0.0
    assert flow_ml_s(LINE, fluid, 0.0) == 0.0
    assert flow_ml_s(LINE, fluid, 1e6, behind_pa_s_m3=math.inf) == 0.0
    assert flow_ml_s([], fluid, 1e4, behind_pa_s_m3=2e11) == pytest.approx(0.05)


def test_mistakes_are_named() -> None:
    """Impossible bores, fluids, flows and pressures are refused."""
    fluid = PowerLaw(400.0, 0.5)
    with pytest.raises(ValueError, match="diameter"):
        Bore(100.0, 0.0)
    with pytest.raises(ValueError, match="consistency"):
        PowerLaw(0.0)
    with pytest.raises(ValueError, match="flow_ml_s"):
        pressure_drop_pa(LINE, fluid, -0.1)
    with pytest.raises(ValueError, match="pressure"):
        flow_ml_s(LINE, fluid, -1.0)
    with pytest.raises(ValueError, match="infinite"):
        flow_ml_s([], fluid, 1.0)

"""Stores of oxygen and carbon dioxide: steady states, closed forms, apnoea."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.engine.patient.gas import (
    CO2_MADE_ML_MIN,
    Exchange,
    Gas,
    a_second_later,
    at_rest,
    content_ml_dl,
    end_tidal_mmhg,
    inspired_share,
    saturation,
    saturation_of_content,
)


def after(gas: Gas, now: Exchange, seconds: int) -> list[Gas]:
    """The stores after each second."""
    way = []
    for _ in range(seconds):
        gas = a_second_later(gas, now)
        way.append(gas)
    return way


@pytest.mark.parametrize("percent", [88.0, 94.0, 96.0])
def test_rest_is_steady(percent: float) -> None:
    """Nothing drifts in an hour, and the shunt gives the saturation that was asked for."""
    gas = at_rest(percent)
    later = after(gas, Exchange(), 3600)[-1]
    assert 100.0 * gas.saturation == pytest.approx(percent, abs=0.01)
    for name in ("alveolar_mmhg", "venous_ml_dl", "co2_mmhg", "slow_co2_mmhg", "saturation"):
        assert getattr(later, name) == pytest.approx(getattr(gas, name), rel=1e-6)


def test_dissociation_is_severinghaus() -> None:
    """Half at 26.9 mmHg, 97.7 % at 100; content and its inverse agree."""
    assert saturation(26.86) == pytest.approx(0.5, abs=0.002)
    assert saturation(100.0) == pytest.approx(0.977, abs=0.002)
    for pressure in (20.0, 60.0, 300.0):
        assert saturation_of_content(content_ml_dl(pressure)) == pytest.approx(saturation(pressure), abs=1e-6)


def test_half_the_ventilation_is_twice_the_carbon_dioxide() -> None:
    """In the end, as the alveolar equation has it."""
    assert after(at_rest(96.0), Exchange(ventilation=0.5), 4 * 3600)[-1].co2_mmhg == pytest.approx(80.0, rel=0.01)


def test_carbon_dioxide_in_apnoea() -> None:
    """12 mmHg in the first minute, some 3.4 a minute after that (Stock 1989, within a quarter)."""
    way = [g.co2_mmhg for g in after(at_rest(96.0), Exchange(ventilation=0.0, inspired=0.9), 360)]
    assert way[59] - 40.0 == pytest.approx(12.0, rel=0.25)
    assert (way[299] - way[119]) / 3.0 == pytest.approx(3.4, rel=0.25)
    stored = CO2_MADE_ML_MIN * 6.0
    last = after(at_rest(96.0), Exchange(ventilation=0.0), 360)[-1]
    assert 9.0 * (last.co2_mmhg - 40.0) + 38.0 * (last.slow_co2_mmhg - 40.0) == pytest.approx(stored, rel=1e-6)


def test_oxygen_buys_time() -> None:
    """Apnoea on room air is below 90 % within two minutes; after five minutes of 90 % oxygen it takes three times
    as long at least."""

    def seconds_to_90(gas: Gas) -> int:
        return next(i for i, g in enumerate(after(gas, Exchange(ventilation=0.0), 1200)) if g.saturation < 0.9)

    air, oxygen = at_rest(96.0), after(at_rest(96.0), Exchange(inspired=0.9), 300)[-1]
    assert oxygen.saturation > 0.98
    assert 20 < seconds_to_90(air) < 120
    assert seconds_to_90(oxygen) > 3 * seconds_to_90(air)


def test_shunt_and_dead_space() -> None:
    """Shunt costs oxygen, dead space shows as a lower end-tidal pressure and a higher arterial one."""
    shunted = after(at_rest(96.0), Exchange(shunt=0.15), 600)[-1]
    assert shunted.saturation < 0.94
    dead = Exchange(dead=0.3)
    gas = after(at_rest(96.0), dead, 600)[-1]
    assert gas.co2_mmhg > 44.0
    assert end_tidal_mmhg(gas, dead) < 36.0
    assert end_tidal_mmhg(gas, replace(dead, ventilation=0.0)) == 0.0


def test_more_flow_is_more_oxygen() -> None:
    """The share that is breathed never falls with the flow, from room air to a reservoir mask."""
    shares = [inspired_share(f)[1] for f in (0.0, 1.0, 2.0, 5.0, 6.0, 9.9, 10.0, 15.0)]
    assert shares == sorted(shares)
    assert (shares[0], inspired_share(2.0)[0], inspired_share(15.0)[0]) == (0.21, "nasal", "reservoir")

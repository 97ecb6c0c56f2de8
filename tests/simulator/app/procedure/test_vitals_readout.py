"""The patient monitor: numbers that sound, curves that stay as they passed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.app.procedure.vitals_readout import CURVES, RATE_HZ, SECONDS, Curves, numbers
from simulator.engine.case import Case, initial_state
from simulator.engine.patient.monitor import traces
from simulator.engine.patient.vitals import Vitals, alarming


@pytest.mark.parametrize(
    ("vitals", "name", "alarm"),
    [
        (Vitals(), "heart_rate", ""),
        (Vitals(heart_rate=130.0), "heart_rate", "high"),
        (Vitals(heart_rate=40.0), "heart_rate", "low"),
        (Vitals(saturation_percent=85.0), "saturation", "low"),
        (Vitals(mean_pressure_mmhg=50.0), "pressure", "low"),
        (Vitals(breaths_per_min=0.0), "breaths", "low"),
        (Vitals(end_tidal_co2_mmhg=70.0), "carbon_dioxide", "high"),
    ],
)
def test_a_number_says_that_it_sounds(vitals: Vitals, name: str, alarm: str) -> None:
    shown = {one.name: one for row in numbers(vitals).values() for one in row}
    assert shown[name].alarm == alarm
    assert sum(bool(one.alarm) for one in shown.values()) == len(alarming(vitals))


def test_curves_that_are_followed_are_those_of_the_engine(case: Case) -> None:
    start = initial_state(case)
    curves = Curves()
    for tick in range(1, 59, 3):  # within one second of the patient, whose rates then stay the same
        state = replace(start, tick=tick)
        curves.follow(state)
    whole = traces(state.vitals, state.body, state.breathing, state.tick, SECONDS, RATE_HZ)
    for name in CURVES:
        in_order = np.roll(curves.of(name), -curves.head)
        assert in_order == pytest.approx(whole[name], abs=1e-9), name


def test_what_has_passed_does_not_change(case: Case) -> None:
    start = replace(initial_state(case), tick=60)
    curves = Curves()
    curves.follow(start)
    before = curves.of("ecg_mv").copy()
    faster = replace(start, tick=66, vitals=replace(start.vitals, heart_rate=150.0))
    curves.follow(faster)
    changed = np.flatnonzero(curves.of("ecg_mv") != before)
    assert len(changed) <= 6 * RATE_HZ / 60
    assert set(changed) <= set(range(curves.head - 12, curves.head))

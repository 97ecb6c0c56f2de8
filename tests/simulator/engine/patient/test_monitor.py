"""The monitor's curves: right rates and heights, windows that fit together, flat where there is nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.engine.breathing import Breathing
from simulator.engine.case import Case, initial_state
from simulator.engine.patient.body import Body
from simulator.engine.patient.illness import Illness
from simulator.engine.patient.monitor import traces
from simulator.engine.patient.vitals import Vitals
from simulator.engine.state import State
from simulator.engine.step import step

BREATH = Breathing(13.0, 0, 0.0, 13.0)


def peaks(curve: np.ndarray, above: float) -> int:
    """Maxima above a height."""
    return int(((curve[1:-1] > curve[:-2]) & (curve[1:-1] >= curve[2:]) & (curve[1:-1] > above)).sum())


@pytest.mark.parametrize("rate", [48.0, 75.0, 120.0])
def test_rates_and_heights_are_those_of_the_numbers(rate: float) -> None:
    """A minute: R waves, pulses and breaths as the numbers say, pressure between its two."""
    w = traces(replace(Vitals(), heart_rate=rate), Body(), BREATH, 3600, 60.0, 200.0)
    assert {len(curve) for curve in w.values()} == {12000}
    assert peaks(w["ecg_mv"], 0.8) == pytest.approx(rate, abs=1)
    assert peaks(w["pressure_mmhg"], 130.0) == pytest.approx(rate, abs=1)
    assert w["pressure_mmhg"].max() == pytest.approx(140.0, abs=3.0)
    assert w["pressure_mmhg"].min() == pytest.approx(75.0, abs=3.0)
    assert w["co2_mmhg"].max() == pytest.approx(36.0, abs=0.5)
    ends = ((w["co2_mmhg"][:-1] > 18.0) & (w["co2_mmhg"][1:] <= 18.0)).sum()
    assert ends == pytest.approx(13, abs=1)
    assert 0.0 <= w["pleth"].min() < w["pleth"].max() <= 1.0


def test_no_breath_is_no_carbon_dioxide_and_wheeze_slants() -> None:
    still = replace(Vitals(), breaths_per_min=0.0, end_tidal_co2_mmhg=0.0)
    assert traces(still, Body(), replace(BREATH, rate_per_min=0.0), 600, 10.0)["co2_mmhg"].max() == 0.0
    clear, narrow = (
        traces(Vitals(), replace(Body(), illness=Illness(allergy=a)), BREATH, 3600, 60.0)["co2_mmhg"]
        for a in (0.0, 1.0)
    )
    assert (narrow > 30.0).mean() < 0.6 * (clear > 30.0).mean()


def test_windows_of_a_session_fit_together(case: Case) -> None:
    """Second after second of a session whose heart rate changes: no jump between windows beyond those within."""
    state: State = initial_state(case)
    state = replace(state, body=replace(state.body, sting=8.0))
    parts = []
    for _ in range(12):
        for _ in range(60):
            state, _ = step(case, state)
        parts.append(traces(state.vitals, state.body, state.breathing, state.tick, 1.0))
    assert state.vitals.heart_rate > 76.0
    assert np.diff(np.concatenate([p["time_s"] for p in parts])) == pytest.approx(0.01)
    for name, most in (("ecg_mv", 0.65), ("pressure_mmhg", 12.0), ("pleth", 0.15), ("co2_mmhg", 12.0)):
        assert np.abs(np.diff(np.concatenate([p[name] for p in parts]))).max() < most, name
    again = traces(state.vitals, state.body, state.breathing, state.tick, 1.0)
    assert all((again[name] == parts[-1][name]).all() for name in again)

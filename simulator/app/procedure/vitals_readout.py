"""What the patient monitor shows: numbers with their alarms, and the curves of the last seconds. Pure, no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from anatomy.frames import FloatArray
from simulator.engine.patient.monitor import traces
from simulator.engine.patient.vitals import ALARMS, Vitals
from simulator.engine.state import TICK_HZ, State

Alarm = Literal["", "low", "high"]
CURVES = ("ecg_mv", "pleth", "co2_mmhg", "pressure_mmhg")
RANGES = {"ecg_mv": (-0.5, 1.4), "pleth": (0.0, 1.0), "co2_mmhg": (0.0, 60.0), "pressure_mmhg": (30.0, 190.0)}
"""From the bottom to the top of a curve's field."""
SECONDS = 5.0
RATE_HZ = 120.0


@dataclass(frozen=True)
class Number:
    """A number of the monitor: its text ("monitor.<name>"), value as shown, and whether it sounds the alarm."""

    name: str
    value: str
    alarm: Alarm


def numbers(vitals: Vitals) -> dict[str, tuple[Number, ...]]:
    """The numbers beside each curve."""
    pressure = f"{vitals.systolic_mmhg:.0f}/{vitals.diastolic_mmhg:.0f} ({vitals.mean_pressure_mmhg:.0f})"
    return {
        "ecg_mv": (Number("heart_rate", f"{vitals.heart_rate:.0f}", _alarm(vitals, "heart_rate")),),
        "pleth": (Number("saturation", f"{vitals.saturation_percent:.0f}", _alarm(vitals, "saturation_percent")),),
        "co2_mmhg": (
            Number("carbon_dioxide", f"{vitals.end_tidal_co2_mmhg:.0f}", _alarm(vitals, "end_tidal_co2_mmhg")),
            Number("breaths", f"{vitals.breaths_per_min:.0f}", _alarm(vitals, "breaths_per_min")),
        ),
        "pressure_mmhg": (Number("pressure", pressure, _alarm(vitals, "mean_pressure_mmhg")),),
    }


def _alarm(vitals: Vitals, name: str) -> Alarm:
    low, high = ALARMS[name]
    value = getattr(vitals, name)
    return "low" if value < low else "high" if value > high else ""


class Curves:
    """The curves of the last seconds, as they were when they passed; a monitor sweeps, so each sample stays in its
    place until the next sweep writes over it."""

    def __init__(self) -> None:
        self._length = round(SECONDS * RATE_HZ)
        self._samples = {name: np.full(self._length, np.nan) for name in CURVES}
        self._tick: int | None = None

    @property
    def head(self) -> int:
        """Where the next sample is written."""
        return 0 if self._tick is None else round(self._tick * RATE_HZ / TICK_HZ) % self._length

    def of(self, name: str) -> FloatArray:
        """Samples (n,) of a curve by their place in the sweep; NaN where nothing has been drawn yet."""
        return self._samples[name]

    def follow(self, state: State) -> None:
        """Draw on to the tick of a state; of an earlier one all that led to it."""
        since = SECONDS if self._tick is None else (state.tick - self._tick) / TICK_HZ
        if since == 0.0:
            return
        if since < 0.0:  # the session was taken back
            since = SECONDS
        drawn = traces(state.vitals, state.body, state.breathing, state.tick, min(since, SECONDS), RATE_HZ)
        self._tick = state.tick
        count = len(drawn["time_s"])
        places = (self.head - count + np.arange(count)) % self._length
        for name in CURVES:
            self._samples[name][places] = drawn[name]

"""Curves of the patient monitor: electrocardiogram, arterial pressure, pulse oximeter, carbon dioxide.

A pure function of a state: the same state gives the same samples, and windows that follow each other fit together,
because heart beats and breaths have their phase in the state. Shapes are drawn after what monitors show; they
carry no information beyond rate, height and a few signs (slow upstroke of carbon dioxide in wheeze, no curve
without breath), and are no model of anything.
"""

from __future__ import annotations

import numpy as np

from anatomy.frames import FloatArray
from simulator.engine.breathing import INSPIRATION_SHARE, TICKS_PER_S, Breathing
from simulator.engine.patient.body import Body
from simulator.engine.patient.vitals import Vitals

PULSE_DELAY = 0.18  # s from the R wave to the pulse at the wrist
FINGER_DELAY = 0.28
WAVES = (  # centre (s from the R wave), width (s), height (mV): P, Q, R, S, T
    (-0.16, 0.025, 0.15),
    (-0.03, 0.010, -0.12),
    (0.0, 0.012, 1.10),
    (0.03, 0.011, -0.25),
    (0.26, 0.050, 0.30),
)
WHEEZE_FROM = 0.2
"""Level of anaphylaxis from which carbon dioxide rises like a shark's fin."""


def traces(
    vitals: Vitals, body: Body, breathing: Breathing, tick: int, seconds: float, rate_hz: float = 100.0
) -> dict[str, FloatArray]:
    """Samples of the last seconds before a tick, oldest first; rates are taken as they are at the tick.

    Returns by name arrays (n,): "time_s" (s, relative to the start of the session), "ecg_mv", "pressure_mmhg",
    "pleth" (0 to 1), "co2_mmhg". To draw what has passed, ask each second for that second.
    """
    n = max(round(seconds * rate_hz), 1)
    time = tick / TICKS_PER_S - (n - 1 - np.arange(n)) / rate_hz
    heart = heart_phase(vitals, body, tick, time)
    breath = breathing.breaths + breathing.rate_per_min / 60.0 * (time - breathing.since_tick / TICKS_PER_S)
    still = vitals.breaths_per_min <= 0.0
    chest = np.zeros(n) if still else _chest(breath % 1.0)
    return {
        "time_s": time,
        "ecg_mv": ecg_mv(heart, vitals.heart_rate) + 0.04 * chest,
        "pressure_mmhg": _pressure(heart - PULSE_DELAY * vitals.heart_rate / 60.0, vitals, chest),
        "pleth": _pleth(heart - FINGER_DELAY * vitals.heart_rate / 60.0, vitals, chest),
        "co2_mmhg": _co2(breath % 1.0, vitals, body),
    }


def heart_phase(vitals: Vitals, body: Body, tick: int, time_s: FloatArray) -> FloatArray:
    """Beats done at times, counted so that an R wave is at each whole number."""
    last = (tick - 1) // round(TICKS_PER_S)  # the second at which the patient last reacted
    return body.heart_beats + vitals.heart_rate / 60.0 * (time_s - last)


def ecg_mv(phase: FloatArray, rate: float) -> FloatArray:
    """One lead, mV; intervals other than the T wave's do not change with rate."""
    interval = 60.0 / rate
    out = np.zeros_like(phase)
    squeeze = min(np.sqrt(interval / 0.8), 1.3)
    for centre, width, height in WAVES:
        at = (centre * squeeze if centre > 0.1 else centre) / interval
        off = (phase - at + 0.5) % 1.0 - 0.5
        out += height * np.exp(-0.5 * (off * interval / width) ** 2)
    return out


def _beat(phase: FloatArray) -> FloatArray:
    """A pulse, 0 to 1: steep rise, systolic peak, notch, run-off."""
    p = phase % 1.0
    rise = np.sin(0.5 * np.pi * np.clip(p / 0.14, 0.0, 1.0)) ** 2
    fall = np.exp(-((np.clip(p - 0.14, 0.0, None) / 0.42) ** 1.25))
    notch = 0.10 * np.exp(-0.5 * ((p - 0.43) / 0.035) ** 2) - 0.06 * np.exp(-0.5 * ((p - 0.37) / 0.03) ** 2)
    end = np.exp(-((0.86 / 0.42) ** 1.25))
    shape = np.where(p < 0.14, rise, (fall - end) / (1.0 - end)) + notch
    return np.clip(shape, 0.0, 1.0)


def _pressure(phase: FloatArray, vitals: Vitals, chest: FloatArray) -> FloatArray:
    low, high = vitals.diastolic_mmhg, vitals.systolic_mmhg
    return low + (high - low) * _beat(phase) - 2.0 * chest


def _pleth(phase: FloatArray, vitals: Vitals, chest: FloatArray) -> FloatArray:
    """Height by the pulse's swing: a pale hand has a flat curve."""
    swing = float(np.clip((vitals.systolic_mmhg - vitals.diastolic_mmhg) / 65.0, 0.1, 1.2))
    smooth = 0.5 * (_beat(phase) + _beat(phase - 0.04))
    return np.clip(0.1 + 0.65 * swing * smooth - 0.03 * chest, 0.0, 1.0)


def _chest(phase: FloatArray) -> FloatArray:
    """How far the chest is out, 0 to 1, as in the picture."""
    share = np.minimum(phase / INSPIRATION_SHARE, (1.0 - phase) / (1.0 - INSPIRATION_SHARE))
    return np.asarray(np.sin(0.5 * np.pi * share) ** 4, dtype=np.float64)


def _co2(phase: FloatArray, vitals: Vitals, body: Body) -> FloatArray:
    """Nothing while breathing in; a plateau to the end of expiration, slanting where the bronchi are narrow."""
    top = vitals.end_tidal_co2_mmhg
    if top <= 0.0:
        return np.zeros_like(phase)
    out = np.clip((phase - INSPIRATION_SHARE) / (1.0 - INSPIRATION_SHARE), 0.0, 1.0)  # share of expiration
    narrow = float(np.clip((body.illness.allergy - WHEEZE_FROM) / 0.5, 0.0, 1.0))
    steep = 1.0 - np.exp(-np.clip(out - 0.08, 0.0, None) / 0.06)
    fin = np.clip((out - 0.05) / 0.95, 0.0, 1.0) ** 0.6
    plateau = (1.0 - narrow) * steep * (0.92 + 0.08 * out) + narrow * fin
    falling = np.clip(1.0 - phase / 0.06, 0.0, 1.0)  # fresh air washes it away at the beginning of a breath
    return np.asarray(top * np.where(phase < INSPIRATION_SHARE, falling, plateau), dtype=np.float64)

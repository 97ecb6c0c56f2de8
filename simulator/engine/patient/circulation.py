"""Heart rate and pressure: flow times resistance, held by the baroreflex.

Mean pressure follows heart rate x stroke volume x resistance, all as shares of rest; stroke volume falls with the
root of the heart rate, so that flow goes with its root. The baroreflex answers a pressure below what is wanted
with beats (fast) and resistance (slow). Pain raises what is wanted: heart rate by 10 to 20 a minute and systolic
pressure by 20 to 30 mmHg (physics E2, unconfirmed); cement lowers it by the person's own amount (Albers: 9 +/-
10.5 mmHg at 3 min) and leaves the heart rate (Albers, Kaufmann). Gains and time constants are presets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.engine.patient.person import Person
from simulator.engine.patient.vitals import HIGHEST_RATE, LOWEST_PRESSURE_MMHG

PAIN_RATE, PAIN_MMHG = 2.2, 2.5  # for each degree of pain
BEATS_PER_MMHG, SQUEEZE_PER_SHARE = 0.50, 0.60
BEATS_S, SQUEEZE_S, AROUSAL_S, PRESSURE_S, RATE_S, CEMENT_S = 7.0, 20.0, 15.0, 2.0, 1.0, 45.0
MOST_BEATS, LEAST_BEATS, MOST_SQUEEZE, LEAST_SQUEEZE = 55.0, -18.0, 0.6, -0.25
LOWEST_RATE, HIGHEST_PRESSURE_MMHG = 25.0, 180.0
ORDINARY_ML = 4.0
"""Cement after which the ordinary fall of pressure is whole; it goes on to half as much again."""
FAILING_MMHG = (30.0, 45.0)
"""Pressures at which the heart itself is no longer, and just, supplied."""

LACK = ((0.35, 0.55, 0.75, 0.90), (-45.0, 0.0, 18.0, 0.0))
"""Saturation of arterial blood and the beats a minute that it adds (presets)."""
LACK_WEAKENS = 0.55


@dataclass(frozen=True)
class Circulation:
    """One second's rate and pressure with what the reflexes add to them; cement: the ordinary injection, 1 when
    its effect is whole."""

    heart_rate: float = 75.0
    mean_pressure_mmhg: float = 97.0
    stroke: float = 1.0
    beats: float = 0.0
    squeeze: float = 0.0
    arousal: float = 0.0
    cement: float = 0.0


@dataclass(frozen=True)
class Load:
    """What acts on the circulation now: pain 0 to 10, cement (ml), factors of stroke volume and resistance, beats
    a minute that drugs add and that vagal tone takes, how much of the
    baroreflex is left, and arterial saturation (0 to 1)."""

    pain: float = 0.0
    cement_ml: float = 0.0
    stroke: float = 1.0
    resistance: float = 1.0
    drug_rate: float = 0.0
    slowing: float = 0.0
    reflexes: float = 1.0
    saturation: float = 1.0


def at_rest(person: Person) -> Circulation:
    """The person's own rate and pressure."""
    return Circulation(person.heart_rate, person.mean_pressure_mmhg)


def a_second_later(c: Circulation, load: Load, person: Person) -> Circulation:
    """Rate and pressure a second later."""
    rate0, pressure0 = person.heart_rate, person.mean_pressure_mmhg
    arousal = _follow(c.arousal, load.pain, AROUSAL_S)
    dose = min(load.cement_ml / ORDINARY_ML, 1.5)
    cement = _follow(c.cement, dose, CEMENT_S)
    rate_wanted = rate0 + PAIN_RATE * arousal
    wanted = max(pressure0 + PAIN_MMHG * arousal - person.cement_fall_mmhg * cement, LOWEST_PRESSURE_MMHG)
    lack = wanted - c.mean_pressure_mmhg
    beats = _follow(c.beats, _within(BEATS_PER_MMHG * load.reflexes * lack, LEAST_BEATS, MOST_BEATS), BEATS_S)
    squeeze = SQUEEZE_PER_SHARE * load.reflexes * lack / wanted
    squeeze = _follow(c.squeeze, _within(squeeze, LEAST_SQUEEZE, MOST_SQUEEZE), SQUEEZE_S)
    low, high = FAILING_MMHG
    supplied = _within((c.mean_pressure_mmhg - low) / (high - low), 0.0, 1.0)
    rate = rate_wanted + beats + load.drug_rate - load.slowing + _rate_of_lack(load.saturation)
    rate = _within(rate * (0.6 + 0.4 * supplied), LOWEST_RATE, HIGHEST_RATE)
    rate = _follow(c.heart_rate, rate, RATE_S)
    starved = _within((LACK_WEAKENS - load.saturation) / LACK_WEAKENS, 0.0, 0.9)
    stroke = load.stroke * (0.8 + 0.2 * supplied) * (1.0 - starved)
    pressure = wanted * float(np.sqrt(rate / rate_wanted)) * stroke * load.resistance * (1.0 + squeeze)
    pressure = _follow(c.mean_pressure_mmhg, max(pressure, LOWEST_PRESSURE_MMHG), PRESSURE_S)
    stroke /= float(np.sqrt(rate / rate0))
    return Circulation(rate, min(pressure, HIGHEST_PRESSURE_MMHG), stroke, beats, squeeze, arousal, cement)


def _rate_of_lack(saturation: float) -> float:
    """Beats a minute for a lack of oxygen: first more, then fewer (physics E2, over-sedation)."""
    return float(np.interp(saturation, *LACK))


def flow_share(c: Circulation, person: Person) -> float:
    """Flow against rest."""
    return c.stroke * c.heart_rate / person.heart_rate


def pulse(c: Circulation, person: Person) -> tuple[float, float]:
    """Systolic and diastolic pressure, mmHg: 140 over 75 at rest; the swing goes with stroke volume."""
    swing = 65.0 * c.stroke * (c.mean_pressure_mmhg / person.mean_pressure_mmhg) ** 0.3
    low = max(c.mean_pressure_mmhg - 22.0 / 65.0 * swing, 10.0)
    return c.mean_pressure_mmhg + 43.0 / 65.0 * swing, low


def _follow(value: float, wanted: float, time_s: float) -> float:
    return float(wanted + (value - wanted) * np.exp(-1.0 / time_s))


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)

"""Oxygen and carbon dioxide: stores that fill with breaths and empty with metabolism.

Oxygen: one alveolar and one venous store, a shunt that makes up for the difference of the base state (96 % at rest
on room air), Severinghaus' dissociation curve (J Appl Physiol 1979;46:599). Carbon dioxide: a fast and a slow
store; in apnoea its pressure rises by 12 mmHg in the first minute and 3.4 a minute later (Stock 1989, from
memory). All stores and flows are usual ones of textbooks, unconfirmed. Oxygen is not drawn in passively during
apnoea.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

OXYGEN_USE_ML_MIN, CO2_MADE_ML_MIN = 200.0, 160.0
HAEMOGLOBIN_G_DL = 13.0
FLOW_L_MIN = 5.0
LUNG_L = 2.0
VENOUS_DL = 40.0
VENTILATION_L_MIN = 863.0 * CO2_MADE_ML_MIN / 1000.0 / 40.0  # alveolar, for 40 mmHg of carbon dioxide
FAST_CO2_ML_MMHG, SLOW_CO2_ML_MMHG, CO2_EXCHANGE_ML_MIN_MMHG = 9.0, 38.0, 14.0
DEAD_SHARE = 0.10  # of alveolar ventilation at rest: end-tidal 36 for an arterial 40 mmHg
TIDAL_ML, DEAD_ML = 450.0, 150.0
DRY_MMHG = 713.0
STEPS = 4  # within a second
OXIMETER_S = 12.0

Device = Literal["none", "nasal", "mask", "reservoir"]


def inspired_share(flow_l_min: float) -> tuple[Device, float]:
    """Device that a flow is given by, and the share of oxygen that is breathed (presets by common teaching)."""
    if flow_l_min <= 0.0:
        return "none", 0.21
    if flow_l_min <= 5.0:
        return "nasal", 0.21 + 0.035 * flow_l_min
    if flow_l_min < 10.0:
        return "mask", 0.40 + 0.05 * (flow_l_min - 5.0)
    return "reservoir", min(0.70 + 0.04 * (flow_l_min - 10.0), 0.90)


def saturation(pressure_mmhg: float) -> float:
    """Saturation of haemoglobin, 0 to 1 (Severinghaus).

    >>> round(saturation(26.86), 3), round(saturation(100.0), 3)
    (0.5, 0.977)
    """
    p = max(pressure_mmhg, 0.1)
    return 1.0 / (23400.0 / (p**3 + 150.0 * p) + 1.0)


def content_ml_dl(pressure_mmhg: float) -> float:
    """Oxygen in blood, bound and dissolved, ml/dl."""
    return 1.34 * HAEMOGLOBIN_G_DL * saturation(pressure_mmhg) + 0.003 * max(pressure_mmhg, 0.0)


def saturation_of_content(content: float) -> float:
    """Saturation of blood that holds so much oxygen: what is dissolved is small below full saturation."""
    low, high = 0.0, 700.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if content_ml_dl(middle) < content else (low, middle)
    return saturation(0.5 * (low + high))


@dataclass(frozen=True)
class Gas:
    """Stores of one body: alveolar oxygen (mmHg), oxygen of venous blood (ml/dl), carbon dioxide fast and slow
    (mmHg), the saturation of arterial blood (0 to 1), and the shunt at rest."""

    alveolar_mmhg: float
    venous_ml_dl: float
    co2_mmhg: float
    slow_co2_mmhg: float
    saturation: float
    shunt: float


@dataclass(frozen=True)
class Exchange:
    """What a second brings: ventilation and blood flow as shares of rest, oxygen share breathed, further shunt,
    and further dead space (shares)."""

    ventilation: float = 1.0
    flow: float = 1.0
    inspired: float = 0.21
    shunt: float = 0.0
    dead: float = 0.0


def at_rest(saturation_percent: float) -> Gas:
    """The steady state on room air with this saturation. A higher one than the lungs allow is their best."""
    alveolar = 0.21 * DRY_MMHG - 863.0 * OXYGEN_USE_ML_MIN / 1000.0 / VENTILATION_L_MIN
    end = content_ml_dl(alveolar)
    low, high = 0.1, 150.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if saturation(middle) < saturation_percent / 100.0 else (low, middle)
    arterial = min(content_ml_dl(0.5 * (low + high)), end - 1e-6)
    venous = arterial - OXYGEN_USE_ML_MIN / (10.0 * FLOW_L_MIN)
    shunt = (end - arterial) / (end - venous)
    return Gas(alveolar, venous, 40.0, 40.0, saturation_of_content(arterial), shunt)


def ventilation_share(rate_per_min: float, own_rate_per_min: float, depth: float) -> float:
    """Alveolar ventilation against rest, of a rate and a depth against rest."""
    fresh = max(depth * TIDAL_ML - DEAD_ML, 0.0) / (TIDAL_ML - DEAD_ML)
    return rate_per_min / own_rate_per_min * fresh


def a_second_later(gas: Gas, now: Exchange) -> Gas:
    """The stores after one second."""
    dt = 1.0 / 60.0 / STEPS
    alveolar, venous, co2, slow = gas.alveolar_mmhg, gas.venous_ml_dl, gas.co2_mmhg, gas.slow_co2_mmhg
    air = VENTILATION_L_MIN * now.ventilation
    flow = FLOW_L_MIN * max(now.flow, 0.1)
    shunt = min(gas.shunt + now.shunt, 0.95)
    washing = air * (1.0 - min(DEAD_SHARE + now.dead, 0.95)) / (1.0 - DEAD_SHARE)
    arterial = venous
    for _ in range(STEPS):
        end = content_ml_dl(alveolar)
        taken = 10.0 * flow * (1.0 - shunt) * (end - venous)
        arterial = (1.0 - shunt) * end + shunt * venous
        used = OXYGEN_USE_ML_MIN * min(venous / 4.0, 1.0)
        alveolar += dt * (air * (now.inspired * DRY_MMHG - alveolar) - 0.863 * taken) / LUNG_L
        alveolar = min(max(alveolar, 1.0), DRY_MMHG)
        venous += dt * (10.0 * flow * (arterial - venous) - used) / VENOUS_DL
        venous = max(venous, 0.5)
        to_slow = CO2_EXCHANGE_ML_MIN_MMHG * (co2 - slow)
        co2 += dt * (CO2_MADE_ML_MIN - washing * co2 / 0.863 - to_slow) / FAST_CO2_ML_MMHG
        slow += dt * to_slow / SLOW_CO2_ML_MMHG
    return Gas(alveolar, venous, co2, slow, saturation_of_content(arterial), gas.shunt)


def end_tidal_mmhg(gas: Gas, now: Exchange) -> float:
    """Carbon dioxide at the end of a breath; nothing where there is none."""
    if now.ventilation < 0.03:
        return 0.0
    return gas.co2_mmhg * (1.0 - min(DEAD_SHARE + now.dead, 0.95))

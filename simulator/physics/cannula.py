"""Pressure and flow of a power-law fluid in the bores of a cannula, one after the other.

Steady laminar flow in a round pipe without slip (Hagen and Poiseuille; for power-law fluids Rabinowitsch and
Mooney; R. B. Bird et al., Transport Phenomena, 2nd ed., section 8.3; physics A4)::

    dP = (2 K L / R) * [(3 n + 1) / n * Q / (pi R^3)]^n

Cement slips on steel to some degree and its air compresses (physics A1, A2); neither is modelled.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.optimize import brentq


@dataclass(frozen=True)
class Bore:
    """A round pipe: length and inner diameter in mm."""

    length_mm: float
    diameter_mm: float

    def __post_init__(self) -> None:
        if not (self.length_mm >= 0.0 and self.diameter_mm > 0.0):
            raise ValueError(f"a bore needs a length >= 0 and a diameter > 0, got {self}")


@dataclass(frozen=True)
class PowerLaw:
    """A fluid of viscosity K * rate^(n - 1): consistency K in Pa.s^n and exponent n (1 = Newtonian)."""

    consistency_pa_s_n: float
    exponent: float = 1.0

    def __post_init__(self) -> None:
        if not (self.consistency_pa_s_n > 0.0 and self.exponent > 0.0):
            raise ValueError(f"consistency and exponent must be positive, got {self}")


def wall_shear_rate_per_s(bore: Bore, fluid: PowerLaw, flow_ml_s: float) -> float:
    """Shear rate at the wall of a bore at a flow, in 1/s."""
    n, radius_m = fluid.exponent, bore.diameter_mm * 0.5e-3
    return (3.0 * n + 1.0) / n * flow_ml_s * 1e-6 / (math.pi * radius_m**3)


def pressure_drop_pa(bores: Sequence[Bore], fluid: PowerLaw, flow_ml_s: float) -> float:
    """Pressure in Pa that drives a flow (>= 0) through bores in series.

    >>> round(pressure_drop_pa([Bore(125.0, 2.388)], PowerLaw(100.0), 0.05) / 1e3)
    783
    """
    if not flow_ml_s >= 0.0:
        raise ValueError(f"flow_ml_s must not be negative, got {flow_ml_s}; a cannula does not suck")
    return sum(
        4.0
        * bore.length_mm
        / bore.diameter_mm
        * fluid.consistency_pa_s_n
        * wall_shear_rate_per_s(bore, fluid, flow_ml_s) ** fluid.exponent
        for bore in bores
    )


def flow_ml_s(bores: Sequence[Bore], fluid: PowerLaw, pressure_pa: float, *, behind_pa_s_m3: float = 0.0) -> float:
    """Flow that a pressure (>= 0) drives through bores in series and a resistance behind them.

    behind_pa_s_m3 is pressure over flow of what the cannula empties into (``Injection.resistance_pa_s_m3``);
    an infinite one lets nothing flow. Raises ValueError where nothing at all resists.
    """
    if not pressure_pa >= 0.0 or not behind_pa_s_m3 >= 0.0:
        raise ValueError(f"pressure {pressure_pa} and resistance {behind_pa_s_m3} must not be negative")
    if pressure_pa == 0.0 or math.isinf(behind_pa_s_m3):
        return 0.0
    at_unit_flow_pa = pressure_drop_pa(bores, fluid, 1.0)
    behind_pa_s_ml = behind_pa_s_m3 * 1e-6
    limits = []
    if at_unit_flow_pa > 0.0:
        limits.append((pressure_pa / at_unit_flow_pa) ** (1.0 / fluid.exponent))
    if behind_pa_s_ml > 0.0:
        limits.append(pressure_pa / behind_pa_s_ml)
    if not limits:
        raise ValueError("no bore of any length and no resistance behind: the flow would be infinite")
    if len(limits) == 1:
        return limits[0]

    def missing_pa(flow: float) -> float:
        return at_unit_flow_pa * flow**fluid.exponent + behind_pa_s_ml * flow - pressure_pa

    most = min(limits) * (1.0 + 1e-12)  # rounding must not hide the root
    return float(brentq(missing_pa, 0.0, most, xtol=1e-15 * most, rtol=1e-14))

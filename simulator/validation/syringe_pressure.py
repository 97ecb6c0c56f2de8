"""What a syringe shows while cement is injected by hand into uniform bone, over cements, cannulae and delays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.devices.cement_products import CEMENTS, Product
from simulator.devices.injectors import INJECTORS
from simulator.devices.needle import LENGTH_MM, Gauge
from simulator.imaging.solids.instruments import DIAMETERS_MM
from simulator.physics import cure
from simulator.physics.cannula import Bore, PowerLaw, flow_ml_s, pressure_drop_pa
from simulator.physics.filling import Filling, inject
from simulator.validation.uniform_bone import FLOW_ML_S, block, centre

ROOM_C = 22.0
PORTION_ML = 2.0
"""One syringe."""
TICK_S = 1.0
FRICTION_N = 5.0
"""Between plunger and barrel while it glides. The source's pressure is the load on the plunger over its area, so
this is in it. ISO 7886-1 allows 10 N for syringes of this size; half of it is *unconfirmed*."""
FRICTION_KPA = INJECTORS["syringe"].pressure_kpa(FRICTION_N)
GAUGES: tuple[Gauge, ...] = (10, 11, 13)


@dataclass(frozen=True)
class Case:
    """One syringe emptied by hand: which cement, through which cannula, minutes after mixing."""

    product: Product
    gauge: Gauge
    minutes: float


def cases() -> tuple[Case, ...]:
    """Cements that are given by syringe, usual cannulae, begun at every minute from 5 to 9."""
    return tuple(
        Case(product, gauge, minutes)
        for product in ("low viscosity", "medium viscosity")
        for gauge in GAUGES
        for minutes in (5.0, 6.0, 7.0, 8.0, 9.0)
    )


def peak_kpa(case: Case) -> float:
    """Highest load on the plunger over its area, kPa, while a hand gives the portion at 3 ml/min if it can, the
    bore full from before."""
    product = CEMENTS[case.product].flow
    diameter_mm = DIAMETERS_MM[case.gauge][1]
    bore = [*INJECTORS["syringe"].line, Bore(LENGTH_MM, diameter_mm)]
    medium = block(10.0, 2.0)
    filling = Filling.empty(medium.pore_ml.shape)
    alpha = float(cure.advance_cure(product.kinetics, cure.START_OF_CURE, ROOM_C, 60.0 * case.minutes))
    limit_pa = INJECTORS["syringe"].limit_kpa * 1e3
    resistance, given_ml, peak_pa = 0.0, 0.0, 0.0
    while given_ml < PORTION_ML:
        consistency, exponent = cure.power_law(product, alpha)
        fluid = PowerLaw(float(consistency), float(exponent))
        possible = flow_ml_s(bore, fluid, limit_pa, behind_pa_s_m3=resistance)
        flow = min(FLOW_ML_S, possible)
        if flow < 0.02 * FLOW_ML_S:
            return limit_pa / 1e3 + FRICTION_KPA
        mouth = float(cure.viscosity_pa_s(product, alpha, cure.REFERENCE_RATE_PER_S))
        filling, done = inject(
            medium,
            filling,
            centre(medium),
            volume_ml=flow * TICK_S,
            duration_s=TICK_S,
            viscosity_pa_s=mouth,
        )
        peak_pa = max(peak_pa, pressure_drop_pa(bore, fluid, flow) + resistance * flow * 1e-6)
        resistance = done.resistance_pa_s_m3
        given_ml += flow * TICK_S
        alpha = float(cure.advance_cure(product.kinetics, alpha, ROOM_C, TICK_S))
    return peak_pa / 1e3 + FRICTION_KPA


def peaks_mpa() -> dict[Case, float]:
    """The peak of every case."""
    return {case: peak_kpa(case) / 1e3 for case in cases()}


def early_and_late_mpa(peaks: dict[Case, float]) -> tuple[float, float]:
    """Mean peak begun before and after 500 s of mixing, as the source divides them."""
    late = np.array([60.0 * case.minutes > 500.0 for case in peaks])
    values = np.array(list(peaks.values()))
    return float(values[~late].mean()), float(values[late].mean())

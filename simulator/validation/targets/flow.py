"""Cement that flows: in bone, in the cannula (V1 to V6)."""

from __future__ import annotations

from simulator.physics.cannula import Bore, PowerLaw, pressure_drop_pa
from simulator.validation.target import Reading, Target, within

FLOW_ML_S = 3.0 / 60.0
LENGTH_MM = 125.0
ELEVEN_G_MM, THIRTEEN_G_MM = 2.388, 1.803


def cannula_pressure() -> tuple[Reading, ...]:
    """Hagen-Poiseuille in a cannula at 3 ml/min, and what a thinner one costs."""
    newtonian, thinning = PowerLaw(100.0), PowerLaw(500.0, 0.5)

    def drop(diameter_mm: float, fluid: PowerLaw) -> float:
        return pressure_drop_pa([Bore(LENGTH_MM, diameter_mm)], fluid, FLOW_ML_S)

    eleven, thirteen = drop(ELEVEN_G_MM, newtonian), drop(THIRTEEN_G_MM, newtonian)
    thinned = drop(THIRTEEN_G_MM, thinning) / drop(ELEVEN_G_MM, thinning)
    return (
        within("11 G, 100 Pa.s", eleven / 1e3, 783.0, 0.02, "kPa"),
        within("13 G over 11 G, n = 1", thirteen / eleven, 3.08, 0.02),
        within("13 G over 11 G, n = 0.5", thinned, 2.02, 0.02),
    )


TARGETS = (
    Target(
        number="V4",
        what="Pressure drop of a cannula",
        expected="783 kPa (11 G x 125 mm, 100 Pa.s, 3 ml/min); 13 G over 11 G 3.08 (n = 1), 2.02 (n = 0.5); 2 %",
        kind="exact",
        source="Hagen and Poiseuille; Rabinowitsch and Mooney for power-law fluids",
        measure=cannula_pressure,
    ),
)

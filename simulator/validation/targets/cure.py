"""Cement that cures (V11)."""

from __future__ import annotations

from simulator.physics.cure import HIGH_VISCOSITY, LOW_VISCOSITY, MEDIUM_VISCOSITY, time_to_cure_s
from simulator.validation.target import Reading, Target


def set_time_against_temperature() -> tuple[Reading, ...]:
    """Time until set at 25 C over that at 37 C, by product."""
    return tuple(
        Reading(
            f"25 C over 37 C, {cement.name}",
            time_to_cure_s(cement.kinetics, 25.0) / time_to_cure_s(cement.kinetics, 37.0),
            1.7,
            2.4,
        )
        for cement in (LOW_VISCOSITY, MEDIUM_VISCOSITY, HIGH_VISCOSITY)
    )


TARGETS = (
    Target(
        number="V11",
        what="Setting at room and at body temperature",
        expected="ratio 2.0; 1.7 to 2.4",
        kind="literature",
        source="Nicholas et al., J Mater Sci Mater Med 2007",
        measure=set_time_against_temperature,
        note="The activation energy was chosen for this ratio.",
    ),
)

"""Metrics: what a recording says in numbers. Each has a name, a unit and a function of the evidence.

A metric returns a ``Measurement``. Where there is nothing to measure it says why, and whether that is because
a step was not done (which earns nothing) or because there was no occasion (which is left out of the score).
"""

from __future__ import annotations

from collections.abc import Callable

from scenarios.vocabulary import METRIC_UNITS
from simulator.assessment.evidence import Evidence
from simulator.assessment.metrics import access, care, cement, dose, heat, imaging, reduction
from simulator.assessment.metrics.measurement import Measurement

FUNCTIONS: dict[str, Callable[[Evidence], Measurement]] = {
    **access.FUNCTIONS,
    **imaging.FUNCTIONS,
    **dose.FUNCTIONS,
    **reduction.FUNCTIONS,
    **cement.FUNCTIONS,
    **heat.FUNCTIONS,
    **care.FUNCTIONS,
}


def measure_all(evidence: Evidence) -> dict[str, Measurement]:
    """Every metric of a recording, in the vocabulary's order."""
    return {name: FUNCTIONS[name](evidence) for name in METRIC_UNITS}

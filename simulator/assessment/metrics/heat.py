"""Heat metrics: how warm the curing cement makes what lies around it (physics A3).

Cement is hottest minutes after it was injected. A recording that was ended properly carries what was still to
come (``engine.heating.looked_ahead``); of one that breaks off only what had been reached is known, and the note
says so.
"""

from __future__ import annotations

from collections.abc import Callable

from simulator.assessment.evidence import Evidence
from simulator.assessment.metrics.cement import NO_CEMENT
from simulator.assessment.metrics.measurement import Measurement, no_occasion, not_done, value

ROOTS = ("root left", "root right")
ENDPLATES = ("endplate superior", "endplate inferior")


def _hottest(structures: tuple[str, ...], name: str) -> Callable[[Evidence], Measurement]:
    """The worst of some structures, in the forecast where there is one."""

    def metric(evidence: Evidence) -> Measurement:
        rows = evidence.outcome.get("heat", {})
        found = [rows[structure] for structure in structures if structure in rows]
        if not found:
            if float(evidence.outcome.get("cement", {}).get("in_body_ml", 0.0)) > 0.0:
                return no_occasion("this recording has no temperatures")
            return not_done(NO_CEMENT)
        forecast = f"forecast_{name}"
        if all(forecast in row for row in found):
            return value(max(float(row[forecast]) for row in found))
        reached = max(float(row[name]) for row in found)
        return value(reached, note="so far: the recording ends before the cement has cooled")

    return metric


FUNCTIONS: dict[str, Callable[[Evidence], Measurement]] = {
    "canal_peak_c": _hottest(("canal",), "peak_c"),
    "root_peak_c": _hottest(ROOTS, "peak_c"),
    "endplate_peak_c": _hottest(ENDPLATES, "peak_c"),
    "canal_thermal_dose_cem43_min": _hottest(("canal",), "cem43_min"),
    "root_thermal_dose_cem43_min": _hottest(ROOTS, "cem43_min"),
}

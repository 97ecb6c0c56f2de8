"""Fluoroscopy and radiation metrics (clinical section 2.2), and what the patient and the clock say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator.assessment.evidence import Evidence
from simulator.assessment.metrics.measurement import Measurement, not_done, value
from simulator.assessment.pulses import seconds_of_pulses
from simulator.engine.recording import Row

NO_PICTURE = "no picture was taken"
FULL_FIELD_MM = 298.0
COLLIMATED_SHARE = 0.7
"""A field of at most this share of the full area counts as collimated (preset)."""
NEAR_VIEW_DEG = 30.0


def _exposures(evidence: Evidence) -> list[Row]:
    return evidence.of_kind("exposed")


def exposures(evidence: Evidence) -> Measurement:
    """Pulses in all (M10)."""
    return value(len(_exposures(evidence)))


def fluoroscopy_time_s(evidence: Evidence) -> Measurement:
    """Beam-on time: each pulse counts for the time to the next at the rate chosen then (M12)."""
    return value(sum(seconds_of_pulses(evidence)))


def _summed(name: str) -> Callable[[Evidence], Measurement]:
    def metric(evidence: Evidence) -> Measurement:
        return value(sum(e[name] for e in _exposures(evidence)))

    return metric


def _view_error(name: str) -> Callable[[Evidence], Measurement]:
    """Median error of the pictures of a kind that were worked by: from the first puncture on (M16)."""

    def metric(evidence: Evidence) -> Measurement:
        punctures = evidence.of_kind("skin_punctured")
        if not punctures:
            return not_done("no cannula was placed, so no view was worked by")
        start = punctures[0]["tick"]
        errors = [e[name] for e in _exposures(evidence) if e["tick"] >= start and e[name] <= NEAR_VIEW_DEG]
        kind = "frontal" if name.startswith("frontal") else "lateral"
        return value(float(np.median(errors))) if errors else not_done(f"no {kind} picture was taken at work")

    return metric


def advance_per_exposure_mm(evidence: Evidence) -> Measurement:
    """Largest advance of a cannula in bone between two pictures (M11); a new puncture begins unseen."""
    pulses = [e["tick"] for e in _exposures(evidence)]
    worst, at_s, entered = 0.0, None, False
    for side in ("left", "right"):
        seen_at, next_pulse = 0.0, 0
        for sample in evidence.samples:
            needle = sample.get(f"needle_{side}")
            if needle is None:
                continue
            depth = float(needle["bone_mm"])
            entered = entered or depth > 0.0
            if depth == 0.0:
                seen_at = 0.0
            if depth - seen_at > worst:
                worst, at_s = depth - seen_at, sample["tick"] / 60.0
            while next_pulse < len(pulses) and pulses[next_pulse] <= sample["tick"]:
                next_pulse += 1
                seen_at = depth
    return value(worst, at_s) if entered else not_done("no cannula reached bone")


def collimated_percent(evidence: Evidence) -> Measurement:
    """Share of pulses with a collimated field (M17)."""
    taken = _exposures(evidence)
    if not taken:
        return not_done(NO_PICTURE)
    limit = COLLIMATED_SHARE * FULL_FIELD_MM**2
    return value(100.0 * sum(e["field_mm"][0] * e["field_mm"][1] <= limit for e in taken) / len(taken))


def _vital(name: str, pick: Callable[[list[float]], float]) -> Callable[[Evidence], Measurement]:
    def metric(evidence: Evidence) -> Measurement:
        rows = [(float(r[name]), evidence.seconds(r)) for r in evidence.vitals if name in r]
        if not rows:
            return not_done("the monitor showed nothing")
        worst = pick([v for v, _ in rows])
        return value(worst, next(t for v, t in rows if v == worst))

    return metric


def duration_min(evidence: Evidence) -> Measurement:
    """From the first to the last second of the recording (M34)."""
    return value(evidence.duration_s / 60.0)


FUNCTIONS: dict[str, Callable[[Evidence], Measurement]] = {
    "exposures": exposures,
    "advance_per_exposure_mm": advance_per_exposure_mm,
    "fluoroscopy_time_s": fluoroscopy_time_s,
    "dose_area_product_gycm2": _summed("dose_area_product_gycm2"),
    "reference_air_kerma_mgy": _summed("reference_kerma_mgy"),
    "frontal_view_error_deg": _view_error("frontal_error_deg"),
    "lateral_view_error_deg": _view_error("lateral_error_deg"),
    "collimated_percent": collimated_percent,
    "lowest_saturation_percent": _vital("saturation_percent", min),
    "lowest_mean_pressure_mmhg": _vital("mean_pressure_mmhg", min),
    "peak_pain": _vital("pain", max),
    "duration_min": duration_min,
}

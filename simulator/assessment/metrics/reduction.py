"""Balloon and height metrics (clinical section 2.3)."""

from __future__ import annotations

from collections.abc import Callable

from simulator.assessment.evidence import Evidence
from simulator.assessment.metrics.measurement import Measurement, no_occasion, not_done, value

NO_BALLOON = "no balloon was inflated"
STOPS = ("cortex", "pressure", "volume", "height")
"""Criteria after which inflation goes too far; touching the endplate is how a balloon lifts."""


def _readings(evidence: Evidence, side: str) -> list[tuple[float, float, float]]:
    """(time, ml, psi) of a side's manometer."""
    name = f"balloon_{side}"
    return [(s["tick"] / 60.0, float(s[name][0]), float(s[name][1])) for s in evidence.samples if name in s]


def _peak(which: int) -> Callable[[Evidence], Measurement]:
    def metric(evidence: Evidence) -> Measurement:
        if evidence.scenario.instruments.balloon is None:
            return no_occasion("this procedure has no balloon")
        rows = [r for side in ("left", "right") for r in _readings(evidence, side)]
        # A burst balloon's last pressure lies between two samples; the event has it.
        stops = evidence.of_kind("stop_criterion_met")
        rows += [(evidence.seconds(e), e["volume_ml"], e["pressure_psi"]) for e in stops]
        if not any(ml > 0.0 for _, ml, _ in rows):
            return not_done(NO_BALLOON)
        worst = max(rows, key=lambda row: row[which])
        return value(worst[which], worst[0])

    return metric


def over_inflation_ml(evidence: Evidence) -> Measurement:
    """Contrast added after the first reason to stop, the worse side (M21)."""
    if evidence.scenario.instruments.balloon is None:
        return no_occasion("this procedure has no balloon")
    worst, inflated = 0.0, False
    for side in ("left", "right"):
        rows = _readings(evidence, side)
        inflated = inflated or any(ml > 0.0 for _, ml, _ in rows)
        stops = [
            e for e in evidence.of_kind("stop_criterion_met") if e["side"] == side and e["criterion"] in STOPS
        ]
        if not stops:
            continue
        first = stops[0]
        after = [ml for t, ml, _ in rows if t >= evidence.seconds(first)]
        burst = [e["volume_ml"] for e in evidence.of_kind("balloon_ruptured") if e["side"] == side]
        worst = max(worst, max([*after, *burst], default=0.0) - first["volume_ml"])
    return value(worst) if inflated else not_done(NO_BALLOON)


def balloon_ruptures(evidence: Evidence) -> Measurement:
    """Balloons that burst."""
    burst = evidence.of_kind("balloon_ruptured")
    return value(len(burst), evidence.seconds(burst[0]) if burst else None)


def _told(kind: str) -> Callable[[Evidence], Measurement]:
    def metric(evidence: Evidence) -> Measurement:
        if evidence.scenario.instruments.balloon is None:
            return no_occasion("this procedure has no balloon")
        found = evidence.of_kind(kind)
        return value(len(found), evidence.seconds(found[0]) if found else None)

    return metric


def _heights(evidence: Evidence) -> dict[str, float]:
    return evidence.outcome.get("reduction", {})


def anterior_height_gain_mm(evidence: Evidence) -> Measurement:
    """Anterior height now less that found (M22)."""
    h = _heights(evidence)
    if not h:
        return no_occasion("the target is not fractured")
    return value(h["anterior_height_now_mm"] - h["anterior_height_found_mm"])


def height_restored_percent(evidence: Evidence) -> Measurement:
    """Height regained where the fracture had taken most, as a share of what it took there (M22).

    That is the front of a wedge and the middle of a biconcave body; older recordings know the front only.
    """
    h = _heights(evidence)
    if not h:
        return no_occasion("the target is not fractured")
    place = "worst" if "worst_height_now_mm" in h else "anterior"
    found, now, intact = (h[f"{place}_height_{when}_mm"] for when in ("found", "now", "intact"))
    return value(100.0 * (now - found) / (intact - found))


def kyphosis_correction_deg(evidence: Evidence) -> Measurement:
    """Turn of the superior endplate regained (M23)."""
    h = _heights(evidence)
    return value(h["kyphosis_corrected_deg"]) if h else no_occasion("the target is not fractured")


FUNCTIONS: dict[str, Callable[[Evidence], Measurement]] = {
    "peak_pressure_psi": _peak(2),
    "peak_balloon_ml": _peak(1),
    "over_inflation_ml": over_inflation_ml,
    "balloon_ruptures": balloon_ruptures,
    "pressure_alarms": _told("pressure_alarm"),
    "wall_breaches": _told("wall_breached"),
    "anterior_height_gain_mm": anterior_height_gain_mm,
    "height_restored_percent": height_restored_percent,
    "kyphosis_correction_deg": kyphosis_correction_deg,
}

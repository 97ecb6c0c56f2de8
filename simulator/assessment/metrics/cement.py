"""Cement metrics (clinical section 2.4): what was filled, what leaked, what was seen of it and what was done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.assessment.evidence import Evidence
from simulator.assessment.metrics.measurement import Measurement, no_occasion, not_done, value
from simulator.engine.state import TICK_HZ

NO_CEMENT = "no cement was injected"
SEEN_MM2 = 8.0
"""Visible leak, summed over destinations, that nobody overlooks (two patches of 2 mm; preset)."""

DESTINATIONS = {
    "leak_canal_ml": ("canal",),
    "leak_foramen_ml": ("foramen left", "foramen right"),
    "leak_disc_ml": ("disc above", "disc below"),
    "leak_venous_ml": (
        "epidural vein", "segmental vein", "external vertebral vein", "foraminal vein", "ascending lumbar vein",
        "azygos vein", "vena cava", "lungs",
    ),
    "leak_soft_tissue_ml": (
        "prevertebral", "paravertebral left", "paravertebral right", "needle track", "neighbouring vertebra",
    ),
}  # fmt: skip


def _cement(evidence: Evidence) -> dict[str, Any]:
    return evidence.outcome.get("cement", {})


def _of_cement(name: str) -> Callable[[Evidence], Measurement]:
    def metric(evidence: Evidence) -> Measurement:
        found = _cement(evidence).get(name)
        return not_done(NO_CEMENT) if found is None else value(found)

    return metric


def _amount(name: str) -> Callable[[Evidence], Measurement]:
    """Amounts are zero, not missing, where nothing was injected."""

    def metric(evidence: Evidence) -> Measurement:
        return value(_cement(evidence).get(name, 0.0))

    return metric


def _leaked(destinations: tuple[str, ...] | None) -> Callable[[Evidence], Measurement]:
    def metric(evidence: Evidence) -> Measurement:
        leaks = _cement(evidence).get("leaked_ml", {})
        names = leaks if destinations is None else destinations
        return value(sum(leaks.get(name, 0.0) for name in names))

    return metric


def _yeom(kind: str) -> Callable[[Evidence], Measurement]:
    def metric(evidence: Evidence) -> Measurement:
        return value(_cement(evidence).get("yeom_ml", {}).get(kind, 0.0))

    return metric


def largest_embolus_mm(evidence: Evidence) -> Measurement:
    """Largest parcel of cement that blood carried to the lungs."""
    found = evidence.of_kind("cement_embolised")
    return value(found[-1]["largest_mm"], evidence.seconds(found[-1])) if found else value(0.0)


def cavity_filled_percent(evidence: Evidence) -> Measurement:
    """Share of the balloons' cavity that holds cement (M28)."""
    if evidence.scenario.instruments.balloon is None:
        return no_occasion("this procedure makes no cavity")
    return _of_cement("cavity_filled_percent")(evidence)


def injection_start_min(evidence: Evidence) -> Measurement:
    """Minutes after mixing at which injection began (M25)."""
    started = evidence.of_kind("injection_started")
    if not started:
        return not_done(NO_CEMENT)
    return value(started[0]["minutes_since_mixing"], evidence.seconds(started[0]))


def injection_viscosity_pa_s(evidence: Evidence) -> Measurement:
    """Viscosity of the cement when injection began."""
    started = evidence.of_kind("injection_started")
    if not started:
        return not_done(NO_CEMENT)
    return value(started[0]["viscosity_pa_s"], evidence.seconds(started[0]))


def _in_patient(evidence: Evidence) -> list[tuple[int, float]]:
    return [(s["tick"], float(s["cement"]["in_patient_ml"])) for s in evidence.samples if "cement" in s]


def blind_cement_ml(evidence: Evidence) -> Measurement:
    """Most cement that went in between two pictures (M18)."""
    rows = _in_patient(evidence)
    if not rows or rows[-1][1] <= 0.0:
        return not_done(NO_CEMENT)
    pulses = [e["tick"] for e in evidence.of_kind("exposed")]
    worst, at_s, seen, next_pulse = 0.0, None, 0.0, 0
    for tick, ml in rows:
        if ml - seen > worst:
            worst, at_s = ml - seen, tick / 60.0
        while next_pulse < len(pulses) and pulses[next_pulse] <= tick:
            next_pulse += 1
            seen = ml
    return value(worst, at_s)


def visible_leak_area_mm2(evidence: Evidence) -> Measurement:
    """Largest area of leaked cement that a picture showed (M30)."""
    areas = [(sum(e["visible_leak_mm2"].values()), evidence.seconds(e)) for e in evidence.of_kind("exposed")]
    worst = max(areas, default=(0.0, None))
    return value(worst[0], worst[1] if worst[0] > 0.0 else None)


def _reaction(evidence: Evidence) -> tuple[float, float, float] | None:
    """(seconds, ml, moment) of the slowest reaction to a leak that had become visible while injecting.

    From the first picture of an injection that shows a leak, or one that has grown by SEEN_MM2 since it was last
    reacted to, to the stop.
    """
    worst: tuple[float, float, float] | None = None
    known_mm2 = shown_mm2 = 0.0
    injecting = False
    noticed: int | None = None
    cement = _in_patient(evidence)
    # A recording that breaks off while cement flows is judged up to its end.
    for event in (*evidence.events, {"kind": "ended", "tick": round(evidence.duration_s * TICK_HZ)}):
        kind, tick = event["kind"], event["tick"]
        if kind == "injection_started":
            injecting, noticed = True, None
        elif kind == "exposed":
            shown_mm2 = max(shown_mm2, sum(event["visible_leak_mm2"].values()))
            if noticed is None and shown_mm2 >= known_mm2 + SEEN_MM2:
                known_mm2 = shown_mm2
                noticed = tick if injecting else None
        elif kind in ("injection_stopped", "ended"):
            if noticed is not None:
                found = (tick - noticed) / 60.0, _ml_at(cement, tick) - _ml_at(cement, noticed), noticed / 60.0
                worst = found if worst is None or found[0] > worst[0] else worst
                known_mm2 = shown_mm2
            injecting, noticed = False, None
    return worst


def _ml_at(rows: list[tuple[int, float]], tick: int) -> float:
    return next((ml for t, ml in reversed(rows) if t <= tick), 0.0)


def _leak_reaction(which: int) -> Callable[[Evidence], Measurement]:
    def metric(evidence: Evidence) -> Measurement:
        if not evidence.of_kind("injection_started"):
            return not_done(NO_CEMENT)
        found = _reaction(evidence)
        if found is None:
            return no_occasion("no leak became visible while cement was flowing")
        return value(found[which], found[2])

    return metric


FUNCTIONS: dict[str, Callable[[Evidence], Measurement]] = {
    "injection_start_min": injection_start_min,
    "injection_viscosity_pa_s": injection_viscosity_pa_s,
    "cement_in_body_ml": _amount("in_body_ml"),
    "fill_percent": _amount("fill_percent"),
    "anterior_two_thirds_percent": _of_cement("anterior_two_thirds_percent"),
    "smaller_side_percent": _of_cement("smaller_side_percent"),
    "endplates_reached": _amount("endplates_reached"),
    "cavity_filled_percent": cavity_filled_percent,
    "posterior_stop_percent": _of_cement("posterior_front_percent"),
    "blind_cement_ml": blind_cement_ml,
    "leak_ml": _leaked(None),
    **{name: _leaked(destinations) for name, destinations in DESTINATIONS.items()},
    **{f"leak_yeom_{kind.lower()}_ml": _yeom(kind) for kind in "BSCD"},
    "embolus_ml": _leaked(("lungs",)),
    "largest_embolus_mm": largest_embolus_mm,
    "visible_leak_area_mm2": visible_leak_area_mm2,
    "leak_reaction_s": _leak_reaction(0),
    "leak_reaction_ml": _leak_reaction(1),
}

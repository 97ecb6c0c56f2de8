"""Heat of the cement in the patient, once a second; and, when a case ends, what is still to come of it."""

from __future__ import annotations

from typing import Any

from anatomy.changing import changed
from simulator.devices import warm_places, warmth
from simulator.devices.cement import Batch
from simulator.devices.cement_stream import IN_PATIENT_SHARE
from simulator.devices.warm_places import BODY_C, NERVES
from simulator.devices.warmth import Thermal
from simulator.engine.case import Case
from simulator.engine.events import Event, TissueHeated
from simulator.engine.state import HEAT_EVERY, TICK_HZ, State, index_of
from simulator.physics.cure import Kinetics

HEAT_S = HEAT_EVERY / TICK_HZ

THRESHOLDS_C = (45.0, 50.0, 60.0)
"""Temperatures whose first passing at canal or roots is an event: nerves suffer from 45 C on (unconfirmed)."""

LONGEST_S = 1800
"""A forecast looks no farther ahead."""


def heated(case: Case, state: State) -> tuple[State, list[Event]]:
    """The state after cement has cured and warmed its surroundings for a second."""
    if state.batch.is_mixed and state.thermal is None:
        # Anatomy is looked through while cement thickens in hands, not in the first second of the injection.
        warm_places.prepare(case.warm_places, case.ground.at(state.amplitude))
    after = _warmed(case, state, HEAT_S)
    if after is None:
        return state, []
    return changed(state, thermal=after), _passed(state.thermal, after)


def _warmed(case: Case, state: State, duration_s: float) -> Thermal | None:
    if state.thermal is None and state.batch.filling.total_ml <= 0.0:
        return None
    temperature_c, cure = entering(case, state.batch)
    return warmth.warmed(
        state.thermal,
        case.warm_places,
        case.ground.at(state.amplitude),
        state.batch.filling,
        entering_c=temperature_c,
        entering_cure=cure,
        kinetics=case.cement.kinetics,
        duration_s=duration_s,
    )


def entering(case: Case, batch: Batch) -> tuple[float, float]:
    """(temperature in C, degree of cure) of the cement that leaves the cannula now.

    That of its bore: the injecting side's, or after a stop the fresher one's.
    """
    room_c = case.scenario.room.temperature_c
    streams = batch.streams if batch.side is None else (batch.streams[index_of(batch.side)],)
    bores = [(s.bore_cure, s.bore_warm) for s in streams if s.bore_cure is not None]
    if not bores:
        return room_c, batch.cure
    cure, warm = min(bores)
    return room_c + warm * IN_PATIENT_SHARE * (BODY_C - room_c), cure


def cement_temperature_c(state: State) -> float:
    """Mean temperature of the cement in the body; 37 C where there is none."""
    return BODY_C if state.thermal is None else state.thermal.cement_c


def _passed(before: Thermal | None, after: Thermal) -> list[Event]:
    """Thresholds that nerves have passed for the first time: one event each, the highest of a second."""
    events: list[Event] = []
    for name in NERVES:
        peak, earlier = after.dose(name).peak_c, BODY_C if before is None else before.dose(name).peak_c
        if any(earlier < limit <= peak for limit in THRESHOLDS_C):
            events.append(TissueHeated(name, round(peak, 1)))
    return events


def looked_ahead(case: Case, state: State) -> State:
    """An ended state with what heat will have done once the cement has cured and cooled; worked out once.

    Cement peaks minutes after it has been injected, and few sessions wait for it.
    """
    if state.cooled is not None:
        return state
    now = _warmed(case, state, 0.0)  # with what has come since the last whole second
    return state if now is None else changed(state, cooled=cooled_down(now, case.cement.kinetics))


def cooled_down(thermal: Thermal, kinetics: Kinetics) -> Thermal:
    """The heat once no peak can follow any more, nobody adding cement."""
    for _ in range(LONGEST_S):
        before, thermal = thermal, warmth.still(thermal, kinetics, HEAT_S)
        if warmth.is_over(before, thermal):
            break
    return thermal


_NOTHING_YET = {"peak_c": BODY_C, "above_50_s": 0.0, "cem43_min": 0.0, "damage": 0.0}


def as_row(state: State) -> dict[str, dict[str, float]]:
    """Heat by structure for the outcome: what was reached so far and, after the end, what will be; {} without."""
    reached = () if state.thermal is None else state.thermal.doses
    rows = {dose.name: _reached(dose) for dose in reached}
    if state.cooled is not None:
        for dose in state.cooled.doses:
            forecast = {f"forecast_{name}": value for name, value in _reached(dose).items()}
            rows[dose.name] = {**rows.get(dose.name, _NOTHING_YET), **forecast}
    return rows


def _reached(dose: warmth.Dose) -> dict[str, float]:
    return {
        "peak_c": round(dose.peak_c, 2),
        "above_50_s": round(dose.above_50_s, 1),
        "cem43_min": _three_digits(dose.most_cem43_min),
        "damage": _three_digits(dose.most_damage),
    }


def _three_digits(value: float) -> float:
    return float(f"{value:.3g}")


def temperatures(state: State) -> dict[str, Any]:
    """For the trace: hottest now at each structure and the cement's mean, C, to a tenth."""
    if state.thermal is None:
        return {}
    row = {dose.name.replace(" ", "_"): round(dose.now_c, 1) for dose in state.thermal.doses}
    return {**row, "cement": round(state.thermal.cement_c, 1)}

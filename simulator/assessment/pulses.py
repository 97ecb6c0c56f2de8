"""The pulses of a recording, with what older ones did not write filled in by what held then."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from anatomy.keeping import kept_with_first
from scenarios.schema import PULSES_PER_S
from simulator.assessment.evidence import Evidence
from simulator.engine.recording import Row
from simulator.imaging.beam.exposure import ALUMINIUM_MM, CONTINUOUS_FRAMES_PER_S, COPPER_MM, REFERENCE_POINT_MM
from simulator.imaging.carm import CArmModel, CArmPose, Table, view
from simulator.imaging.collimation import Collimation
from simulator.imaging.dose.irradiation import DoseReport, Place, Pulse, irradiation_events
from simulator.imaging.dose.skin import Skin
from simulator.imaging.dose.skin_dose import PATCHES, Beam, SkinDoseMap, skin_dose_map
from simulator.imaging.view import View

PLANES, MODES = ("A", "B"), ("pulsed", "continuous")
CARM = CArmModel()
"""Both planes have these distances."""


def seconds_of_pulses(evidence: Evidence) -> list[float]:
    """The time for which each pulse stands: to the next at the rate chosen then.

    Commands are recorded also where they were refused; a rate that no C-arm offers was.
    """
    rate, seconds = evidence.scenario.carm.pulses_per_s, []
    chosen = [c for c in evidence.commands if c["kind"] == "set_pulse_rate" and c["pulses_per_s"] in PULSES_PER_S]
    changes = {c["tick"]: c["pulses_per_s"] for c in chosen}
    ticks = sorted(changes)
    for event in evidence.of_kind("exposed"):
        while ticks and ticks[0] <= event["tick"]:
            rate = changes[ticks.pop(0)]
        seconds.append(1.0 / (CONTINUOUS_FRAMES_PER_S if event.get("mode") == "continuous" else rate))
    return seconds


def pulses_of(evidence: Evidence) -> list[Pulse]:
    """Every pulse, in order.

    Where a recording does not say where the table stood, its trace does, ten times a second; no iris, no
    magnification, pulses of the normal dose are what there was before they could be chosen.
    """
    table = [(s["tick"], s["table_mm"]) for s in evidence.samples if "table_mm" in s]
    ticks = [tick for tick, _ in table]
    found = []
    for event, seconds in zip(evidence.of_kind("exposed"), seconds_of_pulses(evidence), strict=True):
        place = event.get("table_mm")
        if place is None:
            known = table[max(bisect_right(ticks, event["tick"]) - 1, 0)] if table else (0, (0.0, 0.0, 0.0))
            place = known[1]
        found.append(_pulse(event, place, seconds))
    return found


def _pulse(event: Row, table_mm: Sequence[float], seconds: float) -> Pulse:
    """Raises ValueError for what no C-arm gives."""
    height, width = event["field_mm"]
    x, y, z = table_mm
    kv, mas, mode = float(event["kv"]), float(event["mas"]), event.get("mode", "pulsed")
    if event["plane"] not in PLANES or mode not in MODES or not (kv > 0.0 and mas > 0.0):
        raise ValueError(f"no C-arm gives a pulse of {kv:g} kV, {mas:g} mAs, {mode} on plane {event['plane']}")
    return Pulse(
        tick=int(event["tick"]),
        number=int(event["number"]),
        plane=event["plane"],
        single=bool(event["single"]),
        orbital_angulation_deg=(float(event["orbital_deg"]), float(event["angulation_deg"])),
        positioner_deg=(float(event["primary_deg"]), float(event["secondary_deg"])),
        table_mm=(float(x), float(y), float(z)),
        collimation=Collimation(float(height), float(width), _number(event.get("iris_mm"))),
        magnification=float(event.get("magnification", 1.0)),
        kv=kv,
        mas=mas,
        pulse_ms=_number(event.get("pulse_ms")),
        share_s=seconds,
        mode=mode,
        dose_level=str(event.get("dose_level", "normal")),
        reference_kerma_mgy=float(event["reference_kerma_mgy"]),
        area_product_gycm2=float(event["dose_area_product_gycm2"]),
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def dose_report_of(evidence: Evidence) -> DoseReport:
    """Irradiation events of a recording, and how the machine was built."""
    released = [(c["plane"], c["tick"]) for c in evidence.commands if c["kind"] == "release_pedal"]
    return DoseReport(
        events=tuple(irradiation_events(pulses_of(evidence), released)),
        source_to_detector_mm=CARM.source_to_detector_mm,
        source_to_isocentre_mm=CARM.source_to_isocentre_mm,
        reference_mm=CARM.source_to_isocentre_mm - REFERENCE_POINT_MM,
        aluminium_mm=ALUMINIUM_MM,
        copper_mm=COPPER_MM,
        complete=evidence.complete,
    )


def recorded_skin(plan: dict[str, Any]) -> Skin | None:
    """The patient's skin as the plan of a recording holds it; None for one that does not."""
    return Skin.of_row(plan["skin"]) if "skin" in plan else None


def skin_dose_of(pulses: Sequence[Pulse], skin: Skin) -> SkinDoseMap:
    """The map of what pulses gave a prone patient's skin, in patches of some millimetres."""
    return skin_dose_map(skin.finer(*PATCHES), [_beam(pulse) for pulse in pulses])


@kept_with_first(1)
def skin_dose_in(evidence: Evidence) -> SkinDoseMap | None:
    """The map of a recording that holds the patient's skin; None for one of an older version."""
    skin = recorded_skin(evidence.plan)
    return None if skin is None else skin_dose_of(pulses_of(evidence), skin)


def _beam(pulse: Pulse) -> Beam:
    seen = _view(pulse.orbital_angulation_deg, pulse.table_mm)
    distance_mm = CARM.source_to_isocentre_mm
    return Beam.at_reference_point(seen, pulse.collimation, pulse.kv, pulse.reference_kerma_mgy, distance_mm)


@lru_cache(maxsize=512)
def _view(gantry_deg: tuple[float, float], table_mm: Place) -> View:
    orbital, angulation = gantry_deg
    return view(CARM, CArmPose(orbital_deg=orbital, angulation_deg=angulation), "prone", Table(table_mm, table_mm))

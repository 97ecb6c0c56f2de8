"""Pulses: when they are given, with which technique, and what they are worth as pictures."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from anatomy.frames import apply_direction
from simulator.engine.case import Case
from simulator.engine.events import Exposed
from simulator.engine.state import TICK_HZ, Plane, State
from simulator.engine.visibility import visible_leak_mm2
from simulator.imaging.carm import CArmPose, PlaneName, Table, positioner_angles_rad, view
from simulator.imaging.exposure import Technique, automatic_technique, dose_of, tissue_in_beam_mm
from simulator.imaging.view import View


def pulses(case: Case, state: State, singles: frozenset[PlaneName]) -> tuple[State, list[Exposed]]:
    """The state and events after this tick's pulses: single shots asked for, and pedals that are due.

    A pedal gives no pulse sooner after the last than its rate allows, however often it is pressed.
    """
    if not singles and not any(p.pedal for p in state.planes):
        return state, []
    events: list[Exposed] = []
    for index, plane in enumerate(state.planes):
        period = round(TICK_HZ / state.pulses_per_s)
        rested = plane.last_pulse_tick is None or state.tick - plane.last_pulse_tick >= period
        due = plane.pedal and rested and (state.tick - plane.pedal_tick) % period == 0
        if plane.name not in singles and not due:
            continue
        event = _pulse(case, state, plane, single=plane.name in singles)
        planes = list(state.planes)
        planes[index] = replace(plane, exposures=plane.exposures + 1, last_pulse_tick=state.tick)
        state = replace(
            state,
            planes=tuple(planes),
            reference_kerma_mgy=state.reference_kerma_mgy + event.reference_kerma_mgy,
            dose_area_product_gycm2=state.dose_area_product_gycm2 + event.dose_area_product_gycm2,
        )
        events.append(event)
    return state, events


def technique(case: Case, state: State, plane: Plane) -> Technique:
    """What automatic exposure chooses for a plane now."""
    return _technique(case, plane.name, plane.pose.orbital_deg, plane.pose.angulation_deg, state.table)


@lru_cache(maxsize=128)
def _technique(case: Case, name: PlaneName, orbital_deg: float, angulation_deg: float, table: Table) -> Technique:
    carm = case.carm(name)
    pose = CArmPose(orbital_deg=orbital_deg, angulation_deg=angulation_deg)
    seen = view(carm, pose, "prone", table)
    thickness = tissue_in_beam_mm(case.patient.soft, case.patient.adipose, seen)
    return automatic_technique(thickness, carm.source_to_detector_mm)


def _pulse(case: Case, state: State, plane: Plane, *, single: bool) -> Exposed:
    carm, pose = case.carm(plane.name), plane.pose
    seen = case.view(state, plane)
    chosen = technique(case, state, plane)
    dose = dose_of(chosen, pose.field_mm, carm.source_to_detector_mm, carm.source_to_isocentre_mm)
    primary, secondary = positioner_angles_rad("prone", pose)
    frontal, lateral = view_errors_deg(case, seen)
    return Exposed(
        number=sum(p.exposures for p in state.planes) + 1,
        plane=plane.name,
        orbital_deg=round(pose.orbital_deg, 3),
        angulation_deg=round(pose.angulation_deg, 3),
        primary_deg=round(float(np.degrees(primary)), 3),
        secondary_deg=round(float(np.degrees(secondary)), 3),
        field_mm=pose.field_mm,
        kv=chosen.kv,
        mas=chosen.mas,
        reference_kerma_mgy=dose.reference_kerma_mgy,
        dose_area_product_gycm2=dose.area_product_gycm2,
        single=single,
        target_in_field=in_field(case, seen, pose.field_mm),
        frontal_error_deg=round(frontal, 2),
        lateral_error_deg=round(lateral, 2),
        visible_leak_mm2=visible_leak_mm2(case, state, seen),
    )


def view_errors_deg(case: Case, seen: View) -> tuple[float, float]:
    """Angles between the central ray and the target's true frontal and true lateral line of sight."""
    ray = np.abs(apply_direction(case.target_from_patient, seen.direction_patient))
    return float(np.degrees(np.arccos(min(ray[1], 1.0)))), float(np.degrees(np.arccos(min(ray[0], 1.0))))


def in_field(case: Case, seen: View, field_mm: tuple[float, float]) -> bool:
    """True where the target body's centre is projected inside the collimated field."""
    centre = case.patient.landmarks[f"{case.patient.column.target} body centre"]
    row, column = seen.project(centre)
    rows, columns = seen.shape
    return bool(
        abs(row - (rows - 1) / 2.0) * seen.pixel_mm <= field_mm[0] / 2.0
        and abs(column - (columns - 1) / 2.0) * seen.pixel_mm <= field_mm[1] / 2.0
    )

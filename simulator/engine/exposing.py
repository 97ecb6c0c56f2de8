"""Pulses: when they are given, with which technique, and what they are worth as pictures."""

from __future__ import annotations

import numpy as np

from anatomy.changing import changed
from anatomy.frames import FloatArray, apply_direction
from simulator.engine.case import Case
from simulator.engine.events import Exposed
from simulator.engine.measuring_field import measured_mm
from simulator.engine.operating import operator_dose_of
from simulator.engine.state import TICK_HZ, Plane, State
from simulator.engine.visibility import visible_leak_mm2
from simulator.imaging.beam.brightness import followed_mm
from simulator.imaging.beam.exposure import (
    CONTINUOUS_FRAMES_PER_S,
    Programme,
    Technique,
    dose_of,
    lawful,
    technique_for,
)
from simulator.imaging.carm import PlaneName, positioner_angles_rad
from simulator.imaging.collimation import Collimation
from simulator.imaging.view import View

TEST_PULSES = 2
"""Short pulses before a single shot, after each of which the technique is set anew; their dose, a hundredth of the
shot's, is left out (presets)."""


def pulses(case: Case, state: State, singles: frozenset[PlaneName]) -> tuple[State, list[Exposed]]:
    """The state and events after this tick's pulses: single shots asked for, and pedals that are due.

    A pedal gives no pulse sooner after the last than its rate allows, however often it is pressed.
    """
    if not singles and not any(p.pedal for p in state.planes):
        return state, []
    events: list[Exposed] = []
    for index, plane in enumerate(state.planes):
        single = plane.name in singles
        if not single and not _is_due(case, state, plane):
            continue
        exposed = _single_shot(case, state, plane) if single else _pedal_pulse(case, state, plane)
        event = _event(case, state, exposed, single=single)
        planes = list(state.planes)
        planes[index] = exposed
        state = changed(
            state,
            planes=tuple(planes),
            reference_kerma_mgy=state.reference_kerma_mgy + event.reference_kerma_mgy,
            dose_area_product_gycm2=state.dose_area_product_gycm2 + event.dose_area_product_gycm2,
        )
        events.append(event)
    return state, events


def frames_per_s(state: State) -> float:
    """Frames a second while a pedal is down."""
    return CONTINUOUS_FRAMES_PER_S if state.mode == "continuous" else state.pulses_per_s


def _is_due(case: Case, state: State, plane: Plane) -> bool:
    """Whether a plane's pedal gives a pulse now.

    Alone, a plane keeps the time of its pedal; together both keep that of plane A, in which plane B comes half a
    period later or at once.
    """
    period = round(TICK_HZ / frames_per_s(state))
    if not plane.pedal or (plane.last_pulse_tick is not None and state.tick - plane.last_pulse_tick < period):
        return False
    leader, late = plane, 0
    if all(p.pedal for p in state.planes):
        leader = state.planes[0]
        if plane is not leader and case.scenario.carm.biplane_pulses == "alternating":
            late = period // 2
    return (state.tick - leader.pedal_tick - late) % period == 0


def technique(case: Case, state: State, plane: Plane) -> Technique:
    """The technique of a plane's last pulse; before the first, that of a single shot now."""
    if plane.technique is not None:
        return plane.technique
    shot = _single_shot(case, state, plane).technique
    assert shot is not None
    return shot


def programme(state: State, plane: Plane, *, single: bool) -> Programme:
    """What the operator has chosen for a plane's next pulse. A single shot is always a pulse."""
    return Programme(
        curve=state.curve,
        dose_level=state.dose_level,
        mode="pulsed" if single else state.mode,
        magnification=plane.pose.magnification,
        frames_per_s=None if single else frames_per_s(state),
    )


def _single_shot(case: Case, state: State, plane: Plane) -> Plane:
    """A plane after a shot, with the technique that test pulses have found."""
    if not plane.locked:
        for _ in range(TEST_PULSES):
            chosen = _chosen(case, state, plane, single=True)
            plane = changed(plane, tissue_mm=measured_mm(case, state, plane, chosen.kv))
    chosen = _chosen(case, state, plane, single=True)
    return _after_pulse(state, changed(plane, measured_mm=plane.tissue_mm), chosen)


def _pedal_pulse(case: Case, state: State, plane: Plane) -> Plane:
    """A plane after a pulse of its pedal: brightness control has followed what the last pulse found, for as long
    as the beam counts as on in between, and this pulse finds what the next will go by."""
    if plane.locked:
        return _after_pulse(state, plane, _chosen(case, state, plane, single=False))
    if plane.measured_mm is not None and plane.last_pulse_tick is not None:
        beam_s = min((state.tick - plane.last_pulse_tick) / TICK_HZ, 1.0 / frames_per_s(state))
        plane = changed(plane, tissue_mm=followed_mm(plane.tissue_mm, plane.measured_mm, beam_s))
    chosen = _chosen(case, state, plane, single=False)
    plane = changed(plane, measured_mm=measured_mm(case, state, plane, chosen.kv))
    return _after_pulse(state, plane, chosen)


def _chosen(case: Case, state: State, plane: Plane, *, single: bool) -> Technique:
    chosen, distance = programme(state, plane, single=single), case.carm(plane.name).source_to_detector_mm
    if plane.locked and plane.technique is not None:
        return lawful(plane.technique, distance, chosen)
    return technique_for(plane.tissue_mm, distance, chosen)


def _after_pulse(state: State, plane: Plane, chosen: Technique) -> Plane:
    return changed(plane, technique=chosen, exposures=plane.exposures + 1, last_pulse_tick=state.tick)


def _event(case: Case, state: State, plane: Plane, *, single: bool) -> Exposed:
    """What a plane that has just given a pulse says of it."""
    carm, pose, chosen = case.carm(plane.name), plane.pose, plane.technique
    assert chosen is not None
    seen, field = case.view(state, plane), pose.collimation(carm)
    blades_mm, distances_mm = (
        (field.height_mm, field.width_mm),
        (carm.source_to_detector_mm, carm.source_to_isocentre_mm),
    )
    dose = dose_of(chosen, blades_mm, *distances_mm, iris_mm=field.iris_mm)
    primary, secondary = positioner_angles_rad("prone", pose)
    frontal, lateral = view_errors_deg(case, seen)
    operator = operator_dose_of(case, state, plane, chosen.kv, dose.reference_kerma_mgy)
    detector_ngy = programme(state, plane, single=single).detector_ngy
    return Exposed(
        number=sum(p.exposures for p in state.planes) + 1,
        plane=plane.name,
        orbital_deg=round(pose.orbital_deg, 3),
        angulation_deg=round(pose.angulation_deg, 3),
        primary_deg=round(float(np.degrees(primary)), 3),
        secondary_deg=round(float(np.degrees(secondary)), 3),
        field_mm=blades_mm,
        kv=chosen.kv,
        mas=chosen.mas,
        reference_kerma_mgy=dose.reference_kerma_mgy,
        dose_area_product_gycm2=dose.area_product_gycm2,
        single=single,
        target_in_field=in_field(case, seen, field),
        frontal_error_deg=round(frontal, 2),
        lateral_error_deg=round(lateral, 2),
        visible_leak_mm2=visible_leak_mm2(case, state, seen, detector_ngy),
        table_mm=state.table.shift_mm,
        iris_mm=field.iris_mm,
        magnification=pose.magnification,
        mode="pulsed" if single else state.mode,
        dose_level=state.dose_level,
        curve=state.curve,
        pulse_ms=chosen.pulse_ms,
        ma=round(chosen.ma, 2),
        locked=plane.locked,
        hand_in_beam=operator.hand_in_beam,
        hand_ugy=_four_digits(operator.hand_ugy),
        head_ugy=_four_digits(operator.head_ugy),
    )


def _four_digits(value: float) -> float:
    return float(f"{value:.4g}")


def view_errors_deg(case: Case, seen: View) -> tuple[float, float]:
    """Angles between the central ray and the target's true frontal and true lateral line of sight."""
    ray = np.abs(apply_direction(case.target_from_patient, seen.direction_patient))
    return float(np.degrees(np.arccos(min(ray[1], 1.0)))), float(np.degrees(np.arccos(min(ray[0], 1.0))))


def in_field(case: Case, seen: View, field: Collimation) -> bool:
    """True where the target body's centre is projected inside the collimated field."""
    return shows(seen, field, case.patient.landmarks[f"{case.patient.column.target} body centre"])


def shows(seen: View, field: Collimation, point_mm: FloatArray) -> bool:
    """True where a point (3,), patient frame, is projected inside the collimated field."""
    row, column = seen.project(point_mm)
    rows, columns = seen.shape
    down, across = abs(row - (rows - 1) / 2.0) * seen.pixel_mm, abs(column - (columns - 1) / 2.0) * seen.pixel_mm
    within = down <= field.height_mm / 2.0 and across <= field.width_mm / 2.0
    return bool(within and (field.iris_mm is None or np.hypot(down, across) <= field.iris_mm / 2.0))

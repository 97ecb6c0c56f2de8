"""Orders to the C-arm, the table and the pedals."""

from __future__ import annotations

from dataclasses import replace

from scenarios.schema import PULSES_PER_S
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.orders.common import Outcome, no_plane
from simulator.engine.state import TICK_HZ, Plane, State
from simulator.imaging.carm import MAGNIFICATIONS

SHOT_PAUSE_TICKS = 12
"""Ticks from a pulse to the next single shot of the same plane: 0.2 s (preset)."""


def with_plane(state: State, plane: Plane) -> State:
    return replace(state, planes=tuple(plane if p.name == plane.name else p for p in state.planes))


def move_carm(case: Case, state: State, command: c.MoveCArm) -> Outcome:
    plane = state.plane(command.plane)
    if plane is None:
        return no_plane(state, command.plane)
    why = case.carm(plane.name).why_unreachable(command.orbital_deg, command.angulation_deg)
    if why is not None:
        return why
    pose = replace(
        plane.pose,
        orbital_wanted_deg=command.orbital_deg,
        angulation_wanted_deg=command.angulation_deg,
        speeds_deg_s=None,
    )
    return with_plane(state, replace(plane, pose=pose)), []


def move_table(case: Case, state: State, command: c.MoveTable) -> Outcome:
    wanted = (command.lateral_mm, command.longitudinal_mm, command.height_mm)
    why = state.table.why_unreachable(wanted) or case.why_off_the_patient(command.longitudinal_mm)
    if why is not None:
        return why
    return replace(state, table=replace(state.table, wanted_mm=wanted, speeds_mm_s=None)), []


def collimate(case: Case, state: State, command: c.Collimate) -> Outcome:
    plane = state.plane(command.plane)
    if plane is None:
        return no_plane(state, command.plane)
    pose = replace(plane.pose, field_mm=(command.height_mm, command.width_mm), iris_mm=command.iris_mm)
    return with_plane(state, replace(plane, pose=pose)), []


def set_pulse_rate(case: Case, state: State, command: c.SetPulseRate) -> Outcome:
    if command.pulses_per_s not in PULSES_PER_S:
        offered = ", ".join(f"{p:g}" for p in PULSES_PER_S)
        return f"{command.pulses_per_s:g} pulses/s are not offered; choose one of {offered}"
    return replace(state, pulses_per_s=float(command.pulses_per_s)), []


def _locked(state: State) -> str | None:
    """Why the programme cannot be changed now, None if no plane's technique is locked."""
    locked = next((p.name for p in state.planes if p.locked), None)
    return None if locked is None else f"the technique of plane {locked} is locked; make it automatic first"


def set_fluoroscopy_mode(case: Case, state: State, command: c.SetFluoroscopyMode) -> Outcome:
    if command.mode == state.mode:
        return f"fluoroscopy is already {command.mode}"
    return _locked(state) or (replace(state, mode=command.mode), [])


def set_dose_level(case: Case, state: State, command: c.SetDoseLevel) -> Outcome:
    if command.dose_level == state.dose_level:
        return f"the dose level is already {command.dose_level}"
    return _locked(state) or (replace(state, dose_level=command.dose_level), [])


def set_exposure_curve(case: Case, state: State, command: c.SetExposureCurve) -> Outcome:
    if command.curve == state.curve:
        return f"exposure already follows the {command.curve} curve"
    return _locked(state) or (replace(state, curve=command.curve), [])


def magnify(case: Case, state: State, command: c.Magnify) -> Outcome:
    plane = state.plane(command.plane)
    if plane is None:
        return no_plane(state, command.plane)
    if command.magnification not in MAGNIFICATIONS:
        offered = ", ".join(f"{m:g}" for m in MAGNIFICATIONS)
        return f"magnification {command.magnification:g} is not offered; choose one of {offered}"
    return with_plane(state, replace(plane, pose=replace(plane.pose, magnification=command.magnification))), []


def lock_technique(case: Case, state: State, command: c.LockTechnique) -> Outcome:
    plane = state.plane(command.plane)
    if plane is None:
        return no_plane(state, command.plane)
    if plane.locked == command.locked:
        return f"the technique of plane {plane.name} is already {'locked' if plane.locked else 'automatic'}"
    if plane.technique is None:
        return f"plane {plane.name} has no technique to hold yet; take a picture first"
    return with_plane(state, replace(plane, locked=command.locked)), []


def expose(case: Case, state: State, command: c.Expose) -> Outcome:
    plane = state.plane(command.plane)
    if plane is None:
        return no_plane(state, command.plane)
    if plane.last_pulse_tick is not None and state.tick - plane.last_pulse_tick < SHOT_PAUSE_TICKS:
        return f"plane {plane.name} is not ready for the next single shot; wait {SHOT_PAUSE_TICKS / TICK_HZ:g} s"
    return state, []  # the pulse itself is given after devices and patient have moved (exposing.py)


def press_pedal(case: Case, state: State, command: c.PressPedal) -> Outcome:
    plane = state.plane(command.plane)
    if plane is None:
        return no_plane(state, command.plane)
    if plane.pedal:
        return f"the pedal of plane {plane.name} is already down"
    return with_plane(state, replace(plane, pedal=True, pedal_tick=state.tick)), []


def release_pedal(case: Case, state: State, command: c.ReleasePedal) -> Outcome:
    plane = state.plane(command.plane)
    if plane is None:
        return no_plane(state, command.plane)
    if not plane.pedal:
        return f"the pedal of plane {plane.name} is not down"
    return with_plane(state, replace(plane, pedal=False)), []

"""What stands in the panels: names of texts and values, from hands and state. Pure; nothing is worked out here
that instruments would not show."""

from __future__ import annotations

import numpy as np

from simulator.app.hands import Group, Hands
from simulator.devices.needle import angles_deg
from simulator.engine.case import Case
from simulator.engine.state import TICK_HZ, Plane, State
from simulator.imaging.view import View

Line = tuple[str, str]
"""Key of a text ("readout.<name>") and a value as it is shown."""
KPA_PER_BAR = 100.0


def readouts(group: Group, hands: Hands, case: Case, state: State) -> list[Line]:
    """The lines of a panel."""
    return {
        "imaging": _imaging,
        "carm": _carm,
        "needle": _needle,
        "balloon": _balloon,
        "cement": _cement,
        "patient": _patient,
    }[group](hands, case, state)


def _imaging(_hands: Hands, _case: Case, state: State) -> list[Line]:
    return [
        ("readout.kerma", f"{state.reference_kerma_mgy:.1f} mGy"),
        ("readout.area_product", f"{state.dose_area_product_gycm2:.2f} Gy cm²"),
        ("readout.pulses", f"{sum(plane.exposures for plane in state.planes)}"),
    ]


def _carm(hands: Hands, _case: Case, state: State) -> list[Line]:
    plane = state.plane(hands.plane) or state.planes[0]
    x, y, _ = state.table.shift_mm
    return [
        ("readout.plane", plane.name),
        ("readout.orbital", f"{plane.pose.orbital_deg:+.0f}°"),
        ("readout.angulation", f"{plane.pose.angulation_deg:+.0f}°"),
        ("readout.table", f"{x:+.0f} / {y:+.0f} mm"),
    ]


def _needle(hands: Hands, _case: Case, state: State) -> list[Line]:
    lines: list[Line] = [("readout.side", hands.side), ("readout.technique", hands.technique)]
    needle = state.needle(hands.side)
    if needle is None:
        skin = "–" if hands.skin_mm is None else f"{hands.skin_mm[0]:+.0f} / {hands.skin_mm[1]:+.0f} mm"
        lines.append(("readout.skin", skin))
        angles = (hands.convergence_deg, hands.caudal_deg)
    else:
        lines += [
            ("readout.depth", f"{needle.depth_mm:.1f} mm"),
            ("readout.in_bone", f"{needle.bone_mm:.1f} mm"),
            ("readout.force", f"{needle.force_n:.0f} N"),
        ]
        if needle.drilled_mm > 0.0:
            lines.append(("readout.drilled", f"{needle.drilled_mm:.0f} mm"))
        angles = angles_deg(hands.side, needle.axis)
    return [*lines, ("readout.convergence", f"{angles[0]:+.1f}°"), ("readout.caudal", f"{angles[1]:+.1f}°")]


def _balloon(hands: Hands, _case: Case, state: State) -> list[Line]:
    balloon = state.balloon(hands.side)
    if balloon is None:
        return []
    bar = balloon.pressure_kpa / KPA_PER_BAR
    return [
        ("readout.volume", f"{balloon.volume_ml:.1f} ml"),
        ("readout.pressure", f"{balloon.pressure_psi:.0f} psi ({bar:.1f} bar)"),
    ]


def _cement(hands: Hands, _case: Case, state: State) -> list[Line]:
    batch = state.batch
    lines: list[Line] = [("readout.rate", f"{hands.rate_ml_min:g} ml/min")]
    if batch.is_mixed and batch.mixed_tick is not None:
        minutes, seconds = divmod((state.tick - batch.mixed_tick) // TICK_HZ, 60)
        lines += [
            ("readout.clock", f"{minutes}:{seconds:02d}"),
            ("readout.injected", f"{batch.injected_ml:.1f} ml"),
        ]
    return lines


def _patient(_hands: Hands, _case: Case, state: State) -> list[Line]:
    vitals = state.vitals
    return [
        ("readout.heart_rate", f"{vitals.heart_rate:.0f}"),
        ("readout.mean_pressure", f"{vitals.mean_pressure_mmhg:.0f} mmHg"),
        ("readout.saturation", f"{vitals.saturation_percent:.0f} %"),
    ]


def beside_picture(case: Case, state: State, plane: Plane) -> tuple[str, str, str, str]:
    """What a console writes around a plane's picture: above left and right, below left and right."""
    technique = plane.technique
    how = "" if technique is None else f"{technique.kv:.0f} kV  {technique.mas:.2f} mAs"
    field = plane.pose.field_mm[0]
    return (
        f"{plane.name}  {case.scenario.patient.target_level}",
        f"{plane.pose.orbital_deg:+.0f}° / {plane.pose.angulation_deg:+.0f}°",
        how,
        f"{state.pulses_per_s:g} /s  {field:.0f} mm",
    )


def letters(view: View) -> tuple[str, str]:
    """Orientation letters at the left and right of a picture: the nearest of the patient's directions."""
    centre = view.source_patient_mm + 530.0 * view.direction_patient
    ways = {"R": (1.0, 0.0, 0.0), "L": (-1.0, 0.0, 0.0), "A": (0.0, 1.0, 0.0), "P": (0.0, -1.0, 0.0)}
    across = {name: float(view.project(centre + 20.0 * np.array(way))[1]) for name, way in ways.items()}
    return min(across, key=lambda name: across[name]), max(across, key=lambda name: across[name])

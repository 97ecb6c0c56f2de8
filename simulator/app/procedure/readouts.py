"""What stands in the panels: names of texts and values, from hands and the engine's read-outs. Pure; nothing is
worked out here that instruments would not show."""

from __future__ import annotations

from simulator.app.hands.hands import Group, Hands
from simulator.app.hands.imaging_actions import PLACES
from simulator.app.hands.patient_actions import LOCAL_PERCENT, dose
from simulator.devices.manometer import read_off
from simulator.engine import readouts as engine
from simulator.engine.case import Case
from simulator.engine.state import TICK_HZ, Plane, State

Line = tuple[str, str]
"""Key of a text ("readout.<name>") and a value as it is shown."""


def readouts(group: Group, hands: Hands, case: Case, state: State) -> list[Line]:
    """The lines of a panel."""
    return {
        "imaging": _imaging,
        "carm": _carm,
        "needle": _needle,
        "tools": _tools,
        "balloon": _balloon,
        "cement": _cement,
        "patient": _patient,
        "machine": _machine,
    }[group](hands, case, state)


def _machine(hands: Hands, _case: Case, state: State) -> list[Line]:
    plane = state.plane(hands.plane) or state.planes[0]
    stored = [hands.position(plane.name, number) for number in PLACES]
    return [
        ("readout.mode", state.mode),
        ("readout.dose_level", state.dose_level),
        ("readout.curve", state.curve),
        ("readout.exposure", "locked" if plane.locked else "automatic"),
        ("readout.field", _field(plane)),
        ("readout.height", f"{round(state.table.shift_mm[2]):+d} mm"),
        *((f"readout.position_{number}", "–" if at is None else f"{_degrees(at[0])} / {_degrees(at[1])}")
          for number, at in zip(PLACES, stored, strict=True)),
    ]  # fmt: skip


def _field(plane: Plane) -> str:
    """Height and width between the blades, and the iris where it is in the beam."""
    height, width = plane.pose.field_mm
    iris = "" if plane.pose.iris_mm is None else f"  Ø {plane.pose.iris_mm:.0f}"
    return f"{height:.0f} × {width:.0f}{iris} mm"


def _imaging(_hands: Hands, _case: Case, state: State) -> list[Line]:
    return [
        ("readout.kerma", f"{state.reference_kerma_mgy:.1f} mGy"),
        ("readout.area_product", f"{state.dose_area_product_gycm2:.2f} Gy cm²"),
    ]


def _carm(hands: Hands, _case: Case, state: State) -> list[Line]:
    plane = state.plane(hands.plane) or state.planes[0]
    x, y, _ = state.table.shift_mm
    return [
        ("readout.plane", plane.name),
        ("readout.orbital", _degrees(plane.pose.orbital_deg)),
        ("readout.angulation", _degrees(plane.pose.angulation_deg)),
        ("readout.table", f"{round(x):+d} / {round(y):+d} mm"),
    ]


def _degrees(angle: float) -> str:
    """Whole degrees with their sign; what is nearly nothing is +0, never -0."""
    return f"{round(angle):+d}°"


def _needle(hands: Hands, case: Case, state: State) -> list[Line]:
    lines: list[Line] = [("readout.side", hands.side), ("readout.technique", hands.technique)]
    shown = engine.readouts(case, state).get(hands.side)
    if shown is None:
        skin = "–" if hands.skin_mm is None else f"{hands.skin_mm[0]:+.0f} / {hands.skin_mm[1]:+.0f} mm"
        lines.append(("readout.skin", skin))
        angles = (hands.convergence_deg, hands.caudal_deg)
    else:
        lines += [
            ("readout.depth", f"{shown.depth_mm:.1f} mm"),
            ("readout.in_bone", f"{shown.bone_mm:.1f} mm"),
            ("readout.force", f"{shown.force_n:.0f} N"),
            ("readout.stylet", "in" if shown.stylet else "out"),
        ]
        angles = (shown.convergence_deg, shown.caudal_deg)
    return [
        *lines,
        ("readout.convergence", f"{angles[0]:+.1f}°"),
        ("readout.caudal", f"{angles[1]:+.1f}°"),
        ("readout.step", "coarse" if hands.coarse else "fine"),
    ]


def _tools(hands: Hands, case: Case, state: State) -> list[Line]:
    shown, needle = engine.readouts(case, state).get(hands.side), state.needle(hands.side)
    inside = "–" if shown is None or shown.tool is None else shown.tool
    bevel = None if shown is None else shown.bevel_clock_deg
    return [
        ("readout.in_cannula", inside),
        ("readout.beyond", f"{0.0 if shown is None else shown.tool_mm:.0f} mm"),
        ("readout.drilled", f"{0.0 if needle is None else needle.drilled_mm:.0f} mm"),
        ("readout.hour", _hour(hands.clock_deg)),
        ("readout.bevel", "–" if bevel is None else _hour(bevel)),
        ("readout.gauge", f"{hands.gauge} G"),
        ("readout.mark", hands.mark),
        ("readout.fine", f"{hands.fine_gauge} G  {hands.fine_depth_mm:.0f} mm"),
    ]


def _hour(clock_deg: float) -> str:
    """A direction about the needle as an hour, 12 at the head."""
    return f"{(round(clock_deg / 30.0) - 1) % 12 + 1} h"


def _balloon(hands: Hands, _case: Case, state: State) -> list[Line]:
    balloon = state.balloon(hands.side)
    if balloon is None:
        return []
    read = read_off(balloon.pressure_kpa, balloon.volume_ml)
    return [
        ("readout.volume", f"{read.volume_ml:.1f} ml"),
        ("readout.pressure", f"{read.psi} psi"),
        ("readout.pressure_si", f"{read.bar:.1f} bar, {read.kpa} kPa"),
    ]


def _cement(hands: Hands, _case: Case, state: State) -> list[Line]:
    batch = state.batch
    pressed = ("readout.hand", f"{hands.force_n:g} N") if hands.by_force else ("readout.rate", _rate(hands))
    lines: list[Line] = [pressed]
    if batch.is_mixed and batch.mixed_tick is not None:
        minutes, seconds = divmod((state.tick - batch.mixed_tick) // TICK_HZ, 60)
        ready = ("readout.loaded", f"{batch.loaded_ml:.1f} / {batch.bowl_ml:.1f} ml")
        if batch.ready_tick is not None:
            ready = ("readout.busy", f"{max(batch.ready_tick - state.tick, 0) // TICK_HZ} s")
        clock = ("readout.clock", f"{minutes}:{seconds:02d}")
        lines += [clock, ready, ("readout.injected", f"{batch.injected_ml:.1f} ml")]
    return lines


def _rate(hands: Hands) -> str:
    return f"{hands.rate_ml_min:g} ml/min"


def _patient(hands: Hands, _case: Case, state: State) -> list[Line]:
    amount, unit = dose(hands)
    body = state.body
    local_ml = sum(state.anaesthetic_ml)
    return [
        ("readout.dose", f"{amount:g} {'µg' if unit == 'ug' else unit} {hands.route}"),
        ("readout.oxygen", f"{body.oxygen_l_min:g} l/min"),
        ("readout.airway", body.airway),
        ("readout.local_drug", hands.local_drug),
        ("readout.local_percent", f"{LOCAL_PERCENT[hands.local_drug]:g} %  ({local_ml:g} ml)"),
        ("readout.local_site", hands.local_site),
        ("readout.fluid", f"{body.illness.fluid_ml:.0f} ml"),
    ]

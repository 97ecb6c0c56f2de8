"""Truth, measured as it happens: the trace ten times a second and the outcome once a second.

Grades are made from what was recorded (DESIGN section 4), so everything a metric needs is measured here, from
the patient's own geometry, and written down. All values are JSON-safe numbers rounded for the file.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from anatomy.frames import apply
from anatomy.keeping import Itself, kept_with_first
from anatomy.regions import IN_BONE
from anatomy.skeleton.vertebra import side_sign
from anatomy.spec import LEVELS, SIDES, Side
from simulator.devices.cement import viscosity_pa_s
from simulator.devices.ground import GroundNow
from simulator.devices.needle import Needle
from simulator.engine import heating
from simulator.engine.case import Case
from simulator.engine.leaks import cement_by_region_ml, in_patient_ml, leaked_ml, yeom_ml
from simulator.engine.state import HEAT_EVERY, TICK_HZ, State, index_of

FILLED_SHARE = 0.35
"""A voxel counts as reached by the cement front when this share of its room is filled."""


def trace(case: Case, state: State) -> dict[str, Any]:
    """What instruments, machine and patient show at one instant, by name."""
    row: dict[str, Any] = {}
    for plane in state.planes:
        row[f"carm_{plane.name}"] = [round(plane.pose.orbital_deg, 2), round(plane.pose.angulation_deg, 2)]
    row["table_mm"] = [round(c, 1) for c in state.table.shift_mm]
    for side in SIDES:
        needle, balloon = state.needle(side), state.balloon(side)
        if needle is not None:
            row[f"needle_{side}"] = _needle(case, Itself(needle))
        if balloon is not None:
            row[f"balloon_{side}"] = [round(balloon.volume_ml, 3), round(balloon.pressure_psi, 1)]
    batch = state.batch
    if batch.is_mixed:
        row["cement"] = {
            "injected_ml": round(batch.injected_ml, 3),
            "in_patient_ml": round(in_patient_ml(state), 3),
            "flow_ml_s": round(batch.flow_ml_s, 4),
            "pressure_kpa": round(batch.pressure_kpa, 1),
            "loaded_ml": round(batch.loaded_ml, 3),
            "bowl_ml": round(batch.bowl_ml, 3),
        }
        if (state.tick - 1) % TICK_HZ == 0:  # the state after a tick that fell on a whole second
            row["viscosity_pa_s"] = round(viscosity_pa_s(batch, case.cement), 1)
    if state.thermal is not None and state.tick % HEAT_EVERY == 1:  # just after heat has acted
        row["temperature_c"] = heating.temperatures(state)
    row["dose"] = [round(state.reference_kerma_mgy, 4), round(state.dose_area_product_gycm2, 5)]
    return row


@kept_with_first(4)
def _needle(case: Case, this: Itself[Needle]) -> dict[str, Any]:
    needle = this.value
    return {
        "tip_mm": _rounded(needle.tip_mm),
        "direction": _rounded(needle.axis, 4),
        "depth_mm": round(needle.depth_mm, 2),
        "bone_mm": round(needle.bone_mm, 2),
        "force_n": round(needle.force_n, 1),
        **({} if needle.tool is None else {"tool": needle.tool, "tool_mm": round(needle.tool_mm, 2)}),
        **beside_pedicle(case, needle),
    }


def beside_pedicle(case: Case, needle: Needle) -> dict[str, float]:
    """How far the tip lies medial of the pedicle's medial border and behind the posterior wall, mm."""
    v = case.ground.vertebra
    tip = apply(case.target_from_patient, needle.tip_mm)
    medial = 0.5 * v.size.canal_width_mm - side_sign(needle.side) * float(tip[0])
    return {
        "medial_mm": round(medial, 2),
        "behind_mm": round(v.posterior_wall_y_mm - float(tip[1]), 2),
    }


def vitals(state: State) -> dict[str, float]:
    """The patient monitor."""
    v = state.vitals
    return {
        "heart_rate": round(v.heart_rate, 1),
        "mean_pressure_mmhg": round(v.mean_pressure_mmhg, 1),
        "saturation_percent": round(v.saturation_percent, 2),
        "pain": round(v.pain, 2),
        "systolic_mmhg": round(v.systolic_mmhg),
        "diastolic_mmhg": round(v.diastolic_mmhg),
        "end_tidal_co2_mmhg": round(v.end_tidal_co2_mmhg, 1),
        "breaths_per_min": round(v.breaths_per_min, 1),
        "responsiveness": v.responsiveness,
    }


def outcome(case: Case, state: State) -> dict[str, Any]:
    """Everything that would be judged if the procedure ended now."""
    row: dict[str, Any] = {"punctures": state.punctures, "redirections": state.redirections}
    for side in SIDES:
        found = _needle_outcome(state, side)
        if found is not None:
            row[f"needle_{side}"] = found
    row["reduction"] = _reduction(case, state.amplitude, state.lowest_amplitude)
    if in_patient_ml(state) > 0.0:
        row["cement"] = _cement_outcome(case, state)
    row["conserved_ml"] = {
        "injected": round(state.batch.injected_ml, 6),
        "in_bores": round(sum(state.batch.bore_ml), 6),
        "in_patient": round(in_patient_ml(state), 6),
        "came_back": round(state.batch.backflow_ml, 6),
    }
    return row


def _needle_outcome(state: State, side: Side) -> dict[str, Any] | None:
    work = state.needlework[index_of(side)]
    if state.needle(side) is None and work.level is None:
        return None
    row: dict[str, Any] = {
        "level": work.level,
        "entry_error_mm": _maybe(work.entry_error_mm),
        "breach_mm": round(work.breach_mm, 2),
        "medial_breach_mm": round(work.medial_breach_mm, 2),
        "breach_direction": work.breach_direction,
        "clearance_mm": _maybe(work.clearance_mm),
        "anterior_breach_mm": round(work.anterior_breach_mm, 2),
        "order_broken_mm": round(work.order_broken_mm, 2),
        "bone_entries": work.bone_entries,
        "path_mm": round(work.path_mm, 1),
        "touching": [
            [c.structure, round((state.tick - c.since_tick) / 60.0, 2), round(c.deepest_mm, 2)]
            for c in work.contacts
        ],
    }
    if work.walls:
        row["outside_walls"] = [
            [w.structure, round((state.tick - w.since_tick) / TICK_HZ, 2), round(w.deepest_mm, 2)]
            for w in work.walls
        ]
    if work.nearest:
        row["nearest_mm"] = {one.structure: round(one.distance_mm, 2) for one in work.nearest}
        row["nearest_s"] = {one.structure: round(one.tick / TICK_HZ, 1) for one in work.nearest}
    if work.placed is not None:
        row |= {name: round(value, 2) for name, value in asdict(work.placed).items()}
    return row


@kept_with_first(2)
def _reduction(case: Case, amplitude: float, lowest_amplitude: float) -> dict[str, float]:
    """Heights, wedge and local kyphosis now and as found flat on the table (clinical M22, M23); positioned: with
    what posture alone has regained; worst: where the shape loses most, the middle of a biconcave body."""
    collapse, v = case.ground.collapse, case.ground.vertebra
    if collapse is None:
        return {}
    a = amplitude
    found, now = collapse.anterior_height_mm(1.0), collapse.anterior_height_mm(a)
    intact = v.size.body_height_ant_mm
    _, turn_found = collapse.endplate_plane(1.0)
    _, turn_now = collapse.endplate_plane(a)
    return {
        "anterior_height_found_mm": round(found, 2),
        "anterior_height_now_mm": round(now, 2),
        "anterior_height_best_mm": round(collapse.anterior_height_mm(lowest_amplitude), 2),
        "anterior_height_intact_mm": round(intact, 2),
        "anterior_height_positioned_mm": round(collapse.anterior_height_mm(case.rest_amplitude), 2),
        "worst_height_found_mm": round(collapse.worst_height_mm(1.0), 2),
        "worst_height_now_mm": round(collapse.worst_height_mm(a), 2),
        "worst_height_intact_mm": round(collapse.worst_height_mm(0.0), 2),
        "middle_height_found_mm": round(collapse.middle_height_mm(1.0), 2),
        "middle_height_now_mm": round(collapse.middle_height_mm(a), 2),
        "posterior_height_now_mm": round(collapse.posterior_height_mm(a), 2),
        "kyphosis_corrected_deg": round(float(np.degrees(turn_found - turn_now)), 2),
        "wedge_now_deg": round(float(np.degrees(collapse.wedge_rad(a))), 2),
    }


def _cement_outcome(case: Case, state: State) -> dict[str, Any]:
    now = case.ground.at(state.amplitude)
    by_region, leaks = cement_by_region_ml(now, state), leaked_ml(now, state)
    in_body = sum(by_region.get(region, 0.0) for region in IN_BONE)
    row: dict[str, Any] = {
        "in_body_ml": round(in_body, 4),
        "body_ml": round(now.body_ml, 3),
        "fill_percent": round(100.0 * in_body / now.body_ml, 2),
        "leaked_ml": {name: round(ml, 4) for name, ml in leaks.items()},
        "yeom_ml": {kind: round(ml, 4) for kind, ml in yeom_ml(leaks).items()},
    }
    if state.emboli.total_ml > 0.0:
        row["emboli"] = {
            "ml_by_size": [round(ml, 4) for ml in state.emboli.ml],
            "largest_mm": round(state.emboli.largest_mm, 2),
        }
    return row | _distribution(case, state, now, in_body)


def _distribution(case: Case, state: State, now: GroundNow, in_body_ml: float) -> dict[str, Any]:
    """Where in the body the cement lies (clinical M28, M32)."""
    filling, v = state.batch.filling, case.ground.vertebra
    box = filling.window
    inside = np.isin(now.label[box], IN_BONE) & (now.body_mm[box] < 0.0)
    cement = np.where(inside, filling.cement_ml, 0.0)
    index = np.argwhere(cement > 0.0)
    if len(index) == 0 or in_body_ml <= 0.0:
        return {}
    points = apply(now.grid.patient_from_voxel, index + np.array(filling.start))
    local = apply(case.target_from_patient, points)
    weight = cement[tuple(index.T)]
    depth = (local[:, 1] - v.posterior_wall_y_mm) / v.size.depth_mm
    total = float(weight.sum())
    right = float(weight[local[:, 0] > 0.0].sum()) / total
    reached = weight > FILLED_SHARE * now.grid.voxel_ml
    row: dict[str, Any] = {
        "anterior_two_thirds_percent": round(100.0 * float(weight[depth > 1.0 / 3.0].sum()) / total, 1),
        "smaller_side_percent": round(100.0 * min(right, 1.0 - right), 1),
    }
    if reached.any():
        row["posterior_front_percent"] = round(100.0 * float(np.clip(depth[reached], 0.0, 1.0).min()), 1)
    plates = (now.roof_mm[box][tuple(index.T)], now.floor_mm[box][tuple(index.T)])
    row["endplates_reached"] = sum(bool((reached & (distance < 3.0)).any()) for distance in plates)
    cavity = state.opened.cavity
    if cavity is not None:
        room = float(cavity.sum()) * now.grid.voxel_ml
        held = float(np.minimum(filling.cement_ml, cavity[box] * now.grid.voxel_ml).sum())
        row["cavity_filled_percent"] = round(100.0 * held / room, 1) if room > 0.0 else None
    return row


def cement_front_percent(case: Case, state: State) -> float | None:
    """How far in front of the posterior wall the rearmost cement in the body lies, % of depth; None without."""
    if state.batch.filling.total_ml <= 0.0:
        return None
    now = case.ground.at(state.amplitude)
    front = _distribution(case, state, now, in_body_ml=1.0).get("posterior_front_percent")
    return None if front is None else float(front)


def planned(case: Case) -> dict[str, Any]:
    """What the recording's header says of the plan: corridors and skin, so that scores need no patient."""
    plan: dict[str, Any] = {"target": case.patient.column.target, "levels": list(LEVELS)}
    for side, corridor in case.patient.corridors.items():
        plan[f"corridor_{side}"] = {
            "skin_mm": _rounded(corridor.skin_mm),
            "entry_mm": _rounded(corridor.entry_mm),
            "target_mm": _rounded(corridor.target_mm),
            "radius_mm": round(corridor.radius_mm, 2),
            "approach": corridor.approach,
        }
    plan["skin"] = case.skin.as_row()
    return plan


def _rounded(point: Any, digits: int = 2) -> list[float]:
    return [round(float(c), digits) for c in point]


def _maybe(value: float | None) -> float | None:
    return None if value is None else round(value, 2)

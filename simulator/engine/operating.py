"""Where the operator's hands and head are in a session, and what a pulse gives them."""

from __future__ import annotations

from anatomy.keeping import kept_with_first
from simulator.devices.needle import Needle
from simulator.engine.case import Case
from simulator.engine.state import Plane, State
from simulator.imaging.carm import CArmPose, PlaneName, Table
from simulator.imaging.collimation import Collimation
from simulator.imaging.dose.operator_dose import Operator, OperatorDose, Task, operator_at, operator_dose
from simulator.imaging.dose.skin_dose import Beam

STANDS_AT = 1.0
"""The operator stands at the patient's right (+1; preset)."""
HELD_TICKS = 1
"""Hands leave a cannula right after they moved it (preset): whoever lets the needle rest before the picture is
taken to have them out of the beam, whoever moves it under the beam has not."""
ANGLE_STEP_DEG = 3.0
"""While the C-arm turns the dose is worked out anew when it has come so far."""

At = tuple[Task, Needle | None]
"""What the hands do, and the cannula that they do it at."""


def hands_now(state: State) -> At:
    """At the cannula that cement flows through, at that which was just moved, or beside the table."""
    injecting = state.batch.side
    if injecting is not None and (needle := state.needle(injecting)) is not None:
        return "at the syringe", needle
    moved = [
        (state.tick if needle.feed_mm != 0.0 else work.handled_tick, needle)
        for work, needle in zip(state.needlework, state.needles, strict=True)
        if needle is not None and work.handled_tick is not None
    ]
    if moved:
        tick, needle = max(moved, key=lambda found: found[0])
        if state.tick - tick <= HELD_TICKS:
            return "at the hub", needle
    return "at the table side", None


def operator_now(case: Case, state: State) -> Operator:
    """Hands and head, patient frame."""
    return _operator(case, hands_now(state))


def operator_dose_of(case: Case, state: State, plane: Plane, kv: float, kerma_mgy: float) -> OperatorDose:
    """What a pulse of a plane, of a potential and a kerma at the reference point, gives the operator."""
    pose = plane.pose
    angles = tuple(ANGLE_STEP_DEG * round(a / ANGLE_STEP_DEG) for a in (pose.orbital_deg, pose.angulation_deg))
    field = pose.collimation(case.carm(plane.name))
    of_one = _dose_of_one_mgy(case, plane.name, (angles[0], angles[1]), state.table, field, kv, hands_now(state))
    return OperatorDose(of_one.hand_in_beam, kerma_mgy * of_one.hand_ugy, kerma_mgy * of_one.head_ugy)


@kept_with_first(16)
def _dose_of_one_mgy(
    case: Case,
    name: PlaneName,
    angles_deg: tuple[float, float],
    table: Table,
    field: Collimation,
    kv: float,
    at: At,
) -> OperatorDose:
    """Dose is in proportion to kerma: while nothing moves it is computed once."""
    seen = case.view_of(name, CArmPose(orbital_deg=angles_deg[0], angulation_deg=angles_deg[1]), table)
    beam = Beam.at_reference_point(seen, field, kv, 1.0, case.carm(name).source_to_isocentre_mm)
    return operator_dose(beam, case.skin, _operator(case, at))


def _operator(case: Case, at: At) -> Operator:
    task, needle = at
    target = case.patient.landmarks[f"{case.patient.column.target} body centre"]
    if needle is None:
        return operator_at(task, STANDS_AT, target)
    return operator_at(
        task,
        STANDS_AT,
        target,
        hub_mm=needle.hub_mm,
        outward=-needle.shaft_axis,
        injector=case.scenario.instruments.injector,
    )

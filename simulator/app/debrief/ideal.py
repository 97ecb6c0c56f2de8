"""The picture that could have been taken: the same moment from the target's true view, centred, collimated. No Qt.

Only where C-arm and table stand, the blades, and the technique that brightness control finds there are other than
in the trainee's picture; patient and instruments are as they were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.optimize import minimize

from anatomy.frames import apply_direction
from simulator.app.debrief.pictures import Grey, Pictures
from simulator.app.debrief.track import Track
from simulator.engine.case import Case
from simulator.engine.recording import Row
from simulator.engine.state import Plane, State
from simulator.imaging.carm import CArmPose, PlaneName, Table, room_from_patient

Kind = Literal["frontal", "lateral"]
KINDS: tuple[Kind, ...] = ("frontal", "lateral")
FIELD_MM = (220.0, 190.0)
"""Between the blades at the detector: the target with half a neighbour on each side (as the scripted expert)."""
FIRST_GUESS_DEG: dict[Kind, tuple[float, float]] = {"frontal": (0.0, 0.0), "lateral": (90.0, 0.0)}


def nearest_picture(shots: Mapping[str, Sequence[Row]], kind: Kind) -> Row | None:
    """The exposure that came nearest to a true view of the target with it in the field; the later of equals."""
    rows = [row for rows in shots.values() for row in rows if row.get("target_in_field")]
    return min(rows, key=lambda row: (row[f"{kind}_error_deg"], -row["tick"]), default=None)


def true_pose_deg(case: Case, kind: Kind, name: PlaneName) -> tuple[float, float]:
    """Gantry angles (orbital, angulation) of the target's true view, or the nearest that the C-arm reaches."""
    across = np.array([0.0, 1.0, 0.0] if kind == "frontal" else [1.0, 0.0, 0.0])
    line = apply_direction(case.ground.vertebra.patient_from_vertebra, across)
    carm = case.carm(name)

    def error(angles: np.ndarray) -> float:
        pose = CArmPose(orbital_deg=float(angles[0]), angulation_deg=float(angles[1]))
        return 1.0 - abs(float(case.view_of(name, pose, Table()).direction_patient @ line))

    found = minimize(
        error,
        FIRST_GUESS_DEG[kind],
        method="Nelder-Mead",
        bounds=(carm.orbital_deg, carm.angulation_deg),
        options={"xatol": 0.02, "fatol": 1e-9, "initial_simplex": _simplex(FIRST_GUESS_DEG[kind])},
    )
    return round(float(found.x[0]), 1), round(float(found.x[1]), 1)


def _simplex(guess: tuple[float, float]) -> list[tuple[float, float]]:
    orbital, angulation = guess
    return [guess, (orbital - 6.0, angulation), (orbital, angulation + 6.0)]


def ideal(case: Case, state: State, kind: Kind) -> tuple[State, Plane]:
    """A state like this one with the plane of a view in its true pose on the target, and that plane."""
    name: PlaneName = "B" if kind == "lateral" and len(state.planes) == 2 else "A"
    orbital, angulation = true_pose_deg(case, kind, name)
    pose = CArmPose(orbital, angulation, orbital, angulation, field_mm=FIELD_MM)
    centre = case.patient.landmarks[f"{case.patient.column.target} body centre"]
    shift = -(room_from_patient("prone", Table())[:3, :3] @ centre)
    limits = np.array(Table.LIMIT_MM)
    x, y, z = (float(value) for value in np.clip(shift, -limits, limits))
    plane = Plane(name, pose, exposures=1)
    planes = tuple(plane if one.name == name else one for one in state.planes)
    return replace(state, planes=planes, table=Table((x, y, z), (x, y, z)), dose_level="normal"), plane


@dataclass(frozen=True, eq=False)
class Pair:
    """The true view, and the trainee's picture nearest to it, if there is one that shows the target."""

    kind: Kind
    ideal: Grey
    own: tuple[Row, Grey] | None


def pairs(case: Case, track: Track, pictures: Pictures, shots: Mapping[str, Sequence[Row]]) -> list[Pair]:
    """Frontal and lateral, of the moment of the trainee's picture, or of the end where there is none."""
    found = []
    for kind in KINDS:
        row = nearest_picture(shots, kind)
        own = None if row is None else pictures.last(str(row["plane"]), int(row["tick"]))
        tick = track.last_tick if row is None else int(row["tick"])
        found.append(Pair(kind, pictures.alone(*ideal(case, track.state_at(tick), kind)), own))
    return found

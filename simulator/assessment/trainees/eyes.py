"""Eyes: what a scripted trainee may know. Positions are read from pictures that were taken, with an error.

Nothing here gives access to the truth without a picture: each reading is a projection of a visible structure
into the plane of an exposure, disturbed by the reader's skill, and only two views together give a point in
space. What is known beforehand is the planning CT: the shape of this vertebra and the planned corridor,
relative to its own landmarks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatomy.frames import FloatArray, apply_direction, unit
from anatomy.spec import Side
from simulator.assessment.trainees.skill import Skill
from simulator.engine.case import Case
from simulator.engine.events import Exposed
from simulator.engine.measuring import cement_front_percent
from simulator.engine.state import State
from simulator.imaging.carm import CArmPose, PlaneName, view
from simulator.imaging.view import View

STREAM = 0x65796573  # "eyes"
FRESH_S = 2.0
"""Age up to which a picture shows what is."""


@dataclass(frozen=True)
class Sight:
    """One reading: a ray (point and unit direction, patient frame) on which the structure was seen."""

    point_mm: FloatArray
    way: FloatArray


class Eyes:
    """Reads pictures of one session with one skill. Errors come from the trainee's own random stream."""

    def __init__(self, case: Case, skill: Skill, seed: int) -> None:
        self._case = case
        self._skill = skill
        self._rng = np.random.default_rng([seed, STREAM, *skill.name.encode()])

    def shaky(self, degrees: float, share: float = 1.0) -> float:
        """An angle as the hand sets it, with a share of the usual error."""
        return float(degrees + share * self._skill.aiming_deg * self._rng.standard_normal())

    def view_error_deg(self, picture: Exposed, kind: str) -> tuple[float, float]:
        """(orbital, angulation) by which a picture seems turned away from the true view of a kind.

        In life: the spinous process off the middle, pedicles unequal, endplates doubled.
        """
        wanted = self.true_angles_deg(kind)
        error = self._rng.standard_normal(2) * (0.6 + 0.5 * self._skill.aiming_deg)
        return (
            float(picture.orbital_deg - wanted[0] + error[0]),
            float(picture.angulation_deg - wanted[1] + error[1]),
        )

    def true_angles_deg(self, kind: str) -> tuple[float, float]:
        """Gantry angles of the true frontal or lateral view of the target, as planned from the CT."""
        v = self._case.ground.vertebra
        forward = apply_direction(v.patient_from_vertebra, (0.0, 1.0, 0.0))
        if kind == "lateral":
            return 90.0, 0.0
        # The detector is behind the prone patient: the ray runs against the vertebra's forward axis.
        return 0.0, float(np.degrees(np.arcsin(-forward[2])))

    def sees(self, state: State, picture: Exposed, point_mm: FloatArray) -> Sight:
        """Where a structure appears in a picture, as a ray through the patient."""
        seen = self._view(state, picture)
        row, column = seen.project(point_mm)
        mm_per_pixel = seen.pixel_mm / seen.magnification(point_mm)
        error = self._rng.standard_normal(2) * self._skill.reading_mm / mm_per_pixel
        ray = seen.ray_matrix_patient() @ np.array([row + error[0], column + error[1], 1.0])
        return Sight(seen.source_patient_mm, unit(ray))

    def locates(self, state: State, frontal: Exposed, lateral: Exposed, point_mm: FloatArray) -> FloatArray:
        """A structure's place (3,), patient frame, from two pictures: nearest point of two rays."""
        a, b = self.sees(state, frontal, point_mm), self.sees(state, lateral, point_mm)
        return nearest_to_rays([a, b])

    def landmark(self, name: str) -> FloatArray:
        """The structure itself, to be handed to ``sees`` and ``locates`` and to nothing else."""
        case = self._case
        return case.patient.landmarks[f"{case.patient.column.target} {name}"]

    def cement_front(self, state: State, picture_age_s: float) -> float:
        """How far back the cement reaches in a lateral picture: share of depth in front of the posterior wall."""
        _require_fresh(picture_age_s)
        percent = cement_front_percent(self._case, state)
        if percent is None:
            return 1.0
        depth = self._case.ground.vertebra.size.depth_mm
        return percent / 100.0 + 0.7 * self._skill.reading_mm / depth * float(self._rng.standard_normal())

    def balloon_reaches(self, state: State, side: Side, picture_age_s: float) -> bool:
        """Whether a lateral picture shows the balloon at endplate or cortex."""
        _require_fresh(picture_age_s)
        criteria = state.stop_criteria[0 if side == "left" else 1]
        return any(c in criteria for c in ("cortex", "height"))

    def _view(self, state: State, picture: Exposed) -> View:
        """The view of a picture: from the angles it was taken at, wherever the plane is now."""
        name: PlaneName = "A" if picture.plane == "A" else "B"
        pose = CArmPose(
            orbital_deg=picture.orbital_deg,
            angulation_deg=picture.angulation_deg,
            magnification=picture.magnification,
        )
        return view(self._case.carm(name), pose, "prone", state.table)


def _require_fresh(picture_age_s: float) -> None:
    """What fills or moves can be read only from a picture of now."""
    if picture_age_s > FRESH_S:
        raise ValueError(f"this picture is {picture_age_s:.1f} s old: take a new one before reading from it")


def nearest_to_rays(sights: list[Sight]) -> FloatArray:
    """The point (3,) with the least sum of squared distances to rays."""
    matrix, right = np.zeros((3, 3)), np.zeros(3)
    for sight in sights:
        across = np.eye(3) - np.outer(sight.way, sight.way)
        matrix += across
        right += across @ sight.point_mm
    return np.linalg.solve(matrix, right)

"""From places of pictures to the skin of the back and to a cannula's angles, and back. Pure, no Qt.

Pixels here are those of the detector; how a monitor hangs them is its own matter (``Orientation.on_detector``).
"""

from __future__ import annotations

import numpy as np

from anatomy.corridors import skin_point
from anatomy.frames import FloatArray, unit
from anatomy.spec import Side
from anatomy.volume import sample
from simulator.app.hands.hands import Hands
from simulator.app.outside.room_scene import Box, Rod
from simulator.app.outside.skin_marks import POSTERIOR, skin_place
from simulator.devices.needle import angles_deg, direction
from simulator.engine.case import Case
from simulator.engine.state import State
from simulator.imaging.view import View

LEAST_SLANT = 0.5
"""Cosine of the beam to straight back to front below which a picture does not show the back from behind."""
INSIDE = 0.52
"""Share of the way from source to panel at which a ray is within the patient: about the isocentre."""
AIMED_MM = 80.0
"""How deep under the skin the end of the line lies that is drawn while a cannula is aimed."""
CONVERGENCE_DEG, CAUDAL_DEG = (-45.0, 60.0), (-45.0, 45.0)
"""Angles that a cannula can be set at, as the engine's commands take them."""
FARTHEST_MM, RAY_STEP_MM = 4000.0, 2.0


def shows_the_back(view: View) -> bool:
    """Whether a picture shows the back, from behind or through the patient."""
    return abs(float(view.direction_patient @ POSTERIOR)) >= LEAST_SLANT


def skin_under(case: Case, view: View, row: float, column: float) -> tuple[float, float] | None:
    """(x, z) patient frame, mm, of the skin of the back on the ray through a pixel; None where there is none.

    A lateral picture shows no point of the back.
    """
    ray = _ray(view, row, column)
    way = ray if ray @ POSTERIOR > 0.0 else -ray
    if way @ POSTERIOR < LEAST_SLANT:
        return None
    inside_mm = view.source_patient_mm + INSIDE * view.source_to_detector_mm * ray
    try:
        skin = skin_point(case.patient.tissue, inside_mm, way)
    except ValueError:
        return None
    return float(skin[0]), float(skin[2])


def skin_on_ray(
    case: Case, eye_mm: FloatArray, way: FloatArray, hiding: list[Rod | Box]
) -> tuple[float, float] | None:
    """(x, z) patient frame, mm, of the skin of the back that an eye sees along a ray; None where it sees none, or
    something that hides it."""
    steps = np.arange(0.0, FARTHEST_MM, RAY_STEP_MM)
    points = eye_mm + steps[:, None] * way
    in_the_body = np.flatnonzero(sample(case.patient.tissue, points, order=0) != 0)
    if in_the_body.size == 0:
        return None
    before = points[: in_the_body[0]]
    if any(_meets(before, body) for body in hiding):
        return None
    x, _, z = points[in_the_body[0]]
    back = skin_place(case.patient, float(x), float(z))
    return (float(x), float(z)) if back is not None and back[1] > points[in_the_body[0]][1] - 20.0 else None


def _meets(points: FloatArray, body: Rod | Box) -> bool:
    """Whether one of points (n, 3) lies in a body."""
    if isinstance(body, Box):
        return bool(np.any(np.all((points >= body.low_mm) & (points <= body.high_mm), axis=1)))
    for first, last in zip(body.points_mm[:-1], body.points_mm[1:], strict=True):
        along = last - first
        share = np.clip((points - first) @ along / max(float(along @ along), 1e-9), 0.0, 1.0)
        if np.any(np.linalg.norm(points - first - share[:, None] * along, axis=1) < body.radius_mm):
            return True
    return False


def aimed_line(case: Case, state: State, view: View, hands: Hands) -> FloatArray | None:
    """Pixels (2, 2) of the skin point and of the place under it that the cannula in hand is aimed at."""
    start = aim_start(case, state, hands)
    if start is None:
        return None
    way = direction(hands.side, hands.convergence_deg, hands.caudal_deg)
    return np.array([view.project(start), view.project(start + AIMED_MM * way)], dtype=float)


def aim_start(case: Case, state: State, hands: Hands) -> FloatArray | None:
    """Where the cannula in hand goes through the skin, or is to; None before that is known."""
    needle = state.needle(hands.side)
    if needle is not None:
        return np.array(needle.skin_mm)
    return None if hands.skin_mm is None else skin_place(case.patient, *hands.skin_mm)


def angles_towards(
    case: Case, state: State, view: View, hands: Hands, row: float, column: float
) -> tuple[float, float] | None:
    """(convergence, caudal) at which the place AIMED_MM under the skin point lies on the ray through a pixel.

    A lateral picture tells nothing of convergence, which stays as it is. None without a skin point.
    """
    start = aim_start(case, state, hands)
    if start is None:
        return None
    source, ray = view.source_patient_mm, _ray(view, row, column)
    if shows_the_back(view):
        return _angles(hands.side, _reached(source, ray, start) - start)
    beam = view.direction_patient
    aside = source + ((start - source) @ beam) / float(ray @ beam) * ray - start
    convergence = hands.convergence_deg
    deep = max(float(aside[1]), 1e-3)
    caudal = float(np.degrees(np.arctan(-aside[2] / deep * np.cos(np.radians(convergence)))))
    return convergence, float(np.clip(caudal, *CAUDAL_DEG))


def _reached(source: FloatArray, ray: FloatArray, start: FloatArray) -> FloatArray:
    """Where a ray meets the sphere that the cannula's end can reach from the skin, in front of it; where it passes
    the sphere by, the nearest point of the ray."""
    along = float((start - source) @ ray)
    nearest = source + along * ray
    left = AIMED_MM**2 - float(np.sum((nearest - start) ** 2))
    deeper = ray if ray[1] > 0.0 else -ray
    return nearest + np.sqrt(max(left, 0.0)) * deeper


def _angles(side: Side, way: FloatArray) -> tuple[float, float]:
    convergence, caudal = angles_deg(side, way)
    return float(np.clip(convergence, *CONVERGENCE_DEG)), float(np.clip(caudal, *CAUDAL_DEG))


def _ray(view: View, row: float, column: float) -> FloatArray:
    """Unit direction (3,) of the ray through a pixel, patient frame."""
    return unit(view.ray_matrix_patient() @ np.array([row, column, 1.0]))

"""Where a click on a picture points to: the skin of the back that the beam has passed there."""

from __future__ import annotations

import numpy as np

from anatomy.corridors import skin_point
from anatomy.frames import unit
from simulator.engine.case import Case
from simulator.engine.state import Plane, State

POSTERIOR = np.array([0.0, -1.0, 0.0])
LEAST_SLANT = 0.5
"""Cosine of the beam to straight back to front below which a picture does not show the back from behind."""


def skin_under(case: Case, state: State, plane: Plane, row: float, column: float) -> tuple[float, float] | None:
    """(x, z) patient frame, mm, of the skin of the back on the ray through a pixel; None where there is none.

    A lateral picture shows no point of the back.
    """
    view = case.view(state, plane)
    ray = unit(view.ray_matrix_patient() @ np.array([row, column, 1.0]))
    way = ray if ray @ POSTERIOR > 0.0 else -ray
    if way @ POSTERIOR < LEAST_SLANT:
        return None
    at_isocentre_mm = view.source_patient_mm + case.carm(plane.name).source_to_isocentre_mm * ray
    try:
        skin = skin_point(case.patient.tissue, at_isocentre_mm, way)
    except ValueError:
        return None
    return float(skin[0]), float(skin[2])

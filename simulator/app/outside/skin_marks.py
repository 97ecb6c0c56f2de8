"""What is drawn or laid on the skin of the back, as it is seen in the room. No Qt, no VTK."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from anatomy.corridors import skin_point
from anatomy.frames import FloatArray, unit
from anatomy.keeping import kept_with_first
from anatomy.patient import Patient
from simulator.app.outside.room_scene import INK, LEAD, STEEL, Rod
from simulator.engine.case import Case
from simulator.engine.state import State

PEN_MM, RING_MM, CROSS_MM, WIRE_MM, MARK_MM = 16.0, 8.5, 10.0, 75.0, 2.0
"""Half lengths of a pen's cross and of markers, radius of a ring, and of their lines: thicker than they are, so
that they are seen across the room."""
POSTERIOR = np.array([0.0, -1.0, 0.0])


def laid(state: State) -> list[Rod]:
    """The marker that lies on the skin: nothing hides behind it."""
    if state.skin_mark is None:
        return []
    middle, normal = np.array(state.skin_mark.at_mm), np.array(state.skin_mark.normal)
    along = unit(np.array([0.0, 0.0, 1.0]) - normal[2] * normal)
    across = np.cross(normal, along)
    if state.skin_mark.kind == "ring":
        turned = np.linspace(0.0, 2.0 * np.pi, 25)[:, None]
        return [Rod(middle + RING_MM * (np.cos(turned) * along + np.sin(turned) * across), MARK_MM, LEAD)]
    if state.skin_mark.kind == "wire":
        return [Rod(np.array([middle - WIRE_MM * along, middle + WIRE_MM * along]), MARK_MM, STEEL)]
    return [
        Rod(np.array([middle - CROSS_MM * way, middle + CROSS_MM * way]), MARK_MM, LEAD) for way in (along, across)
    ]


def pen_marks(case: Case, points_mm: Iterable[tuple[float, float] | None]) -> list[Rod]:
    """A cross of ink on the skin of the back at each point (x, z patient frame); it follows the skin, and ends
    where that falls away at the body's side."""
    arms = np.linspace(-PEN_MM, PEN_MM, 5)
    found = []
    for x_mm, z_mm in (point for point in points_mm if point is not None):
        for line in ([(x_mm + arm, z_mm) for arm in arms], [(x_mm, z_mm + arm) for arm in arms]):
            places = [skin_place(case.patient, *at) for at in line]
            middle = places[len(arms) // 2]
            if middle is None:
                continue
            skin = [place for place in places if place is not None and abs(place[1] - middle[1]) < 2.0 * PEN_MM]
            if len(skin) > 1:
                found.append(Rod(np.array(skin), MARK_MM, INK))
    return found


@kept_with_first(32)
def skin_place(patient: Patient, x_mm: float, z_mm: float) -> FloatArray | None:
    """The skin of the back (3,), patient frame, straight behind a point of the frontal plane; None beyond it."""
    try:
        return skin_point(patient.tissue, np.array([x_mm, 0.0, z_mm]), POSTERIOR)
    except ValueError:
        return None

"""Lines over a picture: planned corridor, pedicles, endplates, names of levels. Pure, no Qt.

Each line is given in the patient and projected through the view of the picture on the monitor, wherever the C-arm
stands by now, and follows breathing as the picture does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from anatomy.frames import FloatArray, apply
from anatomy.skeleton.vertebra import PEDICLE_EXPONENT, Vertebra, side_sign
from anatomy.spec import LEVELS, Side
from simulator.app.guide.seen import Look
from simulator.engine.case import Case
from simulator.engine.exposing import shows
from simulator.engine.state import State

Kind = Literal["corridor", "skin", "pedicle", "endplate", "wall", "needle", "level"]
RING = np.linspace(0.0, 2.0 * np.pi, 49)
AHEAD_MM = 40.0
"""How far ahead of its tip the way of a cannula is drawn."""
LEAST_WAY_MM = 6.0
"""A line of less than this across the picture is one seen end-on, and is drawn as a point."""


@dataclass(frozen=True, eq=False)
class Stroke:
    """A line on a picture: points (n, 2) row and column; name: a text of its own, or a level's name."""

    kind: Kind
    points: FloatArray
    name: str = ""


def strokes(case: Case, state: State, look: Look, only: Side | None = None) -> list[Stroke]:
    """The lines over a picture; state: what the target and the cannulae are like; only: whose plan is drawn."""
    v = case.ground.vertebra
    found = _levels(case, look)
    for plate in ("superior", "inferior"):
        found.append(Stroke("endplate", on_picture(look, endplate_mm(case, state, plate))))
    if look.kind == "lateral":
        found.append(Stroke("wall", on_picture(look, posterior_wall_mm(case, state)), "wall"))
    sides = case.scenario.instruments.needles
    if look.kind != "lateral":
        found += [Stroke("pedicle", on_picture(look, pedicle_mm(v, side))) for side in sides]
    for side in sides if only is None else (only,):
        corridor = case.patient.corridors[side]
        line = on_picture(look, np.stack([corridor.entry_mm, corridor.target_mm]))
        found.append(Stroke("corridor", line, "entry" if side == (only or sides[0]) else ""))
        needle = state.needle(side)
        if needle is None and look.kind == "frontal":
            found.append(Stroke("skin", on_picture(look, corridor.skin_mm[None, :]), "skin"))
        if needle is not None:
            way = np.stack([needle.tip_mm, needle.tip_mm + AHEAD_MM * needle.axis])
            found.append(Stroke("needle", on_picture(look, way)))
    return found


def on_picture(look: Look, points_mm: FloatArray) -> FloatArray:
    """Points (n, 3), patient frame, as (n, 2) row and column of a picture."""
    return look.view.project(points_mm) + np.array(look.shift_px)


def _levels(case: Case, look: Look) -> list[Stroke]:
    marks = case.patient.landmarks
    centres = {level: marks[f"{level} body centre"] for level in LEVELS}
    return [
        Stroke("level", on_picture(look, centre[None, :]), level)
        for level, centre in centres.items()
        if shows(look.view, look.field, centre)
    ]


def pedicle_mm(v: Vertebra, side: Side) -> FloatArray:
    """The outline of a pedicle at its isthmus (n, 3), patient frame: where it is narrowest, across its axis."""
    centre, along = v.pedicle_axis(side)
    across = np.cross(along, (0.0, 0.0, 1.0))
    across = across / np.linalg.norm(across)
    upward = np.cross(across, along)
    power = 2.0 / PEDICLE_EXPONENT
    up = np.sign(np.sin(RING)) * np.abs(np.sin(RING)) ** power
    out = np.sign(np.cos(RING)) * np.abs(np.cos(RING)) ** power
    half_width = 0.5 * v.size.pedicle_width_mm * (1.0 + 0.16 * up)  # as ``pedicle_distance`` has it
    half_height = 0.5 * v.size.pedicle_height_mm
    ring = centre + (out * half_width)[:, None] * across + (up * half_height)[:, None] * upward
    return apply(v.patient_from_vertebra, ring)


def endplate_mm(case: Case, state: State, plate: Literal["superior", "inferior"]) -> FloatArray:
    """The rim of an endplate of the target as it stands now (n, 3), patient frame. In a true view it is a line."""
    v, collapse = case.ground.vertebra, case.ground.collapse
    upper = plate == "superior"
    width = v.size.endplate_width_sup_mm if upper else v.size.endplate_width_inf_mm
    x, y = 0.47 * width * np.sin(RING), 0.47 * v.size.depth_mm * np.cos(RING)
    half = 0.5 * v.rim_height_mm(y)
    z = half if upper else -half
    if collapse is not None:
        z = z - state.amplitude * collapse.top_drop_mm(x, y) if upper else z
        z = z if upper else z + state.amplitude * collapse.bottom_rise_mm(x, y)
    return apply(v.patient_from_vertebra, np.stack([x, y, z], axis=1))


def posterior_wall_mm(case: Case, state: State) -> FloatArray:
    """The posterior wall of the target in its midline (2, 3), patient frame: from rim to rim."""
    v = case.ground.vertebra
    rims = [endplate_mm(case, state, plate) for plate in ("superior", "inferior")]
    local = [apply(case.target_from_patient, rim) for rim in rims]
    ends = [rim[int(np.argmin(rim[:, 1]))] for rim in local]
    line = np.array([[0.0, v.posterior_wall_y_mm, end[2]] for end in ends])
    return apply(v.patient_from_vertebra, line)


def medial_border_mm(v: Vertebra, side: Side) -> FloatArray:
    """The point (3,) of a pedicle's outline that is nearest to the midline, patient frame."""
    outline = pedicle_mm(v, side)
    local = outline @ v.patient_from_vertebra[:3, 0]
    return outline[int(np.argmin(side_sign(side) * local))]

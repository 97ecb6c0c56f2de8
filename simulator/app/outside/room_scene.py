"""What stands in the room, as simple bodies: only what is seen from outside, read off case and state.

In the patient frame (x right, y anterior, z to the head); the patient is prone, so -y is up. No Qt, no VTK.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatomy.frames import FloatArray, unit
from anatomy.keeping import kept_with_first
from anatomy.patient import Patient
from anatomy.spec import SIDES
from anatomy.volume import Grid
from simulator.engine.case import Case
from simulator.engine.measuring_field import HALF_TISSUE_G_CM3
from simulator.engine.state import Plane, State

INK, LEAD = "#5b2a86", "#4a5058"
STEEL, HUB, PLASTIC, ARC, SKIN, CLOTH = "#c3ccd4", "#4fb3d9", "#d5d9dd", "#8a939c", "#d8a98c", "#4d7d78"
HOUSING_MM, PANEL_MM, ARC_MM = (120.0, 260.0), (190.0, 70.0), 55.0
"""Radius and length of tube housing and flat panel, radius of the arc (presets, as such machines look)."""
CANNULA_MM, HUB_MM, HUB_LONG_MM = 3.0, 11.0, 14.0
"""A cannula is drawn twice as thick as it is, so that it is seen across the room."""
TABLE_MM = (260.0, 900.0, 60.0)
"""Half width, half length and thickness of the table top."""
SKIN_STEP_MM = 8.0


@dataclass(frozen=True)
class Rod:
    """A tube with closed ends along points (n, 3)."""

    points_mm: FloatArray
    radius_mm: float
    colour: str


@dataclass(frozen=True)
class Box:
    """Corners of an axis-aligned box."""

    low_mm: FloatArray
    high_mm: FloatArray
    colour: str


def isocentre_mm(case: Case, state: State) -> FloatArray:
    """Where plane A turns about, patient frame: the point of the room that stays when the table moves."""
    view, carm = case.view(state, state.planes[0]), case.carm(state.planes[0].name)
    return view.source_patient_mm + carm.source_to_isocentre_mm * view.direction_patient


def bodies(case: Case, state: State) -> list[Rod | Box]:
    """C-arms, cannulae outside and in, and the table."""
    found: list[Rod | Box] = [rod for plane in state.planes for rod in _carm(case, state, plane)]
    for side in SIDES:
        needle = state.needle(side)
        if needle is not None:
            hub, out = needle.hub_mm, -unit(needle.shaft_axis)
            found.append(Rod(np.array([hub, needle.tip_mm]), CANNULA_MM, STEEL))
            found.append(Rod(np.array([hub, hub + HUB_LONG_MM * out]), HUB_MM, HUB))
    half_width, half_length, thick = TABLE_MM
    _, grid = skin_density(case.patient)
    low, high = grid.box_mm()
    front, middle = front_mm(case.patient), 0.5 * (low[2] + high[2])
    found.append(
        Box(
            np.array([-half_width, front, middle - half_length]),
            np.array([half_width, front + thick, middle + half_length]),
            CLOTH,
        )
    )
    return found


def _carm(case: Case, state: State, plane: Plane) -> list[Rod]:
    """Tube housing, panel, and the arc between them: at the head of plane A, above plane B."""
    view = case.view(state, plane)
    source, way = view.source_patient_mm, view.direction_patient
    panel = source + view.source_to_detector_mm * way
    behind = np.array([0.0, 0.0, 1.0]) if plane.name == "A" else np.array([0.0, -1.0, 0.0])
    behind = unit(behind - (behind @ way) * way)
    middle, radius = 0.5 * (source + panel), 0.5 * view.source_to_detector_mm + 60.0
    turned = np.linspace(0.0, np.pi, 25)[:, None]
    arc = middle - radius * np.cos(turned) * way + radius * np.sin(turned) * behind
    (housing, long), (broad, thick) = HOUSING_MM, PANEL_MM
    return [
        Rod(np.array([source - 0.7 * long * way, source + 0.3 * long * way]), housing, PLASTIC),
        Rod(np.array([panel, panel + thick * way]), broad, PLASTIC),
        Rod(arc, ARC_MM, ARC),
    ]


def ray_through(
    eye: FloatArray,
    focus: FloatArray,
    up: FloatArray,
    view_angle_deg: float,
    size: tuple[int, int],
    at: tuple[float, float],
) -> tuple[FloatArray, FloatArray]:
    """Eye (3,) and unit direction (3,) of the ray through a place (x, y from the upper left) of a picture of that
    size (width, height), whose height spans the view angle."""
    forward = unit(focus - eye)
    right = unit(np.cross(forward, up))
    upward = np.cross(right, forward)
    half = np.tan(np.radians(view_angle_deg) / 2.0)
    width, height = size
    across, above = (2.0 * at[0] - width) / height * half, (height - 2.0 * at[1]) / height * half
    return eye, unit(forward + across * right + above * upward)


@kept_with_first(2)
def skin_density(patient: Patient) -> tuple[NDArray[np.float32], Grid]:
    """Soft and adipose tissue, g/cm3, on every few voxels of the body's grid: skin is where it reaches half."""
    step = max(round(SKIN_STEP_MM / float(patient.soft.grid.voxel_mm[0])), 1)
    every = slice(None, None, step)
    density = patient.soft.array[every, every, every] + patient.adipose.array[every, every, every]
    matrix = np.array(patient.soft.patient_from_voxel, dtype=float)
    matrix[:3, :3] = matrix[:3, :3] * step
    return density, Grid(density.shape, matrix)


@kept_with_first(2)
def front_mm(patient: Patient) -> float:
    """The foremost skin, which lies on the table: y, patient frame."""
    density, grid = skin_density(patient)
    last = np.flatnonzero((density > HALF_TISSUE_G_CM3).any(axis=(0, 2)))[-1]
    return float(grid.axes_mm()[1].ravel()[last])

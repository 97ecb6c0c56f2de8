"""What goes through a cannula beyond its tip: where it is, how far it may go, and what it takes out of bone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.regions import IN_BONE
from anatomy.spec import Side
from simulator.devices import track
from simulator.devices.bending import clock_direction
from simulator.devices.ground import GroundNow
from simulator.devices.instruments import TOOLS, Tool
from simulator.devices.needle import Needle
from simulator.devices.path import Triple, triple
from simulator.devices.probe import Probe

CUP_MM = 8.0
"""Length of a curette's end that bends and scrapes; *unconfirmed*."""
FLEXION_RAD = np.radians(30.0)
"""A curette's end bends by so much at most; *unconfirmed*."""
STROKE_ML = 0.02
"""Bone of SCRAPED_G_CM3 that a stroke takes; denser bone gives less; *unconfirmed*."""
SCRAPED_G_CM3 = 0.1
SCRAPES_TO_G_CM3 = 0.35
"""Cortex and endplates are too hard for a curette; *unconfirmed*."""
_SECTOR_COS = np.cos(np.radians(60.0))


@dataclass(frozen=True)
class Wire:
    """A guide wire that stands in the patient alone. Patient frame; depth_mm from the skin to its tip."""

    side: Side
    tool: Tool
    skin_mm: Triple
    direction: Triple
    depth_mm: float

    @property
    def tip_mm(self) -> FloatArray:
        """Tip (3,)."""
        return np.array(self.skin_mm) + self.depth_mm * np.array(self.direction)


def wire_left(needle: Needle) -> Wire | None:
    """The wire that stays where a cannula has been drawn off over it; None without one."""
    if not needle.over_a_wire or needle.tool is None:
        return None
    off = needle.tip_mm + needle.tool_mm * needle.axis - np.array(needle.skin_mm)
    depth = float(np.linalg.norm(off))
    return Wire(needle.side, needle.tool, needle.skin_mm, triple(off / depth), depth) if depth > 0.0 else None


def ahead_mm(needle: Needle, spacing_mm: float = 1.0) -> tuple[FloatArray, float] | None:
    """Points (n, 3) on the middle of a tool beyond the cannula, its tip first, and its radius; None without."""
    if needle.tool is None or needle.tool_mm <= 0.0:
        return None
    beyond = np.append(np.arange(needle.tool_mm, 0.0, -spacing_mm), 0.0)
    return needle.tip_mm + beyond[:, None] * needle.axis, 0.5 * TOOLS[needle.tool].outer_mm


def bored(now: GroundNow, needle: Needle, radius_mm: float, reach_mm: float) -> NDArray[np.bool_]:
    """Voxels (i, j, k) that a tool of a radius opens from the cannula's tip to reach_mm beyond it."""
    if reach_mm <= 0.0:
        return np.zeros(now.grid.shape, dtype=bool)
    beyond = np.append(np.arange(0.0, reach_mm, 0.25), reach_mm)
    return track.along(now.grid, needle.tip_mm + beyond[:, None] * needle.axis, radius_mm)


def curette_reach_mm(tool: Tool) -> float:
    """How far beside the cannula's axis a curette's cup scrapes when it is bent as far as it goes."""
    return float(CUP_MM * np.sin(FLEXION_RAD) + 0.5 * TOOLS[tool].outer_mm)


def scraped(
    now: GroundNow,
    mineral: NDArray[np.float32],
    opened: NDArray[np.bool_],
    needle: Needle,
    clock_deg: float,
    strokes: int,
) -> NDArray[np.bool_]:
    """Voxels (i, j, k) of bone that strokes of a curette take out on the side of a clock's hour.

    mineral: g/cm3 now; opened: voxels that are open already. Strokes take the nearest bone within the cup's length
    and reach first, STROKE_ML each of bone of SCRAPED_G_CM3, less of denser; what is too hard stays.
    """
    assert needle.tool is not None
    axis, side = needle.axis, clock_direction(needle.axis, clock_deg)
    index = np.argwhere(~opened & (mineral < SCRAPES_TO_G_CM3) & np.isin(now.label, IN_BONE))
    offset = frames.apply(now.grid.patient_from_voxel, index) - needle.tip_mm
    along = offset @ axis
    across = offset - along[:, None] * axis
    radius = np.linalg.norm(across, axis=1)
    inside = (along <= needle.tool_mm) & (along >= max(needle.tool_mm - CUP_MM, 0.0))
    inside &= (radius <= curette_reach_mm(needle.tool)) & (across @ side >= _SECTOR_COS * radius)
    index, radius = index[inside], radius[inside]
    order = np.lexsort((*index.T, radius.round(6)))
    index = index[order]
    density = mineral[tuple(index.T)]
    effort = now.grid.voxel_ml * np.maximum(density / SCRAPED_G_CM3, 0.25)
    taken = index[np.cumsum(effort) <= STROKE_ML * strokes]
    found = np.zeros(now.grid.shape, dtype=bool)
    found[tuple(taken.T)] = True
    return found


CoreTissue = Literal["tumour", "cortical bone", "cancellous bone", "soft tissue"]
TUMOUR_SHARE = 0.2
"""Of a core that has to be tumour for a pathologist to find it (preset)."""


def core_points_mm(needle: Needle) -> FloatArray:
    """Points (n, 3) half a millimetre apart along a biopsy needle's core, patient frame."""
    core = ahead_mm(needle, 0.5)
    assert core is not None
    return core[0]


def core_of(probe: Probe, points: FloatArray, tumour: NDArray[np.bool_]) -> tuple[CoreTissue, float]:
    """What a core along points (n, 3), some of which (n,) lie in a tumour, is found to be, and its mean mineral in
    g/cm3: tumour if there is enough of it, else what most of it is."""
    mineral = probe.mineral_g_cm3(points)
    in_bone = probe.bone_distance_mm(points) < 0.0
    tissue: CoreTissue = "soft tissue"
    if tumour.mean() >= TUMOUR_SHARE:
        tissue = "tumour"
    elif in_bone.mean() >= 0.5:
        tissue = "cortical bone" if (mineral > SCRAPES_TO_G_CM3).mean() >= 0.5 else "cancellous bone"
    return tissue, float(mineral.mean())

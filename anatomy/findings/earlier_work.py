"""Pedicle screws and rods of an earlier operation, as exact solids in the patient frame.

A screw lies on its pedicle's axis, from the bony entry to at most four fifths of the body's depth and no thicker
than the pedicle takes; rods of 5.5 mm join the heads of each side. Metal is not stored in voxels: two millimetres
would blur it. What a picture shows of it is drawn from these parts, and no needle passes through them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from anatomy import frames, shapes
from anatomy.column import Column
from anatomy.fractures.deform import RIGID_MM, STILL_MM, above_from_found
from anatomy.frames import FloatArray
from anatomy.skeleton.arch import FAR_MM, arch_parts
from anatomy.skeleton.vertebra import Vertebra
from anatomy.spec import LEVELS, SIDES, Level, PatientSpec, Side

Point = tuple[float, float, float]

DIAMETERS_MM = {"T": (4.5, 5.5, 6.5), "L": (5.5, 6.5)}
LENGTHS_MM = (30.0, 35.0, 40.0, 45.0, 50.0)
"""Of pedicle screws that are sold; the largest that fits is taken."""
OF_PEDICLE = 0.9
"""A screw is at most so thick against its pedicle, but never below the region's thinnest (unconfirmed)."""
OF_DEPTH = 0.80
"""How far across the body a screw's tip may reach (unconfirmed)."""
CORE, PITCH_MM = 0.72, 2.6  # core over outer radius, and thread (unconfirmed)
HEAD_RADIUS_MM, HEAD_MM = 6.2, 14.0  # tulip, and its height behind the bone (unconfirmed)
ROD_RADIUS_MM, ROD_BEHIND_MM, ROD_END_MM = 2.75, 7.5, 9.0  # rods: 5.5 mm; behind the entry; beyond the last screw


@dataclass(frozen=True)
class MetalPart:
    """A truncated cone of titanium alloy, patient frame, as found.

    kind: "core", "thread" (without the core it winds round), "head" (without the rod through it) or "rod". number
    says which screw or rod it belongs to; above: it follows the spine above the target.
    """

    kind: str
    number: int
    above: bool
    start_mm: Point
    end_mm: Point
    start_radius_mm: float
    end_radius_mm: float

    def holds(self, points_mm: FloatArray) -> NDArray[np.bool_]:
        """Which of points (n, 3) lie inside."""
        start, along = np.array(self.start_mm), np.subtract(self.end_mm, self.start_mm)
        length = float(np.linalg.norm(along))
        relative = points_mm - start
        share = relative @ along / length**2
        radius = self.start_radius_mm + share * (self.end_radius_mm - self.start_radius_mm)
        across = np.linalg.norm(relative - share[:, None] * along, axis=1)
        return np.asarray((share >= 0.0) & (share <= 1.0) & (across <= radius))


@dataclass(frozen=True)
class Screw:
    """One pedicle screw: bony entry and tip (patient frame, mm), diameter and length (mm)."""

    level: Level
    side: Side
    entry_mm: Point
    tip_mm: Point
    diameter_mm: float
    length_mm: float

    @property
    def along(self) -> FloatArray:
        """Unit direction (3,) from entry to tip."""
        return frames.unit(np.subtract(self.tip_mm, self.entry_mm))

    def behind(self, distance_mm: float) -> FloatArray:
        """The point (3,) on the axis so far behind the entry."""
        return np.array(self.entry_mm) - distance_mm * self.along


def screws(spec: PatientSpec, spine: Column) -> list[Screw]:
    """Screws of a patient, cranial first, left before right."""
    levels = sorted(set(spec.pedicle_screws), key=LEVELS.index)
    return [_screw(spine.vertebrae[level], side) for level in levels for side in SIDES]


def metal(spec: PatientSpec, spine: Column, amplitude: float = 1.0) -> tuple[MetalPart, ...]:
    """All parts of screws and rods at a collapse amplitude (1 as found); empty for most patients."""
    parts: list[MetalPart] = []
    placed = screws(spec, spine)
    for number, screw in enumerate(placed):
        parts += _parts(screw, number, spine.is_above(screw.level))
    for number, side in enumerate(SIDES, start=len(placed)):
        parts += _rod([s for s in placed if s.side == side], number, spine)
    if spine.collapse is None or amplitude == 1.0:
        return tuple(parts)
    move = above_from_found(spine.collapse, amplitude)
    return tuple(_moved(part, move) if part.above else part for part in parts)


def _screw(v: Vertebra, side: Side) -> Screw:
    """The largest screw that is sold and fits a pedicle, its axis and the body's depth."""
    isthmus, along = v.pedicle_axis(side)
    entry = isthmus - _to_surface_mm(v, isthmus, -along) * along
    deepest = v.posterior_wall_y_mm + OF_DEPTH * v.size.depth_mm
    room = float((deepest - entry[1]) / along[1])
    length = max((one for one in LENGTHS_MM if one <= room), default=LENGTHS_MM[0])
    wide = OF_PEDICLE * v.size.pedicle_width_mm
    sold = DIAMETERS_MM["T" if v.level[0] == "T" else "L"]
    diameter = max((one for one in sold if one <= wide), default=sold[0])
    placed = frames.apply(v.patient_from_vertebra, np.stack([entry, entry + length * along]))
    return Screw(v.level, side, _point(placed[0]), _point(placed[1]), diameter, length)


def _to_surface_mm(v: Vertebra, start: FloatArray, way: FloatArray) -> float:
    """How far from a point inside the arch along way (unit), vertebral frame, its surface lies."""
    steps = np.arange(0.0, 40.0, 0.25)
    points = (start + steps[:, None] * way).astype(np.float32)
    x, y, z = points.T
    inside = np.full(steps.shape, False)
    for part in arch_parts(v):
        low, high = part.box
        near = np.all((points >= low) & (points <= high), axis=1)
        distance = np.full(steps.shape, FAR_MM)
        distance[near] = part.distance(x[near], y[near], z[near])
        inside |= distance < 0.0
    return float(steps[int(np.argmin(inside))])


def _parts(screw: Screw, number: int, above: bool) -> list[MetalPart]:
    """Core, thread and head of a screw."""
    outer = 0.5 * screw.diameter_mm
    core = CORE * outer

    def part(kind: str, start_mm: float, end_mm: float, start_radius: float, end_radius: float) -> MetalPart:
        ends = _point(screw.behind(-start_mm)), _point(screw.behind(-end_mm))
        return MetalPart(kind, number, above, *ends, start_radius, end_radius)

    straight = screw.length_mm - 6.0
    out = [
        part("head", -HEAD_MM, 0.0, HEAD_RADIUS_MM, 0.85 * HEAD_RADIUS_MM),
        part("core", 0.0, straight, core, core),
        part("core", straight, screw.length_mm, core, 0.4 * core),
    ]
    turns = np.arange(1.0, straight - PITCH_MM, PITCH_MM)
    return out + [part("thread", float(t), float(t) + 0.55 * PITCH_MM, core, outer) for t in turns]


def _rod(on_side: list[Screw], number: int, spine: Column) -> list[MetalPart]:
    """A rod through the heads of one side's screws and a little beyond them."""
    if len(on_side) < 2:
        return []
    through = np.array([screw.behind(ROD_BEHIND_MM) for screw in on_side])
    ends = (through[:2], through[:-3:-1])
    first, last = (a[0] + ROD_END_MM * frames.unit(a[0] - a[1]) for a in ends)
    line = shapes.spline(np.vstack([first, through, last]), per_span=3)
    above = spine.is_above(on_side[-1].level)
    return [
        MetalPart("rod", number, above, _point(a), _point(b), ROD_RADIUS_MM, ROD_RADIUS_MM)
        for a, b in itertools.pairwise(line)
    ]


def _moved(part: MetalPart, patient_from_found: FloatArray) -> MetalPart:
    """A part carried along with the spine above the target, less and less from RIGID_MM on (deform.upper_map)."""
    points = np.array([part.start_mm, part.end_mm])
    t = np.clip((points[:, 2:] - RIGID_MM) / (STILL_MM - RIGID_MM), 0.0, 1.0)
    follows = 1.0 - t * t * (3.0 - 2.0 * t)
    placed = points + follows * (frames.apply(patient_from_found, points) - points)
    return replace(part, start_mm=_point(placed[0]), end_mm=_point(placed[1]))


def _point(p: FloatArray) -> Point:
    return float(p[0]), float(p[1]), float(p[2])

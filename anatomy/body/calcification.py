"""Calcified plaques in the wall of aorta and iliac arteries: thin curved lines in front of the lumbar spine.

How much of the wall is calcified grows with age and differs widely between people; most of it lies in the lumbar
aorta above its division (as the 24-point score of Kauppila grades it on lateral radiographs). Shares, sizes and
densities are *unconfirmed* presets: none at 40, about a tenth of the lumbar wall at 75; plaques 6 to 30 mm long,
0.8 to 1.8 mm thick, 0.25 to 0.6 g/cm3 of mineral (300 to 750 HU).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatomy import frames, shapes
from anatomy.body import vessels
from anatomy.body.vessels import Tube
from anatomy.column import Column
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.spec import PatientSpec
from anatomy.volume import Grid

STREAM = 0x63616C63  # "calc"
_FROM_AGE, _TO_AGE = 40.0, 95.0
_MOST_SHARE = 0.25  # of the lumbar wall, at _TO_AGE
_SPREAD = 0.5  # SD of the logarithm between people
_LENGTH_MM, _HALF_ANGLE_RAD, _THICKNESS_MM = (6.0, 30.0), (0.2, 0.7), (0.8, 1.8)
_MINERAL_G_CM3 = (0.25, 0.60)
_LUMBAR_MM = 130.0  # above the division; farther up plaques get rare
_THORACIC_SHARE = 0.25


@dataclass(frozen=True)
class Plaque:
    """A calcified patch in the wall of a tube: middle of its arc along and around it, size and density.

    at: index along the tube's line (fractional); facing (3,): unit direction from the line to the patch.
    """

    tube: Tube
    at: float
    half_length_mm: float
    facing: FloatArray
    half_angle_rad: float
    thickness_mm: float
    mineral_g_cm3: float

    def frame(self) -> tuple[FloatArray, FloatArray, float]:
        """(centre (3,) on the tube's line, unit direction along it, radius there)."""
        n = np.arange(len(self.tube.radius_mm))
        centre = np.array([np.interp(self.at, n, self.tube.line_mm[:, a]) for a in range(3)])
        low = int(np.clip(self.at, 0, len(n) - 2))
        along = frames.unit(self.tube.line_mm[low + 1] - self.tube.line_mm[low])
        return centre, along, float(np.interp(self.at, n, self.tube.radius_mm))

    def box(self) -> tuple[FloatArray, FloatArray]:
        """The box (low, high) that holds it."""
        centre, along, radius = self.frame()
        across = np.cross(along, self.facing)
        arc = np.linspace(-self.half_angle_rad, self.half_angle_rad, 5)[:, None]
        rim = centre + radius * (np.cos(arc) * self.facing + np.sin(arc) * across)
        return shapes.around(
            *(rim + self.half_length_mm * along), *(rim - self.half_length_mm * along), margin_mm=3.0
        )


def calcified_share(spec: PatientSpec) -> float:
    """Share of the lumbar aorta's wall that is calcified in one person."""
    rng = np.random.default_rng([spec.seed, STREAM])
    age = np.clip((spec.age_years - _FROM_AGE) / (_TO_AGE - _FROM_AGE), 0.0, 1.0)
    person = np.exp(_SPREAD * np.clip(rng.standard_normal(), -2.0, 2.0))
    return float(min(_MOST_SHARE * age**1.5 * person, 0.6))


def plaques(spec: PatientSpec, spine: Column) -> list[Plaque]:
    """Plaques of one person. The same seed grows the same ones, earliest first, as age goes on."""
    rng = np.random.default_rng([spec.seed, STREAM, 1])
    aorta, share = vessels.aorta(spine), calcified_share(spec)
    iliac = list(vessels.iliac_arteries(spine).values())
    wall_mm2 = 2.0 * np.pi * float(aorta.radius_mm[:12].mean()) * _LUMBAR_MM
    found: list[Plaque] = []
    covered = 0.0
    while covered < share * wall_mm2:
        where = rng.random()
        tube = aorta if where < 0.8 else iliac[int(where < 0.9)]
        drawn = rng.random(7)  # as many for every plaque: the next one does not depend on what becomes of this
        plaque = _plaque(tube, drawn, is_aorta=where < 0.8)
        found.append(plaque)
        covered += 4.0 * plaque.half_length_mm * plaque.half_angle_rad * plaque.frame()[2]
    return found


def _plaque(tube: Tube, drawn: FloatArray, *, is_aorta: bool) -> Plaque:
    place, facing, length, angle, thickness, mineral, spread = drawn
    step = tube.length_mm / (len(tube.line_mm) - 1)
    if not is_aorta:
        reach = 0.45 * tube.length_mm
    elif spread < _THORACIC_SHARE:
        reach = tube.length_mm
    else:
        reach = _LUMBAR_MM
    at = (1.0 if is_aorta else 2.0) + place * (reach / step - 2.0)
    turn = 2.0 * np.pi * facing
    low = int(np.clip(at, 0, len(tube.line_mm) - 2))
    along = frames.unit(tube.line_mm[low + 1] - tube.line_mm[low])
    across = frames.unit(np.cross(along, (0.0, 1.0, 0.0)))
    towards = np.cos(turn) * across + np.sin(turn) * np.cross(across, along)
    between = [
        low_ + part * (high - low_)
        for (low_, high), part in zip(
            (_LENGTH_MM, _HALF_ANGLE_RAD, _THICKNESS_MM, _MINERAL_G_CM3),
            (length, angle, thickness, mineral),
            strict=True,
        )
    ]
    return Plaque(tube, float(at), 0.5 * between[0], towards, *between[1:])


def add_calcification(mineral: Array, spec: PatientSpec, spine: Column, grid: Grid) -> None:
    """Add plaques to mineral (g/cm3, i, j, k) that is still being built; each keeps its mass at any voxel size."""
    voxel = float(grid.voxel_mm.max())
    for plaque in plaques(spec, spine):
        window = grid.window(*plaque.box())
        if any(s.stop <= s.start for s in window):
            continue
        x, y, z = grid.part(window).axes_mm()
        centre, along, radius = plaque.frame()
        dx, dy, dz = x - np.float32(centre[0]), y - np.float32(centre[1]), z - np.float32(centre[2])
        s = dx * along[0] + dy * along[1] + dz * along[2]
        distance = plaque.tube.distance(x, y, z)
        towards = dx * plaque.facing[0] + dy * plaque.facing[1] + dz * plaque.facing[2]
        off_axis = np.maximum(distance + radius, 1e-3)
        beside = np.arccos(np.clip(towards / off_axis, -1.0, 1.0)) * radius
        edge = np.maximum(beside - plaque.half_angle_rad * radius, np.abs(s) - plaque.half_length_mm)
        shell = shapes.shell_coverage(distance, plaque.thickness_mm, voxel)
        filled = plaque.mineral_g_cm3 * shell * shapes.soft_coverage(edge, max(voxel, 1.5))
        np.maximum(mineral[window], filled, out=mineral[window])

"""Nerves: dural sac, cord, cauda equina, and the roots and ganglia of every level.

Sizes and clearances: anatomy section 5. Cord 6.5 x 8 mm (T4 to T8), 7.5 x 9.5 (T11 to T12), 4 at the conus; sac
10.5 to 14 deep in the chest, 14 x 16 mm at L1 to L4, 11 x 14 at S1, ending at the upper third of S2 (cord and sac
unconfirmed but for where they end); inner pedicle wall to dura 3.0 mm in the lumbar spine, pedicle to the root
below it 1.98 mm, take-off 50.5 to 58.8 degrees; ganglia 4.4 x 5.4 mm (L1) to 5.8 x 10.8 (L5), in the medial zone
of the foramen, at L5 in the lateral one. Thoracic roots run nearly level; their ganglia's size is unconfirmed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatomy import frames
from anatomy.body.organ import Sweep
from anatomy.column import Column
from anatomy.frames import FloatArray
from anatomy.skeleton.vertebra import Vertebra, side_sign
from anatomy.spec import LEVELS, Level, PatientSpec, Side

STREAM = 0x6E657276  # "nerv"

ROOT_RADIUS_MM = {"T": 1.4, "L": 2.25}  # roots 2.5 to 3 mm thoracic, 4 to 5 mm lumbar across
BELOW_PEDICLE_MM = 1.98
DURA_FROM_WALL_MM = {"T": 1.5, "L": 3.0}  # thoracic unconfirmed: the sac nearly fills the narrow canal
TAKE_OFF_DEG = 54.0  # of lumbar roots from the sac's axis
_THORACIC_TAKE_OFF_DEG = 80.0  # nearly level
_GANGLION_MM: dict[str, tuple[float, float]] = {
    "T": (3.8, 5.0), "L1": (4.4, 5.4), "L2": (4.6, 5.8), "L3": (5.0, 7.2), "L4": (5.2, 8.0), "L5": (5.8, 10.8),
}  # fmt: skip
_CORD_MM: dict[str, tuple[float, float]] = {  # (front to back, across)
    "T1": (6.8, 9.0), "T4": (6.5, 8.0), "T8": (6.5, 8.0), "T11": (7.5, 9.5), "T12": (7.5, 9.5),
}  # fmt: skip
_CONUS_TIP_MM = 4.0
_CONUS_TAPER_LEVELS = 1.0  # over which the cord thins to its tip (shape: ours)
_BEHIND_WALL_MM = 3.0  # front of the cord behind the posterior wall: 2 to 4
_CONUS_SD_LEVELS, _CONUS_REACH_LEVELS = 0.6, 1.6  # about the middle of L1: lower T11 to upper L3 (635 people)
_SAC_DEPTH_MM = {"T": 12.5, "L": 14.5}
_SAC_HALF_WIDTH_MM = 9.0
_EPIDURAL_MM = {"T": (1.2, 1.8), "L": (0.8, 2.2)}  # least room in front of and behind the sac (unconfirmed)


def dura_section(v: Vertebra) -> tuple[float, float, float]:
    """(half width, half depth, centre y) of the sac at a level, vertebral frame, mm."""
    d, region = v.size, v.region
    front, back = _EPIDURAL_MM[region]
    front += 2.0 * (v.level == "L5")  # fat 2 to 4 mm in front of the sac only at L5 and S1
    depth = min(_SAC_DEPTH_MM[region], d.canal_depth_mm - front - back)
    half_width = min(0.5 * d.canal_width_mm - DURA_FROM_WALL_MM[region], _SAC_HALF_WIDTH_MM)
    return half_width, 0.5 * depth, v.posterior_wall_y_mm - front - 0.5 * depth


def sac(spine: Column) -> Sweep:
    """The dural sac from T1 to the upper third of S2."""
    places, halves, forwards = [], [], []
    for level in LEVELS:
        v = spine.vertebrae[level]
        half_x, half_y, y = dura_section(v)
        for z in (0.35 * v.size.rim_height_mm, -0.35 * v.size.rim_height_mm):
            places.append(frames.apply(v.patient_from_vertebra, (0.0, y, z)))
            halves.append((half_x, half_y))
            forwards.append(v.patient_from_vertebra[:3, 1])
    sacrum = spine.patient_from_sacrum
    for place, half in (((0.0, -25.0, -6.0), (7.0, 5.5)), ((0.0, -23.0, -38.0), (4.5, 4.0))):
        places.append(frames.apply(sacrum, place))
        halves.append(half)
        forwards.append(sacrum[:3, 1])
    return Sweep(np.array(places), np.array(halves), np.array(forwards))


def conus_at(spec: PatientSpec) -> float:
    """Where the cord ends, in levels: an index into LEVELS is the middle of that body, + 0.5 the disc below."""
    rng = np.random.default_rng([spec.seed, STREAM])
    reach = _CONUS_REACH_LEVELS
    return LEVELS.index("L1") + float(np.clip(_CONUS_SD_LEVELS * rng.standard_normal(), -reach, reach))


def cord(spec: PatientSpec, spine: Column) -> Sweep:
    """The spinal cord from T1 to the tip of the conus."""
    known = [LEVELS.index(level) for level in _CORD_MM]
    depths, widths = np.array(list(_CORD_MM.values())).T
    end = conus_at(spec)
    steps = np.append(np.arange(0.0, end, 0.5), end)
    places, halves, forwards = [], [], []
    for at in steps:
        upper = spine.vertebrae[LEVELS[int(at)]]
        lower = spine.vertebrae[LEVELS[min(int(at) + 1, len(LEVELS) - 1)]]
        taper = np.clip((end - at) / _CONUS_TAPER_LEVELS, 0.0, 1.0)
        depth, width = (
            _CONUS_TIP_MM + taper * (np.interp(at, known, sizes) - _CONUS_TIP_MM) for sizes in (depths, widths)
        )
        behind = _BEHIND_WALL_MM + 0.5 * depth
        ends = [frames.apply(v.patient_from_vertebra, (0.0, v.posterior_wall_y_mm - behind, 0.0))
                for v in (upper, lower)]  # fmt: skip
        share = at - int(at)
        places.append((1.0 - share) * ends[0] + share * ends[1])
        halves.append((0.5 * width, 0.5 * depth))
        forwards.append(upper.patient_from_vertebra[:3, 1])
    return Sweep(np.array(places), np.array(halves), np.array(forwards))


def cauda(spec: PatientSpec, spine: Column) -> Sweep:
    """The cauda equina: roots that hang to the front of a prone patient's sac below the conus (shape: ours)."""
    whole, tip = sac(spine), cord(spec, spine).line_mm[-1]
    below = whole.line_mm[:, 2] < tip[2]
    forward = whole.forward[below]
    half = whole.half_mm[below] * (0.72, 0.42)
    line = whole.line_mm[below] + forward * (0.42 * whole.half_mm[below][:, 1:])
    start = tip + 2.0 * forward[0]
    return Sweep(np.vstack([start, line]), np.vstack([(2.5, 2.5), half]), np.vstack([forward[0], forward]))


@dataclass(frozen=True)
class Root:
    """One exiting root, patient frame, mm: from the sac under the pedicle and out, and its ganglion on it."""

    level: Level
    side: Side
    line_mm: FloatArray  # (3, 3) dura, under the pedicle, outside the foramen
    radius_mm: float
    ganglion_mm: FloatArray  # (2, 3) ends of its axis
    ganglion_radius_mm: float

    def nerve(self) -> Sweep:
        """The root as a solid."""
        return _round(self.line_mm, self.radius_mm)

    def ganglion(self) -> Sweep:
        """The ganglion as a solid: as long and wide as published, ends rounded."""
        return _round(self.ganglion_mm, self.ganglion_radius_mm)


def _round(line_mm: FloatArray, radius_mm: float) -> Sweep:
    return Sweep(line_mm, np.full((len(line_mm), 2), radius_mm), np.tile((0.31, 0.92, 0.24), (len(line_mm), 1)))


def ganglion_size_mm(level: Level) -> tuple[float, float]:
    """(width, length) of a ganglion."""
    return _GANGLION_MM[level if level.startswith("L") else "T"]


def root_line(v: Vertebra, sign: float) -> FloatArray:
    """Exiting root of a level, vertebral frame (3, 3): dura, under the pedicle, outside the foramen."""
    d, thoracic = v.size, v.region == "T"
    half_width, _, _ = dura_section(v)
    medial = 0.5 * d.canal_width_mm
    low = d.pedicle_center_z_above_midbody_mm - 0.5 * d.pedicle_height_mm
    thick = max(ROOT_RADIUS_MM[v.region], 0.5 * ganglion_size_mm(v.level)[0])
    under = low - BELOW_PEDICLE_MM - thick
    turn_x = medial + 0.5 * d.pedicle_width_mm
    steep = np.tan(np.radians(_THORACIC_TAKE_OFF_DEG if thoracic else TAKE_OFF_DEG))
    wall = v.posterior_wall_y_mm
    start = (sign * half_width, wall - 4.5, under + (turn_x - half_width) / steep)
    turn = (sign * turn_x, wall - 4.5, under)
    out_x = medial + d.pedicle_width_mm + 14.0
    out = (sign * out_x, wall + (-6.0 if thoracic else 2.0), under - (2.5 if thoracic else 12.0))
    return np.array([start, turn, out])


def root(v: Vertebra, side: Side) -> Root:
    """The root that leaves below a level's pedicle."""
    line = root_line(v, side_sign(side))
    width, length = ganglion_size_mm(v.level)
    half = 0.5 * (length - width)  # rounded ends add the rest
    turn = line[1]
    if v.level == "L5":  # lateral zone
        way = frames.unit(line[2] - turn)
        middle = turn + 0.35 * v.size.pedicle_width_mm * way
    else:  # medial zone, its upper end as far below the pedicle as the root
        way = frames.unit(turn - line[0])
        middle = turn - 0.15 * v.size.pedicle_width_mm * way
        middle = middle - (0.0, 0.0, max(middle[2] - half * way[2] - turn[2], 0.0))
    ends = np.array([middle - max(half, 0.1) * way, middle + max(half, 0.1) * way])
    place = v.patient_from_vertebra
    return Root(v.level, side, frames.apply(place, line), ROOT_RADIUS_MM[v.region],
                frames.apply(place, ends), 0.5 * width)  # fmt: skip

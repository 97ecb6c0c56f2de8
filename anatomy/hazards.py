"""What a needle must not touch, as distances: canal, roots, great vessels, lung, kidney, discs.

Geometry: anatomy section 5 (roots hug the inferomedial pedicle wall at 1.5 to 2 mm; dura 3 mm inside the
medial wall; aorta and lung from measured cases). Distances are sampled on one grid around the target.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from anatomy import frames, shapes, vessels
from anatomy.abdomen import kidney_ellipsoid
from anatomy.column import Column
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.spec import LEVELS, SIDES
from anatomy.table import Table
from anatomy.thorax import Cage, lung_distance
from anatomy.trunk import Trunk
from anatomy.vertebra import Vertebra, canal_distance, side_sign
from anatomy.volume import Grid, Volume

HAZARD_MM = 1.5
_BOX = ((-96.0, -100.0, -54.0), (96.0, 72.0, 54.0))
ROOT_RADIUS_MM = {"T": 1.5, "L": 2.3}  # roots 2.5 to 3 mm thoracic, 4 to 5 mm lumbar across


@dataclass(frozen=True, eq=False)
class Hazard:
    """A structure with its signed distance (mm, negative inside) and how close is already a near miss."""

    name: str
    distance: Volume
    near_mm: float


def hazards(outline: Trunk, skin: Table, cage: Cage, spine: Column) -> Mapping[str, Hazard]:
    """Hazards around the target by name; skin is the outline's distance."""
    grid = Grid.spanning(*_BOX, HAZARD_MM)
    x, y, z = grid.axes_mm()
    skin_mm = skin.at(x, y, z)
    found: dict[str, tuple[Array, float]] = {"canal": (_canal(spine, grid), 1.0)}
    index = LEVELS.index(spine.target)
    above = spine.vertebrae[LEVELS[index - 1]]
    target = spine.target_vertebra
    roots = np.minimum(*(_root(v, side_sign("right"), grid) for v in (above, target)))
    for side in SIDES:
        # Column and box are symmetric about x = 0.
        found[f"nerve root {side}"] = (roots if side == "right" else roots[::-1], 2.0)
        found[f"lung {side}"] = (_lung(outline, cage, side_sign(side), skin_mm, grid), 5.0)
        found[f"kidney {side}"] = (_kidney(outline, side_sign(side), x, y, z), 5.0)
    found["aorta"] = (vessels.aorta(spine).distance(x, y, z), 3.0)
    found["inferior vena cava"] = (vessels.inferior_vena_cava(spine).distance(x, y, z), 3.0)
    return {
        name: Hazard(name, Volume(np.broadcast_to(d, grid.shape).astype(np.float32), grid), near)
        for name, (d, near) in found.items()
    }


def _canal(spine: Column, grid: Grid) -> Array:
    """Bony canal: each vertebra's section along its own axis, nearest stretch first."""
    out = np.full(grid.shape, 50.0, dtype=np.float32)
    low, high = grid.box_mm()
    for v in spine.vertebrae.values():
        if not low[2] - 60.0 < v.patient_from_vertebra[2, 3] < high[2] + 60.0:
            continue
        x, y, z = shapes.local_axes(grid, frames.inverse(v.patient_from_vertebra))
        reach = np.abs(z) - (0.5 * v.size.rim_height_mm + 0.6 * v.size.disc_below_height_mid_mm)
        out = np.minimum(out, np.maximum(canal_distance(v, x, y), reach))
    return out


def root_line(v: Vertebra, sign: float) -> FloatArray:
    """Exiting root of a level, vertebral frame (2, 3): from the canal under the pedicle, out and down."""
    d = v.size
    thoracic = v.region == "T"
    medial = 0.5 * d.canal_width_mm
    low = d.pedicle_center_z_above_midbody_mm - 0.5 * d.pedicle_height_mm
    clear = 2.0 + ROOT_RADIUS_MM[v.region]
    start = (sign * (medial - 3.0), v.posterior_wall_y_mm - 5.0, low + (2.0 if thoracic else 4.0))
    turn = (sign * (medial + 0.5 * d.pedicle_width_mm), v.posterior_wall_y_mm - 6.0, low - clear)
    out = (sign * (medial + d.pedicle_width_mm + 14.0), v.posterior_wall_y_mm + 2.0,
           low - clear - (3.0 if thoracic else 12.0))  # fmt: skip
    return np.array([start, turn, out])


def _root(v: Vertebra, sign: float, grid: Grid) -> Array:
    x, y, z = shapes.local_axes(grid, frames.inverse(v.patient_from_vertebra))
    line, radius = root_line(v, sign), ROOT_RADIUS_MM[v.region]
    parts = [shapes.limb(x, y, z, a, b, (radius, radius), (radius, radius))
             for a, b in itertools.pairwise(line)]  # fmt: skip
    return np.minimum(*parts)


def _lung(t: Trunk, c: Cage, sign: float, skin_mm: Array, grid: Grid) -> Array:
    """Distance to a lung: described along axes, so where that is steep it is divided by the slope."""
    height = np.broadcast_to(lung_distance(t, c, sign, skin_mm, *grid.axes_mm()), grid.shape)
    slope = np.sqrt(sum(np.square(g) for g in np.gradient(height, *grid.voxel_mm)))
    return np.asarray(height / np.maximum(slope, 0.6))


def _kidney(t: Trunk, sign: float, x: Array, y: Array, z: Array) -> Array:
    """Distance to the kidney that soft_tissue paints: seen and feared from one description."""
    centre, half = kidney_ellipsoid(t, sign)
    return shapes.ellipsoid(x, y, z, centre, half)

"""What a fracture moves in a scan: the groups of its voxels, and the intact scan read through the collapse."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy import frames, shapes
from anatomy.fractures import deform
from anatomy.fractures.fracture import Collapse
from anatomy.shapes import Array
from anatomy.skeleton.arch import box_in_patient
from anatomy.skeleton.vertebra import Vertebra, body_box
from anatomy.spec import LEVELS
from anatomy.volume import Grid

LOWER, BODY, UPPER = 0, 1, 2
"""Groups that move differently: target's arch and below; its body; everything above."""


def groups(level: NDArray[np.int8], is_body: NDArray[np.bool_], target: Vertebra, grid: Grid) -> NDArray[np.uint8]:
    """Which group each voxel moves with. level: index into LEVELS + 1; grid leads into the patient frame.

    Unlabelled bone is told by its place: behind the wall the target's upper facets lie in front of the lower
    facets of the vertebra above (anatomy 3.1).
    """
    _, y, z = _local(grid, target)
    half, wall = 0.5 * target.size.rim_height_mm, target.posterior_wall_y_mm
    edge = np.where(y > wall - 18.5, half + 4.0, half - 8.0)
    out = np.where(z > edge, np.uint8(UPPER), np.uint8(LOWER))
    mine = LEVELS.index(target.level) + 1
    out[(level > 0) & (level < mine)] = UPPER
    out[level >= mine] = LOWER
    out[is_body] = BODY
    return np.asarray(out)


def _local(grid: Grid, v: Vertebra) -> tuple[Array, Array, Array]:
    """Voxel centres of any grid in a vertebral frame, each (i, j, k), float32."""
    m = frames.compose(frames.inverse(v.patient_from_vertebra), grid.patient_from_voxel).astype(np.float32)
    i, j, k = (np.arange(n, dtype=np.float32) for n in grid.shape)
    out = [m[r, 0] * i[:, None, None] + m[r, 1] * j[None, :, None] + m[r, 2] * k[None, None, :] + m[r, 3]
           for r in range(3)]  # fmt: skip
    return out[0], out[1], out[2]


def as_broken(array: Array, grid: Grid, collapse: Collapse, group: int, *, with_mass: bool = False) -> Array:
    """An intact array of one group as the fracture leaves it; a density (with_mass) keeps its sum."""
    if group == LOWER:
        return array
    if group == UPPER:
        return deform.read_rows(array, grid, *_above_map(collapse, grid))
    v = collapse.vertebra
    low, high = body_box(v)
    out = np.array(array)
    window = grid.window(*box_in_patient((low, high + (0.0, 0.0, 4.0)), v.patient_from_vertebra))
    if any(s.stop <= s.start for s in window):
        return out
    part = grid.part(window)
    x, y, z = shapes.local_axes(part, frames.inverse(v.patient_from_vertebra))
    y0, z0, squeeze = collapse.between(x, y, z, found_at=0.0, wanted_at=1.0, voxel_mm=float(grid.voxel_mm[2]))
    m = v.patient_from_vertebra
    px, _, _ = part.axes_mm()
    places = (px, m[1, 1] * y0 + m[1, 2] * z0 + m[1, 3], m[2, 1] * y0 + m[2, 2] * z0 + m[2, 3])
    origin = grid.patient_from_voxel[:3, 3]
    at = [(place - o) / step for place, o, step in zip(places, origin, grid.voxel_mm, strict=True)]
    index = np.stack([np.broadcast_to(a, part.shape) for a in at])
    out[window] = ndimage.map_coordinates(array, index, order=1) * (squeeze if with_mass else 1.0)
    return out


def _above_map(collapse: Collapse, grid: Grid) -> tuple[Array, Array]:
    """Where what lies above the fracture on the grid lay before it: (y, z), each (j, k), mm; far up it stays."""
    _, y1, z1 = (a[0] for a in shapes.local_axes(grid, frames.inverse(collapse.above(1.0))))
    _, y, z = (a[0] for a in grid.axes_mm())
    t = np.clip((z - deform.RIGID_MM) / (deform.STILL_MM - deform.RIGID_MM), 0.0, 1.0)
    share = 1.0 - t * t * (3.0 - 2.0 * t)
    y2, z2 = np.broadcast_arrays(y + share * (y1 - y), z + share * (z1 - z))
    return y2, z2

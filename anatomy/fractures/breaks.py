"""Where a fracture has broken a way through the target's cortex: distances to holes, negative inside."""

from __future__ import annotations

import numpy as np

from anatomy.fractures.fracture import Collapse
from anatomy.shapes import Array
from anatomy.skeleton.arch import FAR_MM

ENDPLATE_HOLE = (3.0, 0.18)  # right of the midline, mm; before the middle, share of the depth (shape: ours)
WALL_HOLE = (0.11, 0.24)  # right of the midline, share of the width; up, share of the height (shape: ours)
_WALL_MM = 4.0  # how deep from the posterior wall the hole goes


def opening_distance(collapse: Collapse, x: Array, y: Array, z: Array) -> Array:
    """Distance to the nearest hole in endplate or posterior wall, at points of the unfractured body; FAR_MM where
    there is none."""
    shape = np.broadcast_shapes(np.shape(x), np.shape(y), np.shape(z))
    out: Array = np.full(shape, FAR_MM, dtype=np.float32)
    v, d = collapse.vertebra, collapse.vertebra.size
    if collapse.endplate_defect_mm > 0.0:  # an upright cylinder
        right, forward = ENDPLATE_HOLE
        radial = np.sqrt((x - right) ** 2 + (y - forward * d.depth_mm) ** 2) - 0.5 * collapse.endplate_defect_mm
        height = -z if collapse.spec.endplate == "inferior" else z
        out = np.minimum(out, np.maximum(radial, 0.25 * d.rim_height_mm - height))
    if collapse.spec.posterior_wall_defect_mm > 0.0:  # a cylinder from behind
        right, up = WALL_HOLE[0] * d.endplate_width_sup_mm, WALL_HOLE[1] * d.rim_height_mm
        radial = np.sqrt((x - right) ** 2 + (z - up) ** 2) - 0.5 * collapse.spec.posterior_wall_defect_mm
        out = np.minimum(out, np.maximum(radial, y - (v.posterior_wall_y_mm + _WALL_MM)))
    return out

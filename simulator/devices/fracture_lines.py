"""Lines along which a fracture has split the body, finer than a picture shows: drawn for each patient.

An osteoporotic compression fracture is more than the hole in an endplate: clefts between fragments run from the
anterior step, a third of the height below the broken endplate, into the body, and where they reach the cortex it
is open (anatomy 6.1: the step at a third of the height; Yeom's type C leaks pass there). How many there are, how
long and how wide is *unconfirmed*; the shares are chosen so that a population leaks as published (validation V9).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatomy.fractures.fracture import Collapse
from anatomy.shapes import Array
from anatomy.spec import FractureAge

STREAM = 0x6C696E65  # "line"
STEP_SHARE = 0.17
"""Height of the step above (superior) or below mid-height, of the body's height: a third below the endplate."""
LINES = 3
"""Places where the line may have reached the cortex."""
OPEN_SHARE: dict[FractureAge, float] = {"acute": 0.60, "subacute": 0.45, "healed": 0.0}
"""How often each of them has."""
CRACK_MM = (1.0, 5.0)
"""Length of an opening along the cortex, drawn evenly."""
REACH_SHARE = 0.55
"""How far from the front the lines run into the body, of its depth."""
ANGLE_DEG = 115.0
"""Openings lie anywhere so far to either side of the front."""
HALF_MM = 0.75  # half the thickness with which lines are kept on the grid


def fracture_lines(
    seed: int, collapse: Collapse | None, x: Array, y: Array, z: Array, distance_mm: NDArray[np.float32]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Voxels (i, j, k) of fracture lines in the body, and of the openings in its cortex, from a millimetre and a
    half inside to the first tissue outside. x, y, z: unfractured coordinates; distance_mm: to the body's
    surface."""
    shape = distance_mm.shape
    nothing = np.zeros(shape, dtype=bool)
    if collapse is None or collapse.spec.age == "healed":
        return nothing, nothing.copy()
    rng = np.random.default_rng([seed, STREAM])
    v, d, spec = collapse.vertebra, collapse.vertebra.size, collapse.spec
    tilt = float(rng.normal(0.0, 0.08))
    is_open = rng.random(LINES) < OPEN_SHARE[spec.age]
    angle = np.radians(rng.uniform(-ANGLE_DEG, ANGLE_DEG, LINES))
    wide_mm = rng.uniform(*CRACK_MM, LINES)
    height = STEP_SHARE * d.rim_height_mm * (-1.0 if spec.endplate == "inferior" else 1.0)
    level = np.abs(z - height - tilt * (y - v.anterior_wall_y_mm))
    front = y > v.anterior_wall_y_mm - REACH_SHARE * d.depth_mm
    line = np.broadcast_to((level < HALF_MM) & front, shape) & (distance_mm < 0.0)
    middle = 0.5 * (v.anterior_wall_y_mm + v.posterior_wall_y_mm)
    around = np.arctan2(x, y - middle)
    radius = 0.25 * (d.endplate_width_sup_mm + d.depth_mm)
    crack = nothing
    for opened, at, mm in zip(is_open, angle, wide_mm, strict=True):
        if opened:
            beside = np.abs((around - at + np.pi) % (2.0 * np.pi) - np.pi) * radius < max(0.5 * mm, HALF_MM)
            shell = (distance_mm > -2.0) & (distance_mm < 1.5)
            crack = crack | (np.broadcast_to(beside & (level < HALF_MM), shape) & shell)
    return line, crack

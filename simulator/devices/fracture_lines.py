"""Lines along which a fracture has split the body, finer than a picture shows: drawn for each patient.

An osteoporotic compression fracture is more than the hole in an endplate: clefts between fragments run from the
anterior step, a third of the height below the broken endplate, into the body, and where they reach the cortex it
is open (anatomy 6.1: the step at a third of the height; Yeom's type C leaks pass there). How many there are, how
long and how wide is *unconfirmed*; the shares are chosen so that a population leaks as published (validation V9).
Where an endplate is broken through, the fracture has reached it: a fissure in the sagittal plane joins the hole to
the line.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatomy.fractures.fracture import Collapse
from anatomy.shapes import Array
from anatomy.skeleton.vertebra import Vertebra
from anatomy.spec import FractureAge

STREAM = 0x6C696E65  # "line"
STEP_SHARE = 0.17
"""Height of the step above (superior) or below mid-height, of the body's height: a third below the endplate."""
LINES = 3
"""Places where the line may have reached the cortex."""
OPEN_SHARE: dict[FractureAge, float] = {"acute": 0.38, "subacute": 0.30, "healed": 0.0}
"""How often each of them has."""
CRACK_MM = (1.0, 5.0)
"""Length of an opening along the cortex, drawn evenly."""
REACH_SHARE = 0.55
"""How far from the front the lines run into the body, of its depth."""
ANGLE_DEG = 115.0
"""Openings lie anywhere so far to either side of the front."""
ENDPLATE_SHARE = 0.35
"""Of the body's height from its middle: holes beyond are in an endplate, others in the posterior wall."""
HALF_MM = 0.75  # half the thickness with which lines are kept on the grid


def fracture_lines(
    seed: int,
    collapse: Collapse | None,
    x: Array,
    y: Array,
    z: Array,
    distance_mm: NDArray[np.float32],
    hole: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Voxels (i, j, k) of fracture lines in the body, and of the openings in its cortex, from a millimetre and a
    half inside to the first tissue outside. x, y, z: unfractured coordinates; distance_mm: to the body's
    surface; hole: broken endplate or posterior wall."""
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
    if hole is not None and hole.any():
        line = line | (_fissures(x, y, z, height, hole, v) & (distance_mm < 0.0))
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


def _fissures(
    x: Array, y: Array, z: Array, height: float, hole: NDArray[np.bool_], v: Vertebra
) -> NDArray[np.bool_]:
    """From the holes in the endplates down, or up, to the height of the line: as long from front to back as a
    hole, through its middle."""
    shape = hole.shape
    places = [np.broadcast_to(a, shape)[hole] for a in (x, y, z)]
    found = np.zeros(shape, dtype=bool)
    in_plate = np.abs(places[2]) > ENDPLATE_SHARE * v.size.rim_height_mm
    for above in (True, False):
        here = in_plate & ((places[2] > 0.0) == above)
        if here.any():
            at_x, at_z = (float(np.mean(places[axis][here])) for axis in (0, 2))
            front, back = float(places[1][here].max()), float(places[1][here].min())
            between = (z > min(height, at_z)) & (z < max(height, at_z)) & (y > back) & (y < front)
            found |= np.broadcast_to((np.abs(x - at_x) < HALF_MM) & between, shape)
    return found

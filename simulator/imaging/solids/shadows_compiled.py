"""Shadows compiled with numba: the same as ``shadows_numpy``, many times faster for small solids.

Importing this raises ImportError where numba is not installed.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from anatomy.frames import FloatArray
from simulator.imaging.solids.bodies import Body, Box, Capsule, Cylinder, Ellipsoid, Frustum
from simulator.imaging.solids.crossing_compiled import BOX, CAPSULE, ELLIPSOID, GROUND, ROUND, cast
from simulator.imaging.solids.shadows_numpy import Shadow
from simulator.imaging.solids.solids import Solid
from simulator.imaging.solids.spans_compiled import spans
from simulator.imaging.view import View


def shadow(solid: Solid, view: View) -> Shadow:
    """The shadow of a solid: see ``shadows.shadow``."""
    bodies = [packed(body) for body in (solid.body, *solid.without)]
    table = np.zeros((len(bodies), max(map(len, bodies))))
    for row, body in zip(table, bodies, strict=True):
        row[: len(body)] = body
    source, matrix, beam, scale = _geometry(view)
    top, first, past = spans(solid.body.outline_mm(), beam, scale, *view.shape)
    pixels, path = cast(table, source, matrix, top, first, past, view.shape[1])
    return Shadow(solid.material, pixels, path)


@lru_cache(maxsize=8)
def _geometry(view: View) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Source (3,), vectors to the pixels (3, 3), beam_from_patient, and pixels a mm at the detector's distance."""
    scale = view.source_to_detector_mm / view.pixel_mm
    return view.source_patient_mm.copy(), view.ray_matrix_patient(), np.array(view.beam_from_patient), scale


def packed(body: Body) -> list[float]:
    """Kind, frame, three sizes and planes of a body as plain numbers."""
    x, y, z = body.frame.axes
    frame = [*body.frame.origin, *x, *y, *z]
    if isinstance(body, Box):
        return [BOX, *frame, *body.half_mm]
    if isinstance(body, Ellipsoid):
        return [ELLIPSOID, *frame, *body.semi_mm]
    length = body.length_mm
    if isinstance(body, Cylinder):
        return [ROUND, *frame, length, body.radius_mm, 0.0]
    if isinstance(body, Frustum):
        return [ROUND, *frame, length, body.start_radius_mm, body.slope]
    if isinstance(body, Capsule):
        return [CAPSULE, *frame, length, body.radius_mm, 0.0]
    planes = body.planes
    return [GROUND, *frame, length, body.radius_mm, len(planes), *(n for plane in planes for n in plane)]

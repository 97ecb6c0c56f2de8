"""Cement of an earlier augmentation: where it lies in a body, and what an X-ray sees of it.

It lies around the ends of two cannulae and reaches into the marrow with uneven fingers; its volume is what the
spec says, in voxels of any size. Old cement does not flow, so it is stored with the bone: as the mineral that
stops X-rays as live cement does, in marrow's place. An augmented body keeps its height: it is drawn whole.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy import frames, shapes
from anatomy.column import Column
from anatomy.morphometry import Dimensions
from anatomy.shapes import Array
from anatomy.skeleton.arch import box_in_patient
from anatomy.skeleton.vertebra import Vertebra, body_box, body_field
from anatomy.spec import LEVELS, EarlierCement, Level, PatientSpec
from anatomy.volume import Grid

STREAM = 0x63656D65  # "ceme"

AS_MINERAL_G_CM3 = 4.05
"""Mineral that replaces PMMA with 20.7 % barium sulphate by mass where its marrow is gone: behind 180 mm of tissue
at 60, 70 and 80 kV up to 20 mm let through as much as live cement to within 8 % (0.012 of what fell on them)."""
FILLED = 0.85
"""Share of a voxel that cement takes where it has displaced all marrow: trabeculae and some marrow stay (ours)."""

_LATTICE_MM = 0.5
_FROM_WALL_MM = 1.0  # cement stays this far inside the body's surface
_EDGE_MM = 1.2  # over which it fades among the trabeculae (shape: ours)
_FINGERS = ((1.2, 0.9), (2.6, 1.5))  # (sigma, SD) of the noise that shapes its border, mm (shape: ours)


def cement_at(spec: PatientSpec, level: Level) -> EarlierCement | None:
    """The earlier cement of a level, if any."""
    return next((one for one in spec.earlier_cement if one.level == level), None)


def cement_share(
    spec: PatientSpec, v: Vertebra, points: tuple[Array, Array, Array], voxel_mm: float
) -> NDArray[np.float32]:
    """Share (n,) of voxels of a size that earlier cement fills; points x, y, z (n,) in the vertebral frame, mm."""
    one = cement_at(spec, v.level)
    if one is None:
        return np.zeros(np.shape(points[0]), dtype=np.float32)
    share, start = _lattice(spec.seed, v.level, v.size, one.volume_ml)
    sigma = np.sqrt(max(voxel_mm**2 - _LATTICE_MM**2, 0.0) / 12.0) / _LATTICE_MM
    seen = ndimage.gaussian_filter(share, sigma) if sigma > 0.0 else share
    places = [(np.asarray(a, dtype=np.float32) - s) / _LATTICE_MM for a, s in zip(points, start, strict=True)]
    return np.asarray(ndimage.map_coordinates(seen, places, order=1, mode="constant"), dtype=np.float32)


@lru_cache(maxsize=4)
def _lattice(
    seed: int, level: Level, size: Dimensions, volume_ml: float
) -> tuple[NDArray[np.float32], tuple[float, float, float]]:
    """(share of cement, first point) on a lattice in the vertebral frame."""
    v = Vertebra(level, size, np.eye(4))
    low, high = body_box(v)
    shape = [int(n) for n in np.ceil((high - low) / _LATTICE_MM)]
    x, y, z = (
        (low[a] + _LATTICE_MM * np.arange(n, dtype=np.float32)).reshape([-1 if b == a else 1 for b in range(3)])
        for a, n in enumerate(shape)
    )
    room = FILLED * shapes.coverage(body_field(v, x, y, z).distance_mm + _FROM_WALL_MM, _LATTICE_MM)
    most_ml = 0.9 * float(room.sum(dtype=float)) * _LATTICE_MM**3 / 1000.0
    if volume_ml > most_ml:
        raise ValueError(
            f"earlier_cement: {volume_ml:g} ml do not fit into the body of {level}, which takes {most_ml:.1f} ml; "
            "ask for less"
        )
    reach = _reach(v, x, y, z, np.random.default_rng([seed, STREAM, LEVELS.index(level)]))
    wanted = 1000.0 * volume_ml / _LATTICE_MM**3
    below, above = float(reach.min()) - 2.0, float(reach.max()) + 2.0
    for _ in range(40):
        middle = 0.5 * (below + above)
        filled = float((room * shapes.coverage(reach - middle, _EDGE_MM)).sum(dtype=float))
        below, above = (middle, above) if filled < wanted else (below, middle)
    share = (room * shapes.coverage(reach - above, _EDGE_MM)).astype(np.float32)
    return share, (float(low[0]), float(low[1]), float(low[2]))


def _reach(v: Vertebra, x: Array, y: Array, z: Array, rng: np.random.Generator) -> Array:
    """How late cement comes to a place: distance to the nearer of two cannulae's ends, made uneven, mm."""
    d = v.size
    width, high = d.endplate_width_inf_mm, d.rim_height_mm
    balls = []
    for sign in (-1.0, 1.0):
        centre = (sign * rng.uniform(0.14, 0.22) * width, rng.uniform(0.0, 0.14) * d.depth_mm,
                  rng.uniform(-0.08, 0.08) * high)  # fmt: skip
        later = rng.uniform(0.0, 3.0)  # one side took more than the other
        balls.append(shapes.ellipsoid(x, y, z, centre, (0.16 * width, 0.24 * d.depth_mm, 0.26 * high)) + later)
    reach: Array = shapes.smooth_min(balls[0], balls[1], 5.0)
    for sigma_mm, sd_mm in _FINGERS:
        noise = rng.standard_normal(reach.shape, dtype=np.float32)
        noise = ndimage.gaussian_filter(noise, sigma_mm / _LATTICE_MM, truncate=3.0)
        reach = reach + np.float32(sd_mm / noise.std()) * noise
    return reach


def displace_marrow(
    tissues: tuple[NDArray[np.float32], ...], spec: PatientSpec, spine: Column, grid: Grid
) -> None:
    """Take marrow away where earlier cement is, from densities (i, j, k) that are still being built."""
    voxel = float(grid.voxel_mm.max())
    for one in spec.earlier_cement:
        v = spine.vertebrae[one.level]
        window = grid.window(*box_in_patient(body_box(v), v.patient_from_vertebra))
        if any(s.stop <= s.start for s in window):
            continue
        part = grid.part(window)
        axes = shapes.local_axes(part, frames.inverse(v.patient_from_vertebra))
        x, y, z = (np.broadcast_to(a, part.shape) for a in axes)
        left = 1.0 - cement_share(spec, v, (x, y, z), voxel)
        for density in tissues:
            density[window] *= left

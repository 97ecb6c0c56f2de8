"""The box of voxels around cement in which heat is followed: its materials, and which voxels are what.

Cement takes the place of marrow, so a voxel is a mixture by volume. The box's outer faces lead to 37 C as tissue
of the depth EDGE_MM would.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.devices.ground import GroundNow
from simulator.devices.warm_places import BODY_C, WarmPlaces, materials, structures
from simulator.physics import diffusion
from simulator.physics.cure import HEAT_OF_CURE_J_KG
from simulator.physics.diffusion import Conductor
from simulator.physics.filling import Filling

Array = NDArray[np.floating]

CEMENT_KG_M3 = 1390.0
"""Mixed cement with 20.7 % of barium sulphate (physics A1)."""
CEMENT_W_M_K = 0.17
"""Quarini et al. 2006 (physics A1)."""
CEMENT_J_KG_K = 1250.0
"""79.3 % PMMA at 1460 J/kg/K and 20.7 % barium sulphate at 460: unconfirmed (physics A1; the model of Quarini
et al. takes 630)."""
CEMENT_J_M3_K = CEMENT_KG_M3 * CEMENT_J_KG_K
HEAT_J_M3 = CEMENT_KG_M3 * HEAT_OF_CURE_J_KG

MARGIN = 9  # voxels around the cement: with more, no peak differs by 0.1 C
EDGE_MM = 10.0
EDGE_W_M2_K = 0.45 / (EDGE_MM * 1e-3)
_CHUNK = 4  # the box grows by so many voxels at a time
_TRACE_SHARE = 0.01  # of a voxel: less cement is left out of the box, and cures without being followed


@dataclass(frozen=True, eq=False)
class Box:
    """What follows from cement and anatomy alone: kept to go faster, and found again by playing again.

    share: (a, b, c) of each voxel that is cement; curing: places (flat) that hold cement to be followed;
    rise_k: (n,) of those, per unit of cure; spots: of each structure, its voxels that lie in the box as places
    among its own and places in the box.
    """

    cement_of: object
    now: GroundNow
    share: Array
    body: Conductor
    curing: NDArray[np.intp]
    rise_k: Array
    spots: tuple[tuple[NDArray[np.intp], NDArray[np.intp]], ...]


def box_of(
    places: WarmPlaces, now: GroundNow, cement_of: object, start: tuple[int, int, int], cement_ml: Array
) -> Box:
    shape = cement_ml.shape
    window = tuple(slice(s, s + n) for s, n in zip(start, shape, strict=True))
    share = np.clip(cement_ml / now.grid.voxel_ml, 0.0, 1.0)
    whole = materials(places, now)
    rest = 1.0 - share
    capacity = rest * whole.capacity_j_m3_k[window] + share * CEMENT_J_M3_K
    body = diffusion.conductor(
        float(now.grid.voxel_mm[0]),
        rest * whole.conductivity_w_m_k[window] + share * CEMENT_W_M_K,
        capacity,
        perfusion_w_m3_k=whole.perfusion_w_m3_k[window] * rest,
        surroundings_c=BODY_C,
        held=places.stirred[window],
        edge_w_m2_k=EDGE_W_M2_K,
        precision=np.float32,
    )
    flat = share.ravel()
    curing = np.flatnonzero(flat > _TRACE_SHARE)
    rise_k = flat[curing] * HEAT_J_M3 / capacity.ravel()[curing]
    rise_k[places.stirred[window].ravel()[curing]] = 0.0
    spots = tuple(_within(voxels, now.grid.shape, start, shape) for voxels in structures(places, now).values())
    return Box(cement_of, now, share, body, curing, rise_k, spots)


def _within(
    voxels: NDArray[np.intp], grid: tuple[int, int, int], start: tuple[int, int, int], shape: tuple[int, ...]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    index = np.array(np.unravel_index(voxels, grid)).T - start
    own = np.flatnonzero(np.all((index >= 0) & (index < shape), axis=1))
    return own, np.ravel_multi_index(tuple(index[own].T), shape).astype(np.intp)


def span_of(filling: Filling, now: GroundNow) -> tuple[NDArray, NDArray] | None:
    """Lowest and highest voxel (3,) of the grid that hold cement to be followed."""
    held = filling.cement_ml > _TRACE_SHARE * now.grid.voxel_ml
    if not held.any():
        return None
    lines = [np.flatnonzero(held.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    low, high = (np.array([line[end] for line in lines]) + filling.start for end in (0, -1))
    return low, high


def box_around(
    span: tuple[NDArray, NDArray], grid: tuple[int, int, int], old: tuple[NDArray, NDArray] | None
) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """(start, shape) of a box around a span of voxels with margin, never smaller than the old one."""
    want_low, want_high = np.maximum(span[0] - MARGIN, 0), np.minimum(span[1] + 1 + MARGIN, grid)
    low, high = want_low, want_high
    if old is not None:
        old_low, old_high = old[0], old[0] + old[1]
        low = np.where(want_low < old_low, np.maximum(want_low - _CHUNK, 0), old_low)
        high = np.where(want_high > old_high, np.minimum(want_high + _CHUNK, grid), old_high)
    start, size = (int(n) for n in low), (int(n) for n in high - low)
    a, b, c = start
    d, e, f = size
    return (a, b, c), (d, e, f)


def on_box(filling: Filling, start: tuple[int, int, int], shape: tuple[int, ...]) -> Array:
    """Cement of a filling (a, b, c), ml, in a box of the grid."""
    out = np.zeros(shape)
    low = np.maximum(filling.start, start)
    high = np.minimum(np.add(filling.start, filling.cement_ml.shape), np.add(start, shape))
    if np.all(high > low):
        into = tuple(slice(a - s, b - s) for a, b, s in zip(low, high, start, strict=True))
        out[into] = filling.cement_ml[
            tuple(slice(a - s, b - s) for a, b, s in zip(low, high, filling.start, strict=True))
        ]
    return out

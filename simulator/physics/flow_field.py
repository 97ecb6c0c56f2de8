"""How cement flows at one instant: which voxels conduct, where the flow goes, how long that holds.

Plain flat arrays over a box of voxels (C order). ``filling`` says what it is for; ``pressure_solver`` does
the linear algebra.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy.changing import changed
from simulator.physics import pressure_solver
from simulator.physics.porous_medium import PorousMedium
from simulator.physics.pressure_solver import Stencil

LAYER_SHARE = 0.1
"""A flow field holds until this share of the front voxels' pore space has flowed ..."""

VOXEL_SHARE = 2.0
"""... or some front voxel has been sent this many times what one holds on average, whichever is sooner."""

REACH = 3
"""How many voxels beyond the front cement may run within one flow field."""

SPILL_SHARE = 0.1
"""A flow field of which this share finds no room (dead ends) holds no longer."""

_FULL = 1.0 - 1e-9  # a voxel this full conducts


@dataclass(frozen=True, eq=False)
class BoneBox:
    """A box of bone (a, b, c): pore space in ml and permeability in m2, flat, each 0 where the other is.

    compartment is the box's (a, b, c) part of the medium's, or None; medium is the whole that the box was cut
    from, or another one that is equal in the box.
    """

    pore_ml: NDArray[np.float64]
    permeability_m2: NDArray[np.float64]
    voxel_mm: float
    anisotropy: tuple[float, float, float]
    stencil: Stencil
    compartment: NDArray | None = None
    medium: PorousMedium | None = None

    def full(self, cement_ml: NDArray, voxels: NDArray | slice = slice(None)) -> NDArray[np.bool_]:
        """Which of the voxels (flat indices) have no room left, and conduct."""
        return (self.pore_ml[voxels] > 0.0) & (cement_ml[voxels] >= _FULL * self.pore_ml[voxels])


@dataclass(frozen=True, eq=False)
class Flow:
    """A flow field. Indices are flat indices into the box of bone that it holds for.

    sources, weights     (n,) where cement enters, in which proportion (sum 1)
    front, share         (f,) voxels that the flow runs into, and how much of it (sum 1); none = no way out
    entry_head_per_m3    pressure / (flow rate x viscosity), mean of the sources; infinite if no way out
    left_ml              for how much more cement this field holds
    """

    bone: BoneBox
    sources: NDArray[np.intp]
    weights: NDArray[np.float64]
    front: NDArray[np.intp]
    share: NDArray[np.float64]
    entry_head_per_m3: float
    left_ml: float


def flow_field(
    bone: BoneBox, cement_ml: NDArray, sources: NDArray[np.intp], weights: NDArray, guess_per_m3: NDArray
) -> tuple[Flow, NDArray[np.float64]]:
    """The steady flow from full voxels, through full voxels, to neighbours with room; and the head (n,).

    The head is pressure / (flow rate x viscosity) in 1/m3, 0 where nothing conducts; guess_per_m3 (n,) is one
    to start from. A source in a sealed pocket takes no part.
    """
    full = bone.full(cement_ml)
    part = _parts(full.reshape(bone.stencil.shape)).ravel()
    has_exit = np.zeros(part.max() + 1, dtype=bool)
    has_exit[part[_at_an_exit(bone.stencil, full)]] = True
    live = has_exit[part[sources]]
    head = np.zeros(len(cement_ml))
    if not live.any():
        nowhere, nothing = np.zeros(0, dtype=np.intp), np.zeros(0)
        return Flow(bone, sources, weights, nowhere, nothing, math.inf, 0.0), head

    fed = np.zeros(len(has_exit), dtype=bool)
    fed[part[sources[live]]] = True
    cells = np.flatnonzero(fed[part])
    entry, entering = np.searchsorted(cells, sources[live]), weights[live] / weights[live].sum()
    inward = np.bincount(entry, entering, minlength=len(cells))
    head[cells], front, inflow = pressure_solver.steady_head(bone.stencil, cells, inward, guess_per_m3[cells])
    share = inflow / inflow.sum()
    entry_head = float((entering * head[sources[live]]).sum())
    left_ml = _portion_ml(bone, cement_ml, front, share)
    return Flow(bone, sources, weights, front, share, entry_head, left_ml), head


def advance(flow: Flow, cement_ml: NDArray, volume_ml: float) -> tuple[NDArray, Flow, float]:
    """Cement (n,) after volume_ml more, the flow with what it still holds for, and the ml not yet placed.

    A front voxel that fills hands what comes after to its neighbours with room, in proportion to the
    conductances to them, as it will when it conducts; that is repeated REACH times at most.
    """
    cement = cement_ml.copy()
    cement[flow.front] += flow.share * volume_ml
    cement, spilled_ml = _overflowed(flow.bone, cement, flow.front)
    left_ml = flow.left_ml - volume_ml if spilled_ml < SPILL_SHARE * volume_ml else 0.0
    return cement, changed(flow, left_ml=left_ml), spilled_ml


def _overflowed(bone: BoneBox, cement: NDArray, reached: NDArray[np.intp]) -> tuple[NDArray, float]:
    """cement (ours: changed in place) with no voxel too full from reached onwards; and the ml left over."""
    spilled_ml = 0.0
    for _ in range(REACH):
        over = cement[reached] - bone.pore_ml[reached]
        crowded, over = reached[over > 0.0], over[over > 0.0]
        if len(crowded) == 0:
            return cement, spilled_ml
        cement[crowded] = bone.pore_ml[crowded]
        index, conductance = pressure_solver.neighbours(bone.stencil, crowded)
        index %= len(cement)  # off the box: conductance 0
        taking = conductance * (cement[index] < bone.pore_ml[index])
        total = taking.sum(axis=1)
        stuck = total == 0.0
        spilled_ml += float(over[stuck].sum())
        index, taking = index[~stuck], taking[~stuck] / total[~stuck, None]
        np.add.at(cement, index, taking * over[~stuck, None])
        reached = np.unique(index)
    over = np.maximum(cement[reached] - bone.pore_ml[reached], 0.0)
    cement[reached] -= over
    return cement, spilled_ml + float(over.sum())


def _portion_ml(bone: BoneBox, cement_ml: NDArray, front: NDArray[np.intp], share: NDArray) -> float:
    """How much may flow before the field is out of date: at least until the first front voxel is full."""
    pore_ml = bone.pore_ml[front]
    first_full_ml = ((pore_ml - cement_ml[front]) / share).min()
    room_ml = np.minimum(pore_ml, bone.voxel_mm**3 / 1000.0)  # a way out counts as one voxel
    portion_ml = min(LAYER_SHARE * room_ml.sum(), VOXEL_SHARE * room_ml.mean() / share.max())
    return float(max(first_full_ml, portion_ml))


def _parts(full: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Number (a, b, c) of the connected part that each full voxel belongs to; 0 for the others."""
    part = np.zeros(full.shape, dtype=np.int32)
    lines = [np.flatnonzero(full.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    if lines[0].size:  # looking only where there are any takes half of the time
        around = tuple(slice(int(line[0]), int(line[-1]) + 1) for line in lines)
        ndimage.label(full[around], output=part[around])
    return part


def _at_an_exit(box: Stencil, full: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which full voxels have an open face to a voxel with room."""
    found = np.zeros_like(full)
    for conductance, step in zip(box.faces, box.steps, strict=True):
        differ = (conductance[:-step] > 0.0) & (full[:-step] != full[step:])
        found[:-step] |= differ
        found[step:] |= differ
    return found & full

"""Cement spreading in bone: Darcy flow that fills voxel after voxel and loses nothing.

Cement (50 to 1000 Pa.s) is a thousand times as viscous as the marrow it displaces (0.08 Pa.s, physics A5),
so the marrow costs no pressure and the front stays compact (Saffman-Taylor). What remains is mould filling by
control volumes, the flow analysis network method (Z. Tadmor, E. Broyer, C. Gutfinger, Polym. Eng. Sci.
1974;14:660)::

    full voxels     conduct; Darcy pressure, steady at every instant
    front voxels    partly full, at ambient pressure; what flows in through their faces fills them
    all others      empty; walls (no pores or no permeability) let nothing through

With one viscosity throughout, viscosity and flow rate scale the pressure but do not change where cement goes.
So the state advances by *volume*: a flow field is solved, holds for a portion of cement (``flow_field``), and
is solved again. Portions are counted in the state, not in the call, so how time is cut into ticks hardly
matters.

Two things a caller can say with voxels alone: a cavity made by a balloon has CAVITY_PERMEABILITY_M2 and fills
first; a way out (vein mouth, disc) is a voxel with a huge ``pore_ml``: it stays at ambient pressure, never
fills, and what is in it has leaked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy.changing import changed
from simulator.physics import flow_field, pressure_solver
from simulator.physics.flow_field import BoneBox, Flow
from simulator.physics.opening import Opening, entry_correction_per_m3
from simulator.physics.porous_medium import PorousMedium

_MARGIN = flow_field.REACH + 2  # voxels kept free around the conducting ones
_CHUNK = 6  # a box grows by so many voxels at a time


@dataclass(frozen=True, eq=False)
class Filling:
    """Cement in a grid of ``shape``: what is in the box of voxels that begins at voxel ``start``.

    cement_ml    (a, b, c) ml in each voxel of the box
    head_per_m3  (a, b, c) pressure / (flow rate x viscosity) when the flow was last solved, 0 at the front
                 and beyond: times both it is the pressure in Pa; also what the next solution starts from
    flow         the flow field in use
    """

    shape: tuple[int, int, int]
    start: tuple[int, int, int]
    cement_ml: NDArray[np.float64]
    head_per_m3: NDArray[np.float64]
    flow: Flow | None = None

    @classmethod
    def empty(cls, shape: tuple[int, int, int]) -> Filling:
        """No cement yet."""
        return cls(shape, (0, 0, 0), np.zeros((0, 0, 0)), np.zeros((0, 0, 0)))

    @cached_property
    def total_ml(self) -> float:
        """All the cement there is."""
        return float(self.cement_ml.sum())

    @property
    def window(self) -> tuple[slice, slice, slice]:
        """Where the box lies in the grid."""
        a, b, c = (slice(s, s + n) for s, n in zip(self.start, self.cement_ml.shape, strict=True))
        return a, b, c

    def on_grid(self) -> NDArray[np.float64]:
        """Cement (i, j, k), ml, of every voxel of the grid."""
        whole = np.zeros(self.shape)
        whole[self.window] = self.cement_ml
        return whole


@dataclass(frozen=True)
class Injection:
    """What became of an injection.

    asked_ml, injected_ml   differ only where no pore space was left within reach
    source_pressure_pa      over ambient, at the opening, at the end; 0 while the opening's own voxels fill,
                            infinite where nothing more can flow
    resistance_pa_s_m3      source pressure over flow rate, at the given viscosity
    """

    asked_ml: float
    injected_ml: float
    source_pressure_pa: float
    resistance_pa_s_m3: float

    @property
    def blocked(self) -> bool:
        """True where the bone could not take all of it."""
        return self.injected_ml < (1.0 - 1e-9) * self.asked_ml


def inject(
    medium: PorousMedium,
    filling: Filling,
    opening: Opening,
    *,
    volume_ml: float,
    duration_s: float,
    viscosity_pa_s: float,
) -> tuple[Filling, Injection]:
    """The filling after volume_ml has left the opening within duration_s, and what that took.

    Source voxels that are not full fill first; then the cement flows. Closed voxels of the opening take no
    part. A volume of 0 only says what resistance the next drop meets. Raises ValueError for a filling of
    another grid, a medium that no longer holds it (``squeeze`` first), an opening outside the grid, a negative
    volume, and a duration or viscosity not above 0.
    """
    _check(medium, filling)
    for name, value, least in (("volume_ml", volume_ml, 0.0), ("viscosity_pa_s", viscosity_pa_s, 1e-12)):
        if not (math.isfinite(value) and value >= least):
            raise ValueError(f"{name} must be a number of at least {least}, got {value}")
    if not duration_s > 0.0 or not opening.radius_mm > 0.0:
        raise ValueError(f"duration_s {duration_s} and radius_mm {opening.radius_mm} must be positive")
    voxels = np.asarray(opening.voxels, dtype=int).reshape(-1, 3)
    voxels = np.unique(voxels, axis=0) if len(voxels) > 1 else voxels
    if len(voxels) == 0 or np.any(voxels < 0) or np.any(voxels >= medium.pore_ml.shape):
        raise ValueError(f"opening {voxels.tolist()} must have voxels inside the grid {medium.pore_ml.shape}")
    voxels = voxels[medium.pore_ml[tuple(voxels.T)] > 0.0]
    if len(voxels) == 0:
        return filling, Injection(volume_ml, 0.0, math.inf, math.inf)

    weights = np.full(len(voxels), 1.0 / len(voxels))
    after, injected_ml = _push(medium, filling, voxels, weights, volume_ml)
    resistance = viscosity_pa_s * _entry_head_per_m3(medium, after.flow, voxels, opening.radius_mm)
    rate_m3_s = injected_ml * 1e-6 / duration_s
    pressure_pa = resistance * rate_m3_s if math.isfinite(resistance) else math.inf
    return after, Injection(volume_ml, injected_ml, pressure_pa, resistance)


def squeeze(medium: PorousMedium, filling: Filling) -> tuple[Filling, float]:
    """The filling after the bone has changed to medium, and the ml that found no room.

    Cement that a voxel's pores no longer hold is pushed out as if injected there; from a voxel that closed,
    as if injected at the nearest open one. The same filling comes back where nothing is too full. Only in
    sealed bone that is full does any of it find no room: it is no longer in the filling.
    """
    _check(medium, filling)
    if filling.flow is not None and filling.flow.bone.medium is medium:
        return filling, 0.0  # it flowed in this very bone, which takes no more than it holds
    excess = np.maximum(filling.cement_ml - medium.pore_ml[filling.window], 0.0)
    crowded = np.argwhere(excess > 0.0)
    if len(crowded) == 0:
        return filling, 0.0
    kept = changed(filling, cement_ml=filling.cement_ml - excess, flow=None)
    amounts_ml = excess[tuple(crowded.T)]
    voxels, which = np.unique(_nearest_open(medium, filling, crowded + filling.start), axis=0, return_inverse=True)
    if len(voxels) == 0:
        return kept, float(amounts_ml.sum())
    amounts_ml = np.bincount(which.ravel(), amounts_ml)
    total_ml = float(amounts_ml.sum())
    after, placed_ml = _push(medium, kept, voxels, amounts_ml / total_ml, total_ml)
    return after, total_ml - placed_ml


def _push(
    medium: PorousMedium, filling: Filling, voxels: NDArray, weights: NDArray, volume_ml: float
) -> tuple[Filling, float]:
    """The filling with volume_ml more, entering at open voxels (n, 3) by weights; and the ml that fitted."""
    filling = _with_room_for(filling, voxels.min(axis=0), voxels.max(axis=0))
    bone, sources = _bone_box(medium, filling), _flat(filling, voxels)
    filling, left_ml = _topped_up(filling, bone, sources, volume_ml)
    if not bone.full(filling.cement_ml.ravel(), sources).all():
        return filling, volume_ml

    flow = filling.flow
    if (
        flow is None
        or flow.bone is not bone
        or not np.array_equal(flow.sources, sources)
        or not np.array_equal(flow.weights, weights)
    ):
        filling, flow = _with_new_flow(medium, filling, voxels, weights)
    while left_ml > 1e-12 * volume_ml:
        if len(flow.front) == 0:
            return filling, volume_ml - left_ml
        portion_ml = min(left_ml, flow.left_ml)
        cement, flow, spilled_ml = flow_field.advance(flow, filling.cement_ml.ravel(), portion_ml)
        filling = _holding(filling, cement, flow)
        left_ml -= portion_ml - spilled_ml
        if flow.left_ml <= 0.0:
            filling, flow = _with_new_flow(medium, filling, voxels, weights)
    return filling, volume_ml


def _topped_up(
    filling: Filling, bone: BoneBox, sources: NDArray[np.intp], volume_ml: float
) -> tuple[Filling, float]:
    """The filling with what of volume_ml the source voxels themselves have room for, and the ml left over."""
    cement = filling.cement_ml.ravel()
    if bone.full(cement, sources).all():
        return filling, volume_ml
    cement, room = cement.copy(), np.maximum(bone.pore_ml[sources] - cement[sources], 0.0)
    poured_ml = min(volume_ml, float(room.sum()))
    cement[sources] += room * (poured_ml / float(room.sum()))
    return _holding(filling, cement, None), volume_ml - poured_ml


def _with_new_flow(
    medium: PorousMedium, filling: Filling, voxels: NDArray, weights: NDArray
) -> tuple[Filling, Flow]:
    """The filling, in a box with margin enough, with the flow field of the moment; and that flow."""
    bone = _bone_box(medium, filling)
    full = bone.full(filling.cement_ml.ravel()).reshape(filling.cement_ml.shape)
    span = [np.flatnonzero(full.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    start = np.array(filling.start)
    low, high = (start + [line[end] for line in span] for end in (0, -1))
    wider = _with_room_for(filling, low, high)
    if wider is not filling:
        filling, bone = wider, _bone_box(medium, wider, within=filling)
    sources, cement, guess = _flat(filling, voxels), filling.cement_ml.ravel(), filling.head_per_m3.ravel()
    flow, head = flow_field.flow_field(bone, cement, sources, weights, guess)
    head_per_m3 = _frozen(head.reshape(filling.cement_ml.shape))
    return changed(filling, head_per_m3=head_per_m3, flow=flow), flow


def _with_room_for(filling: Filling, low: NDArray, high: NDArray) -> Filling:
    """The filling in a box with a margin around voxels low to high (3,) that stops at the grid's edge."""
    empty = filling.cement_ml.size == 0
    old_low = low if empty else np.array(filling.start)
    old_high = high + 1 if empty else old_low + filling.cement_ml.shape
    want_low, want_high = np.maximum(low - _MARGIN, 0), np.minimum(high + 1 + _MARGIN, filling.shape)
    new_low = np.where(want_low < old_low, np.maximum(want_low - _CHUNK, 0), old_low)
    new_high = np.where(want_high > old_high, np.minimum(want_high + _CHUNK, filling.shape), old_high)
    if not empty and np.array_equal(new_low, old_low) and np.array_equal(new_high, old_high):
        return filling
    cement, head = np.zeros(new_high - new_low), np.zeros(new_high - new_low)
    if not empty:
        inside = tuple(slice(a, b) for a, b in zip(old_low - new_low, old_high - new_low, strict=True))
        cement[inside], head[inside] = filling.cement_ml, filling.head_per_m3
    i, j, k = (int(n) for n in new_low)
    return Filling(filling.shape, (i, j, k), _frozen(cement), _frozen(head))


def _entry_head_per_m3(medium: PorousMedium, flow: Flow | None, voxels: NDArray, radius_mm: float) -> float:
    """Pressure / (flow rate x viscosity) at the opening; 0 before the cement is larger than the opening."""
    if flow is None:
        return 0.0
    permeability = float(medium.permeability_m2[tuple(voxels.T)].mean())
    correction = entry_correction_per_m3(voxels, radius_mm, permeability, medium.voxel_mm, medium.anisotropy)
    return max(flow.entry_head_per_m3 + correction, 0.0)


def _bone_box(medium: PorousMedium, filling: Filling, within: Filling | None = None) -> BoneBox:
    """The bone in the filling's box: the very object in use where nothing has changed.

    within is the filling in the smaller box that it has just outgrown, whose bone is taken over.
    """
    if filling.flow is not None and filling.flow.bone.medium is medium:
        return filling.flow.bone
    pore, permeability = medium.pore_ml[filling.window], medium.permeability_m2[filling.window]
    compartment = None if medium.compartment is None else medium.compartment[filling.window]
    if filling.flow is not None:
        old = filling.flow.bone
        if (
            (old.voxel_mm, old.anisotropy) == (medium.voxel_mm, medium.anisotropy)
            and np.array_equal(old.pore_ml.reshape(pore.shape), pore)
            and np.array_equal(old.permeability_m2.reshape(pore.shape), permeability)
            and _same(old.compartment, compartment)
        ):
            return old
    if np.any(filling.cement_ml > pore * (1.0 + 1e-9)):
        raise ValueError("the medium has changed and holds less than the cement that is in it; squeeze() it first")
    like = (medium.anisotropy, medium.voxel_mm, compartment)
    if within is not None and within.flow is not None and within.flow.bone.medium is medium:
        i, j, k = (int(old - new) for old, new in zip(within.start, filling.start, strict=True))
        stencil = pressure_solver.grown(within.flow.bone.stencil, (i, j, k), permeability, *like)
    else:
        stencil = pressure_solver.stencil(permeability, *like)
    return BoneBox(
        pore.ravel(), permeability.ravel(), medium.voxel_mm, medium.anisotropy, stencil, compartment, medium
    )


def _same(one: NDArray | None, other: NDArray | None) -> bool:
    return one is other or (one is not None and other is not None and np.array_equal(one, other))


def _nearest_open(medium: PorousMedium, filling: Filling, voxels: NDArray) -> NDArray:
    """For each of the filling's voxels (n, 3) the nearest open one (n, 3) of its box, itself if open.

    Looks through the whole grid where the box has none; (0, 3) where there is none at all.
    """
    for window in (filling.window, (slice(None),) * 3):
        is_open = medium.pore_ml[window] > 0.0
        if is_open.any():
            origin = np.array([part.start or 0 for part in window])
            where = ndimage.distance_transform_edt(~is_open, return_distances=False, return_indices=True)
            return where[:, *(voxels - origin).T].T + origin
    return np.zeros((0, 3), dtype=int)


def _flat(filling: Filling, voxels: NDArray) -> NDArray[np.intp]:
    return np.ravel_multi_index(tuple((voxels - filling.start).T), filling.cement_ml.shape)


def _holding(filling: Filling, cement: NDArray, flow: Flow | None) -> Filling:
    return changed(filling, cement_ml=_frozen(cement.reshape(filling.cement_ml.shape)), flow=flow)


def _frozen(array: NDArray) -> NDArray:
    array.setflags(write=False)
    return array


def _check(medium: PorousMedium, filling: Filling) -> None:
    if filling.shape != medium.pore_ml.shape:
        raise ValueError(
            f"the filling is of a grid {filling.shape}, the medium of {medium.pore_ml.shape}; "
            "begin with Filling.empty(medium.pore_ml.shape)"
        )

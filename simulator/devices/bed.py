"""The bone around a device that makes room: how strong it is, where a cavity may grow, what walls it in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy import frames, shapes
from anatomy.skeleton.vertebra import Vertebra
from anatomy.volume import Grid
from simulator.devices.ground import CORTEX_MARGIN_MM, OPEN_SHARE, GroundNow
from simulator.physics.crush import plateau_kpa

SMOOTHING_MM = 2.0
"""Over which strength is averaged for a device's way."""
MEMBRANE_MM = 3.0
"""Over which a membrane bridges what is uneven (unconfirmed)."""
CORNERS = 0.8
"""How strongly it keeps out of corners: an edge between two walls counts 1.7 times as far (unconfirmed)."""
STRIDE = 4
NO_BONE_G_CM3 = 0.005
"""Where there is less mineral, nothing has to be crushed: clefts, channels, cavities made before."""

WALLS = ("anterior", "posterior", "left", "right")
"""Sides of a body that a balloon can break through, numbered from 1 in ``Bed.wall``."""
END_MM = 4.0
"""Nearer than this to an endplate, a wall is the endplate's rim."""
ALONG_WALL_MM = 0.6


@dataclass(frozen=True, eq=False)
class Hollow:
    """What a device can meet where its cavity can grow, a fifth of the voxels around: (n,) arrays in the order of
    the flat places ``at`` in a box of ``shape``, named as in ``Bed``; bone: where there is any to be crushed."""

    shape: tuple[int, int, int]
    at: NDArray[np.intp]
    delay: NDArray[np.float32]
    plateau_kpa: NDArray[np.float32]
    mineral: NDArray[np.float32]
    bone: NDArray[np.bool_]
    roof_mm: NDArray[np.float32]
    floor_mm: NDArray[np.float32] | None
    crushed: NDArray[np.float32] | None
    wall: NDArray[np.uint8] | None
    open_cleft: NDArray[np.bool_] | None
    cleft_rim: NDArray[np.bool_] | None

    def in_box(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Values (n,) in their box (i, j, k), 0 elsewhere."""
        box = np.zeros(self.shape, dtype=np.float32)
        box.ravel()[self.at] = values
        return box


@dataclass(frozen=True, eq=False)
class Bed:
    """The bone a device lies in, on the region grid as it is now. Arrays (i, j, k).

    mineral: g/cm3; room: True where a cavity may grow (inside the body, short of its cortex, and where a wall was
    broken through); roof_mm, floor_mm: distance from superior and inferior endplate (large elsewhere). Optional:
    crushed: strain by which the fracture had pressed bone together, squeezed: by which it still does; body_mm:
    signed distance to the body's surface; cleft: share that lies in a cleft; wall: number of the side wall that a
    voxel of the room lies along, 0 away from walls.
    """

    grid: Grid
    mineral: NDArray[np.float32]
    room: NDArray[np.bool_]
    roof_mm: NDArray[np.float32]
    floor_mm: NDArray[np.float32] | None = None
    crushed: NDArray[np.float32] | None = None
    squeezed: NDArray[np.float32] | None = None
    body_mm: NDArray[np.float32] | None = None
    cleft: NDArray[np.float32] | None = None
    wall: NDArray[np.uint8] | None = None
    both_ends: bool = False
    """Whether either endplate is broken and moves, or the superior one alone."""
    amplitude: float = 1.0
    """Of the collapse."""

    @cached_property
    def window(self) -> tuple[slice, slice, slice]:
        """The part of the grid that holds the room, with as much around it as smoothing reaches, in whole STRIDEs:
        a room that grows by a voxel seldom moves it."""
        margin = int(np.ceil(2.0 * SMOOTHING_MM / self.grid.voxel_mm[0])) + 1
        spans = []
        for axis, count in enumerate(self.grid.shape):
            met = np.flatnonzero(self.room.any(axis=tuple(a for a in range(3) if a != axis)))
            low, high = (met[0], met[-1] + 1) if met.size else (0, count)
            start, stop = int(low) - margin, int(high) + margin
            spans.append(slice(max(STRIDE * (start // STRIDE), 0), min(-STRIDE * (-stop // STRIDE), count)))
        return spans[0], spans[1], spans[2]

    @cached_property
    def near(self) -> Bed:
        """The bed on its window alone: all that a device can meet, in a fraction of the voxels."""
        w = self.window

        def cut(array: NDArray | None) -> NDArray | None:
            return None if array is None else array[w]

        return Bed(self.grid.part(w), self.mineral[w], self.room[w], self.roof_mm[w], cut(self.floor_mm),
                   cut(self.crushed), cut(self.squeezed), cut(self.body_mm), cut(self.cleft), cut(self.wall),
                   self.both_ends, self.amplitude)  # fmt: skip

    @cached_property
    def hollow(self) -> Hollow:
        """The voxels in which a cavity can grow, one after the other."""
        at = np.flatnonzero(np.isfinite(self.delay))

        def there(array: NDArray | None) -> NDArray | None:
            return None if array is None else array.ravel()[at]

        plateau, mineral, delay = (a.ravel()[at] for a in (self.plateau_kpa, self.mineral, self.delay))
        return Hollow(self.grid.shape, at, delay, plateau, mineral, plateau > 0.0, self.roof_mm.ravel()[at],
                      there(self.floor_mm), there(self.crushed), there(self.wall), there(self.open_cleft),
                      None if self.open_cleft is None else there(self.cleft_rim))  # fmt: skip

    @cached_property
    def along_walls(self) -> NDArray[np.intp]:
        """Places (n,), flat, of the voxels that lie along a side wall."""
        assert self.wall is not None
        return np.flatnonzero(self.wall)

    @cached_property
    def plateau_kpa(self) -> NDArray[np.float32]:
        """Stress (i, j, k), kPa, at which bone is crushed: by what density it had before the fracture pressed it
        together, less what breaking has cost; 0 where there is no bone.

        Density is averaged over SMOOTHING_MM, without the shell: the law of strength is one of cores of many
        struts, and a gap between two struts is no weakness.
        """
        bone = self.room & (self.mineral > NO_BONE_G_CM3)
        virgin = self.mineral if self.squeezed is None else self.mineral * (1.0 - self.squeezed)
        sigma = SMOOTHING_MM / float(self.grid.voxel_mm[0])
        part = ndimage.gaussian_filter(bone.astype(np.float32), sigma, truncate=2.0)
        virgin = ndimage.gaussian_filter(np.where(bone, virgin, np.float32(0.0)), sigma, truncate=2.0)
        stress = plateau_kpa(virgin / np.maximum(part, 1e-6), 0.0 if self.crushed is None else self.crushed)
        return np.where(bone, stress, 0.0).astype(np.float32)

    @cached_property
    def delay(self) -> NDArray[np.float32]:
        """Factor (i, j, k) by which strong bone is reached later than weak: relative plateau stress ^ 0.4.

        Plateau over its median in the room, within 0.5 to 2; averaged over MEMBRANE_MM, because a stretched
        membrane bridges small soft spots, and more where walls meet, because it does not fill corners. Infinite
        where no cavity can grow. Exponents and limits are unconfirmed.
        """
        stress = self.plateau_kpa
        typical = float(np.median(stress[self.room])) if self.room.any() else 1.0
        relative = np.clip(stress / np.float32(max(typical, 1.0)), 0.5, 2.0) ** np.float32(0.4)
        sigma = MEMBRANE_MM / float(self.grid.voxel_mm[0])
        room = self.room.astype(np.float32)
        share = np.maximum(ndimage.gaussian_filter(room, sigma, truncate=2.0, mode="nearest"), 1e-3)
        even = ndimage.gaussian_filter(relative * room, sigma, truncate=2.0, mode="nearest") / share
        corner = np.clip(2.0 * share, 0.05, 1.0) ** np.float32(-CORNERS)  # half of it lies beyond an even wall
        return np.where(self.room, even * corner, np.float32(np.inf))

    @cached_property
    def open_cleft(self) -> NDArray[np.bool_] | None:
        """Voxels of the room that are cleft, None where there are none."""
        if self.cleft is None:
            return None
        found = (self.cleft > OPEN_SHARE) & self.room
        return found if found.any() else None

    @cached_property
    def cleft_rim(self) -> NDArray[np.bool_]:
        """The cleft and the voxels beside it: where a front that arrives has found it."""
        assert self.open_cleft is not None
        return ndimage.binary_dilation(self.open_cleft) & self.room


def bed_in(
    vertebra: Vertebra,
    now: GroundNow,
    mineral: NDArray[np.float32],
    *,
    broken_out: NDArray[np.bool_] | None = None,
    both_ends: bool = False,
) -> Bed:
    """The bed in a body now. mineral (i, j, k): what is left of it; broken_out (i, j, k): voxels beyond a wall
    that was broken through."""
    room = now.room if broken_out is None else now.room | broken_out
    return Bed(
        now.grid,
        mineral,
        room,
        now.roof_mm,
        now.floor_mm,
        now.crushed,
        None if now.crushed is None else now.crushed * np.float32(now.amplitude),
        now.body_mm,
        now.cleft,
        walls(vertebra, now),
        both_ends,
        now.amplitude,
    )


def walls(vertebra: Vertebra, now: GroundNow) -> NDArray[np.uint8]:
    """Number (i, j, k) of the side wall that a voxel of the room lies along (1 + place in WALLS), 0 elsewhere.

    The wall is the one towards which the voxel lies farthest from the body's middle, in half widths and depths.
    """
    out = np.zeros(now.grid.shape, dtype=np.uint8)
    along = now.room & (now.body_mm > -CORTEX_MARGIN_MM - ALONG_WALL_MM)
    along &= (now.roof_mm > END_MM) & (now.floor_mm > END_MM)
    index = np.argwhere(along)
    x, y, _ = shapes.local_axes(now.grid, frames.inverse(vertebra.patient_from_vertebra))
    at = tuple(index.T)
    right = np.broadcast_to(x, now.grid.shape)[at] / (0.5 * vertebra.size.endplate_width_sup_mm)
    middle = 0.5 * (vertebra.anterior_wall_y_mm + vertebra.posterior_wall_y_mm)
    forward = (np.broadcast_to(y, now.grid.shape)[at] - middle) / (0.5 * vertebra.size.depth_mm)
    front_or_back = np.where(forward > 0.0, 1, 2)
    out[at] = np.where(abs(forward) >= abs(right), front_or_back, np.where(right < 0.0, 3, 4))
    return out

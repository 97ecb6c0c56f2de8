"""Any device that makes room inside a body: what the engine asks of it, and what it leaves behind.

A balloon is the one that is built. A stent (it stays: no recoil) or a curette (it takes bone out and pushes
nothing aside) needs a class of this shape, and nothing in the engine's account of cavities, lift and recoil
changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy.spec import Side
from simulator.devices.bed import Bed

RIM_MM = 2.5
"""Within which the bone that was pushed aside lies packed (unconfirmed)."""


@dataclass(frozen=True, eq=False)
class Remains:
    """What stays when a device is emptied or taken out.

    cavity: share (i, j, k) of each voxel that is open afterwards; packs: whether its bone lies packed around it,
    or is out of the body; holds_up: share of the recoil that what stays behind prevents.
    """

    cavity: NDArray[np.float32]
    packs: bool = True
    holds_up: float = 0.0


class Expander(Protocol):
    """A device in a channel that makes room and may press on the endplates."""

    @property
    def side(self) -> Side:
        """The cannula it came through."""

    @property
    def share(self) -> NDArray[np.float32] | None:
        """Part (i, j, k) of each voxel that it fills now, None for nothing."""

    @property
    def volume_ml(self) -> float:
        """What it fills."""

    @property
    def pressure_kpa(self) -> float:
        """At which it presses on what is around it."""

    @property
    def bearing_mm2(self) -> float:
        """Area over which that pressure bears on the endplates that move."""

    def advanced(self, bed: Bed, taken: NDArray[np.float32] | None, duration_s: float, luck: float) -> Self:
        """The device a moment later, in the room that another device has not taken; luck: a number from 0 to 1
        that decides what happens by chance."""

    def emptied(self) -> Self:
        """The device without what it holds, ready to be pulled out."""

    def remains(self) -> Remains | None:
        """What it leaves behind when emptied now; None if it has made no room."""


def lift_n(devices: Iterable[Expander | None]) -> float:
    """Force of all devices together on the endplates that move: pressure times the area that bears on them."""
    return sum(d.pressure_kpa * d.bearing_mm2 / 1000.0 for d in devices if d is not None)


def mineral_taken(remains: Remains, bed: Bed) -> NDArray[np.float32]:
    """Mineral (i, j, k), g/cm3, that a cavity takes from each voxel; negative in the rim where it is packed.

    Where it packs, its sum is zero: what was pushed aside lies around the cavity, within RIM_MM and inside bone.
    """
    share = remains.cavity
    taken = np.asarray(share * bed.mineral, dtype=np.float32)
    if not remains.packs:
        return taken
    distance = ndimage.distance_transform_edt(share < 0.5, sampling=bed.grid.voxel_mm)
    rim = ((distance > 0.0) & (distance <= RIM_MM) & bed.room) * (1.0 - share)
    total = float(rim.sum(dtype=np.float64))
    if total <= 0.0:
        return np.zeros_like(taken)
    return np.asarray(taken - rim * (taken.sum(dtype=np.float64) / total), dtype=np.float32)

"""Balls of cement in a case's ground, and the heat they start with."""

from __future__ import annotations

import numpy as np

from simulator.devices.ground import GroundNow
from simulator.devices.warm_places import WarmPlaces
from simulator.devices.warmth import Thermal, warmed
from simulator.physics.cure import Kinetics
from simulator.physics.filling import Filling

ROOM_C = 21.0
FRESH = 0.01  # degree of cure of cement that is injected


def ball(
    now: GroundNow, radius_mm: float, share: float = 0.8, off_mm: tuple[float, ...] = (0.0, 0.0, 0.0)
) -> Filling:
    """Cement that takes a share of every voxel of a ball about the body's middle, or off it."""
    middle = np.argwhere(now.body_mm < 0.0).mean(axis=0) + np.array(off_mm) / now.grid.voxel_mm
    index = np.moveaxis(np.indices(now.grid.shape), 0, -1)
    inside = (((index - middle) * now.grid.voxel_mm) ** 2).sum(axis=-1) < radius_mm**2
    cement = np.where(inside, share * now.grid.voxel_ml, 0.0)
    return Filling(now.grid.shape, (0, 0, 0), cement, np.zeros(now.grid.shape))


def heated(
    places: WarmPlaces, now: GroundNow, filling: Filling, duration_s: float, thermal: Thermal | None = None,
    cure: float = FRESH,
) -> Thermal:  # fmt: skip
    """The heat of a filling a moment after it came."""
    after = warmed(
        thermal, places, now, filling,
        entering_c=ROOM_C, entering_cure=cure, kinetics=Kinetics(), duration_s=duration_s,
    )  # fmt: skip
    assert after is not None
    return after

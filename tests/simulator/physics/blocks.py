"""Blocks of bone for tests of flow, openings into them, and a way to fill them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.physics.filling import Filling, Injection, inject
from simulator.physics.opening import Opening
from simulator.physics.porous_medium import PorousMedium

BONE_M2 = 4.5e-8


def bone(shape: tuple[int, int, int], *, voxel_mm: float = 1.0, porosity: float = 0.88) -> PorousMedium:
    """Uniform bone."""
    return PorousMedium(voxel_mm, np.full(shape, porosity * voxel_mm**3 / 1000.0), np.full(shape, BONE_M2))


def scattered(shape: tuple[int, int, int], seed: int, *, solid: float = 0.2) -> PorousMedium:
    """Bone with random pores and permeability, some of it solid; the middle voxel is open."""
    rng = np.random.default_rng(seed)
    pore = rng.uniform(0.05, 1.0, shape) * (rng.random(shape) > solid) * 1e-3
    pore[tuple(n // 2 for n in shape)] = 5e-4
    return PorousMedium(1.0, pore, BONE_M2 * np.exp(rng.standard_normal(shape)))


def middle(medium: PorousMedium) -> Opening:
    """An opening of one voxel in the middle."""
    return Opening(np.array([[n // 2 for n in medium.pore_ml.shape]]), 1.2)


def run(
    medium: PorousMedium, opening: Opening, volume_ml: float, *, ticks: int = 1, viscosity_pa_s: float = 100.0
) -> tuple[Filling, Injection]:
    """Cement at 3 ml/min into empty bone, in equal ticks."""
    filling = Filling.empty(medium.pore_ml.shape)
    for _ in range(ticks):
        filling, injection = inject(
            medium,
            filling,
            opening,
            volume_ml=volume_ml / ticks,
            duration_s=volume_ml / ticks / 0.05,
            viscosity_pa_s=viscosity_pa_s,
        )
    return filling, injection


def apart(a: NDArray, b: NDArray) -> float:
    """Share of the cement that lies in different places."""
    return float(np.abs(a - b).sum() / (a.sum() + b.sum()))


def boxed(hole: bool) -> tuple[PorousMedium, NDArray]:
    """Bone with a closed cubic wall, with a hole of one voxel or not; and which voxels are inside."""
    shape = (21, 21, 21)
    ring = np.abs(np.indices(shape) - 10).max(axis=0)
    permeability = np.where(ring == 4, 0.0, BONE_M2)
    if hole:
        permeability[14, 10, 10] = BONE_M2
    return PorousMedium(1.0, np.full(shape, 8.8e-4), permeability), ring < 4

"""Simple patients: layers for a needle, blocks of bone for balloon and cement."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from anatomy.findings.earlier_work import MetalPart
from anatomy.frames import FloatArray
from anatomy.tissue import CORTEX_MINERAL_G_CM3, Tissue
from anatomy.volume import Grid
from simulator.devices.balloon import MODELS, Balloon, inflated
from simulator.devices.bed import Bed

SKIN_END, FAT_END, CORTEX_FROM, CORTEX_END, BONE_END = 2.0, 15.0, 40.0, 43.0, 80.0


@dataclass(frozen=True)
class Layers:
    """A probe of a patient in layers along y: skin, fat, muscle, cortex, cancellous bone, muscle again."""

    core_g_cm3: float = 0.1
    metal: tuple[MetalPart, ...] = ()

    def in_metal(self, points_mm: FloatArray) -> NDArray[np.bool_]:
        """Points in any of the metal parts."""
        return np.any([np.zeros(len(points_mm), bool), *(part.holds(points_mm) for part in self.metal)], axis=0)

    def bone_distance_mm(self, points_mm: FloatArray) -> FloatArray:
        """Signed distance to the bone's two surfaces."""
        return np.maximum(CORTEX_FROM - points_mm[:, 1], points_mm[:, 1] - BONE_END)

    def mineral_g_cm3(self, points_mm: FloatArray) -> FloatArray:
        """Cortex behind the first surface, then the core."""
        y = points_mm[:, 1]
        inside = np.where(y < CORTEX_END, CORTEX_MINERAL_G_CM3, self.core_g_cm3)
        return np.where((y >= CORTEX_FROM - 0.5) & (y <= BONE_END + 0.5), inside, 0.0)

    def tissue(self, points_mm: FloatArray) -> FloatArray:
        """Skin, fat, then muscle."""
        y = points_mm[:, 1]
        return np.select(
            [y < SKIN_END, y < FAT_END], [float(Tissue.SKIN), float(Tissue.FAT)], float(Tissue.MUSCLE)
        )


def block(mineral_g_cm3: float | NDArray = 0.1, *, half_mm: float = 20.0, room_mm: float = 16.0,
          voxel_mm: float = 1.0, roof_mm: float = 40.0) -> Bed:  # fmt: skip
    """A block of bone around the origin; a cavity may grow within room_mm of it, roof_mm below an endplate."""
    grid = Grid.spanning((-half_mm,) * 3, (half_mm,) * 3, voxel_mm)
    x, y, z = np.meshgrid(*(a.ravel() for a in grid.axes_mm()), indexing="ij")
    room = np.maximum(np.maximum(abs(x), abs(y)), abs(z)) < room_mm
    mineral = np.broadcast_to(np.asarray(mineral_g_cm3, dtype=np.float32), grid.shape)
    return Bed(grid, np.array(mineral), room, (roof_mm - z).astype(np.float32))


LONG = Balloon("right", MODELS["15/3"], (0.0, 7.5, 0.0), (0.0, -7.5, 0.0))


def blown(bed: Bed, volume_ml: float, balloon: Balloon = LONG, tick_s: float = 0.1) -> list[Balloon]:
    """The balloon at every tick from empty until it holds the volume or bursts."""
    balloon = replace(balloon, wanted_ml=volume_ml)
    steps = []
    while balloon.volume_ml < balloon.wanted_ml - 1e-9 and not balloon.ruptured:
        balloon = inflated(balloon, bed, None, tick_s)
        steps.append(balloon)
    return steps


def resting(bed: Bed, volume_ml: float) -> Balloon:
    """The balloon at a volume after a minute of rest."""
    balloon = replace(LONG, wanted_ml=volume_ml, volume_ml=volume_ml - 0.01)
    for _ in range(600):
        balloon = inflated(balloon, bed, None, 0.1)
    return balloon


def held_ml(balloon: Balloon, bed: Bed) -> float:
    """What the shares add up to."""
    assert balloon.share is not None
    return float(balloon.share.sum(dtype=np.float64)) * bed.grid.voxel_ml

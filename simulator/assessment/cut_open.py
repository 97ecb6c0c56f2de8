"""The treated vertebra cut open, as arrays to draw: bone beside it, body, balloons, cavity, cement, leaks by where
they went. Pure; whoever draws makes surfaces of them (``draw_3d.surface``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.keeping import kept_with_first
from anatomy.regions import Region
from anatomy.volume import Grid
from simulator.devices.ground import LEAK_REGIONS, GroundNow, leak_destination
from simulator.engine.case import Case
from simulator.engine.leaks import leaked_ml, to_be_seen
from simulator.engine.state import State

DISCS = (Region.DISC_ABOVE, Region.DISC_BELOW)
CANAL = (Region.CANAL, Region.EPIDURAL_VEIN, Region.FORAMEN_LEFT, Region.FORAMEN_RIGHT)
VEINS = (
    Region.SEGMENTAL_VEIN,
    Region.EXTERNAL_VEIN,
    Region.FORAMINAL_VEIN,
    Region.ASCENDING_LUMBAR_VEIN,
    Region.AZYGOS_VEIN,
    Region.VENA_CAVA,
)
SOFT_TISSUE = tuple(region for region in LEAK_REGIONS if region not in (*DISCS, *CANAL, *VEINS))
LEAKS: dict[str, tuple[Region, ...]] = {"disc": DISCS, "canal": CANAL, "vein": VEINS, "soft tissue": SOFT_TISSUE}
"""Where leaked cement may lie, in groups that are told apart by colour; what blood carried off is in none."""
CUT_X_MM = 1.0
"""Bone to the patient's right of this is taken away."""
SHOWN_Z_MM = 44.0
"""So far above and below the body's middle bone is drawn."""
FINER = 2
LEVELS = {"bone": 0.0, "body": 0.0, "balloon": 0.5, "cavity": 0.5, "cement": 0.35}
LEAK_LEVEL = 0.2
"""Share of a voxel from which it belongs to a surface: leaks are thin."""


@dataclass(frozen=True, eq=False)
class Block:
    """Values (i, j, k) whose surface at a level is to be drawn: the middle of the first voxel, and their size."""

    values: NDArray[np.float32]
    origin_mm: FloatArray
    voxel_mm: FloatArray
    level: float


def blocks(case: Case, state: State) -> dict[str, Block]:
    """What there is to be drawn, by name: "bone", "body", and where they hold anything "balloon", "cavity",
    "cement", "leak <group>"."""
    now = case.ground.at(state.amplitude)
    found = {"bone": _bone(case, now), "body": _whole(-now.body_mm, now.grid, LEVELS["body"])}
    shares = [b.share for b in state.balloons if b is not None and b.share is not None]
    if shares:
        found["balloon"] = _part(np.maximum.reduce(shares), (0, 0, 0), now.grid, LEVELS["balloon"])
    if state.opened.cavity is not None:
        found["cavity"] = _part(state.opened.cavity, (0, 0, 0), now.grid, LEVELS["cavity"])
    filling, region = to_be_seen(now, state)
    share = filling.cement_ml / now.grid.voxel_ml
    inside = np.where(np.isin(region, LEAK_REGIONS), 0.0, share)
    found["cement"] = _part(inside, filling.start, now.grid, LEVELS["cement"])
    for name, regions in LEAKS.items():
        there = np.where(np.isin(region, regions), share, 0.0)
        found[f"leak {name}"] = _part(there, filling.start, now.grid, LEAK_LEVEL)
    return {name: block for name, block in found.items() if block.values.max(initial=-1.0) > block.level}


def leaks_ml(case: Case, state: State) -> dict[str, float]:
    """Leaked cement by the groups of LEAKS, and "lungs"; empty groups are left out."""
    groups = {leak_destination(region): name for name, regions in LEAKS.items() for region in regions}
    sums: dict[str, float] = {}
    for destination, ml in leaked_ml(case.ground.at(state.amplitude), state).items():
        name = groups.get(destination, destination)
        sums[name] = sums.get(name, 0.0) + ml
    return {name: ml for name, ml in sums.items() if ml > 0.0}


@kept_with_first(2)
def _bone(case: Case, now: GroundNow) -> Block:
    """Arch and neighbours without the body, cut: depth below the surface, mm."""
    distance = case.patient.bone_distance
    low, high = distance.grid.box_mm()
    low[2], high[2] = max(low[2], -SHOWN_Z_MM), min(high[2], SHOWN_Z_MM)
    high[0] = CUT_X_MM + 2.0
    window = distance.grid.window(low, high)
    grid = distance.grid.part(window)
    depth = -distance.array[window].astype(np.float32)
    inner = grid.window(*now.grid.box_mm())
    at = frames.apply(frames.inverse(now.grid.patient_from_voxel), grid.part(inner).centres_mm())
    body_mm = ndimage.map_coordinates(now.body_mm, np.moveaxis(at, -1, 0), order=1, mode="nearest")
    depth[inner] = np.minimum(depth[inner], body_mm - 0.3)
    x = grid.axes_mm()[0]
    return _whole(np.minimum(depth, CUT_X_MM - x), grid, LEVELS["bone"])


def _whole(values: NDArray, grid: Grid, level: float) -> Block:
    """An array with an empty layer around it, so that surfaces are closed."""
    padded = np.pad(np.asarray(values, dtype=np.float32), 1, constant_values=level - 1.0)
    return Block(padded, grid.patient_from_voxel[:3, 3] - grid.voxel_mm, grid.voxel_mm, level)


def _part(values: NDArray, start: tuple[int, int, int], grid: Grid, level: float) -> Block:
    """The filled part of an array of shares, finer and smoothed by half a voxel; start: its place on the grid."""
    filled = np.argwhere(values > 0.02)
    if len(filled) == 0:
        return Block(np.zeros((0, 0, 0), np.float32), np.zeros(3), grid.voxel_mm, level)
    low, high = filled.min(axis=0), filled.max(axis=0) + 1
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    padded = ndimage.gaussian_filter(np.pad(np.asarray(values[box], dtype=np.float32), 2), 0.5)
    shape = [FINER * (n - 1) + 1 for n in padded.shape]
    at = np.meshgrid(*(np.arange(n) / FINER for n in shape), indexing="ij")
    finer = ndimage.map_coordinates(padded, at, order=1).astype(np.float32)
    origin = frames.apply(grid.patient_from_voxel, low + np.array(start) - 2.0)
    return Block(finer, origin, grid.voxel_mm / FINER, level)

"""What the beam meets besides the patient as found: instruments, contrast and cement of a state."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from anatomy.spec import SIDES
from anatomy.tissue import PLATINUM, SOFT_AND_ADIPOSE_G_CM3, Material, Tissue
from anatomy.volume import Grid, Volume
from simulator.devices.balloon import Balloon
from simulator.devices.needle import LENGTH_MM, Needle
from simulator.engine.case import STREAM_NOISE, Case
from simulator.engine.exposing import technique
from simulator.engine.state import Plane, State, index_of
from simulator.imaging.attenuation import cement_material, contrast_material
from simulator.imaging.exposure import Technique
from simulator.imaging.fluoroscope import Filler, Fluoroscope, Frame, Scene, Solid, needle_solids

CONTRAST_MG_I_ML = 165.0
"""Iodine in the balloon: contrast of 270 to 300 mg I/ml at about 60 % (150 to 180; physics B1, unconfirmed)."""
MARROW_G_CM3 = sum(SOFT_AND_ADIPOSE_G_CM3[Tissue.BONE])
MARKER_RADIUS_MM, MARKER_LENGTH_MM = 0.7, 1.2


def scene(case: Case, state: State) -> Scene:
    """Everything that a frame of this state shows beside the patient."""
    grid = case.ground.grid
    solids: list[Solid] = []
    fillers: list[Filler] = []
    for side in SIDES:
        needle, balloon = state.needle(side), state.balloon(side)
        if needle is not None:
            solids += _cannula(needle)
            in_bore = state.batch.bore_ml[index_of(side)]
            if in_bore > 0.0:
                solids.append(_cement_in_bore(case, needle, in_bore))
        if balloon is not None:
            solids += _markers(balloon)
            if balloon.share is not None:
                fillers.append(_filler(contrast_material(CONTRAST_MG_I_ML), balloon.share, grid))
    filling = state.batch.filling
    if filling.total_ml > 0.0:
        share = (filling.on_grid() / grid.voxel_ml).astype(np.float32)
        fillers.append(_filler(_cement(case), share, grid))
    return Scene(
        amplitude=state.amplitude,
        solids=tuple(solids),
        fillers=tuple(fillers),
        mineral_removed=_mineral_removed(case, state),
    )


def _cannula(needle: Needle) -> tuple[Solid, ...]:
    hub = needle.tip_mm - LENGTH_MM * needle.axis
    return needle_solids(hub, needle.tip_mm, needle.outer_radius_mm, needle.inner_radius_mm, stylet=needle.stylet)


def _cement_in_bore(case: Case, needle: Needle, volume_ml: float) -> Solid:
    """Cement fills the bore from the hub down."""
    start = needle.tip_mm - LENGTH_MM * needle.axis
    end = start + LENGTH_MM * min(volume_ml / needle.bore_ml, 1.0) * needle.axis
    return Solid(_cement(case), "cylinder", start, end, needle.inner_radius_mm)


def _markers(balloon: Balloon) -> list[Solid]:
    """The two radiopaque bands at the balloon's ends."""
    a, b = np.array(balloon.proximal_mm), np.array(balloon.distal_mm)
    way = (b - a) / np.linalg.norm(b - a)
    ends = ((a, a + MARKER_LENGTH_MM * way), (b - MARKER_LENGTH_MM * way, b))
    return [Solid(PLATINUM, "cylinder", start, end, MARKER_RADIUS_MM) for start, end in ends]


def _filler(material: Material, share: NDArray[np.float32], grid: Grid) -> Filler:
    """A material that fills a share of each voxel, in place of marrow."""
    window = _filled_window(share)
    part, small = grid.part(window), share[window]
    return Filler(
        material,
        Volume(small * np.float32(material.density_g_cm3), part),
        Volume(small * np.float32(MARROW_G_CM3), part),
    )


def _filled_window(share: NDArray[np.float32]) -> tuple[slice, slice, slice]:
    """The box of non-empty voxels, one voxel wider where the grid allows."""
    out = []
    for axis in range(3):
        filled = np.flatnonzero(share.any(axis=tuple(a for a in range(3) if a != axis)))
        if filled.size == 0:
            return (slice(0, 1),) * 3
        out.append(slice(max(int(filled[0]) - 1, 0), min(int(filled[-1]) + 2, share.shape[axis])))
    return out[0], out[1], out[2]


def _mineral_removed(case: Case, state: State) -> Volume | None:
    taken = state.opened.mineral_taken
    for balloon in state.balloons:
        if balloon is not None and balloon.share is not None:
            mineral = case.ground.at(state.amplitude).mineral * balloon.share
            taken = mineral if taken is None else taken + mineral
    return None if taken is None else Volume(np.asarray(taken, dtype=np.float32), case.ground.grid)


@lru_cache(maxsize=8)
def _cement_of(percent: float) -> Material:
    return cement_material(percent / 100.0)


def _cement(case: Case) -> Material:
    return _cement_of(case.scenario.instruments.barium_sulphate_percent)


def frame(
    case: Case, state: State, plane: Plane, fluoroscope: Fluoroscope, chosen: Technique | None = None
) -> Frame:
    """The picture that a plane shows of a state; noise depends on seed, tick and plane alone."""
    rng = np.random.default_rng([case.seed, STREAM_NOISE, state.tick, ord(plane.name)])
    chosen = chosen or technique(case, state, plane)
    return fluoroscope.draw(case.view(state, plane), scene(case, state), chosen, plane.pose.field_mm, rng)

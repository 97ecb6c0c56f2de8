"""A patient: volumes to be imaged, a target to be treated, landmarks, corridors and hazards.

``build(spec)`` makes one from a spec; the same spec gives the same voxels. Volumes hold the patient as found;
``mineral_fine`` and ``mineral_far`` give the bone at any state of reduction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from anatomy import deform, regions, ribs, shapes, soft_tissue, spine, trunk
from anatomy.arch import FAR_MM
from anatomy.corridors import Corridor, corridor
from anatomy.frames import FloatArray
from anatomy.hazards import Hazard, hazards
from anatomy.landmarks import landmarks
from anatomy.shapes import Array
from anatomy.spec import SIDES, PatientSpec, Side
from anatomy.tissue import SOFT_AND_ADIPOSE_G_CM3, Tissue
from anatomy.volume import Grid, Volume

RECIPE = 1
"""Version of the recipe: raised whenever the same spec would give other voxels."""

FINE_MM, COARSE_MM, DISTANCE_MM = 0.5, 2.0, 1.0
_FINE_BOX = ((-60.0, -80.0, -80.0), (60.0, 30.0, 80.0))
_DISTANCE_BOX = ((-70.0, -92.0, -60.0), (70.0, 34.0, 60.0))
_BODY_HALF_HEIGHT_MM = 172.0


@dataclass(frozen=True, eq=False)
class MineralGroups:
    """Mineral (g/cm3) on one grid in the groups that move differently (spine.Bones), each cropped.

    has_hole: the fine box is left out, because a finer grid shows the bone in it.
    """

    lower: Volume
    body: Volume
    upper: Volume
    has_hole: bool = False

    def volumes(self) -> tuple[Volume, Volume, Volume]:
        """What moves differently: lower, body and upper."""
        return self.lower, self.body, self.upper

    def at(self, column: spine.Column, amplitude: float) -> Volume:
        """All mineral at a collapse amplitude (1 as found): a new volume on the grid of ``lower``."""
        total = self.lower.array.copy()
        body, upper = self.body.array, self.upper.array
        _, y, z = self.upper.grid.axes_mm()
        y, z = np.broadcast_arrays(y[0], z[0])
        if column.collapse is not None and amplitude != 1.0:
            body_y, body_z, squeeze = deform.body_map(column.collapse, self.body.grid, amplitude)
            body = deform.read_rows(body, self.body.grid, body_y, body_z) * squeeze.astype(np.float32)
            y, z = deform.above_map(column.collapse, self.upper.grid, amplitude)
            upper = deform.read_rows(upper, self.upper.grid, y, z)
        if self.has_hole:
            upper = np.where(_in_fine_box(self.upper.grid, y, z), np.float32(0.0), upper)
        for volume, array in ((self.body, body), (self.upper, upper)):
            window = self.lower.grid.window(*_inner(volume.grid))
            total[window] = np.maximum(total[window], array)
        return Volume(total, self.lower.grid)


def _in_fine_box(grid: Grid, y_mm: Array, z_mm: Array) -> NDArray[np.bool_]:
    """Voxels (i, j, k) that lie in the fine box now and, by their place as found (j, k), did so then.

    What came into it from outside, or left it, no fine voxel shows.
    """
    low, high = np.array(_FINE_BOX)
    then = (y_mm > low[1]) & (y_mm < high[1]) & (z_mm > low[2]) & (z_mm < high[2])
    now = np.zeros(grid.shape, dtype=bool)
    now[grid.window(low, high)] = True
    return now & then


def _inner(grid: Grid) -> tuple[FloatArray, FloatArray]:
    low, high = grid.box_mm()
    return low + 0.25 * grid.voxel_mm, high - 0.25 * grid.voxel_mm


@dataclass(frozen=True, eq=False)
class Patient:
    """Everything about the patient that does not change during a session. Frames: patient, mm."""

    spec: PatientSpec
    column: spine.Column
    soft: Volume
    adipose: Volume
    tissue: Volume
    fine: MineralGroups
    far: MineralGroups
    bone_distance: Volume
    regions: Volume
    endplate_hole: Volume
    landmarks: Mapping[str, FloatArray]
    corridors: Mapping[Side, Corridor]
    hazards: Mapping[str, Hazard]
    digest: str

    def mineral_fine(self, amplitude: float = 1.0) -> Volume:
        """Mineral at 0.5 mm around the target, collapse amplitude 1 as found."""
        return self.fine.at(self.column, amplitude)

    def mineral_far(self, amplitude: float = 1.0) -> Volume:
        """Mineral of the rest of the body at 2 mm: everything that the fine box does not show."""
        return self.far.at(self.column, amplitude)


def build(spec: PatientSpec, *, fine_mm: float = FINE_MM) -> Patient:
    """The patient a spec describes; takes some seconds.

    fine_mm is the voxel of the fine box; 1.0 gives a patient without trabecular grain in a third of the time.
    """
    column = spine.column(spec)
    outline = trunk.trunk(spec, column)
    all_ribs = ribs.ribs(spec, column, outline)
    fine, _ = _mineral(spec, column, all_ribs, Grid.spanning(*_FINE_BOX, fine_mm))
    body_grid = _body_grid(outline)
    far, bone = _mineral(spec, column, all_ribs, body_grid)
    far = _with_hole(far)
    canvas = soft_tissue.paint(outline, column, body_grid)
    local = regions.region_grid(column, DISTANCE_MM)
    label = Volume(regions.regions(spec, column, local), local)
    _add_discs_and_canal(canvas, column, body_grid)
    _add_bone(canvas, bone)
    distance_grid = Grid.spanning(*_DISTANCE_BOX, DISTANCE_MM)
    distance = Volume(spine.voxelise(spec, column, distance_grid).distance, distance_grid)
    soft, adipose, tissue = (Volume(a, body_grid) for a in (canvas.soft, canvas.adipose, canvas.label))
    v = column.target_vertebra
    return Patient(
        spec=spec,
        column=column,
        soft=soft,
        adipose=adipose,
        tissue=tissue,
        fine=fine,
        far=far,
        bone_distance=distance,
        regions=label,
        endplate_hole=Volume(regions.endplate_hole(column, local), local),
        landmarks=landmarks(column),
        corridors={side: corridor(v, side, distance, tissue) for side in SIDES},
        hazards=hazards(outline, column),
        digest=_digest(spec, [*fine.volumes(), *far.volumes(), soft, adipose]),
    )


def _body_grid(outline: trunk.Trunk) -> Grid:
    """Two-millimetre grid around the trunk; its edges fall on even millimetres, as the fine box's do."""
    half_x = 2.0 * np.ceil((outline.half_breadth_mm * 1.04 + 6.0) / 2.0)
    back = 2.0 * np.floor((outline.back_y_mm.min() - 8.0) / 2.0)
    front = 2.0 * np.ceil((outline.back_y_mm.max() + outline.depth_mm + 8.0) / 2.0)
    half_z = _BODY_HALF_HEIGHT_MM
    return Grid.spanning((-half_x, back, -half_z), (half_x, front, half_z), COARSE_MM)


def _mineral(
    spec: PatientSpec, column: spine.Column, all_ribs: list[ribs.Rib], grid: Grid
) -> tuple[MineralGroups, Array]:
    """Mineral groups on a grid and the distance to all bone."""
    bones = spine.voxelise(spec, column, grid)
    above = [rib for rib in all_ribs if column.is_above(rib.level)]
    beside = [rib for rib in all_ribs if not column.is_above(rib.level)]
    lower, distance = ribs.add_ribs(bones.lower, bones.distance, beside, grid)
    upper, distance = ribs.add_ribs(bones.upper, distance, above, grid)
    groups = MineralGroups(Volume(lower, grid), _cropped(bones.body, grid), _cropped(upper, grid, margin=8))
    return groups, distance


def _cropped(array: Array, grid: Grid, margin: int = 6) -> Volume:
    """The non-empty part of an array with a margin of voxels for what may move into it."""
    if not array.any():
        corner = (slice(0, 1),) * 3
        return Volume(array[corner].copy(), grid.part(corner))
    window = []
    for axis in range(3):
        filled = np.flatnonzero(array.any(axis=tuple(a for a in range(3) if a != axis)))
        window.append(slice(max(filled[0] - margin, 0), min(filled[-1] + 1 + margin, array.shape[axis])))
    box = (window[0], window[1], window[2])
    return Volume(array[box].copy(), grid.part(box))


def _with_hole(groups: MineralGroups) -> MineralGroups:
    """Mineral without the bone in the fine box; of what can move, it is left out when it is read."""
    lower, body = (volume.array.copy() for volume in (groups.lower, groups.body))
    for array, volume in ((lower, groups.lower), (body, groups.body)):
        array[volume.grid.window(*_FINE_BOX)] = 0.0
    return MineralGroups(
        Volume(lower, groups.lower.grid), Volume(body, groups.body.grid), groups.upper, has_hole=True
    )


def _add_discs_and_canal(canvas: soft_tissue.SoftTissue, column: spine.Column, grid: Grid) -> None:
    """Discs between all bodies and the canal behind them, painted on the coarse canvas."""
    for organ in soft_tissue.discs_and_canal(column):
        window = grid.window(*organ.box)
        if all(s.stop > s.start for s in window):
            distance = organ.distance(*grid.part(window).axes_mm())
            soft_tissue.brush(canvas, window, distance, organ.tissue, COARSE_MM)


def _add_bone(canvas: soft_tissue.SoftTissue, bone_distance: Array) -> None:
    """Marrow in place of soft tissue where there is bone; mineral itself is a volume of its own."""
    near = bone_distance < FAR_MM
    share = np.where(near, shapes.coverage(bone_distance, COARSE_MM), 0.0)
    soft, adipose = SOFT_AND_ADIPOSE_G_CM3[Tissue.BONE]
    canvas.soft[...] += share * (soft - canvas.soft)
    canvas.adipose[...] += share * (adipose - canvas.adipose)
    canvas.label[share >= 0.5] = Tissue.BONE


def _digest(spec: PatientSpec, volumes: list[Volume]) -> str:
    """SHA-256 over recipe version, spec and voxels."""
    sha = hashlib.sha256(json.dumps([RECIPE, asdict(spec)], sort_keys=True).encode())
    for volume in volumes:
        sha.update(np.ascontiguousarray(volume.array).tobytes())
    return sha.hexdigest()

"""A patient: volumes to be imaged, a target to be treated, landmarks, corridors and hazards.

``build(spec)`` makes one from a spec; the same spec gives the same voxels. Volumes hold the patient as found;
``mineral_fine`` and ``mineral_far`` give the bone at any state of reduction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np

from anatomy import regions, shapes
from anatomy.body import beside_spine, soft_tissue, thorax, trunk
from anatomy.body.calcification import add_calcification
from anatomy.body.veins import VenousGraph
from anatomy.body.venous_courses import venous_graph
from anatomy.column import Column, column_of
from anatomy.corridors import Corridor, corridor
from anatomy.findings import earlier_cement, lesion_surroundings
from anatomy.fractures import deform
from anatomy.frames import FloatArray
from anatomy.hazards import Hazard, hazards
from anatomy.landmarks import landmarks
from anatomy.mineral_groups import COARSE_MM, FINE_BOX, MineralGroups, Part
from anatomy.shapes import Array
from anatomy.skeleton import girdle, pelvis, ribs, spine
from anatomy.skeleton.bones import Bone, add_bones, add_distances, beneath
from anatomy.spec import SIDES, PatientSpec, Side
from anatomy.sway import sway_of, upright, with_the_sacrum
from anatomy.table import every_second, tabulated
from anatomy.tissue import SOFT_AND_ADIPOSE_G_CM3, Tissue
from anatomy.volume import Grid, Volume

RECIPE = 5
"""Version of the recipe: raised whenever the same spec would give other voxels."""

FINE_MM, DISTANCE_MM = 0.5, 1.0
_UNDER_SKIN_MM = 6.0  # least depth of bones beside the spine (ours)
_DISTANCE_BOX = ((-70.0, -92.0, -60.0), (70.0, 34.0, 60.0))


@dataclass(frozen=True, eq=False)
class Patient:
    """Everything about the patient that does not change during a session. Frames: patient, mm."""

    spec: PatientSpec
    column: Column
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
    veins: VenousGraph
    digest: str

    def __post_init__(self) -> None:
        for name in ("soft", "adipose"):  # around a body is as much air again
            object.__setattr__(self, name, getattr(self, name).without_empty())

    @property
    def rest_amplitude(self) -> float:
        """The collapse amplitude at which the posture holds the fracture: 1 flat on the table or without one."""
        collapse = self.column.collapse
        return 1.0 if collapse is None else collapse.posture_amplitude(self.spec.posture)

    def mineral_fine(self, amplitude: float = 1.0) -> Volume:
        """Mineral at 0.5 mm around the target, collapse amplitude 1 as found."""
        return self.fine.at(self.column, amplitude)

    def mineral_far(self, amplitude: float = 1.0) -> Volume:
        """Mineral of the rest of the body at 2 mm: everything that the fine box does not show."""
        return self.far.at(self.column, amplitude)


def build(spec: PatientSpec, *, fine_mm: float = FINE_MM, column: Column | None = None) -> Patient:
    """The patient a spec describes; takes some seconds.

    fine_mm is the voxel of the fine box; 1.0 gives a patient without trabecular grain in a third of the time.
    column takes the place of the one that the spec describes: a person who was scanned has one already.
    """
    column = column_of(spec) if column is None else column
    straight, sway = (
        upright(column),
        sway_of(column),
    )  # a scoliosis carries along what is made for a straight spine
    outline = trunk.trunk(spec, straight)
    all_ribs = ribs.ribs(straight, outline)
    chest = thorax.cage(outline, all_ribs)
    body_grid = _body_grid(outline, 0.0 if sway is None else sway.most_mm)
    skin = tabulated(partial(trunk.outline_distance, outline), every_second(body_grid))
    hips = beneath(pelvis.pelvis(spec, outline, straight), skin, _UNDER_SKIN_MM)
    chest_bones = beneath(girdle.girdle(spec, outline, straight, all_ribs), skin, _UNDER_SKIN_MM)
    if sway is not None:
        all_ribs = ribs.on_the_column(all_ribs, straight, column, sway)
        hips = with_the_sacrum(hips, straight, column)
        chest_bones = [sway.bone(bone) for bone in chest_bones]
    others = [ribs.bone_of(rib, above=column.is_above(rib.level)) for rib in all_ribs] + hips + chest_bones
    fine, _ = _mineral(spec, column, others, Grid.spanning(*FINE_BOX, fine_mm), "fine box")
    far, bone = _mineral(spec, column, others, body_grid, "the rest")
    canvas = soft_tissue.paint(outline, skin, chest, body_grid)
    if sway is not None:
        canvas = soft_tissue.SoftTissue(
            *(sway.carried(array, body_grid) for array in (canvas.label, canvas.soft, canvas.adipose))
        )
    local = regions.region_grid(column, DISTANCE_MM)
    veins = venous_graph(column, outline)
    label = Volume(regions.regions(spec, column, local, veins, others), local)
    soft_tissue.paint_beside_bone(canvas, beside_spine.organs(spec, column, veins), body_grid)
    _add_bone(canvas, bone)
    lesion_surroundings.paint(canvas, spec, column, bone, body_grid)
    earlier_cement.displace_marrow((canvas.soft, canvas.adipose), spec, column, body_grid)
    distance_grid = Grid.spanning(*_DISTANCE_BOX, DISTANCE_MM)
    bone_mm = spine.bone_distance(spec, column, distance_grid)
    add_distances(bone_mm, others[: len(all_ribs)], distance_grid)
    distance = Volume(bone_mm, distance_grid)
    feared = hazards(outline, skin, chest, all_ribs, column, veins, sway)
    keep_clear = {name: hazard.distance for name, hazard in feared.items()}
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
        endplate_hole=Volume(
            regions.endplate_hole(column, local) | lesion_surroundings.openings(spec, column, local), local
        ),
        landmarks=landmarks(column, all_ribs),
        corridors={side: corridor(v, side, distance, tissue, keep_clear) for side in SIDES},
        hazards=feared,
        veins=veins,
        digest=_digest(spec, [*fine.volumes(), *far.volumes(), soft, adipose]),
    )


def _body_grid(outline: trunk.Trunk, aside_mm: float) -> Grid:
    """Two-millimetre grid around the body from neck to hips; edges on even millimetres, as the fine box's."""
    low, high = (2.0 * np.round(z / 2.0) for z in outline.span_mm)
    (back, front), half_x = trunk.reach_mm(outline)
    half_x = 2.0 * np.ceil((half_x + aside_mm) / 2.0)
    return Grid.spanning(
        (-half_x, 2.0 * np.floor(back / 2.0), low), (half_x, 2.0 * np.ceil(front / 2.0), high), COARSE_MM
    )


def _mineral(
    spec: PatientSpec, column: Column, others: list[Bone], grid: Grid, part: Part
) -> tuple[MineralGroups, Array]:
    """Mineral groups on a grid and the distance to all bone."""
    bones = spine.voxelise(spec, column, grid)
    lower, upper, distance = bones.lower, bones.upper, bones.distance
    add_bones(lower, distance, [b for b in others if not b.above], grid)
    add_bones(upper, distance, [b for b in others if b.above], grid)
    add_calcification(lower, spec, column, grid)
    reach = int(np.ceil(_way_of_the_upper_spine_mm(column) / grid.voxel_mm.max())) + 2
    groups = MineralGroups(
        Volume(lower, grid),
        _cropped(bones.body, grid, upward=_way_of_the_endplate(column, grid)),
        _cropped(upper, grid, margin=reach),
        part,
    )
    return groups, distance


def _way_of_the_upper_spine_mm(column: Column) -> float:
    """How far a full reduction can move bone above the target, mm."""
    if column.collapse is None:
        return 0.0
    grid = Grid.spanning((-10.0, -120.0, 0.0), (10.0, 120.0, deform.STILL_MM), 20.0)
    _, y, z = grid.axes_mm()
    y1, z1, _ = deform.upper_map(column.collapse, grid, 0.0)
    return float(np.hypot(y1 - y[0], z1 - z[0]).max())


def _way_of_the_endplate(column: Column, grid: Grid) -> int:
    """How many voxels a full reduction can raise the target's body."""
    return 0 if column.collapse is None else int(np.ceil(column.collapse.lost_mm / grid.voxel_mm[2]))


def _cropped(array: Array, grid: Grid, margin: int = 6, upward: int = 0) -> Volume:
    """The non-empty part of an array with a margin of voxels for what may move into it, more of them above."""
    if not array.any():
        corner = (slice(0, 1),) * 3
        return Volume(array[corner].copy(), grid.part(corner))
    window = []
    for axis in range(3):
        filled = np.flatnonzero(array.any(axis=tuple(a for a in range(3) if a != axis)))
        beyond = margin + (upward if axis == 2 else 0)
        window.append(slice(max(filled[0] - margin, 0), min(filled[-1] + 1 + beyond, array.shape[axis])))
    box = (window[0], window[1], window[2])
    return Volume(array[box].copy(), grid.part(box))


def _add_bone(canvas: soft_tissue.SoftTissue, bone_distance: Array) -> None:
    """Marrow in place of soft tissue where there is bone; mineral itself is a volume of its own."""
    near = np.nonzero(bone_distance < 0.5 * COARSE_MM)
    share = shapes.coverage(bone_distance[near], COARSE_MM)
    soft, adipose = SOFT_AND_ADIPOSE_G_CM3[Tissue.BONE]
    canvas.soft[near] += share * (soft - canvas.soft[near])
    canvas.adipose[near] += share * (adipose - canvas.adipose[near])
    canvas.label[bone_distance <= 0.0] = Tissue.BONE


def _digest(spec: PatientSpec, volumes: list[Volume]) -> str:
    """SHA-256 over recipe version, spec and voxels."""
    sha = hashlib.sha256(json.dumps([RECIPE, asdict(spec)], sort_keys=True).encode())
    for volume in volumes:
        sha.update(np.ascontiguousarray(volume.array).data)
    return sha.hexdigest()

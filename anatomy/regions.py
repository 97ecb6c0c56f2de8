"""What each voxel around the target vertebra is called when a needle or cement gets there.

Labels on a grid that holds the target body, both discs, the canal and a margin of soft tissue. They are the
destinations by which leaks are reported, and the grid on which cement flows.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from anatomy import frames, shapes
from anatomy.body.veins import Kind, VenousGraph
from anatomy.column import Column
from anatomy.fractures.breaks import opening_distance
from anatomy.shapes import Array
from anatomy.skeleton import bone_density
from anatomy.skeleton.bones import Bone, bone_distance
from anatomy.skeleton.spine import arch_as_found, vertebra_piece
from anatomy.skeleton.vertebra import Vertebra, body_field, canal_distance
from anatomy.spec import LEVELS, Level, PatientSpec
from anatomy.volume import Grid


class Region(IntEnum):
    """Label of a voxel near the target. Values are written into recordings: append, never renumber."""

    SOFT_TISSUE = 0
    BODY = 1
    ARCH = 2
    DISC_ABOVE = 3
    DISC_BELOW = 4
    CANAL = 5
    EPIDURAL_VEIN = 6
    FORAMEN_LEFT = 7
    FORAMEN_RIGHT = 8
    PREVERTEBRAL = 9
    PARAVERTEBRAL_LEFT = 10
    PARAVERTEBRAL_RIGHT = 11
    SEGMENTAL_VEIN = 12
    NEIGHBOUR_BONE = 13
    BASIVERTEBRAL_VEIN = 14
    EXTERNAL_VEIN = 15
    FORAMINAL_VEIN = 16
    ASCENDING_LUMBAR_VEIN = 17
    AZYGOS_VEIN = 18
    VENA_CAVA = 19


IN_BONE = (Region.BODY, Region.ARCH, Region.BASIVERTEBRAL_VEIN)
"""Cement here is in its place; anywhere else it has leaked."""

SEGMENTAL_RADIUS_MM = 1.2  # lumbar veins through the cortex at the waist (anatomy 5: 2 to 3 mm vessels)


def region_grid(spine: Column, voxel_mm: float) -> Grid:
    """The box in which cement can be followed: the target body with 12 to 14 mm around it."""
    d = spine.target_vertebra.size
    # Whole millimetres, so that voxels of 1 or 0.5 mm are whole blocks of the fine box's voxels.
    half_x = np.ceil(0.5 * d.endplate_width_inf_mm + 13.0)
    back = np.floor(spine.target_vertebra.posterior_wall_y_mm - d.canal_depth_mm - 8.0)
    front = np.ceil(spine.target_vertebra.anterior_wall_y_mm + 13.0)
    half_z = np.ceil(0.5 * d.rim_height_mm + 14.0)
    return Grid.spanning((-half_x, back, -half_z), (half_x, front, half_z), voxel_mm)


def regions(
    spec: PatientSpec, spine: Column, grid: Grid, veins: VenousGraph, others: Iterable[Bone] = ()
) -> NDArray[np.uint8]:
    """Region of every voxel (i, j, k) with the fracture as found. others: bones beside the vertebrae."""
    v = spine.target_vertebra
    label = np.full(grid.shape, Region.SOFT_TISSUE, dtype=np.uint8)
    x, y, z = shapes.local_axes(grid, frames.inverse(v.patient_from_vertebra))
    body_y, body_z = (y, z)
    if spine.collapse is not None:
        body_y, body_z, _ = spine.collapse.unfractured(x, y, z, 1.0)
    inside = body_field(v, x, body_y, body_z).distance_mm
    _soft_tissue(label, v, x, y)
    _discs(label, v, x, y, z, body_z)
    _foramina(label, v, x, y, z)
    _canal(label, spine, grid)
    _wide_veins(label, veins, grid)
    for level in _neighbours(spine):
        piece = vertebra_piece(spec, spine.vertebrae[level], grid, None)
        if piece is not None:
            label[piece.window][piece.distance < 0.0] = Region.NEIGHBOUR_BONE
    for bone in others:
        found = bone_distance(bone, grid)
        if found is not None:
            label[found[0]][found[1] < 0.0] = Region.NEIGHBOUR_BONE
    label[arch_as_found(v, grid, spine.collapse) < 0.0] = Region.ARCH
    label[np.broadcast_to(inside < 0.0, label.shape)] = Region.BODY
    _veins(label, v, x, body_y, body_z, inside)
    return label


def _neighbours(spine: Column) -> list[Level]:
    index = LEVELS.index(spine.target)
    return [LEVELS[i] for i in (index - 1, index + 1) if 0 <= i < len(LEVELS)]


def _soft_tissue(label: NDArray[np.uint8], v: Vertebra, x: Array, y: Array) -> None:
    """In front of the body prevertebral, beside it paravertebral."""
    shape = label.shape
    front = np.broadcast_to((y > 0.0) & (np.abs(x) < 0.6 * (y - v.posterior_wall_y_mm)), shape)
    beside = np.broadcast_to(y > v.posterior_wall_y_mm - 18.0, shape) & ~front
    right = np.broadcast_to(x > 0.0, shape)
    label[front] = Region.PREVERTEBRAL
    label[beside & right] = Region.PARAVERTEBRAL_RIGHT
    label[beside & ~right] = Region.PARAVERTEBRAL_LEFT


def _discs(label: NDArray[np.uint8], v: Vertebra, x: Array, y: Array, z: Array, body_z: Array) -> None:
    """Above and below the endplates, within the outline of the body's rim."""
    d = v.size
    half_width = 0.5 * np.where(z > 0.0, d.endplate_width_sup_mm, d.endplate_width_inf_mm)
    half_depth = 0.5 * np.where(z > 0.0, d.endplate_depth_sup_mm, d.endplate_depth_inf_mm)
    centre = v.posterior_wall_y_mm + half_depth
    within = shapes.superellipse(x, y - centre, half_width, half_depth, 2.3) < 0.5
    half = 0.5 * v.rim_height_mm(y)
    dish = 1.0 + max(d.endplate_concavity_sup_mm, d.endplate_concavity_inf_mm)
    label[np.broadcast_to(within & (body_z > half - dish), label.shape)] = Region.DISC_ABOVE
    label[np.broadcast_to(within & (body_z < dish - half), label.shape)] = Region.DISC_BELOW


def _foramina(label: NDArray[np.uint8], v: Vertebra, x: Array, y: Array, z: Array) -> None:
    """Beside the canal, above and below the pedicles (anatomy 5)."""
    d = v.size
    outward = np.abs(x) - 0.5 * d.canal_width_mm
    back = v.posterior_wall_y_mm - 0.9 * d.canal_depth_mm
    slot = (outward > -1.5) & (outward < d.pedicle_width_mm + 2.0) & (y < v.posterior_wall_y_mm + 2.0)
    slot = slot & (y > back) & (np.abs(z - d.pedicle_center_z_above_midbody_mm) > 0.3 * d.pedicle_height_mm)
    slot = np.broadcast_to(slot, label.shape)
    right = np.broadcast_to(x > 0.0, label.shape)
    label[slot & right] = Region.FORAMEN_RIGHT
    label[slot & ~right] = Region.FORAMEN_LEFT


def _canal(label: NDArray[np.uint8], spine: Column, grid: Grid) -> None:
    """The canal, seen along each vertebra's own axis in that vertebra's stretch of the grid."""
    target = spine.target_vertebra
    for level in [spine.target, *_neighbours(spine)]:
        v = spine.vertebrae[level]
        x, y, z = shapes.local_axes(grid, frames.inverse(v.patient_from_vertebra))
        reach = 0.5 * v.size.rim_height_mm + 0.6 * target.size.disc_below_height_mid_mm
        inside = (canal_distance(v, x, y) < 0.0) & (np.abs(z) < reach)
        label[np.broadcast_to(inside, label.shape)] = Region.CANAL


def _veins(label: NDArray[np.uint8], v: Vertebra, x: Array, y: Array, z: Array, inside: Array) -> None:
    """Ways out of the body for cement: basivertebral to epidural, and segmental at the waist (Yeom B and S).

    Unfractured coordinates of the body. The epidural plexus is a pair of channels on the posterior wall,
    joined behind the basivertebral foramen (anatomy 5: x = 8 to 10 mm, 3 to 5 mm wide).
    """
    d, shape = v.size, label.shape
    behind = v.posterior_wall_y_mm - y
    channel = (behind > 0.0) & (behind < 3.0) & (np.abs(np.abs(x) - 8.5) < 2.0)
    bridge = (behind > 0.0) & (behind < 2.0) & (np.abs(x) < 8.5) & (np.abs(z - 0.04 * d.rim_height_mm) < 2.7)
    plexus = np.broadcast_to(channel | bridge, shape) & np.isin(label, (Region.CANAL, Region.FORAMINAL_VEIN))
    label[plexus] = Region.EPIDURAL_VEIN
    core = np.broadcast_to(bone_density.basivertebral_share(v, x, y, z) > 0.5, shape)
    label[core & (label == Region.BODY)] = Region.BASIVERTEBRAL_VEIN
    around = (np.abs(z + 1.0) < SEGMENTAL_RADIUS_MM) & (inside > -2.5) & (inside < 3.0)
    around = around & (np.abs(y - 0.1 * d.depth_mm) < SEGMENTAL_RADIUS_MM)
    run = (inside > 0.5) & (inside < 3.5) & (np.abs(z + 1.0) < 1.5) & (y < 0.1 * d.depth_mm)
    run = run & (y > v.posterior_wall_y_mm + 3.0)
    soft = np.isin(
        label, (Region.PARAVERTEBRAL_LEFT, Region.PARAVERTEBRAL_RIGHT, Region.BODY, Region.EXTERNAL_VEIN)
    )
    label[np.broadcast_to(around | run, shape) & soft] = Region.SEGMENTAL_VEIN


_OF_KIND: dict[Kind, Region] = {
    "vena cava": Region.VENA_CAVA,
    "iliac": Region.VENA_CAVA,
    "azygos": Region.AZYGOS_VEIN,
    "ascending lumbar": Region.ASCENDING_LUMBAR_VEIN,
    "external": Region.EXTERNAL_VEIN,
    "segmental": Region.SEGMENTAL_VEIN,
    "foraminal": Region.FORAMINAL_VEIN,
    "epidural": Region.EPIDURAL_VEIN,
}


def _wide_veins(label: NDArray[np.uint8], veins: VenousGraph, grid: Grid) -> None:
    """The veins of the graph outside bone; none narrower than a voxel, so that each stays in one piece."""
    low, high = grid.box_mm()
    least_mm = 0.75 * float(grid.voxel_mm.max())
    for kind, region in _OF_KIND.items():
        for tube in veins.tubes(kind).values():
            box = tube.box(least_mm)
            if np.any(box[0] > high) or np.any(box[1] < low):
                continue
            window = grid.window(*box)
            if any(s.stop <= s.start for s in window):
                continue
            x, y, z = grid.part(window).axes_mm()
            radii = np.maximum(tube.radius_mm, least_mm)
            label[window][shapes.gut(x, y, z, tube.line_mm, radii, 2.0) < 0.0] = region


def endplate_hole(spine: Column, grid: Grid) -> NDArray[np.bool_]:
    """Voxels of endplate and posterior wall that the fracture has broken open (as found)."""
    if spine.collapse is None:
        return np.zeros(grid.shape, dtype=bool)
    v = spine.target_vertebra
    x, y, z = shapes.local_axes(grid, frames.inverse(v.patient_from_vertebra))
    y, z, _ = spine.collapse.unfractured(x, y, z, 1.0)
    hole = opening_distance(spine.collapse, x, y, z) < 0.0
    near = np.abs(body_field(v, x, y, z).distance_mm) < 2.0
    return np.broadcast_to(hole & near, grid.shape)

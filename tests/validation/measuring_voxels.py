"""Callipers for voxels: the dimensions of a vertebra, read from its mineral as one would read them from a CT.

Only the vertebra's place (its frame) and a rough idea of its size, to know where to look, come from the recipe;
every length ends where mineral along a line passes EDGE_G_CM3. Vertebral frame and mm throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from anatomy import frames
from anatomy.column import column_of
from anatomy.frames import FloatArray
from anatomy.morphometry import Dimensions, expected
from anatomy.skeleton import spine
from anatomy.skeleton.arch import box_in_patient
from anatomy.skeleton.vertebra import Vertebra, side_sign
from anatomy.spec import LEVELS, PatientSpec, Side
from anatomy.tissue import HU_PER_BMD
from anatomy.volume import Grid, Volume, sample

EDGE_G_CM3 = 0.30
"""A voxel of 0.5 mm that the surface halves holds about this much of a thin shell; marrow holds less."""
MARROW_G_CM3, MARROW_BLUR_MM = 0.025, 0.8
"""What the marrow of a pedicle still holds when its grain is blurred, and soft tissue does not."""
VOXEL_MM = 0.5
SECTION_MM, SECTION_STEP_MM = (46.0, 32.0), 0.25
"""Size (across, up) of the frontal sections in which a pedicle is looked for, and the distance of their points."""
MERGED = 1.12
"""A section this many times as large as the least is no longer the pedicle's alone."""
LONGEST_MM = 19.0
"""Farther from its middle no pedicle ends."""
STEP_MM = 0.1
RIMS_MM = 2.0
"""How far from the midline the vertebra below is built."""


@dataclass(frozen=True, eq=False)
class Specimen:
    """Mineral of one vertebra and of the rims below it, where the vertebra stands, and roughly how large it is."""

    mineral: Volume
    blurred: Volume
    below: Volume | None
    patient_from_vertebra: FloatArray
    about: Dimensions
    wall_mm: float

    def along(
        self, start: FloatArray, end: FloatArray, mineral: Volume | None = None
    ) -> tuple[FloatArray, NDArray[np.bool_]]:
        """(distances from start, whether there is dense bone) every STEP_MM on lines; start, end (..., 3)."""
        start, end = np.broadcast_arrays(np.asarray(start, dtype=float), np.asarray(end, dtype=float))
        length = float(np.linalg.norm(end - start, axis=-1).max())
        way = np.arange(0.0, length, STEP_MM)
        share = (way / length)[:, None]
        points = start[..., None, :] + share * (end - start)[..., None, :]
        values = sample(mineral or self.mineral, frames.apply(self.patient_from_vertebra, points))
        return way, values > EDGE_G_CM3

    def extent_mm(self, start: FloatArray, end: FloatArray) -> FloatArray:
        """Length from the first to the last dense bone on lines (...,); 0 where there is none."""
        way, dense = self.along(start, end)
        last = dense.shape[-1] - 1 - np.argmax(dense[..., ::-1], axis=-1)
        return np.where(dense.any(axis=-1), way[last] - way[np.argmax(dense, axis=-1)], 0.0)

    def way_to_bone_mm(self, start: FloatArray, end: FloatArray) -> FloatArray:
        """Way from start to the first dense bone on lines (...,); infinite where there is none."""
        way, dense = self.along(start, end)
        return np.where(dense.any(axis=-1), way[np.argmax(dense, axis=-1)], np.inf)

    def edge_mm(self, start: FloatArray, way: FloatArray) -> FloatArray:
        """Way along a direction (3,) from places (n, 3) inside bone to where that piece of bone ends."""
        steps = np.arange(0.0, LONGEST_MM, STEP_MM)
        points = np.asarray(start)[:, None, :] + steps[:, None] * way
        places = frames.apply(self.patient_from_vertebra, points)
        outside = sample(self.blurred, places) < MARROW_G_CM3
        out = np.where(outside.any(axis=-1), np.argmax(outside, axis=-1), steps.size)
        dense = (sample(self.mineral, places) > EDGE_G_CM3) & (np.arange(steps.size) < out[:, None])
        last = steps.size - 1 - np.argmax(dense[:, ::-1], axis=-1)
        return np.where(dense.any(axis=-1), steps[last], 0.0)


def specimen(spec: PatientSpec) -> Specimen:
    """The unfractured target vertebra of a patient, and the rims of the vertebra below, as mineral."""
    column = column_of(spec)
    v = column.target_vertebra
    about = expected(spec, spec.target_level)
    across_pedicles = v.size.pedicle_center_to_center_mm + 1.3 * v.size.pedicle_width_mm
    half_x = 0.5 * max(v.size.endplate_width_inf_mm, across_pedicles)
    half_z = 0.5 * v.size.rim_height_mm
    half_disc = 0.5 * v.size.disc_below_height_mid_mm
    low = (-half_x - 3.0, v.posterior_wall_y_mm - v.size.canal_depth_mm - 9.0, -half_z - half_disc - 3.0)
    # An upper vertebra leans: an upright box of its own dimensions would cut through the top of its pedicles.
    grid = grid_about(v.patient_from_vertebra, low, (half_x + 3.0, v.anterior_wall_y_mm + 6.0, half_z + 5.0))
    mineral = _mineral(spec, v, grid)
    blurred = ndimage.gaussian_filter(mineral, MARROW_BLUR_MM / VOXEL_MM, truncate=3.0)
    below = None
    if spec.target_level != LEVELS[-1]:
        # Of the vertebra below only its rims are measured, in the midsagittal plane.
        deepest = (-RIMS_MM, low[1], -half_z - 2.0 * half_disc - 8.0)
        under = grid_about(v.patient_from_vertebra, deepest, (RIMS_MM, -low[1], 0.0))
        neighbour = column.vertebrae[LEVELS[LEVELS.index(spec.target_level) + 1]]
        below = Volume(_mineral(spec, neighbour, under), under)
    seen = Volume(mineral, grid), Volume(blurred, grid), below
    return Specimen(*seen, v.patient_from_vertebra, about, v.posterior_wall_y_mm)


def grid_about(patient_from_vertebra: FloatArray, low: ArrayLike, high: ArrayLike) -> Grid:
    """A patient-aligned grid that holds the whole box (low, high) of the vertebral frame, however it leans."""
    box = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    return Grid.spanning(*box_in_patient(box, patient_from_vertebra), VOXEL_MM)


def _mineral(spec: PatientSpec, v: Vertebra, grid: Grid) -> NDArray[np.float32]:
    """Mineral (i, j, k) of one unfractured vertebra, g/cm3."""
    out = np.zeros(grid.shape, dtype=np.float32)
    piece = spine.vertebra_piece(spec, v, grid, None)
    if piece is not None:
        out[piece.window][piece.at] = piece.body + piece.arch
    return out


def measured(s: Specimen) -> dict[str, float]:
    """All that is measured of a vertebra, by the table's names; its disc where there is a vertebra below."""
    return {**body(s), **canal(s), **pedicles(s), "trabecular_hu": trabecular_hu(s)}


def body(s: Specimen) -> dict[str, float]:
    """Widths and depths at the rims, heights, the waist, and the disc below, mm."""
    d, wall = s.about, s.wall_mm
    half = 0.5 * d.rim_height_mm
    out: dict[str, float] = {}
    for plate, sign, depth in (("sup", 1.0, d.endplate_depth_sup_mm), ("inf", -1.0, d.endplate_depth_inf_mm)):
        y = wall + depth * np.linspace(0.35, 0.65, 7)[:, None]
        z = sign * np.linspace(0.6 * half, half + 1.5, 15)[None, :]
        out[f"endplate_width_{plate}_mm"] = float(s.extent_mm(_at(-36.0, y, z), _at(36.0, y, z)).max())
        z = np.unique(z)
        out[f"endplate_depth_{plate}_mm"] = float(
            s.extent_mm(_at(0.0, wall - 5.0, z), _at(0.0, wall + 1.3 * depth, z)).max()
        )
    front = wall + 0.5 * (d.endplate_depth_sup_mm + d.endplate_depth_inf_mm)
    reach = half + 0.5 * d.disc_below_height_mid_mm
    for name, y in (("post", np.arange(wall, wall + 5.0, 0.4)), ("ant", np.arange(front - 5.0, front + 2.0, 0.4))):
        out[f"body_height_{name}_mm"] = float(s.extent_mm(_at(0.0, y, -reach), _at(0.0, y, reach)).max())
    middle = wall + np.linspace(0.40, 0.60, 5) * d.depth_mm
    out["body_height_mid_mm"] = float(s.extent_mm(_at(0.0, middle, -reach), _at(0.0, middle, reach)).mean())
    if s.below is not None:
        out["disc_below_height_mid_mm"] = _disc_mm(s, np.array([wall + 2.6, front - 2.6]))
    return out


def _disc_mm(s: Specimen, y: FloatArray) -> float:
    """Mean of the gaps between the rims in front and behind, where it is least, mm; y (2,) are about the rims.

    Both places move towards each other until they meet both rims: a tilted neighbour's lie farther back.
    """
    y = y + np.linspace(-0.8, 3.5, 13)[:, None] * (1.0, -1.0)
    start = _at(0.0, y, 0.0)
    end = start - (0.0, 0.0, 0.5 * s.about.rim_height_mm + s.about.disc_below_height_mid_mm + 6.0)
    way, own = s.along(start, end)
    _, other = s.along(start, end, s.below)
    last = way[own.shape[-1] - 1 - np.argmax(own[..., ::-1], axis=-1)]
    gap = np.where(other.any(axis=-1), way[np.argmax(other, axis=-1)], np.inf) - last
    return float(gap.mean(axis=1).min())


def canal(s: Specimen) -> dict[str, float]:
    """Width between the pedicles and depth from the posterior wall to the laminae, mm."""
    d, wall = s.about, s.wall_mm
    z = d.pedicle_center_z_above_midbody_mm + np.linspace(-2.0, 2.0, 5)[None, :]
    middle = _at(0.0, wall - np.linspace(5.0, 7.0, 5)[:, None], z)  # at the isthmus, 5 to 7 mm behind the wall
    left, right = (s.way_to_bone_mm(middle, middle + (sign * 24.0, 0.0, 0.0)) for sign in (-1.0, 1.0))
    z = np.linspace(-0.45, 0.15, 25) * d.body_height_post_mm
    centre = _at(0.0, wall - 0.5 * d.canal_depth_mm, z)
    forward, back = (s.way_to_bone_mm(centre, centre + (0.0, sign * 18.0, 0.0)) for sign in (1.0, -1.0))
    return {"canal_width_mm": float(np.median(left + right)), "canal_depth_mm": float((forward + back).min())}


def pedicles(s: Specimen) -> dict[str, float]:
    """Width and height of the isthmus and both angles, means of left and right; mm and degrees."""
    both = [_pedicle(s, side) for side in ("left", "right")]
    return {name: float(np.mean([one[name] for one in both])) for name in both[0]}


def _pedicle(s: Specimen, side: Side) -> dict[str, float]:
    """The axis joins the centres of frontal sections about the isthmus; sizes are the least across it."""
    centres = _section_centres(s, side)
    middle = centres.mean(axis=0)
    slope = np.polyfit(centres[:, 1] - middle[1], centres[:, [0, 2]] - middle[[0, 2]], 1)[0]
    axis = frames.unit(np.array([slope[0], 1.0, slope[1]]))
    across, upward = _across(axis)
    places = middle + np.linspace(-1.5, 1.5, 7)[:, None] * axis
    width = s.edge_mm(places, across) + s.edge_mm(places, -across)
    height = s.edge_mm(places, upward) + s.edge_mm(places, -upward)
    return {
        "pedicle_width_mm": float(width.min()),
        "pedicle_height_mm": float(height.min()),
        "pedicle_transverse_angle_deg": float(np.degrees(np.arctan2(-side_sign(side) * axis[0], axis[1]))),
        "pedicle_sagittal_angle_caudal_deg": float(np.degrees(-np.arcsin(axis[2]))),
    }


def _section_centres(s: Specimen, side: Side) -> FloatArray:
    """Centres (n, 3) of the pedicle's frontal sections 2.5 to 5.5 mm behind the posterior wall.

    A section much larger than the least one has met the transverse process, as in a wide L5, and is left out; so
    is one that is less than half of the others, where a gap in the wall lets its inside leak out.
    """
    d = s.about
    beside = side_sign(side) * 0.5 * d.pedicle_center_to_center_mm
    x = beside + np.arange(-0.5 * SECTION_MM[0], 0.5 * SECTION_MM[0], SECTION_STEP_MM)
    z = d.pedicle_center_z_above_midbody_mm + np.arange(-0.5 * SECTION_MM[1], 0.5 * SECTION_MM[1], SECTION_STEP_MM)
    near = (x.size // 2, z.size // 2)
    out, areas = [], []
    for y in s.wall_mm - np.linspace(2.5, 5.5, 7):
        points = _at(x[:, None], y, z[None, :])
        mineral = sample(s.mineral, frames.apply(s.patient_from_vertebra, points))
        label, _ = ndimage.label(ndimage.binary_fill_holes(mineral > EDGE_G_CM3))
        i, k = np.nonzero(label)
        pedicle = label == label[i, k][np.argmin((i - near[0]) ** 2 + (k - near[1]) ** 2)]
        i, k = np.nonzero(pedicle)
        out.append((x[i].mean(), y, z[k].mean()))
        areas.append(i.size)
    size = np.array(areas, dtype=float)
    whole = size > 0.5 * np.median(size)
    most = max(MERGED * size[whole].min(), float(np.median(size)))  # half of them are kept: a line needs some
    return np.array(out)[whole & (size <= most)]


def _across(axis: FloatArray) -> tuple[FloatArray, FloatArray]:
    across = frames.unit(np.cross(axis, (0.0, 0.0, 1.0)))
    return across, np.cross(across, axis)


def trabecular_hu(s: Specimen) -> float:
    """Mean mineral as CT number in the middle of the body, in front of the basivertebral foramen."""
    d = s.about
    x = np.linspace(-0.25, 0.25, 25) * d.endplate_width_sup_mm
    y = s.wall_mm + np.linspace(0.45, 0.85, 25) * d.depth_mm
    z = np.linspace(-0.25, 0.25, 25) * d.rim_height_mm
    points = np.stack(np.meshgrid(x, y, z, indexing="ij"), axis=-1)
    mineral = sample(s.mineral, frames.apply(s.patient_from_vertebra, points))
    return float(1000.0 * HU_PER_BMD * mineral.mean())


def _at(x: float | FloatArray, y: float | FloatArray, z: float | FloatArray) -> FloatArray:
    return np.stack(np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (x, y, z))), axis=-1)

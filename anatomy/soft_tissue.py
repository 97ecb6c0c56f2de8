"""The body around the spine: skin, fat, muscle, vessels, lung, abdominal organs, discs and canal.

Organs are signed distances in the patient frame, painted in order onto a coarse grid with the share of each
voxel that they cover. Places and sizes: anatomy section 5 (one chest and one abdominal CT measured, skin
depth by BMI unconfirmed); the trunk's outline and the bowel are "shape:" without a published number.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from anatomy import frames, shapes, vessels
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.spec import LEVELS, SIDES, PatientSpec
from anatomy.spine import Column
from anatomy.tissue import SOFT_AND_ADIPOSE_G_CM3, Tissue
from anatomy.trunk import SKIN_MM, Trunk, cavity_distance, fat_layer_mm, lung_distance, outline_distance
from anatomy.vertebra import Vertebra, canal_distance, side_sign
from anatomy.vessels import Tube
from anatomy.volume import Grid

STREAM = 0x736F6674  # "soft"


@dataclass(frozen=True)
class Organ:
    """Something painted: name, tissue, distance(x, y, z) and the box (low, high) in which it lies."""

    name: str
    tissue: Tissue
    distance: Callable[[Array, Array, Array], Array]
    box: tuple[FloatArray, FloatArray]


_EVERYWHERE = (np.full(3, -1e4), np.full(3, 1e4))


def organs(t: Trunk, spine: Column) -> list[Organ]:
    """All soft tissue in painting order, skin first."""

    def skin(x: Array, y: Array, z: Array) -> Array:
        return outline_distance(t, x, y, z)

    def fat(x: Array, y: Array, z: Array) -> Array:
        return outline_distance(t, x, y, z) + SKIN_MM

    def muscle(x: Array, y: Array, z: Array) -> Array:
        return outline_distance(t, x, y, z) + SKIN_MM + fat_layer_mm(t, x, y, z)

    out = [
        Organ("skin", Tissue.SKIN, skin, _EVERYWHERE),
        Organ("fat", Tissue.FAT, fat, _EVERYWHERE),
        Organ("body wall", Tissue.MUSCLE, muscle, _EVERYWHERE),
        Organ("abdomen", Tissue.VISCERA, partial(cavity_distance, t), _EVERYWHERE),
    ]
    out += _abdominal_organs(t)
    out += _muscles(t)
    out += [_tube_organ("aorta", Tissue.BLOOD, vessels.aorta(spine))]
    out += [_tube_organ("inferior vena cava", Tissue.BLOOD, vessels.inferior_vena_cava(spine))]
    for side in SIDES:
        lung = partial(lung_distance, t, side_sign(side))
        out.append(Organ(f"lung {side}", Tissue.LUNG, lung, _EVERYWHERE))
    return out


def _abdominal_organs(t: Trunk) -> list[Organ]:
    l1, l2, t11, t12 = (t.z_of[k] for k in ("L1", "L2", "T11", "T12"))
    y0, s = float(np.interp(l1, t.z_mm, t.centre_y_mm)), t.half_breadth_mm / 148.0

    def ellipsoid(name: str, tissue: Tissue, centre: ArrayLike, half: ArrayLike) -> Organ:
        def distance(x: Array, y: Array, z: Array) -> Array:
            return np.maximum(shapes.ellipsoid(x, y, z, centre, half), cavity_distance(t, x, y, z))

        return Organ(name, tissue, distance, shapes.around(centre, margin_mm=np.add(half, 4.0)))

    out = [
        ellipsoid("liver", Tissue.LIVER, (72 * s, y0 + 48, t11 + 2), (74 * s, 72, 66)),
        ellipsoid("spleen", Tissue.LIVER, (-98 * s, y0 + 6, t12 + 6), (26 * s, 42, 50)),
    ]
    for side in SIDES:
        centre, half = kidney_ellipsoid(t, side_sign(side))
        out.append(ellipsoid(f"perirenal fat {side}", Tissue.FAT, centre, np.add(half, (9.0, 9.0, 9.0))))
        out.append(ellipsoid(f"kidney {side}", Tissue.KIDNEY, centre, half))
    rng = np.random.default_rng([t.spec.seed, STREAM, 1])
    for index in range(11):  # gas rises towards the back in a prone patient; loops lie below the liver
        half = rng.uniform(6.0, 15.0, 3) * (1.0, 0.8, 1.3)
        centre = np.array(
            [
                rng.uniform(-95.0, 95.0) * s,
                y0 + rng.uniform(42.0, 85.0),
                l2 + rng.uniform(-110.0, 12.0),
            ]
        )
        out.append(ellipsoid(f"bowel wall {index}", Tissue.MUSCLE, centre, tuple(half + 3.0)))
        out.append(ellipsoid(f"bowel gas {index}", Tissue.BOWEL_GAS, centre, tuple(half)))
    return out


def kidney_ellipsoid(t: Trunk, sign: float) -> tuple[FloatArray, FloatArray]:
    """(centre, half axes) of a kidney, right (+1) lower than left (anatomy 5)."""
    s = t.half_breadth_mm / 148.0
    z = t.z_of["L2"] + 8.0 if sign > 0 else t.z_of["L1"] - 12.0
    y = float(np.interp(t.z_of["L1"], t.z_mm, t.centre_y_mm)) - 6.0
    return np.array([sign * 66.0 * s, y, z]), np.array([25.0 * s, 23.0, 51.0])


def discs_and_canal(spine: Column) -> list[Organ]:
    """Discs between neighbouring bodies, and the canal behind every vertebra."""
    out = []
    levels = list(LEVELS)
    for upper, lower in itertools.pairwise(levels):
        out.append(_disc(spine.vertebrae[upper], spine.vertebrae[lower]))
    for level in levels:
        out.append(_canal(spine.vertebrae[level]))
    return out


def _disc(upper: Vertebra, lower: Vertebra) -> Organ:
    """Filling between two endplates, as wide as the smaller rim; bone is painted over its edges later."""
    from_patient = frames.inverse(upper.patient_from_vertebra)
    d = upper.size
    thickness = d.disc_below_height_mid_mm + 6.0

    def distance(x: Array, y: Array, z: Array) -> Array:
        m = from_patient
        lx = x
        ly = m[1, 1] * y + m[1, 2] * z + m[1, 3]
        lz = m[2, 1] * y + m[2, 2] * z + m[2, 3]
        around = shapes.superellipse(
            lx, ly - (upper.posterior_wall_y_mm + 0.5 * d.endplate_depth_inf_mm),
            0.5 * d.endplate_width_inf_mm - 1.0, 0.5 * d.endplate_depth_inf_mm - 0.5, 2.3,
        )  # fmt: skip
        middle = -0.5 * d.rim_height_mm - 0.5 * d.disc_below_height_mid_mm
        return np.maximum(around, np.abs(lz - middle) - 0.5 * thickness)

    reach = np.array([30.0, 26.0, 0.5 * d.rim_height_mm + thickness])
    centre = upper.patient_from_vertebra[:3, 3]
    return Organ(f"disc {upper.level}-{lower.level}", Tissue.DISC, distance, (centre - reach, centre + reach))


def _canal(v: Vertebra) -> Organ:
    from_patient = frames.inverse(v.patient_from_vertebra)

    def distance(x: Array, y: Array, z: Array) -> Array:
        m = from_patient
        ly = m[1, 1] * y + m[1, 2] * z + m[1, 3]
        lz = m[2, 1] * y + m[2, 2] * z + m[2, 3]
        stretch = np.abs(lz) - (0.5 * v.size.rim_height_mm + v.size.disc_below_height_mid_mm)
        return np.maximum(canal_distance(v, x, ly), stretch)

    centre = v.patient_from_vertebra[:3, 3]
    reach = np.array([20.0, 48.0, 34.0])
    return Organ(f"canal {v.level}", Tissue.CANAL, distance, (centre - reach, centre + reach))


def _muscles(t: Trunk) -> list[Organ]:
    """Erector spinae, psoas and quadratus lumborum of both sides (anatomy 5)."""
    out = []
    low, high = t.z_mm[0] - 60.0, t.z_mm[-1] + 60.0
    for side in SIDES:
        s = side_sign(side)

        def erector(x: Array, y: Array, z: Array, s: float = s) -> Array:
            back = t.at(t.back_y_mm, z) + SKIN_MM + t.fat_mm
            front = t.at(t.centre_y_mm - t.half_depth_mm, z) - 17.0
            down = np.clip((t.z_of["T10"] - z) / 110.0, 0.0, 1.0)
            return shapes.superellipse(x - s * 30.0, y - 0.5 * (back + front), 27.0 + 3.0 * down,
                                       0.5 * np.maximum(front - back, 8.0), 2.6)  # fmt: skip

        def psoas(x: Array, y: Array, z: Array, s: float = s) -> Array:
            down = np.clip((t.z_of["T12"] - 8.0 - z) / (t.z_of["T12"] - t.z_of["L4"]), 0.02, 1.2)
            radius = 4.0 + 14.0 * down
            centre_x = s * (t.at(t.half_width_mm, z) - 1.0 + 0.85 * radius)
            centre_y = t.at(t.centre_y_mm, z) - 5.0 + 3.0 * down
            around = shapes.superellipse(x - centre_x, y - centre_y, radius, 1.15 * radius, 2.0)
            return np.maximum(around, z - (t.z_of["T12"] - 10.0))

        x1, q = s * 60.0, np.interp(t.z_of["L2"], t.z_mm, t.centre_y_mm) - 33.0
        out += [
            Organ(f"erector spinae {side}", Tissue.MUSCLE, erector, _EVERYWHERE),
            Organ(f"psoas {side}", Tissue.MUSCLE, psoas, _EVERYWHERE),
            Organ(
                f"quadratus lumborum {side}",
                Tissue.MUSCLE,
                partial(
                    shapes.limb,
                    start=(x1, q, t.z_of["T12"] - 5.0),
                    end=(1.1 * x1, q + 4.0, low),
                    half_start=(6.0, 15.0),
                    half_end=(7.0, 17.0),
                    flat_axis=(1.0, 0.0, 0.0),
                ),
                (np.array([-95.0, q - 30.0, low]), np.array([95.0, q + 30.0, high])),
            ),
        ]
    return out


def _tube_organ(name: str, tissue: Tissue, tube: Tube) -> Organ:
    margin = float(tube.radius_mm.max()) + 4.0
    low, high = shapes.around(*tube.line_mm, margin_mm=margin)
    return Organ(name, tissue, tube.distance, (low, high + (0.0, 0.0, 300.0)))


@dataclass(frozen=True)
class SoftTissue:
    """Labels (uint8) and soft and adipose densities (g/cm3, float32) on one grid."""

    label: NDArray[np.uint8]
    soft: Array
    adipose: Array


def paint(t: Trunk, spine: Column, grid: Grid) -> SoftTissue:
    """Soft tissue on an axis-aligned grid, without discs, canal and bone (patient.py adds those)."""
    label = np.zeros(grid.shape, dtype=np.uint8)
    soft = np.zeros(grid.shape, dtype=np.float32)
    adipose = np.zeros(grid.shape, dtype=np.float32)
    streaks = _streaks(t.spec, grid)
    canvas = SoftTissue(label, soft, adipose)
    for organ in organs(t, spine):
        window = grid.window(*organ.box)
        if any(s.stop <= s.start for s in window):
            continue
        distance = organ.distance(*grid.part(window).axes_mm())
        brush(canvas, window, distance, organ.tissue, float(grid.voxel_mm.max()), streaks)
    return canvas


def brush(
    canvas: SoftTissue,
    window: tuple[slice, slice, slice],
    distance: Array,
    tissue: Tissue,
    voxel_mm: float,
    streaks: Array | None = None,
) -> None:
    """Paint one organ onto a canvas that is still being built (the only function here that writes)."""
    share = shapes.coverage(distance, voxel_mm)
    soft, adipose = SOFT_AND_ADIPOSE_G_CM3[tissue]
    new_soft: Array | float = soft
    new_adipose: Array | float = adipose
    swing = {Tissue.MUSCLE: 0.06, Tissue.VISCERA: 0.22}.get(tissue, 0.0)
    if swing and streaks is not None:
        fat = np.clip(swing * streaks[window], -adipose, soft)  # takes the place of soft tissue, gram for gram
        new_soft, new_adipose = soft - fat, adipose + fat
    canvas.soft[window] += share * (new_soft - canvas.soft[window])
    canvas.adipose[window] += share * (new_adipose - canvas.adipose[window])
    canvas.label[window][np.broadcast_to(share >= 0.5, canvas.label[window].shape)] = tissue


def _streaks(spec: PatientSpec, grid: Grid) -> Array:
    """Smooth random field (i, j, k) of SD about 1: fat in muscle, mesentery between loops."""
    rng = np.random.default_rng([spec.seed, STREAM, 2])
    field = rng.standard_normal(grid.shape, dtype=np.float32)
    field = ndimage.gaussian_filter(field, 5.0 / grid.voxel_mm, mode="wrap", truncate=2.5)
    return np.asarray(field / field.std(), dtype=np.float32)

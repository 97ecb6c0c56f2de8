"""What lies between and behind the vertebrae, as painted: discs, epidural fat, sac, cord, roots, small vessels.

In painting order; bone comes over their edges afterwards. Everything is described in the vertebrae's own frames,
so that it follows a tilted and turned spine.
"""

from __future__ import annotations

import itertools

import numpy as np

from anatomy import frames, shapes
from anatomy.body import nerves, vessels
from anatomy.body.nerves import Root
from anatomy.body.organ import Organ, Sweep, local
from anatomy.body.veins import VenousGraph
from anatomy.body.vessels import Tube
from anatomy.column import Column
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton.arch import box_in_patient
from anatomy.skeleton.vertebra import Vertebra, canal_distance, side_sign
from anatomy.spec import LEVELS, SIDES, Level, PatientSpec, Side
from anatomy.tissue import CAUDA_G_CM3, NUCLEUS_G_CM3, Tissue

_OVER_EDGES_MM = 3.0  # a disc reaches this far into both endplates, for bone to be painted over it
_BROKEN_MM = 8.0  # and as far again into one that a fracture has lowered
_NUCLEUS_SHARE = 0.62  # of the disc's width and depth (shape: ours)
_THINNEST_MM = 1.2  # radius: thinner vessels make no voxel of 2 mm differ
_EPIDURAL_HALF_MM = (2.0, 1.0)  # an epidural channel: 3 to 5 mm wide, flat on the wall


def organs(spec: PatientSpec, spine: Column, veins: VenousGraph) -> list[Organ]:
    """All of them."""
    out = discs(spine)
    out += [_canal(spine.vertebrae[level]) for level in LEVELS]
    sac, cord, cauda = nerves.sac(spine), nerves.cord(spec, spine), nerves.cauda(spec, spine)
    roots = [nerves.root(spine.vertebrae[level], side) for level in LEVELS for side in SIDES]
    out += [_foramen(spine.vertebrae[r.level], r) for r in roots]
    out += [_vessel(name, tube) for name, tube in veins.tubes().items() if tube.radius_mm.max() > _THINNEST_MM]
    out += _arteries(spine)
    out += [
        _swept("dural sac", Tissue.CSF, sac),
        _swept("cauda equina", Tissue.CSF, cauda, CAUDA_G_CM3),
        _swept("spinal cord", Tissue.NERVE, cord),
    ]
    for r in roots:
        out.append(_swept(f"nerve root {r.level} {r.side}", Tissue.NERVE, r.nerve()))
        out.append(_swept(f"ganglion {r.level} {r.side}", Tissue.NERVE, r.ganglion()))
    return out


def discs(spine: Column) -> list[Organ]:
    """Annulus and nucleus between every two neighbours, and between L5 and the sacrum."""
    out = []
    for upper, lower in itertools.pairwise(LEVELS):
        is_broken = spine.collapse is not None and lower == spine.target
        out += _disc(spine.vertebrae[upper], lower, spine.vertebrae[lower].patient_from_vertebra, is_broken)
    return [*out, *_disc(spine.vertebrae["L5"], "S1", spine.patient_from_sacrum, False)]


def _disc(upper: Vertebra, lower: str, below: FloatArray, is_broken: bool) -> list[Organ]:
    """Filling between two endplates, as wide as the smaller rim, turned half way from one to the other."""
    d = upper.size
    depth = d.disc_below_height_mid_mm
    ahead = upper.posterior_wall_y_mm + 0.5 * d.endplate_depth_inf_mm
    plate = frames.apply(upper.patient_from_vertebra, (0.0, ahead, -0.5 * d.rim_height_mm))
    up = frames.unit(upper.patient_from_vertebra[:3, 2] + below[:3, 2])
    right = upper.patient_from_vertebra[:3, 0]
    right = frames.unit(right - up * (right @ up))
    turned = frames.affine(np.stack([right, np.cross(up, right), up], axis=1), plate - 0.5 * depth * up)
    from_patient = frames.inverse(turned)
    a, b = 0.5 * d.endplate_width_inf_mm - 1.0, 0.5 * d.endplate_depth_inf_mm - 0.5
    down = 0.5 * depth + (_BROKEN_MM if is_broken else _OVER_EDGES_MM)
    high = 0.5 * depth + _OVER_EDGES_MM

    def annulus(x: Array, y: Array, z: Array) -> Array:
        lx, ly, lz = local(from_patient, x, y, z)
        return np.maximum(shapes.superellipse(lx, ly, a, b, 2.3), np.maximum(lz - high, -down - lz))

    def nucleus(x: Array, y: Array, z: Array) -> Array:
        lx, ly, lz = local(from_patient, x, y, z)
        inner = shapes.superellipse(lx, ly + 0.08 * b, _NUCLEUS_SHARE * a, _NUCLEUS_SHARE * b, 2.0)
        return np.maximum(inner, np.maximum(lz - high, -down - lz))

    box = box_in_patient((np.array([-a, -b, -down]) - 2.0, np.array([a, b, high]) + 2.0), turned)
    return [
        Organ(f"disc {upper.level}-{lower}", Tissue.DISC, annulus, box),
        Organ(f"nucleus {upper.level}-{lower}", Tissue.DISC, nucleus, box, g_cm3=NUCLEUS_G_CM3),
    ]


def _canal(v: Vertebra) -> Organ:
    """The canal behind a body and the disc below it, filled with epidural fat until sac and veins are painted."""
    from_patient = frames.inverse(v.patient_from_vertebra)
    d, half = v.size, 0.5 * v.size.canal_width_mm
    reach = 0.5 * d.rim_height_mm + d.disc_below_height_mid_mm

    def distance(x: Array, y: Array, z: Array) -> Array:
        lx, ly, lz = local(from_patient, x, y, z)
        return np.maximum(canal_distance(v, lx, ly), np.abs(lz) - reach)

    wall = v.posterior_wall_y_mm
    low, high = np.array([-half, wall - d.canal_depth_mm, -reach]), np.array([half, wall, reach])
    return Organ(
        f"canal {v.level}",
        Tissue.CANAL,
        distance,
        box_in_patient((low - 2.0, high + 2.0), v.patient_from_vertebra),
    )


def _foramen(v: Vertebra, r: Root) -> Organ:
    """Fat that cushions a root in its foramen: 18 to 22 mm high, 8 to 10 wide; thoracic 11 to 14, 6 to 8."""
    d, s = v.size, side_sign(r.side)
    lumbar = v.region == "L"
    half = (4.5, 8.5) if lumbar else (3.4, 5.5)
    x = 0.5 * d.canal_width_mm
    low = d.pedicle_center_z_above_midbody_mm - 0.5 * d.pedicle_height_mm
    y = v.posterior_wall_y_mm - 5.0
    outer = x + d.pedicle_width_mm + 2.0
    local_ends = [(s * end, y, low - half[1]) for end in (x - 2.0, outer)]
    ends = frames.apply(v.patient_from_vertebra, local_ends)
    up = np.tile(v.patient_from_vertebra[:3, 2], (2, 1))
    fat = Sweep(ends, np.array([half, half]), up)
    return _swept(f"foramen {v.level} {r.side}", Tissue.FAT, fat)


def _arteries(spine: Column) -> list[Organ]:
    """Aorta, iliac and segmental arteries."""
    great = {"aorta": vessels.aorta(spine)}
    great |= {f"iliac artery {side}": tube for side, tube in vessels.iliac_arteries(spine).items()}
    chosen: list[tuple[Level, Side]] = [(level, side) for level in LEVELS[LEVELS.index("T4") :] for side in SIDES]
    small = {
        f"segmental artery {level} {side}": vessels.segmental_artery(spine.vertebrae[level], side)
        for level, side in chosen
    }
    return [_vessel(name, tube) for name, tube in (great | small).items() if tube.radius_mm.max() > _THINNEST_MM]


def _vessel(name: str, tube: Tube) -> Organ:
    """A vessel full of blood."""
    return Organ(name, Tissue.BLOOD, lambda x, y, z: shapes.gut(x, y, z, tube.line_mm, tube.radius_mm, 3.0),
                 tube.box(2.0))  # fmt: skip


def _swept(name: str, tissue: Tissue, sweep: Sweep, g_cm3: tuple[float, float] | None = None) -> Organ:
    return Organ(name, tissue, lambda x, y, z: sweep.distance(x, y, z, 3.0), sweep.box(2.0), g_cm3=g_cm3)

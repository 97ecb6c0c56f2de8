"""Bone and its surroundings as a porous medium that cement flows in: what holds it, what lets it out.

Ways out are the fracture's hole in the endplate and the cracks in its cortex, the mouths of veins, and channels
that instruments have made. Fracture lines conduct better than the bone around them, veins in bone are pipes; thin
cement prefers what is wide (``physics.choice_of_way``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy.keeping import kept_with_first
from anatomy.regions import IN_BONE, Region
from anatomy.tissue import CORTEX_MINERAL_G_CM3
from simulator.devices.ground import GroundNow
from simulator.devices.venous import FORAMEN, VenousCement
from simulator.physics.choice_of_way import easier_by, thinness
from simulator.physics.porous_medium import (
    CAVITY_PERMEABILITY_M2,
    REFERENCE_PERMEABILITY_M2,
    VERTEBRA_ANISOTROPY,
    PorousMedium,
    permeability_m2,
)

Injector = Literal["syringe", "screw", "fillers"]

CHANNEL_PERMEABILITY_M2 = 3.6e-7
"""A drilled channel of 1.7 mm radius resists like a pipe, r^2 / 8 (Poiseuille)."""

TRACK_IN_BONE_M2, TRACK_IN_SOFT_TISSUE_M2 = 1e-7, 3e-8
"""The hole of a cannula that was withdrawn: in bone half open with debris and marrow (r^2 / 8 is 3e-7), in muscle
closed again but for a seam of least resistance, three times that of the tissue beside it (*unconfirmed*)."""

DENSITY_WEIGHT = 0.5
"""Exponent on the Kozeny-Carman ratio: in real specimens porosity explains permeability poorly (R = 0.38,
physics A5), and the formula alone would make osteoporotic bone five times the measured value."""

SCATTER_OF_THIN = 3.0
"""How much more the scatter of permeability counts for very thin cement, which takes the widest pores first: its
logarithm is four times as large (unconfirmed; spread grows rounder with viscosity, Loeffel 2008, physics A6)."""

VEIN_RADIUS_M, WAY_OUT_RADIUS_M = 1.0e-3, 0.5e-3
"""Widths that decide how much thin cement prefers a way out, and thick cement bridges it: veins 2 mm across,
cracks in cortex and endplate and the fissures of a disc behind them 1 (unconfirmed)."""

SATURATION = 0.90
"""Share of the pore space that cement takes; marrow and air keep the rest (unconfirmed)."""

# Permeability beyond the ways out of bone: a broken endplate leads into the disc's clefts, the canal holds fat,
# soft tissue gives way. A hole or a crack conducts about as the fracture line that leads to it (LINE_EASE).
# Unconfirmed presets against bone's 4.5e-8 m2. Veins are pipes, see ``venous``.
DISC_M2, CANAL_M2, FORAMEN_M2, SOFT_M2 = 4e-8, 5e-8, 4e-8, 5e-8
HOLE_M2, CRACK_M2 = 3e-7, 2e-7
_OUTSIDE_M2: dict[Region, float] = {
    Region.DISC_ABOVE: DISC_M2,
    Region.DISC_BELOW: DISC_M2,
    Region.CANAL: CANAL_M2,
    Region.FORAMEN_LEFT: FORAMEN_M2,
    Region.FORAMEN_RIGHT: FORAMEN_M2,
}
_VESSELS = (
    Region.EPIDURAL_VEIN,
    Region.SEGMENTAL_VEIN,
    Region.EXTERNAL_VEIN,
    Region.FORAMINAL_VEIN,
    Region.ASCENDING_LUMBAR_VEIN,
    Region.AZYGOS_VEIN,
    Region.VENA_CAVA,
)
"""Walled: cement gets into them through their mouths in bone only, and lies in pipes then."""
_CORE_M2 = 6e-7
"""The basivertebral foramen as a pipe of 2.2 mm radius, r^2 / 8."""
LINE_EASE = 6.0
"""A fracture line lets cement pass more easily than the bone around it by this factor (unconfirmed)."""
MOUTH_ML = 50.0
"""Room of a mouth's voxel: what comes there is in the pipes a tick later."""
CRUSHED_MM = 2.0
"""Around a balloon's cavity veins are closed, as far as the bone is packed (``opened``; unconfirmed)."""
BONE, WAY_OUT, VEIN, OPENED, LINE = 0, 1, 2, 3, 4


@dataclass(frozen=True, eq=False)
class Parts:
    """What of the medium no viscosity changes; arrays (i, j, k).

    kind: BONE, WAY_OUT, VEIN, OPENED or LINE, each of which viscosity treats alike; permeability_m2: of very thick
    cement, without the scatter, which is log_ease in bone and 0 elsewhere; pore_ml; number: compartments.
    """

    kind: NDArray[np.uint8]
    permeability_m2: NDArray[np.float64]
    log_ease: NDArray[np.float64]
    pore_ml: NDArray[np.float64]
    number: NDArray[np.uint8]


def medium(
    now: GroundNow,
    mineral: NDArray[np.float32],
    cavity: NDArray[np.float32],
    channels: NDArray[np.bool_],
    viscosity: float,
    injector: Injector,
    tracks: NDArray[np.bool_] | None = None,
    venous: VenousCement | None = None,
) -> PorousMedium:
    """Bone and its surroundings as cement of a viscosity (Pa.s) meets them.

    mineral: g/cm3 now, cavities emptied and their rims packed; cavity: share of each voxel that balloons have
    emptied; channels: voxels opened by a drill, which a filler itself takes up; tracks: what withdrawn cannulae
    have left open, through cortex and soft tissue as well; venous: what is in the veins.
    """
    return of_parts(now, parts(now, mineral, cavity, channels, injector, tracks), viscosity, venous)


def of_parts(now: GroundNow, one: Parts, viscosity: float, venous: VenousCement | None = None) -> PorousMedium:
    """The medium of parts for cement of a viscosity (Pa.s), with what is in the veins already."""
    k = _without_mouths(one, viscosity).copy()
    if now.mouth is not None and now.veins is not None:
        h, easier = float(now.grid.voxel_mm[0]) * 1e-3, easier_by(viscosity, VEIN_RADIUS_M)
        for mouth, (index, faces) in enumerate(_mouths(one, now)):
            # A face between bone and mouth has half of its way, 1 / (2 h k), in the mouth.
            k[index] = now.veins.ease_m3(venous, mouth) * easier / (2.0 * h * faces)
    anisotropy = VERTEBRA_ANISOTROPY
    return PorousMedium(float(now.grid.voxel_mm[0]), one.pore_ml, k, anisotropy, compartment=one.number)


@kept_with_first(2)
def _without_mouths(one: Parts, viscosity: float) -> NDArray[np.float64]:
    """Permeability (i, j, k) for cement of a viscosity but for that of the mouths."""
    way_out = easier_by(viscosity, WAY_OUT_RADIUS_M)
    line = max(way_out, 1.0 / LINE_EASE)  # beside a line that is bridged there is still the bone
    easier = np.array((1.0, way_out, easier_by(viscosity, VEIN_RADIUS_M), 1.0, line))
    k = one.permeability_m2 * easier[one.kind]
    k *= np.exp((1.0 + SCATTER_OF_THIN * thinness(viscosity)) * one.log_ease)
    return k


@kept_with_first(1)
def _mouths(one: Parts, now: GroundNow) -> tuple[tuple[tuple[NDArray[np.intp], ...], int], ...]:
    """For each mouth its voxels, as an index, and how many faces they share with bone or the vein in it."""
    assert now.mouth is not None
    assert now.veins is not None
    inner = (one.number <= 1) & (one.permeability_m2 > 0.0) & (now.mouth == 0)
    index = np.nonzero((now.mouth > 0) & (one.pore_ml == MOUTH_ML))
    number = now.mouth[index].astype(np.intp)
    faces = np.bincount(number, _neighbours(inner, index), minlength=len(now.veins.mouth_nodes) + 1)
    found = []
    for mouth in range(1, len(now.veins.mouth_nodes) + 1):
        mine = number == mouth
        found.append((tuple(axis[mine] for axis in index), max(int(faces[mouth]), 1)))
    return tuple(found)


def _neighbours(one: NDArray[np.bool_], index: tuple[NDArray[np.intp], ...]) -> NDArray[np.intp]:
    """How many of the six voxels beside each of some voxels (n,) are of one."""
    closed = np.pad(one, 1)
    i, j, k = (axis + 1 for axis in index)
    beside = ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))
    return np.sum([closed[i + a, j + b, k + c] for a, b, c in beside], axis=0, dtype=np.intp)


def parts(
    now: GroundNow,
    mineral: NDArray[np.float32],
    cavity: NDArray[np.float32],
    channels: NDArray[np.bool_],
    injector: Injector,
    tracks: NDArray[np.bool_] | None = None,
) -> Parts:
    """What of ``medium`` does not depend on viscosity or veins."""
    solid = np.clip(mineral / CORTEX_MINERAL_G_CM3, 0.0, 0.97)
    porosity = (1.0 - solid) * SATURATION
    k = REFERENCE_PERMEABILITY_M2 * (permeability_m2(1.0 - solid) / REFERENCE_PERMEABILITY_M2) ** DENSITY_WEIGHT
    kind = np.full(now.grid.shape, BONE, dtype=np.uint8)
    if now.line is not None:
        k[now.line] *= LINE_EASE
        kind[now.line] = LINE
    outside = ~np.isin(now.label, (Region.BODY, Region.ARCH))
    k[outside], porosity[outside], kind[outside] = SOFT_M2, 0.8, WAY_OUT
    for region, value in _OUTSIDE_M2.items():
        k[now.label == region] = value
    core = now.label == Region.BASIVERTEBRAL_VEIN
    k[core], porosity[core], kind[core] = _CORE_M2, 0.95, VEIN
    closed = np.isin(now.label, (*_VESSELS, Region.NEIGHBOUR_BONE))
    k[closed], porosity[closed] = 0.0, 0.0
    k[now.hole], porosity[now.hole], kind[now.hole] = HOLE_M2, 0.8, WAY_OUT
    if now.crack is not None:
        k[now.crack], porosity[now.crack], kind[now.crack] = CRACK_M2, 0.8, WAY_OUT
    if injector != "fillers":
        k[channels], porosity[channels], kind[channels] = CHANNEL_PERMEABILITY_M2, 1.0, OPENED
    if tracks is not None:
        in_bone = np.isin(now.label, IN_BONE)
        k[tracks] = np.where(in_bone[tracks], TRACK_IN_BONE_M2, TRACK_IN_SOFT_TISSUE_M2)
        porosity[tracks & in_bone], kind[tracks] = 1.0, OPENED
        channels = channels | tracks
    hollow = cavity > 0.5
    k[hollow], kind[hollow] = CAVITY_PERMEABILITY_M2, OPENED
    porosity = np.maximum(porosity, cavity)
    number, pore_ml = compartments(now, channels), porosity * now.grid.voxel_ml
    if now.mouth is not None:
        # A balloon crushes veins, and the bone it packs around its cavity closes them.
        reach = round(CRUSHED_MM / float(now.grid.voxel_mm[0]))
        crushed = ndimage.binary_dilation(hollow, iterations=reach) if hollow.any() else hollow
        mouth = (now.mouth > 0) & ((now.mouth == FORAMEN) | ~(crushed | channels))
        pore_ml[mouth], number[mouth], kind[mouth] = MOUTH_ML, 0, VEIN
        k[mouth] = 1.0  # set by ``of_parts``
    log_ease = np.where((kind == BONE) | (kind == LINE), np.log(now.ease), 0.0)
    return Parts(kind, k, log_ease, pore_ml, number)


def compartments(now: GroundNow, channels: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Which voxels share an open wall: bone is 1, each kind of outside its own number, ways out are 0.

    Cement crosses from one compartment into another only through voxels of 0: the hole in the endplate, cracks in
    the cortex, mouths of veins (``parts`` opens these), and channels that instruments have made.
    """
    number = now.label.astype(np.uint8) + 2
    number[np.isin(now.label, (Region.BODY, Region.ARCH, Region.BASIVERTEBRAL_VEIN))] = 1
    soft = (Region.SOFT_TISSUE, Region.PREVERTEBRAL, Region.PARAVERTEBRAL_LEFT, Region.PARAVERTEBRAL_RIGHT)
    number[np.isin(now.label, soft)] = 2
    if now.crack is not None:
        number[now.crack] = 0
    number[now.hole | channels] = 0
    return number

"""Bone and its surroundings as a porous medium that cement flows in: what holds it, what lets it out.

Ways out are the fracture's hole in the endplate, veins, and channels that instruments have made.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from anatomy.regions import IN_BONE, Region
from anatomy.tissue import CORTEX_MINERAL_G_CM3
from simulator.devices.ground import GroundNow
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

SATURATION = 0.90
"""Share of the pore space that cement takes; marrow and air keep the rest (unconfirmed)."""

# Ways out of bone. Veins are tubes and resist like them, r^2 / 8: basivertebral foramen 2.2 mm (narrowed by its
# own tissue), epidural 2 mm, segmental 1.2 mm (anatomy 5). A broken endplate leads into the disc's clefts, fat
# gives way easily: unconfirmed presets against bone's 4.5e-8 m2.
_OUTSIDE_M2: dict[Region, float] = {
    Region.DISC_ABOVE: 1.5e-8,
    Region.DISC_BELOW: 1.5e-8,
    Region.CANAL: 2e-8,
    Region.EPIDURAL_VEIN: 5e-7,
    Region.SEGMENTAL_VEIN: 1.8e-7,
    Region.FORAMEN_LEFT: 2e-8,
    Region.FORAMEN_RIGHT: 2e-8,
    Region.EXTERNAL_VEIN: 8e-8,
    Region.FORAMINAL_VEIN: 1.25e-7,
    Region.ASCENDING_LUMBAR_VEIN: 3.8e-7,
    Region.AZYGOS_VEIN: 8e-7,
    Region.VENA_CAVA: 8e-7,
}
VEINS = 40
"""Compartment of the veins that segmental and epidural ones lead to: their walls keep cement in."""
_SOFT_M2, _VEIN_IN_BONE_M2, _HOLE_M2 = 1e-8, 6e-7, 6e-8
BRIDGING_PA_S, BRIDGING_POWER = 100.0, 0.5
"""Viscous cement bridges narrow ways out: their permeability falls with (100 Pa s / viscosity)^0.5 above 100
Pa s. An empirical preset after Habib 2010 (leaked mass at high over low viscosity 0.375), unconfirmed."""


def medium(
    now: GroundNow,
    mineral: NDArray[np.float32],
    cavity: NDArray[np.float32],
    channels: NDArray[np.bool_],
    viscosity: float,
    injector: Injector,
    tracks: NDArray[np.bool_] | None = None,
) -> PorousMedium:
    """Bone and its surroundings as cement of a viscosity meets them.

    mineral: g/cm3 now, cavities emptied and their rims packed; cavity: share of each voxel that balloons have
    emptied; channels: voxels opened by a drill, which a filler itself takes up; tracks: what withdrawn cannulae
    have left open, through cortex and soft tissue as well.
    """
    voxel_ml = now.grid.voxel_ml
    solid = np.clip(mineral / CORTEX_MINERAL_G_CM3, 0.0, 0.97)
    porosity = (1.0 - solid) * SATURATION
    k = REFERENCE_PERMEABILITY_M2 * (permeability_m2(1.0 - solid) / REFERENCE_PERMEABILITY_M2) ** DENSITY_WEIGHT
    k = k * now.ease
    bridging = min((BRIDGING_PA_S / viscosity) ** BRIDGING_POWER, 1.0)
    for region in Region:
        here = now.label == region
        if region in _OUTSIDE_M2:
            k[here], porosity[here] = _OUTSIDE_M2[region] * bridging, 0.8
        elif region in (Region.BODY, Region.ARCH):
            continue
        elif region == Region.BASIVERTEBRAL_VEIN:
            k[here], porosity[here] = _VEIN_IN_BONE_M2 * bridging, 0.95
        elif region == Region.NEIGHBOUR_BONE:
            k[here], porosity[here] = 0.0, 0.0
        else:
            k[here], porosity[here] = _SOFT_M2 * bridging, 0.8
    k[now.hole] = _HOLE_M2 * bridging
    if injector != "fillers":
        k = np.where(channels, CHANNEL_PERMEABILITY_M2, k)
        porosity = np.where(channels, 1.0, porosity)
    if tracks is not None:
        in_bone = np.isin(now.label, IN_BONE)
        k[tracks] = np.where(in_bone[tracks], TRACK_IN_BONE_M2, TRACK_IN_SOFT_TISSUE_M2)
        porosity[tracks & in_bone] = 1.0
    k = np.where(cavity > 0.5, CAVITY_PERMEABILITY_M2, k)
    porosity = np.maximum(porosity, cavity)
    return PorousMedium(
        float(now.grid.voxel_mm[0]),
        porosity * voxel_ml,
        k,
        VERTEBRA_ANISOTROPY,
        compartment=compartments(now, channels if tracks is None else channels | tracks),
    )


def compartments(now: GroundNow, channels: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Which voxels share an open wall: bone is 1, each kind of outside its own number, ways out are 0.

    Cement crosses from one compartment into another only through voxels of 0: the hole in the endplate, the
    veins' mouths, and channels that instruments have made through the cortex.
    """
    number = now.label.astype(np.uint8) + 2
    number[np.isin(now.label, (Region.BODY, Region.ARCH, Region.BASIVERTEBRAL_VEIN))] = 1
    soft = (Region.SOFT_TISSUE, Region.PREVERTEBRAL, Region.PARAVERTEBRAL_LEFT, Region.PARAVERTEBRAL_RIGHT)
    number[np.isin(now.label, soft)] = 2
    number[np.isin(now.label, (Region.EPIDURAL_VEIN, Region.SEGMENTAL_VEIN))] = 0
    farther = (Region.EXTERNAL_VEIN, Region.FORAMINAL_VEIN, Region.ASCENDING_LUMBAR_VEIN, Region.AZYGOS_VEIN)
    number[np.isin(now.label, (*farther, Region.VENA_CAVA))] = VEINS
    number[now.hole | channels] = 0
    return number

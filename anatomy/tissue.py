"""What tissues are made of, and how much of which basis material a voxel holds.

A voxel stores three densities, in g/cm3 of the voxel, that mix linearly and project independently:

    soft      water-like tissue, composition of ICRU-44 skeletal muscle (1.05 g/cm3 when undiluted)
    adipose   fat and yellow marrow, composition of ICRU-44 adipose tissue (0.95 g/cm3)
    mineral   calcium hydroxyapatite, Ca10(PO4)6(OH)2; the quantity that QCT calls bone mineral density

Sources: compositions ICRU Report 44 (muscle, adipose, as tabulated in the project's reference notes, anatomy
section 4.4); hydroxyapatite by formula; trabecular BMD = 0.8 HU at 120 kV (anatomy 4.2, physics B4,
unconfirmed slope +/- 0.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anatomy.frames import FloatArray


@dataclass(frozen=True, eq=False)
class Material:
    """Composition by mass fraction of elements (symbol -> fraction, sum 1) and density in g/cm3."""

    name: str
    density_g_cm3: float
    mass_fractions: dict[str, float]


def mixture(name: str, density_g_cm3: float, parts: dict[Material, float]) -> Material:
    """Material of parts given by mass fraction (sum 1)."""
    fractions: dict[str, float] = {}
    for part, share in parts.items():
        for element, fraction in part.mass_fractions.items():
            fractions[element] = fractions.get(element, 0.0) + share * fraction
    return _material(name, density_g_cm3, **fractions)


def _material(name: str, density_g_cm3: float, **percent: float) -> Material:
    total = sum(percent.values())
    return Material(name, density_g_cm3, {k: v / total for k, v in percent.items()})


SOFT = _material(
    "soft tissue (ICRU-44 skeletal muscle)", 1.05,
    H=10.2, C=14.3, N=3.4, O=71.0, Na=0.1, P=0.2, S=0.3, Cl=0.1, K=0.4,
)  # fmt: skip
ADIPOSE = _material("adipose (ICRU-44)", 0.95, H=11.4, C=59.8, N=0.7, O=27.8, Na=0.1, S=0.1, Cl=0.1)
MINERAL = _material("calcium hydroxyapatite", 3.16, Ca=39.894, P=18.499, O=41.406, H=0.201)
WATER = _material("water", 1.0, H=11.19, O=88.81)
CORTICAL_BONE = _material(
    "cortical bone (ICRU-44)", 1.92, H=3.4, C=15.5, N=4.2, O=43.5, Na=0.1, Mg=0.2, P=10.3, S=0.3, Ca=22.5
)
PMMA = _material("polymethyl methacrylate", 1.18, H=8.05, C=59.98, O=31.96)
BARIUM_SULPHATE = _material("barium sulphate", 4.5, Ba=58.84, S=13.74, O=27.42)
ZIRCONIA = _material("zirconia", 5.68, Zr=74.03, O=25.97)
IODINE = _material("iodine", 4.93, I=100.0)
STEEL = _material("stainless steel 304", 7.93, Fe=69.0, Cr=19.0, Ni=10.0, Mn=2.0)
PLATINUM = _material("platinum", 21.45, Pt=100.0)


class Tissue(IntEnum):
    """Label of a voxel of the coarse body volume. Values are written into files: append, never renumber."""

    AIR = 0
    SKIN = 1
    FAT = 2
    MUSCLE = 3
    VISCERA = 4
    BLOOD = 5
    LUNG = 6
    BOWEL_GAS = 7
    CANAL = 8
    DISC = 9
    BONE = 10
    LIGAMENT = 11
    KIDNEY = 12
    LIVER = 13
    AIRWAY = 14
    SPLEEN = 15
    CSF = 16
    NERVE = 17
    TUMOUR = 18


# (soft, adipose) in g/cm3 of undiluted tissue, so that hu_from_densities gives the CT numbers of anatomy 4.3:
# muscle of the elderly streaked with a tenth of fat (0 to 35 HU), native blood, liver, spleen and kidney, fat
# -107, marrow mostly yellow (-20 to -60), bowel and its mesentery a mixture of both. Fat is 0.92 (ICRP adipose,
# anatomy 4.4). Lung is the upper, air-filled part; what hangs lowest is denser (thorax.lung_g_cm3). Canal is
# epidural fat, which fills it around the sac.
SOFT_AND_ADIPOSE_G_CM3: dict[Tissue, tuple[float, float]] = {
    Tissue.AIR: (0.0, 0.0),
    Tissue.SKIN: (1.09, 0.0),
    Tissue.FAT: (0.0, 0.92),
    Tissue.MUSCLE: (0.945, 0.092),
    Tissue.VISCERA: (0.70, 0.30),
    Tissue.BLOOD: (1.05, 0.0),
    Tissue.LUNG: (0.12, 0.0),
    Tissue.BOWEL_GAS: (0.09, 0.0),
    Tissue.CANAL: (0.02, 0.918),
    Tissue.DISC: (1.11, 0.0),
    Tissue.BONE: (0.42, 0.57),
    Tissue.LIGAMENT: (1.09, 0.0),
    Tissue.KIDNEY: (1.04, 0.0),
    Tissue.LIVER: (1.065, 0.0),
    Tissue.AIRWAY: (0.01, 0.0),
    Tissue.SPLEEN: (1.055, 0.0),
    Tissue.CSF: (1.017, 0.0),
    Tissue.NERVE: (1.046, 0.0),
    Tissue.TUMOUR: (1.05, 0.0),
}

NUCLEUS_G_CM3 = (1.087, 0.0)
"""(soft, adipose) of the disc's nucleus, 70 to 90 HU inside an annulus of 90 to 120 (anatomy 4.3)."""

CAUDA_G_CM3 = (1.03, 0.0)
"""(soft, adipose) of roots of the cauda equina with the fluid between them (a mixture: ours)."""

CORTEX_MINERAL_G_CM3 = 1.05
"""Mineral of compact vertebral shell tissue (900 to 1100 mg/cm3 including its pores; anatomy 4.1)."""

HU_PER_BMD = 1.25
"""HU per mg/cm3 of hydroxyapatite at 120 kV (BMD = 0.8 HU; unconfirmed, +/- 0.1 HU)."""


def hu_from_densities(soft_g_cm3: ArrayLike, adipose_g_cm3: ArrayLike, mineral_g_cm3: ArrayLike) -> FloatArray:
    """CT number at 120 kV of a voxel with these densities.

    Soft and adipose enter by their attenuation relative to water near 70 keV (muscle 0.993, adipose 0.970
    per g/cm3; NIST, physics D5), mineral by HU_PER_BMD.

    >>> float(hu_from_densities(0.0, 0.0, 0.0))
    -1000.0
    """
    relative = 0.993 * np.asarray(soft_g_cm3, dtype=float) + 0.970 * np.asarray(adipose_g_cm3, dtype=float)
    return 1000.0 * (relative - 1.0) + 1000.0 * HU_PER_BMD * np.asarray(mineral_g_cm3, dtype=float)


def densities_from_hu(hu: NDArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(soft, adipose, mineral) in g/cm3 for CT numbers, the continuous mix that inverts hu_from_densities.

    Below 0 HU: air to adipose to soft; above 60 HU the excess over soft tissue is mineral. No threshold at
    which osteoporotic bone (20 to 100 HU) would vanish.
    """
    value = np.clip(np.asarray(hu, dtype=float), -1000.0, 3071.0)
    fat_hu, soft_hu = 1000.0 * (0.970 * 0.95 - 1.0), 1000.0 * (0.993 * 1.05 - 1.0)
    fat_share = np.clip((soft_hu - value) / (soft_hu - fat_hu), 0.0, 1.0)
    thin = np.clip((value + 1000.0) / (fat_hu + 1000.0), 0.0, 1.0)
    mineral = np.clip(value - soft_hu, 0.0, None) / (1000.0 * HU_PER_BMD)
    return 1.05 * (1.0 - fat_share) * thin, 0.95 * fat_share * thin, mineral

"""Trabecular bone as a crushable foam: yield by density, a plateau, densification, and what a fracture has left.

Bone gives way at its yield stress, goes on at a plateau while its struts break, and stiffens again when its pores
close. A cavity that grows in it needs the plateau at its front, raised by confinement.
"""

from __future__ import annotations

import numpy as np

from anatomy.frames import FloatArray
from anatomy.tissue import CORTEX_MINERAL_G_CM3

PLATEAU_SHARE = 0.7
"""Plateau over yield stress (50 to 90 % of the ultimate stress; unconfirmed)."""
ACROSS = 0.45
"""Strength across the spine's axis over that along it, which yield is measured in: a cavity opens where bone
gives way first (0.3 to 0.5 in vertebral bodies; unconfirmed, from memory of Mosekilde's work; chosen within that
range for the pressure measured in young bodies, V13)."""
CONFINEMENT = 0.5
"""Pressure in a growing cavity over the plateau of the bone around it, less one (0.5 to 1.0; unconfirmed)."""
LOCKING_SHARE = 0.7
"""Strain over porosity at which the pores are closed (unconfirmed)."""
DENSIFYING = 2.3
"""Gibson and Ashby's constant D: the plateau ends at (1 - 1 / D) of the locking strain."""
CLOSEST = 0.95
"""Of the locking strain: bone is never pressed further, and bears at most 8.7 times its plateau."""
RESIDUAL, RESIDUAL_STRAIN = 0.25, 0.04
"""What bone that was crushed before still bears, and over which strain its strength falls to it.

Overloading vertebral trabecular bone to 1 to 5 % strain costs 4 to 64 % of its strength (Keaveny, Wachtel and
Kopperdahl 1999; unconfirmed, from memory); the formula gives 17 % at 1 % and 54 % at 5 %. The floor is set by the
balloon pressures measured in young bodies that were compressed to 80 % (PMID 16762891): unconfirmed."""


def yield_stress_kpa(mineral_g_cm3: FloatArray | float) -> FloatArray:
    """Compressive yield stress of vertebral trabecular bone, kPa, by mineral density.

    sigma_y = -0.75 + 0.0249 rho_QCT MPa with rho in mg/cm3 (Kopperdahl, Morgan & Keaveny 2002; unconfirmed),
    held above 100 kPa where the line would leave nothing.
    """
    return np.maximum(-750.0 + 24900.0 * np.asarray(mineral_g_cm3, dtype=float), 100.0)


def residual_share(strain: FloatArray | float) -> FloatArray:
    """Share of its strength that bone has kept after it was once pressed together by a strain (0 to 1)."""
    kept = np.exp(-np.asarray(strain, dtype=float) / RESIDUAL_STRAIN)
    return np.asarray(RESIDUAL + (1.0 - RESIDUAL) * np.minimum(kept, 1.0))


def densification(strain: float, porosity: float) -> float:
    """Stress over plateau at a compressive strain: 1 until the pores begin to close, then steeply more.

    (1 / D) e_D / (e_D - e) with e_D = LOCKING_SHARE x porosity (form of Gibson and Ashby, Cellular Solids).

    >>> densification(0.3, 0.94), round(densification(0.55, 0.94), 2)
    (1.0, 2.65)
    """
    locking = LOCKING_SHARE * porosity
    if locking <= 0.0:
        return 1.0 / (DENSIFYING * (1.0 - CLOSEST))
    reached = min(max(strain / locking, 0.0), CLOSEST)
    return max(1.0 / (DENSIFYING * (1.0 - reached)), 1.0)


def porosity_of(mineral_g_cm3: float) -> float:
    """Share of trabecular bone that is marrow."""
    return float(np.clip(1.0 - mineral_g_cm3 / CORTEX_MINERAL_G_CM3, 0.0, 1.0))


def plateau_kpa(virgin_g_cm3: FloatArray | float, crushed: FloatArray | float) -> FloatArray:
    """Plateau stress across the axis, kPa, of bone that was so dense before a fracture pressed it together by a
    strain."""
    return PLATEAU_SHARE * ACROSS * yield_stress_kpa(virgin_g_cm3) * residual_share(crushed)


def cavity_pressure_kpa(plateau: float, strain: float, porosity: float) -> float:
    """Pressure that makes a cavity grow in bone of a plateau (kPa) whose band around it is pressed together."""
    return (1.0 + CONFINEMENT) * plateau * densification(strain, porosity)

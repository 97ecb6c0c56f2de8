"""Why thin cement finds the ways out: it takes the widest pores first, thick cement takes all alike.

Where one fluid pushes another out of a porous body, two numbers decide the shape of the front (R. Lenormand,
E. Touboul, C. Zarcone, J. Fluid Mech. 1988;189:165): the ratio of viscosities, and the capillary number. Cement is
always more viscous than marrow, so viscous fingers do not form (Saffman-Taylor); but slow thin cement lies in the
field of *capillary* fingering. To enter a pore of radius r it needs the pressure 2 s / r. Bone's pores are narrow,
veins and clefts are wide: what keeps the front out of the one and not of the other is

    dp = 2 s (1 / r_pore - 1 / r_way)

against the pressure that viscosity drops over one pore, p = mu v l / k at the front's speed v. The flow into a
wide way is then greater by (p + dp) / p = 1 + mu_c / mu, with a viscosity mu_c = dp k / (v l) that comes to some
135 Pa.s for veins: the same order as what operators wait for. Power-law fluids and yield add nothing to this
choice at a given rate of injection, since they raise the pressures in bone and in its ways out alike.

The kernel (``filling``) has no entry pressures, so the factor is put on the conductance of ways out. That holds
near the front, where p is what drops over a pore; deep in the cement, where pressure is many times that,
capillarity alone would change next to nothing. So this is a reading, *unconfirmed*, as are surface tension and
pore size.

Thick cement, a paste of swollen beads, *bridges* what is narrow: above 100 Pa.s a way out conducts less, as a
power of 100 Pa.s over viscosity. The power is an empirical preset after Habib 2010 (physics A6), 0.44 in a way of
1 mm radius; grains bridge an opening the more easily the fewer of them fit into it, so that it goes with 1 /
radius^2: a vein lets thick cement in where a crack half as wide is all but closed to it. Unconfirmed.
"""

from __future__ import annotations

from simulator.physics.porous_medium import REFERENCE_PERMEABILITY_M2

SURFACE_TENSION_N_M = 0.020
"""Between cement (methyl methacrylate) and wet marrow: water and the monomer have some 0.015 (unconfirmed)."""
PORE_RADIUS_M = 0.25e-3
"""Pores of cancellous bone are 0.3 to 0.6 mm wide (physics A5, all sites)."""
PORE_STEP_M = 1.0e-3
"""Distance from pore to pore."""
FRONT_SPEED_M_S = 4.0e-5
"""Of the front, at 3 ml/min and a radius of 10 mm. Rate is left out: its effect is small (physics A6)."""


BRIDGING_PA_S, BRIDGING_POWER, BRIDGING_RADIUS_M = 100.0, 0.44, 1.0e-3


def turning_viscosity_pa_s(way_radius_m: float) -> float:
    """mu_c: the viscosity at which a way out of this radius takes twice what very thick cement would give it.

    0 for a way no wider than pores are.

    >>> round(turning_viscosity_pa_s(1.0e-3))
    135
    """
    if not way_radius_m > 0.0:
        raise ValueError(f"way_radius_m must be positive, got {way_radius_m}")
    excess_pa = 2.0 * SURFACE_TENSION_N_M * (1.0 / PORE_RADIUS_M - 1.0 / way_radius_m)
    return max(excess_pa, 0.0) * REFERENCE_PERMEABILITY_M2 / (FRONT_SPEED_M_S * PORE_STEP_M)


def easier_by(viscosity_pa_s: float, way_radius_m: float) -> float:
    """Factor on the conductance of a way out of this radius, against bone, for cement of a viscosity.

    >>> round(easier_by(100.0, 1.0e-3), 2), round(easier_by(1000.0, 1.0e-3), 2)
    (2.35, 0.41)
    """
    if not viscosity_pa_s > 0.0:
        raise ValueError(f"viscosity_pa_s must be positive, got {viscosity_pa_s}")
    power = BRIDGING_POWER * (BRIDGING_RADIUS_M / way_radius_m) ** 2
    bridging = min((BRIDGING_PA_S / viscosity_pa_s) ** power, 1.0)
    return (1.0 + turning_viscosity_pa_s(way_radius_m) / viscosity_pa_s) * bridging


def thinness(viscosity_pa_s: float) -> float:
    """0 for very thick cement to 1 for very thin: the share of capillary in all pressure that a pore of the front
    sees, 2 s / r against that plus p.

    >>> round(thinness(1000.0), 2), round(thinness(30.0), 2)
    (0.15, 0.86)
    """
    if not viscosity_pa_s > 0.0:
        raise ValueError(f"viscosity_pa_s must be positive, got {viscosity_pa_s}")
    entry_pa = 2.0 * SURFACE_TENSION_N_M / PORE_RADIUS_M
    drop_pa = viscosity_pa_s * FRONT_SPEED_M_S * PORE_STEP_M / REFERENCE_PERMEABILITY_M2
    return entry_pa / (entry_pa + drop_pa)

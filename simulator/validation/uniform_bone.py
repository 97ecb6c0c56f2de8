"""A ball of cement in endless uniform bone: the case with closed forms, and how far from them a filling is."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from simulator.physics.filling import Filling, Injection, inject
from simulator.physics.opening import Opening
from simulator.physics.porous_medium import PorousMedium

FLOW_ML_S = 3.0 / 60.0
POROSITY = 0.85
PERMEABILITY_M2 = 4.45e-8
VISCOSITY_PA_S = 100.0
MOUTH_MM = 1.2


def block(radius_mm: float, voxel_mm: float) -> PorousMedium:
    """A cube of uniform bone in which a ball of radius_mm keeps two voxels from the edge."""
    count = 2 * int(radius_mm / voxel_mm + 3) + 1
    pore = np.full((count,) * 3, POROSITY * voxel_mm**3 / 1000.0)
    return PorousMedium(voxel_mm, pore, np.full((count,) * 3, PERMEABILITY_M2))


def ball_ml(radius_mm: float) -> float:
    """Cement in a ball."""
    return POROSITY * 4.0 / 3.0 * math.pi * radius_mm**3 / 1000.0


def centre(medium: PorousMedium) -> Opening:
    """One voxel in the middle; 11G bore."""
    return Opening(np.array([[n // 2 for n in medium.pore_ml.shape]]), MOUTH_MM)


def add(
    medium: PorousMedium, filling: Filling, volume_ml: float, opening: Opening | None = None
) -> tuple[Filling, Injection]:
    """volume_ml more at 3 ml/min."""
    return inject(
        medium,
        filling,
        centre(medium) if opening is None else opening,
        volume_ml=volume_ml,
        duration_s=volume_ml / FLOW_ML_S,
        viscosity_pa_s=VISCOSITY_PA_S,
    )


def sphere_pressure_pa(inner_mm: float, outer_mm: float) -> float:
    """Darcy pressure between two spheres at 3 ml/min."""
    geometry = 1.0 / (inner_mm * 1e-3) - 1.0 / (outer_mm * 1e-3)
    return FLOW_ML_S * 1e-6 * VISCOSITY_PA_S / (4.0 * math.pi * PERMEABILITY_M2) * geometry


def front_radii_mm(cement_ml: NDArray[np.float64], medium: PorousMedium) -> NDArray[np.float64]:
    """Length of cement along rays from the middle in 200 directions spread evenly."""
    z = (np.arange(200) + 0.5) / 100.0 - 1.0
    turn = np.arange(200) * math.pi * (1.0 + math.sqrt(5.0))
    flat = np.sqrt(1.0 - z**2)
    directions = np.stack([flat * np.cos(turn), flat * np.sin(turn), z])
    step_voxels = np.arange(0.0, cement_ml.shape[0] // 2, 0.05)
    points = cement_ml.shape[0] // 2 + directions[:, :, None] * step_voxels
    full = ndimage.map_coordinates(cement_ml / medium.pore_ml, points, order=1)
    return np.asarray(full.sum(axis=-1) * 0.05 * medium.voxel_mm, dtype=np.float64)


def misplaced(cement_ml: NDArray[np.float64], radius_mm: float, voxel_mm: float) -> float:
    """Share of the cement that lies outside the ball of radius_mm (voxels cut by its surface counted in part)."""
    parts, count = 8, cement_ml.shape[0]
    inside = (np.arange(count * parts) + 0.5) / parts - count / 2.0
    x, y, z = np.meshgrid(*(3 * [(inside * voxel_mm) ** 2]), indexing="ij", sparse=True)
    ball = (x + y + z <= radius_mm**2).reshape(count, parts, count, parts, count, parts).mean(axis=(1, 3, 5))
    cement = cement_ml / cement_ml.sum() * ball.sum()
    return float(np.abs(cement - ball).sum() / 2.0 / ball.sum())


CONVERGENCE_RADII_MM = tuple(np.linspace(4.5, 8.0, 32))
"""How a ball lies in the grid is chance, which three balls do not even out: these do."""


def orders_of_convergence() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Error (3, 2) at voxels of 2, 1 and 0.5 mm, and order (2, 2) from each to the next: misplaced, pressure.

    Misplaced is the share of the cement that lies outside the ball it should be; pressure the relative error (RMS
    over CONVERGENCE_RADII_MM) against the closed form.
    """
    wrong, off = np.zeros((2, 3, len(CONVERGENCE_RADII_MM)))
    for column, radius_mm in enumerate(CONVERGENCE_RADII_MM):
        for row, voxel_mm in enumerate((2.0, 1.0, 0.5)):
            medium = block(radius_mm, voxel_mm)
            filling, injection = add(medium, Filling.empty(medium.pore_ml.shape), ball_ml(radius_mm))
            wrong[row, column] = misplaced(filling.on_grid(), radius_mm, voxel_mm)
            off[row, column] = injection.source_pressure_pa / sphere_pressure_pa(MOUTH_MM, radius_mm) - 1.0
    errors = np.stack([wrong.mean(axis=1), np.sqrt((off**2).mean(axis=1))], axis=1)
    return errors, np.log2(errors[:-1] / errors[1:])

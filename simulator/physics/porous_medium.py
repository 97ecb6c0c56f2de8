"""Bone as cement meets it: how much of it fits where, and how easily it gets there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

REFERENCE_PERMEABILITY_M2 = 4.5e-8
"""Cranio-caudal permeability of lumbar vertebral bone, 4.45 +/- 1.72 x 10^-8 m2 with an oil as viscous as
cement (Baroud et al., J Biomech 2004;37:189; physics A5)."""

REFERENCE_POROSITY = 0.88
"""Porosity that goes with it (osteoporotic vertebra, 0.85 to 0.95; unconfirmed, physics A5)."""

VERTEBRA_ANISOTROPY = (0.78, 0.78, 1.0)
"""Permeability along right-left, front-back and up-down over the cranio-caudal one (Baroud et al. 2004: 0.78
front-back; the same is taken right-left)."""

CAVITY_PERMEABILITY_M2 = 5e-5
"""Permeability of free space: about a thousand times bone's. A real hole of radius R resists like R^2 / 8
(Poiseuille), 7e-6 m2 at 7.5 mm; the rounded-up value makes it fill before the bone does, and the pressure
equations stay well conditioned."""


@dataclass(frozen=True, eq=False)
class PorousMedium:
    """Pore space and permeability on a grid of cubic voxels; constant while anatomy does not change.

    voxel_mm         edge of a voxel
    pore_ml          (i, j, k) cement that a voxel can take: porosity times its volume; 0 = solid or outside;
                     a huge value makes a way out (see ``filling``)
    permeability_m2  (i, j, k), 0 = wall
    anisotropy       factors (3,) on the permeability along i, j and k
    compartment      (i, j, k) small integers or None: a wall without thickness, such as a cortex thinner than
                     a voxel, stands between voxels of different compartments; 0 is a doorway that opens on all

    A voxel needs both pores and permeability to be open: of a closed one both are kept as 0. The grid's own
    edge is a wall. Raises ValueError for negative or non-finite values or unequal shapes.
    """

    voxel_mm: float
    pore_ml: NDArray
    permeability_m2: NDArray
    anisotropy: tuple[float, float, float] = (1.0, 1.0, 1.0)
    compartment: NDArray[np.integer] | None = None

    def __post_init__(self) -> None:
        pore, permeability = self.pore_ml, self.permeability_m2
        if not (math.isfinite(self.voxel_mm) and self.voxel_mm > 0.0):
            raise ValueError(f"voxel_mm must be positive, got {self.voxel_mm}")
        if pore.ndim != 3 or pore.shape != permeability.shape:
            raise ValueError(
                f"pore_ml {pore.shape} and permeability_m2 {permeability.shape} must be 3-D and of one shape"
            )
        if self.compartment is not None and self.compartment.shape != pore.shape:
            raise ValueError(f"compartment {self.compartment.shape} must have the shape of pore_ml {pore.shape}")
        if len(self.anisotropy) != 3 or not all(math.isfinite(f) and f > 0.0 for f in self.anisotropy):
            raise ValueError(f"anisotropy must be three positive factors, got {self.anisotropy}")
        for name, values in (("pore_ml", pore), ("permeability_m2", permeability)):
            if not (values.min(initial=0.0) >= 0.0 and values.max(initial=0.0) < math.inf):  # NaN fails both
                raise ValueError(f"{name} must be finite and not negative; use 0 for solid or outside")
        is_open = (pore > 0.0) & (permeability > 0.0)
        for name, values in (("pore_ml", pore), ("permeability_m2", permeability)):
            kept = np.where(is_open, values, 0.0).astype(np.float64, copy=False)
            kept.setflags(write=False)
            object.__setattr__(self, name, kept)
        object.__setattr__(self, "anisotropy", tuple(float(factor) for factor in self.anisotropy))


def permeability_m2(porosity: ArrayLike) -> NDArray[np.float64]:
    """Permeability of cancellous bone (...) of a porosity (...) in 0 to below 1, after Kozeny and Carman.

    k = k_ref [phi^3 / (1 - phi)^2] / [phi_ref^3 / (1 - phi_ref)^2] (physics A5). Porosity explains only part
    of what is measured (R = 0.38 in real specimens); scatter by a factor of 1.5 is usual. Near porosity 1 the
    formula diverges: there the value is limited to CAVITY_PERMEABILITY_M2.

    >>> bool(np.isclose(permeability_m2(0.88), 4.5e-8))
    True
    """
    phi = np.asarray(porosity, dtype=float)
    if np.any(phi < 0.0) or np.any(phi > 1.0) or np.any(np.isnan(phi)):
        raise ValueError("porosity must lie between 0 and 1")
    reference = REFERENCE_POROSITY**3 / (1.0 - REFERENCE_POROSITY) ** 2
    solid = np.maximum(1.0 - phi, 1e-6)
    return np.minimum(REFERENCE_PERMEABILITY_M2 / reference * phi**3 / solid**2, CAVITY_PERMEABILITY_M2)

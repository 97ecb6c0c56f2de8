"""The cannula's opening: the voxels that cement enters by, and what their size does to the pressure there.

Near a small source pressure rises as 1 / r, so the pressure "at a voxel" is that at a radius of about a third
of the voxel (0.315 h), whatever the cannula. As in reservoir simulation (D. W. Peaceman, SPE J. 1978;18:183)
the part that belongs to the lattice is taken off and the part that belongs to the opening put on. Both are
known exactly for endless uniform bone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special


@dataclass(frozen=True, eq=False)
class Opening:
    """Where the cannula lets cement out: voxels (n, 3) that share the flow equally, and its radius.

    radius_mm (half the bore: 1.2 for 11G) only serves the pressure, which is that at a sphere of this radius.
    """

    voxels: NDArray
    radius_mm: float

    @classmethod
    def ball(cls, centre_voxel: ArrayLike, radius_mm: float, voxel_mm: float) -> Opening:
        """The voxels with their centre within radius_mm of a point (3,) in voxel indices; at least one."""
        centre = np.asarray(centre_voxel, dtype=float)
        reach = int(radius_mm / voxel_mm) + 1
        near = np.rint(centre).astype(int)
        around = near + np.indices((2 * reach + 1,) * 3).reshape(3, -1).T - reach
        inside = np.linalg.norm(around - centre, axis=1) * voxel_mm <= radius_mm
        return cls(around[inside] if inside.any() else near[None], radius_mm)


def entry_correction_per_m3(
    voxels: NDArray,
    radius_mm: float,
    permeability_m2: float,
    voxel_mm: float,
    anisotropy: tuple[float, float, float],
) -> float:
    """What to add to the mean head of source voxels (n, 3) for that at a sphere of radius_mm in their place.

    The bone around is taken to be endless and as permeable as at the source.
    """
    offsets = tuple((int(i), int(j), int(k)) for i, j, k in voxels - voxels.min(axis=0))
    of_lattice = lattice_entry_head(offsets, anisotropy) / (voxel_mm * 1e-3)
    of_sphere = sphere_entry_head(anisotropy) / (radius_mm * 1e-3)
    return (of_sphere - of_lattice) / permeability_m2


@lru_cache(maxsize=64)
def lattice_entry_head(offsets: tuple[tuple[int, int, int], ...], anisotropy: tuple[float, float, float]) -> float:
    """Mean head at a set of voxels that share a source in an endless lattice; times 1 / (k h) it is in 1/m3.

    offsets are the voxels' indices. This is the lattice Green's function averaged over all pairs, with
    g(d) = integral over s of the product over axes of exp(-2 f s) I_d(2 f s), f the axis' anisotropy factor
    (G. N. Watson, Q. J. Math. 1939;10:266 for d = 0, f = 1).

    >>> round(lattice_entry_head(((0, 0, 0),), (1.0, 1.0, 1.0)), 6)
    0.252731
    """
    points = np.array(offsets)
    pairs = np.abs(points[:, None] - points[None]).reshape(-1, 3)
    apart, count = np.unique(pairs, axis=0, return_counts=True)
    log_s = np.linspace(-23.0, 17.0, 801)  # s = exp(x); what lies beyond falls off as s^(-3/2)
    s, width = np.exp(log_s), log_s[1] - log_s[0]
    product = np.tile(s * width, (len(apart), 1))
    product[:, -1] *= 0.5
    for axis, factor in enumerate(anisotropy):
        orders = np.arange(apart[:, axis].max() + 1)
        product *= special.ive(orders[:, None], 2.0 * factor * s)[apart[:, axis]]
    beyond = 2.0 / np.sqrt((4.0 * np.pi) ** 3 * np.prod(anisotropy) * s[-1])
    return float((count * product.sum(axis=1)).sum() / len(pairs) + beyond)


@lru_cache(maxsize=64)
def sphere_entry_head(anisotropy: tuple[float, float, float]) -> float:
    """Mean head on a sphere around a point source in endless bone; times 1 / (k r) it is in 1/m3.

    u = 1 / (4 pi sqrt(k1 k2 k3) sqrt(x1^2/k1 + x2^2/k2 + x3^2/k3)), averaged over directions.

    >>> round(sphere_entry_head((1.0, 1.0, 1.0)) * 4.0 * np.pi, 9)
    1.0
    """
    cosine, weight = np.polynomial.legendre.leggauss(32)
    angle = np.arange(64) * (2.0 * np.pi / 64)
    sine = np.sqrt(1.0 - cosine**2)[:, None]
    fi, fj, fk = anisotropy
    stretched = (sine * np.cos(angle)) ** 2 / fi + (sine * np.sin(angle)) ** 2 / fj + cosine[:, None] ** 2 / fk
    mean = float((weight @ (1.0 / np.sqrt(stretched)).mean(axis=1)) / 2.0)
    return mean / (4.0 * np.pi * float(np.sqrt(fi * fj * fk)))

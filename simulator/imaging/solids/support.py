"""The table under a patient: in every picture, smooth, and still while the patient lies on it.

It is laid under the anatomy once a view instead of over it in every frame: carbon fibre, resin and foam weaken a
beam like fat does, so its layers become a path of adipose tissue. Between 40 and 100 keV that is right to 2 % of
what the table takes away, which is a fifth of the beam.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from anatomy.tissue import ADIPOSE, Material
from simulator.imaging.beam.attenuation import mass_attenuation_cm2_g
from simulator.imaging.solids.shadows import shadow
from simulator.imaging.solids.solids import Solid
from simulator.imaging.view import View

Picture = NDArray[np.float32]

ALIKE_AT_KEV = 60.0
"""Where path and adipose path weaken alike: the middle of a filtered beam of 80 kV behind a trunk."""
_COARSE = 4
"""Pixels between those that are computed; in between all is linear."""


def support_as_adipose_g_cm2(solids: tuple[Solid, ...], view: View) -> Picture:
    """Adipose tissue (rows, columns), g/cm2, that stands for solids without fine detail."""
    coarse = view.resized(_COARSE) if min(view.shape) >= 4 * _COARSE else view
    path = np.zeros(coarse.shape, dtype=np.float32)
    for solid in solids:
        found = shadow(solid, coarse)
        path.ravel()[found.pixels] += np.float32(_adipose_g_cm3(solid.material) / 10.0) * found.path_mm
    for axis in (0, 1):
        path = _enlarged(path, view.shape[axis], view.pixel_mm / coarse.pixel_mm, axis)
    return np.maximum(path, 0.0)


def _enlarged(path: Picture, count: int, step: float, axis: int) -> Picture:
    """count values along an axis, step old ones apart, about the same middle; linear, also beyond the ends."""
    old = path.shape[axis]
    at = (np.arange(count) - 0.5 * (count - 1)) * step + 0.5 * (old - 1)
    below = np.clip(np.floor(at).astype(np.intp), 0, old - 2)
    share = (at - below).astype(np.float32).reshape((-1, 1) if axis == 0 else (1, -1))
    low, high = path.take(below, axis), path.take(below + 1, axis)
    return np.asarray(low + share * (high - low), dtype=np.float32)


@lru_cache(maxsize=16)
def _adipose_g_cm3(material: Material) -> float:
    """Density of adipose tissue that weakens ALIKE_AT_KEV like a material."""
    here, fat = (float(mass_attenuation_cm2_g(one, [ALIKE_AT_KEV])[0]) for one in (material, ADIPOSE))
    return material.density_g_cm3 * here / fat

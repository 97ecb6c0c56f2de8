"""Organs that the labels hold: their tissue, and as hazards where the scan shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatomy.frames import apply, inverse
from anatomy.hazards import BOX, FAR_MM, HAZARD_MM, Hazard
from anatomy.imported.scan import Scan, signed_distance_mm
from anatomy.shapes import Array
from anatomy.tissue import Tissue
from anatomy.volume import Grid, Volume


@dataclass(frozen=True)
class Organ:
    """What a labelled organ is made of (None: as its CT number says), and its hazard as ``hazards`` has it."""

    tissue: Tissue | None
    near_mm: float
    part_of: str | None = None


ORGANS: Mapping[str, Organ] = {
    "kidney right": Organ(Tissue.KIDNEY, 5.0), "kidney left": Organ(Tissue.KIDNEY, 5.0),
    "aorta": Organ(Tissue.BLOOD, 3.0), "inferior vena cava": Organ(Tissue.BLOOD, 3.0),
    "lung left": Organ(Tissue.LUNG, 5.0), "lung right": Organ(Tissue.LUNG, 5.0),
    "cord": Organ(None, 2.0, "canal"),
}  # fmt: skip
"""By the name of their hazard."""


def seen_hazards(
    made_up: Mapping[str, Hazard], scan: Scan, organs: Mapping[str, NDArray[np.bool_]]
) -> Mapping[str, Hazard]:
    """Hazards of the fitted geometry, and labelled organs (masks of the scan) as they lie where there is a scan.

    An organ may lie elsewhere than the made-up one, or near the target where that was not, and the other way
    round: it is looked for on all of the lattice, and its volume cropped to it as those of ``hazards`` are.
    """
    out, lattice = dict(made_up), Grid.spanning(*BOX, HAZARD_MM)
    is_real = scan.share(lattice) > 0.5
    for name, mask in organs.items():
        inside = scan.mask_on(mask, lattice)
        old = out.pop(name, None)
        if old is not None:
            inside = np.where(is_real, inside, _on_all(old.distance, lattice))
        if inside.any():
            organ = ORGANS[name]
            out[name] = Hazard(name, _around(inside, lattice), organ.near_mm, organ.part_of)
    return out


def _on_all(distance: Volume, lattice: Grid) -> NDArray[np.bool_]:
    """What a cropped distance has inside, on all of its lattice."""
    first = apply(inverse(lattice.patient_from_voxel), distance.patient_from_voxel[:3, 3])
    start = np.rint(first).astype(int)
    out = np.zeros(lattice.shape, dtype=bool)
    out[tuple(slice(s, s + n) for s, n in zip(start, distance.array.shape, strict=True))] = distance.array < 0.0
    return out


def _around(inside: NDArray[np.bool_], lattice: Grid) -> Volume:
    """The signed distance to a mask's surface, in the box where it is near."""
    met = np.argwhere(inside)
    margin = np.ceil(FAR_MM / lattice.voxel_mm).astype(int)
    low = np.maximum(met.min(axis=0) - margin, 0)
    high = np.minimum(met.max(axis=0) + margin + 1, lattice.shape)
    i, j, k = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    distance: Array = signed_distance_mm(inside[i, j, k], lattice.part((i, j, k)))
    return Volume(distance, lattice.part((i, j, k)))

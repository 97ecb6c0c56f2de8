"""Cement on its way to the lungs: parcels by the calibre of the vein they were taken from.

Blood draws cement off as a thread; a parcel breaks off once it holds as much as the drop that a thread as wide as
the strand breaks into, 1.89 times as wide (Rayleigh 1878), or as a sphere that fills the vein. The way to the
lungs takes seconds and is not drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulator.devices.venous import Veins, VenousCement, without
from simulator.engine.augmentation_events import CementEmbolised

DROP = 1.89
CLASSES_MM = (1.0, 2.0, 3.0)
"""Upper ends of the size classes but the last, diameters."""


@dataclass(frozen=True)
class Emboli:
    """Cement in the lungs: ml by size class (below 1 mm, 1 to 2, 2 to 3, above), and the largest parcel."""

    ml: tuple[float, ...] = (0.0,) * (len(CLASSES_MM) + 1)
    largest_mm: float = 0.0

    @property
    def total_ml(self) -> float:
        """All of it."""
        return sum(self.ml)


NO_EMBOLI = Emboli()


def size_class(diameter_mm: float) -> int:
    """Number of the class that a parcel belongs to."""
    return sum(diameter_mm >= limit for limit in CLASSES_MM)


def carried(
    veins: Veins, cement: VenousCement, emboli: Emboli
) -> tuple[VenousCement, Emboli, list[CementEmbolised]]:
    """Veins and lungs after every whole parcel that hangs in the stream has been carried on."""
    ml, largest, moved = list(emboli.ml), emboli.largest_mm, 0.0
    for pipe, held in cement.taken:
        diameter = min(veins.pipes[pipe].diameter_mm, DROP * 2e3 * float(veins.network.strand_m[pipe]))
        parcel = math.pi / 6.0 * diameter**3 / 1000.0
        whole = math.floor(held / parcel) * parcel
        if whole > 0.0:
            cement = without(cement, pipe, whole)
            ml[size_class(diameter)] += whole
            largest, moved = max(largest, diameter), moved + whole
    if moved == 0.0:
        return cement, emboli, []
    return cement, Emboli(tuple(ml), largest), [CementEmbolised(round(moved, 5), round(largest, 2))]

"""What soft tissue is painted from: named solids with their tissue and the box in which they lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.tissue import Tissue

EVERYWHERE = (np.full(3, -1e4), np.full(3, 1e4))


@dataclass(frozen=True)
class Organ:
    """Something painted: name, tissue, distance(x, y, z) and the box (low, high) in which it lies, mm.

    in_cavity: only what lies inside the abdominal and thoracic cavity is painted; is_smooth: large and gently
    curved, so that its distance may be interpolated between voxels.
    """

    name: str
    tissue: Tissue
    distance: Callable[[Array, Array, Array], Array]
    box: tuple[FloatArray, FloatArray]
    in_cavity: bool = False
    is_smooth: bool = False

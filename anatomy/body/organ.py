"""What soft tissue is painted from: named solids with their tissue and the box in which they lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from anatomy import shapes
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.tissue import Tissue

EVERYWHERE = (np.full(3, -1e4), np.full(3, 1e4))


@dataclass(frozen=True)
class Organ:
    """Something painted: name, tissue, distance(x, y, z) and the box (low, high) in which it lies, mm.

    in_cavity: only what lies inside the abdominal and thoracic cavity is painted; is_smooth: large and gently
    curved, so that its distance may be interpolated between voxels; g_cm3: (soft, adipose) if not its tissue's.
    """

    name: str
    tissue: Tissue
    distance: Callable[[Array, Array, Array], Array]
    box: tuple[FloatArray, FloatArray]
    in_cavity: bool = False
    is_smooth: bool = False
    g_cm3: tuple[float, float] | None = None


def local(local_from_patient: FloatArray, x: Array, y: Array, z: Array) -> tuple[Array, Array, Array]:
    """Patient coordinates that broadcast, in a local frame, as broadcastable float32.

    A frame tilted about the patient's x axis only keeps x apart from (y, z): formulas then run on planes.
    """
    m = np.asarray(local_from_patient, dtype=np.float32)
    out = []
    for row in range(3):
        axis: Array = np.full((1, 1, 1), m[row, 3], dtype=np.float32)
        for column, p in enumerate((x, y, z)):
            if abs(m[row, column]) > 1e-9:
                axis = axis + m[row, column] * p
        out.append(axis)
    return out[0], out[1], out[2]


@dataclass(frozen=True)
class Sweep:
    """An ellipse swept along a line: centres (n, 3), half axes (n, 2) as (across, forward), forward (n, 3), mm."""

    line_mm: FloatArray
    half_mm: FloatArray
    forward: FloatArray

    def distance(self, x: Array, y: Array, z: Array, far_mm: float = 14.0) -> Array:
        """Distance at axes x (i,1,1), y (1,j,1), z (1,1,k): worked out to far_mm off the surface, that beyond."""
        axes = (x.ravel(), y.ravel(), z.ravel())
        distance = np.full(tuple(a.size for a in axes), far_mm, dtype=np.float32)
        for n in range(len(self.line_mm) - 1):
            a, b, (half_a, half_b) = self.line_mm[n], self.line_mm[n + 1], self.half_mm[n : n + 2]
            low, high = shapes.around(a, b, margin_mm=max(half_a.max(), half_b.max()) + far_mm)
            i, j, k = (slice(*np.searchsorted(axes[m], (low[m], high[m]))) for m in range(3))
            if i.start == i.stop or j.start == j.stop or k.start == k.stop:
                continue
            piece = shapes.limb(x[i], y[:, j], z[:, :, k], a, b, tuple(half_a), tuple(half_b), self.forward[n])
            distance[i, j, k] = np.minimum(distance[i, j, k], piece)
        return distance

    def box(self, margin_mm: float) -> tuple[FloatArray, FloatArray]:
        """The box (low, high) that holds it and a margin."""
        return shapes.around(*self.line_mm, margin_mm=float(self.half_mm.max()) + margin_mm)

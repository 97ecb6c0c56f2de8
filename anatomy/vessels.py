"""Vessels near the spine as geometry: the great ones in front of it.

Places and diameters: anatomy section 5 (measured in one chest CT, T4 to L4; distances to bone from 557 CTs).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatomy.column import Column
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.spec import LEVELS


@dataclass(frozen=True)
class Tube:
    """A vessel's centre line (n, 3), patient frame, cranial last, and its radii (n,), mm."""

    line_mm: FloatArray
    radius_mm: FloatArray

    def distance(self, x: Array, y: Array, z: Array) -> Array:
        """Distance to the tube, taken across it at each height (vessels here run upright)."""
        dx = x - np.interp(z, self.line_mm[:, 2], self.line_mm[:, 0]).astype(np.float32)
        dy = y - np.interp(z, self.line_mm[:, 2], self.line_mm[:, 1]).astype(np.float32)
        radius = np.interp(z, self.line_mm[:, 2], self.radius_mm).astype(np.float32)
        beyond = np.maximum(self.line_mm[0, 2] - z, z - self.line_mm[-1, 2])
        return np.maximum(np.sqrt(dx * dx + dy * dy) - radius, beyond)


def aorta(spine: Column) -> Tube:
    """Descending aorta, T4 to its division at L4, left of the midline, never closer to bone than published."""
    points, radii = [], []
    for level in reversed(LEVELS[LEVELS.index("T4") : LEVELS.index("L5")]):
        v = spine.vertebrae[level]
        d, centre = v.size, v.patient_from_vertebra[:3, 3]
        radius = 0.5 * d.aorta_diameter_mm
        left = d.aorta_center_left_of_body_center_mm
        forward = max(
            d.aorta_center_anterior_of_body_center_mm,
            np.sqrt(max((0.5 * d.depth_mm + d.aorta_gap_to_vertebra_mm + radius) ** 2 - left**2, 0.0)),
        )
        points.append(centre + (-left, forward, 0.0))
        radii.append(radius)
    return Tube(np.array(points), np.array(radii))


def inferior_vena_cava(spine: Column) -> Tube:
    """Inferior vena cava L5 to T10: 20 to 28 mm right and 25 to 45 mm in front of the centres (anatomy 5)."""
    l1_z = spine.vertebrae["L1"].patient_from_vertebra[2, 3]
    points, radii = [], []
    for level in reversed(LEVELS[LEVELS.index("T10") :]):
        v = spine.vertebrae[level]
        climb = np.clip((v.patient_from_vertebra[2, 3] - l1_z) / 60.0, 0.0, 1.0)
        right = 0.5 * v.size.endplate_width_inf_mm + 1.0
        forward = 0.5 * v.size.depth_mm + 12.0 + 16.0 * climb
        points.append(v.patient_from_vertebra[:3, 3] + (right, forward, 0.0))
        radii.append(9.5)
    return Tube(np.array(points), np.array(radii))

"""The thin needle that anaesthetises the way: where it ends, and how its bevel leads it aside."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from anatomy.frames import FloatArray
from simulator.devices import bending
from simulator.devices.feeding import soft_tip_force_n
from simulator.devices.instruments import FINE_LENGTH_MM, FineGauge
from simulator.devices.path import KNOT_MM, Knot, Triple, points_at, triple
from simulator.devices.probe import Probe
from simulator.imaging.solids.instruments import DIAMETERS_MM


@dataclass(frozen=True)
class FineNeedle:
    """A 22 or 25 G needle in the back. Patient frame; its bevel faces bevel_clock_deg, 0 to the head."""

    gauge: FineGauge
    skin_mm: Triple
    direction: Triple
    depth_mm: float = 0.0
    bevel_clock_deg: float = 0.0
    knots: tuple[Knot, ...] = ()

    @property
    def radius_mm(self) -> float:
        """Outer radius."""
        return 0.5 * DIAMETERS_MM[self.gauge][0]

    @property
    def tip_mm(self) -> FloatArray:
        """Tip (3,)."""
        return self.points_mm(np.array([self.depth_mm]))[0]

    @property
    def axis(self) -> FloatArray:
        """Unit direction (3,) at the tip."""
        return np.array(self.knots[-1].way if self.knots else self.direction)

    @property
    def aside_mm(self) -> float:
        """How far the tip lies beside the line that the hand pointed along."""
        off = self.tip_mm - np.array(self.skin_mm)
        return float(np.linalg.norm(off - (off @ np.array(self.direction)) * np.array(self.direction)))

    def points_mm(self, depths_mm: FloatArray) -> FloatArray:
        """Points (n, 3) of its middle at depths (n,) from the skin."""
        return points_at(self.skin_mm, self.direction, self.knots, depths_mm)

    def shaft_mm(self) -> FloatArray:
        """Points (n, 3) of its middle from the tip to the skin, a millimetre apart."""
        return self.points_mm(np.append(np.arange(self.depth_mm, 0.0, -1.0), 0.0))


def inserted(needle: FineNeedle, probe: Probe, depth_mm: float) -> tuple[FineNeedle, bool]:
    """The needle pushed in from where it is to a depth, and whether bone or metal stopped it before."""
    tube = bending.stiffness_n_mm2(*DIAMETERS_MM[needle.gauge])
    wanted = min(depth_mm, FINE_LENGTH_MM)
    while needle.depth_mm < wanted - 1e-9:
        step = min(KNOT_MM, wanted - needle.depth_mm)
        tip = needle.tip_mm + step * needle.axis
        if probe.bone_distance_mm(tip[None, :])[0] < needle.radius_mm or probe.in_metal(tip[None, :])[0]:
            return needle, True
        force = soft_tip_force_n(DIAMETERS_MM[needle.gauge][0], probe, tip)
        back = -bending.clock_direction(needle.axis, needle.bevel_clock_deg)
        way = bending.turned(needle.axis, back, step * bending.soft_curvature_per_mm(force, tube))
        depth = needle.depth_mm + step
        needle = replace(needle, depth_mm=depth, knots=(*needle.knots, Knot(depth, triple(tip), triple(way))))
    return needle, False

"""Cannula with stylet: what it is and where it is.

The instrument is a straight line from a skin point, or follows its tip where a bevel has steered it (``path``).
How it is pushed and what resists is in ``feeding``, how it is turned in ``levering``, what goes through it in
``instruments`` and ``tools``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from anatomy.frames import FloatArray, unit
from anatomy.skeleton.vertebra import side_sign
from anatomy.spec import Side
from simulator.devices import bending
from simulator.devices.instruments import TOOLS, CannulaGauge, NeedleTip, Tool
from simulator.devices.path import Knot, points_at
from simulator.imaging.solids.instruments import CANNULA_MM, DIAMETERS_MM

Gauge = CannulaGauge
Technique = Literal["push", "twist", "mallet"]

LENGTH_MM = CANNULA_MM
"""Of a cannula from hub to tip, unless the scenario takes another."""

# What a hand can do: force limit (N) and speed (mm/s). Unconfirmed: physics C2 gives 60 to 150 N to breach the
# pedicle's cortex with an 11 G needle by push and twist, mallet peaks of 200 to 600 N.
LIMITS: dict[Technique, tuple[float, float]] = {
    "push": (38.0, 12.0),
    "twist": (115.0, 4.0),
    "mallet": (450.0, 6.0),
}

FREE_BONE_MM = 2.0  # the tip only scratches the cortex: still free to be redirected

Layer = Literal["outside", "cortex", "inside"]
"""Where the tip is in bone: not in it, in its shell, through the shell."""


@dataclass(frozen=True)
class Needle:
    """A cannula in the patient. Points and directions in the patient frame.

    direction is that of the shaft at the skin; knots are where the tip has left that line. feed_mm is how much of
    the last command is still to be advanced (positive) or withdrawn (negative); bone_mm is the length of shaft in
    bone; drilled_mm how far a drill has gone beyond the tip; levered_deg what levering has achieved. tool stands
    in the bore instead of the stylet, tool_mm beyond the tip. bevel_clock_deg: where a bevel faces, 0 to the head,
    clockwise as seen from the hub. furthest_mm: the deepest that this path has been and still lies open.
    layer, peak_n (of the tip), peak_force_n (with friction) and peak_mm: the cortex that it is going through.
    """

    side: Side
    gauge: Gauge
    skin_mm: tuple[float, float, float]
    direction: tuple[float, float, float]
    depth_mm: float = 0.0
    bone_mm: float = 0.0
    stylet: bool = True
    feed_mm: float = 0.0
    technique: Technique = "push"
    force_n: float = 0.0
    drilled_mm: float = 0.0
    levered_deg: float = 0.0
    tip: NeedleTip = "diamond"
    length_mm: float = LENGTH_MM
    bevel_clock_deg: float = 0.0
    tool: Tool | None = None
    tool_mm: float = 0.0
    knots: tuple[Knot, ...] = ()
    furthest_mm: float = 0.0
    layer: Layer = "outside"
    peak_n: float = 0.0
    peak_force_n: float = 0.0
    peak_mm: float = 0.0

    @property
    def outer_radius_mm(self) -> float:
        """Outer radius of the cannula."""
        return 0.5 * DIAMETERS_MM[self.gauge][0]

    @property
    def inner_radius_mm(self) -> float:
        """Radius of the bore."""
        return 0.5 * DIAMETERS_MM[self.gauge][1]

    @property
    def bore_ml(self) -> float:
        """Volume of cement that the cannula itself holds."""
        return float(np.pi * self.inner_radius_mm**2 * self.length_mm / 1000.0)

    @property
    def axis(self) -> FloatArray:
        """Unit direction (3,) at the tip."""
        return np.array(self.knots[-1].way if self.knots else self.direction)

    @property
    def shaft_axis(self) -> FloatArray:
        """Unit direction (3,) of the shaft at the skin and outside."""
        return np.array(self.direction)

    @property
    def tip_mm(self) -> FloatArray:
        """Tip (3,)."""
        if self.knots:
            last = self.knots[-1]
            return np.array(last.at_mm) + (self.depth_mm - last.depth_mm) * np.array(last.way)
        return np.array(self.skin_mm) + self.depth_mm * np.array(self.direction)

    @property
    def hub_mm(self) -> FloatArray:
        """Where cannula and hub meet (3,)."""
        return np.array(self.skin_mm) + (self.depth_mm - self.length_mm) * np.array(self.direction)

    @property
    def entry_mm(self) -> FloatArray:
        """Where the shaft goes into the bone that holds it (3,); the tip where none does."""
        return self.points_mm(np.array([self.depth_mm - self.bone_mm]))[0]

    @property
    def stiffness_n_mm2(self) -> float:
        """Bending stiffness: stylet or tool fill the bore, or nothing does."""
        outer, inner = DIAMETERS_MM[self.gauge]
        return bending.stiffness_n_mm2(outer, 0.0 if self.stylet else inner)

    @property
    def over_a_wire(self) -> bool:
        """True while a guide wire stands in the bore and leads."""
        return self.tool is not None and TOOLS[self.tool].kind == "wire"

    def points_mm(self, depths_mm: FloatArray) -> FloatArray:
        """Points (n, 3) of the shaft's middle at depths (n,) from the skin."""
        return points_at(self.skin_mm, self.direction, self.knots, depths_mm)

    @property
    def channel_end_mm(self) -> FloatArray:
        """Deepest point that cannula or drill has opened (3,)."""
        return self.tip_mm + self.drilled_mm * self.axis

    @property
    def in_bone(self) -> bool:
        """True once bone holds the shaft."""
        return self.bone_mm > FREE_BONE_MM


def direction(side: Side, convergence_deg: float, caudal_deg: float) -> FloatArray:
    """Unit vector (3,) of a needle that converges to the midline and points caudally by these angles.

    >>> direction("right", 0.0, 0.0).round(3) + 0.0
    array([0., 1., 0.])
    """
    a, b = np.radians(convergence_deg), np.radians(caudal_deg)
    return np.array([-side_sign(side) * np.sin(a) * np.cos(b), np.cos(a) * np.cos(b), -np.sin(b)])


def angles_deg(side: Side, way: FloatArray) -> tuple[float, float]:
    """(convergence, caudal) of a direction (3,): the inverse of ``direction``."""
    x, y, z = unit(way)
    return float(np.degrees(np.arctan2(-side_sign(side) * x, y))), float(np.degrees(np.arcsin(-z)))


def shaft_points_mm(needle: Needle, length_mm: float, spacing_mm: float = 1.0) -> FloatArray:
    """Points (n, 3) on the axis from the tip backwards over at most length_mm, within the patient."""
    reach = min(length_mm, needle.depth_mm)
    back = np.arange(0.0, reach + 1e-6, spacing_mm)
    if needle.knots:
        return needle.points_mm(needle.depth_mm - back)
    return needle.tip_mm - back[:, None] * needle.axis

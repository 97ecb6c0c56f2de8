"""Cannula with stylet: where it is, what resists it, and what it can still be made to do.

The instrument is a straight line from a skin point; in soft tissue it can be redirected about that point, in
bone it is held and can only be levered a little about the bony entry. Resistance is a tip force by tissue plus
shaft friction by length (physics C2, "Use this"): tip forces scale with the cross-section, the cortex gives a
peak that falls once the tip is through. Magnitudes are unconfirmed presets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from anatomy.frames import FloatArray, unit
from anatomy.skeleton.vertebra import side_sign
from anatomy.spec import Side
from anatomy.tissue import CORTEX_MINERAL_G_CM3, Tissue
from simulator.devices.probe import Probe
from simulator.imaging.solids.instruments import CANNULA_MM, DIAMETERS_MM

Gauge = Literal[8, 10, 11, 13]
Technique = Literal["push", "twist", "mallet"]

LENGTH_MM = CANNULA_MM

# What a hand can do: force limit (N) and speed (mm/s). Unconfirmed: physics C2 gives 60 to 150 N to breach the
# pedicle's cortex with an 11 G needle by push and twist, mallet peaks of 200 to 600 N.
LIMITS: dict[Technique, tuple[float, float]] = {
    "push": (38.0, 12.0),
    "twist": (115.0, 4.0),
    "mallet": (450.0, 6.0),
}

# Tip force (N, 11 G) and friction (N/mm) by tissue, after a skin nick (physics C2, unconfirmed).
_TIP_N: dict[Tissue, float] = {Tissue.SKIN: 4.0, Tissue.FAT: 1.5, Tissue.MUSCLE: 4.0, Tissue.CANAL: 1.0,
                               Tissue.DISC: 9.0, Tissue.LUNG: 0.5, Tissue.BLOOD: 0.5, Tissue.CSF: 0.5,
                               Tissue.NERVE: 1.0}  # fmt: skip
_OTHER_TIP_N = 3.0
SOFT_FRICTION_N_MM = 0.08
BONE_FRICTION_N_MM = 0.8
_CORTEX_TIP_N = 45.0  # with the core below it 85 N: osteoporotic lamina and pedicle 40 to 90 N
_CORE_TIP_N, _CORE_SLOPE = 10.0, 150.0  # 15 to 40 N in cancellous bone of 0.03 to 0.2 g/cm3
_CORTEX_FROM_G_CM3 = 0.20
METAL_TIP_N = 1000.0  # of a screw or rod: more than any technique gives

FREE_BONE_MM = 2.0  # the tip only scratches the cortex: still free to be redirected
LEVER_DEG = 2.5  # what levering achieves in the first centimetre of bone, less deeper
MAX_REDIRECTION_DEG = 25.0


@dataclass(frozen=True)
class Needle:
    """A cannula in the patient. Points and directions in the patient frame.

    feed_mm is how much of the last command is still to be advanced (positive) or withdrawn (negative);
    bone_mm is the length of shaft in bone; drilled_mm how far a drill has gone beyond the tip.
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
        return float(np.pi * self.inner_radius_mm**2 * LENGTH_MM / 1000.0)

    @property
    def axis(self) -> FloatArray:
        """Unit direction (3,)."""
        return np.array(self.direction)

    @property
    def tip_mm(self) -> FloatArray:
        """Tip (3,)."""
        return np.array(self.skin_mm) + self.depth_mm * self.axis

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


def tip_force_n(needle: Needle, probe: Probe, tip_mm: FloatArray) -> float:
    """Force on the tip at a place, by tissue and gauge."""
    point = tip_mm[None, :]
    size = (DIAMETERS_MM[needle.gauge][0] / DIAMETERS_MM[11][0]) ** 2
    if probe.in_metal(point)[0]:
        return METAL_TIP_N
    if probe.bone_distance_mm(point)[0] < 0.3:
        mineral = float(probe.mineral_g_cm3(point)[0])
        cortex = np.clip((mineral - _CORTEX_FROM_G_CM3) / (CORTEX_MINERAL_G_CM3 - _CORTEX_FROM_G_CM3), 0.0, 1.0)
        core = _CORE_TIP_N + _CORE_SLOPE * min(mineral, _CORTEX_FROM_G_CM3)
        return float(size * (core + cortex * _CORTEX_TIP_N))
    return float(size * _TIP_N.get(Tissue(int(probe.tissue(point)[0])), _OTHER_TIP_N))


@dataclass(frozen=True)
class Stalled:
    """The needle would not go on: force needed against what the technique can give."""

    force_n: float
    limit_n: float


def moved(needle: Needle, probe: Probe, duration_s: float) -> tuple[Needle, Stalled | None]:
    """The needle after feeding for a moment. It stops, and says so, where the force exceeds the hand's."""
    if needle.feed_mm == 0.0:
        return needle, None
    limit, speed = LIMITS[needle.technique]
    step = float(np.clip(needle.feed_mm, -20.0 * duration_s, speed * duration_s))
    depth = float(np.clip(needle.depth_mm + step, 0.0, LENGTH_MM))
    feed = 0.0 if depth in (0.0, LENGTH_MM) else needle.feed_mm - step
    step = depth - needle.depth_mm
    tip = np.array(needle.skin_mm) + depth * needle.axis
    in_bone = bool(probe.bone_distance_mm(tip[None, :])[0] < 0.0)
    if needle.feed_mm < 0.0:
        bone = max(needle.bone_mm + step, 0.0)
        friction = BONE_FRICTION_N_MM * bone + SOFT_FRICTION_N_MM * (depth - bone)
        levered = needle.levered_deg if bone > 0.0 else 0.0
        drilled = max(needle.drilled_mm - step, 0.0) if needle.drilled_mm > 0.0 else 0.0
        return replace(needle, depth_mm=depth, bone_mm=bone, feed_mm=feed, force_n=friction,
                       drilled_mm=drilled, levered_deg=levered), None  # fmt: skip
    bone = needle.bone_mm + (step if in_bone else 0.0)
    friction = BONE_FRICTION_N_MM * bone + SOFT_FRICTION_N_MM * (depth - bone)
    # Behind a drill the channel is open: only friction resists.
    tip_n = tip_force_n(needle, probe, tip) if needle.drilled_mm <= 0.0 else 0.0
    force = tip_n + friction
    if force > limit:
        return replace(needle, feed_mm=0.0, force_n=force), Stalled(force, limit)
    drilled = max(needle.drilled_mm - step, 0.0)
    return replace(needle, depth_mm=depth, bone_mm=bone, feed_mm=feed, force_n=force, drilled_mm=drilled), None


@dataclass(frozen=True)
class Redirection:
    """What became of a wish to point elsewhere."""

    needle: Needle
    wanted_deg: float
    achieved_deg: float


def redirected(needle: Needle, way: FloatArray) -> Redirection:
    """The needle pointed along way (3,), as far as tissue lets it.

    In soft tissue it turns about the skin point and leaves a drilled channel behind. Held by bone it turns about
    the bony entry by at most LEVER_DEG in the first centimetre, and by ever less the deeper it is.
    """
    wanted = unit(way)
    angle = float(np.degrees(np.arctan2(np.linalg.norm(np.cross(needle.axis, wanted)), needle.axis @ wanted)))
    if not needle.in_bone:
        elsewhere = replace(needle, drilled_mm=0.0) if angle > 0.0 else needle
        return Redirection(_pointed(elsewhere, wanted, needle.skin_mm, 0.0), angle, angle)
    left = max(LEVER_DEG * min(10.0 / needle.bone_mm, 1.0) - needle.levered_deg, 0.0)
    achieved = min(angle, left)
    if achieved <= 0.0:
        return Redirection(needle, angle, 0.0)
    share = achieved / angle
    turned = unit((1.0 - share) * needle.axis + share * wanted)
    # Pivot: the bony entry stays, the hub (and with it the skin point) moves.
    entry = needle.tip_mm - needle.bone_mm * needle.axis
    skin = entry - (needle.depth_mm - needle.bone_mm) * turned
    return Redirection(_pointed(needle, turned, skin, achieved), angle, achieved)


def _pointed(
    needle: Needle, way: FloatArray, skin: FloatArray | tuple[float, float, float], lever: float
) -> Needle:
    x, y, z = (float(c) for c in way)
    sx, sy, sz = (float(c) for c in skin)
    return replace(needle, direction=(x, y, z), skin_mm=(sx, sy, sz), levered_deg=needle.levered_deg + lever)


def shaft_points_mm(needle: Needle, length_mm: float, spacing_mm: float = 1.0) -> FloatArray:
    """Points (n, 3) on the axis from the tip backwards over at most length_mm, within the patient."""
    reach = min(length_mm, needle.depth_mm)
    back = np.arange(0.0, reach + 1e-6, spacing_mm)
    return needle.tip_mm - back[:, None] * needle.axis

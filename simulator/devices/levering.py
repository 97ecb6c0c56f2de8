"""Turning a cannula that is in the patient: how far it follows the hand, and what that costs.

In soft tissue it turns about the skin point, as far as it is stiff enough to; in bone it is held and can only be
levered a little about the bony entry. Bone holds it like an elastic foundation as stiff as bone itself, until it
is crushed: stiffness and strength by density after Kopperdahl 2002 (physics B3, *unconfirmed*).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from anatomy.frames import FloatArray, unit
from simulator.devices.bending import cantilever_mm, follow_share
from simulator.devices.needle import Needle, shaft_points_mm
from simulator.devices.path import Knot, triple
from simulator.devices.probe import Probe

LEVER_DEG = 2.5
"""What levering achieves in the first centimetre of bone, less deeper (*unconfirmed*)."""
MAX_REDIRECTION_DEG = 25.0
_LEAST_MODULUS_N_MM2, _LEAST_STRENGTH_N_MM2 = 20.0, 0.3


@dataclass(frozen=True)
class Redirection:
    """What became of a wish to point elsewhere."""

    needle: Needle
    wanted_deg: float
    achieved_deg: float


def redirected(needle: Needle, way: FloatArray) -> Redirection:
    """The needle pointed along way (3,), as far as tissue lets it.

    In soft tissue it turns about the skin point, leaves a drilled channel behind and is straight again; a thin or
    deep one bends, and its tip lags. Held by bone it turns about the bony entry by at most LEVER_DEG in the first
    centimetre, and by ever less the deeper it is.
    """
    wanted, now = unit(way), needle.shaft_axis
    angle = float(np.degrees(np.arctan2(np.linalg.norm(np.cross(now, wanted)), now @ wanted)))
    if angle <= 0.0:
        return Redirection(needle, 0.0, 0.0)
    if not needle.in_bone:
        share = follow_share(needle.stiffness_n_mm2, round(needle.depth_mm, 1))
        turned = unit((1.0 - share) * now + share * wanted)
        elsewhere = replace(needle, drilled_mm=0.0, knots=(), layer="outside", furthest_mm=needle.depth_mm)
        return Redirection(_pointed(elsewhere, turned, np.array(needle.skin_mm), 0.0), angle, share * angle)
    left = max(LEVER_DEG * min(10.0 / needle.bone_mm, 1.0) - needle.levered_deg, 0.0)
    achieved = min(angle, left)
    if achieved <= 0.0:
        return Redirection(needle, angle, 0.0)
    share = achieved / angle
    turned = unit((1.0 - share) * now + share * wanted)
    # Pivot: the bony entry stays, the hub (and with it the skin point) moves.
    entry = needle.entry_mm
    if needle.knots:
        needle = _about(needle, entry, _rotation(now, turned))
        return Redirection(replace(needle, levered_deg=needle.levered_deg + achieved), angle, achieved)
    skin = entry - (needle.depth_mm - needle.bone_mm) * turned
    return Redirection(_pointed(needle, turned, skin, achieved), angle, achieved)


def _pointed(needle: Needle, way: FloatArray, skin: FloatArray, lever_deg: float) -> Needle:
    return replace(needle, direction=triple(way), skin_mm=triple(skin), levered_deg=needle.levered_deg + lever_deg)


def _rotation(one: FloatArray, other: FloatArray) -> FloatArray:
    """The rotation (3, 3) that takes one unit vector (3,) the shortest way to another."""
    x, y, z = np.cross(one, other)
    across = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + across + across @ across / (1.0 + one @ other))


def _about(needle: Needle, pivot: FloatArray, rotation: FloatArray) -> Needle:
    """A bent needle turned as a whole about a point (3,)."""
    knots = tuple(
        Knot(
            knot.depth_mm,
            triple(pivot + rotation @ (np.array(knot.at_mm) - pivot)),
            triple(rotation @ np.array(knot.way)),
        )
        for knot in needle.knots
    )
    skin = pivot + rotation @ (np.array(needle.skin_mm) - pivot)
    return replace(needle, skin_mm=triple(skin), direction=triple(rotation @ needle.shaft_axis), knots=knots)


@dataclass(frozen=True)
class Lever:
    """What a turn in bone costs at the hub: side force, and how far the hub has to go for it."""

    force_n: float
    hub_mm: float


def lever(needle: Needle, probe: Probe, turn_deg: float) -> Lever:
    """The side force at the hub that turns a cannula held by bone, over the arm from hub to bony entry.

    A stiff rod of length b in a foundation E turns by phi under a moment E phi b^3 / 3; once all of the bone
    beside it is crushed at its strength s, under s times diameter times b^2 / 2, whatever the angle.
    """
    if needle.bone_mm <= 0.0 or turn_deg <= 0.0:
        return Lever(0.0, 0.0)
    shaft = shaft_points_mm(needle, needle.bone_mm)
    density = float(np.mean(probe.mineral_g_cm3(shaft)))
    modulus = max(3230.0 * density - 34.7, _LEAST_MODULUS_N_MM2)
    strength = max(24.9 * density - 0.75, _LEAST_STRENGTH_N_MM2)
    turn, held = np.radians(turn_deg), needle.bone_mm
    elastic = modulus * turn * held**3 / 3.0
    crushing = strength * 2.0 * needle.outer_radius_mm * held**2 / 2.0
    arm = needle.length_mm - held
    force = float(min(elastic, crushing)) / arm
    return Lever(force, float(turn * arm) + cantilever_mm(force, arm, needle.stiffness_n_mm2))

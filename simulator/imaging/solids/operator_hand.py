"""An operator's hand in the beam: soft tissue, bones and glove as solids.

Hand frame, mm: origin at the wrist, +y to the fingertips, +z out of the back of the hand; a right hand has its
thumb at -x. Lengths of metacarpals and phalanges: Buryanov and Kotiuk, Int J Morphol 2010;28:755 (adult means).
Thicknesses, angles and the glove are *unconfirmed* presets that look like a hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import cos, radians, sin
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.tissue import Material
from simulator.imaging.solids.bodies import Body, Capsule, Ellipsoid, Frustum
from simulator.imaging.solids.body_frame import point, rigid_frame
from simulator.imaging.solids.instrument_materials import COMPACT_BONE, HAND_TISSUE, LEADED_RUBBER, SPONGY_BONE
from simulator.imaging.solids.solids import Solid

Glove = Literal["plain", "attenuating"]
Side = Literal["left", "right"]

PLAIN_GLOVE_MM, ATTENUATING_GLOVE_MM = 0.2, 0.3

Parts = list[tuple[Body, tuple[int, ...]]]
"""Bodies, each with the numbers of those before it that it overlaps."""


@dataclass(frozen=True)
class _Ray:
    """One finger: both ends of its metacarpal, phalanx lengths, how far it is spread, and its half thickness."""

    base_mm: tuple[float, float, float]
    knuckle_mm: tuple[float, float, float]
    phalanges_mm: tuple[float, ...]
    spread_deg: float
    radius_mm: float


_FINGERS = (
    _Ray((-15.0, 28.0, 1.0), (-26.0, 95.0, 2.0), (39.8, 22.4, 15.8), -9.0, 9.9),
    _Ray((-4.0, 30.0, 2.0), (-5.0, 95.0, 3.0), (44.6, 26.3, 17.4), -1.0, 10.1),
    _Ray((6.0, 29.0, 1.5), (14.0, 86.5, 2.0), (41.4, 25.7, 17.3), 7.0, 9.6),
    _Ray((14.0, 26.0, 0.0), (29.0, 77.5, 0.0), (32.7, 18.1, 16.0), 17.0, 8.6),
)
_THUMB_MM = np.array([(-20.0, 23.0, -5.0), (-53.0, 51.0, -20.0), (-71.0, 75.0, -26.0), (-81.0, 93.5, -29.0)])
_CARPALS = (  # middle, semi-axes
    ((-13.0, 9.0, 0.0), (6.0, 9.0, 6.5)), ((-1.0, 6.0, 0.0), (6.0, 6.5, 7.0)),
    ((10.0, 9.0, -1.0), (5.5, 6.5, 6.0)),
    ((-19.5, 19.0, -4.0), (5.5, 5.0, 6.0)), ((-10.5, 22.0, 0.0), (4.0, 5.0, 6.0)),
    ((-1.5, 19.5, 0.0), (5.0, 8.5, 6.5)), ((8.5, 20.0, -1.0), (5.0, 7.0, 6.5)),
)  # fmt: skip
# Radii at base, waist and head of metacarpals, then of phalanges from the palm outwards.
_METACARPAL = (5.8, 3.9, 6.2)
_PHALANGES = ((5.8, 3.8, 4.6), (4.9, 3.2, 3.9), (4.1, 2.3, 2.8))
_JOINT_MM = 1.6
_CORTEX_MM, _END_CORTEX_MM = 1.5, 0.6
_TIP_MM = 4.0  # soft tissue beyond the last bone


def operator_hand(
    patient_from_hand: ArrayLike, side: Side = "right", glove: Glove = "plain", curl_rad: float = 0.15
) -> tuple[Solid, ...]:
    """A hand at a rigid frame (4, 4) of the patient, every finger joint bent by curl_rad, in a glove."""
    if glove not in ("plain", "attenuating"):
        raise ValueError(f"no glove is called {glove!r}; there are plain and attenuating")
    rigid_frame(patient_from_hand)
    placed = _Placed(np.asarray(patient_from_hand, dtype=float), -1.0 if side == "left" else 1.0)
    chains = [_finger_mm(finger, curl_rad) for finger in _FINGERS]
    if glove == "plain":  # thin rubber weakens the beam like the skin below it
        return *_joined(HAND_TISSUE, _flesh(placed, chains, PLAIN_GLOVE_MM)), *_bones(placed, chains)
    skin = _flesh(placed, chains, 0.0)
    cover = _cover(skin, _flesh(placed, chains, ATTENUATING_GLOVE_MM))
    return *_joined(HAND_TISSUE, skin), *cover, *_bones(placed, chains)


def _cover(inner: Parts, outer: Parts) -> list[Solid]:
    """The glove between two surfaces of the same parts, without walls where one part goes on into another."""
    solids = []
    for number, (body, before) in enumerate(outer):
        inside = [part for i, (part, earlier) in enumerate(inner) if i == number or number in earlier]
        solids.append(Solid(LEADED_RUBBER, body, (*inside, *(outer[i][0] for i in before))))
    return solids


def _joined(material: Material, parts: Parts) -> list[Solid]:
    """Parts as one piece: each without those before it."""
    return [Solid(material, body, tuple(parts[i][0] for i in before)) for body, before in parts]


@dataclass(frozen=True, eq=False)
class _Placed:
    """Bodies of a right hand put where the patient's frame wants them, mirrored for a left one."""

    patient_from_hand: FloatArray
    mirror: float

    def at(self, hand_mm: ArrayLike) -> tuple[float, float, float]:
        return point(
            frames.apply(self.patient_from_hand, np.asarray(hand_mm, dtype=float) * (self.mirror, 1.0, 1.0))
        )

    def capsule(self, start_mm: ArrayLike, end_mm: ArrayLike, radius_mm: float) -> Capsule:
        return Capsule(self.at(start_mm), self.at(end_mm), radius_mm)

    def frustum(self, start_mm: ArrayLike, end_mm: ArrayLike, radius_mm: float, end_radius_mm: float) -> Frustum:
        return Frustum(self.at(start_mm), self.at(end_mm), radius_mm, end_radius_mm)

    def middle(self, hand_mm: ArrayLike) -> FloatArray:
        """Frame (4, 4) about a point, with the hand's axes."""
        turned = self.patient_from_hand.copy()
        turned[:3, 3] = self.at(hand_mm)
        return turned


def _finger_mm(finger: _Ray, curl_rad: float) -> FloatArray:
    """Joints (4, 3) of a finger from the knuckle to the end of its last bone."""
    joints, spread, bent = [np.array(finger.knuckle_mm)], radians(finger.spread_deg), 0.0
    for length in finger.phalanges_mm:
        bent += curl_rad
        way = np.array([sin(spread) * cos(bent), cos(spread) * cos(bent), -sin(bent)])
        joints.append(joints[-1] + length * way)
    return np.array(joints)


def _flesh(placed: _Placed, chains: list[FloatArray], more_mm: float) -> Parts:
    """The hand's surface, more_mm outside its skin."""
    m = more_mm
    palm = Ellipsoid(rigid_frame(placed.middle((0.0, 48.0, -2.0))), (43.0 + m, 58.0 + m, 17.0 + m))
    parts: Parts = [(palm, ())]
    for number, finger in enumerate(_FINGERS):
        start = np.array(finger.base_mm) + 0.2 * (np.array(finger.knuckle_mm) - finger.base_mm)
        beside = (0, number) if number else (0,)
        parts.append((placed.capsule(start, finger.knuckle_mm, finger.radius_mm + 1.0 + m), beside))
    radial, ulnar = (placed.capsule((x, -150.0, 0.0), (x, -4.0, 0.0), 17.0 + m) for x in (-11.5, 11.5))
    parts += [(radial, (0,)), (ulnar, (0, len(parts)))]
    for number, (finger, joints) in enumerate(zip(_FINGERS, chains, strict=True)):
        before = (0, number + 1, number) if number else (0, number + 1)
        parts += _digit(placed, joints, finger.radius_mm + m, before, len(parts))
    return parts + _digit(placed, _THUMB_MM, 12.0 + m, (0, 1), len(parts))


def _digit(
    placed: _Placed, joints_mm: FloatArray, radius_mm: float, before: tuple[int, ...], number: int
) -> Parts:
    """Capsules from joint to joint, thinner outwards, the last round beyond the bone; number is of the first."""
    parts: Parts = []
    for place, (start, end) in enumerate(pairwise(joints_mm)):
        radius = radius_mm * (1.0, 0.91, 0.82)[place]
        if place == 2:
            end = end + (_TIP_MM - radius) * frames.unit(end - start)
        parts.append((placed.capsule(start, end, radius), before))
        before = (number + place,)
    return parts


def _bones(placed: _Placed, chains: list[FloatArray]) -> list[Solid]:
    bones: list[Solid] = []
    for finger, joints in zip(_FINGERS, chains, strict=True):
        bones += _long_bone(placed, np.array(finger.base_mm), joints[0], _METACARPAL)
        for start, end, radii in zip(joints[:-1], joints[1:], _PHALANGES, strict=True):
            bones += _long_bone(placed, start, end, radii)
    for start, end, radii in zip(_THUMB_MM[:-1], _THUMB_MM[1:], (_METACARPAL, *_PHALANGES[::2]), strict=True):
        bones += _long_bone(placed, start, end, radii)
    for middle, semi in _CARPALS:
        frame = rigid_frame(placed.middle(middle))
        outer, inner = Ellipsoid(frame, semi), Ellipsoid(frame, point(np.array(semi) - 0.5))
        bones += [Solid(COMPACT_BONE, outer, (inner,)), Solid(SPONGY_BONE, inner)]
    for x, end_radius, shaft_radius, top in ((-11.0, 12.0, 7.0, -3.0), (13.0, 7.0, 6.0, -6.0)):
        waist = np.array([x, top - 28.0, 0.0])
        bones += _shell(placed, np.array([x, top, 0.0]), waist, end_radius, shaft_radius, _END_CORTEX_MM, 2.2)
        bones += _shell(placed, waist, np.array([x, -150.0, 0.0]), shaft_radius, shaft_radius, 2.2, 2.5)
    return bones


def _long_bone(
    placed: _Placed, start_mm: FloatArray, end_mm: FloatArray, radii_mm: tuple[float, float, float]
) -> list[Solid]:
    """A tubular bone with a waist between two joints: thick cortex there, thin at its ends."""
    way = frames.unit(end_mm - start_mm)
    start, end = start_mm + 0.5 * _JOINT_MM * way, end_mm - 0.5 * _JOINT_MM * way
    waist, (base, thin, head) = start + 0.55 * (end - start), radii_mm
    return [
        *_shell(placed, start, waist, base, thin, _END_CORTEX_MM, _CORTEX_MM),
        *_shell(placed, waist, end, thin, head, _CORTEX_MM, _END_CORTEX_MM),
    ]


def _shell(
    placed: _Placed,
    start_mm: FloatArray,
    end_mm: FloatArray,
    radius_mm: float,
    end_radius_mm: float,
    cortex_mm: float,
    end_cortex_mm: float,
) -> list[Solid]:
    """Half a tubular bone."""
    outer = placed.frustum(start_mm, end_mm, radius_mm, end_radius_mm)
    inner = placed.frustum(start_mm, end_mm, radius_mm - cortex_mm, end_radius_mm - end_cortex_mm)
    return [Solid(COMPACT_BONE, outer, (inner,))]

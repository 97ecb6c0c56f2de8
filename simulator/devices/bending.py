"""How far a thin steel instrument bends: under a side load, in tissue that gives, and by its own bevel.

Euler-Bernoulli beams of steel. Outside the patient a needle is a cantilever; in tissue it is a beam on an elastic
foundation (Hetenyi 1946), which pushes back in proportion to how far it is pushed aside. A bevelled tip is pushed
away from the side that its bevel faces, and the shaft follows the tip (Webster 2006): a path of small curvature.

The foundation of soft tissue and the steering in bone are *unconfirmed* presets.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from anatomy.frames import FloatArray, unit

STEEL_N_MM2 = 193_000.0
"""Young's modulus of the cannula's steel (physics C3)."""
SOFT_FOUNDATION_N_MM2 = 0.02
"""Side force per mm of shaft and mm of shift in muscle, about its Young's modulus of 20 kPa; *unconfirmed*."""
SPREADING_SHARE = 0.18
"""Of the force on a tip in soft tissue, what spreads it and so lies on the bevel's face (physics C2, Barnett
2015); tearing and friction have no side."""
BEVEL_RAD = np.radians(30.0)
BONE_STEER_MM = 0.15
"""How far an 11 G bevel drifts aside over its first 10 mm in bone when pushed or hammered; *unconfirmed*."""
_REFERENCE_OUTER_MM = 3.048


def second_moment_mm4(outer_mm: float, inner_mm: float = 0.0) -> float:
    """Second moment of area of a round tube, mm4; inner_mm 0 for a rod or a tube that its stylet fills."""
    return float(np.pi / 64.0 * (outer_mm**4 - inner_mm**4))


def stiffness_n_mm2(outer_mm: float, inner_mm: float = 0.0) -> float:
    """Bending stiffness EI of a steel tube, N mm2."""
    return STEEL_N_MM2 * second_moment_mm4(outer_mm, inner_mm)


def cantilever_mm(force_n: float, length_mm: float, stiffness: float) -> float:
    """Deflection of the free end of a beam of stiffness (N mm2) under a side load there, mm.

    >>> round(cantilever_mm(5.0, 100.0, stiffness_n_mm2(3.048, 2.388)), 2)
    3.27
    """
    return force_n * length_mm**3 / (3.0 * stiffness)


def buckling_n(length_mm: float, stiffness: float) -> float:
    """Euler's load of a beam that is fixed at one end and pinned at the other, N."""
    return 20.19 * stiffness / length_mm**2


def grip_per_mm(stiffness: float, foundation_n_mm2: float = SOFT_FOUNDATION_N_MM2) -> float:
    """Hetenyi's beta: over 1/beta mm a foundation takes hold of a beam."""
    return float((foundation_n_mm2 / (4.0 * stiffness)) ** 0.25)


@lru_cache(maxsize=64)
def follow_share(stiffness: float, depth_mm: float, foundation_n_mm2: float = SOFT_FOUNDATION_N_MM2) -> float:
    """How much of a turn about the skin reaches the tip: 1 for a rigid needle, 0 for a thread.

    A beam on a foundation over depth_mm, held at an angle at the skin and free at the tip: the tip's shift over
    angle times depth. Four constants from four boundary conditions.
    """
    beta = grip_per_mm(stiffness, foundation_n_mm2)
    reach = beta * depth_mm
    if reach < 1e-3:
        return 1.0
    if reach > 20.0:  # a thread: nothing arrives
        return 0.0
    cos, sin, up, down = np.cos(reach), np.sin(reach), np.exp(reach), np.exp(-reach)
    # y = e^-s (a cos s + b sin s) + e^s (c cos s + d sin s), s = beta x, of slope 1 at the skin.
    # Rows: y = 0 and y' = 1 there, y'' = y''' = 0 at the tip.
    rows = np.array(
        [
            [1.0, 0.0, 1.0, 0.0],
            [-1.0, 1.0, 1.0, 1.0],
            [2.0 * down * sin, -2.0 * down * cos, -2.0 * up * sin, 2.0 * up * cos],
            [2.0 * down * (cos - sin), 2.0 * down * (cos + sin), -2.0 * up * (cos + sin), 2.0 * up * (cos - sin)],
        ]
    )
    a, b, c, d = np.linalg.solve(rows, np.array([0.0, 1.0, 0.0, 0.0]))
    tip = down * (a * cos + b * sin) + up * (c * cos + d * sin)
    return float(tip / reach)


def soft_curvature_per_mm(tip_n: float, stiffness: float) -> float:
    """Curvature of the path of a bevelled needle through soft tissue, 1/mm.

    The share of the tip's force that spreads tissue stands on the bevel's face and so pushes sideways by
    1/tan(bevel); a semi-infinite beam under that end load turns its tip by 2 Q beta^2 / k, over a grip of 1/beta.
    """
    aside_n = SPREADING_SHARE * tip_n / np.tan(BEVEL_RAD)
    return float(aside_n / (2.0 * stiffness * grip_per_mm(stiffness)))


def bone_curvature_per_mm(outer_mm: float) -> float:
    """Curvature of the path of a bevelled needle in bone, 1/mm: thin ones steer more (preset, *unconfirmed*)."""
    return 2.0 * BONE_STEER_MM / 10.0**2 * (_REFERENCE_OUTER_MM / outer_mm) ** 2


def clock_direction(axis: FloatArray, clock_deg: float) -> FloatArray:
    """Unit vector (3,) across an axis (3,), patient frame, at an hour of the clock in degrees.

    0 is 12 o'clock, towards the patient's head; the clock runs as seen by who looks along the needle from its hub.
    """
    up = np.array([0.0, 0.0, 1.0]) if abs(axis[2]) < 0.99 else np.array([0.0, 1.0, 0.0])
    head = unit(up - (up @ axis) * axis)
    clock = np.radians(clock_deg)
    return np.asarray(np.cos(clock) * head + np.sin(clock) * np.cross(axis, head))


def turned(axis: FloatArray, towards: FloatArray, angle_rad: float) -> FloatArray:
    """A unit axis (3,) turned by a small angle towards a direction (3,)."""
    across = towards - (towards @ axis) * axis
    length = float(np.linalg.norm(across))
    if length < 1e-12 or angle_rad == 0.0:
        return axis
    return np.asarray(np.cos(angle_rad) * axis + np.sin(angle_rad) * across / length)

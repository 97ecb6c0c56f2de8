"""What a needle's display says: depths, angles, force, and how loud resistance sounds.

A pure function of case and state for whoever draws or plays it; nothing here influences a session.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from anatomy.spec import SIDES, Side
from simulator.devices.feeding import SURFACE_MM
from simulator.devices.instruments import Tool
from simulator.devices.needle import LIMITS, Needle, Technique, angles_deg
from simulator.engine.case import Case
from simulator.engine.state import State

Timbre = Literal["silence", "soft tissue", "bone", "metal"]
QUIET_N = 2.0
"""Force at which resistance begins to be heard (preset); the ear, like the hand, goes by ratios."""


@dataclass(frozen=True)
class Readout:
    """One side's needle as a display shows it.

    depth_mm: tip from skin, along the needle; bone_mm: shaft in bone; convergence_deg, caudal_deg: of the tip's
    direction, shaft_* of the shaft at the skin, which a bent needle tells apart; aside_mm: how far the tip lies
    beside the shaft's line; force_n: last felt; limit_n: what the technique can give; resistance: 0 to 1, see
    ``resistance_level``; timbre: what the tip is in, silence while nothing moves; tool_mm: tool beyond the tip.
    """

    side: Side
    depth_mm: float
    bone_mm: float
    convergence_deg: float
    caudal_deg: float
    shaft_convergence_deg: float
    shaft_caudal_deg: float
    aside_mm: float
    force_n: float
    limit_n: float
    resistance: float
    timbre: Timbre
    technique: Technique
    stylet: bool
    tool: Tool | None
    tool_mm: float
    bevel_clock_deg: float | None


def readouts(case: Case, state: State) -> dict[Side, Readout]:
    """The read-outs of the needles that are in the patient, by side."""
    needles = {side: state.needle(side) for side in SIDES}
    return {side: _readout(case, needle) for side, needle in needles.items() if needle is not None}


def resistance_level(force_n: float, technique: Technique) -> float:
    """Loudness 0 to 1 of a force: log(1 + F / 2 N) over the same of what the technique can give at most.

    >>> [round(resistance_level(force, "push"), 2) for force in (0.0, 4.0, 38.0, 80.0)]
    [0.0, 0.37, 1.0, 1.0]
    """
    limit, _ = LIMITS[technique]
    return float(np.clip(np.log1p(max(force_n, 0.0) / QUIET_N) / np.log1p(limit / QUIET_N), 0.0, 1.0))


def _readout(case: Case, needle: Needle) -> Readout:
    convergence, caudal = angles_deg(needle.side, needle.axis)
    shaft_convergence, shaft_caudal = angles_deg(needle.side, needle.shaft_axis)
    off = needle.tip_mm - np.array(needle.skin_mm)
    moving = needle.feed_mm != 0.0
    return Readout(
        side=needle.side,
        depth_mm=needle.depth_mm,
        bone_mm=needle.bone_mm,
        convergence_deg=convergence,
        caudal_deg=caudal,
        shaft_convergence_deg=shaft_convergence,
        shaft_caudal_deg=shaft_caudal,
        aside_mm=float(np.linalg.norm(off - (off @ needle.shaft_axis) * needle.shaft_axis)),
        force_n=needle.force_n,
        limit_n=LIMITS[needle.technique][0],
        resistance=resistance_level(needle.force_n, needle.technique) if moving else 0.0,
        timbre=_timbre(case, needle) if moving else "silence",
        technique=needle.technique,
        stylet=needle.stylet,
        tool=needle.tool,
        tool_mm=needle.tool_mm,
        bevel_clock_deg=needle.bevel_clock_deg if needle.tip == "bevel" else None,
    )


def _timbre(case: Case, needle: Needle) -> Timbre:
    tip = needle.tip_mm[None, :]
    if case.probe.in_metal(tip)[0]:
        return "metal"
    return "bone" if case.probe.bone_distance_mm(tip)[0] < SURFACE_MM else "soft tissue"

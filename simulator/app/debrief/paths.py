"""Which way needles have gone, and which was planned: read off a recording's rows. Pure, no Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatomy.frames import FloatArray
from anatomy.spec import SIDES
from simulator.assessment.evidence import Evidence
from simulator.engine.state import TICK_HZ

APART_MM = 0.5
SHAFT_MM = 60.0


@dataclass(frozen=True, eq=False)
class Path:
    """A cannula of a side, patient frame, mm: the way its tip has gone (n, 3), and where it lay at its deepest
    (2, 3), from behind to the tip."""

    side: str
    way_mm: FloatArray
    deepest_mm: FloatArray


def planned(evidence: Evidence) -> tuple[FloatArray, ...]:
    """Corridors (2, 3) from entry to target, of the sides that the scenario has needles for."""
    return tuple(
        np.array([plan["entry_mm"], plan["target_mm"]])
        for side in SIDES
        if side in evidence.scenario.instruments.needles
        and (plan := evidence.plan.get(f"corridor_{side}")) is not None
    )


def paths(evidence: Evidence, until_s: float | None = None) -> tuple[Path, ...]:
    """The ways of all cannulae until a time, or the end."""
    last = np.inf if until_s is None else until_s * TICK_HZ
    found = []
    for side in SIDES:
        rows = [s[f"needle_{side}"] for s in evidence.samples if f"needle_{side}" in s and s["tick"] <= last]
        if not rows:
            continue
        way = [np.array(rows[0]["tip_mm"])]
        for row in rows[1:]:
            tip = np.array(row["tip_mm"])
            if np.linalg.norm(tip - way[-1]) >= APART_MM:
                way.append(tip)
        deepest = max(rows, key=lambda row: row["depth_mm"])
        tip, direction = np.array(deepest["tip_mm"]), np.array(deepest["direction"])
        back = min(float(deepest["depth_mm"]), SHAFT_MM)
        found.append(Path(side, np.array(way), np.array([tip - back * direction, tip])))
    return tuple(found)

"""A drawing of level and fracture, seen from the left, for cases whose patient was not built yet. Pure, no Qt.

A drawing and no radiograph: bodies are boxes, and what is known of the case is in the target's outline.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from anatomy.spec import LEVELS, FractureSpec, PatientSpec
from scenarios.schema import Scenario

Kind = Literal["bone", "target", "lesion", "cement", "cleft"]
Point = tuple[float, float]
ABOVE_AND_BELOW = 1
"""Neighbours that are drawn on either side."""
FRONT, BACK, HIGH, GAP = 0.30, 0.68, 0.225, 0.075
"""Walls of a body, its height and the disc's, of the picture's sides."""


@dataclass(frozen=True)
class Shape:
    """A closed outline, (across, down) from 0 to 1; the front of the body is at the left."""

    kind: Kind
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Schematic:
    """Outlines from back to front, and the name of each level at the height of its body."""

    shapes: tuple[Shape, ...]
    names: tuple[tuple[str, float], ...]


def schematic(scenario: Scenario) -> Schematic:
    """The drawing of a case: the target between its neighbours, with what the scenario says of them."""
    patient = scenario.patient
    spec = patient if isinstance(patient, PatientSpec) else None
    at = LEVELS.index(patient.target_level)
    shapes: list[Shape] = []
    names: list[tuple[str, float]] = []
    for beside in range(-ABOVE_AND_BELOW, ABOVE_AND_BELOW + 1):
        if not 0 <= at + beside < len(LEVELS):
            continue
        level, middle = LEVELS[at + beside], 0.5 + beside * (HIGH + GAP)
        fracture = spec.fracture if spec is not None and beside == 0 else None
        shapes.append(Shape("bone", _arch(middle)))
        shapes.append(Shape("target" if beside == 0 else "bone", _body(middle, fracture)))
        names.append((level, middle))
        if spec is not None:
            shapes += _findings(spec, level, middle, fracture)
    return Schematic(tuple(shapes), tuple(names))


def _body(middle: float, fracture: FractureSpec | None) -> tuple[Point, ...]:
    """Outline of a body: its walls are a little drawn in, its endplates hollow."""
    upper = _endplate(fracture if fracture is not None and fracture.endplate in ("superior", "both") else None,
                      0.5 if fracture is not None and fracture.endplate == "both" else 1.0)  # fmt: skip
    lower = _endplate(fracture if fracture is not None and fracture.endplate in ("inferior", "both") else None,
                      0.5 if fracture is not None and fracture.endplate == "both" else 1.0)  # fmt: skip
    top = [(x, middle - 0.5 * HIGH + sunk) for x, sunk in upper]
    bottom = [(x, middle + 0.5 * HIGH - sunk) for x, sunk in reversed(lower)]
    return (*top, (BACK - 0.012, middle), *bottom, (FRONT + 0.015, middle))


def _endplate(fracture: FractureSpec | None, share: float) -> list[Point]:
    """(across, how far sunk in) from front to back."""
    found: list[Point] = []
    for step in range(9):
        along = step / 8.0
        sunk = 0.012 * math.sin(math.pi * along)
        if fracture is not None:
            lost = share * (1.0 - fracture.height_ratio) * HIGH
            shape = {
                "wedge": 1.0 - along,
                "biconcave": math.sin(math.pi * along),
                "crush": 1.0 - 0.15 * along,
            }[fracture.shape]
            sunk += lost * shape
        found.append((FRONT + along * (BACK - FRONT), sunk))
    return found


def _arch(middle: float) -> tuple[Point, ...]:
    """Pedicle and spinous process."""
    return (
        (BACK - 0.02, middle - 0.075), (0.79, middle - 0.06), (0.97, middle + 0.05), (0.95, middle + 0.105),
        (0.81, middle + 0.045), (0.76, middle + 0.0), (BACK - 0.02, middle - 0.01),
    )  # fmt: skip


def _findings(spec: PatientSpec, level: str, middle: float, fracture: FractureSpec | None) -> list[Shape]:
    shapes: list[Shape] = []
    for lesion in spec.lesions:
        if lesion.level == level:
            radius = min(0.0042 * lesion.size_mm, 0.085)
            at = BACK - 1.2 * radius if lesion.posterior_wall_defect_mm > 0.0 else 0.5 * (FRONT + BACK)
            shapes.append(Shape("lesion", _ellipse(at, middle, radius, radius)))
    if any(one.level == level for one in spec.earlier_cement):
        shapes.append(Shape("cement", _ellipse(0.5 * (FRONT + BACK), middle, 0.13, 0.065)))
    if fracture is not None and fracture.cleft != "none":
        sunk = 0.5 * (1.0 - fracture.height_ratio) * HIGH
        shapes.append(Shape("cleft", _ellipse(FRONT + 0.16, middle - 0.5 * HIGH + 0.05 + sunk, 0.11, 0.014)))
    return shapes


def _ellipse(across: float, down: float, wide: float, high: float) -> tuple[Point, ...]:
    angles = [2.0 * math.pi * i / 24 for i in range(24)]
    return tuple((across + wide * math.cos(a), down + high * math.sin(a)) for a in angles)

"""The cut vertebra as meshes, made in a worker's thread: bone, instruments, cement, ways planned and gone. No Qt.

Colours tell destinations apart for those who do not see red or green (Okabe & Ito 2008); the legend names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from anatomy.frames import FloatArray
from simulator.app.debrief.paths import Path
from simulator.assessment.cut_open import CUT_X_MM, Block, blocks, leaks_ml
from simulator.engine.case import Case
from simulator.engine.leaks import in_patient_ml
from simulator.engine.state import State

BONE, BODY, STEEL, CATHETER, WAY, PLANNED = "#d9cfbd", "#e6dcc8", "#aeb7bf", "#4c5560", "#ffffff", "#2fbf94"
COLOURS = {
    "cement": "#eef2f5",
    "cavity": "#7d8894",
    "balloon": "#f0e442",
    "leak disc": "#f08c2e",
    "leak vein": "#5b9bff",
    "leak canal": "#ff5a4d",
    "leak soft tissue": "#d98cc0",
}
OPACITY = {"cavity": 0.2, "body": 0.22}
AMBIENT = {"cement": 0.5, "cavity": 0.4} | {name: 0.35 for name in COLOURS if name.startswith("leak")}
SHAFT_MM, MARKER_MM = 90.0, 0.6
WAY_MM, PLANNED_MM = 0.35, 0.5
DASHES = 7


@dataclass(frozen=True, eq=False)
class Part:
    """Something to be drawn."""

    name: str
    mesh: Any
    colour: str
    opacity: float = 1.0
    ambient: float = 0.18


@dataclass(frozen=True, eq=False)
class Model:
    """All that is drawn of a moment, and how many ml lie where ("cement" in the patient, leaks by group)."""

    parts: tuple[Part, ...]
    ml: dict[str, float]


class Modeller:
    """Makes models; what has not changed since the last is the same mesh again."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, list[Part]]] = {}

    def model(self, case: Case, state: State, ways: Sequence[Path], planned: Sequence[FloatArray]) -> Model:
        """The model of a state, with the ways of needles until then and the corridors planned."""
        parts: list[Part] = []
        for name, block in blocks(case, state).items():
            parts += self._of_block(name, block)
        parts += _instruments(state)
        parts += [Part("way", _tube(path.way_mm, WAY_MM), WAY) for path in ways if len(path.way_mm) > 1]
        parts += [Part("planned", _dashed(corridor), PLANNED) for corridor in planned]
        ml = {f"leak {name}": volume for name, volume in leaks_ml(case, state).items()}
        return Model(tuple(parts), {"cement": in_patient_ml(state), **ml})

    def _of_block(self, name: str, block: Block) -> list[Part]:
        from simulator.assessment.draw_3d import surface  # loads VTK: only where it can draw

        key = hash((block.values.shape, block.origin_mm.tobytes(), block.values.tobytes()))
        known = self._known.get(name)
        if known is None or known[0] != key:
            smooth = name not in ("bone", "body")  # distances are smooth, and cuts shall be sharp
            mesh = surface(block.values, block.origin_mm, block.voxel_mm, block.level, smooth=smooth)
            known = self._known[name] = (key, _parts(name, mesh))
        return known[1]


def _parts(name: str, mesh: Any) -> list[Part]:
    """A body is an open half shell with a transparent whole one around it; everything else is one part."""
    if name != "body":
        return [Part(name, mesh, COLOURS.get(name, BONE), OPACITY.get(name, 1.0), AMBIENT.get(name, 0.18))]
    half = mesh.clip("x", origin=(CUT_X_MM, 0.0, 0.0), invert=True)
    return [Part("shell", half, BONE), Part("body", mesh, BODY, OPACITY["body"])]


def _instruments(state: State) -> list[Part]:
    found = []
    for needle in state.needles:
        if needle is not None:
            ends = np.array([needle.tip_mm - SHAFT_MM * needle.axis, needle.tip_mm])
            found.append(Part("needle", _tube(ends, needle.outer_radius_mm), STEEL))
    for balloon in state.balloons:
        if balloon is not None:
            ends = np.array([balloon.proximal_mm, balloon.distal_mm])
            found.append(Part("catheter", _tube(ends, MARKER_MM), CATHETER))
    return found


def _tube(points_mm: FloatArray, radius_mm: float) -> Any:
    import pyvista as pv

    return pv.MultipleLines(points=points_mm).tube(radius=radius_mm, n_sides=20, capping=True)


def _dashed(corridor: FloatArray) -> Any:
    """A corridor from before its entry to its target, as dashes."""
    import pyvista as pv

    start, end = corridor
    start = start - 0.35 * (end - start)
    at = np.linspace(0.0, 1.0, 2 * DASHES)[:, None]
    points = start + at * (end - start)
    return pv.merge([_tube(points[i : i + 2], PLANNED_MM) for i in range(0, 2 * DASHES, 2)])

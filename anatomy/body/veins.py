"""The veins from every vertebral body to the lungs: a graph of pipes, and where each of them runs.

Nodes have names and places, pipes (``Vein``) a diameter, a course and a direction of nominal flow, always towards
the lungs. Cement that gets into one can be followed; the vertebral veins have no valves, so between segments it
may as well go the other way (``is_valveless``). How pipes run is in venous_courses.py.

Published diameters (anatomy section 5; marked so there or unconfirmed): azygos 8 to 10 mm, hemiazygos 4 to 6,
ascending lumbar 3 to 4, epidural channels 3 to 5 wide, veins inside the body 1 to 2, vena cava 20 to 24 x 15 to
20. All others, and all inflows, are *unconfirmed* presets of textbook size; they add up to a cardiac output of 5
l/min.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from anatomy.body.vessels import Tube
from anatomy.frames import FloatArray

Kind = Literal[
    "basivertebral", "epidural", "foraminal", "external", "segmental", "ascending lumbar", "azygos", "iliac",
    "vena cava", "heart", "lung",
]  # fmt: skip
Evidence = Literal["published", "unconfirmed"]
LUNGS = ("lung left", "lung right")
"""Outlets: where every way ends."""


@dataclass(frozen=True, eq=False)
class Vein:
    """A pipe from one node to another: course (n, 3) in the patient frame and inner diameter, mm."""

    start: str
    end: str
    kind: Kind
    diameter_mm: float
    line_mm: FloatArray
    evidence: Evidence = "unconfirmed"
    is_valveless: bool = False

    @property
    def name(self) -> str:
        """ "<start> > <end>", unique in a graph."""
        return f"{self.start} > {self.end}"

    @property
    def length_mm(self) -> float:
        """Length along its course."""
        return float(np.linalg.norm(np.diff(self.line_mm, axis=0), axis=1).sum())

    @property
    def tube(self) -> Tube:
        """The vein as a solid."""
        return Tube(self.line_mm, np.full(len(self.line_mm), 0.5 * self.diameter_mm))


@dataclass(frozen=True, eq=False)
class VenousGraph:
    """Nodes by name (place (3,), patient frame, mm), the veins between them, and what blood enters at nodes.

    inflow_ml_min: nominal flow from tributaries that are not drawn. Flow directions have no loops; every node but
    the lungs has a way on. Raises ValueError for a graph that breaks this, naming the node.
    """

    nodes: Mapping[str, FloatArray]
    veins: tuple[Vein, ...]
    inflow_ml_min: Mapping[str, float]

    def __post_init__(self) -> None:
        for vein in self.veins:
            for node in (vein.start, vein.end):
                if node not in self.nodes:
                    raise ValueError(
                        f"the vein {vein.name!r} needs a node {node!r}, which the graph does not have"
                    )
        ends = {name for name in self.nodes if not self.leaving[name]}
        if ends != set(LUNGS):
            raise ValueError(f"every vein must lead to the lungs, but these nodes end there: {sorted(ends)}")
        if len(self.order) != len(self.nodes):
            raise ValueError(f"veins flow in a circle through {sorted(set(self.nodes) - set(self.order))}")

    @cached_property
    def leaving(self) -> Mapping[str, tuple[Vein, ...]]:
        """Veins that carry blood away from each node."""
        return self._by(self.nodes, "start")

    @cached_property
    def entering(self) -> Mapping[str, tuple[Vein, ...]]:
        """Veins that bring blood to each node."""
        return self._by(self.nodes, "end")

    def _by(self, nodes: Iterable[str], end: str) -> Mapping[str, tuple[Vein, ...]]:
        found: dict[str, list[Vein]] = {name: [] for name in nodes}
        for vein in self.veins:
            found[getattr(vein, end)].append(vein)
        return {name: tuple(veins) for name, veins in found.items()}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Nodes, each behind all that flow into it; those of a circle are missing."""
        waiting = {name: len(veins) for name, veins in self.entering.items()}
        ready = [name for name, count in waiting.items() if count == 0]
        done: list[str] = []
        while ready:
            node = ready.pop()
            done.append(node)
            for vein in self.leaving[node]:
                waiting[vein.end] -= 1
                if waiting[vein.end] == 0:
                    ready.append(vein.end)
        return tuple(done)

    def tubes(self, *kinds: Kind) -> dict[str, Tube]:
        """Solids by name of the veins of some kinds; of all outside heart and lungs where none is named."""
        wanted = kinds or tuple({v.kind for v in self.veins} - {"heart", "lung"})
        return {v.name: v.tube for v in self.veins if v.kind in wanted}

    @cached_property
    def nominal_flow_ml_min(self) -> Mapping[str, float]:
        """Flow through each vein by name, from start to end, for the inflows: Poiseuille in every pipe.

        Pressures (in units of viscosity) at which as much leaves every node as enters it, zero in the lungs; the
        heart counts as a wide pipe. In valveless veins flow may be against the way they are drawn (negative).
        """
        number = {name: n for n, name in enumerate(self.nodes)}
        start = np.array([number[v.start] for v in self.veins])
        end = np.array([number[v.end] for v in self.veins])
        ease = np.array([v.diameter_mm**4 / v.length_mm for v in self.veins])
        balance = np.zeros((len(number), len(number)))
        for one, other in ((start, end), (end, start)):
            np.add.at(balance, (one, one), ease)
            np.add.at(balance, (one, other), -ease)
        inflow = np.array([self.inflow_ml_min.get(name, 0.0) for name in self.nodes])
        free = np.array([name not in LUNGS for name in self.nodes])
        pressure = np.zeros(len(number))
        pressure[free] = np.linalg.solve(balance[np.ix_(free, free)], inflow[free])
        flow = ease * (pressure[start] - pressure[end])
        return {v.name: float(f) for v, f in zip(self.veins, flow, strict=True)}

    def way_to_the_lungs(self, node: str) -> tuple[Vein, ...]:
        """The way most blood takes from a node, against valveless veins too where it runs that way.

        Raises KeyError for a node that is not there.
        """
        flow, way = self.nominal_flow_ml_min, []
        while node not in LUNGS:
            ahead = [(flow[v.name], v.name, v, v.end) for v in self.leaving[node]]
            ahead += [(-flow[v.name], v.name, v, v.start) for v in self.entering[node]]
            _, _, vein, node = max(ahead, key=lambda choice: choice[:2])
            way.append(vein)
        return tuple(way)

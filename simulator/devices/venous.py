"""The veins that drain the target body, as cement meets them: mouths in bone, pipes behind them, where it is seen.

Mouths are the places where tributaries begin in the marrow (``vein_tree``) and the basivertebral foramen itself.
Behind them is the part of the venous graph that cement can fill; where that ends, in the great veins and beyond
the neighbouring levels, flowing blood takes all that comes. Cement fills pipes as ``physics.pipes`` says. Bone and
pipes are joined at the mouths: bone sees a way out with the conductance of the pipes at the moment, pipes get what
flowed out through it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from anatomy import frames
from anatomy.body.veins import Kind, Vein, VenousGraph
from anatomy.regions import IN_BONE, Region
from anatomy.skeleton.vertebra import Vertebra
from anatomy.spec import LEVELS
from anatomy.volume import Grid
from simulator.devices.vein_tree import VeinTree
from simulator.physics.cannula import PowerLaw
from simulator.physics.pipes import Network, Plugs, filled, steady_flow

FORAMEN = 1
"""Number of the mouth at the basivertebral foramen; those of tributaries follow."""

REGION_OF: dict[Kind, Region] = {
    "basivertebral": Region.BASIVERTEBRAL_VEIN,
    "epidural": Region.EPIDURAL_VEIN,
    "foraminal": Region.FORAMINAL_VEIN,
    "external": Region.EXTERNAL_VEIN,
    "segmental": Region.SEGMENTAL_VEIN,
    "ascending lumbar": Region.ASCENDING_LUMBAR_VEIN,
    "azygos": Region.AZYGOS_VEIN,
    "vena cava": Region.VENA_CAVA,
    "iliac": Region.VENA_CAVA,
}
GREAT: tuple[Kind, ...] = ("azygos", "vena cava", "iliac", "heart", "lung")
MARROW_ML_MIN = 3.0
"""Blood that a body's tributaries bring together (as in ``anatomy.body.venous_courses``; unconfirmed)."""
LEVELS_AWAY = 1
"""Pipes of so many levels on either side can fill; what goes farther is carried away."""

SLIP_M = 18.0e-3
"""Slip length of cement on the wet wall of a vein. Cement slips (physics A2: rotational tests suffer from it); a
film of blood of thickness d gives d times the ratio of viscosities, so this is one of 1.3 micrometres under cement
of 50 Pa.s. *Unconfirmed*; chosen so that veins leak about as often as in patients, on patients kept for that."""
STRAND_MM = 1.1
"""Cement runs through veins that are wider than this as a strand of this diameter: two tributaries' side by side
(``vein_tree``: 0.8 mm each). Blood, of which more flows there than of cement, passes beside it. *Unconfirmed*; CT
shows threads in veins of 2 to 4 mm."""
LEAST_FLOW_M3_S = 1e-10
"""Flow, 0.006 ml/min, at which the pipes' resistance is told while nothing flows."""
EASE_STEP = 1.5
"""Conductances of mouths are told in steps of this factor, so that bone need not be solved anew at every tick."""
STAYS_WITHIN = 0.8
"""Steps that a conductance must have gone before it is told anew: viscosity follows flow, and flow conductance."""
_ML = 1e-6
_DRAWN_LEAST = 0.6  # a pipe is drawn at least this share of a voxel thick (radius)


@dataclass(frozen=True)
class VenousCement:
    """Cement in veins: (pipe, ml at its start, ml at its end) of each pipe that holds any; how far each mouth's
    conductance is from 1 m3, in steps of EASE_STEP; nodes reached; and what flowing blood has taken off and not
    yet brought to the lungs, by the pipe it was taken from."""

    plugs: tuple[tuple[int, float, float], ...] = ()
    ease_steps: tuple[int, ...] = ()
    wet: tuple[int, ...] = ()
    taken: tuple[tuple[int, float], ...] = ()

    @property
    def total_ml(self) -> float:
        """All of it, in bone and beyond."""
        return sum(a + b for _, a, b in self.plugs) + sum(ml for _, ml in self.taken)


NO_CEMENT_IN_VEINS = VenousCement()


@dataclass(frozen=True, eq=False)
class Veins:
    """Pipes near the target and their mouths. on: the region grid."""

    pipes: tuple[Vein, ...]
    network: Network
    mouth_nodes: tuple[int, ...]
    grid: Grid

    @classmethod
    def of(cls, graph: VenousGraph, v: Vertebra, grid: Grid, tree: VeinTree) -> Veins:
        """The veins in and around a vertebra. Raises KeyError where the graph does not drain its level."""
        number = LEVELS.index(v.level)
        near = set(LEVELS[max(number - LEVELS_AWAY, 0) : number + LEVELS_AWAY + 1])
        drains = [p for p in graph.veins if p.kind != "basivertebral"]
        around = [p for p in drains if p.kind not in GREAT and {_level(p.start), _level(p.end)} & near]
        pipes = (*tree.pipes, *around)
        names = {name: n for n, name in enumerate(dict.fromkeys(node for p in pipes for node in (p.start, p.end)))}
        beyond = {node for p in drains if p not in around for node in (p.start, p.end)}
        flow = _blood_ml_min(graph, v, tree)
        network = Network(
            start=np.array([names[p.start] for p in pipes]),
            end=np.array([names[p.end] for p in pipes]),
            length_m=np.array([p.length_mm for p in pipes]) * 1e-3,
            radius_m=np.array([0.5 * p.diameter_mm for p in pipes]) * 1e-3,
            blood_m3_s=np.array([flow[p.name] for p in pipes]) * _ML / 60.0,
            sinks=frozenset(n for name, n in names.items() if name in beyond),
            slip_m=SLIP_M,
            widest_m=0.5e-3 * STRAND_MM,
        )
        foramen = names[f"{v.level} basivertebral foramen"]
        return cls(pipes, network, (foramen, *(names[site] for site in tree.sites)), grid)

    def plugs(self, cement: VenousCement) -> Plugs:
        """The cement as ``physics.pipes`` has it."""
        ends = np.zeros((2, len(self.pipes)))
        for pipe, a, b in cement.plugs:
            ends[:, pipe] = a * _ML, b * _ML
        return Plugs(ends[0], ends[1], frozenset(cement.wet))

    def ease_m3(self, cement: VenousCement | None, mouth: int) -> float:
        """Conductance of the pipes behind a mouth (from 0): flow times viscosity over pressure; 0 = shut."""
        steps = (cement.ease_steps if cement is not None else ()) or self._empty_steps
        here = steps[mouth]
        return float(EASE_STEP**here) if here > _SHUT else 0.0

    @cached_property
    def _empty_steps(self) -> tuple[int, ...]:
        flows = dict.fromkeys(self.mouth_nodes, LEAST_FLOW_M3_S)
        pressure = steady_flow(self.network, Plugs.none(self.network), PowerLaw(1.0), flows).pressure_pa
        return tuple(_steps(flows[node] / pressure[node]) for node in self.mouth_nodes)

    def filled(
        self,
        cement: VenousCement,
        into_ml: tuple[float, ...],
        fluid: PowerLaw,
        viscosity_pa_s: float,
        duration_s: float,
    ) -> tuple[VenousCement, float]:
        """The cement after into_ml has come through each mouth, and the ml that found no room."""
        flows = {n: ml * _ML / duration_s for n, ml in zip(self.mouth_nodes, into_ml, strict=True) if ml > 0.0}
        plugs, off, no_room, pressure = filled(self.network, self.plugs(cement), fluid, flows, duration_s)
        taken = dict(cement.taken)
        for pipe in np.flatnonzero(off > 0.0):
            taken[int(pipe)] = taken.get(int(pipe), 0.0) + float(off[pipe]) / _ML
        held = np.flatnonzero(plugs.volume_m3 > 0.0)
        # Against bone in which the cement is as viscous as viscosity_pa_s; mouths without flow keep their
        # conductance.
        steps = tuple(
            _steps(viscosity_pa_s * max(flows[node], LEAST_FLOW_M3_S) / pressure[node], old)
            if node in flows
            else old
            for node, old in zip(self.mouth_nodes, cement.ease_steps or self._empty_steps, strict=True)
        )
        after = VenousCement(
            tuple((int(p), float(plugs.at_start_m3[p]) / _ML, float(plugs.at_end_m3[p]) / _ML) for p in held),
            steps,
            tuple(sorted(plugs.wet)),
            tuple(sorted(taken.items())),
        )
        return after, no_room / _ML

    def by_region_ml(self, cement: VenousCement) -> dict[Region, float]:
        """Cement by the kind of vein that holds it; what hangs in the stream with the vein that it hangs from."""
        out: dict[Region, float] = {}
        for pipe, ml in [*((p, a + b) for p, a, b in cement.plugs), *cement.taken]:
            region = REGION_OF[self.pipes[pipe].kind]
            out[region] = out.get(region, 0.0) + ml
        return out

    def voxels(self, cement: VenousCement) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.uint8]]:
        """Flat indices on the grid, ml and Region (n,) of the cement that lies there; a voxel may come twice.

        What lies beyond the grid is left out; what hangs in the stream is not drawn.
        """
        found: list[tuple[NDArray, NDArray, NDArray]] = []
        for pipe, at_start, at_end in cement.plugs:
            vein = self.pipes[pipe]
            width_mm = 2e3 * float(self.network.strand_m[pipe])
            index, place, whole = _course(vein, self.grid, width_mm)
            room = float(self.network.room_m3[pipe]) / _ML
            share = np.zeros(len(index))
            for ml, along in ((at_start, place), (at_end, 1.0 - place)):
                part = along <= min(ml / room, 1.0) if ml > 0.0 else np.zeros(len(index), dtype=bool)
                if ml > 0.0 and not part.any() and len(index):
                    part = along <= along.min() + 1e-9
                # Each slice of the course holds what the pipe holds there, whether the grid shows all of it or
                # not.
                if part.any():
                    shown = part.sum() * room / whole
                    share += part * (min(ml, shown) / part.sum())
            used = share > 0.0
            region = np.full(int(used.sum()), REGION_OF[vein.kind], dtype=np.uint8)
            found.append((index[used], share[used], region))
        if not found:
            return np.zeros(0, dtype=np.intp), np.zeros(0), np.zeros(0, dtype=np.uint8)
        indices, shares, regions = zip(*found, strict=True)
        return np.concatenate(indices), np.concatenate(shares), np.concatenate(regions)


@lru_cache(maxsize=256)
def _course(vein: Vein, grid: Grid, width_mm: float) -> tuple[NDArray[np.intp], NDArray[np.float64], float]:
    """Voxels of what lies along a pipe, so wide, on a grid: flat indices, how far along it they lie (0 to 1), and
    how many there would be on an endless grid."""
    h = float(grid.voxel_mm[0])
    line = np.asarray(vein.line_mm, dtype=float)
    steps = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    at = np.linspace(0.0, steps[-1], max(int(steps[-1] / (0.25 * h)), 2))
    points = np.column_stack([np.interp(at, steps, line[:, axis]) for axis in range(3)])
    local = frames.apply(frames.inverse(grid.patient_from_voxel), points)
    r = max(0.5 * width_mm / h, _DRAWN_LEAST)
    low = np.clip(np.floor(local.min(axis=0) - r), 0, np.array(grid.shape)).astype(int)
    high = np.clip(np.ceil(local.max(axis=0) + r) + 1, 0, np.array(grid.shape)).astype(int)
    box = np.stack(np.meshgrid(*(np.arange(a, b) for a, b in zip(low, high, strict=True)), indexing="ij"), -1)
    voxels = box.reshape(-1, 3)
    on_grid = float(np.mean(np.all((local > -0.5) & (local < np.array(grid.shape) - 0.5), axis=1)))
    if len(voxels) == 0 or on_grid == 0.0:
        return np.zeros(0, dtype=np.intp), np.zeros(0), 1.0
    distance, nearest = cKDTree(local).query(voxels)
    near = distance <= r
    index = np.ravel_multi_index(tuple(voxels[near].T), grid.shape)
    return index, at[nearest[near]] / steps[-1], len(index) / on_grid


_SHUT = -1000


def _steps(ease_m3: float, before: int = _SHUT) -> int:
    """Steps nearest to a conductance; those before where it lies within STAYS_WITHIN of them."""
    if not ease_m3 > 0.0:
        return _SHUT
    exact = float(np.log(ease_m3) / np.log(EASE_STEP))
    return before if abs(exact - before) < STAYS_WITHIN else round(exact)


def _blood_ml_min(graph: VenousGraph, v: Vertebra, tree: VeinTree) -> dict[str, float]:
    """Flow of blood in every vein by name, from start to end, with the tree in place of the body's veins.

    What the marrow gives enters the tree by its tributaries and leaves it by every way out: pressure in a body is
    20 to 40 mmHg (unconfirmed), so far above that in the veins around it that these count as one. Beyond,
    Poiseuille's law says which way it goes on, as in the graph.
    """
    inside = _tree_flow_ml_min(tree)
    middle = f"{v.level} body"
    kept = tuple(p for p in graph.veins if not (p.kind == "basivertebral" and p.start == middle))
    inflow = {node: ml for node, ml in graph.inflow_ml_min.items() if node != middle}
    starts = {p.start for p in tree.pipes}
    for p in tree.pipes:
        if p.end not in starts:
            inflow[p.end] = inflow.get(p.end, 0.0) + inside[p.name]
    nodes = {name: place for name, place in graph.nodes.items() if name != middle}
    return dict(VenousGraph(nodes, kept, inflow).nominal_flow_ml_min) | inside


def _tree_flow_ml_min(tree: VeinTree) -> dict[str, float]:
    """Poiseuille's flow in the tree by pipe, ends of stems at one pressure."""
    starts = sorted({p.start for p in tree.pipes})
    number = {node: n for n, node in enumerate(starts)}
    balance, given = np.zeros((len(starts), len(starts))), np.zeros(len(starts))
    entries = tree.sites or (tree.pipes[0].start,)
    for node in entries:
        given[number[node]] = MARROW_ML_MIN / len(entries)
    ease = [p.diameter_mm**4 / p.length_mm for p in tree.pipes]
    for p, e in zip(tree.pipes, ease, strict=True):
        a, b = number[p.start], number.get(p.end)
        balance[a, a] += e
        if b is not None:
            balance[b, b] += e
            balance[a, b] -= e
            balance[b, a] -= e
    pressure = np.append(np.linalg.solve(balance, given), 0.0)
    return {
        p.name: float(e * (pressure[number[p.start]] - pressure[number.get(p.end, -1)]))
        for p, e in zip(tree.pipes, ease, strict=True)
    }


def _level(node: str) -> str:
    return node.split(" ", 1)[0]


def mouths(label: NDArray[np.uint8], tree: VeinTree) -> NDArray[np.uint8]:
    """(i, j, k) number of the mouth that a voxel belongs to, 0 elsewhere: 1 is where the basivertebral foramen
    opens behind the body, the others are tributaries in their order."""
    mouth = np.zeros(label.shape, dtype=np.uint8)
    behind = ndimage.binary_dilation(label == Region.BASIVERTEBRAL_VEIN) & ~np.isin(label, IN_BONE)
    mouth[behind & np.isin(label, (Region.EPIDURAL_VEIN, Region.CANAL))] = FORAMEN
    for axis in range(3):  # a tributary takes in what is within a millimetre or two of where it begins
        for step in (-1, 1):
            beside = tree.voxels.copy()
            beside[:, axis] = np.clip(beside[:, axis] + step, 0, label.shape[axis] - 1)
            marrow = label[tuple(beside.T)] == Region.BODY
            mouth[tuple(beside[marrow].T)] = FORAMEN + 1 + np.flatnonzero(marrow)
    mouth[tuple(tree.voxels.T)] = np.arange(FORAMEN + 1, FORAMEN + 1 + len(tree.voxels))
    return mouth


def without(cement: VenousCement, pipe: int, ml: float) -> VenousCement:
    """The cement after ml of what hangs at a pipe has been carried on."""
    left = {p: held - (ml if p == pipe else 0.0) for p, held in cement.taken}
    return replace(cement, taken=tuple((p, held) for p, held in left.items() if held > 1e-12))

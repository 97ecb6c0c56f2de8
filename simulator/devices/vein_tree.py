"""The veins inside the target body: the basivertebral Y of the anatomy, and tributaries that join it.

The graph of anatomy has one confluence in the body, from which a trunk runs to the basivertebral foramen and
thinner veins to the front and to both sides (anatomy 5: 2 to 4 veins of 1 to 2 mm). Marrow drains into them from
everywhere through thin-walled tributaries: cement that reaches one is in the veins. Where a patient has them is
drawn from the seed; how many there are is *unconfirmed*, how wide they are follows from that and from the stems.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy import frames
from anatomy.body.veins import Vein, VenousGraph
from anatomy.fractures.fracture import Collapse
from anatomy.frames import FloatArray
from anatomy.regions import Region
from anatomy.skeleton.vertebra import Vertebra
from anatomy.volume import Grid

STREAM = 0x7665696E  # "vein"
PER_ML, MOST = 2.5, 120
"""Tributaries per ml of body: marrow is drained alike in small and large bodies; and at most."""
FROM_WALL_MM = 2.0
"""They begin at least so far inside the wall."""
SPREAD = 1.35
"""Scatter of their diameters, as a factor; their median follows from the veins they join (``_murray_mm``)."""
REACH = {"basivertebral foramen": 1.2, "front": 0.3, "waist left": 1.2, "waist right": 1.2}
"""How far the veins in the body, named by where they lead to, draw tributaries, against each other: the trunk is
the widest, and the arms of the Y run to the anterolateral wall, not to the middle of the front (unconfirmed)."""
FRONT_MM = 0.8
"""What leaves through the middle of the front is no arm of the Y but a small opening, as wide as a tributary
(unconfirmed)."""


@dataclass(frozen=True, eq=False)
class VeinTree:
    """Pipes in bone, patient frame, as found; nodes of the graph keep their names, others get new ones.

    sites: node at which each mouth lies; voxels (n, 3): where on the grid.
    """

    pipes: tuple[Vein, ...]
    sites: tuple[str, ...]
    voxels: NDArray[np.intp]


def vein_tree(
    graph: VenousGraph, v: Vertebra, collapse: Collapse | None, label: NDArray[np.uint8], grid: Grid, seed: int
) -> VeinTree:
    """The veins inside a body. Sites lie in bone, one a voxel, away from the wall and from the foramen."""
    stems = [p for p in graph.veins if p.kind == "basivertebral" and p.start == f"{v.level} body"]
    stems = [replace(p, diameter_mm=FRONT_MM) if p.end == f"{v.level} front" else p for p in stems]
    lines = [_as_found(p.line_mm, v, collapse) for p in stems]
    reach = [REACH[p.end.removeprefix(f"{v.level} ")] for p in stems]
    rng = np.random.default_rng([seed, STREAM])
    deep = ndimage.distance_transform_edt(label == Region.BODY) * float(grid.voxel_mm[0]) > FROM_WALL_MM
    places = np.argwhere(deep)
    body_ml = float((label == Region.BODY).sum()) * grid.voxel_ml
    count = min(round(PER_ML * body_ml), MOST, len(places))
    chosen = places[np.sort(rng.choice(len(places), count, replace=False))]
    widths = _murray_mm([p.diameter_mm for p in stems], count) * SPREAD ** np.clip(
        rng.standard_normal(count), -2.0, 2.0
    )
    joins: list[list[tuple[float, str]]] = [[] for _ in stems]
    pipes: list[Vein] = []
    for number, (voxel, width) in enumerate(zip(chosen, widths, strict=True)):
        site = frames.apply(grid.patient_from_voxel, voxel.astype(float))
        which, along, point = _nearest(lines, reach, site)
        node = f"{v.level} junction {number + 1}"
        joins[which].append((along, node))
        ends = np.vstack([site, point])
        if np.linalg.norm(ends[1] - ends[0]) < 1.0:
            ends[1] = site + frames.unit(ends[1] - ends[0] + 1e-6)
        name = f"{v.level} tributary {number + 1}"
        pipes.append(Vein(name, node, "basivertebral", float(width), ends, is_valveless=True))
    for stem, line, joined in zip(stems, lines, joins, strict=True):
        pipes += _cut(stem, line, sorted(joined))
    return VeinTree(tuple(pipes), tuple(p.start for p in pipes[:count]), chosen)


def _murray_mm(diameters_mm: list[float], count: int) -> float:
    """Diameter of so many alike tributaries of some veins: cubes of diameters add up where veins join (C. D.
    Murray, Proc Natl Acad Sci USA 1926;12:207).

    >>> round(_murray_mm([2.2, 1.5, 1.5, 1.5], 40), 2)
    0.8
    """
    return float((sum(d**3 for d in diameters_mm) / max(count, 1)) ** (1.0 / 3.0))


def _as_found(line_mm: FloatArray, v: Vertebra, collapse: Collapse | None) -> FloatArray:
    """A line of the unfractured body where the fracture has moved it to."""
    if collapse is None:
        return np.asarray(line_mm, dtype=float)
    local = frames.apply(frames.inverse(v.patient_from_vertebra), np.asarray(line_mm, dtype=float))
    y, z = collapse.moved(local[:, 0], local[:, 1], local[:, 2], 1.0)
    return frames.apply(v.patient_from_vertebra, np.column_stack([local[:, 0], y, z]))


def _lengths(line: FloatArray) -> FloatArray:
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])


def _nearest(lines: list[FloatArray], reach: list[float], point: FloatArray) -> tuple[int, float, FloatArray]:
    """(which line, how far along it in mm, the place) nearest to a point, distances over the reach of each
    line; away from the lines' ends."""
    best: tuple[float, int, float, FloatArray] | None = None
    for which, (line, far) in enumerate(zip(lines, reach, strict=True)):
        length = _lengths(line)
        at = np.linspace(0.05, 0.9, 60) * length[-1]
        places = np.column_stack([np.interp(at, length, line[:, axis]) for axis in range(3)])
        distance = np.linalg.norm(places - point, axis=1) / far
        nearest = int(np.argmin(distance))
        if best is None or distance[nearest] < best[0]:
            best = float(distance[nearest]), which, float(at[nearest]), places[nearest]
    assert best is not None
    return best[1], best[2], best[3]


def _cut(stem: Vein, line: FloatArray, joined: list[tuple[float, str]]) -> list[Vein]:
    """A vein as several, from junction to junction (mm along it, node)."""
    length = _lengths(line)
    knots = [(0.0, stem.start), *joined, (float(length[-1]), stem.end)]
    out = []
    for (low, start), (high, end) in itertools.pairwise(knots):
        at = np.linspace(low, max(high, low + 0.2), 8)
        part = np.column_stack([np.interp(at, length, line[:, axis]) for axis in range(3)])
        if np.linalg.norm(part[-1] - part[0]) < 0.2:
            part[-1] = part[0] + (0.0, 0.0, 0.2)
        out.append(Vein(start, end, "basivertebral", stem.diameter_mm, part, stem.evidence, True))
    return out

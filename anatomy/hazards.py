"""What a needle must not touch, as distances: canal, nerves, vessels, pleura, lungs and organs near the target.

Geometry: anatomy section 5, from the same descriptions that soft tissue is painted from. Each distance is sampled
on one lattice around the target, in the box where the structure is near. What does not come near the target is
missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from anatomy import canal, shapes
from anatomy.body import nerves, vessels
from anatomy.body.abdomen import bowel_tubes, kidney_ellipsoid, liver_ellipsoids, spleen_distance, spleen_ellipsoid
from anatomy.body.organ import Sweep
from anatomy.body.thorax import Cage, crura, diaphragm_distance, lung_distance, oesophagus, pleura_distance
from anatomy.body.trunk import Trunk, cavity_distance
from anatomy.body.veins import VenousGraph
from anatomy.body.vessels import Tube
from anatomy.column import Column
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton.ribs import Rib
from anatomy.skeleton.vertebra import side_sign
from anatomy.spec import LEVELS, SIDES, Level
from anatomy.sway import Sway
from anatomy.table import Distance, Table, every_second
from anatomy.volume import Grid, Volume

HAZARD_MM = 1.5
FAR_MM = 12.0
"""Distances are kept this far off a structure; farther out its volume ends, or holds more than this."""
BOX = ((-96.0, -100.0, -54.0), (96.0, 72.0, 54.0))
"""About the target: the lattice of all distances spans it (low, high)."""
_INTERCOSTAL_RADIUS_MM = 2.5  # vein, artery and nerve under a rib (unconfirmed)


@dataclass(frozen=True, eq=False)
class Hazard:
    """A structure with its signed distance (mm, negative inside) and how close is already a near miss.

    part_of: the hazard of which it is a part, so that touching it once does not count twice.
    """

    name: str
    distance: Volume
    near_mm: float
    part_of: str | None = None


@dataclass(frozen=True)
class _Found:
    """distance(x, y, z) at axes, the box (low, high) about the structure, near miss, and what it is part of."""

    distance: Distance
    box: tuple[FloatArray, FloatArray]
    near_mm: float
    part_of: str | None = None


def hazards(
    outline: Trunk,
    skin: Table,
    cage: Cage,
    ribs: Iterable[Rib],
    spine: Column,
    veins: VenousGraph,
    sway: Sway | None,
) -> Mapping[str, Hazard]:
    """Hazards around the target by name.

    skin: the outline's distance; outline, skin and cage are those of the upright body, which sway carries along.
    """
    grid = Grid.spanning(*BOX, HAZARD_MM)
    found = {
        **_nerves(outline, spine),
        **_vessels(spine, veins),
        **_intercostal(ribs, spine),
    }
    chest = _chest(outline, cage, skin, sway, grid)
    found |= chest | _organs(outline, skin, [chest[f"lung {side}"] for side in SIDES], sway, grid)
    out = {}
    for name, one in found.items():
        window = grid.window(one.box[0] - FAR_MM, one.box[1] + FAR_MM)
        if any(s.stop - s.start < 3 for s in window):
            continue
        part = grid.part(window)
        values = np.broadcast_to(one.distance(*part.axes_mm()), part.shape)
        if values.min() < 0.0:
            volume = Volume(np.asarray(values, dtype=np.float32), part)
            out[name] = Hazard(name, volume, one.near_mm, one.part_of)
    return out


def _near_levels(spine: Column) -> list[Level]:
    """The target and its neighbours."""
    at = LEVELS.index(spine.target)
    return list(LEVELS[max(at - 1, 0) : at + 2])


def _nerves(t: Trunk, spine: Column) -> dict[str, _Found]:
    """Canal with dura and cord in it, and roots and ganglia of the levels beside the target's pedicles."""
    low, high = np.array(BOX[0]), np.array(BOX[1])
    found = {"canal": _Found(partial(canal.distance, spine), (low, high), 1.0)}
    sac, cord = nerves.sac(spine), nerves.cord(t.spec, spine)
    found["dura"] = _swept([sac], 1.0, "canal")
    found["cord"] = _swept([cord], 2.0, "canal")
    found["cauda equina"] = _swept([nerves.cauda(t.spec, spine)], 1.0, "canal")
    if canal.is_narrowed(spine):
        found = {name: replace(one, distance=canal.Narrowed(one.distance, spine)) for name, one in found.items()}
    for side in SIDES:
        whole: list[Sweep] = []
        for level in _near_levels(spine):
            root = nerves.root(spine.vertebrae[level], side)
            whole += [root.nerve(), root.ganglion()]
            found[f"nerve root {level} {side}"] = _swept([root.nerve()], 2.0, f"nerve root {side}")
            found[f"ganglion {level} {side}"] = _swept([root.ganglion()], 2.0, f"nerve root {side}")
        found[f"nerve root {side}"] = _swept(whole, 2.0)
    return found


def _swept(sweeps: list[Sweep], near_mm: float, part_of: str | None = None) -> _Found:
    return _union([s.distance for s in sweeps], [s.box(0.0) for s in sweeps], near_mm, part_of)


def _tubes(tubes: Iterable[Tube], near_mm: float) -> _Found:
    several = list(tubes)
    return _union([t.distance for t in several], [t.box(0.0) for t in several], near_mm, None)


def _union(
    distances: list[Distance],
    boxes: list[tuple[FloatArray, FloatArray]],
    near_mm: float,
    part_of: str | None,
) -> _Found:
    box = np.min([b[0] for b in boxes], axis=0), np.max([b[1] for b in boxes], axis=0)

    def distance(x: Array, y: Array, z: Array) -> Array:
        out = distances[0](x, y, z)
        for other in distances[1:]:
            out = np.minimum(out, other(x, y, z))
        return out

    return _Found(distance, box, near_mm, part_of)


def _vessels(spine: Column, veins: VenousGraph) -> dict[str, _Found]:
    """Great vessels, and the segmental ones of target and neighbours."""
    arteries = vessels.iliac_arteries(spine)
    cava = veins.tubes("vena cava").values()
    found = {"aorta": _tubes([vessels.aorta(spine)], 3.0), "inferior vena cava": _tubes(cava, 3.0)}
    for name, starts in (("azygos", "azygos"), ("hemiazygos", ("hemiazygos", "accessory"))):
        chain = [tube for vein, tube in veins.tubes("azygos").items() if vein.startswith(starts)]
        found[name] = _tubes(chain, 2.0)
    for side in SIDES:
        iliac = [tube for vein, tube in veins.tubes("iliac").items() if vein.startswith(f"iliac vein {side}")]
        found[f"iliac vessels {side}"] = _tubes([arteries[side], *iliac], 3.0)
        small = []
        for level in _near_levels(spine):
            small.append(vessels.segmental_artery(spine.vertebrae[level], side))
            ends = (f"{level} lateral {side}", f"{level} waist {side}")
            small += [tube for vein, tube in veins.tubes("segmental").items() if vein.startswith(ends)]
        found[f"segmental vessels {side}"] = _tubes(small, 1.0)
    return found


def _intercostal(ribs: Iterable[Rib], spine: Column) -> dict[str, _Found]:
    """Vein, artery and nerve under the lower border of the ribs beside the target."""
    found = {}
    for side in SIDES:
        below = [
            Tube(rib.line_mm[4:] - (0.0, 0.0, rib.half_mm[1] + _INTERCOSTAL_RADIUS_MM),
                 np.full(len(rib.line_mm) - 4, _INTERCOSTAL_RADIUS_MM))
            for rib in ribs if rib.side == side and rib.level in _near_levels(spine)
        ]  # fmt: skip
        if below:
            found[f"intercostal bundle {side}"] = _tubes(below, 1.0)
    return found


def _chest(t: Trunk, cage: Cage, skin: Table, sway: Sway | None, grid: Grid) -> dict[str, _Found]:
    """Lungs, the pleural space beyond them with its recess, diaphragm and oesophagus."""
    coarse = every_second(grid)
    x, y, z = coarse.axes_mm()
    skin_mm = skin.at(x, y, z)
    low, high = grid.box_mm()

    def table(height: Array) -> Table:
        values = _true_mm(np.broadcast_to(height, coarse.shape), coarse)
        return Table(coarse, values if sway is None else sway.carried(values, coarse))

    found = {}
    for side in SIDES:
        s = side_sign(side)
        lung = table(lung_distance(t, cage, s, skin_mm, x, y, z))
        pleura = table(pleura_distance(t, cage, s, skin_mm, x, y, z))
        space = Table(coarse, np.maximum(pleura.values, -lung.values))
        found[f"lung {side}"] = _Found(lung.at, _box_below(lung, low, high), 5.0)
        found[f"pleura {side}"] = _Found(space.at, _box_below(space, low, high), 3.0)
    dome = table(diaphragm_distance(t, cage, x, y, z))
    pillars = crura(t)
    legs = [_moved(Tube(line, radius), sway) for line, radius in pillars]
    found["diaphragm"] = _union([dome.at, *(leg.distance for leg in legs)], [(low, high)], 2.0, None)
    gullet = oesophagus(t)
    found["oesophagus"] = _tubes([_moved(Tube(*gullet), sway)], 3.0)
    return found


def _true_mm(height: Array, grid: Grid) -> Array:
    """Distances described along axes, divided by their slope where that is steep."""
    slope = np.sqrt(sum(np.square(g) for g in np.gradient(height, *grid.voxel_mm)))
    return np.asarray(height / np.maximum(slope, 0.6), dtype=np.float32)


def _box_below(table: Table, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The box of what a table says is inside; empty, at the lattice's corner, where nothing is."""
    box = table.box_below(0.0)
    return (low - 100.0, low - 100.0) if box is None else (np.maximum(box[0], low), np.minimum(box[1], high))


def _moved(tube: Tube, sway: Sway | None) -> Tube:
    return tube if sway is None else Tube(sway.moved(tube.line_mm), tube.radius_mm)


def _organs(t: Trunk, skin: Table, lungs: list[_Found], sway: Sway | None, grid: Grid) -> dict[str, _Found]:
    """Kidneys, spleen, liver and bowel, inside the cavity and below the lungs: seen and feared alike."""
    coarse = every_second(grid)
    axes = coarse.axes_mm()
    cavity = np.broadcast_to(cavity_distance(t, skin.at(*axes), *axes), coarse.shape).astype(np.float32)
    cavity = cavity if sway is None else sway.carried(cavity, coarse)
    room = Table(coarse, _true_mm(np.max([cavity, *(-lung.distance(*axes) for lung in lungs)], axis=0), coarse))
    solids = {f"kidney {side}": [kidney_ellipsoid(t, side_sign(side))] for side in SIDES}
    solids["liver"] = liver_ellipsoids(t)
    found = {}
    for name, ellipsoids in solids.items():
        several = [_solid(partial(shapes.ellipsoid, centre=c, half=h), c, h, sway) for c, h in ellipsoids]
        whole = _union([one.distance for one in several], [one.box for one in several], 5.0, None)
        found[name] = whole if name.startswith("kidney") else _within(whole, room)
    found["spleen"] = _within(_solid(partial(spleen_distance, t), *spleen_ellipsoid(t), sway), room)
    low, high = grid.box_mm()
    loops = []
    for line, radii in bowel_tubes(t):
        loop = _moved(Tube(line, radii), sway)
        if np.any(np.all((loop.line_mm > low - 40.0) & (loop.line_mm < high + 40.0), axis=1)):
            loops.append(loop)
    if loops:
        found["bowel"] = _tubes(loops, 3.0)
    return found


def _within(one: _Found, room: Table) -> _Found:
    """What of a structure lies in a room."""
    return replace(one, distance=lambda x, y, z: np.maximum(one.distance(x, y, z), room.at(x, y, z)))


def _solid(shape: Distance, centre: FloatArray, half: FloatArray, sway: Sway | None) -> _Found:
    """A solid of the upright body about a centre, carried along with it."""
    if sway is None:
        return _Found(shape, shapes.around(centre, margin_mm=half), 5.0)
    box = shapes.around(sway.moved(centre[None])[0], margin_mm=np.add(half, (sway.most_mm, 0.0, 0.0)))
    return _Found(lambda x, y, z: shape(sway.upright_x(x, z).astype(np.float32), y, z), box, 5.0)

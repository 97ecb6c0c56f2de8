"""Instruments as tuples of solids: from where a thing is held to what the beam meets.

Everything lies on a ``Pose``: a tip, the direction in which the instrument is advanced, and the side that its
bevel, cup or handle faces. Lengths run backwards from the tip, mm ::

    handle, hub                                   tip
    =====[]------------------------------------------>  axis        at(back_mm, across_mm)

Tube diameters by gauge are physics C1, radiopaque ends of balloons B1. Sizes of handles, points, drills, curettes
and fillers are *unconfirmed* presets, chosen so that each fits through its cannula.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin, tan
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.tissue import PLATINUM, STEEL
from simulator.imaging.solids.bodies import Body
from simulator.imaging.solids.body_frame import frame_along, point
from simulator.imaging.solids.instrument_materials import CARBON_FIBRE, FOAM, LEAD, POLYCARBONATE, POLYURETHANE
from simulator.imaging.solids.intervals import Point
from simulator.imaging.solids.solids import (
    Solid,
    bevelled,
    capsule,
    cone,
    cylinder,
    ellipsoid,
    pointed,
    rod,
    slab,
    tube,
)

Gauge = Literal[8, 10, 11, 13, 22, 25]
Tip = Literal["diamond", "bevel"]
Mark = Literal["ring", "cross", "wire"]
Solids = tuple[Solid, ...]

DIAMETERS_MM: dict[Gauge, tuple[float, float]] = {
    8: (4.191, 3.429), 10: (3.404, 2.692), 11: (3.048, 2.388), 13: (2.413, 1.803), 22: (0.718, 0.413),
    25: (0.514, 0.260),
}  # fmt: skip
"""Outer and inner diameters, regular wall (physics C1; 25 G from the same chart)."""
CANNULA_MM = 125.0
"""From hub to tip; 100 to 150 are sold (physics C1, unconfirmed)."""
HUB_MM = 30.0
FACET_RAD, BEVEL_RAD = radians(27.0), radians(30.0)
MARKER_RADIUS_MM, MARKER_WALL_MM, MARKER_LENGTH_MM = 0.7, 0.1, 1.2
_PLAY_MM = 0.05  # between anything and the bore that it slides in
_HANDLE_MM = CANNULA_MM + 60.0
_FILLER_WALL_MM = 0.17


@dataclass(frozen=True)
class Pose:
    """Where an instrument is: its tip, the unit direction of advance, and the one across that it faces."""

    tip_mm: Point
    axis: Point
    facing: Point

    def at(self, back_mm: float, across_mm: float = 0.0) -> FloatArray:
        """The point (3,) so far behind the tip and to the side that the instrument faces, patient frame."""
        return np.array(self.tip_mm) - back_mm * np.array(self.axis) + across_mm * np.array(self.facing)


def pose(tip_mm: ArrayLike, axis: ArrayLike, facing: ArrayLike | None = None) -> Pose:
    """A pose from tip (3,), direction of advance (3,) and what it shall face (3,): only the part across counts."""
    tip = point(tip_mm, name="tip_mm")
    ahead = point(frames.unit(axis) + np.array(tip), name="axis")
    across, _, along = frame_along(tip, ahead, None if facing is None else point(facing, name="facing")).axes
    return Pose(tip, along, across)


def cannula(held: Pose, gauge: Gauge, length_mm: float = CANNULA_MM) -> Solids:
    """An open steel cannula with a plain end, and its plastic hub with two wings."""
    outer, inner = radii_mm(gauge)
    return tube(STEEL, held.at(length_mm + 12.0), held.at(0.0), outer, inner), *_hub(held, outer, length_mm)


def needle(held: Pose, gauge: Gauge, point_kind: Tip = "diamond", length_mm: float = CANNULA_MM) -> Solids:
    """A cannula with its stylet inside, both ground to one point, and their handles."""
    point_solids, ground = ground_point(held, gauge, point_kind)
    return (
        *sheath_and_stylet(held.at(length_mm + 12.0), held.at(ground), gauge, held.at(length_mm + HUB_MM)),
        *point_solids,
        *handles(held, gauge, length_mm),
    )


def sheath_and_stylet(
    back_mm: ArrayLike, front_mm: ArrayLike, gauge: Gauge, stylet_back_mm: ArrayLike | None = None
) -> Solids:
    """A straight piece of a cannula between two points (3,), and of its stylet, which may begin behind it."""
    outer, inner = radii_mm(gauge)
    start = back_mm if stylet_back_mm is None else stylet_back_mm
    return tube(STEEL, back_mm, front_mm, outer, inner), rod(STEEL, start, front_mm, inner - _PLAY_MM)


def ground_point(held: Pose, gauge: Gauge, point_kind: Tip) -> tuple[Solids, float]:
    """The end of a cannula with its stylet that is ground to a point, and how far behind the tip it begins."""
    outer, inner = radii_mm(gauge)
    core = inner - _PLAY_MM
    sheath: Body
    stylet: Body
    if point_kind == "diamond":
        ground = outer / tan(FACET_RAD) + 0.1
        sheath = pointed(held.at(ground), held.at(0.0), outer, FACET_RAD, held.facing)
        stylet = pointed(held.at(ground), held.at(0.0), core, FACET_RAD, held.facing)
    elif point_kind == "bevel":
        ground = 2.0 * outer / tan(BEVEL_RAD) + 0.1
        sheath = bevelled(held.at(ground), held.at(0.0), outer, BEVEL_RAD, held.facing)
        stylet = bevelled(held.at(ground), held.at((outer - core) / tan(BEVEL_RAD)), core, BEVEL_RAD, held.facing)
    else:
        raise ValueError(f"no needle is ground to a {point_kind!r}; there are diamond and bevel")
    hollow = Solid(STEEL, sheath, (cylinder(held.at(ground), held.at(0.0), inner),))
    return (hollow, Solid(STEEL, stylet)), ground


def handles(held: Pose, gauge: Gauge, length_mm: float, *, stylet: bool = True) -> Solids:
    """The hub of a cannula length_mm behind its tip, and the stylet's knob."""
    knob = rod(POLYCARBONATE, held.at(length_mm + HUB_MM + 10.0), held.at(length_mm + HUB_MM), 9.0)
    hub = _hub(held, radii_mm(gauge)[0], length_mm)
    return (*hub, knob) if stylet else hub


def drill(
    held: Pose, gauge: Gauge, fluted_mm: float = 30.0, outer_mm: float | None = None, handle_mm: float = _HANDLE_MM
) -> Solids:
    """A hand drill: a core with cutting edges round it, a shaft and, handle_mm behind the tip, a T-handle.

    It has an outer diameter of its own or fills the bore of a gauge.
    """
    radius = _in_bore(gauge, outer_mm)
    shaft = rod(STEEL, held.at(handle_mm + 10.0), held.at(fluted_mm), radius)
    return *drill_end(held, radius, fluted_mm), shaft, *grip(held, handle_mm)


def drill_end(held: Pose, radius: float, fluted_mm: float) -> Solids:
    """The fluted end of a drill of an outer radius, mm.

    The helix is drawn as oblique discs, each turned further than the one before.
    """
    core = 0.55 * radius
    tilt, thick, pitch = radians(50.0), 0.4 * radius, 2.0 * radius
    lean = 2.0 * radius / tan(tilt)
    inner = cylinder(held.at(fluted_mm + lean), held.at(0.0), core)
    edges = []
    for count in range(int(fluted_mm / pitch)):
        turn = radians(70.0) * count
        side = cos(turn) * np.array(held.facing) + sin(turn) * np.cross(held.axis, held.facing)
        start, front = held.at(pitch * count + thick + lean + 0.2), held.at(pitch * count + 0.5)
        behind = bevelled(start, held.at(pitch * count + 0.5 + thick), radius, tilt, side)
        edges.append(Solid(STEEL, bevelled(start, front, radius, tilt, side), (behind, inner)))
    return (
        Solid(STEEL, pointed(held.at(fluted_mm), held.at(0.0), core, radians(59.0), held.facing)),
        *edges,
    )


def curette(
    held: Pose,
    gauge: Gauge,
    flexion_rad: float = 0.0,
    outer_mm: float | None = None,
    handle_mm: float = _HANDLE_MM,
) -> Solids:
    """A scoop on a shaft; the last 8 mm bend by flexion_rad to the side that the cup faces. Sizes as a drill's."""
    radius = _in_bore(gauge, outer_mm)
    shaft = rod(STEEL, held.at(handle_mm + 10.0), held.at(CURETTE_END_MM), radius)
    return shaft, *curette_end(held, radius, flexion_rad), *grip(held, handle_mm)


CURETTE_END_MM = 16.0


def curette_end(held: Pose, shaft: float, flexion_rad: float = 0.0) -> Solids:
    """The last CURETTE_END_MM of a curette with a shaft of a radius, mm."""
    along, across = np.array(held.axis), np.array(held.facing)
    way = cos(flexion_rad) * along + sin(flexion_rad) * across
    elbow, neck = held.at(8.0), 0.5 * shaft
    open_to = cos(flexion_rad) * across - sin(flexion_rad) * along
    axes = np.column_stack([open_to, np.cross(way, open_to), way])
    cup, hollow = (
        ellipsoid(STEEL, frames.affine(axes, elbow + 5.0 * way + lift * open_to), semi).body
        for lift, semi in (
            (0.0, (0.75 * shaft, 0.9 * shaft, 3.0)),
            (0.6 * shaft, (0.75 * shaft, 0.65 * shaft, 2.4)),
        )
    )
    knee = capsule(held.at(12.0), elbow, neck)
    return (
        Solid(STEEL, cone(STEEL, held.at(CURETTE_END_MM), held.at(12.0), shaft, neck).body, (knee,)),
        Solid(STEEL, knee),
        Solid(STEEL, cylinder(elbow, elbow + 4.0 * way, neck), (cup, knee)),
        Solid(STEEL, cup, (hollow,)),
    )


def biopsy_needle(held: Pose, outer_mm: float, inner_mm: float, handle_mm: float = _HANDLE_MM) -> Solids:
    """A trephine: an open thin-walled tube that cuts a core, and a T-handle."""
    outer, inner = 0.5 * outer_mm, 0.5 * inner_mm
    return tube(STEEL, held.at(handle_mm + 10.0), held.at(0.0), outer, inner), *grip(held, handle_mm)


FILLER_MM = 200.0


def filler_bore_mm(gauge: Gauge) -> float:
    """Radius of a bone filler's bore: through an 8 G cannula it holds 1.5 ml (fillers of 1.5 ml: unconfirmed)."""
    return radii_mm(gauge)[1] - 0.17


def bone_filler(held: Pose, gauge: Gauge, plunger_mm: float = FILLER_MM, outer_mm: float | None = None) -> Solids:
    """A thin-walled steel tube with a funnel, and its plunger, whose end is plunger_mm behind the tip."""
    outer = radii_mm(gauge)[1] - 0.06 if outer_mm is None else 0.5 * outer_mm
    bore = filler_bore_mm(gauge) if outer_mm is None else outer - _FILLER_WALL_MM
    back, cup = FILLER_MM, FILLER_MM + 14.0
    funnel = cone(POLYCARBONATE, held.at(back), held.at(cup), 4.0, 6.5).body
    solids = (
        tube(STEEL, held.at(FILLER_MM), held.at(0.0), outer, bore),
        Solid(POLYCARBONATE, funnel, (cone(POLYCARBONATE, held.at(back), held.at(cup), bore, 5.0).body,)),
    )
    end = plunger_mm + FILLER_MM + 30.0
    knob = rod(POLYCARBONATE, held.at(end + 6.0), held.at(end), 8.0)
    return *solids, rod(STEEL, held.at(end), held.at(plunger_mm), bore - _PLAY_MM), knob


def anaesthetic_needle(held: Pose, length_mm: float = 90.0, gauge: Literal[22, 25] = 22) -> Solids:
    """A thin needle with a short bevel and a tapered plastic hub."""
    return fine_point(held, gauge, length_mm + 6.0), *fine_hub(held, gauge, length_mm)


def fine_point(held: Pose, gauge: Gauge, length_mm: float) -> Solid:
    """The bevelled end of a thin needle's tube."""
    outer, inner = radii_mm(gauge)
    shaft = bevelled(held.at(length_mm), held.at(0.0), outer, BEVEL_RAD, held.facing)
    return Solid(STEEL, shaft, (cylinder(held.at(length_mm), held.at(0.0), inner),))


def fine_hub(held: Pose, gauge: Gauge, length_mm: float) -> Solids:
    """The tapered plastic hub of a thin needle, which begins length_mm behind its tip."""
    outer, _ = radii_mm(gauge)
    hub = cone(POLYCARBONATE, held.at(length_mm), held.at(length_mm + 28.0), 2.2, 3.6).body
    hollow = cone(POLYCARBONATE, held.at(length_mm + 6.0), held.at(length_mm + 28.0), 1.9, 2.3).body
    steel = cylinder(held.at(length_mm + 6.0), held.at(length_mm), outer)
    return (Solid(POLYCARBONATE, hub, (hollow, steel)),)


def kirschner_wire(held: Pose, diameter_mm: float = 1.5, length_mm: float = 280.0) -> Solids:
    """A guide wire with a trocar point of three facets."""
    return (
        Solid(STEEL, pointed(held.at(length_mm), held.at(0.0), 0.5 * diameter_mm, radians(15.0), held.facing, 3)),
    )


def balloon_markers(proximal_mm: ArrayLike, distal_mm: ArrayLike) -> Solids:
    """The two platinum bands that say where a balloon begins and ends (physics B1; their size is unconfirmed)."""
    start, end = np.asarray(proximal_mm, dtype=float), np.asarray(distal_mm, dtype=float)
    band = MARKER_LENGTH_MM * frames.unit(end - start)
    inner = MARKER_RADIUS_MM - MARKER_WALL_MM
    return (
        tube(PLATINUM, start, start + band, MARKER_RADIUS_MM, inner),
        tube(PLATINUM, end - band, end, MARKER_RADIUS_MM, inner),
    )


def balloon_catheter(proximal_mm: ArrayLike, distal_mm: ArrayLike, shaft_mm: float = 170.0) -> Solids:
    """Markers, the thin inner tube that carries them, the shaft behind the balloon, and its stiffening wire.

    Fits through a 10 G cannula. The balloon itself is membrane: only its contrast is seen, and that is a volume.
    """
    start, end = np.asarray(proximal_mm, dtype=float), np.asarray(distal_mm, dtype=float)
    way = frames.unit(end - start)
    back, inner = start - shaft_mm * way, MARKER_RADIUS_MM - MARKER_WALL_MM
    return (
        *balloon_markers(start, end),
        tube(POLYURETHANE, start, end + 1.0 * way, inner, 0.4),
        tube(POLYURETHANE, back, start, 1.25, 0.4),
        rod(STEEL, back, end + 0.5 * way, 0.3),
    )


def skin_mark(kind: Mark, centre_mm: ArrayLike, normal: ArrayLike, facing: ArrayLike | None = None) -> Solids:
    """A marker laid on the skin about a point with a normal (3,): lead ring or cross, or a steel wire.

    Cross and wire lie along ``facing``, the cross also across it. Sizes are usual, unconfirmed.
    """
    laid = pose(centre_mm, normal, facing)
    middle, along = np.array(laid.tip_mm), np.array(laid.facing)
    if kind == "ring":
        return (tube(LEAD, laid.at(0.5), laid.at(-0.5), 9.0, 8.0),)
    if kind == "wire":
        return (Solid(STEEL, capsule(middle - 75.0 * along, middle + 75.0 * along, 0.75)),)
    if kind != "cross":
        raise ValueError(f"no skin mark is a {kind!r}; there are ring, cross and wire")
    across = np.cross(laid.axis, along)
    bar, other = (capsule(middle - 10.0 * way, middle + 10.0 * way, 0.75) for way in (along, across))
    return Solid(LEAD, bar), Solid(LEAD, other, (bar,))


def table_top(patient_from_table: ArrayLike, size_mm: tuple[float, float] = (530.0, 2000.0)) -> Solids:
    """A radiolucent table: carbon-fibre skins about a foam core, under a foam pad.

    patient_from_table (4, 4): the origin is the middle of the pad's upper face, x across, y along, z up. The top
    weakens a beam like 0.5 to 1 mm of aluminium, as tops are sold; thicknesses are unconfirmed.
    """
    layers = ((FOAM, 50.0), (CARBON_FIBRE, 0.8), (FOAM, 30.0), (CARBON_FIBRE, 0.8))
    solids, top = [], 0.0
    for material, thick in layers:
        place = frames.compose(patient_from_table, frames.translation((0.0, 0.0, top - 0.5 * thick)))
        solids.append(slab(material, place, (0.5 * size_mm[0], 0.5 * size_mm[1], 0.5 * thick)))
        top -= thick
    return tuple(solids)


def radii_mm(gauge: Gauge) -> tuple[float, float]:
    """Outer and inner radius of a gauge. Raises ValueError for one that is not in the table."""
    if gauge not in DIAMETERS_MM:
        raise ValueError(f"no instrument of {gauge} gauge; there are {', '.join(map(str, DIAMETERS_MM))}")
    outer, inner = DIAMETERS_MM[gauge]
    return 0.5 * outer, 0.5 * inner


def _in_bore(gauge: Gauge, outer_mm: float | None) -> float:
    """Radius of what has an outer diameter, or else slides in the bore of a gauge."""
    return radii_mm(gauge)[1] - 2.0 * _PLAY_MM if outer_mm is None else 0.5 * outer_mm


def _hub(held: Pose, outer_mm: float, length_mm: float) -> Solids:
    """A cannula's plastic hub: barrel, two wings and a Luer neck."""
    barrel = cylinder(held.at(length_mm), held.at(length_mm + 20.0), 6.5)
    steel = cylinder(held.at(length_mm), held.at(length_mm + 12.0), outer_mm)
    wings = capsule(held.at(length_mm + 13.0, -30.0), held.at(length_mm + 13.0, 30.0), 5.0)
    neck = tube(POLYCARBONATE, held.at(length_mm + 20.0), held.at(length_mm + HUB_MM), 3.9, 2.1)
    lumen = cylinder(held.at(length_mm + 12.0), held.at(length_mm + 20.0), 2.1)
    return Solid(POLYCARBONATE, barrel, (steel, lumen)), Solid(POLYCARBONATE, wings, (barrel,)), neck


def grip(held: Pose, back_mm: float) -> Solids:
    """A T-handle whose bar is back_mm behind the tip."""
    bar = capsule(held.at(back_mm, -35.0), held.at(back_mm, 35.0), 9.0)
    stem = cylinder(held.at(back_mm - 25.0), held.at(back_mm), 7.0)
    return Solid(POLYCARBONATE, bar), Solid(POLYCARBONATE, stem, (bar,))

"""Cannulae, what stands in them, wires, marks and the anaesthetic needle as solids that the beam meets."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import numpy as np

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.tissue import STEEL
from simulator.devices.bending import clock_direction
from simulator.devices.fine_needle import FineNeedle
from simulator.devices.instruments import FINE_LENGTH_MM, TOOLS
from simulator.devices.needle import Needle
from simulator.devices.path import chords
from simulator.devices.tools import Wire
from simulator.engine.state import SkinMark
from simulator.imaging.solids import bent, instruments
from simulator.imaging.solids.instruments import Solids
from simulator.imaging.solids.solids import rod, tube

PIECE_MM = 10.0
"""Bent needles are drawn in straight pieces of at least so much: a bow of a few hundredths of a millimetre."""
LEAST_END_MM = 5.0
HANDLE_BEHIND_MM = 60.0
"""A tool's handle is so far behind the cannula's hub when the tool ends at its tip."""


@lru_cache(maxsize=8)
def cannula(needle: Needle) -> Solids:
    """A cannula with its stylet, a tool, or nothing in it."""
    return _shaft(needle) if needle.tool is None else (*_shaft(needle), *_tool(needle))


def _shaft(needle: Needle) -> Solids:
    facing = clock_direction(needle.axis, needle.bevel_clock_deg) if needle.tip == "bevel" else None
    if needle.knots:
        assert facing is not None
        return bent.bent_needle(
            middle_mm(needle),
            facing,
            needle.gauge,
            needle.tip,
            stylet=needle.stylet,
            length_mm=needle.length_mm,
        )
    held = instruments.pose(needle.tip_mm, needle.axis, facing)
    if needle.stylet:
        return instruments.needle(held, needle.gauge, needle.tip, needle.length_mm)
    return instruments.cannula(held, needle.gauge, needle.length_mm)


def middle_mm(needle: Needle | FineNeedle, length_mm: float | None = None) -> FloatArray:
    """Points (n, 3) of a needle's middle from hub to tip, few enough to draw as pieces; two of a straight one."""
    length = needle.length_mm if isinstance(needle, Needle) else length_mm
    assert length is not None
    hub = np.array([needle.depth_mm - length])
    if not needle.knots:
        return needle.points_mm(np.append(hub, needle.depth_mm))
    depths = np.array([min(knot.depth_mm, needle.depth_mm) for knot in needle.knots])
    depths = np.concatenate([hub, depths[depths < needle.depth_mm - PIECE_MM], [needle.depth_mm]])
    return chords(needle.points_mm(depths), PIECE_MM)


def _tool(needle: Needle) -> Solids:
    assert needle.tool is not None
    tool = TOOLS[needle.tool]
    facing = clock_direction(needle.axis, needle.bevel_clock_deg)
    held = instruments.pose(needle.tip_mm + needle.tool_mm * needle.axis, needle.axis, facing)
    if needle.knots:
        return _tool_in_bent(needle, held)
    behind = needle.length_mm + HANDLE_BEHIND_MM + needle.tool_mm
    if tool.kind == "drill":
        return instruments.drill(held, needle.gauge, outer_mm=tool.outer_mm, handle_mm=behind)
    if tool.kind == "curette":
        return instruments.curette(held, needle.gauge, outer_mm=tool.outer_mm, handle_mm=behind)
    if tool.kind == "biopsy needle":
        assert tool.inner_mm is not None
        return instruments.biopsy_needle(held, tool.outer_mm, tool.inner_mm, behind)
    if tool.kind == "filler":
        return instruments.bone_filler(held, needle.gauge, outer_mm=tool.outer_mm)
    return instruments.kirschner_wire(held, tool.outer_mm, tool.lengths_mm[0])


def _tool_in_bent(needle: Needle, held: instruments.Pose) -> Solids:
    """A tool whose shaft follows the bent cannula that it stands in."""
    assert needle.tool is not None
    tool, radius = TOOLS[needle.tool], 0.5 * TOOLS[needle.tool].outer_mm
    end_mm = max(needle.tool_mm, instruments.CURETTE_END_MM if tool.kind == "curette" else LEAST_END_MM)
    if tool.kind == "drill":
        end = instruments.drill_end(held, radius, end_mm)
    elif tool.kind == "curette":
        end = instruments.curette_end(held, radius)
        if end_mm > instruments.CURETTE_END_MM:
            end = (rod(STEEL, held.at(end_mm), held.at(instruments.CURETTE_END_MM), radius), *end)
    elif tool.kind == "wire":
        end = instruments.kirschner_wire(held, tool.outer_mm, end_mm)
    else:
        assert tool.inner_mm is not None
        end = (tube(STEEL, held.at(end_mm), held.at(0.0), radius, 0.5 * tool.inner_mm),)
    inside = needle.depth_mm - (end_mm - needle.tool_mm)  # where the working end ends within the cannula
    middle = middle_mm(replace(needle, depth_mm=inside, length_mm=needle.length_mm - needle.depth_mm + inside))
    hub = instruments.pose(needle.hub_mm, needle.shaft_axis, held.facing)
    points = np.vstack([hub.at(HANDLE_BEHIND_MM + 10.0), middle])
    wall = None if tool.inner_mm is None else 0.5 * tool.inner_mm
    shaft = [
        rod(STEEL, start, stop, radius) if wall is None else tube(STEEL, start, stop, radius, wall)
        for start, stop in pairwise(points)
    ]
    handle = () if tool.kind in ("wire", "filler") else instruments.grip(hub, HANDLE_BEHIND_MM)
    return *end, *shaft, *handle


@lru_cache(maxsize=4)
def wire(alone: Wire) -> Solids:
    """A wire that stands in the back alone."""
    tool = TOOLS[alone.tool]
    held = instruments.pose(alone.tip_mm, alone.direction)
    return instruments.kirschner_wire(held, tool.outer_mm, tool.lengths_mm[0])


@lru_cache(maxsize=4)
def fine_needle(needle: FineNeedle) -> Solids:
    """The anaesthetic needle as its bevel has led it."""
    facing = clock_direction(needle.axis, needle.bevel_clock_deg)
    middle = middle_mm(needle, FINE_LENGTH_MM)
    if len(middle) < 3:
        held = instruments.pose(needle.tip_mm, frames.unit(middle[-1] - middle[0]), facing)
        return instruments.anaesthetic_needle(held, FINE_LENGTH_MM, needle.gauge)
    return bent.bent_fine_needle(middle, facing, needle.gauge, length_mm=FINE_LENGTH_MM)


@lru_cache(maxsize=4)
def skin_mark(mark: SkinMark) -> Solids:
    """A marker on the back; cross and wire lie along the head-to-foot line."""
    return instruments.skin_mark(mark.kind, mark.at_mm, mark.normal, (0.0, 0.0, 1.0))

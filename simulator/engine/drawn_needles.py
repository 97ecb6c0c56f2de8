"""Cannulae, what stands in them, wires, marks and the anaesthetic needle as solids that the beam meets."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from anatomy import frames
from anatomy.frames import FloatArray
from simulator.devices.bending import clock_direction
from simulator.devices.fine_needle import FineNeedle
from simulator.devices.instruments import FINE_LENGTH_MM, TOOLS
from simulator.devices.needle import Needle
from simulator.devices.path import chords
from simulator.devices.tools import Wire
from simulator.engine.state import SkinMark
from simulator.imaging.solids import bent, instruments
from simulator.imaging.solids.instruments import Solids

PIECE_MM = 10.0
"""Bent needles are drawn in straight pieces of at least so much: a bow of a few hundredths of a millimetre."""
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

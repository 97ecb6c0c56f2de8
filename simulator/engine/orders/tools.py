"""Orders to what goes through a cannula: one thing at a time, and only what passes its bore."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from anatomy.findings.lesion_shapes import lesions_at
from anatomy.frames import FloatArray, apply
from anatomy.spec import Side
from simulator.devices import track
from simulator.devices.feeding import METAL_TIP_N, tip_force_n
from simulator.devices.instruments import TOOLS, why_not_through
from simulator.devices.needle import Needle
from simulator.devices.tools import CUP_MM, bored, core_of, core_points_mm, scraped
from simulator.engine import commands as c
from simulator.engine import events as e
from simulator.engine.case import Case
from simulator.engine.needling import measured
from simulator.engine.opened import mineral_now
from simulator.engine.orders.common import Outcome, no_needle, unsteady, with_needle
from simulator.engine.state import Opened, State, index_of, with_side

CUTS = frozenset({"drill", "wire", "biopsy needle"})
"""Kinds that make their own way; the others go only where it is open."""
ALL_KINDS = frozenset(tool.kind for tool in TOOLS.values())
LEAST_CORE_MM = 5.0
_OPEN_SHARE = 0.5  # of a voxel that a balloon has emptied


def insert_tool(case: Case, state: State, command: c.InsertTool) -> Outcome:
    side, tool = command.side, TOOLS[command.tool]
    needle = state.needle(side)
    if needle is None:
        return no_needle(side)
    if (why := unsteady(state, side)) is not None:
        return why
    if needle.stylet:
        return f"the stylet is in the cannula; remove it before inserting the {tool.kind}"
    if state.batch.bore_ml[index_of(side)] > 0.0:
        return f"cement fills the bore of the {side} cannula; the {tool.kind} no longer goes through"
    if (why := why_not_through(command.tool, needle.gauge)) is not None:
        return why
    inserted = replace(needle, tool=command.tool, tool_mm=0.0)
    return with_needle(state, inserted), [e.ToolInserted(side, command.tool)]


def advance_tool(case: Case, state: State, command: c.AdvanceTool) -> Outcome:
    side = command.side
    needle = state.needle(side)
    if needle is None:
        return no_needle(side)
    if needle.tool is None:
        return f"no tool stands in the {side} cannula; insert one first"
    if (why := unsteady(state, side, beside=ALL_KINDS)) is not None:
        return why
    tool, wanted = TOOLS[needle.tool], needle.tool_mm + command.distance_mm
    if wanted < 0.0:
        return f"the {tool.kind} would go back into the cannula by {-wanted:.0f} mm; take it out instead"
    if wanted > tool.reach_mm:
        left = tool.reach_mm - needle.tool_mm
        return f"the {tool.kind} reaches {tool.reach_mm:g} mm beyond the cannula; {left:.0f} mm are left"
    if command.distance_mm > 0.0:
        if tool.kind not in CUTS and wanted > needle.drilled_mm + 1e-6:
            return (
                f"the {tool.kind} goes only where the way is open, {needle.drilled_mm:.0f} mm beyond the cannula; "
                "drill first"
            )
        if tool.kind in ("drill", "biopsy needle") and not needle.in_bone:
            return (
                f"the cannula is not held by bone; advance it into the pedicle before using the {tool.kind} in it"
            )
    reached, stopped_by = _way(case, needle, wanted)
    moved = replace(needle, tool_mm=reached)
    opened = state.opened
    if tool.kind == "drill":
        moved = replace(moved, drilled_mm=max(moved.drilled_mm, reached))
        opened = _with_channel(case, state, moved, 0.5 * tool.outer_mm, reached)
    elif tool.kind == "wire" and command.distance_mm < 0.0:
        line = needle.tip_mm + np.arange(reached, needle.tool_mm, 0.25)[:, None] * needle.axis
        fresh = track.along(case.ground.grid, line, 0.5 * tool.outer_mm)
        opened = replace(opened, tracks=track.merged(opened.tracks, fresh))
    work, found = measured(case, state, moved, state.needlework[index_of(side)])
    state = replace(with_needle(state, moved), opened=opened, needlework=with_side(state.needlework, side, work))
    return state, [e.ToolMoved(side, needle.tool, round(reached, 2), stopped_by), *found]


def _way(case: Case, needle: Needle, wanted_mm: float) -> tuple[float, str | None]:
    """How far beyond the tip a tool comes on its way, and what stopped it: metal does."""
    for beyond in np.append(np.arange(needle.tool_mm + 0.5, wanted_mm, 0.5), wanted_mm):
        point = needle.tip_mm + beyond * needle.axis
        if beyond > needle.tool_mm and tip_force_n(needle, case.probe, point) >= METAL_TIP_N:
            return max(float(beyond) - 0.5, needle.tool_mm), "metal"
    return wanted_mm, None


def _with_channel(case: Case, state: State, needle: Needle, radius_mm: float, reach_mm: float) -> Opened:
    fresh = bored(case.ground.at(state.amplitude), needle, radius_mm, reach_mm)
    return replace(state.opened, channels=track.merged(state.opened.channels, fresh))


def remove_tool(case: Case, state: State, command: c.RemoveTool) -> Outcome:
    side = command.side
    needle, wire = state.needle(side), state.wires[index_of(side)]
    if needle is not None and needle.tool is not None:
        if (why := unsteady(state, side, beside=ALL_KINDS)) is not None:
            return why
        return _without_tool(case, state, needle)
    if wire is not None:
        line = wire.tip_mm - np.arange(0.0, wire.depth_mm, 0.25)[:, None] * np.array(wire.direction)
        fresh = track.along(case.ground.grid, line, 0.5 * TOOLS[wire.tool].outer_mm)
        opened = replace(state.opened, tracks=track.merged(state.opened.tracks, fresh))
        state = replace(state, opened=opened, wires=with_side(state.wires, side, None))
        return state, [e.ToolRemoved(side, wire.tool)]
    return f"no tool stands in the {side} cannula; there is nothing to take out"


def _without_tool(case: Case, state: State, needle: Needle) -> tuple[State, list[e.Event]]:
    """A cannula's tool taken out; a wire leaves its hole."""
    assert needle.tool is not None
    tool, bare = TOOLS[needle.tool], replace(needle, tool=None, tool_mm=0.0)
    opened = state.opened
    if tool.kind == "wire" and needle.tool_mm > 0.0:
        fresh = bored(case.ground.at(state.amplitude), needle, 0.5 * tool.outer_mm, needle.tool_mm)
        opened = replace(opened, tracks=track.merged(opened.tracks, fresh))
    work, found = measured(case, state, bare, state.needlework[index_of(needle.side)])
    state = replace(
        with_needle(state, bare), opened=opened, needlework=with_side(state.needlework, needle.side, work)
    )
    return state, [e.ToolRemoved(needle.side, needle.tool), *found]


def _with_tool(state: State, side: Side, kind: str, instead: str) -> Needle | str:
    """The cannula of a side, at rest with a tool of a kind in it; else the sentence that says why not."""
    needle = state.needle(side)
    if needle is None:
        return no_needle(side)
    if (why := unsteady(state, side, beside=ALL_KINDS)) is not None:
        return why
    if needle.tool is None or TOOLS[needle.tool].kind != kind:
        return f"no {kind} stands in the {side} cannula; {instead}"
    return needle


def curette(case: Case, state: State, command: c.Curette) -> Outcome:
    side = command.side
    needle = _with_tool(state, side, "curette", "insert one into a drilled channel")
    if isinstance(needle, str):
        return needle
    if needle.tool_mm < CUP_MM:
        return f"the curette's end is {CUP_MM:g} mm long and still in the cannula; advance it further"
    now, opened = case.ground.at(state.amplitude), state.opened
    clock_deg = command.clock_deg % 360.0
    fresh = scraped(
        now, mineral_now(now, opened), _open(opened, now.grid.shape), needle, clock_deg, command.strokes
    )
    if not fresh.any():
        return "no soft bone is left within the curette's reach there; turn it, or move it along the channel"
    share = fresh.astype(np.float32)
    opened = replace(
        opened,
        scraped=fresh if opened.scraped is None else opened.scraped | fresh,
        cavity=share if opened.cavity is None else np.maximum(opened.cavity, share),
    )
    removed_ml = float(fresh.sum()) * now.grid.voxel_ml
    state = replace(with_needle(state, needle), opened=opened)
    return state, [e.BoneScraped(side, round(clock_deg, 1), round(removed_ml, 4))]


def _open(opened: Opened, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Voxels that hold no bone any more."""
    found = np.zeros(shape, dtype=bool)
    for voxels in (opened.channels, opened.scraped):
        if voxels is not None:
            found |= voxels
    if opened.cavity is not None:
        found |= opened.cavity > _OPEN_SHARE
    return found


def take_biopsy(case: Case, state: State, command: c.TakeBiopsy) -> Outcome:
    side = command.side
    needle = _with_tool(state, side, "biopsy needle", "insert one first")
    if isinstance(needle, str):
        return needle
    assert needle.tool is not None
    length = needle.tool_mm - needle.drilled_mm
    if length < LEAST_CORE_MM:
        return (
            f"the biopsy needle has cut {max(length, 0.0):.0f} mm of tissue; advance it by at least "
            f"{LEAST_CORE_MM:g} mm for a core"
        )
    core = core_points_mm(needle)
    core = core[: max(round(2.0 * length), 1)]  # what a drill has opened before is not in it
    tissue, mineral = core_of(case.probe, core, _in_tumour(case, core))
    opened = _with_channel(case, state, needle, 0.5 * TOOLS[needle.tool].outer_mm, needle.tool_mm)
    after, found = _without_tool(case, state, replace(needle, drilled_mm=needle.tool_mm))
    taken = e.BiopsyTaken(side, round(length, 1), tissue, round(mineral, 3))
    return replace(after, opened=opened), [taken, *found]


def _in_tumour(case: Case, points_mm: FloatArray) -> NDArray[np.bool_]:
    """Which of points (n, 3), patient frame, lie in a tumour of the target, as found."""
    vertebra, collapse = case.ground.vertebra, case.ground.collapse
    x, y, z = apply(case.target_from_patient, points_mm).astype(np.float32).T
    if collapse is not None:
        y, z, _ = collapse.unfractured(x, y, z, 1.0)
    inside = np.zeros(len(points_mm), dtype=bool)
    for lesion in lesions_at(case.patient.spec, vertebra):
        inside |= lesion.distance(x, y, z) < 0.0
    return inside


def cannula_over_wire(case: Case, state: State, command: c.CannulaOverWire) -> Outcome:
    side, tools = command.side, case.scenario.instruments
    wire = state.wires[index_of(side)]
    if state.needle(side) is not None:
        return f"the {side} cannula is in the patient; withdraw it over its wire first"
    if wire is None:
        return f"no wire stands in the back on the {side}; leave one behind when the cannula is withdrawn"
    if (why := why_not_through(wire.tool, command.gauge)) is not None:
        return why
    needle = Needle(
        side,
        command.gauge,
        wire.skin_mm,
        wire.direction,
        stylet=False,
        tip=tools.needle_tip,
        length_mm=float(tools.cannula_length_mm),
        tool=wire.tool,
        tool_mm=wire.depth_mm,
    )
    state = replace(with_needle(state, needle), wires=with_side(state.wires, side, None))
    return state, [e.CannulaOnWire(side, command.gauge)]

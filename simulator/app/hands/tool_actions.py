"""Actions of what goes through a cannula, of marks on the skin and of the anaesthetic needle."""

from __future__ import annotations

from typing import get_args

from simulator.app.hands.hands import Action, Done, Hands, give, turn
from simulator.devices.instruments import CannulaGauge, FineGauge, Tool
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.state import MarkKind, State

TOOL_MM = (1.0, 5.0)
"""Fine and coarse steps of a tool in its cannula."""
HOURS_DEG = tuple(30.0 * hour for hour in range(12))
FINE_DEPTHS_MM = tuple(10.0 * step for step in range(1, 10))
TOOL_NAMES: tuple[Tool, ...] = get_args(Tool)


def _mark(hands: Hands, _case: Case, state: State) -> Done:
    """Lay a marker where the skin point is, or take it off again."""
    if state.skin_mark is not None:
        return hands, [c.RemoveMark()]
    return hands, [] if hands.skin_mm is None else [c.MarkSkin(*hands.skin_mm, hands.mark)]


def _fine_needle(hands: Hands, _case: Case, state: State) -> Done:
    """Push the anaesthetic needle in at the skin point, or take it out again."""
    if state.fine_needle is not None:
        return hands, [c.RemoveFineNeedle()]
    if hands.skin_mm is None:
        return hands, []
    pushed = c.InsertFineNeedle(
        hands.fine_gauge, *hands.skin_mm, hands.convergence_deg, hands.caudal_deg, hands.fine_depth_mm
    )
    return hands, [pushed]


ACTIONS: tuple[Action, ...] = (
    Action("previous_tool", "tools", "4", turn("tool", TOOL_NAMES, -1)),
    Action("next_tool", "tools", "5", turn("tool", TOOL_NAMES)),
    Action("insert_tool", "tools", "6", give(lambda h, s: c.InsertTool(h.side, h.tool))),
    Action("remove_tool", "tools", "7", give(lambda h, s: c.RemoveTool(h.side))),
    Action("tool_on", "tools", "Shift+Up", give(lambda h, s: c.AdvanceTool(h.side, h.step(TOOL_MM)))),
    Action("tool_back", "tools", "Shift+Down", give(lambda h, s: c.AdvanceTool(h.side, -h.step(TOOL_MM)))),
    Action("hour_back", "tools", "Shift+Left", turn("clock_deg", HOURS_DEG, -1)),
    Action("hour_on", "tools", "Shift+Right", turn("clock_deg", HOURS_DEG)),
    Action("bevel", "tools", "R", give(lambda h, s: c.RotateBevel(h.side, h.clock_deg))),
    Action("curette", "tools", "L", give(lambda h, s: c.Curette(h.side, h.clock_deg))),
    Action("biopsy", "tools", "8", give(lambda h, s: c.TakeBiopsy(h.side))),
    Action("gauge", "tools", "F5", turn("gauge", get_args(CannulaGauge))),
    Action("over_wire", "tools", "9", give(lambda h, s: c.CannulaOverWire(h.side, h.gauge))),
    Action("mark_kind", "tools", "F6", turn("mark", get_args(MarkKind))),
    Action("mark_skin", "tools", "0", _mark),
    Action("fine_gauge", "tools", "F7", turn("fine_gauge", get_args(FineGauge))),
    Action("fine_shallower", "tools", "Shift+PgUp", turn("fine_depth_mm", FINE_DEPTHS_MM, -1, around=False)),
    Action("fine_deeper", "tools", "Shift+PgDown", turn("fine_depth_mm", FINE_DEPTHS_MM, around=False)),
    Action("fine_needle", "tools", "F8", _fine_needle),
)
NEED_SKIN_POINT = frozenset({"puncture", "mark_skin", "fine_needle"})
"""Actions that do nothing until a skin point has been chosen."""

"""Commands to cannulae and what goes through them to make a way. See ``commands``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

from anatomy.spec import Side
from simulator.devices.instruments import CannulaGauge, FineGauge, Tool
from simulator.devices.needle import Technique
from simulator.engine.imaging_commands import STRICT, Length

Clock = Annotated[float, Ge(0.0), Le(360.0)]


@STRICT
@dataclass(frozen=True)
class PunctureSkin:
    """Set a cannula with stylet on the back at (x, z) of the patient frame and point it."""

    side: Side
    x_mm: Length
    z_mm: Length
    convergence_deg: Annotated[float, Ge(-45.0), Le(60.0)]
    caudal_deg: Annotated[float, Ge(-45.0), Le(45.0)]
    kind: Literal["puncture_skin"] = "puncture_skin"


@STRICT
@dataclass(frozen=True)
class Advance:
    """Feed a cannula by this far with a technique."""

    side: Side
    distance_mm: Annotated[float, Gt(0.0), Le(120.0)]
    technique: Technique = "push"
    kind: Literal["advance"] = "advance"


@STRICT
@dataclass(frozen=True)
class Withdraw:
    """Draw a cannula back by this far; all the way takes it out."""

    side: Side
    distance_mm: Annotated[float, Gt(0.0), Le(130.0)]
    kind: Literal["withdraw"] = "withdraw"


@STRICT
@dataclass(frozen=True)
class Redirect:
    """Point a cannula elsewhere; bone allows little of it."""

    side: Side
    convergence_deg: Annotated[float, Ge(-45.0), Le(60.0)]
    caudal_deg: Annotated[float, Ge(-45.0), Le(45.0)]
    kind: Literal["redirect"] = "redirect"


@STRICT
@dataclass(frozen=True)
class RemoveStylet:
    """Take the stylet out of a cannula, which opens the bore."""

    side: Side
    kind: Literal["remove_stylet"] = "remove_stylet"


@STRICT
@dataclass(frozen=True)
class InsertStylet:
    """Put the stylet back."""

    side: Side
    kind: Literal["insert_stylet"] = "insert_stylet"


@STRICT
@dataclass(frozen=True)
class Drill:
    """Open a channel beyond the cannula's tip."""

    side: Side
    distance_mm: Annotated[float, Gt(0.0), Le(60.0)]
    kind: Literal["drill"] = "drill"


@STRICT
@dataclass(frozen=True)
class RotateBevel:
    """Turn a cannula about itself until its bevel faces this hour: 0 the head, clockwise seen from the hub."""

    side: Side
    clock_deg: Clock
    kind: Literal["rotate_bevel"] = "rotate_bevel"


@STRICT
@dataclass(frozen=True)
class InsertTool:
    """Pass a tool through an open cannula until it is level with the tip."""

    side: Side
    tool: Tool
    kind: Literal["insert_tool"] = "insert_tool"


@STRICT
@dataclass(frozen=True)
class AdvanceTool:
    """Move the tool that stands in a cannula, forwards or (negative) backwards; the cannula stays."""

    side: Side
    distance_mm: Annotated[float, Ge(-60.0), Le(60.0)]
    kind: Literal["advance_tool"] = "advance_tool"


@STRICT
@dataclass(frozen=True)
class RemoveTool:
    """Take out the tool of a cannula, or the wire that stands in the back alone."""

    side: Side
    kind: Literal["remove_tool"] = "remove_tool"


@STRICT
@dataclass(frozen=True)
class Curette:
    """Scrape bone with a curette towards an hour: 0 the head, clockwise seen from the hub."""

    side: Side
    clock_deg: Clock
    strokes: Annotated[int, Ge(1), Le(20)] = 5
    kind: Literal["curette"] = "curette"


@STRICT
@dataclass(frozen=True)
class TakeBiopsy:
    """Take out the biopsy needle with the core that it has cut."""

    side: Side
    kind: Literal["take_biopsy"] = "take_biopsy"


@STRICT
@dataclass(frozen=True)
class CannulaOverWire:
    """Slide a cannula over the wire that stands in the back, to the skin."""

    side: Side
    gauge: CannulaGauge
    kind: Literal["cannula_over_wire"] = "cannula_over_wire"


@STRICT
@dataclass(frozen=True)
class MarkSkin:
    """Lay a marker on the back at (x, z) of the patient frame."""

    x_mm: Length
    z_mm: Length
    mark: Literal["ring", "cross", "wire"] = "cross"
    kind: Literal["mark_skin"] = "mark_skin"


@STRICT
@dataclass(frozen=True)
class RemoveMark:
    """Take the marker off the back."""

    kind: Literal["remove_mark"] = "remove_mark"


@STRICT
@dataclass(frozen=True)
class InsertFineNeedle:
    """Push an anaesthetic needle into the back at (x, z) of the patient frame, at most so deep; bone stops it."""

    gauge: FineGauge
    x_mm: Length
    z_mm: Length
    convergence_deg: Annotated[float, Ge(-60.0), Le(60.0)]
    caudal_deg: Annotated[float, Ge(-45.0), Le(45.0)]
    depth_mm: Annotated[float, Gt(0.0), Le(90.0)]
    kind: Literal["insert_fine_needle"] = "insert_fine_needle"


@STRICT
@dataclass(frozen=True)
class RemoveFineNeedle:
    """Take the anaesthetic needle out."""

    kind: Literal["remove_fine_needle"] = "remove_fine_needle"


NeedleCommand = (
    PunctureSkin
    | Advance
    | Withdraw
    | Redirect
    | RemoveStylet
    | InsertStylet
    | Drill
    | RotateBevel
    | InsertTool
    | AdvanceTool
    | RemoveTool
    | Curette
    | TakeBiopsy
    | CannulaOverWire
    | MarkSkin
    | RemoveMark
    | InsertFineNeedle
    | RemoveFineNeedle
)

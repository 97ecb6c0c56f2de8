"""Events of cannulae and what they meet. See ``events``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from anatomy.spec import Side


@dataclass(frozen=True)
class SkinPunctured:
    side: Side
    skin_mm: tuple[float, float, float]
    kind: str = "skin_punctured"


@dataclass(frozen=True)
class BoneEntered:
    """A cannula was taken by bone: where, of which level, and how far from the planned entry."""

    side: Side
    level: str
    entry_mm: tuple[float, float, float]
    entry_error_mm: float
    kind: str = "bone_entered"


@dataclass(frozen=True)
class Stalled:
    """A cannula would not go on."""

    side: Side
    force_n: float
    limit_n: float
    kind: str = "stalled"


@dataclass(frozen=True)
class Redirected:
    """A cannula was turned: what the hand wanted, what the tip did; in bone, what it cost at the hub."""

    side: Side
    wanted_deg: float
    achieved_deg: float
    force_n: float = 0.0
    hub_mm: float = 0.0
    kind: str = "redirected"


@dataclass(frozen=True)
class NeedleRemoved:
    side: Side
    kind: str = "needle_removed"


@dataclass(frozen=True)
class StyletMoved:
    side: Side
    inserted: bool
    kind: str = "stylet_moved"


@dataclass(frozen=True)
class ChannelDrilled:
    side: Side
    beyond_tip_mm: float
    kind: str = "channel_drilled"


@dataclass(frozen=True)
class Touched:
    """An instrument's surface reached a structure it must not touch."""

    side: Side
    structure: str
    kind: str = "touched"


@dataclass(frozen=True)
class Released:
    """An instrument came away from a structure: how long it was there, and how deep at most."""

    side: Side
    structure: str
    dwell_s: float
    deepest_mm: float
    kind: str = "released"


@dataclass(frozen=True)
class OrderRuleBroken:
    """The tip passed the pedicle's medial border while still behind the posterior wall (clinical M6)."""

    side: Side
    still_behind_mm: float
    kind: str = "order_rule_broken"


@dataclass(frozen=True)
class CortexBroken:
    """The tip came through a bone's shell, into it or out again: the peak of force, and how much of it fell."""

    side: Side
    where: Literal["entry", "exit"]
    force_n: float
    drop_percent: float
    kind: str = "cortex_broken"


@dataclass(frozen=True)
class WallTouched:
    """An instrument's surface has come out through a wall of the pedicle or the body."""

    side: Side
    wall: str
    kind: str = "wall_touched"


@dataclass(frozen=True)
class WallReleased:
    """It is inside again, or gone: how long it lay outside, and how far at most."""

    side: Side
    wall: str
    dwell_s: float
    deepest_mm: float
    kind: str = "wall_released"


@dataclass(frozen=True)
class BevelTurned:
    side: Side
    clock_deg: float
    kind: str = "bevel_turned"


@dataclass(frozen=True)
class ToolInserted:
    side: Side
    tool: str
    kind: str = "tool_inserted"


@dataclass(frozen=True)
class ToolMoved:
    """A tool was moved in its cannula; stopped_by says what ended its way, if anything did."""

    side: Side
    tool: str
    beyond_tip_mm: float
    stopped_by: str | None = None
    kind: str = "tool_moved"


@dataclass(frozen=True)
class ToolRemoved:
    side: Side
    tool: str
    kind: str = "tool_removed"


@dataclass(frozen=True)
class BoneScraped:
    """A curette has taken out bone."""

    side: Side
    clock_deg: float
    removed_ml: float
    kind: str = "bone_scraped"


@dataclass(frozen=True)
class BiopsyTaken:
    """A core came out: its length, what most of it is, and its mean mineral."""

    side: Side
    length_mm: float
    tissue: str
    mineral_g_cm3: float
    kind: str = "biopsy_taken"


@dataclass(frozen=True)
class CannulaOnWire:
    """A cannula was slid over a wire."""

    side: Side
    gauge: int
    kind: str = "cannula_on_wire"


@dataclass(frozen=True)
class SkinMarked:
    mark: str
    at_mm: tuple[float, float, float]
    kind: str = "skin_marked"


@dataclass(frozen=True)
class MarkRemoved:
    kind: str = "mark_removed"


@dataclass(frozen=True)
class FineNeedleInserted:
    """An anaesthetic needle stands in the back: what its tip lies in, whether bone stopped it, what it goes
    through that it should not, and how far its bevel has led it aside."""

    gauge: int
    depth_mm: float
    site: str
    on_bone: bool
    touched: tuple[str, ...]
    aside_mm: float
    kind: str = "fine_needle_inserted"


@dataclass(frozen=True)
class FineNeedleRemoved:
    kind: str = "fine_needle_removed"


NeedleEvent = (
    SkinPunctured
    | BoneEntered
    | Stalled
    | Redirected
    | NeedleRemoved
    | StyletMoved
    | ChannelDrilled
    | Touched
    | Released
    | OrderRuleBroken
    | CortexBroken
    | WallTouched
    | WallReleased
    | BevelTurned
    | ToolInserted
    | ToolMoved
    | ToolRemoved
    | BoneScraped
    | BiopsyTaken
    | CannulaOnWire
    | SkinMarked
    | MarkRemoved
    | FineNeedleInserted
    | FineNeedleRemoved
)

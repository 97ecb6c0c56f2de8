"""Events of cannulae and what they meet. See ``events``."""

from __future__ import annotations

from dataclasses import dataclass

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
    side: Side
    wanted_deg: float
    achieved_deg: float
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
)

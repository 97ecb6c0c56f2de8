"""Commands to cannulae and what goes through them to make a way. See ``commands``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

from anatomy.spec import Side
from simulator.devices.needle import Technique
from simulator.engine.imaging_commands import STRICT, Length


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


NeedleCommand = PunctureSkin | Advance | Withdraw | Redirect | RemoveStylet | InsertStylet | Drill

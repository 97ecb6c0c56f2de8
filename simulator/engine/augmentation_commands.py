"""Commands to balloons and cement. See ``commands``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Gt, Le

from anatomy.spec import Side
from simulator.engine.imaging_commands import STRICT


@STRICT
@dataclass(frozen=True)
class InsertBalloon:
    """Pass a balloon through the cannula to the end of the channel."""

    side: Side
    kind: Literal["insert_balloon"] = "insert_balloon"


@STRICT
@dataclass(frozen=True)
class Inflate:
    """Add contrast to a balloon."""

    side: Side
    volume_ml: Annotated[float, Gt(0.0), Le(4.0)]
    kind: Literal["inflate"] = "inflate"


@STRICT
@dataclass(frozen=True)
class DrawContrastBack:
    """Take some contrast out of a balloon, which stays in its cavity; all that is in it, or more, empties it."""

    side: Side
    volume_ml: Annotated[float, Gt(0.0), Le(4.0)]
    kind: Literal["draw_contrast_back"] = "draw_contrast_back"


@STRICT
@dataclass(frozen=True)
class Deflate:
    """Empty a balloon."""

    side: Side
    kind: Literal["deflate"] = "deflate"


@STRICT
@dataclass(frozen=True)
class RemoveBalloon:
    """Take an empty balloon out."""

    side: Side
    kind: Literal["remove_balloon"] = "remove_balloon"


@STRICT
@dataclass(frozen=True)
class MixCement:
    """Pour the liquid onto the powder: the cement clock starts."""

    kind: Literal["mix_cement"] = "mix_cement"


@STRICT
@dataclass(frozen=True)
class StartInjection:
    """Inject cement through a cannula at a rate, until stopped."""

    side: Side
    rate_ml_per_min: Annotated[float, Gt(0.0), Le(10.0)]
    kind: Literal["start_injection"] = "start_injection"


@STRICT
@dataclass(frozen=True)
class StopInjection:
    """Stop injecting."""

    kind: Literal["stop_injection"] = "stop_injection"


@STRICT
@dataclass(frozen=True)
class LoadInjector:
    """Fill syringe or screw injector from the bowl, or take the next filler; hands are busy meanwhile."""

    kind: Literal["load_injector"] = "load_injector"


@STRICT
@dataclass(frozen=True)
class SampleCement:
    """Let a drop out and look at its consistency."""

    kind: Literal["sample_cement"] = "sample_cement"


@STRICT
@dataclass(frozen=True)
class InjectByForce:
    """Push on the plunger with a force, until stopped: the flow is what comes of it."""

    side: Side
    force_n: Annotated[float, Gt(0.0), Le(500.0)]
    kind: Literal["inject_by_force"] = "inject_by_force"


AugmentationCommand = (
    InsertBalloon
    | Inflate
    | DrawContrastBack
    | Deflate
    | RemoveBalloon
    | MixCement
    | StartInjection
    | StopInjection
    | LoadInjector
    | SampleCement
    | InjectByForce
)

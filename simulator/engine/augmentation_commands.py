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


AugmentationCommand = (
    InsertBalloon | Inflate | Deflate | RemoveBalloon | MixCement | StartInjection | StopInjection
)

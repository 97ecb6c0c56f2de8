"""Commands to whoever looks after the patient. See ``commands``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Gt, Le

from anatomy.spec import Side
from simulator.engine.imaging_commands import STRICT


@STRICT
@dataclass(frozen=True)
class GiveLocalAnaesthetic:
    """Infiltrate skin, track and periosteum of one side."""

    side: Side
    volume_ml: Annotated[float, Gt(0.0), Le(30.0)]
    kind: Literal["give_local_anaesthetic"] = "give_local_anaesthetic"


PatientCommand = GiveLocalAnaesthetic

"""Commands that are words in the room: items of the time-out, hints asked for. See ``commands``.

Nothing about the patient follows from them; they are recorded so that a debrief can tell of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import MaxLen, MinLen

from simulator.engine.imaging_commands import STRICT

TimeOutItem = Literal["patient", "level", "imaging", "allergies", "coagulation", "antibiotic"]
"""What a team says aloud before the skin is punctured (clinical, step 4 of the procedure)."""


@STRICT
@dataclass(frozen=True)
class CheckOff:
    """Confirm an item of the time-out."""

    item: TimeOutItem
    kind: Literal["check_off"] = "check_off"


@STRICT
@dataclass(frozen=True)
class AskHint:
    """Ask for a hint; about: the step of the procedure that it is about."""

    about: Annotated[str, MinLen(1), MaxLen(60)]
    kind: Literal["ask_hint"] = "ask_hint"


GuidanceCommand = CheckOff | AskHint

"""Events of words in the room: items of the time-out, hints. See ``events``."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.engine.guidance_commands import TimeOutItem


@dataclass(frozen=True)
class CheckedOff:
    """An item of the time-out was confirmed."""

    item: TimeOutItem
    kind: str = "checked_off"


@dataclass(frozen=True)
class HintAsked:
    """The trainee had a hint about a step of the procedure."""

    about: str
    kind: str = "hint_asked"


GuidanceEvent = CheckedOff | HintAsked

"""Care: what a scripted trainee does for the patient, from nothing but monitor and eyes.

One command a tick, while the hands rest. Each answer comes ``patient_reaction_s`` after what called for it, and is
repeated while it is still called for.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.assessment.trainees.skill import Skill
from simulator.engine.commands import (
    CallForHelp,
    Command,
    GiveDrug,
    GiveFluid,
    SetOxygen,
    SupportAirway,
)
from simulator.engine.events import Event, SignSeen
from simulator.engine.state import State

AGAIN_S = 120.0
ALLERGIC = ("flushing and hives", "wheeze")
MOST_OXYGEN_L_MIN = 12.0


class Carer:
    """Watches one session with one skill."""

    def __init__(self, skill: Skill) -> None:
        self._skill = skill
        self._since_s: dict[str, float] = {}
        self._done_s: dict[str, float] = {}
        self._todo: list[Command] = [SetOxygen(skill.oxygen_l_min)] if skill.oxygen_l_min > 0.0 else []
        self._allergic = False

    def command(self, state: State, happened: Sequence[Event]) -> Command | None:
        """What to do in the next tick, None for nothing."""
        self._allergic = self._allergic or any(isinstance(e, SignSeen) and e.sign in ALLERGIC for e in happened)
        if state.tick % 60 == 0:
            self._decide(state)
        return self._todo.pop(0) if self._todo else None

    def _decide(self, state: State) -> None:
        if self._skill.patient_reaction_s is None:
            return
        v = state.vitals
        pressed = v.mean_pressure_mmhg < 65.0
        self._if("allergy", self._allergic and (pressed or not self._done_s.get("allergy")), state, [
            GiveDrug("adrenaline", 0.5, route="im"), CallForHelp(), GiveFluid(500.0),
        ])  # fmt: skip
        self._if(
            "pressure", pressed and not self._allergic, state, [GiveDrug("ephedrine", 10.0), GiveFluid(250.0)]
        )
        self._if("rate", v.heart_rate < 45.0, state, [GiveDrug("atropine", 0.5)])
        lacking = v.saturation_percent < 92.0 and state.body.oxygen_l_min < MOST_OXYGEN_L_MIN
        self._if("oxygen", lacking, state, [SetOxygen(MOST_OXYGEN_L_MIN)])
        asleep = v.responsiveness <= 2 and state.body.airway == "own"
        self._if("airway", asleep and v.saturation_percent < 94.0, state, [SupportAirway("chin lift")])
        breathless = v.breaths_per_min == 0.0 and state.body.airway != "bag"
        self._if("breath", breathless, state, [SupportAirway("bag"), CallForHelp()])

    def _if(self, name: str, so: bool, state: State, answer: list[Command]) -> None:
        """Answer what is so since the skill's time, and again while it goes on."""
        if not so:
            self._since_s.pop(name, None)
            return
        now = state.time_s
        since = self._since_s.setdefault(name, now)
        waits = now - since >= (self._skill.patient_reaction_s or 0.0)
        if waits and now - self._done_s.get(name, -AGAIN_S) >= AGAIN_S:
            self._done_s[name] = now
            self._todo += answer

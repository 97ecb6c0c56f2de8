"""What the guide says, in the user's language and with the keys as they are bound. Pure, no Qt."""

from __future__ import annotations

from typing import Any, get_args

from scenarios.told import told
from simulator.app.guide.access_steps import planned_angles_deg
from simulator.app.guide.augmentation_steps import start_min
from simulator.app.guide.guide import Guide
from simulator.app.guide.seen import Seen
from simulator.app.guide.step import Hint, Step
from simulator.app.hands.actions import keys_by_action
from simulator.app.wording import Wording
from simulator.engine.case import Case
from simulator.engine.guidance_commands import TimeOutItem

CLOCK = {"left": "10", "right": "2"}
"""Hour of the outer upper border of a pedicle's oval, seen from behind."""


class Words:
    """The guide's texts. bound: keys bound anew, action to key."""

    def __init__(self, say: Wording, bound: dict[str, str]) -> None:
        self._say = say
        self._keys: dict[str, str] = {}
        self.bind(bound)

    def bind(self, bound: dict[str, str]) -> None:
        """Name other keys from now on."""
        self._keys = {name: self._say.key(key) or "–" for name, key in keys_by_action(bound).items()}

    def key(self, action: str) -> str:
        """The key of an action."""
        return self._keys[action]

    def title(self, step: Step) -> str:
        """A step's name."""
        return self._say(f"step.{step.name}", side=self._word(step.side or ""))

    def chapter(self, step: Step) -> str:
        """The part of the procedure that a step belongs to."""
        return self._say(f"chapter.{step.chapter}")

    def what(self, step: Step, case: Case) -> str:
        """What is to be done, with keys."""
        return self._say(f"what.{step.name}", **self._keys, **self._facts(step, case))

    def why(self, step: Step) -> str:
        """What it is good for."""
        return self._say("guide.why", why=self._say(f"why.{step.name}"))

    def hint(self, hint: Hint) -> str:
        """What is still missing, as a sentence; the key that mends it stands in it, or after it."""
        values = {name: self._word(value) for name, value in hint.values.items()}
        if "press" not in hint.values:
            return self._say(f"hint.{hint.key}", **values)
        key = values["press"] = self._keys[str(hint.values["press"])]
        words = self._say(f"hint.{hint.key}", **values)
        return words if f"[{key}]" in words else f"{words} [{key}]"

    def sentence(self, hint: Hint) -> str:
        """The same, standing alone."""
        words = self.hint(hint)
        return words[:1].upper() + words[1:]

    def short(self, guide: Guide, hint: Hint | None) -> str:
        """One line: number, title, and what is missing."""
        step = guide.step
        if step is None:
            return self._say("guide.all_done")
        missing = self._say("guide.no_hint") if hint is None else self.hint(hint)
        return f"{guide.at + 1}/{len(guide.steps)}  {self.title(step)}:  {missing}"

    def items(self, case: Case, seen: Seen) -> list[tuple[bool, str]]:
        """The time-out: whether each item is confirmed, and what is said of it."""
        return [(item in seen.checked, self._item(item, case)) for item in get_args(TimeOutItem)]

    def _item(self, item: TimeOutItem, case: Case) -> str:
        say, scenario = self._say, case.scenario
        condition = scenario.condition
        thin = "item.anticoagulated" if condition.anticoagulated else "item.coagulates"
        drug = "item.other_antibiotic" if "cefazolin" in condition.allergies else "item.cefazolin"
        facts = {
            "sex": self._word(scenario.patient.sex),
            "age": f"{scenario.patient.age_years:.0f}",
            "level": case.patient.column.target,
            "sides": ", ".join(self._word(side) for side in scenario.instruments.needles),
            "imaging": told(scenario, say.language).briefing.imaging or say("item.no_imaging"),
            "allergies": ", ".join(self._word(one) for one in condition.allergies) or say("item.no_allergies"),
            "coagulation": say(thin),
            "antibiotic": say(drug),
        }
        return say(f"item.{item}", **facts)

    def _facts(self, step: Step, case: Case) -> dict[str, str]:
        facts = {"level": case.patient.column.target, "minutes": self._say.number(start_min(case), "g")}
        if case.balloon is not None:
            facts["balloon_mm"] = f"{case.balloon.length_mm:.0f}"
        if step.side is not None:
            convergence, caudal = planned_angles_deg(case, step.side)
            facts |= {
                "side": self._word(step.side),
                "clock": CLOCK[step.side],
                "planned_convergence": f"{convergence:.0f}",
                "planned_caudal": f"{caudal:.0f}",
            }
        return facts

    def _word(self, value: Any) -> Any:
        """A value in the user's language, where it is a word that has one."""
        return self._say(f"value.{value}") if isinstance(value, str) and self._say.has(f"value.{value}") else value

"""The guide through a case: its steps in order, which one it is now, and what is missing. Pure, no Qt.

A step that is done stays done: a view that was true once has been seen. The guide goes on by itself, over as many
steps as are done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from simulator.app.guide import access_steps, augmentation_steps, view_steps
from simulator.app.guide.pressing import with_key
from simulator.app.guide.seen import Seen
from simulator.app.guide.step import Hint, Now, Step
from simulator.engine.case import Case
from simulator.engine.events import Event
from simulator.engine.state import State

LOOKED_EVERY = 6
"""Ticks between looks at what no event tells of."""


def steps_of(case: Case) -> tuple[Step, ...]:
    """All steps of a case's procedure, from the time-out to the end."""
    sides, balloons = case.scenario.instruments.needles, case.balloon is not None
    found = view_steps.steps(case)
    for side in sides:
        found += access_steps.steps(case, side)
    if balloons:
        for side in sides:
            found += access_steps.channel_steps(side)
        found += augmentation_steps.balloon_steps(sides)
    return (*found, *augmentation_steps.cement_steps(sides))


@dataclass(frozen=True, eq=False)
class Guide:
    """Where in its steps a session is. at: number of the step that is not done yet; their count once all are;
    left_out: keys of steps that were overtaken by others."""

    case: Case
    steps: tuple[Step, ...]
    at: int = 0
    seen: Seen = field(default_factory=Seen)
    left_out: frozenset[str] = frozenset()

    @classmethod
    def of(cls, case: Case) -> Guide:
        """The guide at the beginning of a case."""
        return cls(case, steps_of(case))

    @property
    def step(self) -> Step | None:
        """The step that is to be done now, None once all are done."""
        return self.steps[self.at] if self.at < len(self.steps) else None

    def after(self, state: State, events: Sequence[Event]) -> Guide:
        """The guide once these have happened; state: after them."""
        seen = self.seen.after(self.case, state, events)
        at, left_out = self.at, self.left_out
        if seen is not self.seen or state.tick % LOOKED_EVERY == 0 or state.ended:
            now = Now(self.case, state, seen)
            while at < len(self.steps):
                step = self.steps[at]
                if step.not_yet(now) is not None:
                    if not any(seen.did(kind) for kind in step.overtaken_by):
                        break
                    left_out = left_out | {step.key}
                at += 1
        unchanged = at == self.at and seen is self.seen
        return self if unchanged else replace(self, at=at, seen=seen, left_out=left_out)

    def hint(self, state: State) -> Hint | None:
        """What is missing now and which key mends it, or what comes first: the patient. None once all is done."""
        now = Now(self.case, state, self.seen)
        if self.step is None or state.ended:
            return None
        hint = augmentation_steps.in_danger(now) or self.step.not_yet(now)
        return None if hint is None else with_key(hint, state)

"""What a step of the guide is: when it is done, and what is still missing. Pure, no Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from anatomy.spec import Side
from simulator.app.guide.seen import Seen
from simulator.engine.case import Case
from simulator.engine.state import State

Chapter = Literal["before", "views", "access", "balloon", "cement", "end"]
Value = float | str


@dataclass(frozen=True)
class Hint:
    """A sentence about what is missing: the key of its text ("hint.<key>") and what stands in its placeholders.

    urgent: something is going wrong now. Values that are words are looked up as "value.<word>"; press is the name
    of an action, for whose key the sentence has a place.
    """

    key: str
    values: dict[str, Value] = field(default_factory=dict)
    urgent: bool = False


@dataclass(frozen=True)
class Now:
    """What a step is judged by: nothing else."""

    case: Case
    state: State
    seen: Seen


NotYet = Callable[[Now], Hint | None]
"""What is still missing; None: the step is done."""


@dataclass(frozen=True)
class Step:
    """A step. Its texts are "step.<name>" (title), "what.<name>" and "why.<name>"; side: of the cannula that it is
    about; overtaken_by: events after which it is too late for it (see ``Seen.did``): it counts as left out."""

    name: str
    chapter: Chapter
    not_yet: NotYet
    side: Side | None = None
    overtaken_by: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """A name of its own: "entry left"."""
        return self.name if self.side is None else f"{self.name} {self.side}"


def hint(key: str, *, urgent: bool = False, **values: Value) -> Hint:
    """A hint."""
    return Hint(key, values, urgent)

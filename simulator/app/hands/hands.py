"""What the user's hands hold, and what an action is: from a key or a button to commands. All are in ``actions``.

Pure: an action takes hands, case and state and gives hands and commands. It decides nothing about the procedure;
whether something is possible is the session's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from anatomy.spec import Side
from simulator.devices.instruments import CannulaGauge, FineGauge, Tool
from simulator.devices.needle import Technique
from simulator.engine.case import Case
from simulator.engine.commands import Command
from simulator.engine.patient.drugs import DrugName, Route
from simulator.engine.patient.numbness import Site
from simulator.engine.state import MarkKind, State
from simulator.imaging.carm import PlaneName

SkinPoint = tuple[float, float]
"""x and z of a point of the back, patient frame, mm."""
Position = tuple[float, float]
"""Orbital angle and angulation, degrees."""
POSITIONS: tuple[Position | None, ...] = ((0.0, 0.0), (90.0, 0.0), None)
"""What a C-arm has stored before anybody has: straight frontal and lateral (preset)."""
Group = Literal[
    "imaging", "carm", "needle", "tools", "balloon", "cement", "patient", "machine", "screen", "window"
]


@dataclass(frozen=True)
class Hands:
    """What the user has chosen.

    side, step, technique; plane: which the C-arm's keys turn; positions: those stored for planes A and B; skin_mm
    and angles: where and how the next cannula is set on the skin; pen_mm: where the pen marked either side last;
    rate and force: how cement is pressed, by_force says with which, pressed_tick since when; tool: the next
    through the cannula; clock_deg: where bevel and curette are to face, 0 the head; open_latches: sides whose
    inflation syringe has let go of its thread; gauge: of a cannula over a wire; fine_*: of the anaesthetic needle;
    drug, dose_share (of the largest usual dose) and route; local_*: the local anaesthetic.
    """

    side: Side = "left"
    coarse: bool = True
    technique: Technique = "twist"
    plane: PlaneName = "A"
    positions: tuple[tuple[Position | None, ...], ...] = (POSITIONS, POSITIONS)
    skin_mm: SkinPoint | None = None
    pen_mm: tuple[SkinPoint | None, SkinPoint | None] = (None, None)
    convergence_deg: float = 15.0
    caudal_deg: float = 5.0
    rate_ml_min: float = 1.5
    by_force: bool = False
    pressed_tick: int = 0
    force_n: float = 100.0
    tool: Tool = "drill 2.5"
    clock_deg: float = 0.0
    open_latches: frozenset[Side] = frozenset()
    gauge: CannulaGauge = 11
    mark: MarkKind = "cross"
    fine_gauge: FineGauge = 22
    fine_depth_mm: float = 40.0
    drug: DrugName = "midazolam"
    dose_share: float = 0.5
    route: Route = "iv"
    local_site: Site | Literal["needle"] = "track"
    local_drug: Literal["lidocaine", "bupivacaine"] = "lidocaine"

    def position(self, plane: PlaneName, number: int) -> Position | None:
        """What a plane has stored under a number, which begin at 1."""
        return self.positions["AB".index(plane)][number - 1]

    def with_position(self, plane: PlaneName, number: int, stored: Position) -> Hands:
        """The same hands after a position was stored."""
        at, kept = "AB".index(plane), [list(one) for one in self.positions]
        kept[at][number - 1] = stored
        return replace(self, positions=(tuple(kept[0]), tuple(kept[1])))

    def marked(self, skin_mm: SkinPoint) -> Hands:
        """The same hands after the pen has marked the skin for the side in hand."""
        left, right = self.pen_mm
        return replace(self, skin_mm=skin_mm, pen_mm=(skin_mm, right) if self.side == "left" else (left, skin_mm))

    def step(self, fine_and_coarse: tuple[float, float]) -> float:
        """The chosen of two steps."""
        return fine_and_coarse[1 if self.coarse else 0]


Done = tuple[Hands, list[Command]]
Do = Callable[[Hands, Case, State], Done]


@dataclass(frozen=True)
class Action:
    """Something a key or a button does; ``release``, where it is held, what letting go does. Its label and its
    tooltip stand in the texts ("action.<name>", "tip.<name>")."""

    name: str
    group: Group
    key: str
    do: Do
    release: Do | None = None


def give(make: Callable[[Hands, State], Command]) -> Do:
    """An action that gives one command."""
    return lambda hands, _case, state: (hands, [make(hands, state)])


def choose(change: Callable[[Hands, State], Hands]) -> Do:
    """An action that only changes what the hands hold."""
    return lambda hands, _case, state: (change(hands, state), [])


NOTHING: Do = choose(lambda hands, _state: hands)
"""What the window or a monitor does itself: nothing of it reaches the session."""


def turn(field: str, values: Sequence[Any], by: int = 1, *, around: bool = True) -> Do:
    """An action that takes the next value of a field of the hands; at the ends it goes around, or stays."""

    def change(hands: Hands, _state: State) -> Hands:
        at = values.index(getattr(hands, field)) + by
        at = at % len(values) if around else min(max(at, 0), len(values) - 1)
        return replace(hands, **{field: values[at]})

    return choose(change)

"""What has happened in a session so far, as far as the guide asks: pictures with what they showed, events by kind.

Pure: a ``Seen`` and what a tick brings give the next one, so that a session that is played again is seen again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from anatomy.spec import LEVELS, SIDES
from simulator.app.guide.reading import ViewKind
from simulator.engine.breathing import shift_px
from simulator.engine.case import Case
from simulator.engine.events import CheckedOff, DrugGiven, Event, Exposed, PatientAnswered
from simulator.engine.exposing import shows
from simulator.engine.measuring import beside_pedicle, cement_front_percent
from simulator.engine.state import State
from simulator.imaging.carm import CArmPose, PlaneName, Table
from simulator.imaging.collimation import Collimation
from simulator.imaging.view import View

SAME_VIEW_DEG = 20.0
"""A picture within this of a true view is one of that kind: as scores count looks from the side."""
FRONT_STEP_ML = 0.15
"""How much cement has to come before its front is read anew."""


@dataclass(frozen=True, eq=False)
class Look:
    """A picture: from where it was taken, and how things stood then.

    error_deg: from the target's true view of its kind; shift_px: how far breathing had moved the patient in it;
    tips: behind the posterior wall, left and right, None without a cannula; bone_mm: shaft in bone;
    front_percent: how far in front of the posterior wall the rearmost cement lay, None without any, as read when
    front_at_ml had come.
    """

    plane: PlaneName
    kind: ViewKind | None
    error_deg: float
    view: View
    field: Collimation
    shift_px: tuple[float, float]
    tick: int
    needles: int
    behind_mm: tuple[float | None, float | None]
    bone_mm: tuple[float, float]
    depth_mm: tuple[float, float]
    balloon_ml: float
    delivered_ml: float
    leak_mm2: float
    front_percent: float | None
    front_at_ml: float


@dataclass(frozen=True, eq=False)
class Seen:
    """looks: the last picture of each plane; of_kind: of each kind of view; levels: that frontal pictures have
    shown; happened: kinds of events, those of a side with it ("balloon_inserted left"); answered_ml: cement that
    was in when the patient last answered; leak_mm2: the largest leak that a picture has shown, and what it was
    when an injection was last begun."""

    looks: dict[str, Look] = field(default_factory=dict)
    of_kind: dict[str, Look] = field(default_factory=dict)
    levels: frozenset[str] = frozenset()
    checked: frozenset[str] = frozenset()
    drugs: frozenset[str] = frozenset()
    happened: frozenset[str] = frozenset()
    answered_ml: float | None = None
    hints: int = 0
    leak_mm2: float = 0.0
    leak_before_mm2: float = 0.0

    def did(self, kind: str, side: str = "") -> bool:
        """Whether such an event has happened, on that side if one is named."""
        return f"{kind} {side}".strip() in self.happened

    def after(self, case: Case, state: State, events: Sequence[Event]) -> Seen:
        """What has been seen once these have happened; state: after them."""
        seen = self
        for event in events:
            seen = seen._with(case, state, event)
        return seen

    def _with(self, case: Case, state: State, event: Event) -> Seen:
        side = getattr(event, "side", "")
        told = {event.kind, f"{event.kind} {side}".strip()}
        if event.kind == "injection_stopped":
            told |= {f"{event.kind} {side} {getattr(event, 'by', '')}"}
        seen = self if told <= self.happened else replace(self, happened=self.happened | told)
        if isinstance(event, Exposed):
            return seen._exposed(case, state, event)
        if isinstance(event, CheckedOff):
            return replace(seen, checked=seen.checked | {event.item})
        if isinstance(event, DrugGiven):
            return replace(seen, drugs=seen.drugs | {event.drug})
        if isinstance(event, PatientAnswered):
            return replace(seen, answered_ml=delivered_ml(state))
        if event.kind == "injection_started":
            return replace(seen, leak_before_mm2=seen.leak_mm2)
        return replace(seen, hints=seen.hints + 1) if event.kind == "hint_asked" else seen

    def _exposed(self, case: Case, state: State, event: Exposed) -> Seen:
        look = look_of(case, state, event, self.of_kind.get("lateral"))
        levels = self.levels
        if look.kind == "frontal":
            marks = case.patient.landmarks
            levels = levels | {one for one in LEVELS if shows(look.view, look.field, marks[f"{one} body centre"])}
        of_kind = self.of_kind if look.kind is None else {**self.of_kind, look.kind: look}
        leak = max(self.leak_mm2, look.leak_mm2)
        looks = {**self.looks, look.plane: look}
        return replace(self, looks=looks, of_kind=of_kind, levels=levels, leak_mm2=leak)


def look_of(case: Case, state: State, event: Exposed, before: Look | None) -> Look:
    """The picture of an exposure; before: the lateral one before it."""
    name: PlaneName = "A" if event.plane == "A" else "B"
    pose = CArmPose(event.orbital_deg, event.angulation_deg, magnification=event.magnification)
    table = state.table if event.table_mm is None else Table(event.table_mm, event.table_mm)
    kind, error = _kind(event)
    plane = state.plane(name)
    front, front_at_ml = _front(case, state, before) if kind == "lateral" else (None, 0.0)
    needles = [state.needle(side) for side in SIDES]
    tips = [None if needle is None else beside_pedicle(case, needle)["behind_mm"] for needle in needles]
    bone = [0.0 if needle is None else needle.bone_mm for needle in needles]
    depth = [0.0 if needle is None else needle.depth_mm for needle in needles]
    return Look(
        plane=name,
        kind=kind,
        error_deg=error,
        view=case.view_of(name, pose, table),
        field=Collimation(*event.field_mm, event.iris_mm),
        shift_px=(0.0, 0.0) if plane is None else shift_px(case, state, plane),
        tick=state.tick,
        needles=sum(needle is not None for needle in needles),
        behind_mm=(tips[0], tips[1]),
        bone_mm=(bone[0], bone[1]),
        depth_mm=(depth[0], depth[1]),
        balloon_ml=sum(balloon.volume_ml for balloon in state.balloons if balloon is not None),
        delivered_ml=delivered_ml(state),
        leak_mm2=sum(event.visible_leak_mm2.values()),
        front_percent=front,
        front_at_ml=front_at_ml,
    )


def _kind(event: Exposed) -> tuple[ViewKind | None, float]:
    if event.frontal_error_deg <= SAME_VIEW_DEG:
        return "frontal", event.frontal_error_deg
    if event.lateral_error_deg <= SAME_VIEW_DEG:
        return "lateral", event.lateral_error_deg
    return None, min(event.frontal_error_deg, event.lateral_error_deg)


def _front(case: Case, state: State, before: Look | None) -> tuple[float | None, float]:
    """How far back the cement reaches, and how much had come then; as in the picture before where hardly any has
    come since: it is costly to find."""
    delivered = delivered_ml(state)
    if before is not None and before.front_percent is not None and delivered < before.front_at_ml + FRONT_STEP_ML:
        return before.front_percent, before.front_at_ml
    return (cement_front_percent(case, state), delivered) if delivered > 0.0 else (None, 0.0)


def delivered_ml(state: State) -> float:
    """Cement that has left the cannulae, as the scale of the injector says."""
    return max(state.batch.injected_ml - sum(state.batch.bore_ml), 0.0)

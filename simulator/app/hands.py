"""From keys and buttons to commands: what the user's hands hold, and what each action asks of the session.

Pure: an action takes hands, case and state and gives hands and commands. It decides nothing about the procedure;
whether something is possible is the session's to say. Every action has a key, and its label and tooltip in the
texts ("action.<name>", "tip.<name>").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from anatomy.spec import Side
from simulator.devices.needle import Technique, angles_deg
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.commands import Command
from simulator.engine.state import State
from simulator.imaging.carm import MAGNIFICATIONS, PlaneName

Group = Literal["imaging", "carm", "needle", "balloon", "cement", "patient"]

CARM_DEG, TABLE_MM, TURN_DEG = (2.0, 10.0), (5.0, 25.0), (0.5, 2.0)
ADVANCE_MM, DRILL_MM, INFLATE_ML = (0.5, 2.0), (1.0, 5.0), (0.1, 0.25)
"""Fine and coarse steps of one key press or one notch of the wheel."""
FIELDS_MM = (298.0, 180.0, 110.0)
RATES_ML_MIN = (0.5, 1.0, 1.5, 2.0, 3.0)
ANAESTHETIC_ML = 5.0


@dataclass(frozen=True)
class Hands:
    """What the user has chosen: side, step, technique, the plane that the C-arm's keys turn, where and how the
    next cannula is to be set on the skin (x, z patient frame mm; angles), and how fast cement is pressed."""

    side: Side = "left"
    coarse: bool = True
    technique: Technique = "twist"
    plane: PlaneName = "A"
    skin_mm: tuple[float, float] | None = None
    convergence_deg: float = 15.0
    caudal_deg: float = 5.0
    rate_ml_min: float = 1.5

    def step(self, fine_and_coarse: tuple[float, float]) -> float:
        """The chosen of two steps."""
        return fine_and_coarse[1 if self.coarse else 0]


Done = tuple[Hands, list[Command]]
Do = Callable[[Hands, Case, State], Done]


@dataclass(frozen=True)
class Action:
    """Something a key or a button does; ``release``, where it is held, what letting go does."""

    name: str
    group: Group
    key: str
    do: Do
    release: Do | None = None


def _give(make: Callable[[Hands, State], Command]) -> Do:
    return lambda hands, _case, state: (hands, [make(hands, state)])


def _choose(change: Callable[[Hands, State], Hands]) -> Do:
    return lambda hands, _case, state: (change(hands, state), [])


def _turn_carm(orbital: float, angulation: float) -> Do:
    def do(hands: Hands, _case: Case, state: State) -> Done:
        plane = state.plane(hands.plane)
        if plane is None:
            return replace(hands, plane="A"), []
        by, pose = hands.step(CARM_DEG), plane.pose
        turned = c.MoveCArm(
            hands.plane, pose.orbital_wanted_deg + orbital * by, pose.angulation_wanted_deg + angulation * by
        )
        return hands, [turned]

    return do


def _move_table(across: float, along: float) -> Do:
    def make(hands: Hands, state: State) -> Command:
        by = hands.step(TABLE_MM)
        x, y, z = state.table.wanted_mm
        return c.MoveTable(x + across * by, y + along * by, z)

    return _give(make)


def _next_field(hands: Hands, _case: Case, state: State) -> Done:
    plane = state.plane(hands.plane)
    now = FIELDS_MM[0] if plane is None else plane.pose.field_mm[0]
    smaller = next((side for side in FIELDS_MM if side < now - 1.0), FIELDS_MM[0])
    return hands, [c.Collimate(hands.plane, smaller, smaller)]


def _next_magnification(hands: Hands, _case: Case, state: State) -> Done:
    plane = state.plane(hands.plane)
    now = 1.0 if plane is None else plane.pose.magnification
    larger = next((m for m in MAGNIFICATIONS if m > now + 0.01), MAGNIFICATIONS[0])
    return hands, [c.Magnify(hands.plane, larger)]


def _other_plane(hands: Hands, state: State) -> Hands:
    return replace(hands, plane="B" if hands.plane == "A" and len(state.planes) > 1 else "A")


def _other_side(hands: Hands, _state: State) -> Hands:
    return replace(hands, side="right" if hands.side == "left" else "left", skin_mm=None)


def _point(convergence: float, caudal: float) -> Do:
    """Turn the cannula in the patient, or, before the skin is punctured, the angles it will be set at."""

    def do(hands: Hands, _case: Case, state: State) -> Done:
        by, needle = hands.step(TURN_DEG), state.needle(hands.side)
        if needle is None:
            turned = (hands.convergence_deg + convergence * by, hands.caudal_deg + caudal * by)
            return replace(hands, convergence_deg=turned[0], caudal_deg=turned[1]), []
        now = angles_deg(hands.side, needle.axis)
        return hands, [c.Redirect(hands.side, now[0] + convergence * by, now[1] + caudal * by)]

    return do


def _puncture(hands: Hands, _case: Case, _state: State) -> Done:
    if hands.skin_mm is None:
        return hands, []
    x, z = hands.skin_mm
    return hands, [c.PunctureSkin(hands.side, x, z, hands.convergence_deg, hands.caudal_deg)]


def _stylet(hands: Hands, state: State) -> Command:
    needle = state.needle(hands.side)
    return c.RemoveStylet(hands.side) if needle is not None and needle.stylet else c.InsertStylet(hands.side)


def _rate(step: int) -> Do:
    def change(hands: Hands, _state: State) -> Hands:
        at = min(range(len(RATES_ML_MIN)), key=lambda i: abs(RATES_ML_MIN[i] - hands.rate_ml_min))
        return replace(hands, rate_ml_min=RATES_ML_MIN[min(max(at + step, 0), len(RATES_ML_MIN) - 1)])

    return _choose(change)


def _technique(technique: Technique) -> Do:
    return _choose(lambda hands, _state: replace(hands, technique=technique))


ACTIONS: tuple[Action, ...] = (
    Action("pedal_a", "imaging", "Space", _give(lambda h, s: c.PressPedal("A")),
           _give(lambda h, s: c.ReleasePedal("A"))),
    Action("pedal_b", "imaging", "V", _give(lambda h, s: c.PressPedal("B")),
           _give(lambda h, s: c.ReleasePedal("B"))),
    Action("shot_a", "imaging", "X", _give(lambda h, s: c.Expose("A"))),
    Action("shot_b", "imaging", "C", _give(lambda h, s: c.Expose("B"))),
    Action("collimate", "imaging", "B", _next_field),
    Action("magnify", "imaging", "N", _next_magnification),
    Action("other_plane", "carm", "P", _choose(_other_plane)),
    Action("orbital_down", "carm", "A", _turn_carm(-1.0, 0.0)),
    Action("orbital_up", "carm", "D", _turn_carm(1.0, 0.0)),
    Action("cranial", "carm", "W", _turn_carm(0.0, 1.0)),
    Action("caudal", "carm", "S", _turn_carm(0.0, -1.0)),
    Action("table_head", "carm", "T", _move_table(0.0, 1.0)),
    Action("table_feet", "carm", "G", _move_table(0.0, -1.0)),
    Action("table_left", "carm", "F", _move_table(-1.0, 0.0)),
    Action("table_right", "carm", "H", _move_table(1.0, 0.0)),
    Action("other_side", "needle", "Tab", _choose(_other_side)),
    Action("step", "needle", "Q", _choose(lambda h, s: replace(h, coarse=not h.coarse))),
    Action("push", "needle", "1", _technique("push")),
    Action("twist", "needle", "2", _technique("twist")),
    Action("mallet", "needle", "3", _technique("mallet")),
    Action("puncture", "needle", "Return", _puncture),
    Action("advance", "needle", "Up",
           _give(lambda h, s: c.Advance(h.side, h.step(ADVANCE_MM), h.technique))),
    Action("withdraw", "needle", "Down", _give(lambda h, s: c.Withdraw(h.side, h.step(ADVANCE_MM)))),
    Action("less_convergent", "needle", "Left", _point(-1.0, 0.0)),
    Action("more_convergent", "needle", "Right", _point(1.0, 0.0)),
    Action("more_cranial", "needle", "PgUp", _point(0.0, -1.0)),
    Action("more_caudal", "needle", "PgDown", _point(0.0, 1.0)),
    Action("stylet", "needle", "Y", _give(_stylet)),
    Action("drill", "needle", "K", _give(lambda h, s: c.Drill(h.side, h.step(DRILL_MM)))),
    Action("insert_balloon", "balloon", "U", _give(lambda h, s: c.InsertBalloon(h.side))),
    Action("inflate", "balloon", "I", _give(lambda h, s: c.Inflate(h.side, h.step(INFLATE_ML)))),
    Action("deflate", "balloon", "O", _give(lambda h, s: c.Deflate(h.side))),
    Action("remove_balloon", "balloon", "J", _give(lambda h, s: c.RemoveBalloon(h.side))),
    Action("mix", "cement", "M", _give(lambda h, s: c.LoadInjector() if s.batch.bowl_ml > 0.0 else c.MixCement())),
    Action("inject", "cement", "E", _give(lambda h, s: c.StartInjection(h.side, h.rate_ml_min)),
           _give(lambda h, s: c.StopInjection())),
    Action("slower", "cement", ",", _rate(-1)),
    Action("faster", "cement", ".", _rate(1)),
    Action("anaesthetic", "patient", "Z", _give(lambda h, s: c.GiveLocalAnaesthetic(h.side, ANAESTHETIC_ML))),
)  # fmt: skip
BY_NAME: dict[str, Action] = {action.name: action for action in ACTIONS}


def keys(bound: dict[str, str]) -> dict[str, Action]:
    """Actions by key, with keys bound anew (action to key). An unknown action is passed over; where two actions
    ask for a key, the one that was bound anew has it."""
    by_key = {action.key: action for action in ACTIONS if action.name not in bound}
    return by_key | {key: BY_NAME[name] for name, key in bound.items() if name in BY_NAME}

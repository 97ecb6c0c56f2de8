"""Actions of cannulae."""

from __future__ import annotations

from dataclasses import replace

from anatomy.spec import Side
from simulator.app.hands.hands import Action, Do, Done, Hands, choose, give
from simulator.devices.needle import Technique, angles_deg
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.commands import Command
from simulator.engine.state import State, index_of

TURN_DEG, ADVANCE_MM, DRILL_MM = (0.5, 2.0), (0.5, 2.0), (1.0, 5.0)
"""Fine and coarse steps of one key press or one notch of the wheel."""

OUT_MM = 130.0
"""Drawn back so far, any cannula is out."""


def _other_side(hands: Hands, _state: State) -> Hands:
    """The other cannula; its skin point is where the pen has marked that side, if it has."""
    side: Side = "right" if hands.side == "left" else "left"
    return replace(hands, side=side, skin_mm=hands.pen_mm[index_of(side)])


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


def _technique(technique: Technique) -> Do:
    return choose(lambda hands, _state: replace(hands, technique=technique))


ACTIONS: tuple[Action, ...] = (
    Action("other_side", "needle", "Tab", choose(_other_side)),
    Action("step", "needle", "Q", choose(lambda h, s: replace(h, coarse=not h.coarse))),
    Action("push", "needle", "1", _technique("push")),
    Action("twist", "needle", "2", _technique("twist")),
    Action("mallet", "needle", "3", _technique("mallet")),
    Action("puncture", "needle", "Return", _puncture),
    Action("advance", "needle", "Up",
           give(lambda h, s: c.Advance(h.side, h.step(ADVANCE_MM), h.technique))),
    Action("withdraw", "needle", "Down", give(lambda h, s: c.Withdraw(h.side, h.step(ADVANCE_MM)))),
    Action("less_convergent", "needle", "Left", _point(-1.0, 0.0)),
    Action("more_convergent", "needle", "Right", _point(1.0, 0.0)),
    Action("more_cranial", "needle", "PgUp", _point(0.0, -1.0)),
    Action("more_caudal", "needle", "PgDown", _point(0.0, 1.0)),
    Action("stylet", "needle", "Y", give(_stylet)),
    Action("pull_out", "needle", "Shift+Y", give(lambda h, s: c.Withdraw(h.side, OUT_MM))),
    Action("drill", "needle", "K", give(lambda h, s: c.Drill(h.side, h.step(DRILL_MM)))),
)  # fmt: skip

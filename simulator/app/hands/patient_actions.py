"""Actions of whoever looks after the patient: drugs and their doses, oxygen, fluid, airway, words."""

from __future__ import annotations

from typing import Literal, get_args

from simulator.app.hands.hands import Action, Done, Hands, give, turn
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.orders.patient import MG
from simulator.engine.patient.drive import Airway
from simulator.engine.patient.drugs import DRUG_NAMES, DRUGS, Route
from simulator.engine.patient.numbness import Site
from simulator.engine.state import State

DOSE_SHARES = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Doses that can be drawn up, as shares of the largest usual one; the last is a mistake that can be made."""
OXYGEN_L_MIN = (0.0, 2.0, 4.0, 6.0, 10.0, 15.0)
FLUID_ML = 250.0
ANAESTHETIC_ML = 5.0
LOCAL_PERCENT = {"lidocaine": 1.0, "bupivacaine": 0.25}
Unit = Literal["mg", "ug", "g", "ml"]


def dose(hands: Hands) -> tuple[float, Unit]:
    """The dose that is drawn up, in the unit that is written on the syringe."""
    amount_mg = hands.dose_share * DRUGS[hands.drug].most_mg
    unit: Unit = "ml" if hands.drug == "lipid emulsion" else "g" if amount_mg >= 1000.0 else "mg"
    if amount_mg < 1.0:
        unit = "ug"
    return round(amount_mg / MG[unit], 4), unit


def _oxygen(by: int) -> Action:
    def do(hands: Hands, _case: Case, state: State) -> Done:
        now = state.body.oxygen_l_min
        near = min(range(len(OXYGEN_L_MIN)), key=lambda at: abs(OXYGEN_L_MIN[at] - now))
        return hands, [c.SetOxygen(OXYGEN_L_MIN[min(max(near + by, 0), len(OXYGEN_L_MIN) - 1)])]

    return Action(*(("more_oxygen", "patient", "+") if by > 0 else ("less_oxygen", "patient", "-")), do)


def _next_airway(_hands: Hands, state: State) -> c.Command:
    ways: tuple[Airway, ...] = get_args(Airway)
    return c.SupportAirway(ways[(ways.index(state.body.airway) + 1) % len(ways)])


ACTIONS: tuple[Action, ...] = (
    Action("previous_drug", "patient", "Ctrl+Left", turn("drug", DRUG_NAMES, -1)),
    Action("next_drug", "patient", "Ctrl+Right", turn("drug", DRUG_NAMES)),
    Action("less_drug", "patient", "Ctrl+Down", turn("dose_share", DOSE_SHARES, -1, around=False)),
    Action("more_drug", "patient", "Ctrl+Up", turn("dose_share", DOSE_SHARES, around=False)),
    Action("route", "patient", "Ctrl+R", turn("route", get_args(Route))),
    Action("give_drug", "patient", "Ctrl+Return", give(lambda h, s: c.GiveDrug(h.drug, *dose(h), h.route))),
    _oxygen(-1),
    _oxygen(1),
    Action("fluid", "patient", "Ctrl+F", give(lambda h, s: c.GiveFluid(FLUID_ML))),
    Action("airway", "patient", "Ctrl+A", give(_next_airway)),
    Action("ask", "patient", "Ctrl+P", give(lambda h, s: c.AskPatient())),
    Action("help", "patient", "Ctrl+H", give(lambda h, s: c.CallForHelp())),
    Action("local_drug", "patient", "Ctrl+D", turn("local_drug", tuple(LOCAL_PERCENT))),
    Action("local_site", "patient", "Ctrl+L", turn("local_site", (*get_args(Site), "needle"))),
    Action("anaesthetic", "patient", "Z",
           give(lambda h, s: c.GiveLocalAnaesthetic(h.side, ANAESTHETIC_ML, site=h.local_site, drug=h.local_drug,
                                                    percent=LOCAL_PERCENT[h.local_drug]))),
)  # fmt: skip

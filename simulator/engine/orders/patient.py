"""Orders to whoever looks after the patient. What is risky is done and has its consequences; what nobody would
draw up is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from simulator.engine import commands as c
from simulator.engine import events as e
from simulator.engine.case import Case
from simulator.engine.fine_needling import fine_needle_site
from simulator.engine.orders.common import Outcome
from simulator.engine.patient.body import Body
from simulator.engine.patient.complications import poured
from simulator.engine.patient.drugs import DRUGS, INTRAVENOUS_ONLY_LOCALLY
from simulator.engine.patient.gas import inspired_share
from simulator.engine.patient.illness import HELP_S, LEGS_FROM, blocked
from simulator.engine.patient.numbness import AS_ONE_PERCENT, Site, infiltrated
from simulator.engine.patient.stimulus import STING_INFILTRATION
from simulator.engine.state import State, index_of, with_side

FoundSite = Site | Literal["fat", "vessel", "canal", "other"]
MOST_LOCAL_MG = {"lidocaine": 300.0, "bupivacaine": 150.0}
"""Plain, whatever the weight (physics E2)."""
MG_PER_ML_PER_PERCENT = 10.0
MISPLACED: dict[FoundSite, str] = {"vessel": "into the vein", "canal": "into the canal"}
LAYERS: dict[FoundSite, Site] = {
    "track": "track", "skin": "skin", "fat": "skin", "muscle": "muscle", "periosteum": "periosteum"
}  # fmt: skip
"""Layers that what was injected there numbs; anything else counts as muscle."""
DRAWN_UP_ML = 120.0
"""Local anaesthetic that can be given in all."""
MG = {"mg": 1.0, "ug": 1e-3, "g": 1e3, "ml": 200.0}
MOST_FLUID_ML = 6000.0
ANSWERS_FROM = 3


def give_local_anaesthetic(case: Case, state: State, command: c.GiveLocalAnaesthetic) -> Outcome:
    total = sum(state.anaesthetic_ml) + command.volume_ml
    if total > DRAWN_UP_ML:
        left = DRAWN_UP_ML - sum(state.anaesthetic_ml)
        return f"{total:g} ml of local anaesthetic are more than the room has drawn up; {left:g} ml are left"
    site: FoundSite | None = fine_needle_site(case, state) if command.site == "needle" else command.site
    if site is None:
        return "there is no fine needle in the back; insert one first, or name the layer"
    index = index_of(command.side)
    dose_mg = command.volume_ml * command.percent * MG_PER_ML_PER_PERCENT
    body, person = state.body, case.person
    drugs = poured(body.drugs, command.drug, dose_mg, into_blood=site == "vessel")
    given_mg = next(d.given_mg for d in drugs if d.name == command.drug)
    limit_mg = local_limit_mg(command.drug, person.weight_kg)
    fault = MISPLACED.get(site, "overdose" if given_mg > limit_mg else "")
    fault = "allergy" if command.drug in person.allergies else fault
    body = replace(body, drugs=drugs)
    if site == "canal":
        body = replace(body, illness=blocked(body.illness, dose_mg * AS_ONE_PERCENT[command.drug]))
    elif site != "vessel":
        layer = LAYERS.get(site, "muscle")
        numb = infiltrated(body.numb[index], layer, command.drug, command.percent, command.volume_ml)
        sting = max(body.sting, STING_INFILTRATION * numb.pain_left("skin"))
        body = replace(body, numb=with_side(body.numb, command.side, numb), sting=sting)
    volume_ml = state.anaesthetic_ml[index] + command.volume_ml
    state = replace(
        state,
        anaesthetic_ml=with_side(state.anaesthetic_ml, command.side, volume_ml),
        body=_allergic(body, fault),
    )
    given = e.AnaestheticGiven(
        command.side,
        command.volume_ml,
        site=site,
        drug=command.drug,
        dose_mg=round(dose_mg, 2),
        fault=fault,
    )
    return state, [given]


def local_limit_mg(drug: str, weight_kg: float) -> float:
    """Most local anaesthetic for a body, all doses together, plain."""
    per_kg = next(d.most_mg_per_kg for name, d in DRUGS.items() if name == drug)
    return min((per_kg or 0.0) * weight_kg, MOST_LOCAL_MG[drug])


def give_drug(case: Case, state: State, command: c.GiveDrug) -> Outcome:
    drug, dose_mg = DRUGS[command.drug], command.dose * MG[command.unit]
    if (command.unit == "ml") != (command.drug == "lipid emulsion") and command.unit == "ml":
        return f"{command.drug} is given by weight; say how many mg or ug"
    if dose_mg > drug.absurd_mg:
        return (
            f"{dose_mg:g} mg of {command.drug} are not in this room; a usual dose is {drug.most_mg:g} mg, "
            f"and {drug.absurd_mg:g} mg are all there is"
        )
    if command.route == "im" and not drug.intramuscular:
        return f"{command.drug} is not injected into muscle here; give it iv"
    into_blood = command.route == "iv" or drug.kinetics.fast_share == 0.0
    body, person = state.body, case.person
    fault = ""
    if command.drug in person.allergies:
        fault = "allergy"
    elif command.drug in INTRAVENOUS_ONLY_LOCALLY:
        fault = "into the vein"
    elif dose_mg > 1.001 * _usual_mg(command, drug.most_mg):
        fault = "overdose"
    body = replace(body, drugs=poured(body.drugs, command.drug, dose_mg, into_blood))
    given = e.DrugGiven(command.drug, round(dose_mg, 4), command.route, fault)
    return replace(state, body=_allergic(body, fault)), [given]


def _usual_mg(command: c.GiveDrug, most_mg: float) -> float:
    """Adrenaline into a vein is given in fifths of what goes into muscle."""
    return 0.2 * most_mg if command.drug == "adrenaline" and command.route == "iv" else most_mg


def _allergic(body: Body, fault: str) -> Body:
    if fault != "allergy":
        return body
    return replace(body, illness=replace(body.illness, allergy_drive=max(body.illness.allergy_drive, 1.0)))


def set_oxygen(case: Case, state: State, command: c.SetOxygen) -> Outcome:
    if command.flow_l_min == state.body.oxygen_l_min:
        return f"oxygen already flows at {command.flow_l_min:g} l/min"
    device, _ = inspired_share(command.flow_l_min)
    body = replace(state.body, oxygen_l_min=command.flow_l_min)
    return replace(state, body=body), [e.OxygenSet(command.flow_l_min, device)]


def give_fluid(case: Case, state: State, command: c.GiveFluid) -> Outcome:
    ill = state.body.illness
    if ill.fluid_ml + command.volume_ml > MOST_FLUID_ML:
        return f"{ill.fluid_ml:g} ml have been given; more than {MOST_FLUID_ML:g} ml are not in this room"
    ill = replace(
        ill, fluid_ml=ill.fluid_ml + command.volume_ml, free_fluid_ml=ill.free_fluid_ml + command.volume_ml
    )  # fmt: skip
    given = e.FluidGiven(command.volume_ml, ill.fluid_ml)
    return replace(state, body=replace(state.body, illness=ill)), [given]


def support_airway(case: Case, state: State, command: c.SupportAirway) -> Outcome:
    if command.how == state.body.airway:
        return f"the airway is already looked after like that ({command.how})"
    if (
        command.how == "bag"
        and state.vitals.responsiveness >= ANSWERS_FROM
        and state.vitals.breaths_per_min >= 8.0
    ):
        return "the patient is awake and breathes; ask him to breathe deeply instead"
    return replace(state, body=replace(state.body, airway=command.how)), [e.AirwaySupported(command.how)]


def ask_patient(case: Case, state: State, command: c.AskPatient) -> Outcome:
    if state.body.airway == "bag":
        return "a mask is held on the patient's face; leave the airway to him before asking"
    if state.vitals.responsiveness < ANSWERS_FROM:
        return state, [e.PatientAnswered(False, None, "")]
    lost = {deficit.structure for deficit in state.body.harm.deficits}
    numb = state.body.illness.block > LEGS_FROM
    legs = "both are weak" if "canal" in lost or numb else "one is weak" if "root" in lost else "both move"
    return state, [e.PatientAnswered(True, round(state.vitals.pain, 1), legs, state.body.signs)]


def call_for_help(case: Case, state: State, command: c.CallForHelp) -> Outcome:
    called = state.body.help_s
    if called is not None:
        wait = called - state.time_s
        return "help is here already" if wait <= 0.0 else f"help has been called; it will be here in {wait:.0f} s"
    return replace(state, body=replace(state.body, help_s=state.time_s + HELP_S)), [e.HelpCalled()]

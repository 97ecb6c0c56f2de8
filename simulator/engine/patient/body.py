"""The whole patient, once a second: drugs, illness, emboli, circulation, breathing's drive, gas, pain, signs.

Everything follows from the state a second ago, what is done to the patient and who he is; there is no chance in
it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from anatomy.changing import changed
from simulator.engine.patient import circulation as heart
from simulator.engine.patient import complications, emboli, gas, harm, illness, kinetics, numbness
from simulator.engine.patient.circulation import Circulation, Load
from simulator.engine.patient.drive import SEIZES_MG_L, Airway, Drive, drive_of
from simulator.engine.patient.drugs import DRUGS, InBody
from simulator.engine.patient.effects import Effects, effects_of
from simulator.engine.patient.emboli import NO_EMBOLI, Emboli
from simulator.engine.patient.gas import Exchange, Gas
from simulator.engine.patient.harm import UNHARMED, Deficit, Harm
from simulator.engine.patient.illness import WELL, Burden, Illness, burden
from simulator.engine.patient.numbness import NOT_NUMB, Numbness
from simulator.engine.patient.person import Person, Trigger
from simulator.engine.patient.signs import signs_of
from simulator.engine.patient.stimulus import STING_S, UNSEDATED, Stimulus, wanted_pain
from simulator.engine.patient.vitals import LOWEST_SATURATION, Vitals

PAIN_S = 8.0
MOVES_AT_PAIN, RESTS_S, JERK_MM = 7.0, 20.0, 4.0
"""Pain at which the patient moves, how long until he may again, and how far he does (presets)."""
BAG_VENTILATION = 0.9
SHUNT_OF_CEMENT = 0.024
"""Shunt after an ordinary injection, fitted to the 0.6 % of saturation of Kaufmann 2002."""


@dataclass(frozen=True)
class Body:
    """What the monitor does not show. reached_s: when steps of the procedure began, s; help_s: when help was
    called.

    airway: "own", "chin lift" or "bag"; venous_ml: cement that has been counted as emboli;
    heart_beats: the heart's phase at the second, 0 at an R wave.
    """

    circulation: Circulation = field(default_factory=Circulation)
    gas: Gas = field(default_factory=lambda: gas.at_rest(96.0))
    drugs: tuple[InBody, ...] = ()
    numb: tuple[Numbness, Numbness] = (NOT_NUMB, NOT_NUMB)
    emboli: Emboli = NO_EMBOLI
    illness: Illness = WELL
    harm: Harm = UNHARMED
    sting: float = 0.0
    oxygen_l_min: float = 0.0
    airway: Airway = "own"
    help_s: float | None = None
    venous_ml: float = 0.0
    reached_s: tuple[tuple[Trigger, float], ...] = ()
    signs: tuple[str, ...] = ()
    moved_s: float = -RESTS_S
    heart_beats: float = 0.0


@dataclass(frozen=True)
class Reaction:
    """A second's outcome: the body, its vitals, breathing's drive; what is new of signs and deficits; whether help
    came; how far the patient jerked and why."""

    body: Body
    vitals: Vitals
    drive: Drive
    new_signs: tuple[str, ...] = ()
    new_deficits: tuple[Deficit, ...] = ()
    help_came: bool = False
    jerk_mm: float = 0.0
    jerk_why: str = ""


def at_rest(person: Person) -> Body:
    """A patient at the beginning."""
    return Body(circulation=heart.at_rest(person), gas=gas.at_rest(person.saturation_percent))


def first_vitals(person: Person) -> Vitals:
    """What the monitor shows then."""
    high, low = heart.pulse(heart.at_rest(person), person)
    return Vitals(
        heart_rate=person.heart_rate,
        mean_pressure_mmhg=person.mean_pressure_mmhg,
        saturation_percent=min(
            person.saturation_percent, 100.0 * gas.at_rest(person.saturation_percent).saturation
        ),
        systolic_mmhg=high,
        diastolic_mmhg=low,
        breaths_per_min=person.breaths_per_min,
    )


def reacted(
    body: Body, vitals: Vitals, stimulus: Stimulus, person: Person, now_s: float, ventilation: float
) -> Reaction:
    """A second later; ventilation: alveolar, against rest, of the breathing that there was in it."""
    came = body.help_s is not None and body.help_s <= now_s < body.help_s + 1.0
    body = _complications_begun(body, stimulus, person, now_s)
    clearance = 0.5 if person.liver_disease else 1.0
    drugs = tuple(
        InBody(d.name, kinetics.a_second_later(DRUGS[d.name].kinetics, d.amounts_mg, clearance), d.given_mg)
        for d in body.drugs
    )
    effects = effects_of(drugs, person, body.illness.hypnosis)
    ill = illness.a_second_later(body.illness, effects, person, stimulus.lung, stimulus.bleeding_ml_min)
    helped = body.help_s is not None and now_s >= body.help_s
    if helped and ill.air_wanted > 0.5:
        ill = changed(ill, air_wanted=0.2, air=min(ill.air, 0.5))  # whoever comes drains what is under tension
    weight = burden(ill, effects, person)
    numb = (numbness.a_second_later(body.numb[0]), numbness.a_second_later(body.numb[1]))
    cement_new = max(stimulus.venous_ml - body.venous_ml, 0.0)
    flying = emboli.a_second_later(body.emboli, cement_new, 0.0)
    sting = max(body.sting * float(np.exp(-1.0 / STING_S)), stimulus.sting)
    pain = _pain(vitals.pain, changed(stimulus, sting=sting), effects, ill.block, person)
    c = heart.a_second_later(
        body.circulation, _load(pain, stimulus, effects, weight, flying, body.gas.saturation), person
    )
    bagged = body.airway == "bag" or (helped and ventilation < 0.4)
    exchange = Exchange(
        ventilation=max(ventilation, BAG_VENTILATION) if bagged else ventilation,
        flow=heart.flow_share(c, person),
        inspired=max(gas.inspired_share(body.oxygen_l_min)[1], 0.6 if helped else 0.0),
        shunt=flying.shunt + weight.shunt + SHUNT_OF_CEMENT * c.cement,
        dead=flying.dead + weight.dead + 0.3 * max(1.0 - heart.flow_share(c, person), 0.0),
    )
    air = gas.a_second_later(body.gas, exchange)
    drive = drive_of(effects, weight, air, person, pain, body.airway if not helped else "chin lift")
    responsiveness = _responsiveness(effects, c, air)
    high, low = heart.pulse(c, person)
    shown = vitals.saturation_percent + (1.0 - float(np.exp(-1.0 / gas.OXIMETER_S))) * (
        100.0 * air.saturation - vitals.saturation_percent
    )
    after = changed(
        vitals,
        heart_rate=c.heart_rate,
        mean_pressure_mmhg=c.mean_pressure_mmhg,
        saturation_percent=max(shown, LOWEST_SATURATION),
        pain=pain,
        systolic_mmhg=high,
        diastolic_mmhg=low,
        end_tidal_co2_mmhg=gas.end_tidal_mmhg(air, exchange),
        responsiveness=responsiveness,
    )
    hurt = harm.a_second_later(body.harm, stimulus)
    signs = signs_of(effects, ill, flying, air, drive, responsiveness)
    why = _why_moved(body, vitals, after, stimulus, signs, now_s)
    return Reaction(
        body=changed(
            body, circulation=c, gas=air, drugs=drugs, numb=numb, emboli=flying, illness=ill, harm=hurt,
            sting=sting, venous_ml=max(stimulus.venous_ml, body.venous_ml), signs=signs,
            moved_s=now_s if why else body.moved_s,
            heart_beats=(body.heart_beats + vitals.heart_rate / 60.0) % 1.0,
        ),
        vitals=after,
        drive=drive,
        new_signs=tuple(s for s in signs if s not in body.signs),
        new_deficits=tuple(d for d in hurt.deficits if d not in body.harm.deficits),
        help_came=came,
        jerk_mm=JERK_MM if why else 0.0,
        jerk_why=why,
    )  # fmt: skip


def _complications_begun(body: Body, stimulus: Stimulus, person: Person, now_s: float) -> Body:
    if not person.planned:
        return body
    known = dict(body.reached_s)
    new = tuple((trigger, now_s) for trigger in stimulus.reached if trigger not in known)
    if new:
        body = changed(body, reached_s=(*body.reached_s, *new))
    for number in complications.due(body.illness, person, dict(body.reached_s), now_s):
        planned = person.planned[number]
        ill = complications.begun(body.illness, planned)
        body = changed(body, illness=changed(ill, begun=(*ill.begun, number)))
        if planned.ill == "embolism":
            fat_ml = complications.EMBOLISM_ML * planned.severity
            body = changed(body, emboli=emboli.a_second_later(body.emboli, 0.0, fat_ml))
        if planned.ill == "local anaesthetic toxicity":
            dose = complications.INTO_A_VEIN_MG_PER_KG * person.weight_kg * planned.severity
            body = changed(body, drugs=complications.poured(body.drugs, "lidocaine", dose, into_blood=True))
    return body


def _pain(before: float, stimulus: Stimulus, effects: Effects, block: float, person: Person) -> float:
    wanted = wanted_pain(stimulus) * (1.0 if person.lightly_sedated else UNSEDATED)
    left = (1.0 - effects.analgesia) * (1.0 - 0.5 * effects.depth) * (1.0 - 0.9 * min(block, 1.0))
    wanted = min(wanted * left, 10.0)
    return float(wanted + (before - wanted) * np.exp(-1.0 / PAIN_S))


def _load(pain: float, stimulus: Stimulus, effects: Effects, weight: Burden, flying: Emboli, sat: float) -> Load:
    return Load(
        pain=pain,
        cement_ml=stimulus.cement_ml,
        stroke=effects.stroke * weight.stroke * flying.stroke,
        resistance=effects.resistance * weight.resistance * (1.0 - flying.slack),
        drug_rate=effects.heart_rate,
        slowing=weight.slowing + flying.slowing * (1.0 - effects.vagal_block),
        reflexes=1.0 - 0.5 * effects.depth,
        saturation=sat,
    )


def _responsiveness(effects: Effects, c: Circulation, air: Gas) -> int:
    if effects.toxic_mg_l > SEIZES_MG_L or c.mean_pressure_mmhg < 38.0 or air.saturation < 0.55:
        return 0
    faint = 2 if c.mean_pressure_mmhg < 48.0 else 0
    return max(effects.responsiveness - faint, 0)


def _why_moved(
    body: Body, before: Vitals, after: Vitals, stimulus: Stimulus, signs: tuple[str, ...], now_s: float
) -> str:
    """Why the patient moves now; nothing where he does not."""
    if "seizure" in signs and "seizure" not in body.signs:
        return "seizure"
    if now_s - body.moved_s < RESTS_S or after.responsiveness <= 1:
        return ""
    if stimulus.canal_mm > harm.CANAL_FREE_MM:
        return "the spinal canal was touched"
    if stimulus.root_contact:
        return "a nerve root was touched"
    if before.pain < MOVES_AT_PAIN <= after.pain:
        return "pain"
    return ""

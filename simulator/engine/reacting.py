"""What is done to the patient, put together from the state, and what he does about it once a second."""

from __future__ import annotations

from collections.abc import Sequence

from anatomy.changing import changed
from anatomy.spec import SIDES
from simulator.devices.warm_places import NERVES
from simulator.engine import breathing
from simulator.engine.case import Case
from simulator.engine.events import (
    BalloonRuptured,
    ComplicationBegan,
    Deficit,
    Event,
    FineNeedleInserted,
    HelpArrived,
    PatientMoved,
    SignSeen,
    SkinPunctured,
    VitalsAlarm,
)
from simulator.engine.fine_needling import touched
from simulator.engine.leaks import embolised_ml, in_patient_ml, leaked_ml
from simulator.engine.patient import body as patient_body
from simulator.engine.patient.person import Trigger
from simulator.engine.patient.stimulus import STING_FINE_NEEDLE, STING_PUNCTURE, Felt, Stimulus
from simulator.engine.patient.vitals import alarming
from simulator.engine.state import TICK_HZ, VITALS_EVERY, State, index_of

BLEEDS_ML_MIN = {
    "aorta": 150.0, "vena cava": 60.0, "azygos": 25.0, "segmental": 12.0, "intercostal": 10.0, "kidney": 20.0,
    "liver": 30.0, "spleen": 40.0,
}  # fmt: skip
"""Bleeding from what was touched, by a word of its name (presets, unconfirmed)."""
FINE_SHARE = 0.1  # of that, through the hole of a fine needle
CONTRAST_ALLERGY = 0.8


def felt(state: State, happened: Sequence[Event]) -> State:
    """Touches are added up tick by tick, so that a short push hurts as it should."""
    periosteum = muscle = sting = 0.0
    for side in SIDES:
        needle, numb = state.needle(side), state.body.numb[index_of(side)]
        if needle is not None and needle.feed_mm != 0.0:
            if needle.bone_mm > 0.0:
                periosteum = max(periosteum, numb.pain_left("periosteum"))
            else:
                muscle = max(muscle, numb.pain_left("muscle"))
    for event in happened:
        if isinstance(event, SkinPunctured):
            sting = max(sting, STING_PUNCTURE * state.body.numb[index_of(event.side)].pain_left("skin"))
        elif isinstance(event, FineNeedleInserted) and state.fine_needle is not None:
            numb = state.body.numb[int(state.fine_needle.tip_mm[0] > 0.0)]  # right is +x
            sting = max(sting, STING_FINE_NEEDLE * numb.pain_left("skin"))
    root = any(c.structure.startswith("nerve root") for w in state.needlework for c in w.contacts)
    before = state.felt
    if periosteum == muscle == sting == 0.0 and root == before.root:
        return state
    now = Felt(
        before.periosteum_s + periosteum / TICK_HZ,
        before.root or root,
        before.muscle_s + muscle / TICK_HZ,
        max(before.sting, sting),
    )
    return changed(state, felt=now)


def contrast_spilt(case: Case, state: State, happened: Sequence[Event]) -> State:
    """Contrast of a burst balloon reaches the blood of somebody who may be allergic to it."""
    if "contrast" not in case.person.allergies or not any(isinstance(e, BalloonRuptured) for e in happened):
        return state
    ill = state.body.illness
    ill = changed(ill, allergy_drive=max(ill.allergy_drive, CONTRAST_ALLERGY))
    return changed(state, body=changed(state.body, illness=ill))


def patient_reacted(case: Case, state: State) -> tuple[State, list[Event]]:
    """The patient a second later, and what has just begun."""
    breath = state.breathing
    reaction = patient_body.reacted(
        state.body,
        state.vitals,
        stimulus_of(case, state),
        case.person,
        state.time_s,
        breathing.ventilation(breath),
    )
    vitals = reaction.vitals
    breath = breathing.reacted(breath, vitals, state.tick, reaction.drive)
    if reaction.jerk_mm > 0.0:
        breath = changed(breath, jerk_mm=reaction.jerk_mm, jerk_tick=state.tick)
    vitals = changed(vitals, breaths_per_min=breath.rate_per_min if breath.depth_wanted > 0.05 else 0.0)
    events: list[Event] = []
    for number in reaction.body.illness.begun[len(state.body.illness.begun) :]:
        planned = case.person.planned[number]
        events.append(ComplicationBegan(planned.ill, planned.severity))
    if reaction.jerk_why:
        events.append(PatientMoved(reaction.jerk_why, reaction.jerk_mm))
    events += [SignSeen(sign) for sign in reaction.new_signs]
    events += [Deficit(d.structure, d.cause, d.grade) for d in reaction.new_deficits]
    if reaction.help_came:
        events.append(HelpArrived())
    now = alarming(vitals)
    events += [VitalsAlarm(n, round(v, 1)) for n, v in now.items() if n not in state.alarms]
    state = changed(
        state, vitals=vitals, breathing=breath, body=reaction.body, felt=Felt(), alarms=tuple(now)
    )  # fmt: skip
    return state, events


def stimulus_of(case: Case, state: State) -> Stimulus:
    """What the patient has felt in the last second and bears now."""
    leaks: dict[str, float] = {}
    if state.batch.filling.total_ml > 0.0:
        leaks = leaked_ml(case.ground.at(state.amplitude), state)
    contacts = [(c.structure, c.deepest_mm) for work in state.needlework for c in work.contacts]
    fine = touched(case.probe, state.fine_needle) if state.fine_needle is not None else ()
    bleeding = [_bleeding_ml_min(name) for name, _ in contacts]
    bleeding += [FINE_SHARE * _bleeding_ml_min(name) for name in fine]
    a_second = TICK_HZ / VITALS_EVERY
    return Stimulus(
        periosteum=min(state.felt.periosteum_s * a_second, 1.0),
        balloon_kpa=max((b.pressure_kpa for b in state.balloons if b is not None), default=0.0),
        injecting=state.batch.side is not None,
        cement_ml=in_patient_ml(state),
        venous_ml=embolised_ml(state),
        root_contact=state.felt.root or any(name.startswith("nerve root") for name in fine),
        muscle=min(state.felt.muscle_s * a_second, 1.0),
        sting=state.felt.sting,
        root_mm=max((mm for name, mm in contacts if name.startswith("nerve root")), default=0.0),
        canal_mm=max((mm for name, mm in contacts if name == "canal"), default=0.0),
        canal_ml=leaks.get("canal", 0.0),
        foramen_ml=max(leaks.get("foramen left", 0.0), leaks.get("foramen right", 0.0)),
        lung=any(name.startswith(("lung", "pleura")) for name in (*(n for n, _ in contacts), *fine)),
        bleeding_ml_min=max(bleeding, default=0.0),
        reached=_reached(state),
        **_heat(state),
    )


def _heat(state: State) -> dict[str, float]:
    """What the nerves have of the cement's heat."""
    if state.thermal is None:
        return {}
    canal, *roots = (state.thermal.dose(name) for name in NERVES)
    return {
        "nerve_c": max(dose.now_c for dose in (canal, *roots)),
        "root_damage": max(dose.most_damage for dose in roots),
        "canal_damage": canal.most_damage,
    }


def _bleeding_ml_min(structure: str) -> float:
    return next((much for word, much in BLEEDS_ML_MIN.items() if word in structure), 0.0)


def _reached(state: State) -> tuple[Trigger, ...]:
    """Steps of the procedure that have begun."""
    found: list[tuple[Trigger, bool]] = [
        ("at_anaesthetic", sum(state.anaesthetic_ml) > 0.0),
        ("at_puncture", state.punctures > 0),
        ("at_bone", any(work.bone_entries > 0 for work in state.needlework)),
        ("at_balloon", any(b is not None and b.volume_ml > 0.0 for b in state.balloons)),
        ("at_injection", state.batch.filling.total_ml > 0.0),
    ]
    return tuple(trigger for trigger, begun in found if begun)

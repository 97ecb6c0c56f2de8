"""The patient within a session: what instruments and orders do to him, and what is told of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scenarios.schema import Complication, Condition
from simulator.devices.venous import VenousCement
from simulator.engine import commands as c
from simulator.engine import events as e
from simulator.engine.breathing import displacement_mm
from simulator.engine.case import Case, initial_state
from simulator.engine.emboli import Emboli
from simulator.engine.patient.harm import Deficit as Lost
from simulator.engine.patient.harm import Harm
from simulator.engine.patient.stimulus import Felt
from simulator.engine.personal import person_of
from simulator.engine.reacting import felt, stimulus_of
from simulator.engine.state import Contact, Needlework, State
from simulator.engine.step import step
from tests.simulator.engine.playing import after, approach, kinds


def of_type(events: list[e.Event], kind: type) -> list[e.Event]:
    return [event for event in events if isinstance(event, kind)]


def with_condition(case: Case, condition: Condition) -> Case:
    """The same case with somebody else on the table."""
    return replace(case, scenario=case.scenario.model_copy(update={"condition": condition}))


def pain_of(case: Case, *given: c.GiveLocalAnaesthetic, wait_s: int = 60) -> float:
    """Pain after three seconds of a mallet in bone, so long after local anaesthetic."""
    puncture, to_bone = approach(case, "right", 8.0)[:2]
    state: State = after(case, [puncture, to_bone, (1200, []), (60 * wait_s, list(given))])[0]
    return after(case, [(180, [c.Advance("right", 20.0, "mallet")])], state)[0].vitals.pain


def test_local_anaesthetic_takes_most_of_the_pain_where_it_lies(case: Case) -> None:
    """A full block along the track takes 85 %; 3 ml at the periosteum as much, in muscle nothing; without the time
    to act it does little."""
    none = pain_of(case)
    assert none > 1.0
    assert pain_of(case, c.GiveLocalAnaesthetic("right", 8.0)) == pytest.approx(0.15 * none, rel=0.35)
    at_bone = c.GiveLocalAnaesthetic("right", 3.0, site="periosteum")
    assert pain_of(case, at_bone) == pytest.approx(0.15 * none, rel=0.45)  # muscle is felt on the last millimetre
    assert pain_of(case, c.GiveLocalAnaesthetic("right", 3.0, site="muscle")) > 0.7 * none
    assert pain_of(case, c.GiveLocalAnaesthetic("left", 8.0)) > 0.9 * none
    assert pain_of(case, at_bone, wait_s=2) > 1.5 * pain_of(case, at_bone)


def test_a_push_between_two_looks_at_the_patient_hurts(case: Case, in_bone: State) -> None:
    """A tap that begins and ends within a second is felt, as long as it lasted."""
    rested = after(case, [(60 * 60 - in_bone.tick % 60, [])], in_bone)[0]
    state, moved = step(case, after(case, [(5, [])], rested)[0], [c.Advance("right", 0.2, "mallet")])[0], 1
    while state.needles[1] is not None and state.needles[1].feed_mm != 0.0:
        state, moved = step(case, state)[0], moved + 1
    assert 2 <= moved < 50
    assert state.felt.periosteum_s > 0.0
    after_it = after(case, [(60, [])], state)[0]
    assert after_it.vitals.pain > rested.vitals.pain + 1e-3
    assert after_it.felt == Felt()


def test_the_skin_stings_unless_it_is_numb(case: Case) -> None:
    """A puncture hurts; after local anaesthetic it hurts less."""
    puncture = approach(case, "right")[0][1]
    bare = felt(initial_state(case), [e.SkinPunctured("right", (0.0, 0.0, 0.0))])
    assert bare.felt.sting == 4.0
    sore = after(case, [(240, puncture)])[0].vitals.pain
    numb = after(case, [(7200, [c.GiveLocalAnaesthetic("right", 8.0)]), (240, puncture)])[0].vitals.pain
    assert numb < 0.3 * sore


def test_an_alarm_is_raised_once(case: Case) -> None:
    """An alarm that goes on is one event; one that comes again is another."""

    def low(state: State) -> State:
        return replace(state, vitals=replace(state.vitals, saturation_percent=60.0))

    state, events = after(case, [(200, [])], low(initial_state(case)))
    assert [ev.vital for ev in events if isinstance(ev, e.VitalsAlarm)] == ["saturation_percent"]
    assert state.alarms == ("saturation_percent",)
    state, events = after(case, [(7200, [])], state)
    assert state.alarms == ()
    assert kinds(after(case, [(60, [])], low(state))[1]).count("vitals_alarm") == 1


def test_too_much_is_given_and_recorded(case: Case) -> None:
    """45 ml of lidocaine 1 % are beyond 4.5 mg/kg: done, with its fault; 20 ml have none."""
    _, events = after(
        case, [(0, [c.GiveLocalAnaesthetic("left", 20.0)]), (0, [c.GiveLocalAnaesthetic("right", 25.0)])]
    )
    assert [ev.fault for ev in events if isinstance(ev, e.AnaestheticGiven)] == ["", "overdose"]
    _, events = after(
        case,
        [(0, [c.GiveDrug("lidocaine", 100.0), c.GiveDrug("midazolam", 5.0), c.GiveDrug("fentanyl", 50.0, "ug")])],
    )
    assert [ev.fault for ev in events if isinstance(ev, e.DrugGiven)] == ["into the vein", "overdose", ""]


def test_allergy_to_a_drug(case: Case) -> None:
    """Cefazolin in somebody allergic to it: hives within two minutes and a falling pressure."""
    allergic = with_condition(case, Condition(allergies=("cefazolin",)))
    state, events = after(allergic, [(7200, [c.GiveDrug("cefazolin", 2.0, "g")])])
    assert [ev.fault for ev in events if isinstance(ev, e.DrugGiven)] == ["allergy"]
    assert "flushing and hives" in [ev.sign for ev in events if isinstance(ev, e.SignSeen)]
    assert state.vitals.mean_pressure_mmhg < 75.0
    assert after(case, [(7200, [c.GiveDrug("cefazolin", 2.0, "g")])])[0].vitals.mean_pressure_mmhg > 95.0


def test_a_scripted_complication_waits_for_its_trigger(case: Case) -> None:
    """A vagal reflex at the puncture, 30 s later: truth is recorded when it begins."""
    script = Condition(complications=(Complication(kind="vagal reflex", when="at_puncture", after_min=0.5),))
    tense = with_condition(case, script)
    state, events = after(tense, [(1200, [])])
    assert not of_type(events, e.ComplicationBegan)
    puncture = approach(case, "right")[0][1]
    state, events = after(tense, [(60 * 90, puncture)], state)
    assert [ev.complication for ev in events if isinstance(ev, e.ComplicationBegan)] == ["vagal reflex"]
    assert state.vitals.heart_rate < 58.0
    assert state.alarms == () or "heart_rate" in state.alarms


def test_instruments_reach_structures(case: Case) -> None:
    """Contacts of the cannula become what the body feels: root, canal, lung, vessel, by their names."""
    contacts = tuple(
        Contact(name, 0, 3.0) for name in ("nerve root left", "canal", "pleura right", "segmental vessels left")
    )
    state = replace(initial_state(case), needlework=(Needlework(contacts=contacts), Needlework()))
    found = stimulus_of(case, felt(state, []))
    assert (found.root_contact, found.root_mm, found.canal_mm, found.lung) == (True, 3.0, 3.0, True)
    assert found.bleeding_ml_min > 0.0
    _, events = after(case, [(600, [])], state)
    assert "the spinal canal was touched" in [ev.why for ev in events if isinstance(ev, e.PatientMoved)]
    assert of_type(events, e.Deficit)


def test_the_patient_jerks_in_the_picture(case: Case) -> None:
    """Spine and instruments go with a jerk and come back; no tick moves them by more than 0.3 mm."""

    state = replace(
        initial_state(case), breathing=replace(initial_state(case).breathing, jerk_mm=4.0, jerk_tick=0)
    )
    way = [displacement_mm(state.breathing, t) for t in range(100)]
    calm = [displacement_mm(initial_state(case).breathing, t) for t in range(100)]
    apart = [float(((a - b) ** 2).sum() ** 0.5) for a, b in zip(way, calm, strict=True)]
    assert max(apart) == pytest.approx(4.0, rel=0.01)
    assert apart[0] == apart[99] == 0.0
    assert max(abs(a - b) for a, b in zip(apart[1:], apart[:-1], strict=True)) < 0.3


def test_the_patient_answers_or_does_not(case: Case) -> None:
    """Awake: pain and legs; with a lost function the truth of it; asleep: nothing."""
    fresh = initial_state(case)

    def answer(state: State) -> e.PatientAnswered:
        _, events = step(case, state, [c.AskPatient()])
        (found,) = of_type(events, e.PatientAnswered)
        assert isinstance(found, e.PatientAnswered)
        return found

    assert answer(fresh).legs == "both move"
    hurt = replace(fresh, body=replace(fresh.body, harm=Harm(deficits=(Lost("root", "cement", "transient"),))))
    assert answer(hurt).legs == "one is weak"
    asleep = answer(replace(fresh, vitals=replace(fresh.vitals, responsiveness=1)))
    assert (asleep.answers, asleep.pain, asleep.legs) == (False, None, "")


def test_oxygen_helps_and_help_comes(case: Case) -> None:
    """Saturation rises with oxygen; help is there 90 s after the call, once."""
    state, events = after(case, [(60 * 120, [c.SetOxygen(4.0), c.CallForHelp(), c.GiveFluid(250.0)])])
    assert state.vitals.saturation_percent > 97.5
    assert len(of_type(events, e.HelpArrived)) == 1
    assert [ev.device for ev in events if isinstance(ev, e.OxygenSet)] == ["nasal"]


def test_a_person_follows_from_scenario_and_seed(case: Case) -> None:
    """Weight from stature and body mass index, or as it is said; the fall after cement from the seed."""
    scenario = case.scenario
    assert person_of(scenario, 1).weight_kg == pytest.approx(24.5 * 1.6**2)
    heavy = scenario.model_copy(update={"condition": Condition(weight_kg=90.0, comorbidities=("sleep apnoea",))})
    assert (person_of(heavy, 1).weight_kg, person_of(heavy, 1).sleep_apnoea) == (90.0, True)
    falls = [person_of(scenario, seed).cement_fall_mmhg for seed in range(200)]
    assert len(set(falls)) > 150
    assert person_of(scenario, 1).planned == ()
    wild = scenario.model_copy(update={"condition": Condition(spontaneous_complications=True)})
    assert any(person_of(wild, seed).planned for seed in range(60))


def test_only_what_has_reached_the_lungs_is_an_embolus(case: Case) -> None:
    """Cement that lies in a vein, even in its stream, does nothing to circulation until it is carried off."""
    state = initial_state(case)
    lying = replace(state, venous=VenousCement(plugs=((0, 0.2, 0.0),), taken=((0, 0.05),)))
    assert stimulus_of(case, lying).venous_ml == 0.0
    carried = replace(lying, emboli=Emboli((0.0, 0.0, 0.3, 0.0), 2.1))
    assert stimulus_of(case, carried).venous_ml == pytest.approx(0.3)
    assert stimulus_of(case, carried).cement_ml == pytest.approx(0.55)

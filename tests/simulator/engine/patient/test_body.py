"""The whole patient: rest, drugs and antidotes, complications and what turns them."""

from __future__ import annotations

from dataclasses import astuple, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.engine.patient.body import Body
from simulator.engine.patient.complications import RATES, poured, spontaneous
from simulator.engine.patient.drugs import DRUG_NAMES
from simulator.engine.patient.illness import Illness
from simulator.engine.patient.person import Person
from simulator.engine.patient.stimulus import Stimulus, wanted_pain
from simulator.engine.patient.vitals import ALARMS, Vitals, alarming
from tests.simulator.engine.patient.living import AT_S, Lived, dose, lived, with_ill


def test_left_alone_the_patient_stays_as_he_is() -> None:
    """At rest nothing changes and nothing alarms."""
    assert astuple(lived(900).vitals[-1]) == pytest.approx(astuple(Vitals()), abs=1e-3)
    assert alarming(Vitals()) == {}


def test_pain_adds_up_to_ten() -> None:
    """Periosteum, balloon, injection and a touched root hurt more together, never above 10."""
    grades = [wanted_pain(s) for s in (
        Stimulus(), Stimulus(injecting=True), Stimulus(balloon_kpa=700.0), Stimulus(periosteum=1.0),
        Stimulus(periosteum=1.0, balloon_kpa=700.0, injecting=True, root_contact=True),
    )]  # fmt: skip
    assert grades == [0.0, 1.5, 2.5, 7.5, 10.0]


def test_pain_raises_rate_and_pressure_as_in_life() -> None:
    """Two minutes at the periosteum: heart rate +10 to 20, systolic +15 to 30 mmHg (physics E2: 20 to 30), and the
    patient moves once or more."""
    hurt = lived(180, stimulus=lambda t: Stimulus(periosteum=1.0 if t >= AT_S else 0.0))
    assert 10.0 < hurt.vitals[-1].heart_rate - 75.0 < 20.0
    assert 15.0 < hurt.vitals[-1].systolic_mmhg - 140.0 < 30.0
    assert any(r.jerk_why == "pain" for r in hurt.reactions)


def least(life: Lived, name: str, until: int | None = None) -> float:
    return min(life.of(name)[AT_S:until])


def test_sedation_by_dose() -> None:
    """2 mg of midazolam calm, 5 mg with fentanyl sedate deeply, 10 mg stop the breath of somebody of 75; oxygen
    makes the difference for 5 mg."""
    calm = lived(600, deeds={AT_S: dose(("midazolam", 2.0))})
    assert 4 <= least(calm, "responsiveness") <= 5
    assert least(calm, "saturation_percent") > 94.0
    deep = {AT_S: dose(("midazolam", 5.0), ("fentanyl", 0.1))}
    air = lived(600, deeds=deep)
    oxygen = lived(600, deeds={0: lambda b: replace(b, oxygen_l_min=4.0), **deep})
    assert least(air, "responsiveness") <= 2
    assert least(air, "saturation_percent") < 90.0 < least(oxygen, "saturation_percent")
    assert least(oxygen, "breaths_per_min") < 10.0
    stopped = lived(400, deeds={AT_S: dose(("midazolam", 10.0), ("fentanyl", 0.2))})
    assert "no breathing" in stopped.signs
    assert stopped.vitals[-1].end_tidal_co2_mmhg == 0.0


def test_lack_of_oxygen_quickens_the_heart_and_then_slows_it() -> None:
    """Over-sedation on room air (physics E2): heart rate first up, then down; oxygen given before prevents it."""
    deed = {AT_S: dose(("midazolam", 12.0), ("fentanyl", 0.3))}
    life = lived(420, deeds=deed)
    rates, peak = life.of("heart_rate"), max(life.of("heart_rate")[AT_S:])
    assert peak > 82.0
    assert min(rates[rates.index(peak) :]) < 65.0
    helped = lived(420, deeds={0: lambda b: replace(b, oxygen_l_min=15.0), **deed})
    assert max(helped.of("heart_rate")[AT_S : AT_S + 150]) < 80.0


def test_an_old_patient_sleeps_with_half_the_midazolam() -> None:
    """Albrecht 1999: half-effect concentrations of 223 and 522 ng/ml."""
    old, young = (lived(500, Person(age_years=a), deeds={AT_S: dose(("midazolam", 4.0))}) for a in (75.0, 25.0))
    assert least(old, "responsiveness") < least(young, "responsiveness")


def test_antidotes_reverse_in_a_minute_or_two() -> None:
    """Naloxone after fentanyl, flumazenil after midazolam (physics E2: 1 to 2 min)."""
    opioid = lived(400, deeds={AT_S: dose(("fentanyl", 0.3)), 240: dose(("naloxone", 0.2))})
    assert opioid.vitals[239].breaths_per_min < 6.0
    assert opioid.vitals[359].breaths_per_min > 10.0
    hypnotic = lived(500, deeds={AT_S: dose(("midazolam", 8.0)), 300: dose(("flumazenil", 0.5))})
    assert hypnotic.vitals[299].responsiveness <= 1
    assert hypnotic.vitals[419].responsiveness >= 4


@pytest.mark.parametrize(
    ("drug", "mg", "vital", "low", "high"),
    [
        ("ephedrine", 10.0, "mean_pressure_mmhg", 8.0, 25.0),
        ("phenylephrine", 0.1, "mean_pressure_mmhg", 5.0, 25.0),
        ("noradrenaline", 0.01, "mean_pressure_mmhg", 5.0, 25.0),
        ("adrenaline", 0.1, "heart_rate", 8.0, 50.0),
        ("atropine", 0.5, "heart_rate", 8.0, 30.0),
    ],
)
def test_usual_doses_do_what_they_are_known_for(drug: str, mg: float, vital: str, low: float, high: float) -> None:
    life = lived(240, deeds={AT_S: dose((drug, mg))})
    assert low < max(life.of(vital)[AT_S:]) - getattr(Vitals(), vital) < high


def test_phenylephrine_slows_the_heart() -> None:
    assert least(lived(180, deeds={AT_S: dose(("phenylephrine", 0.2))}), "heart_rate") < 73.0


def test_a_vagal_reflex_comes_and_goes() -> None:
    """Heart rate down by 20 to 40 within a minute, back within five (physics E2); atropine shortens it."""
    life = lived(420, with_ill("vagal reflex"))
    rates = life.of("heart_rate")
    assert 20.0 <= 75.0 - min(rates[AT_S : AT_S + 60]) <= 40.0
    assert rates[AT_S + 300] > 70.0
    treated = lived(200, with_ill("vagal reflex"), deeds={80: dose(("atropine", 0.5))})
    assert treated.vitals[119].heart_rate > rates[119] + 15.0


def test_adrenaline_turns_anaphylaxis_and_nothing_else_does() -> None:
    """Untreated it lasts; adrenaline brings pressure back within four minutes, a vasopressor alone does not."""
    person = with_ill("anaphylaxis")
    untreated = lived(600, person)
    assert least(untreated, "mean_pressure_mmhg") < 60.0
    assert untreated.vitals[-1].mean_pressure_mmhg < 70.0
    assert untreated.signs["flushing and hives"] < untreated.signs["wheeze"]
    treated = lived(600, person, deeds={150: dose(("adrenaline", 0.1))})
    assert treated.vitals[389].mean_pressure_mmhg > 85.0
    assert treated.bodies[-1].illness.allergy < 0.8 * untreated.bodies[-1].illness.allergy
    other = lived(600, person, deeds={150: dose(("phenylephrine", 0.2))})
    assert other.bodies[389].illness.allergy == pytest.approx(untreated.bodies[389].illness.allergy)
    late = lived(600, person, deeds={150: dose(("hydrocortisone", 200.0), ("clemastine", 2.0))})
    assert late.vitals[389].mean_pressure_mmhg < 75.0


def test_local_anaesthetic_poisons_in_its_order() -> None:
    """Lips, ears, twitching, seizure, apnoea (physics E2); lipid emulsion shortens it."""
    person = with_ill("local anaesthetic toxicity")
    life = lived(400, person)
    order = ["numb lips and a metallic taste", "ringing in the ears", "twitching", "seizure", "no breathing"]
    times = [life.signs[sign] for sign in order]
    assert times == sorted(times)
    assert AT_S < times[0] < AT_S + 30
    assert any(r.jerk_why == "seizure" for r in life.reactions)
    treated = lived(400, person, deeds={90: dose(("lipid emulsion", 20000.0))})
    assert treated.of("breaths_per_min").count(0.0) < 0.8 * life.of("breaths_per_min").count(0.0)


def test_infiltration_within_the_limit_harms_nobody() -> None:
    """4.5 mg/kg along the tracks: no sign of toxicity in an hour; four times as much gives some."""

    def poured_into_tissue(mg: float) -> Lived:
        return lived(1800, deeds={AT_S: lambda b: replace(b, drugs=poured(b.drugs, "lidocaine", mg, False))})

    assert poured_into_tissue(4.5 * 65.0).signs == {}
    assert "numb lips and a metallic taste" in poured_into_tissue(18.0 * 65.0).signs


def test_bleeding_empties_and_fluid_fills() -> None:
    """Pressure falls with the volume, faster under anticoagulation; fluid brings half of it back."""
    life = lived(900, with_ill("bleeding", 1.5))
    assert least(life, "mean_pressure_mmhg") < 80.0
    assert max(life.of("heart_rate")) > 82.0
    thin = lived(900, replace(with_ill("bleeding", 1.5), anticoagulated=True))
    assert thin.bodies[-1].illness.lost_ml > life.bodies[-1].illness.lost_ml

    def infused(body: Body) -> Body:
        ill = body.illness
        return replace(body, illness=replace(ill, fluid_ml=1000.0, free_fluid_ml=1000.0))

    filled = lived(900, with_ill("bleeding", 1.5), deeds={700: infused})
    assert filled.vitals[-1].mean_pressure_mmhg > life.vitals[-1].mean_pressure_mmhg + 5.0


def test_air_around_the_lung() -> None:
    """A touched lung costs oxygen within minutes; under tension pressure falls too, until help drains it."""
    touched = lived(600, stimulus=lambda t: Stimulus(lung=t == AT_S))
    assert touched.vitals[-1].saturation_percent < 94.0
    tension = lived(700, with_ill("pneumothorax"))
    assert tension.vitals[-1].mean_pressure_mmhg < 75.0
    helped = lived(700, with_ill("pneumothorax"), deeds={500: lambda b: replace(b, help_s=590.0)})
    assert helped.vitals[-1].mean_pressure_mmhg > tension.vitals[-1].mean_pressure_mmhg + 10.0
    assert sum(r.help_came for r in helped.reactions) == 1


def test_emboli_by_amount() -> None:
    """The more in the veins, the lower pressure, saturation and end-tidal carbon dioxide. A massive one: end-tidal
    -30 to -55 %, systolic -40 % and saturation below 90 % within three minutes (physics E2, unconfirmed)."""
    lives = [
        lived(420, stimulus=lambda t, ml=ml: Stimulus(venous_ml=ml if t >= AT_S else 0.0))  # type: ignore[misc]
        for ml in (0.1, 0.5, 2.0, 4.0)
    ]
    for name in ("mean_pressure_mmhg", "saturation_percent"):
        lows = [least(life, name) for life in lives]
        assert lows == sorted(lows, reverse=True)
    massive = lives[2]
    assert min(massive.of("systolic_mmhg")[AT_S : AT_S + 60]) < 0.6 * 140.0
    assert 0.45 * 36.0 < min(massive.of("end_tidal_co2_mmhg")[AT_S : AT_S + 60]) < 0.70 * 36.0
    assert min(massive.of("saturation_percent")[: AT_S + 180]) < 92.0
    assert "saturation_percent" in alarming(lives[3].vitals[AT_S + 120])


def test_nerves_that_are_touched() -> None:
    """A root: the patient jerks at once and a short contact leaves nothing, a long one a deficit; the canal's
    contents are worse; and cement that presses is found by its time."""
    short = lived(90, stimulus=lambda t: Stimulus(root_contact=t == AT_S, root_mm=1.0 if t == AT_S else 0.0))
    assert [r.jerk_why for r in short.reactions if r.jerk_why] == ["a nerve root was touched"]
    assert short.bodies[-1].harm.deficits == ()
    long = lived(200, stimulus=lambda t: Stimulus(root_contact=t >= AT_S, root_mm=1.0 if t >= AT_S else 0.0))
    assert [d.grade for d in long.bodies[-1].harm.deficits] == ["transient", "lasting"]
    canal = lived(70, stimulus=lambda t: Stimulus(canal_mm=4.0 if t >= AT_S else 0.0))
    assert canal.bodies[-1].harm.deficits[0].structure == "canal"
    pressed = lived(200, stimulus=lambda _: Stimulus(canal_ml=1.5))
    assert [(d.cause, d.structure) for d in pressed.bodies[-1].harm.deficits] == [("cement", "canal")]
    asleep = lived(
        500, stimulus=lambda t: Stimulus(root_contact=t == 400), deeds={AT_S: dose(("midazolam", 15.0))}
    )
    assert not any(r.jerk_why for r in asleep.reactions)


def test_heat_at_a_nerve_hurts_and_burns() -> None:
    """Warm is nothing, 49 C hurt; damage of 0.2 is a transient deficit, of 1 a lasting one."""
    assert lived(60, stimulus=lambda _: Stimulus(nerve_c=43.0, root_damage=0.1)).vitals[-1].pain == 0.0
    hot = lived(60, stimulus=lambda _: Stimulus(nerve_c=49.0, root_damage=0.5))
    assert hot.vitals[-1].pain > 5.5
    assert [(d.cause, d.grade) for d in hot.bodies[-1].harm.deficits] == [("heat", "transient")]
    burnt = lived(5, stimulus=lambda _: Stimulus(canal_damage=1.2)).bodies[-1].harm.deficits
    assert [(d.structure, d.grade) for d in burnt] == [("canal", "transient"), ("canal", "lasting")]


def test_opioid_and_sedative_take_pain() -> None:
    hurt = [
        lived(400, stimulus=lambda t: Stimulus(periosteum=1.0 if t > 240 else 0.0), deeds={AT_S: given})
        .vitals[-1]
        .pain
        for given in (dose(), dose(("fentanyl", 0.05)), dose(("fentanyl", 0.1), ("midazolam", 2.0)))
    ]
    assert hurt[0] == pytest.approx(7.5, abs=0.01)
    assert hurt[0] > hurt[1] + 1.0 > hurt[2] + 1.5
    assert lived(60, Person(lightly_sedated=False), lambda _: Stimulus(periosteum=0.5)).vitals[-1].pain > 4.5


@settings(max_examples=25, deadline=None, database=None, derandomize=True)
@given(
    st.lists(st.tuples(st.sampled_from(DRUG_NAMES), st.floats(0.001, 3000.0)), max_size=4),
    st.floats(0, 20), st.floats(0, 20), st.floats(0, 4000), st.booleans(), st.floats(0, 2),
)  # fmt: skip
def test_vitals_stay_within_a_body(
    drugs: list[tuple[str, float]], cement: float, venous: float, balloon: float, root: bool, ill: float
) -> None:
    """Whatever is done: finite numbers, no negative pressure, no saturation above 100 %, pain from 0 to 10."""
    sick = Illness(
        allergy_drive=ill, air_wanted=min(ill, 1.0), bleeding_ml_min=200.0 * ill, vagal_wanted=ill, vagal_s=60
    )
    life = lived(
        200,
        stimulus=lambda _: Stimulus(
            1.0, balloon, True, cement, venous, root, lung=root, canal_mm=balloon / 1000.0
        ),
        deeds={10: dose(*drugs), 20: lambda b: replace(b, illness=sick)},
    )
    for v in life.vitals:
        assert 0.0 <= v.pain <= 10.0
        assert 10.0 <= v.diastolic_mmhg <= v.mean_pressure_mmhg <= v.systolic_mmhg < 300.0
        assert 29.9 < v.mean_pressure_mmhg <= 180.0
        assert 39.9 <= v.saturation_percent <= 100.0
        assert 20.0 <= v.heart_rate <= 180.0
        assert 0.0 <= v.breaths_per_min <= 24.0
        assert 0.0 <= v.end_tidal_co2_mmhg < 200.0
        assert 0 <= v.responsiveness <= 5


def test_alarm_limits_are_strict() -> None:
    """At its limit a vital does not alarm; beyond it does."""
    for name, (low, high) in ALARMS.items():
        assert alarming(replace(Vitals(), **{name: low})) == {}
        assert set(alarming(replace(Vitals(), **{name: low - 0.01}))) == {name}
        assert set(alarming(replace(Vitals(), **{name: high + 0.01}))) == {name}


def test_spontaneous_complications_follow_the_seed() -> None:
    """The same seed, the same fate; over many seeds the rates of the table, within three standard errors."""
    assert spontaneous(12) == spontaneous(12)
    seeds = 4000
    fates = [planned.ill for seed in range(seeds) for planned in spontaneous(seed)]
    for ill, rate in RATES.items():
        assert fates.count(ill) / seeds == pytest.approx(rate, abs=3.0 * (rate / seeds) ** 0.5 + 1e-9)

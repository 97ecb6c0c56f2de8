"""Compartments: closed forms, conserved mass, and plasma levels that are known."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.engine.patient.drugs import DRUG_NAMES, DRUGS, DrugName
from simulator.engine.patient.kinetics import (
    BLOOD,
    EFFECT,
    Amounts,
    Kinetics,
    a_second_later,
    added,
    at_effect_mg_l,
    in_blood_mg_l,
)


def after(kinetics: Kinetics, amounts: Amounts, seconds: int) -> list[Amounts]:
    """Amounts after each second."""
    way = []
    for _ in range(seconds):
        amounts = a_second_later(kinetics, amounts)
        way.append(amounts)
    return way


def test_one_compartment_is_an_exponential() -> None:
    """Blood falls by k10, the effect site follows as a Bateman curve."""
    k, e = 0.1, 0.5
    one = Kinetics(0.2, k, ke0=e)
    way = after(one, one.injected(10.0, into_blood=True), 600)
    t = np.arange(1, 601) / 60.0
    assert [a[BLOOD] for a in way] == pytest.approx(10.0 * np.exp(-k * t), rel=1e-9)
    bateman = 10.0 * e / (e - k) * (np.exp(-k * t) - np.exp(-e * t))
    assert [a[EFFECT] for a in way] == pytest.approx(bateman, rel=1e-9)


def test_absorption_is_bateman_too() -> None:
    """From one depot into blood."""
    one = Kinetics(0.2, 0.05, fast_share=1.0, fast_per_min=0.2, slow_per_min=0.01)
    way = after(one, one.injected(8.0, into_blood=False), 1200)
    t = np.arange(1, 1201) / 60.0
    curve = 8.0 * 0.2 / (0.2 - 0.05) * (np.exp(-0.05 * t) - np.exp(-0.2 * t))
    assert [a[BLOOD] for a in way] == pytest.approx(curve, rel=1e-9)


@pytest.mark.parametrize("name", DRUG_NAMES)
def test_nothing_is_made_and_nothing_negative(name: DrugName) -> None:
    """What is in depots, blood and tissues only falls, by k10 of what is in blood."""
    kinetics = DRUGS[name].kinetics
    local = name in ("lidocaine", "bupivacaine")
    way = after(kinetics, kinetics.injected(1.0, into_blood=not local), 900)
    held = np.array([sum(a[:5]) for a in way])
    assert (np.diff(held) <= 1e-12).all()
    assert held[0] <= 1.0
    assert min(min(a) for a in way) >= 0.0
    blood = np.array([a[BLOOD] for a in way])
    lost = kinetics.k10 / 60.0 * 0.5 * (blood[1:] + blood[:-1])
    assert held[:-1] - held[1:] == pytest.approx(lost, rel=2e-2, abs=1e-9)


def test_doses_add_up() -> None:
    """Two half doses at once are one whole."""
    k = DRUGS["fentanyl"].kinetics
    half = k.injected(0.05, into_blood=True)
    assert after(k, added(half, half), 60)[-1] == pytest.approx(after(k, k.injected(0.1, True), 60)[-1])


def test_infiltrated_lidocaine_peaks_where_it_does_in_life() -> None:
    """300 mg into tissue: 1 to 3 ug/ml after 5 to 40 min, well below the first signs at 5 (text-book range)."""
    k = DRUGS["lidocaine"].kinetics
    levels = [in_blood_mg_l(k, a, 70.0) for a in after(k, k.injected(300.0, into_blood=False), 3600)]
    assert 1.0 < max(levels) < 3.0
    assert 300 < int(np.argmax(levels)) < 2400


def test_fentanyl_acts_most_after_three_to_five_minutes() -> None:
    """The peak at the effect site, 3.6 min for this set of rates (text-book: 3 to 5)."""
    k = DRUGS["fentanyl"].kinetics
    site = [at_effect_mg_l(k, a, 70.0) for a in after(k, k.injected(0.1, into_blood=True), 900)]
    assert 180 <= int(np.argmax(site)) <= 300


def test_midazolam_has_the_clearance_of_the_elderly() -> None:
    """Dose over the area below the curve: 388 ml/min of Albrecht 1999, for their 75 kg."""
    k = DRUGS["midazolam"].kinetics
    levels = [in_blood_mg_l(k, a, 75.0) for a in after(k, k.injected(5.0, into_blood=True), 40 * 3600)]
    assert 5.0 / (np.sum(levels) / 60.0) == pytest.approx(0.388, rel=0.03)

"""Breathing: how far, how fast, how smoothly, and in which direction of each picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.engine.breathing import Breathing, at_rest, displacement_mm, inspired, reacted, shift_px
from simulator.engine.case import Case
from simulator.engine.digest import digest_of
from simulator.engine.patient.vitals import Vitals
from tests.simulator.engine.aiming import centred
from tests.simulator.engine.playing import after

CALM = Vitals()


def followed(breathing: Breathing, vitals: list[Vitals]) -> np.ndarray:
    """Displacement (ticks, 3), mm, over as many seconds as there are vitals."""
    way = []
    for second, now in enumerate(vitals):
        breathing = reacted(breathing, now, 60 * second)
        way += [displacement_mm(breathing, 60 * second + tick) for tick in range(60)]
    return np.array(way)


def breaths_per_min(way: np.ndarray) -> float:
    """From one end of inspiration to the last, counted."""
    depth = np.linalg.norm(way, axis=1)
    tops = np.flatnonzero(
        (depth[1:-1] > depth[:-2]) & (depth[1:-1] >= depth[2:]) & (depth[1:-1] > 0.5 * depth.max())
    )
    return 3600.0 * (len(tops) - 1) / float(tops[-1] - tops[0])


@pytest.mark.parametrize("seed", range(6))
def test_a_calm_patient_moves_a_millimetre_or_two(seed: int) -> None:
    """12 to 18 breaths a minute of 1 to 2 mm, mostly along the body and front to back, down to nothing between."""
    way = followed(at_rest(seed), [CALM] * 60)
    span = np.ptp(way, axis=0)
    assert 12.0 <= breaths_per_min(way) <= 18.0
    assert 1.0 <= np.linalg.norm(span) <= 2.0
    assert span[0] < 0.2 * min(span[1], span[2])
    assert np.linalg.norm(way, axis=1).min() < 0.01


def test_patients_do_not_breathe_in_step() -> None:
    """Phase and rate come from the seed, and from nothing else."""
    starts = {round(float(displacement_mm(at_rest(seed), 0)[2]), 6) for seed in range(20)}
    assert len(starts) > 15
    assert at_rest(7) == at_rest(7)


def test_inspiration_is_the_shorter_part() -> None:
    """Up in less time than down; most time is spent near the end of expiration."""
    breath = np.array([inspired(p) for p in np.linspace(0.0, 1.0, 1001)])
    top = int(breath.argmax())
    assert 0.3 < top / 1000.0 < 0.45
    assert (np.diff(breath[: top + 1]) >= 0.0).all()
    assert (np.diff(breath[top:]) <= 0.0).all()
    assert (breath < 0.5).mean() > 0.6


def test_pain_makes_it_faster_and_deeper() -> None:
    """At the worst pain more than one and a half times as deep, and some breaths a minute more."""
    calm, hurt = (followed(at_rest(3), [vitals] * 60) for vitals in (CALM, replace(CALM, pain=10.0)))
    assert np.ptp(hurt[600:, 2]) > 1.5 * np.ptp(calm[600:, 2])
    assert breaths_per_min(hurt) > breaths_per_min(calm) + 2.0


def test_it_stops_with_the_circulation() -> None:
    """A collapsed patient breathes less and less, then not at all."""
    weak, none = (followed(at_rest(3), [replace(CALM, mean_pressure_mmhg=p)] * 30) for p in (50.0, 38.0))
    whole = followed(at_rest(3), [CALM] * 30)
    assert np.ptp(weak[120:, 2]) == pytest.approx(0.5 * np.ptp(whole[120:, 2]), rel=0.1)
    assert np.abs(none[120:]).max() == 0.0


@given(
    pains=st.lists(st.floats(0.0, 10.0), min_size=3, max_size=8),
    pressures=st.lists(st.floats(30.0, 130.0), min_size=3, max_size=8),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_nothing_jumps(pains: list[float], pressures: list[float], seed: int) -> None:
    """Whatever the vitals do from second to second, a tick moves the spine by 0.15 mm at most."""
    vitals = [replace(CALM, pain=a, mean_pressure_mmhg=b) for a, b in zip(pains, pressures, strict=False)]
    way = followed(at_rest(seed), vitals)
    assert np.linalg.norm(np.diff(way, axis=0), axis=1).max() < 0.15


def test_the_picture_moves_as_the_patient_does(case: Case) -> None:
    """At the isocentre: magnified by SID / SOD; the frontal view sees the way along the body, the lateral both."""
    state = replace(centred(case), breathing=Breathing(13.0, 0, 0.4, 13.0))  # end of inspiration
    moved = displacement_mm(state.breathing, state.tick)
    frontal = replace(state.planes[0], pose=replace(state.planes[0].pose, orbital_deg=0.0, orbital_wanted_deg=0.0))
    per_mm = 1020.0 / 530.0 / case.carm("A").pixel_mm
    rows, columns = shift_px(case, state, frontal)
    assert rows == pytest.approx(-moved[2] * per_mm, rel=0.01)  # towards the feet is down
    assert columns == pytest.approx(moved[0] * per_mm, rel=0.01)
    rows, columns = shift_px(case, state, state.planes[1])
    assert np.hypot(rows, columns) == pytest.approx(np.hypot(moved[1], moved[2]) * per_mm, rel=0.02)
    assert np.hypot(rows, columns) > 3.0


def test_a_session_breathes(case: Case) -> None:
    """Half a minute: the phase goes on, the same every time, and reading it changes nothing."""
    state, _ = after(case, [(1800, [])])
    again, _ = after(case, [(1800, [])])
    assert state.breathing.since_tick == 1800
    assert digest_of(state) == digest_of(again)
    before = digest_of(state)
    shift_px(case, state, state.planes[0])
    assert digest_of(state) == before

"""Heat of cement in a patient: heat accounted for, ticks without a say, who is counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatomy.patient import Patient
from anatomy.regions import Region
from simulator.devices.ground import Ground, GroundNow
from simulator.devices.warm_box import CEMENT_J_M3_K, CEMENT_KG_M3, HEAT_J_M3
from simulator.devices.warm_places import NERVES, STRUCTURES, WarmPlaces, structures
from simulator.devices.warmth import Thermal, is_over, still, warmed
from simulator.physics.cure import HEAT_OF_CURE_J_KG, Kinetics
from simulator.physics.filling import Filling
from tests.simulator.devices.hot_balls import FRESH, ROOM_C, ball, heated


@pytest.fixture(scope="module")
def now(patient: Patient) -> GroundNow:
    """The ground as found."""
    return Ground.of(patient).at(1.0)


@pytest.fixture(scope="module")
def places(patient: Patient) -> WarmPlaces:
    """The patient's places, alive."""
    return WarmPlaces.of(patient)


@pytest.fixture(scope="module")
def hot(places: WarmPlaces, now: GroundNow) -> tuple[Thermal, Thermal]:
    """3.6 ml in the middle of the body: just injected, and at the end."""
    thermal = heated(places, now, ball(now, 10.2), 1.0, cure=0.1)
    first = thermal
    for _ in range(900):
        before, thermal = thermal, still(thermal, Kinetics(), 1.0)
        if is_over(before, thermal):
            break
    return first, thermal


def enthalpy_j(thermal: Thermal) -> float:
    """Heat in the box over 37 C where it is free, J."""
    body, rise = thermal.box.body, thermal.temperature_c.ravel().astype(float) - 37.0
    free = np.isfinite(body.capacity_j_k)
    return float((body.capacity_j_k[free].astype(float) * rise[free]).sum())


def test_every_structure_is_somewhere(places: WarmPlaces, now: GroundNow) -> None:
    """All are named, none is empty, and the front is in front of the centre."""
    found = structures(places, now)
    assert tuple(found) == STRUCTURES
    assert all(len(voxels) > 50 for voxels in found.values())
    y = {name: np.unravel_index(voxels, now.grid.shape)[1].mean() for name, voxels in found.items()}
    assert y["canal"] < y["body centre"] < y["anterior cortex"]
    x = {name: np.unravel_index(voxels, now.grid.shape)[0].mean() for name, voxels in found.items()}
    assert x["root left"] < x["canal"] < x["root right"]
    z = {name: np.unravel_index(voxels, now.grid.shape)[2].mean() for name, voxels in found.items()}
    assert z["endplate inferior"] < z["body centre"] < z["endplate superior"]


def test_there_is_no_heat_without_cement(places: WarmPlaces, now: GroundNow) -> None:
    """None stays None."""
    empty = Filling.empty(now.grid.shape)
    got = warmed(
        None, places, now, empty, entering_c=20.0, entering_cure=0.1, kinetics=Kinetics(), duration_s=1.0
    )  # fmt: skip
    assert got is None


def test_cement_comes_with_its_own_heat_and_cure(places: WarmPlaces, now: GroundNow) -> None:
    """Cold cement takes from the body what its capacity holds; half as much again mixes by volume."""
    once = heated(places, now, ball(now, 6.0, 0.4), 0.0)
    ml = float(once.cement_ml.sum())
    assert enthalpy_j(once) == pytest.approx(ml * 1e-6 * CEMENT_J_M3_K * (ROOM_C - 37.0), rel=1e-4)
    assert once.cement_cure == pytest.approx(FRESH)
    twice = heated(places, now, ball(now, 6.0, 0.6), 0.0, once, cure=0.04)
    assert twice.cement_cure == pytest.approx((0.4 * FRESH + 0.2 * 0.04) / 0.6, rel=1e-4)
    assert twice.cement_c < once.cement_c < 37.0


def test_cement_that_leaves_a_voxel_leaves_the_rest_as_it_was(places: WarmPlaces, now: GroundNow) -> None:
    """Pushed elsewhere, it takes nothing of the cure of what stays."""
    once = heated(places, now, ball(now, 6.0, 0.8), 5.0)
    less = heated(places, now, ball(now, 6.0, 0.5), 0.0, once, cure=0.5)
    assert np.array_equal(once.cure, less.cure)
    assert np.array_equal(once.temperature_c, less.temperature_c)


def test_all_heat_is_that_of_the_cure(patient: Patient, now: GroundNow) -> None:
    """Nothing perfused, all still inside the box: what warmed up is density x heat of cure x what cured."""
    places = replace(WarmPlaces.of(patient, perfused=False), stirred=np.zeros(now.grid.shape, dtype=bool))
    first = heated(places, now, ball(now, 6.0), 0.0, cure=0.3)
    later = first
    for _ in range(25):
        later = still(later, Kinetics(), 1.0)
    cured_ml = float(((later.cure - first.cure) * later.cement_ml).sum())
    assert cured_ml > 0.1 * float(later.cement_ml.sum())
    due_j = CEMENT_KG_M3 * HEAT_OF_CURE_J_KG * cured_ml * 1e-6
    assert HEAT_J_M3 == CEMENT_KG_M3 * HEAT_OF_CURE_J_KG
    assert enthalpy_j(later) - enthalpy_j(first) == pytest.approx(due_j, rel=5e-4)


def test_how_time_is_cut_changes_nothing_by_a_hundredth(places: WarmPlaces, now: GroundNow) -> None:
    """Through the run-away of the reaction in calls of 0.5, 1 and 4 s: rises of all places within 1 %."""
    peaks, doses = [], []
    for step_s in (0.5, 1.0, 4.0):
        thermal = heated(places, now, ball(now, 8.0), 0.0, cure=0.1)
        for _ in range(round(148.0 / step_s)):
            thermal = still(thermal, Kinetics(), step_s)
        peaks.append([d.peak_c - 37.0 for d in thermal.doses])
        doses.append(thermal.dose("endplate superior").above_50_s)
    assert max(peaks[0]) > 30.0
    for other in peaks[1:]:
        assert other == pytest.approx(peaks[0], rel=0.01, abs=0.02)
    assert doses[0] == 0.0 or doses[1:] == pytest.approx([doses[0]] * 2, abs=4.0)


def test_the_end_is_an_end(hot: tuple[Thermal, Thermal]) -> None:
    """Cured, cooling, every nerve below 43 C; a minute more changes no peak."""
    first, last = hot
    assert last.cement_cure > 0.8
    more = last
    for _ in range(60):
        more = still(more, Kinetics(), 1.0)
    for before, after in zip(last.doses, more.doses, strict=True):
        assert after.peak_c == before.peak_c
        assert after.above_50_s == before.above_50_s
        assert before.peak_c >= 37.0
    assert all(d.peak_c <= 37.01 for d in first.doses if d.name in NERVES)


def test_the_middle_is_hotter_than_what_surrounds_it(hot: tuple[Thermal, Thermal]) -> None:
    """Centre, then endplates, then canal, then roots; the hottest got the most."""
    _, last = hot
    order = ["body centre", "endplate superior", "canal", "root left"]
    peaks = [last.dose(name).peak_c for name in order]
    assert peaks == sorted(peaks, reverse=True)
    assert peaks[0] > 70.0
    assert last.dose("body centre").above_50_s > 60.0
    damage = [last.dose(name).most_damage for name in order]
    assert damage == sorted(damage, reverse=True)
    assert damage[0] > 1.0 > damage[-1]


def test_great_vessels_stay_at_body_heat(places: WarmPlaces, now: GroundNow) -> None:
    """Even with cement in them."""
    vessel = np.argwhere(places.stirred).mean(axis=0)
    middle = np.argwhere(now.body_mm < 0.0).mean(axis=0)
    off = tuple(float(c) for c in (vessel - middle) * now.grid.voxel_mm)
    thermal = heated(places, now, ball(now, 5.0, off_mm=off), 60.0, cure=0.4)
    inside = places.stirred[thermal.window]
    assert inside.any()
    assert np.all(thermal.temperature_c[inside] == 37.0)
    assert float(thermal.temperature_c.max()) > 40.0


def test_a_leak_into_the_canal_heats_it(places: WarmPlaces, now: GroundNow) -> None:
    """As in pigs, where the posterior wall had 59 C with and 40 C without a leak (physics A3)."""
    peaks = []
    for off_mm in (2.0, -7.0):
        filling = ball(now, 9.0, off_mm=(0.0, off_mm, 0.0))
        in_canal = float(filling.cement_ml[now.label == Region.CANAL].sum())
        thermal = heated(places, now, filling, 0.0, cure=0.1)
        for _ in range(300):
            before, thermal = thermal, still(thermal, Kinetics(), 1.0)
            if is_over(before, thermal):
                break
        peaks.append((in_canal, thermal.dose("canal").peak_c))
    (dry, cool), (wet, warm) = peaks
    assert dry == 0.0 < wet
    assert cool < 43.2 < warm


def test_the_box_grows_with_the_cement_and_keeps_what_it_knew(places: WarmPlaces, now: GroundNow) -> None:
    """Cement beside the first lot widens the box; the first lot's heat stays where it was."""
    first = heated(places, now, ball(now, 4.0), 30.0, cure=0.3)
    both = ball(now, 4.0).cement_ml + ball(now, 4.0, off_mm=(12.0, 0.0, 0.0)).cement_ml
    wider = heated(places, now, Filling(now.grid.shape, (0, 0, 0), both, 0.0 * both), 0.0, first)
    assert np.prod(wider.temperature_c.shape) > np.prod(first.temperature_c.shape)
    old = tuple(
        slice(a - b, a - b + n) for a, b, n in zip(first.start, wider.start, first.cure.shape, strict=True)
    )
    kept = first.cement_ml > 0.0
    assert np.array_equal(wider.temperature_c[old][kept], first.temperature_c[kept])
    assert np.array_equal(wider.cure[old][kept], first.cure[kept])

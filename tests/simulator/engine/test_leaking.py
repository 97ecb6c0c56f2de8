"""Leaks through veins: by destination and type, to the lungs, seen as strings; nothing is ever lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from anatomy.regions import IN_BONE, Region
from simulator.devices.cement import PRODUCTS, Batch
from simulator.devices.ground import DESTINATIONS, LUNGS
from simulator.devices.venous import FORAMEN, NO_CEMENT_IN_VEINS, STRAND_MM, VenousCement
from simulator.engine.case import Case, initial_state
from simulator.engine.cementing import medium_now
from simulator.engine.digest import digest_of
from simulator.engine.draining import drained
from simulator.engine.emboli import CLASSES_MM, NO_EMBOLI, Emboli, carried, size_class
from simulator.engine.leaks import (
    YEOM,
    cement_by_region_ml,
    embolised_ml,
    in_patient_ml,
    leaked_ml,
    to_be_seen,
    venous_ml,
    yeom_ml,
)
from simulator.engine.measuring import outcome
from simulator.engine.state import Opened, State
from simulator.physics.filling import Filling


def in_mouths(case: Case, ml_by_mouth: dict[int, float]) -> Batch:
    """A batch whose cement has just reached mouths."""
    now = case.ground.at(case.rest_amplitude)
    assert now.mouth is not None
    cement_ml = np.zeros(now.grid.shape)
    for mouth, ml in ml_by_mouth.items():
        here = now.mouth == mouth
        cement_ml[here] = ml / here.sum()
    filling = Filling(now.grid.shape, (0, 0, 0), cement_ml, np.zeros(now.grid.shape))
    return Batch(filling, mixed_tick=0, cure=3e-3)


def leaking(case: Case, mouths: tuple[int, ...], ml: float, ticks: int, product: str = "low viscosity") -> State:
    """The state after ml through each of some mouths in every one of so many ticks."""
    now, venous, lungs = case.ground.at(case.rest_amplitude), NO_CEMENT_IN_VEINS, NO_EMBOLI
    batch, bone = in_mouths(case, {}), medium_now(now, Opened(), 100.0, "syringe")
    for _ in range(ticks):
        batch, venous, lungs, _ = drained(
            now, bone, in_mouths(case, dict.fromkeys(mouths, ml)), PRODUCTS[product], "left", venous, lungs, 0.1
        )  # type: ignore[index]
    injected = ml * ticks * len(mouths)
    state = initial_state(case)
    return replace(state, batch=replace(batch, injected_ml=injected), venous=venous, emboli=lungs)


def test_cement_through_a_mouth_is_all_in_the_veins_or_lungs(case: Case) -> None:
    """At every tick: in bone's own veins, in those beyond, in the lungs."""
    now = case.ground.at(case.rest_amplitude)
    for ticks in (1, 10, 200):
        state = leaking(case, (FORAMEN, 4, 9), 0.002, ticks)
        assert in_patient_ml(state) == pytest.approx(0.006 * ticks, rel=1e-6)
        regions = cement_by_region_ml(now, state)
        kept = sum(regions.get(region, 0.0) for region in IN_BONE)
        assert kept + sum(leaked_ml(now, state).values()) == pytest.approx(0.006 * ticks, rel=1e-6)
        assert outcome(case, state)["conserved_ml"]["in_patient"] == pytest.approx(0.006 * ticks, rel=1e-4)


def test_what_a_balloon_has_crushed_takes_no_cement(case: Case) -> None:
    """Cement in the voxels of a closed mouth stays there; in those of an open one it does not."""
    now = case.ground.at(case.rest_amplitude)
    assert now.mouth is not None
    cavity = (ndimage.binary_dilation(now.mouth == 4, iterations=2)).astype(np.float32)
    for opened, stays in ((Opened(cavity=cavity), 1.0), (Opened(), 0.0)):
        batch = in_mouths(case, {4: 0.002})
        bone = medium_now(now, opened, 100.0, "fillers")
        after, venous, _, _ = drained(
            now, bone, batch, PRODUCTS["low viscosity"], "left", NO_CEMENT_IN_VEINS, NO_EMBOLI, 0.1
        )
        assert after.filling.total_ml == pytest.approx(0.002 * stays, abs=1e-9)
        assert venous.total_ml == pytest.approx(0.002 * (1.0 - stays), abs=1e-9)


def test_through_the_foramen_cement_is_of_type_b(case: Case) -> None:
    now = case.ground.at(case.rest_amplitude)
    leaks = leaked_ml(now, leaking(case, (FORAMEN,), 0.002, 60))
    assert leaks["epidural vein"] > 0.03
    assert "B" in yeom_ml(leaks)


def test_every_destination_has_one_type() -> None:
    places = [place for kind in YEOM.values() for place in kind]
    assert sorted(places) == sorted(DESTINATIONS)
    assert yeom_ml({"canal": 0.3, LUNGS: 0.2, "segmental vein": 0.1, "disc above": 0.002}) == {
        "S": pytest.approx(0.3),
        "C": 0.3,
    }


def test_much_thin_cement_reaches_the_lungs_and_thick_cement_less(case: Case) -> None:
    """By more than half, while it has not yet filled the whole way to the great veins, which take all that
    comes."""
    thin, thick = (leaking(case, (4, 5, 6), 0.001, 200, p) for p in ("low viscosity", "high viscosity"))
    assert embolised_ml(thin) > 2.0 * embolised_ml(thick)
    assert embolised_ml(thin) > 0.0
    assert leaked_ml(case.ground.at(1.0), thin)[LUNGS] == pytest.approx(embolised_ml(thin))
    assert thin.emboli.largest_mm > 0.0


@pytest.mark.parametrize("kind", ["basivertebral", "segmental"])
def test_parcels_are_as_large_as_the_vein_they_come_from(case: Case, kind: str) -> None:
    """Or as the drop that the strand in a wide one breaks into (Rayleigh)."""
    veins = case.ground.veins
    pipe = next(n for n, p in enumerate(veins.pipes) if p.kind == kind)
    diameter = min(veins.pipes[pipe].diameter_mm, 1.89 * STRAND_MM)
    assert (diameter < veins.pipes[pipe].diameter_mm) == (kind == "segmental")
    parcel_ml = np.pi / 6.0 * diameter**3 / 1000.0
    left, lungs, events = carried(veins, VenousCement(taken=((pipe, 2.4 * parcel_ml),)), NO_EMBOLI)
    assert lungs.total_ml == pytest.approx(2.0 * parcel_ml)
    assert lungs.ml[size_class(diameter)] == pytest.approx(2.0 * parcel_ml)
    assert dict(left.taken)[pipe] == pytest.approx(0.4 * parcel_ml)
    (event,) = events
    assert event.kind == "cement_embolised"
    assert event.largest_mm == pytest.approx(diameter, abs=0.01)
    assert carried(veins, left, lungs)[2] == []


def test_sizes_fall_into_classes() -> None:
    assert [size_class(d) for d in (0.5, 1.0, 2.5, 7.0)] == [0, 1, 2, 3]
    assert len(Emboli().ml) == len(CLASSES_MM) + 1


def test_a_leak_in_a_vein_is_drawn_as_a_string_along_it(case: Case) -> None:
    """All of it where the vein lies on the grid, in voxels of that vein's region, thin and long."""
    now = case.ground.at(case.rest_amplitude)
    state = leaking(case, (FORAMEN,), 0.002, 20)
    shown, label = to_be_seen(now, state)
    assert shown.total_ml == pytest.approx(venous_ml(state), rel=0.1)
    epidural = label == Region.EPIDURAL_VEIN
    drawn = shown.cement_ml * epidural
    assert drawn.sum() == pytest.approx(leaked_ml(now, state)["epidural vein"], rel=0.1)
    places = np.argwhere(drawn > 1e-6)
    extent = np.sort(places.max(axis=0) - places.min(axis=0))
    assert extent[-1] >= 6
    # Drawing changes nothing: cement that flows on is where it was.
    assert state.batch.filling.total_ml == 0.0


def test_the_same_leak_is_the_same_state(case: Case) -> None:
    one, other = (leaking(case, (FORAMEN, 3), 0.002, 30) for _ in range(2))
    assert digest_of(one) == digest_of(other)
    assert digest_of(one) != digest_of(leaking(case, (FORAMEN, 3), 0.002, 31))


def test_pipes_that_fill_resist_more(case: Case) -> None:
    veins = case.ground.veins
    eases = [veins.ease_m3(leaking(case, (FORAMEN,), 0.0005, ticks).venous, 0) for ticks in (1, 20, 100)]
    assert eases == sorted(eases, reverse=True)
    assert eases[-1] < 0.8 * eases[0]

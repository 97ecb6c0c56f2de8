"""The balloon in simple blocks of bone: shape, pressure, contact, clefts, rupture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.devices.balloon import CLEFT_AHEAD_ML, PIERCED_PER_CM2_ML, SHARP_G_CM3, inflated, push
from simulator.devices.bed import Bed
from simulator.devices.manometer import KPA_PER_PSI, MOST_PSI
from tests.simulator.devices.phantoms import LONG, block, blown, resting


def test_free_shape_is_the_products() -> None:
    """A 15 mm balloon of 4 ml in even bone: 22 mm long and 18.6 mm across (physics B1), within a voxel."""
    share = push(replace(LONG, volume_ml=4.0), block(), None).share
    long_mm, across_mm = share.sum(axis=1).max(), share.sum(axis=0).max()
    assert long_mm == pytest.approx(22.0, abs=1.0)
    assert across_mm == pytest.approx(18.6, abs=1.0)


def test_the_balloon_grows_into_weak_bone() -> None:
    """With the right half four times as strong, the cavity's middle lies to the left."""
    mineral = np.full((40, 40, 40), 0.06)
    mineral[20:] = 0.2
    bed = block(mineral)
    share = push(replace(LONG, volume_ml=2.0), bed, None).share
    left, right = float(share[:20].sum()), float(share[20:].sum())
    assert left > 1.3 * right


def test_inflation_takes_its_time_and_stops() -> None:
    """0.1 ml/s, and never more than is wanted."""
    volumes = [b.volume_ml for b in blown(block(), 0.5)]
    assert np.allclose(np.diff(volumes[:-1]), 0.01)
    assert volumes[-1] == pytest.approx(0.5)


def test_pressure_rises_with_volume_and_density() -> None:
    """At rest more volume and denser bone need more pressure; each step is above the last."""
    weak = [resting(block(0.08), v).pressure_psi for v in (0.5, 1.5, 2.5, 3.5)]
    strong = [resting(block(0.13), v).pressure_psi for v in (0.5, 1.5, 2.5, 3.5)]
    assert weak == sorted(weak)
    assert strong == sorted(strong)
    assert all(s > w for w, s in zip(weak, strong, strict=True))


def test_the_peak_relaxes_by_thirty_percent() -> None:
    """Fresh pressure falls to 0.7 of its peak, two thirds of that within ten seconds."""
    bed = block()
    up = inflated(replace(LONG, volume_ml=1.0, wanted_ml=2.0, strain=1.0), bed, None, 0.1)
    up = replace(up, wanted_ml=up.volume_ml)
    peak, rest = up.pressure_kpa, inflated(up, bed, None, 300.0).pressure_kpa
    assert rest / peak == pytest.approx(0.7, abs=0.005)
    assert rest == pytest.approx(push(up, bed, None).static_kpa, rel=1e-6)
    at_ten_s = inflated(up, bed, None, 10.0).pressure_kpa
    assert (at_ten_s - rest) / (peak - rest) == pytest.approx(np.exp(-1.0), rel=1e-6)


def test_relaxing_does_not_depend_on_ticks() -> None:
    """A hundred short rests are one long one."""
    up = blown(block(), 0.5)[-1]
    short = up
    for _ in range(100):
        short = inflated(short, block(), None, 0.1)
    assert short.pressure_kpa == pytest.approx(inflated(up, block(), None, 10.0).pressure_kpa, rel=1e-9)


def test_a_balloon_without_room_bursts_at_its_rating() -> None:
    """In a room of 1 ml the pressure passes 440 psi before the balloon holds 2 ml; then there is none."""
    bed = block(0.15, room_mm=5.0)
    steps = blown(bed, 3.0)
    last = steps[-1]
    assert last.ruptured
    assert last.pressure_kpa == 0.0
    assert last.wanted_ml == last.volume_ml < 2.0
    assert all(b.pressure_psi <= 1.1 * 400.0 + 1e-6 for b in steps)
    assert not any(b.ruptured for b in steps[:-1])


def test_forced_beyond_its_volume_the_membrane_bursts() -> None:
    """Even in weak bone, no balloon holds 1.3 times its nominal volume."""
    steps = blown(block(0.05), 1.3 * LONG.model.ceiling_ml)
    assert steps[-1].ruptured
    assert LONG.model.ceiling_ml < steps[-1].volume_ml


def test_two_balloons_do_not_share_room() -> None:
    """Where one is, the other does not grow; both hold their volumes."""
    bed = block()
    one = push(replace(LONG, volume_ml=1.5), bed, None).share
    beside = replace(LONG, distal_mm=(5.0, 7.5, 0.0), proximal_mm=(5.0, -7.5, 0.0), volume_ml=1.5)
    other = push(beside, bed, one).share
    assert float(other[one > 0.5].sum()) == 0.0
    assert float(other.sum()) / 1000.0 == pytest.approx(1.5, rel=1e-5)


def test_pressures_lie_where_they_are_measured() -> None:
    """In even unbroken bone as dense as an old woman's (0.07 g/cm3), 3 ml rest between 60 and 150 psi; the band
    around the cavity has closed part of its pores: the last ml costs more than the first."""
    at = [resting(block(0.07), ml).pressure_psi for ml in (1.0, 2.0, 3.0)]
    assert 60.0 < at[2] < 150.0
    assert at[2] - at[1] > at[1] - at[0]


def test_broken_bone_yields_sooner() -> None:
    """Bone that the fracture has pressed together by a third is entered at less pressure than the same bone."""
    whole = block(0.12)
    broken = replace(whole, crushed=np.full(whole.grid.shape, 0.3, dtype=np.float32))
    assert resting(broken, 2.0).pressure_psi < 0.5 * resting(whole, 2.0).pressure_psi


def test_no_room_in_the_band_costs_pressure() -> None:
    """A cavity of 2 ml whose band is cut off by walls needs half as much pressure again."""
    assert resting(block(0.07, room_mm=8.0), 2.0).pressure_psi > 1.5 * resting(block(0.07), 2.0).pressure_psi


def cloven() -> Bed:
    """Bone with an open slit of 1.2 ml to one side, 8 mm from the balloon's axis."""
    bed = block(0.1)
    cleft = np.zeros(bed.grid.shape, dtype=np.float32)
    cleft[10:30, 10:30, 28:31] = 1.0
    return replace(bed, cleft=cleft, mineral=np.where(cleft > 0.5, np.float32(0.0), bed.mineral))


def test_the_cleft_is_filled_first_and_costs_nothing() -> None:
    """Once the front touches the slit, what is added goes into it, at the membrane's pressure alone; when it is
    full, bone must be crushed again."""
    bed = cloven()
    cleft = bed.cleft
    assert cleft is not None
    room_ml = float(cleft.sum()) / 1000.0
    held = {ml: push(replace(LONG, volume_ml=ml), bed, None) for ml in (0.5, 2.2, 2.6, 3.8)}
    filled = {ml: float((met.share * cleft).sum()) / 1000.0 for ml, met in held.items()}
    assert filled[0.5] == 0.0
    assert filled[2.6] - filled[2.2] > 0.24  # of the 0.4 ml between
    assert filled[3.8] == pytest.approx(room_ml, rel=0.02)
    assert room_ml - filled[2.2] > CLEFT_AHEAD_ML
    assert held[2.2].static_kpa == pytest.approx(250.0 * (2.2 / 4.0) ** 3)
    assert held[0.5].static_kpa > held[2.2].static_kpa
    assert held[3.8].static_kpa > 5.0 * held[2.2].static_kpa


def test_either_endplate_is_touched() -> None:
    """Contact is told for both; only a body with both endplates broken is lifted by both, half by each."""
    bed = block(roof_mm=8.0)
    x = bed.roof_mm
    floor = (16.0 - x).astype(np.float32)  # an endplate 8 mm below the middle too
    both = push(replace(LONG, volume_ml=2.0), replace(bed, floor_mm=floor), None)
    assert both.contact_mm2 > 0.0
    assert both.floor_contact_mm2 > 0.0
    none = push(replace(LONG, volume_ml=2.0), replace(block(roof_mm=60.0), floor_mm=floor), None)
    assert none.contact_mm2 == none.bearing_mm2 == 0.0
    assert none.floor_contact_mm2 == both.floor_contact_mm2
    halves = push(replace(LONG, volume_ml=2.0), replace(bed, floor_mm=floor, both_ends=True), None)
    assert halves.bearing_mm2 == pytest.approx(both.bearing_mm2, rel=0.05)  # mirror images


def test_a_spicule_pierces_by_chance() -> None:
    """Against a sclerotic edge of so many cm2, the chance per tick is 1 - exp(-rate x area x volume); luck below
    it bursts the balloon at whatever pressure, luck above does not; smooth bone never does."""
    mineral = np.full((40, 40, 40), 0.08, dtype=np.float32)
    mineral[25:] = 1.5 * SHARP_G_CM3
    up = replace(LONG, volume_ml=1.5, wanted_ml=2.0)
    grown = replace(up, volume_ml=1.51)
    area = push(grown, block(mineral), None).sharp_mm2
    assert area > 10.0
    chance = 1.0 - np.exp(-PIERCED_PER_CM2_ML * 0.01 * area * 0.01)
    burst = inflated(up, block(mineral), None, 0.1, 0.99 * chance)
    assert (burst.ruptured, burst.burst_by) == (True, "spicule")
    assert not inflated(up, block(mineral), None, 0.1, 1.01 * chance).ruptured
    assert not inflated(up, block(0.08), None, 0.1, 0.0).ruptured


def test_the_syringe_comes_to_a_stop() -> None:
    """A balloon that would stand 1000 psi in bone that does not yield: at 700 psi nothing more goes in."""
    tough = replace(LONG, model=replace(LONG.model, rated_psi=1000.0))
    last = blown(block(0.15, room_mm=9.0), 4.0, tough)[-1]
    assert not last.ruptured
    assert last.volume_ml == last.wanted_ml < 4.0
    assert last.pressure_psi == pytest.approx(MOST_PSI)


def test_a_lifted_endplate_takes_pressure_off() -> None:
    """A balloon at rest feels that the ground around it has moved: more room above it, less pressure."""
    low, high = block(0.07, room_mm=8.0), replace(block(0.07, room_mm=11.0), amplitude=0.5)
    up = resting(low, 2.0)
    eased = inflated(up, high, None, 0.1)
    assert eased.volume_ml == up.volume_ml
    assert eased.pressure_psi < 0.8 * up.pressure_psi
    assert eased.pressure_kpa == pytest.approx(push(up, high, None).static_kpa, rel=0.01)
    assert up.pressure_kpa / KPA_PER_PSI == up.pressure_psi


def test_a_room_without_bone_holds_no_more_than_itself() -> None:
    """Nothing to crush and nowhere to go: the balloon bursts when it fills the room, and never holds more."""
    bed = block(0.0, room_mm=5.0)
    room_ml = float(bed.room.sum()) / 1000.0
    last = blown(bed, 3.0)[-1]
    assert last.ruptured
    assert last.volume_ml == pytest.approx(room_ml, abs=0.02)

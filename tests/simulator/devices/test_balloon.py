"""The balloon in simple blocks of bone: volume, shape, pressure, rupture, what it does to bone and endplate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anatomy.fractures.fracture import Collapse
from anatomy.patient import Patient
from simulator.devices.balloon import (
    LIFT_TIME_S,
    MODELS,
    PRONE_LOAD_N,
    Balloon,
    inflated,
    lift_n,
    mineral_taken,
    push,
    raised_amplitude,
    recoiled_amplitude,
    reluctance,
    share_at_volume,
)
from simulator.devices.bed import Bed, yield_stress_kpa
from tests.simulator.devices.phantoms import block

LONG = Balloon("right", MODELS["15/3"], (0.0, 7.5, 0.0), (0.0, -7.5, 0.0))


def blown(bed: Bed, volume_ml: float, balloon: Balloon = LONG, tick_s: float = 0.1) -> list[Balloon]:
    """The balloon at every tick from empty until it holds the volume or bursts."""
    balloon = replace(balloon, wanted_ml=volume_ml)
    steps = []
    while balloon.volume_ml < balloon.wanted_ml - 1e-9 and not balloon.ruptured:
        balloon = inflated(balloon, bed, None, tick_s)
        steps.append(balloon)
    return steps


def resting(bed: Bed, volume_ml: float) -> Balloon:
    """The balloon at a volume after a minute of rest."""
    balloon = replace(LONG, wanted_ml=volume_ml, volume_ml=volume_ml - 0.01)
    for _ in range(600):
        balloon = inflated(balloon, bed, None, 0.1)
    return balloon


def held_ml(balloon: Balloon, bed: Bed) -> float:
    """What the shares add up to."""
    assert balloon.share is not None
    return float(balloon.share.sum(dtype=np.float64)) * bed.grid.voxel_ml


@settings(max_examples=15, deadline=None, database=None, derandomize=True)
@given(st.floats(0.05, 4.0), st.floats(0.05, 4.0))
def test_shares_hold_the_volume_and_are_nested(one_ml: float, other_ml: float) -> None:
    """To a millionth of the volume; and a larger cavity holds every voxel of a smaller one."""
    late = reluctance(LONG, block(), None)
    small, large = (share_at_volume(late, v, 1.0)[0] for v in sorted((one_ml, other_ml)))
    for share, volume in ((small, min(one_ml, other_ml)), (large, max(one_ml, other_ml))):
        assert float(share.sum(dtype=np.float64)) / 1000.0 == pytest.approx(volume, rel=2e-6)
        assert share.min() >= 0.0
        assert share.max() <= 1.0
    assert (small <= large + 1e-6).all()


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
    strong = [resting(block(0.15), v).pressure_psi for v in (0.5, 1.5, 2.5, 3.5)]
    assert weak == sorted(weak)
    assert strong == sorted(strong)
    assert all(s > w for w, s in zip(weak, strong, strict=True))


def test_resting_pressures_are_those_of_the_literature() -> None:
    """Young bone (0.15 g/cm3) at 3 ml rests within 60 to 200 psi, osteoporotic (0.08) within 70 to 150 psi."""
    assert 60.0 < resting(block(0.15), 3.0).pressure_psi < 200.0
    assert 70.0 < resting(block(0.08), 3.0).pressure_psi < 150.0


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


def test_bone_is_pushed_aside_not_lost() -> None:
    """What is taken from the cavity lies packed around it, inside the room; the sum is zero."""
    bed = block(np.random.default_rng(3).uniform(0.05, 0.2, (40, 40, 40)))
    share = push(replace(LONG, volume_ml=2.0), bed, None).share
    taken = mineral_taken(share, bed)
    assert abs(float(taken.sum(dtype=np.float64))) < 1e-5 * float(taken[taken > 0].sum(dtype=np.float64))
    assert np.allclose(taken[share == 1.0], bed.mineral[share == 1.0], rtol=1e-6)
    packed = taken < 0.0
    assert bed.room[packed].all()
    assert packed.any()
    assert np.array_equal(mineral_taken(np.zeros_like(share), bed), np.zeros_like(share))


def test_lift_is_pressure_times_bearing_area() -> None:
    """100 kPa on 300 mm2 are 30 N; nearer the endplate more of the pressure bears."""
    assert lift_n(replace(LONG, pressure_kpa=100.0, bearing_mm2=300.0)) == pytest.approx(30.0)
    bearing = [push(replace(LONG, volume_ml=2.0), block(roof_mm=r), None).bearing_mm2 for r in (40.0, 16.0, 10.0)]
    assert bearing[0] == 0.0
    assert bearing == sorted(bearing)
    assert bearing[-1] > 0.0
    touching = push(replace(LONG, volume_ml=2.0), block(roof_mm=8.0), None)
    assert touching.contact_mm2 > 0.0


def collapse_of(patient: Patient) -> Collapse:
    """The patient's fracture."""
    assert patient.column.collapse is not None
    return patient.column.collapse


def test_the_endplate_rises_to_its_equilibrium(patient: Patient) -> None:
    """The gain tends to (force - prone load) / stiffness, 63 % of it in one time constant, and never falls."""
    collapse = collapse_of(patient)
    force = PRONE_LOAD_N + 44.0  # 2 mm at 22 N/mm
    wanted = 1.0 - 2.0 / collapse.lost_anterior_mm
    after_one = raised_amplitude(collapse, 1.0, force, LIFT_TIME_S)
    assert (1.0 - after_one) / (1.0 - wanted) == pytest.approx(1.0 - np.exp(-1.0))
    assert raised_amplitude(collapse, 1.0, force, 1e3) == pytest.approx(wanted)
    assert raised_amplitude(collapse, wanted, PRONE_LOAD_N, 10.0) == wanted
    assert raised_amplitude(collapse, 1.0, PRONE_LOAD_N - 1.0, 10.0) == 1.0


def test_only_the_mobile_share_comes_back(patient: Patient) -> None:
    """No force restores more than the fracture lets go."""
    collapse = collapse_of(patient)
    assert raised_amplitude(collapse, 1.0, 1e5, 1e3) == pytest.approx(1.0 - collapse.mobile_share)


def test_recoil_is_rotters(patient: Patient) -> None:
    """Of a large gain 11.7 % of the height before treatment is lost, of a small one 45 % of the gain."""
    collapse = replace(collapse_of(patient), lost_mm=14.0)
    large_mm = (recoiled_amplitude(collapse, 0.2) - 0.2) * 14.0
    assert large_mm == pytest.approx(0.117 * collapse.anterior_height_mm(1.0))
    small_mm = (recoiled_amplitude(collapse, 0.9) - 0.9) * 14.0
    assert small_mm == pytest.approx(0.45 * 0.1 * 14.0)
    assert recoiled_amplitude(collapse, 1.0) == 1.0


def test_yield_stress_is_kopperdahls_line() -> None:
    """-0.75 + 0.0249 x 100 mg/cm3 = 1.74 MPa, and never below 0.1 MPa."""
    assert float(yield_stress_kpa(0.1)) == pytest.approx(1740.0)
    assert float(yield_stress_kpa(0.0)) == 100.0

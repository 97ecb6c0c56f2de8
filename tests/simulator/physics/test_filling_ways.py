"""The ways cement takes: walls it does not cross, holes, cavities, ways out, openings."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.physics.filling import Filling, inject
from simulator.physics.opening import Opening
from simulator.physics.porous_medium import CAVITY_PERMEABILITY_M2, PorousMedium
from tests.simulator.physics.blocks import BONE_M2, bone, boxed, middle, run


def test_a_wall_is_never_crossed() -> None:
    """Behind a closed wall there is no cement; when its inside is full the injection says what fitted."""
    medium, inside = boxed(hole=False)
    filling, injection = run(medium, middle(medium), 1.0, ticks=4)
    room_ml = float(medium.pore_ml[inside].sum())
    assert filling.on_grid()[~inside].sum() == 0.0
    assert filling.total_ml == pytest.approx(room_ml, rel=1e-9)
    assert injection.blocked
    assert math.isinf(injection.source_pressure_pa)
    whole, injection = run(medium, middle(medium), 1.0)
    assert injection.injected_ml == pytest.approx(room_ml, rel=1e-9)
    assert whole.total_ml == pytest.approx(injection.injected_ml, rel=1e-10)


@given(st.integers(3, 11), st.booleans())
@settings(max_examples=15, deadline=None)
def test_a_wall_without_thickness_holds_and_its_doorway_does_not(place: int, doorway: bool) -> None:
    """Between two compartments nothing passes but through a voxel of compartment 0."""
    medium = bone((15, 9, 9))
    compartment = np.where(np.arange(15)[:, None, None] < place, 1, 2) * np.ones((1, 9, 9), dtype=np.int64)
    if doorway:
        compartment[place, 4, 4] = 0
    medium = replace(medium, compartment=compartment)
    start = Opening(np.array([[1, 4, 4]]), 1.2)
    volume_ml = float(medium.pore_ml[:place].sum()) + 0.05
    filling, injection = run(medium, start, volume_ml, ticks=12)
    beyond = filling.on_grid()[place:].sum()
    assert (beyond > 0.01) if doorway else (beyond == 0.0)
    assert injection.blocked is not doorway


def test_a_hole_lets_cement_through() -> None:
    """Through one open voxel all that no longer fits inside comes out, in front of the hole."""
    medium, inside = boxed(hole=True)
    filling, injection = run(medium, middle(medium), 1.0, ticks=4)
    outside = filling.on_grid() * ~inside
    assert not injection.blocked
    assert outside.sum() == pytest.approx(1.0 - medium.pore_ml[inside].sum(), rel=1e-6)
    assert outside[14:].sum() > 0.8 * outside.sum()


def test_a_solid_opening_takes_nothing() -> None:
    """An opening within solid bone injects nothing against infinite pressure, and leaves the filling alone."""
    medium = PorousMedium(1.0, np.zeros((7, 7, 7)), np.full((7, 7, 7), BONE_M2))
    empty = Filling.empty((7, 7, 7))
    after, injection = inject(medium, empty, middle(medium), volume_ml=0.1, duration_s=1.0, viscosity_pa_s=100.0)
    assert after is empty
    assert (injection.injected_ml, injection.source_pressure_pa) == (0.0, math.inf)


def test_a_cavity_fills_before_the_bone() -> None:
    """While a balloon's cavity has room, less than two per cent of the cement goes into the bone around it."""
    shape = (21, 21, 21)
    cavity = np.linalg.norm(np.indices(shape) - 10, axis=0) < 5.2
    pore, permeability = np.where(cavity, 1e-3, 8.8e-4), np.where(cavity, CAVITY_PERMEABILITY_M2, BONE_M2)
    medium = PorousMedium(1.0, pore, permeability)
    cavity_ml = float(pore[cavity].sum())
    nearly, easy = run(medium, middle(medium), 0.95 * cavity_ml, ticks=10)
    assert nearly.on_grid()[~cavity].sum() < 0.02 * cavity_ml
    beyond, hard = run(medium, middle(medium), 2.0 * cavity_ml, ticks=20)
    np.testing.assert_allclose(beyond.on_grid()[cavity], 1e-3, rtol=1e-6)
    assert hard.source_pressure_pa > 20.0 * easy.source_pressure_pa


def test_a_way_out_never_fills() -> None:
    """A voxel with endless room takes its share for good, and a closer one takes more."""
    medium = bone((21, 21, 21))
    pore = medium.pore_ml.copy()
    pore[13, 10, 10], pore[10, 10, 4] = 1e3, 1e3
    medium = PorousMedium(1.0, pore, medium.permeability_m2)
    filling, injection = run(medium, middle(medium), 3.0, ticks=30)
    near_ml, far_ml = filling.on_grid()[13, 10, 10], filling.on_grid()[10, 10, 4]
    assert not injection.blocked
    assert filling.total_ml == pytest.approx(3.0, rel=1e-10)
    assert near_ml > 2.0 * far_ml > 0.01


def test_a_full_way_out_drains_everything() -> None:
    """Where walls leave only the way out, all further cement is in it, however long."""
    medium, inside = boxed(hole=True)
    pore = np.where(inside, medium.pore_ml, 0.0)
    pore[14, 10, 10] = 1e6
    medium = PorousMedium(1.0, pore, medium.permeability_m2)
    filling, injection = run(medium, middle(medium), 30.0, ticks=3)
    assert filling.on_grid()[14, 10, 10] == pytest.approx(30.0 - medium.pore_ml[inside].sum(), rel=1e-9)
    assert math.isfinite(injection.source_pressure_pa)


def test_an_opening_partly_in_a_sealed_pocket_uses_its_other_part() -> None:
    """Once the pocket is full, cement goes on leaving by the source voxel that is free."""
    permeability = np.full((15, 3, 3), BONE_M2)
    permeability[2] = 0.0
    medium = PorousMedium(1.0, np.full((15, 3, 3), 1e-3), permeability)
    filling, injection = run(medium, Opening(np.array([[1, 1, 1], [3, 1, 1]]), 1.2), 0.1, ticks=5)
    assert injection.injected_ml == pytest.approx(0.02, rel=1e-10)
    assert filling.on_grid()[:2].sum() == pytest.approx(0.018, rel=1e-9)
    assert filling.total_ml == pytest.approx(0.1, rel=1e-10)


def test_a_second_opening_goes_on_where_the_first_left_off() -> None:
    """Two needles, one after the other: what each injected is there, and the clouds merge."""
    medium = bone((25, 15, 15))
    left, right = Opening(np.array([[8, 7, 7]]), 1.2), Opening(np.array([[16, 7, 7]]), 1.2)
    filling, _ = run(medium, left, 0.5)
    for _ in range(10):
        filling, _ = inject(medium, filling, right, volume_ml=0.05, duration_s=1.0, viscosity_pa_s=100.0)
    cement = filling.on_grid()
    assert filling.total_ml == pytest.approx(1.0, rel=1e-10)
    assert cement[:12].sum() == pytest.approx(cement[13:].sum(), rel=0.1)
    assert cement[12, 7, 7] == medium.pore_ml[12, 7, 7]


def test_no_volume_asks_for_the_resistance_only() -> None:
    """Injecting nothing leaves the cement and reports what the next drop meets."""
    medium = bone((15, 15, 15))
    filling, last = run(medium, middle(medium), 0.5)
    same, injection = inject(medium, filling, middle(medium), volume_ml=0.0, duration_s=0.1, viscosity_pa_s=100.0)
    assert same.cement_ml.tobytes() == filling.cement_ml.tobytes()
    assert injection.source_pressure_pa == 0.0
    assert injection.resistance_pa_s_m3 == last.resistance_pa_s_m3

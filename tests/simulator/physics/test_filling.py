"""The spread of cement: conservation, exact one-dimensional flow, symmetry, changing bone."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from simulator.physics.filling import Filling, inject, squeeze
from simulator.physics.opening import Opening
from simulator.physics.porous_medium import PorousMedium
from tests.simulator.physics.blocks import BONE_M2, apart, bone, boxed, middle, run, scattered


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), portions=st.lists(st.floats(0.0, 0.05), min_size=1, max_size=6))
def test_cement_is_conserved_and_never_overfills(seed: int, portions: list[float]) -> None:
    """What is in the bone is what was injected, to ten digits, and no voxel holds more than its pores."""
    medium = scattered((9, 8, 11), seed)
    filling, injected_ml = Filling.empty((9, 8, 11)), 0.0
    for volume_ml in portions:
        filling, injection = inject(
            medium, filling, middle(medium), volume_ml=volume_ml, duration_s=1.0, viscosity_pa_s=100.0
        )
        injected_ml += injection.injected_ml
        assert injection.injected_ml == pytest.approx(volume_ml, rel=1e-10) or injection.blocked
    cement = filling.on_grid()
    assert filling.total_ml == pytest.approx(injected_ml, rel=1e-10)
    assert cement.min() >= 0.0
    assert np.all(cement <= medium.pore_ml * (1.0 + 1e-12))


def test_nothing_passed_in_is_changed() -> None:
    """Medium, filling and opening are the same after an injection as before."""
    medium = scattered((9, 9, 9), 3)
    before, _ = run(medium, middle(medium), 0.03)
    voxels = middle(medium).voxels
    copies = [
        a.copy() for a in (medium.pore_ml, medium.permeability_m2, before.cement_ml, before.head_per_m3, voxels)
    ]
    after, _ = inject(medium, before, Opening(voxels, 1.2), volume_ml=0.02, duration_s=0.4, viscosity_pa_s=100.0)
    kept = (medium.pore_ml, medium.permeability_m2, before.cement_ml, before.head_per_m3, voxels)
    assert all(np.array_equal(a, b) for a, b in zip(kept, copies, strict=True))
    assert after.total_ml > before.total_ml
    with pytest.raises(ValueError, match="read-only"):
        after.cement_ml[0, 0, 0] = 1.0


def test_same_inputs_give_the_same_bits() -> None:
    """Two runs agree bit for bit, also with another number of threads for linear algebra."""
    medium = scattered((15, 15, 15), 5)
    once, again = (run(medium, middle(medium), 0.3, ticks=7)[0].cement_ml for _ in range(2))
    assert once.tobytes() == again.tobytes()
    program = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r});"
        "from test_filling import *; import hashlib;"
        "m = scattered((33, 33, 33), 5); f = run(m, middle(m), 4.0, ticks=2)[0];"
        "print(hashlib.sha256(f.cement_ml.tobytes() + f.head_per_m3.tobytes()).hexdigest())"
    )
    digests = set()
    for threads in ("1", "2"):
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        finished = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        digests.add(finished.stdout)
    assert len(digests) == 1


def test_ticks_hardly_matter() -> None:
    """Ticks of 0.05, 0.1, 0.5 s or one of 30 s put less than one per cent of the cement elsewhere."""
    medium = bone((25, 25, 25), porosity=0.85)
    reference = run(medium, middle(medium), 1.5, ticks=300)[0].on_grid()
    for ticks in (600, 60, 1):
        assert apart(reference, run(medium, middle(medium), 1.5, ticks=ticks)[0].on_grid()) < 0.01


def test_ticks_hardly_matter_in_rough_bone() -> None:
    """The same where permeability and pores scatter by e and a fifth of the voxels is solid."""
    medium = scattered((17, 17, 17), 11)
    reference = run(medium, middle(medium), 0.6, ticks=120)[0].on_grid()
    for ticks in (24, 1):
        assert apart(reference, run(medium, middle(medium), 0.6, ticks=ticks)[0].on_grid()) < 0.01


def test_viscosity_and_rate_scale_pressure_and_nothing_else() -> None:
    """Five times the viscosity gives five times the pressure and the same cement, bit for bit."""
    medium = scattered((13, 13, 13), 7)
    thin, low = run(medium, middle(medium), 0.2, viscosity_pa_s=100.0)
    thick, high = run(medium, middle(medium), 0.2, viscosity_pa_s=500.0)
    assert thin.cement_ml.tobytes() == thick.cement_ml.tobytes()
    assert high.source_pressure_pa == pytest.approx(5.0 * low.source_pressure_pa, rel=1e-12)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_one_dimensional_flow_is_exact(axis: int) -> None:
    """In a channel of layers, voxels fill one after the other and resistances add in series."""
    count, full = 30, 12
    shape = tuple(count if a == axis else 1 for a in range(3))
    permeability = BONE_M2 * np.linspace(0.5, 2.0, count)
    medium = PorousMedium(0.5, np.full(shape, 1e-4), permeability.reshape(shape), (0.78, 0.8, 1.1))
    opening = Opening(np.array([[0, 0, 0]]), 1e6)  # so large that it takes off only what the lattice adds
    filling, _ = run(medium, opening, (full + 0.25) * 1e-4)
    expected = np.zeros(count)
    expected[:full], expected[full] = 1e-4, 0.25e-4
    np.testing.assert_allclose(filling.on_grid().ravel(), expected, rtol=1e-9, atol=1e-16)
    k = permeability * medium.anisotropy[axis]
    faces = 0.5e-3 * 2.0 * k[:-1] * k[1:] / (k[:-1] + k[1:])
    assert filling.flow is not None
    assert filling.flow.entry_head_per_m3 == pytest.approx((1.0 / faces[:full]).sum(), rel=0.02)


def test_flow_takes_ways_in_proportion_to_their_conductance() -> None:
    """Between two equal channels, one three times as permeable, cement divides three to one."""
    shape = (41, 1, 1)
    permeability = np.full(shape, BONE_M2)
    permeability[21:] *= 3.0
    permeability[20] = 1e3 * BONE_M2
    medium = PorousMedium(1.0, np.full(shape, 1e-3), permeability)
    cement = run(medium, middle(medium), 0.0014)[0].on_grid().ravel()
    assert cement[21:].sum() / cement[:20].sum() == pytest.approx(3.0, rel=0.02)


def test_anisotropic_bone_gives_an_ellipsoid() -> None:
    """The cement's axes stand in the ratio of the square roots of the permeabilities."""
    medium = PorousMedium(1.0, np.full((23, 23, 31), 8.5e-4), np.full((23, 23, 31), BONE_M2), (0.5, 0.5, 1.5))
    cement = run(medium, middle(medium), 1.5)[0].on_grid()
    spread = [
        math.sqrt((cement.sum(axis=tuple({0, 1, 2} - {a})) * (np.arange(n) - n // 2) ** 2).sum() / cement.sum())
        for a, n in enumerate(cement.shape)
    ]
    assert spread[1] / spread[0] == pytest.approx(1.0, abs=0.005)
    assert spread[2] / spread[0] == pytest.approx(math.sqrt(3.0), rel=0.02)


@pytest.mark.parametrize("view", ["mirrored", "transposed"])
def test_no_direction_is_special(view: str) -> None:
    """Bone mirrored or with axes swapped gives the filling mirrored or with axes swapped."""

    def turned(array: NDArray) -> NDArray:
        return array[::-1, :, ::-1] if view == "mirrored" else array.transpose(2, 0, 1)

    medium = scattered((15, 15, 15), 21)
    other = PorousMedium(1.0, turned(medium.pore_ml), turned(medium.permeability_m2))
    straight = run(medium, middle(medium), 0.4, ticks=5)[0].on_grid()
    assert apart(turned(straight), run(other, middle(other), 0.4, ticks=5)[0].on_grid()) < 2e-3


def test_the_order_of_source_voxels_does_not_matter() -> None:
    """An opening listed backwards, or with a voxel listed twice, is the same opening."""
    medium = bone((15, 15, 15))
    opening = Opening.ball((7.2, 7.0, 6.9), 1.2, 1.0)
    backwards = Opening(np.concatenate([opening.voxels[::-1], opening.voxels[:1]]), 1.2)
    one, other = run(medium, opening, 0.3)[0], run(medium, backwards, 0.3)[0]
    assert one.cement_ml.tobytes() == other.cement_ml.tobytes()


def test_squeezed_cement_moves_and_is_kept() -> None:
    """Where pores shrink or close, their cement goes elsewhere to the last digit; where not, nothing happens."""
    medium = bone((21, 21, 21))
    filling, _ = run(medium, middle(medium), 1.0)
    assert squeeze(medium, filling) == (filling, 0.0)
    pore = medium.pore_ml.copy()
    pore[:, 9:12, :] *= 0.5
    pore[10:, :, 10] = 0.0  # the balloon grows: bone, and the opening with it, becomes solid
    changed = PorousMedium(1.0, pore, medium.permeability_m2)
    after, left_over_ml = squeeze(changed, filling)
    assert left_over_ml == 0.0
    assert after.total_ml == pytest.approx(filling.total_ml, rel=1e-10)
    assert np.all(after.on_grid() <= changed.pore_ml * (1.0 + 1e-12))
    assert after.on_grid()[10:, :, 10].sum() == 0.0
    with pytest.raises(ValueError, match="squeeze"):
        inject(
            changed,
            filling,
            Opening(np.array([[8, 8, 8]]), 1.2),
            volume_ml=0.01,
            duration_s=1.0,
            viscosity_pa_s=9.0,
        )


def test_squeezing_in_sealed_bone_hands_back_what_does_not_fit() -> None:
    """Full bone between walls gives out just what it can no longer hold; wholly closed bone gives out all."""
    medium, _ = boxed(hole=False)
    filling, _ = run(medium, middle(medium), 1.0)
    half = PorousMedium(1.0, 0.5 * medium.pore_ml, medium.permeability_m2)
    after, left_over_ml = squeeze(half, filling)
    assert after.total_ml == pytest.approx(0.5 * filling.total_ml, rel=1e-9)
    assert left_over_ml == pytest.approx(0.5 * filling.total_ml, rel=1e-9)
    closed = PorousMedium(1.0, 0.0 * medium.pore_ml, medium.permeability_m2)
    nothing, all_ml = squeeze(closed, filling)
    assert (nothing.total_ml, all_ml) == (pytest.approx(0.0, abs=1e-15), pytest.approx(filling.total_ml))


def test_a_changed_medium_is_noticed() -> None:
    """A wall put up between two ticks holds from the next tick on, though the cached flow knew nothing of it."""
    medium = bone((21, 9, 9))
    opening = Opening(np.array([[10, 4, 4]]), 1.2)
    filling, _ = run(medium, opening, 0.05)
    permeability = medium.permeability_m2.copy()
    permeability[15] = 0.0
    walled = PorousMedium(1.0, medium.pore_ml, permeability)
    filling, _ = inject(walled, filling, opening, volume_ml=0.8, duration_s=16.0, viscosity_pa_s=100.0)
    assert filling.on_grid()[15:].sum() == 0.0


def test_a_cached_flow_is_used_only_where_it_holds() -> None:
    """Bone that became more permeable or roomier, or an opening that moved, gives what it does without a cache."""
    medium, opening = bone((21, 15, 15)), Opening(np.array([[10, 7, 7]]), 1.2)
    filling, _ = run(medium, opening, 0.2)
    moved = Opening(np.array([[8, 7, 7]]), 1.2)
    permeability = medium.permeability_m2.copy()
    permeability[:, :7] *= 5.0
    softer = PorousMedium(1.0, medium.pore_ml, permeability)
    pore = medium.pore_ml.copy()
    pore[:, :7] *= 1.5
    roomier = PorousMedium(1.0, pore, medium.permeability_m2)
    last: dict[str, float] = {"volume_ml": 0.002, "duration_s": 0.04, "viscosity_pa_s": 100.0}
    for now, place in ((softer, opening), (roomier, opening), (medium, moved)):
        cached, _ = inject(now, filling, place, **last)
        fresh, _ = inject(now, replace(filling, flow=None), place, **last)
        assert cached.cement_ml.tobytes() == fresh.cement_ml.tobytes()


def test_an_equal_medium_is_the_same_medium() -> None:
    """What counts is what the bone is like, not which object says so."""
    medium, opening = bone((15, 15, 15)), Opening(np.array([[7, 7, 7]]), 1.2)
    equal = PorousMedium(1.0, medium.pore_ml.copy(), medium.permeability_m2.copy())
    filling, _ = run(medium, opening, 0.05)
    for volume_ml in (0.001, 0.1):
        one, other = (
            inject(m, filling, opening, volume_ml=volume_ml, duration_s=2.0, viscosity_pa_s=9.0)[0]
            for m in (medium, equal)
        )
        assert one.cement_ml.tobytes() == other.cement_ml.tobytes()


def test_mistakes_are_named() -> None:
    """Each wrong argument is refused with its value."""
    medium = bone((5, 5, 5))
    filling, opening = Filling.empty((5, 5, 5)), middle(medium)
    good = {"volume_ml": 0.1, "duration_s": 1.0, "viscosity_pa_s": 100.0}
    for name, value in (
        ("volume_ml", -1.0),
        ("volume_ml", math.nan),
        ("viscosity_pa_s", 0.0),
        ("duration_s", 0.0),
    ):
        with pytest.raises(ValueError, match=name):
            inject(medium, filling, opening, **{**good, name: value})
    with pytest.raises(ValueError, match=r"Filling\.empty"):
        inject(medium, Filling.empty((5, 5, 6)), opening, **good)
    with pytest.raises(ValueError, match="inside the grid"):
        inject(medium, filling, Opening(np.array([[2, 2, 5]]), 1.2), **good)
    with pytest.raises(ValueError, match="inside the grid"):
        inject(medium, filling, Opening(np.zeros((0, 3), dtype=int), 1.2), **good)
    with pytest.raises(ValueError, match="radius_mm"):
        inject(medium, filling, Opening(np.array([[2, 2, 2]]), 0.0), **good)

"""Beams of steel: closed forms, the reference table, and what tissue and bevel make of them."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.devices.bending import (
    bone_curvature_per_mm,
    buckling_n,
    cantilever_mm,
    clock_direction,
    follow_share,
    grip_per_mm,
    soft_curvature_per_mm,
    stiffness_n_mm2,
    turned,
)
from simulator.imaging.solids.instruments import DIAMETERS_MM

TABLE = [  # gauge, mm that a tube / one with stylet of 100 mm bends at 1 N, kN that buckle the tube (physics C3)
    (8, 0.207, 0.114, 3.3),
    (11, 0.654, 0.408, 1.03),
    (13, 1.51, 1.04, 0.45),
]


@pytest.mark.parametrize(("gauge", "tube_mm", "filled_mm", "buckles_kn"), TABLE)
@pytest.mark.parametrize("force_n", [1.0, 5.0, 10.0])
def test_deflections_of_the_reference_table(
    gauge: int, tube_mm: float, filled_mm: float, buckles_kn: float, force_n: float
) -> None:
    """A cantilever of 100 mm: 11 G 0.65, 3.27, 6.54 mm at 1, 5, 10 N; with its stylet 0.41, 2.04, 4.08."""
    outer, inner = DIAMETERS_MM[gauge]  # type: ignore[index]
    tube, filled = stiffness_n_mm2(outer, inner), stiffness_n_mm2(outer)
    assert cantilever_mm(force_n, 100.0, tube) == pytest.approx(force_n * tube_mm, rel=0.01)
    assert cantilever_mm(force_n, 100.0, filled) == pytest.approx(force_n * filled_mm, rel=0.01)
    assert buckling_n(100.0, tube) / 1000.0 == pytest.approx(buckles_kn, rel=0.03)


@pytest.mark.parametrize("reach", [0.3, 1.0, 2.0, 4.0])
def test_a_beam_in_tissue_agrees_with_its_equation_solved_by_differences(reach: float) -> None:
    """EI y'''' + k y = 0, held at an angle at the skin, free at the tip, on 2000 intervals."""
    depth, n = 60.0, 2000
    stiffness = 1.0e5
    foundation = 4.0 * stiffness * (reach / depth) ** 4
    h = depth / n
    size = n + 5  # two nodes beyond either end; node i stands at (i - 2) h
    rows, right = np.zeros((size, size)), np.zeros(size)
    for i in range(2, n + 3):
        rows[i, i - 2 : i + 3] = np.array([1.0, -4.0, 6.0, -4.0, 1.0])
        rows[i, i] += foundation / stiffness * h**4
    rows[2] = 0.0
    rows[2, 2] = 1.0
    rows[0, [1, 3]], right[0] = (-1.0, 1.0), 2.0 * h
    rows[1, 0:5] = (-1.0, 4.0, -6.0, 4.0, -1.0)  # any smooth continuation: this node decides nothing
    end = n + 2
    rows[-2, end - 1 : end + 2] = (1.0, -2.0, 1.0)
    rows[-1, end - 2 : end + 3] = (-1.0, 2.0, 0.0, -2.0, 1.0)
    shift = np.linalg.solve(rows, right)[end] / depth
    assert follow_share(stiffness, depth, foundation) == pytest.approx(shift, abs=2e-3)


def test_a_stout_needle_follows_the_hand_and_a_thread_does_not() -> None:
    """11 G with stylet: 99 % at 40 mm; 13 G less; 25 G hardly at all. At the skin everything does."""
    shares = {
        gauge: follow_share(stiffness_n_mm2(DIAMETERS_MM[gauge][0], 0.0), 40.0) for gauge in (8, 11, 13, 22, 25)
    }
    assert shares[11] > 0.99
    assert shares[8] > shares[11] > shares[13] > shares[22] > shares[25]
    assert shares[25] < 0.1
    assert follow_share(stiffness_n_mm2(0.5), 0.0) == 1.0


def test_a_bevel_leads_thin_needles_further_aside() -> None:
    """In muscle over 60 mm: tenths of a millimetre for 11 G, about a millimetre for 22 and 25 G."""
    aside = {}
    for gauge in (11, 13, 22, 25):
        outer, inner = DIAMETERS_MM[gauge]
        force = 4.0 * (outer / 3.048) ** 2
        stiffness = stiffness_n_mm2(outer, inner if gauge > 20 else 0.0)
        aside[gauge] = 0.5 * soft_curvature_per_mm(force, stiffness) * 60.0**2
    assert aside[11] < aside[13] < aside[22] < aside[25]
    assert aside[11] < 0.2
    assert 0.5 < aside[22] < 1.5
    assert bone_curvature_per_mm(2.413) > bone_curvature_per_mm(3.048)


def test_grip_and_stiffness() -> None:
    """A foundation takes hold over (4 EI / k)^(1/4): 16 times stiffer, twice as far."""
    assert grip_per_mm(16.0, 1.0) == pytest.approx(0.5 * grip_per_mm(1.0, 1.0))


def test_the_clock_runs_as_seen_from_the_hub() -> None:
    """Looking from the back into the patient (+y): 12 is the head, 3 the patient's right (+x)."""
    into = np.array([0.0, 1.0, 0.0])
    assert np.allclose(clock_direction(into, 0.0), (0.0, 0.0, 1.0))
    assert np.allclose(clock_direction(into, 90.0), (1.0, 0.0, 0.0))
    oblique = np.array([0.6, 0.0, 0.8])
    assert abs(clock_direction(oblique, 37.0) @ oblique) < 1e-12
    assert np.linalg.norm(clock_direction(np.array([0.0, 0.0, 1.0]), 10.0)) == pytest.approx(1.0)


def test_turning_an_axis() -> None:
    """By the angle asked for, towards the side asked for; along itself nothing."""
    axis = np.array([0.0, 1.0, 0.0])
    assert np.allclose(turned(axis, np.array([5.0, 3.0, 0.0]), 0.1), (np.sin(0.1), np.cos(0.1), 0.0))
    assert np.allclose(turned(axis, axis, 0.1), axis)

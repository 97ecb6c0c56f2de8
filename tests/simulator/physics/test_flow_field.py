"""One flow field: what overflows goes on by conductance, and how long a field holds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.physics.flow_field import LAYER_SHARE, REACH, BoneBox, Flow, advance, flow_field
from simulator.physics.pressure_solver import stencil

ISOTROPIC = (1.0, 1.0, 1.0)


def box_of(permeability: NDArray) -> BoneBox:
    """Bone of 1 mm voxels that each hold 1 ul."""
    pore = np.where(permeability > 0.0, 1e-3, 0.0)
    return BoneBox(pore.ravel(), permeability.ravel(), 1.0, ISOTROPIC, stencil(permeability, ISOTROPIC, 1.0))


def into(bone: BoneBox, voxel: int) -> Flow:
    """A flow that runs into one voxel only."""
    source = np.array([0])
    return Flow(bone, source, np.ones(1), np.array([voxel]), np.ones(1), 1.0, 1.0)


def test_overflow_divides_by_conductance() -> None:
    """What a full front voxel cannot take goes to its neighbours as their faces conduct, and no farther."""
    bone = box_of(np.array([1.0, 1.0, 1.0, 3.0, 3.0]).reshape(1, 5, 1))
    cement, flow, spilled_ml = advance(into(bone, 2), np.zeros(5), 1.5e-3)
    left, right = bone.stencil.faces[1][1], bone.stencil.faces[1][2]
    expected = 1e-3 * np.array([0.0, 0.5 * left / (left + right), 1.0, 0.5 * right / (left + right), 0.0])
    np.testing.assert_allclose(cement, expected, rtol=1e-12, atol=1e-18)
    assert right == pytest.approx(1.5 * left)
    assert (spilled_ml, flow.left_ml) == (0.0, pytest.approx(1.0 - 1.5e-3))


@pytest.mark.parametrize("corner", [(0, 0, 0), (2, 3, 4), (0, 3, 0), (2, 0, 4)])
def test_overflow_stays_in_the_box(corner: tuple[int, int, int]) -> None:
    """From a corner of the box cement spreads to the three neighbours there, never around the edge."""
    shape = (3, 4, 5)
    bone = box_of(np.ones(shape))
    cement, _, _ = advance(into(bone, int(np.ravel_multi_index(corner, shape))), np.zeros(60), 2.5e-3)
    reached = np.argwhere(cement.reshape(shape) > 0.0)
    assert len(reached) == 4
    assert np.all(np.abs(reached - corner).sum(axis=1) <= 1)


def test_what_cannot_run_on_is_handed_back() -> None:
    """Cement fills REACH voxels of a channel within one field and no more; the rest is returned, not lost."""
    bone = box_of(np.ones((10, 1, 1)))
    before = np.zeros(10)
    cement, flow, spilled_ml = advance(into(bone, 0), before, 8e-3)
    np.testing.assert_allclose(cement, 1e-3 * (np.arange(10) <= REACH), rtol=1e-12)
    assert cement.sum() + spilled_ml == pytest.approx(8e-3, rel=1e-12)
    assert flow.left_ml == 0.0
    assert not before.any()


def test_a_dead_end_hands_back_everything() -> None:
    """A front voxel without any other neighbour keeps what it holds; the rest is returned."""
    bone = box_of(np.array([1.0, 1.0, 0.0, 1.0]).reshape(4, 1, 1))
    cement, _, spilled_ml = advance(into(bone, 1), np.array([1e-3, 0.0, 0.0, 0.0]), 3e-3)
    np.testing.assert_allclose(cement, [1e-3, 1e-3, 0.0, 0.0])
    assert spilled_ml == pytest.approx(2e-3)


def test_a_field_holds_for_a_share_of_the_layer_or_until_something_fills() -> None:
    """Around one full voxel: six equal shares, good for a tenth of six voxels or until one of them is full."""
    bone = box_of(np.ones((5, 5, 5)))
    middle = np.array([62])
    cement = np.zeros(125)
    cement[62] = 1e-3
    flow, head = flow_field(bone, cement, middle, np.ones(1), np.zeros(125))
    np.testing.assert_allclose(flow.share, 1.0 / 6.0)
    assert flow.left_ml == pytest.approx(6e-3)  # all six become full together, and until then nothing changes
    assert flow.entry_head_per_m3 == pytest.approx(1.0 / 6e-3)
    assert head[62] == flow.entry_head_per_m3
    cement[61] = 0.99e-3
    assert flow_field(bone, cement, middle, np.ones(1), head)[0].left_ml == pytest.approx(LAYER_SHARE * 6e-3)


def test_a_sealed_source_has_no_flow() -> None:
    """Where the full voxels touch nothing with room the field is empty and its resistance infinite."""
    bone = box_of(np.array([1.0, 1.0, 0.0, 1.0]).reshape(4, 1, 1))
    flow, head = flow_field(bone, np.array([1e-3, 1e-3, 0.0, 0.0]), np.array([0]), np.ones(1), np.ones(4))
    assert len(flow.front) == 0
    assert math.isinf(flow.entry_head_per_m3)
    assert not head.any()

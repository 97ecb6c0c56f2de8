"""The cut vertebra as arrays: what lies where, by destination."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest

from anatomy import frames
from anatomy.regions import Region
from simulator.assessment.cut_open import CUT_X_MM, LEAKS, Block, blocks, leaks_ml
from simulator.devices.ground import LEAK_REGIONS
from simulator.engine.case import Case, initial_state
from simulator.engine.state import State
from simulator.physics.filling import Filling


def inside_mm(block: Block) -> np.ndarray:
    """Places (n, 3) above the level."""
    return block.origin_mm + np.argwhere(block.values > block.level) * block.voxel_mm


def with_cement(case: Case, region: Region) -> tuple[State, np.ndarray]:
    """A state with a few voxels full of cement in a region, and the middle of them, patient frame."""
    now = case.ground.at(case.rest_amplitude)
    where = np.argwhere(now.label == region)
    middle = where[np.argmin(np.linalg.norm(where - where.mean(axis=0), axis=1))]
    near = where[np.linalg.norm(where - middle, axis=1) <= 2.0]
    cement = np.zeros(now.grid.shape)
    cement[tuple(near.T)] = now.grid.voxel_ml
    filling = Filling(now.grid.shape, (0, 0, 0), cement, np.zeros_like(cement))
    state = initial_state(case)
    place = frames.apply(now.grid.patient_from_voxel, near.mean(axis=0))
    return replace(state, batch=replace(state.batch, filling=filling)), place


def test_every_leak_has_a_colour_of_its_own() -> None:
    listed = [region for regions in LEAKS.values() for region in regions]
    assert sorted(listed) == sorted(LEAK_REGIONS)


@pytest.mark.parametrize(
    ("region", "name"),
    [
        (Region.DISC_ABOVE, "leak disc"),
        (Region.CANAL, "leak canal"),
        (Region.PREVERTEBRAL, "leak soft tissue"),
        (Region.SEGMENTAL_VEIN, "leak vein"),
        (Region.BODY, "cement"),
    ],
)
def test_cement_is_drawn_where_it_lies(case: Case, region: Region, name: str) -> None:
    state, place = with_cement(case, region)
    found = blocks(case, state)
    assert {n for n in found if n == "cement" or n.startswith("leak")} == {name}
    assert inside_mm(found[name]).mean(axis=0) == pytest.approx(place, abs=1.0)
    leaks = leaks_ml(case, state)
    assert list(leaks) == ([] if region == Region.BODY else [name.removeprefix("leak ")])
    if leaks:
        assert sum(leaks.values()) == pytest.approx(state.batch.filling.total_ml)


def test_bone_is_cut_and_leaves_room_for_the_body(case: Case) -> None:
    found = blocks(case, initial_state(case))
    bone, body = inside_mm(found["bone"]), inside_mm(found["body"])
    assert bone[:, 0].max() <= CUT_X_MM
    assert (body[:, 0] > CUT_X_MM + 5.0).any()
    now = case.ground.at(case.rest_amplitude)
    index = np.rint(frames.apply(frames.inverse(now.grid.patient_from_voxel), bone)).astype(int)
    known = ((index >= 0) & (index < now.grid.shape)).all(axis=1)
    assert now.body_mm[tuple(index[known].T)].min() > -0.8
    assert set(found) == {"bone", "body"}


def test_a_case_that_was_cut_open_is_let_go_of(case: Case) -> None:
    """What was made of it goes with it: a patient and more otherwise."""
    closed = replace(case)
    blocks(closed, initial_state(closed))
    kept = weakref.ref(closed)
    del closed
    gc.collect()
    assert kept() is None

"""Which leak a picture shows: truth and what was visible are two things."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatomy.regions import Region
from simulator.engine.case import Case
from simulator.engine.state import State
from simulator.engine.visibility import visible_leak_mm2
from simulator.imaging.carm import CArmPose
from simulator.physics.filling import Filling


def seen(case: Case, state: State, orbital_deg: float = 0.0) -> dict[str, float]:
    """What a picture of plane A from an angle shows of a state."""
    plane = replace(state.planes[0], pose=CArmPose(orbital_deg=orbital_deg, orbital_wanted_deg=orbital_deg))
    return visible_leak_mm2(case, state, case.view(state, plane))


def with_cement(case: Case, state: State, *parts: tuple[tuple[slice, ...], float]) -> State:
    """The state with boxes of voxels filled to a share of their volume, and the leak noticed by truth."""
    grid = case.ground.grid
    cement_ml = np.zeros(grid.shape)
    for box, share in parts:
        cement_ml[box] = share * grid.voxel_ml
    filling = Filling(grid.shape, (0, 0, 0), cement_ml, np.zeros(grid.shape))
    return replace(state, batch=replace(state.batch, filling=filling), leaked=("disc above",))


@pytest.fixture(scope="module")
def disc(case: Case) -> tuple[slice, slice, slice]:
    """A box of 8 x 8 x 1 voxels inside the disc above."""
    label = case.ground.at(1.0).label
    middle = np.median(np.argwhere(label == Region.DISC_ABOVE), axis=0).astype(int)
    i, j, k = (int(m) for m in middle)
    box = (slice(i - 4, i + 4), slice(j - 4, j + 4), slice(k, k + 1))
    assert (label[box] == Region.DISC_ABOVE).mean() > 0.9
    return box


def test_no_leak_no_sight(case: Case, in_bone: State) -> None:
    """Without leaked cement nothing is visible, though the body is full of it."""
    body = tuple(slice(n // 2 - 5, n // 2 + 5) for n in case.ground.grid.shape)
    state = with_cement(case, in_bone, (body, 0.8))
    assert seen(case, replace(state, leaked=())) == {}
    only_body = np.isin(case.ground.at(1.0).label[body], (Region.BODY, Region.BASIVERTEBRAL_VEIN)).all()
    assert only_body
    assert seen(case, state) == {}


def test_a_leak_is_seen_by_its_place_and_area(
    case: Case, in_bone: State, disc: tuple[slice, slice, slice]
) -> None:
    """Cement 8 mm deep and 8 x 1 mm wide in the disc: seen from the front as some patches of 4 mm2."""
    found = seen(case, with_cement(case, in_bone, (disc, 0.9)))
    assert set(found) == {"disc above"}
    assert 8.0 <= found["disc above"] <= 48.0


def test_thin_cement_is_not_seen(case: Case, in_bone: State, disc: tuple[slice, slice, slice]) -> None:
    """A fiftieth of it is there, but no picture shows it: contrast lies below what bone's structure hides."""
    assert seen(case, with_cement(case, in_bone, (disc, 0.018))) == {}


def test_more_cement_shows_more(case: Case, in_bone: State, disc: tuple[slice, slice, slice]) -> None:
    """The visible area never falls with the amount."""
    areas = [
        seen(case, with_cement(case, in_bone, (disc, s))).get("disc above", 0.0) for s in (0.05, 0.2, 0.5, 0.9)
    ]
    assert areas == sorted(areas)
    assert areas[-1] > 0.0


def test_the_filled_body_hides_what_lies_behind_it(
    case: Case, in_bone: State, disc: tuple[slice, slice, slice]
) -> None:
    """A leak in front of the body is lost in the shadow of 20 mm of cement in bone, and seen from the side."""
    label = case.ground.at(1.0).label
    i, depth = disc[0].start + 4, label.shape[1]
    rows = np.argwhere(np.isin(label[i, :, :], (Region.BODY,)))
    k = int(np.median(rows[:, 1]))
    leak = (slice(i - 3, i + 3), slice(depth - 4, depth - 1), slice(k - 3, k + 3))
    wall = (slice(i - 8, i + 8), slice(int(rows[:, 0].min()) + 2, int(rows[:, 0].max()) - 1), slice(k - 8, k + 8))
    alone, behind = (
        with_cement(case, in_bone, (leak, 0.6)),
        with_cement(case, in_bone, (leak, 0.6), (wall, 0.85)),
    )
    ((place, area),) = seen(case, alone).items()
    assert area > 16.0
    assert seen(case, behind).get(place, 0.0) < 0.3 * area
    side = seen(case, behind, 90.0)[place]
    assert side > 0.0

"""Which leak a picture shows: truth and what was visible are two things."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatomy.regions import Region
from simulator.engine import commands as c
from simulator.engine import exposing
from simulator.engine.case import Case
from simulator.engine.state import State
from simulator.engine.step import step
from simulator.engine.visibility import visible_leak_mm2
from simulator.imaging.beam.exposure import DETECTOR_NGY
from simulator.imaging.carm import CArmPose
from simulator.physics.filling import Filling


def seen(
    case: Case, state: State, orbital_deg: float = 0.0, detector_ngy: float = DETECTOR_NGY
) -> dict[str, float]:
    """What a picture of plane A from an angle shows of a state."""
    plane = replace(state.planes[0], pose=CArmPose(orbital_deg=orbital_deg, orbital_wanted_deg=orbital_deg))
    return visible_leak_mm2(case, state, case.view(state, plane), detector_ngy)


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


def test_less_dose_shows_less(case: Case, in_bone: State, disc: tuple[slice, slice, slice]) -> None:
    """A thin leak drowns in noise as the detector's dose falls; the visible area never rises with less."""
    state = with_cement(case, in_bone, (disc, 0.2))
    areas = [seen(case, state, detector_ngy=ngy).get("disc above", 0.0) for ngy in (0.01, 0.1, 0.3, 1.0, 30.0)]
    assert areas == sorted(areas)
    assert areas[0] == 0.0 < areas[-1]


@pytest.mark.parametrize(
    ("chosen", "magnification", "ngy"),
    [({}, 1.0, 30.0), ({"dose_level": "half"}, 1.0, 15.0), ({"dose_level": "half"}, 2.0, 30.0),
     ({"mode": "continuous"}, 1.0, 10.0), ({}, 1.5, 45.0)],
)  # fmt: skip
def test_a_pulse_shows_what_its_dose_allows(
    case: Case, in_bone: State, chosen: dict[str, str], magnification: float, ngy: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What is visible is judged by the detector dose of the programme: level, mode, magnification."""
    doses: list[float] = []
    monkeypatch.setattr(exposing, "visible_leak_mm2", lambda *args: doses.append(args[-1]) or {})
    plane = in_bone.planes[0]
    close = replace(plane, pose=replace(plane.pose, magnification=magnification))
    state = replace(in_bone, planes=(close, *in_bone.planes[1:]), **chosen)
    step(case, state, [c.PressPedal("A")])
    assert doses == [pytest.approx(ngy)]
    step(case, state, [c.Expose("A")])
    assert doses[1] == pytest.approx(30.0 if "mode" in chosen else ngy)  # a single shot is always a pulse


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

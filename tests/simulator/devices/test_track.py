"""What withdrawn instruments leave open, on a grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatomy.volume import Grid
from simulator.devices import track
from tests.simulator.devices.test_bevel import BEVEL
from tests.simulator.devices.test_needle import STRAIGHT, fed

GRID = Grid.spanning((-10.0, 20.0, -10.0), (10.0, 80.0, 10.0), 1.0)


def test_a_withdrawn_needle_leaves_its_own_bore() -> None:
    """From the tip to the deepest it was: on average over places the volume of the cylinder with round ends."""
    volumes = []
    for x, z in np.random.default_rng(1).uniform(-1.0, 1.0, (40, 2)):
        needle = replace(STRAIGHT, skin_mm=(float(x), 0.0, float(z)), depth_mm=40.0, furthest_mm=60.0)
        left = track.behind_the_tip(needle, GRID)
        volumes.append(int(left.sum()))
    expected = np.pi * 1.524**2 * 20.0 + 4.0 / 3.0 * np.pi * 1.524**3  # round ends: points with a radius
    assert np.mean(volumes) == pytest.approx(expected, rel=0.05)
    y = np.argwhere(left)[:, 1] + 20.0
    assert (y.min(), y.max()) == pytest.approx((39.0, 61.0), abs=1.0)


def test_a_thin_instrument_still_leaves_a_line() -> None:
    """Every voxel that its middle cuts, though no centre lies within its radius."""
    left = track.along(GRID, np.array([[0.4, y, 0.4] for y in np.arange(30.0, 50.0, 0.25)]), 0.1)
    assert left.sum() in (20, 21)


def test_outside_the_grid_nothing_is_marked() -> None:
    """A track beside it or beyond its ends neither fails nor wraps round."""
    assert not track.along(GRID, np.array([[50.0, 40.0, 0.0], [0.0, -300.0, 0.0]]), 1.5).any()


def test_what_is_filled_again_is_closed() -> None:
    """A needle that comes back closes its own track; without any it is None again."""
    out = replace(STRAIGHT, depth_mm=30.0, furthest_mm=60.0)
    tracks = track.merged(None, track.behind_the_tip(out, GRID))
    assert tracks is not None
    assert track.merged(tracks, track.behind_the_tip(out, GRID)) is tracks
    back = replace(STRAIGHT, depth_mm=62.0, furthest_mm=62.0)
    assert track.without(tracks, track.filled(back, GRID)) is None
    halfway = track.without(tracks, track.filled(replace(STRAIGHT, depth_mm=45.0), GRID))
    assert halfway is not None
    assert 0 < halfway.sum() < tracks.sum()


def test_a_bent_track_lies_along_the_bow() -> None:
    """The voxels of a steered needle end beside the line that a straight one would have opened."""
    deep, _ = fed(replace(BEVEL, depth_mm=40.0, bone_mm=0.01), 35.0, "mallet")
    bent, straight = track.whole(deep, GRID), track.whole(replace(deep, knots=()), GRID)
    tail = slice(50, None)
    assert np.argwhere(bent[:, tail])[:, 2].mean() < np.argwhere(straight[:, tail])[:, 2].mean() - 0.8

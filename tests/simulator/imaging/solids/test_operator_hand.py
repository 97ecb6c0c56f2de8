"""The operator's hand: a hand's size and thickness, in one piece, with bones, left as well as right."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy import frames
from simulator.imaging.overlay import Overlays
from simulator.imaging.scene import Scene
from simulator.imaging.solids.instrument_materials import COMPACT_BONE, HAND_TISSUE, LEADED_RUBBER
from simulator.imaging.solids.operator_hand import operator_hand
from simulator.imaging.solids.solids import Assembly
from simulator.imaging.view import View

# Seen from above its back, 1 mm pixels in its plane, fingers up, the thumb of a right hand on the left.
SEEN = View(frames.affine(np.diag([-1.0, -1.0, 1.0]), (0.0, 70.0, 5000.0)), 5000.0, 1.0, (320, 241))


def pictures(*args, **options):
    """mm of each material (rows, columns) of a hand at the origin."""
    hand = Assembly(operator_hand(np.eye(4), *args, **options))
    overlay = Overlays().of(SEEN, Scene(solids=(hand,)))
    found = {}
    for material, path in zip(overlay.materials, overlay.paths_g_cm2, strict=True):
        image = np.zeros(SEEN.shape)
        image.ravel()[overlay.pixels] = 10.0 * path / material.density_g_cm3
        found[material] = image
    return found


@pytest.fixture(scope="module")
def right():
    """A right hand in a plain glove."""
    return pictures("right")


def test_it_is_as_long_wide_and_thick_as_a_hand(right):
    """From wrist to middle fingertip 170 to 205 mm, palm 75 to 95 mm wide, nowhere thicker than 40 mm."""
    flesh = right[HAND_TISSUE]
    rows = np.flatnonzero(flesh.max(axis=1) > 1.0)
    wrist = int(SEEN.project((0.0, 0.0, 0.0))[0])
    assert 170 < wrist - rows[0] < 205
    palm = int(SEEN.project((0.0, 60.0, 0.0))[0])
    columns = np.flatnonzero(flesh[palm, int(SEEN.project((-48.0, 60.0, 0.0))[1]) :] > 1.0)
    assert 75 < columns[-1] - columns[0] < 95
    assert 20.0 < flesh.max() < 40.0
    assert 280 < flesh[:wrist].sum() / 1000.0 < 500  # ml: 0.6 % of the body's mass (de Leva 1996)


def test_joints_do_not_count_twice(right):
    """Along a finger's bones the flesh has no seam where one capsule goes on into the next."""
    flesh = right[HAND_TISSUE]
    column = int(SEEN.project((-5.0, 0.0, 0.0))[1])
    finger = flesh[int(SEEN.project((0.0, 175.0, 0.0))[0]) : int(SEEN.project((0.0, 112.0, 0.0))[0]), column]
    assert np.all(finger > 12.0)
    assert finger.max() < 21.5
    assert np.abs(np.diff(finger)).max() < 1.0


def test_it_has_bones_with_marrow(right):
    """Five rays of shafts are denser at their edges than in the middle, inside the flesh."""
    bone, flesh = right[COMPACT_BONE], right[HAND_TISSUE]
    assert np.all(flesh[bone > 0.5] > 1.0)
    row = bone[int(SEEN.project((0.0, 62.0, 0.0))[0])]
    peaks = np.flatnonzero((row[1:-1] > row[:-2]) & (row[1:-1] >= row[2:]) & (row[1:-1] > 3.0))
    assert len(peaks) >= 8  # two walls each of four metacarpals


def test_the_left_hand_is_the_right_ones_mirror_image(right):
    """Thumb on the other side, all else equal."""
    left = pictures("left")
    for material, image in right.items():
        np.testing.assert_allclose(
            left[material][:, ::-1], image, atol=0.6
        )  # at edges a pixel may be one ray or four
    thumb = SEEN.project((-75.0, 80.0, -27.0)).astype(int)
    assert right[HAND_TISSUE][tuple(thumb)] > 5.0
    assert left[HAND_TISSUE][tuple(thumb)] == 0.0


def test_an_attenuating_glove_is_all_round_and_without_inner_walls():
    """Twice its thickness seen flat on, more at the edges, nothing extra where fingers meet the palm."""
    glove = pictures("right", "attenuating")[LEADED_RUBBER]
    column = int(SEEN.project((-5.0, 0.0, 0.0))[1])
    rows = slice(int(SEEN.project((0.0, 175.0, 0.0))[0]), int(SEEN.project((0.0, 10.0, 0.0))[0]))
    middle = glove[rows, column]
    assert 0.55 < np.median(middle) < 0.75
    assert np.mean(middle < 1.2) > 0.95


def test_fingers_curl(right):
    """A bent hand is shorter in the picture."""
    bent = pictures("right", curl_rad=0.6)[HAND_TISSUE]
    first = [np.flatnonzero(image.max(axis=1) > 1.0)[0] for image in (right[HAND_TISSUE], bent)]
    assert first[1] - first[0] > 25


def test_wrong_wishes_are_answered():
    """An unknown glove and a frame that is not rigid are refused in words."""
    with pytest.raises(ValueError, match="there are plain and attenuating"):
        operator_hand(np.eye(4), "right", "thick")
    with pytest.raises(ValueError, match="must be a rigid"):
        operator_hand(2.0 * np.eye(4))

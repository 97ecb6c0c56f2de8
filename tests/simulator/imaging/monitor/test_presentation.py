"""Flips, turns, zoom and shutter of the picture on the screen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.imaging.monitor.presentation import Orientation, Shutter

SHAPE = (40, 56)


def picture(shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """Smooth and without symmetry."""
    r, c = np.mgrid[: shape[0], : shape[1]].astype(float)
    return (120 + 60 * np.sin(r / 7.0 + 0.4) + 50 * np.cos(c / 9.0 + 0.1 * r)).astype(np.uint8)


def times(orientation: Orientation, count: int, shown: np.ndarray) -> np.ndarray:
    """Hung so many times over."""
    for _ in range(count):
        shown = orientation.hung(shown)
    return shown


@pytest.mark.parametrize(
    ("orientation", "count"),
    [
        (Orientation(), 1),
        (Orientation(flip_horizontal=True), 2),
        (Orientation(flip_vertical=True), 2),
        (Orientation(quarter_turns=1), 4),
        (Orientation(quarter_turns=2), 2),
        (Orientation(quarter_turns=3), 4),
        (Orientation(angle_deg=360.0), 1),
    ],
)
def test_it_comes_back(orientation, count):
    """Flips undo themselves, four quarter turns are none; not a pixel is changed."""
    np.testing.assert_array_equal(times(orientation, count, picture()), picture())


def test_turns_are_clockwise():
    """What was on top is on the right after a quarter turn, and in part after a turn by some degrees."""
    top = np.zeros((41, 41), np.uint8)
    top[2:6, 18:23] = 255
    assert Orientation(quarter_turns=1).hung(top)[20, 37] == 255
    assert Orientation(angle_deg=90.0).hung(top)[20, 37] == 255
    assert Orientation(angle_deg=45.0).hung(top)[8, 32] > 200


def test_a_quarter_turn_by_angle_is_one():
    """On a square picture both ways agree."""
    square = picture((48, 48))
    by_angle = Orientation(angle_deg=90.0).hung(square).astype(int)
    assert np.abs(by_angle - Orientation(quarter_turns=1).hung(square)).max() <= 1


def test_an_angle_and_back_is_nearly_the_picture():
    """Interpolated twice, in the middle where nothing is lost."""
    there = Orientation(angle_deg=17.0).hung(picture((64, 64)))
    back = Orientation(angle_deg=-17.0).hung(there).astype(int)
    assert np.abs(back - picture((64, 64)))[16:48, 16:48].max() <= 6


def test_beyond_the_picture_is_black():
    """The corners of a turned picture are empty."""
    shown = Orientation(angle_deg=45.0).hung(np.full((60, 60), 200, np.uint8))
    assert shown[0, 0] == shown[-1, -1] == 0
    assert shown[30, 30] == 200


def test_zoom_magnifies_about_its_centre():
    """Twice as large: a pixel's distance from the centre doubles, and the chosen point comes to the middle."""
    spot = np.zeros((61, 61), np.uint8)
    spot[20:23, 40:43] = 240
    assert Orientation(zoom=2.0).hung(spot)[12, 52] == 240
    assert Orientation(zoom=2.0, zoom_centre=(21 / 60, 41 / 60)).hung(spot)[30, 30] == 240


ALL = Orientation(
    flip_horizontal=True, flip_vertical=True, quarter_turns=3, angle_deg=25.0, zoom=1.5, zoom_centre=(0.4, 0.55)
)


@pytest.mark.parametrize(
    "orientation", [ALL, replace(ALL, flip_vertical=False), replace(ALL, quarter_turns=1, angle_deg=0.0, zoom=1.0)]
)
def test_points_go_where_their_pixels_go(orientation):
    """A bright spot is found on the screen where on_screen says, and on_detector leads back."""
    for row, column in ((18, 22), (25, 33)):
        spot = np.zeros(SHAPE, np.uint8)
        spot[row - 1 : row + 2, column - 1 : column + 2] = 255
        shown = orientation.hung(spot).astype(float)
        r, c = np.mgrid[: shown.shape[0], : shown.shape[1]]
        found = np.array([(r * shown).sum(), (c * shown).sum()]) / shown.sum()
        np.testing.assert_allclose(orientation.on_screen((row, column), SHAPE), found, atol=0.1)
        np.testing.assert_allclose(orientation.on_detector(found, SHAPE), (row, column), atol=0.1)


def test_the_picture_handed_in_is_left_alone():
    """And what comes out is not a view of it."""
    shown = picture()
    Orientation().hung(shown)[:] = 0
    np.testing.assert_array_equal(shown, picture())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quarter_turns": 4}, "0, 1, 2 or 3"),
        ({"angle_deg": float("nan")}, "angle_deg"),
        ({"zoom": 0.5}, "zoom must lie"),
        ({"zoom_centre": (1.2, 0.0)}, "zoom_centre"),
    ],
)
def test_what_cannot_be_shown_is_refused(change, words):
    """In words that name the setting."""
    with pytest.raises(ValueError, match=words):
        Orientation(**change)


def test_shutters_close_on_what_they_should():
    """A rectangle and a circle about the middle, in mm at the detector; both together close more than each."""
    rectangle = Shutter(height_mm=20.0, width_mm=30.0).open_pixels(SHAPE, 1.0)
    assert rectangle.sum() == 20 * 30
    circle = Shutter(diameter_mm=30.0).open_pixels(SHAPE, 1.0)
    assert circle.sum() == pytest.approx(np.pi * 15.0**2, rel=0.02)
    both = Shutter(height_mm=20.0, width_mm=30.0, diameter_mm=30.0).open_pixels(SHAPE, 1.0)
    np.testing.assert_array_equal(both, rectangle & circle)
    assert Shutter().open_pixels(SHAPE, 1.0).all()
    with pytest.raises(ValueError, match="diameter_mm must be positive"):
        Shutter(diameter_mm=0.0)

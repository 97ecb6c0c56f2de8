"""What a monitor shows: the live picture, its settings, and the last image that it holds."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from simulator.imaging.monitor.display import ENHANCEMENT, grey, look_for
from simulator.imaging.monitor.monitor import Monitor
from simulator.imaging.monitor.monitor_settings import MonitorSettings
from simulator.imaging.monitor.presentation import Orientation, Shutter
from tests.fingerprint import fingerprint
from tests.simulator.imaging.monitor.exposures import BODY, FULL, OPEN_KEV, PIXEL_MM, SHAPE, exposure, needle

RAW = MonitorSettings(filter_k=1.0, enhancement=0.0)
FLAT = np.s_[100:124, 8:60]
"""Trunk without an edge."""


def noise(settings: MonitorSettings, frames: int, *, held: bool = False) -> float:
    """Standard deviation of grey over several places, from pictures of two runs of a still scene."""
    pictures = []
    for run in range(2):
        monitor = Monitor(settings)
        for n in range(frames):
            shown = monitor.show(exposure(1000 * run + n))
        pictures.append((monitor.hold() if held else shown).grey[FLAT].astype(float))
    return float((pictures[0] - pictures[1]).std() / np.sqrt(2.0))


def shown_with(**settings) -> np.ndarray:
    """Grey of one exposure without noise."""
    return Monitor(MonitorSettings(**settings)).show(exposure(None)).grey


def test_a_single_exposure_is_what_the_display_draws():
    """The monitor and the plain look-up are one chain."""
    image = exposure(5)
    look = look_for(image.anatomy_share, 1.0, FULL, PIXEL_MM)
    drawn = grey(image.signal_kev, OPEN_KEV, look, FULL, PIXEL_MM).astype(int)
    shown = Monitor(MonitorSettings(filter_k=1.0, enhancement=ENHANCEMENT)).show(image).grey
    assert np.abs(shown - drawn).max() <= 1


@pytest.mark.parametrize("k", [0.5, 0.25])
def test_the_screen_gets_quieter_as_theory_says(k):
    """V22 on the screen: sqrt(k / (2 - k)) of a single frame's noise."""
    ratio = noise(replace(RAW, filter_k=k), 40) / noise(RAW, 1)
    assert ratio == pytest.approx(np.sqrt(k / (2.0 - k)), rel=0.04)


def test_a_moving_needle_is_where_it_is_and_nowhere_else():
    """With a strong filter, the picture of a needle on its way differs from its true picture by noise only."""
    monitor = Monitor(replace(RAW, filter_k=0.1))
    for n in range(20):
        on_its_way = needle(columns=slice(0, 20 + 4 * n))
        shown = monitor.show(exposure(n, on_its_way)).grey.astype(int)
    true = Monitor(RAW).show(exposure(None, on_its_way)).grey.astype(int)
    assert np.abs((shown - true)[60:68].mean(axis=0)).max() < 25
    assert np.abs(shown - true).mean() < 3


def test_a_new_view_takes_nothing_from_the_old_one():
    """The first picture of another geometry and anatomy is as if the monitor had just been switched on."""
    monitor = Monitor(replace(RAW, filter_k=0.1, motion_detection=False))
    for n in range(6):
        monitor.show(exposure(n, needle()))
    oblique = exposure(9, geometry="oblique", anatomy_kev=0.5 * BODY[::-1])
    np.testing.assert_array_equal(monitor.show(oblique).grey, Monitor(RAW).show(oblique).grey)


def test_a_new_run_takes_nothing_from_the_last_one():
    """The same in the same view, where the radiographer lets go of the pedal and steps on it again."""
    monitor = Monitor(replace(RAW, filter_k=0.1, motion_detection=False))
    for n in range(6):
        monitor.show(exposure(n, needle()))
    monitor.begin_run()
    np.testing.assert_array_equal(monitor.show(exposure(9)).grey, Monitor(RAW).show(exposure(9)).grey)
    monitor.hold()
    np.testing.assert_array_equal(monitor.redraw().grey, Monitor(RAW).show(exposure(9)).grey)


def test_a_new_technique_has_a_look_of_its_own():
    """Automatic exposure changed its mind: more dose, the same grey, and the filter goes on."""
    monitor = Monitor(RAW)
    before = monitor.show(exposure(None)).grey.astype(int)
    once = exposure(None)
    twice = replace(once, signal_kev=2.0 * once.signal_kev, open_kev=2.0 * once.open_kev)
    assert np.abs(monitor.show(twice).grey - before).max() <= 1


def test_the_held_image_is_as_quiet_as_the_moving_one_looks():
    """Four frames together: half the noise, at least the 3.5 frames that the eye would have averaged."""
    single, held = noise(RAW, 8), noise(RAW, 8, held=True)
    assert held / single == pytest.approx(0.5, rel=0.05)
    strong = replace(RAW, filter_k=0.2)
    assert noise(strong, 30, held=True) == pytest.approx(noise(strong, 30), rel=1e-6)


def test_a_held_image_shows_the_needle_where_it_was_last():
    """What moved is taken from the newest frame."""
    monitor = Monitor(RAW)
    for n in range(6):
        monitor.show(exposure(n, needle(rows=slice(20 + 8 * n, 28 + 8 * n))))
    held = monitor.hold()
    true = Monitor(RAW).show(exposure(None, needle(rows=slice(60, 68)))).grey.astype(float)
    assert held.kind == "held"
    assert np.abs(held.grey[30:100, 30:70] - true[30:100, 30:70]).mean() < 8
    assert monitor.show(exposure(7)).kind == "live"


def test_a_held_image_follows_the_settings():
    """Window and level of a picture that is already there; and back again, bit by bit."""
    monitor = Monitor(RAW)
    monitor.show(exposure(1))
    held = monitor.hold().grey
    monitor.settings = replace(RAW, window_factor=0.5)
    assert monitor.redraw().grey[FLAT].std() > 1.5 * held[FLAT].std()
    monitor.settings = RAW
    np.testing.assert_array_equal(monitor.redraw().grey, held)


def test_level_is_monotone():
    """A higher level is brighter, everywhere where there is room."""
    levels = [shown_with(level_shift=shift).astype(int) for shift in (-0.6, -0.3, 0.0, 0.3, 0.6)]
    for darker, brighter in pairwise(levels):
        assert np.all(brighter >= darker)
        assert brighter.mean() > darker.mean() + 5


def test_window_is_monotone():
    """A narrower window has more contrast between bone and tissue."""
    pictures = [shown_with(window_factor=f, enhancement=0.0).astype(int) for f in (3.0, 1.5, 1.0, 0.7)]
    contrasts = [int(p[60, 60] - p[40, 60]) for p in pictures]
    assert contrasts == sorted(contrasts)
    assert contrasts[-1] > 2 * contrasts[0]


def test_enhancement_sharpens_edges():
    """More gain, steeper steps; none at all leaves the picture alone."""
    steps = [np.abs(np.diff(shown_with(enhancement=g).astype(int), axis=0)).max() for g in (0.0, 0.5, 1.0)]
    assert steps[0] < steps[1] < steps[2]


def test_inverted_twice_is_not_inverted():
    """Grey becomes 255 less grey within the field; beyond the blades both are black."""
    inside = np.zeros(SHAPE, dtype=bool)
    inside[20:100, 30:120] = True
    monitor = Monitor(RAW)
    plain = monitor.show(exposure(1, inside=inside)).grey
    monitor.settings = replace(RAW, invert=True)
    inverted = monitor.redraw().grey
    np.testing.assert_array_equal(inverted[inside], 255 - plain[inside])
    assert not inverted[~inside].any()
    assert not plain[~inside].any()


def test_an_iris_draws_no_ring():
    """Beside a round field's rim the picture is that of the open field."""
    r, c = np.ogrid[: SHAPE[0], : SHAPE[1]]
    iris = (r - 64) ** 2 + (c - 72) ** 2 < 50**2
    plain = np.full(SHAPE, OPEN_KEV * np.exp(-4.0), np.float32)
    shown = Monitor(MonitorSettings(filter_k=1.0)).show(exposure(None, inside=iris, anatomy_kev=plain * iris)).grey
    assert int(shown[iris].max()) - int(shown[iris].min()) <= 1
    assert not shown[~iris].any()


def test_the_shutter_is_black_and_turns_with_the_picture():
    """Behind the shutter nothing is seen; orientation comes last."""
    shutter = Shutter(height_mm=40.0)
    shown = shown_with(shutter=shutter, orientation=Orientation(quarter_turns=1))
    assert shown.shape == SHAPE[::-1]
    assert not shown[:, :44].any()
    assert shown[:, 44:84].min() > 0
    np.testing.assert_array_equal(np.rot90(shown), shown_with(shutter=shutter))


def test_cement_does_not_make_the_picture_pump():
    """What is far from a large dense object keeps its grey."""
    before = shown_with()
    after = Monitor().show(exposure(None, needle(slice(20, 60), slice(30, 80), 2.5))).grey
    np.testing.assert_array_equal(before[80:], after[80:])
    assert after[40, 60] < 12 < before[40, 60]


def test_the_same_exposures_give_the_same_bits():
    """And change nothing that was handed in; monitors do not know of one another."""
    images = [exposure(n, needle(columns=slice(0, 20 + 3 * n))) for n in range(5)]
    before = fingerprint(*images)
    one, other = Monitor(), Monitor()
    for n, image in enumerate(images):
        first = one.show(image).grey
        Monitor().show(exposure(100 + n))
        np.testing.assert_array_equal(first, other.show(image).grey)
    assert fingerprint(*images) == before


def test_nothing_to_show_is_said():
    """Before the first exposure."""
    for act in (Monitor().hold, Monitor().redraw, Monitor().store, Monitor().use_mask):
        with pytest.raises(ValueError, match="expose first"):
            act()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"filter_k": 0.0}, "filter_k must lie above 0"),
        ({"filter_k": float("nan")}, "filter_k"),
        ({"enhancement": -1.0}, "enhancement must lie between 0 and 3"),
        ({"window_factor": 0.0}, "window_factor must lie between 0.1 and 10"),
        ({"level_shift": float("inf")}, "level_shift"),
        ({"mode": "dsa"}, "native, subtraction, roadmap"),
        ({"mask_shift_px": (1.0,)}, "rows and columns"),
        ({"landmark": 2.0}, "landmark"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change, words):
    """With the setting's name and its limits."""
    with pytest.raises(ValueError, match=words):
        MonitorSettings(**change)

"""Stored images, digital subtraction and roadmap on a monitor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.imaging.monitor.monitor import DIFFERENCE_SHARE, STORED_AT_MOST, Monitor
from simulator.imaging.monitor.monitor_settings import MonitorSettings
from tests.simulator.imaging.monitor.exposures import SHAPE, body, exposure, needle

RAW = MonitorSettings(filter_k=1.0, enhancement=0.0, subtraction_window=2.0)
SUBTRACTED = replace(RAW, mode="subtraction")
NONE = 255.0 * DIFFERENCE_SHARE
GREY_PER_LOG = 255.0 / RAW.subtraction_window
NEEDLE = np.s_[60:68, 20:80]
ELSEWHERE = np.s_[80:, :]


def monitor_with_mask(*, frames: int = 1, settings: MonitorSettings = SUBTRACTED) -> Monitor:
    """A monitor whose mask is the average of so many exposures of the trunk."""
    monitor = Monitor(RAW)
    for n in range(frames):
        monitor.show(exposure(500 + n))
    monitor.use_mask()
    monitor.settings = settings
    return monitor


def single_frame_noise() -> np.ndarray:
    """Standard deviation (rows, columns) of a single exposure's log attenuation."""
    logs = [-np.log(exposure(n).signal_kev) for n in range(60)]
    return np.std(logs, axis=0)


@pytest.mark.parametrize("frames", [1, 4])
def test_an_unchanged_scene_subtracts_to_nothing(frames):
    """No difference on average, and the noise of picture and mask together: sqrt(2) of one for a single mask."""
    shown = monitor_with_mask(frames=frames).show(exposure(1))
    assert shown.mode == "subtraction"
    difference = (shown.grey - NONE) / GREY_PER_LOG
    assert difference.mean() == pytest.approx(0.0, abs=0.003)
    relative = np.sqrt(np.mean(difference**2) - (1.0 / 12.0) / GREY_PER_LOG**2)
    expected = np.sqrt(1.0 + 1.0 / frames) * np.sqrt(np.mean(single_frame_noise() ** 2))
    assert relative == pytest.approx(expected, rel=0.04)


@pytest.mark.parametrize("invert", [False, True])
def test_beyond_an_iris_it_is_black(invert):
    """There both pictures are dark, and their difference nothing; it is not shown as light grey."""
    r, c = np.ogrid[: SHAPE[0], : SHAPE[1]]
    iris = (r - 64) ** 2 + (c - 72) ** 2 < 50**2
    monitor = Monitor(RAW)
    monitor.show(exposure(1, inside=iris))
    monitor.use_mask()
    monitor.settings = replace(SUBTRACTED, invert=invert)
    shown = monitor.show(exposure(2, inside=iris))
    assert shown.mode == "subtraction"
    assert not shown.grey[~iris].any()
    assert shown.grey[iris].min() > 50


def test_what_is_new_shows_with_its_own_contrast():
    """A needle of known attenuation against its mask, bone or no bone behind it."""
    monitor = monitor_with_mask(frames=4)
    shown = monitor.show(exposure(None, needle(log=0.5))).grey
    assert (NONE - shown[NEEDLE].mean()) / GREY_PER_LOG == pytest.approx(0.5, rel=0.03)
    assert np.abs(shown[ELSEWHERE].astype(float).mean() - NONE) < 1.0


def test_the_subtraction_has_a_window_of_its_own():
    """It obeys subtraction_window, not the picture's window."""
    monitor = monitor_with_mask()
    shown = monitor.show(exposure(1)).grey.astype(float)
    monitor.settings = replace(SUBTRACTED, window_factor=0.3, level_shift=0.5)
    np.testing.assert_array_equal(monitor.redraw().grey, shown)
    monitor.settings = replace(SUBTRACTED, subtraction_window=1.0)
    assert monitor.redraw().grey.std() == pytest.approx(2.0 * shown.std(), rel=0.02)


def test_a_moved_patient_is_subtracted_with_a_moved_mask():
    """The shift that the monitor proposes takes the outlines away."""
    monitor = monitor_with_mask(frames=4)
    moved = exposure(None, np.roll(body(), (3, -2), (0, 1)) - body())
    before = monitor.show(moved).grey.astype(float)
    shift = monitor.fitting_mask_shift_px()
    np.testing.assert_allclose(shift, (3.0, -2.0), atol=0.1)
    monitor.settings = replace(SUBTRACTED, mask_shift_px=shift)
    middle = np.s_[8:-8, 8:-8]
    assert monitor.redraw().grey[middle].std() < 0.35 * before[middle].std()


def test_a_roadmap_shows_the_new_object_and_the_landmarks_as_asked():
    """Without landmarks only what is new, as in a subtraction; with them bone comes back faintly."""
    monitor = monitor_with_mask(frames=4, settings=replace(RAW, mode="roadmap", landmark=0.0))
    image = exposure(None, needle(log=0.5))
    only_new = monitor.show(image).grey.astype(float)
    assert np.abs(only_new[ELSEWHERE].mean() - NONE) < 1.0
    disc, beside = np.s_[85:95, 85:95], np.s_[85:95, 110:120]
    assert abs(only_new[disc].mean() - only_new[beside].mean()) < 3.0
    monitor.settings = replace(monitor.settings, landmark=0.5)
    with_bone = monitor.redraw().grey.astype(float)
    assert with_bone[disc].mean() < with_bone[beside].mean() - 5.0
    assert with_bone[NEEDLE].mean() < with_bone[50:58, 20:80].mean() - 40.0


def test_a_peak_roadmap_shows_the_vessel_bright_and_the_needle_dark():
    """Contrast runs through while the mask is collected; later a needle enters the vessel."""
    monitor = Monitor(RAW)
    monitor.show(exposure(0))
    monitor.begin_peak_mask()
    for n in range(12):
        monitor.show(exposure(n, needle(slice(90, 100), slice(10 * n, 10 * n + 20), 0.4)))
    monitor.end_peak_mask()
    monitor.settings = replace(RAW, mode="roadmap", landmark=0.0)
    shown = monitor.show(exposure(50, needle(slice(93, 97), slice(20, 60), 1.0))).grey.astype(float)
    background = shown[110:].mean()
    assert shown[91:99, 80:110].mean() > background + 20.0
    assert shown[94:96, 25:55].mean() < background - 20.0


def test_a_mask_of_another_view_is_not_subtracted():
    """The native picture is shown instead, and the note says why."""
    monitor = monitor_with_mask()
    shown = monitor.show(exposure(1, geometry="oblique"))
    assert shown.mode == "native"
    assert "another view" in shown.note
    assert monitor.show(exposure(2)).note == ""
    without = Monitor(SUBTRACTED).show(exposure(1))
    assert (without.mode, without.note) == ("native", "No subtraction: take a mask first.")
    with pytest.raises(ValueError, match="take one with use_mask"):
        Monitor.fitting_mask_shift_px(monitor_of_other_view())


def monitor_of_other_view() -> Monitor:
    """A monitor that has moved on since its mask was taken."""
    monitor = monitor_with_mask()
    monitor.show(exposure(1, geometry="oblique"))
    return monitor


def test_a_peak_mask_does_not_mix_views():
    """The C-arm moves while it is collected: only frames of the new view count."""
    monitor = Monitor(RAW)
    monitor.show(exposure(0))
    with pytest.raises(ValueError, match="begin_peak_mask"):
        monitor.end_peak_mask()
    monitor.begin_peak_mask()
    monitor.show(exposure(1, needle(log=2.0)))
    monitor.show(exposure(2, geometry="oblique"))
    monitor.end_peak_mask()
    monitor.settings = SUBTRACTED
    shown = monitor.show(exposure(3, geometry="oblique"))
    assert shown.mode == "subtraction"
    assert abs(shown.grey[NEEDLE].mean() - NONE) < 5.0


def test_a_stored_image_stays_as_it_was():
    """It is on the reference monitor, and neither settings nor later exposures change it."""
    monitor = Monitor()
    monitor.show(exposure(1))
    first = monitor.store()
    grey = first.grey.copy()
    monitor.settings = replace(monitor.settings, invert=True)
    monitor.show(exposure(2, needle()))
    second = monitor.store()
    assert monitor.reference is second
    assert monitor.recall(1) is first is monitor.reference
    np.testing.assert_array_equal(first.grey, grey)
    with pytest.raises(ValueError, match="no stored image 7; stored: 1, 2"):
        monitor.recall(7)


def test_a_stored_image_serves_as_mask():
    """Also when much has been shown since."""
    monitor = Monitor(RAW)
    monitor.show(exposure(1))
    kept = monitor.store()
    for n in range(3):
        monitor.show(exposure(2 + n, needle()))
    monitor.use_mask(kept)
    monitor.settings = SUBTRACTED
    shown = monitor.show(exposure(9, needle(log=0.5))).grey
    assert (NONE - shown[NEEDLE].mean()) / GREY_PER_LOG == pytest.approx(0.5, rel=0.05)


def test_the_list_of_stored_images_has_an_end():
    """The oldest go; numbers go on."""
    monitor = Monitor(RAW)
    small = np.zeros(SHAPE, dtype=bool)
    small[:20, :20] = True
    monitor.show(exposure(1, inside=small))
    for _ in range(STORED_AT_MOST + 2):
        monitor.store()
    assert len(monitor.stored) == STORED_AT_MOST
    assert monitor.stored[-1].number == STORED_AT_MOST + 2

"""Masks: laid over the picture, and collected at peak opacification."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.imaging.monitor.subtraction import PeakMask, shift_between, shifted
from tests.simulator.imaging.monitor.exposures import SHAPE, body, exposure, needle

MIDDLE = np.s_[24:-24, 24:-24]


def log_of_exposure(seed: int | None, added: np.ndarray | float = 0.0) -> np.ndarray:
    """Log attenuation of a noisy exposure."""
    image = exposure(seed, added)
    return -np.log(image.signal_kev / image.open_kev)


@pytest.mark.parametrize("shift", [(3.0, -2.0), (-0.4, 1.3), (0.0, 0.0), (7.25, 5.5)])
def test_the_shift_of_a_moved_patient_is_found(shift):
    """Within a tenth of a pixel, with noise, and with a needle that the mask does not have."""
    moved = shifted(body(), shift) + log_of_exposure(1) - body() + needle()
    np.testing.assert_allclose(shift_between(log_of_exposure(2), moved), shift, atol=0.1)


def test_a_plain_picture_has_nothing_to_go_by():
    """Without an edge no shift is found, rather than a wild one."""
    flat = np.full(SHAPE, 3.0, np.float32)
    assert shift_between(flat, flat) == (0.0, 0.0)


def test_whole_steps_move_pixels_unchanged():
    """Down and to the right is positive."""
    moved = shifted(body(), (2.0, -3.0))
    np.testing.assert_allclose(moved[MIDDLE], np.roll(body(), (2, -3), (0, 1))[MIDDLE], atol=1e-6)
    half = shifted(body(), (0.5, 0.0))
    np.testing.assert_allclose(half[MIDDLE], (0.5 * (body() + np.roll(body(), 1, 0)))[MIDDLE], atol=1e-6)


def test_the_peak_mask_keeps_what_passed_by():
    """A bolus that runs through is all there at the end, and the noise of the rest has no offset."""
    mask = PeakMask(SHAPE, "straight")
    for n in range(20):
        bolus = needle(slice(60, 68), slice(6 * n, 6 * n + 12), 0.5)
        image = exposure(n, bolus)
        mask.add(np.sqrt(image.signal_kev / image.open_kev))
    found = -2.0 * np.log(mask.root_signal()) - body()
    assert found[62:66, 20:110].mean() == pytest.approx(0.5, abs=0.03)
    assert found[110:, :].mean() == pytest.approx(0.0, abs=0.005)


def test_a_peak_mask_of_nothing_is_refused():
    """In words."""
    with pytest.raises(ValueError, match="expose first"):
        PeakMask(SHAPE, "straight").root_signal()

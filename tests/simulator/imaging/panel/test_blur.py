"""Blur: kernels that keep mean and width, shifts by parts of a pixel, windows, and what lies beyond the edge."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from simulator.imaging.panel.blur import Kernel, blurred, spreading, spreading_and_shifting

NOTHING = spreading(0.0)
VARIANCES = (0.0, 1.0 / 12.0, 0.159, 0.5, 0.766, 1.57, 4.0)
FRACTIONS = (0.0, 0.1, 0.25, 0.5, 0.7, 0.999)


def _moments(kernel: Kernel) -> tuple[float, float, float]:
    """Sum, mean displacement and variance of a kernel, from its taps as they are."""
    taps = kernel.taps.astype(float)
    moved = -(kernel.first + np.arange(len(taps)))
    mean = float(taps @ moved)
    return float(taps.sum()), mean, float(taps @ (moved - mean) ** 2)


@pytest.mark.parametrize("variance", VARIANCES)
def test_a_spreading_kernel_is_a_distribution_of_that_variance(variance):
    """Not negative, symmetric, exactly one in sum, of the wanted variance to float32."""
    kernel = spreading(variance)
    assert np.all(kernel.taps >= 0.0)
    np.testing.assert_array_equal(kernel.taps, kernel.taps[::-1])
    total, mean, spread = _moments(kernel)
    assert (total, mean) == (1.0, 0.0)
    assert spread == pytest.approx(variance, abs=2e-6)


@pytest.mark.parametrize("variance", VARIANCES)
@pytest.mark.parametrize("whole", [-3, 0, 2])
@pytest.mark.parametrize("fraction", FRACTIONS)
def test_a_shifting_kernel_moves_by_exactly_that_much(variance, whole, fraction):
    """Sum one, mean displacement the shift, variance that of the blur alone, but for the rounding of taps."""
    kernel = spreading_and_shifting(variance, whole + fraction)
    total, mean, spread = _moments(kernel)
    reach = len(kernel.taps)
    assert total == 1.0
    assert mean == pytest.approx(whole + fraction, abs=reach * 2.0**-23)
    assert spread == pytest.approx(variance, abs=reach**2 * 2.0**-23)


def test_no_shift_is_the_plain_blur():
    """The kernel of shift zero is the blurring one itself."""
    assert spreading_and_shifting(0.159, 0.0) is spreading(0.159)


@pytest.mark.parametrize("down", [0.0, 0.5, 1.3, -2.75])
@pytest.mark.parametrize("across", [0.0, 0.5, -0.2, 4.0])
@pytest.mark.parametrize(("sigma_px", "error"), [(2.0, 3e-3), (4.0, 3e-4)])
def test_a_spot_moves_as_analysis_says(down, across, sigma_px, error):
    """A Gaussian spot becomes the wider, shifted Gaussian, off by 0.3 (0.03) % of its peak at sigma 2 (4)."""
    variance = 0.159
    rows, cols = np.arange(48.0)[:, None] - 23.0, np.arange(56.0)[None, :] - 27.0

    def spot(spread: float, r0: float, c0: float) -> np.ndarray:
        return sigma_px**2 / spread * np.exp(-((rows - r0) ** 2 + (cols - c0) ** 2) / (2.0 * spread))

    kernels = (spreading_and_shifting(variance, shift) for shift in (down, across))
    moved = blurred(spot(sigma_px**2, 0.0, 0.0), *kernels)
    np.testing.assert_allclose(moved, spot(sigma_px**2 + variance, down, across), atol=2.0 * error)


@pytest.mark.parametrize("variance", [0.0, 0.159, 0.766])
def test_a_cubic_moves_exactly(variance):
    """A polynomial of the third degree, shifted and blurred, is the analytic one away from the edges."""
    x = np.arange(40.0)
    shift = 1.37
    picture = np.tile(1e-3 * (x - 20.0) ** 3 - 0.02 * x**2 + x, (3, 1))
    y = x - shift
    exact = 1e-3 * ((y - 20.0) ** 3 + 3.0 * variance * (y - 20.0)) - 0.02 * (y**2 + variance) + y
    moved = blurred(picture, NOTHING, spreading_and_shifting(variance, shift))[1]
    np.testing.assert_allclose(moved[8:-8], exact[8:-8], atol=2e-5)


@settings(deadline=None, max_examples=40)
@given(
    rows=st.integers(1, 30),
    cols=st.integers(1, 30),
    down=st.floats(0.0, 3.0),
    across=st.floats(0.0, 3.0),
    seed=st.integers(0, 99),
)
def test_blurring_keeps_the_mean_of_any_picture(rows, cols, down, across, seed):
    """Mirrored at its edges, a picture of any size keeps its mean."""
    picture = np.random.default_rng(seed).random((rows, cols)).astype(np.float32)
    result = blurred(picture, spreading(down), spreading(across))
    assert result.mean(dtype=float) == pytest.approx(picture.mean(dtype=float), rel=1e-6)


@pytest.mark.parametrize("variance", [0.159, 0.766, 4.0])
def test_the_picture_goes_on_as_its_mirror_image(variance):
    """Agrees with SciPy's correlation under half-sample reflection, axis by axis."""
    picture = np.random.default_rng(3).random((9, 13))
    taps = spreading(variance).taps.astype(float)
    expected = ndimage.correlate1d(ndimage.correlate1d(picture, taps, 0, mode="reflect"), taps, 1, mode="reflect")
    np.testing.assert_allclose(blurred(picture, spreading(variance), spreading(variance)), expected, rtol=1e-5)


@pytest.mark.parametrize("shift", [0.4, 2.5, -3.2, 40.0, -40.0])
def test_a_shifted_picture_goes_on_as_its_outermost_pixels(shift):
    """A flat picture stays flat; what enters from beyond an edge is that edge, at any distance."""
    ramp = np.tile(np.arange(12.0, dtype=np.float32)[:, None], (1, 5))
    moved = blurred(ramp, spreading_and_shifting(0.159, shift), NOTHING)[:, 2]
    edge = moved[0] if shift > 0.0 else moved[-1]
    assert edge == pytest.approx(0.0 if shift > 0.0 else 11.0, abs=0.25)
    assert np.all(np.diff(moved) > -0.02)
    flat = np.full((12, 5), 7.0, dtype=np.float32)
    np.testing.assert_allclose(blurred(flat, spreading_and_shifting(0.159, shift), NOTHING), 7.0, rtol=1e-6)


@pytest.mark.parametrize(("variance", "dip"), [(1.0 / 12.0, 0.037), (0.159, 0.0165), (0.766, 0.003)])
def test_the_dip_beside_a_step_is_as_stated(variance, dip):
    """Over all fractions of a pixel, a shifted unit step leaves 0 to 1 by no more than stated."""
    step = np.zeros((1, 40), dtype=np.float32)
    step[:, 20:] = 1.0
    for fraction in np.linspace(0.05, 0.95, 19):
        moved = blurred(step, NOTHING, spreading_and_shifting(variance, float(fraction)))
        assert -dip <= moved.min()
        assert moved.max() <= 1.0 + dip


@pytest.mark.parametrize(
    "window",
    [
        (slice(0, 20), slice(0, 9)),
        (slice(40, 61), slice(33, 70)),
        (slice(3, 4), slice(69, 70)),
        (slice(None), slice(10, 12)),
    ],
)
@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.4, -2.7), (0.5, 0.0)])
@pytest.mark.parametrize("variance", [0.159, 1.57])
def test_a_window_is_that_part_of_the_whole_bit_for_bit(window, shift, variance):
    """Blurring and shifting a window gives exactly what the whole picture has there, at corners as well."""
    picture = np.random.default_rng(8).random((61, 70)).astype(np.float32)
    down, across = (spreading_and_shifting(variance, s) for s in shift)
    whole = blurred(picture, down, across)
    np.testing.assert_array_equal(blurred(picture, down, across, window=window), whole[window])


def test_pictures_are_left_alone_and_results_belong_to_the_caller():
    """The input is unchanged, and a later blur does not change an earlier result, nor what was given for out."""
    picture = np.random.default_rng(1).random((20, 24)).astype(np.float32)
    kept = picture.copy()
    kernel = spreading_and_shifting(0.3, 0.6)
    first = blurred(picture, kernel, kernel)
    copy = first.copy()
    room = np.empty_like(picture)
    assert blurred(picture, kernel, kernel, out=room) is room
    blurred(picture[::-1], kernel, kernel)
    np.testing.assert_array_equal(picture, kept)
    np.testing.assert_array_equal(first, copy)
    np.testing.assert_array_equal(room, copy)


def test_threads_do_not_disturb_each_other():
    """Four threads that blur at once get what each would get alone."""
    kernel = spreading_and_shifting(0.766, 0.4)
    pictures = [np.random.default_rng(i).random((200, 220)).astype(np.float32) for i in range(4)]
    alone = [blurred(p, kernel, kernel) for p in pictures]
    wrong = []

    def work(i: int) -> None:
        wrong.extend(i for _ in range(20) if not np.array_equal(blurred(pictures[i], kernel, kernel), alone[i]))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda p: blurred(p, NOTHING, spreading(-0.1)), "negative variance"),
        (lambda p: blurred(p[0], NOTHING, NOTHING), "rows and columns"),
        (lambda p: blurred(p[:0], NOTHING, NOTHING), "rows and columns"),
        (lambda p: blurred(p, NOTHING, NOTHING, out=p), "apart from the picture"),
        (lambda p: blurred(p, NOTHING, NOTHING, out=np.empty((8, 8))), "float32 array of shape"),
        (lambda p: blurred(p, NOTHING, NOTHING, window=(slice(0, 8, 2), slice(0, 8))), "slice of step 1"),
        (lambda p: blurred(p, NOTHING, NOTHING, window=(slice(9, 12), slice(0, 8))), "holds pixels"),
    ],
)
def test_mistakes_are_named(call, says):
    """Each impossible argument raises a ValueError that says which."""
    with pytest.raises(ValueError, match=says):
        call(np.ones((8, 8), dtype=np.float32))

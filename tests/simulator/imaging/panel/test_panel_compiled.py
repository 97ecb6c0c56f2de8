"""The panel's compiled lines are twins of the NumPy ones: the same picture from the same bits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simulator.imaging.panel import blur, lag, quanta
from simulator.imaging.panel.detector import aperture_blurred, captured, panel_at, scintillator_blurred

pytestmark = pytest.mark.skipif(not blur.COMPILED, reason="numba does not import here")

Picture = np.ndarray


def both(monkeypatch: pytest.MonkeyPatch, work: Callable[[], Picture]) -> tuple[Picture, Picture]:
    """The result of the compiled lines and that of the NumPy ones."""
    compiled = work()
    for module in (blur, quanta, lag):
        monkeypatch.setattr(module, "COMPILED", False)
    return compiled, work()


def bands(shape: tuple[int, int] = (70, 90), seed: int = 1) -> Picture:
    """keV a pixel: rows of nothing, of few quanta, about the change of method, and of many."""
    level = np.repeat([0.0, 20.0, 480.0, 520.0, 3000.0, 90_000.0], -(-shape[0] // 6))[: shape[0], None]
    return (level * np.random.default_rng(seed).uniform(0.7, 1.3, shape)).astype(np.float32)


@pytest.mark.parametrize("pixel_mm", [0.194, 0.388, 0.582])
@pytest.mark.parametrize("shift_px", [(0.0, 0.0), (0.0, 2.0), (1.3, -0.4), (-11.2, 7.9)])
def test_aperture_and_breath(monkeypatch, pixel_mm, shift_px):
    """Bit by bit, for narrow kernels and wide, with a shift and without, at all edges."""
    one, other = both(
        monkeypatch,
        lambda: aperture_blurred(bands(), panel_at(pixel_mm), focal_width_mm=0.555, shift_px=shift_px),
    )
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("pixel_mm", [0.194, 0.388, 0.582])
@pytest.mark.parametrize("shape", [(70, 90), (7, 5), (1, 1)])
def test_light(monkeypatch, pixel_mm, shape):
    """Bit by bit, also for pictures smaller than the kernel."""
    one, other = both(monkeypatch, lambda: scintillator_blurred(bands(shape), panel_at(pixel_mm)))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("shape", "factor"), [((70, 90), 1.0), ((70, 90), 0.01), ((70, 90), 30.0), ((3, 1000), 1.0)]
)
def test_noise(monkeypatch, shape, factor):
    """Bit by bit, of few quanta and many, and the generator is left where the other leaves it."""

    def noisy() -> Picture:
        rng = np.random.default_rng(5)
        picture = captured(np.float32(factor) * bands(shape), 50.0, panel_at(0.582), rng)
        return np.append(picture.ravel(), np.float32(rng.random()))

    one, other = both(monkeypatch, noisy)
    np.testing.assert_array_equal(one, other)


def test_every_count_of_the_poisson_table(monkeypatch):
    """All 65536 cells of rows across the table: the step to a count is the table's count."""
    cells = np.arange(1 << 16, dtype=np.uint64).astype(np.uint16).reshape(1, -1)
    monkeypatch.setattr(quanta, "_random_bits", lambda n, _rng: cells.ravel()[:n])
    for mean in (0.01, 0.3, 1.0, 2.7, 6.0, 9.99):
        one, other = both(
            monkeypatch,
            lambda mean=mean: quanta.with_quantum_noise(
                np.full(cells.shape, mean, np.float32), 1.0, np.random.default_rng(0)
            ),
        )
        np.testing.assert_array_equal(one, other)
        monkeypatch.setattr(quanta, "COMPILED", True)


@pytest.mark.parametrize("seconds", [1.0 / 60.0, 1.0 / 7.5])
def test_lag(monkeypatch, seconds):
    """What is seen and what is caught, bit by bit."""
    trap = lag.Trap(np.stack([0.1 * bands(seed=2), 0.05 * bands(seed=3)]))

    def read() -> Picture:
        seen, after = lag.lagged(bands(), trap, seconds)
        return np.concatenate([seen[None], after.charge_kev])

    one, other = both(monkeypatch, read)
    np.testing.assert_array_equal(one, other)

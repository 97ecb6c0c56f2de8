"""The monitor's compiled lines are twins of the NumPy ones: the same grey, to the rounding of a tone."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from simulator.imaging.monitor import box_mean, display, temporal
from simulator.imaging.monitor.box_mean import BoxMean
from simulator.imaging.monitor.monitor import Monitor
from simulator.imaging.monitor.monitor_settings import MonitorSettings
from simulator.imaging.monitor.temporal import RecursiveFilter
from tests.simulator.imaging.monitor.exposures import FULL, exposure, needle

pytestmark = pytest.mark.skipif(not display.COMPILED, reason="numba does not import here")

BLADES = np.zeros_like(FULL)
BLADES[10:-20, 15:-9] = True


@pytest.fixture
def in_numpy(monkeypatch):
    """Asked to, all of the monitor works without numba."""

    def switch() -> None:
        for module in (box_mean, display, temporal):
            monkeypatch.setattr(module, "COMPILED", False)

    return switch


@pytest.mark.parametrize("size", [1, 3, 5, 15])
def test_box_means(in_numpy, size):
    """Within the rounding of as many terms."""
    picture = np.random.default_rng(1).random((40, 57), dtype=np.float32)
    one = BoxMean((40, 57), size)(picture).copy()
    in_numpy()
    np.testing.assert_allclose(one, BoxMean((40, 57), size)(picture), atol=1e-6)


@pytest.mark.parametrize("motion_detection", [True, False])
def test_the_filter_follows_alike(in_numpy, motion_detection):
    """Six noisy frames, in the fourth of which a part moves: the same within 1e-5 of the noise-free value."""

    def run() -> np.ndarray:
        followed = RecursiveFilter(np.ones((64, 80), bool))
        rng = np.random.default_rng(2)
        for n in range(6):
            frame = 1.0 + 0.02 * rng.standard_normal((64, 80), dtype=np.float32)
            frame[20:40, 30:50] += 0.3 if n > 2 else 0.0
            out = followed(frame, 0.25, motion_detection=motion_detection)
        return out.copy()

    one = run()
    in_numpy()
    np.testing.assert_allclose(one, run(), atol=1e-5)


@pytest.mark.parametrize("inside", [FULL, BLADES], ids=["open", "collimated"])
@pytest.mark.parametrize(
    "settings",
    [
        MonitorSettings(),
        MonitorSettings(filter_k=0.1, enhancement=2.0, window_factor=0.3),
        MonitorSettings(enhancement=0.0, invert=True),
        MonitorSettings(mode="roadmap"),
    ],
    ids=["as found", "strong", "inverted", "roadmap"],
)
def test_a_monitor_shows_the_same(in_numpy, inside, settings):
    """A run with a needle that comes: no pixel differs by more than a grey level, hardly any at all."""

    def run() -> np.ndarray:
        shown = Monitor(replace(settings, mode="native"))
        greys = []
        for seed in range(5):
            image = replace(exposure(seed, needle() if seed > 2 else 0.0), inside=inside)
            greys.append(shown.show(image).grey.astype(int))
            if seed == 2 and settings.mode != "native":
                shown.use_mask()
                shown.settings = settings
        return np.array([*greys, shown.hold().grey.astype(int)])

    one = run()
    in_numpy()
    other = run()
    assert np.abs(one - other).max() <= 1
    assert (one != other).mean() < 1e-3
    assert not one[:, ~inside].any()


def test_a_picture_is_drawn_without_numba():
    """Where numba cannot be imported, panel and monitor work all the same, and by the same bits."""
    program = (
        "import sys; {}\n"
        "import numpy as np\n"
        "from simulator.imaging.panel.detector import aperture_blurred, captured, panel_at\n"
        "from simulator.imaging.panel.lag import empty_trap, lagged\n"
        "panel, rng = panel_at(0.582), np.random.default_rng(1)\n"
        "arriving = np.linspace(0.0, 9000.0, 6400, dtype=np.float32).reshape(80, 80)\n"
        "arriving = aperture_blurred(arriving, panel, focal_width_mm=0.5, shift_px=(0.3, -1.2))\n"
        "seen, _ = lagged(captured(arriving, 50.0, panel, rng), empty_trap((80, 80)), 0.1)\n"
        "from simulator.imaging.monitor.box_mean import COMPILED\n"
        "print(COMPILED, repr(seen.sum(dtype=float)))"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", program.format(first)], capture_output=True, text=True, check=True
        ).stdout.split()
        for first in ("pass", "sys.modules['numba'] = None")
    ]
    assert [compiled for compiled, _ in told] == ["True", "False"]
    assert told[0][1] == told[1][1]

"""Pictures on the screen's own pixels: pure places, and what a window shows at other scales of the screen."""

from __future__ import annotations

import math
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.app.procedure.sharp import place

SIZES = st.floats(120.0, 3000.0)


@given(st.tuples(SIZES, SIZES), st.sampled_from([1.0, 1.25, 1.5, 1.75, 2.0, 3.0]), st.booleans())
def test_the_picture_stays_on_its_monitor_between_its_gutters(
    size: tuple[float, float], ratio: float, whole: bool
) -> None:
    stands = place((11.0, 7.0), size, 30.0, ratio, 512, whole=whole)
    room = min(size[0], size[1] - 60.0) * ratio
    assert stands.side <= room + 1e-3
    assert stands.left >= math.floor(11.0 * ratio)
    assert stands.left + stands.side <= math.ceil((11.0 + size[0]) * ratio) + 1
    assert stands.top >= (7.0 + 30.0) * ratio - 1.0
    assert stands.sharp == (stands.side % 512 == 0)
    assert stands.sharp or not whole or room < 512.0
    assert whole or stands.side == math.floor(room + 1e-6)


SHOWS = """
import sys, numpy as np
from PySide6 import QtCore, QtGui, QtWidgets
from simulator.app.procedure.monitor_view import MonitorView
ratio, whole, times = float(sys.argv[1]), sys.argv[2] == "whole", int(sys.argv[3])
app = QtWidgets.QApplication([])
window = QtWidgets.QWidget()
layout = QtWidgets.QHBoxLayout(window)
layout.setContentsMargins(7, 7, 7, 7)
view = MonitorView()
view.setMinimumSize(100, 100)
layout.addWidget(view)
view.set_whole_pixels(whole)
side = 512 * times / ratio
window.resize(round(side) + (40 if whole else 15), round(side) + 2 * view.gutter_px + (40 if whole else 15))
grey = np.random.default_rng(1).integers(0, 256, (512, 512), dtype=np.uint8)
view.show_picture(grey)
window.show()
for _ in range(5):
    app.processEvents()
assert view.devicePixelRatioF() == ratio, view.devicePixelRatioF()
image = window.grab().toImage().convertToFormat(QtGui.QImage.Format.Format_Grayscale8)
shown = np.array(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())[:, : image.width()]
stands = view._sharp()
assert stands.side == 512 * times, stands
cut = shown[stands.top : stands.top + stands.side, stands.left : stands.left + stands.side]
wanted = np.kron(grey, np.ones((times, times), np.uint8))
inner = np.s_[30 * times : 220 * times, 30 * times : 220 * times]  # no letters there
assert np.array_equal(cut[inner], wanted[inner]), int(np.abs(cut[inner].astype(int) - wanted[inner]).max())
"""


@pytest.mark.parametrize(("ratio", "whole", "times"), [(1.5, "whole", 1), (2.0, "whole", 2)])
def test_every_pixel_is_shown_as_it_is(ratio: float, whole: str, times: int) -> None:
    """In a process of its own, because the scale of the screen is chosen when Qt starts."""
    surroundings = os.environ | {"QT_SCALE_FACTOR": f"{ratio:g}", "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", SHOWS, f"{ratio:g}", whole, str(times)],
        env=surroundings, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

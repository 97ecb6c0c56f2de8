"""Whether this computer can draw 3D off screen. Who tries without OpenGL dies: another process does."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

PATIENCE_S = 120.0
_TRY = """
import pyvista
plotter = pyvista.Plotter(off_screen=True, window_size=[32, 32])
plotter.add_mesh(pyvista.Sphere())
image = plotter.screenshot(return_img=True)
raise SystemExit(0 if image.shape[:2] == (32, 32) and image.std() > 0 else 1)
"""


@cache
def can_draw() -> bool:
    """Whether a picture came out; takes some seconds the first time."""
    try:
        done = subprocess.run([sys.executable, "-c", _TRY], capture_output=True, timeout=PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0

"""Whether this computer can draw 3D off screen. Who tries without OpenGL dies: another process does."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

PATIENCE_S = 120.0
LONGEST = 200
"""Characters of a reason."""
_TRY = """
import pyvista
plotter = pyvista.Plotter(off_screen=True, window_size=[32, 32])
plotter.add_mesh(pyvista.Sphere())
image = plotter.screenshot(return_img=True)
raise SystemExit(0 if image.shape[:2] == (32, 32) and image.std() > 0 else 1)
"""


def can_draw() -> bool:
    """Whether a picture came out; takes some seconds the first time."""
    return why_not() == ""


def cause(error: Exception) -> str:
    """An error in a line that can be shown."""
    return f"{type(error).__name__}: {error}".splitlines()[0][:LONGEST]


@cache
def why_not() -> str:
    """What went wrong, "" where a picture came out."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _TRY], capture_output=True, timeout=PATIENCE_S, check=False, text=True,
            errors="replace",
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"no picture within {PATIENCE_S:g} s"
    except OSError as error:
        return error.strerror or str(error)
    if done.returncode == 0:
        return ""
    if done.returncode < 0:
        return f"the attempt ended with signal {-done.returncode}"
    last = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "the picture was empty")
    return last.strip()[:LONGEST]

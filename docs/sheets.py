"""Live pictures of a state, and captioned sheets of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from simulator.engine.case import Case
from simulator.engine.screens import Screens
from simulator.engine.state import State
from simulator.imaging.carm import Table

Grey = NDArray[np.uint8]

GAP = 6
PULSES = 6
"""Pulses shown one after the other, at 15 a second: what the eye sees of a live picture."""


def sheet(rows: Sequence[Sequence[tuple[str, Grey]]]) -> Image.Image:
    """Captioned pictures of equal size in rows, with thin dark gaps."""
    height, width = rows[0][0][1].shape
    whole = Image.new("L", (len(rows[0]) * (width + GAP) - GAP, len(rows) * (height + GAP) - GAP), 32)
    draw = ImageDraw.Draw(whole)
    for r, row in enumerate(rows):
        for c, (caption, picture) in enumerate(row):
            x, y = c * (width + GAP), r * (height + GAP)
            whole.paste(Image.fromarray(picture), (x, y))
            draw.text((x + 8, y + 6), caption, fill=255, stroke_width=2, stroke_fill=0, font_size=17)
    return whole


def live(case: Case, state: State, *, plane: int = 0) -> Grey:
    """A state as the live picture of a plane shows it after a few pulses."""
    screens = Screens(case)
    for pulse in range(PULSES):
        now = replace(state, tick=state.tick + 4 * pulse)
        shown = screens.show(now, now.planes[plane])
    return shown.grey


def turned(state: State, orbital_deg: float, angulation_deg: float = 0.0, *, along_mm: float = 0.0) -> State:
    """The state with plane A at gantry angles, open blades, and the table along_mm towards the feet."""
    first = state.planes[0]
    pose = replace(
        first.pose, orbital_deg=orbital_deg, angulation_deg=angulation_deg, field_mm=(298.0, 298.0), iris_mm=None
    )
    shift = (0.0, -along_mm, -8.0)
    planes = (replace(first, pose=pose, technique=None), *state.planes[1:])
    return replace(state, planes=planes, table=Table(shift, shift))

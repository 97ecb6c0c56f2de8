"""Needles that are not straight: pieces of straight tube along their middle, with the usual point and hub.

Pieces meet at angles of a degree or so: what gapes on one side of a joint and overlaps on the other is less than
a tenth of a millimetre of steel, at one place.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import numpy as np

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.tissue import STEEL
from simulator.imaging.solids import instruments
from simulator.imaging.solids.instruments import Gauge, Pose, Solids, Tip
from simulator.imaging.solids.solids import Solid, tube


def bent_needle(
    middle_mm: FloatArray, facing: FloatArray, gauge: Gauge, point_kind: Tip, *, stylet: bool, length_mm: float
) -> Solids:
    """A cannula with stylet, or open, along points (n, 3) of its middle from the hub to the tip.

    facing (3,): where the bevel faces; length_mm: from hub to tip along the middle. The last piece must be longer
    than the ground point. Raises ValueError for fewer than three points, which are a straight needle.
    """
    ends, behind = _ends(middle_mm, facing, length_mm)
    hub = middle_mm[0] - 12.0 * np.array(behind.axis)
    points = np.vstack([hub, middle_mm[:-1]])
    handle = instruments.handles(behind, gauge, length_mm, stylet=stylet)
    outer, inner = instruments.radii_mm(gauge)
    pieces: list[Solid] = []
    if not stylet:
        for start, end in _pairs(np.vstack([points, middle_mm[-1:]])):
            pieces.append(tube(STEEL, start, end, outer, inner))
        return *pieces, *handle
    tip, ground = instruments.ground_point(ends, gauge, point_kind)
    for start, end in _pairs(np.vstack([points, ends.at(ground)])):
        pieces += instruments.sheath_and_stylet(start, end, gauge)
    return *pieces, *tip, *handle


def bent_fine_needle(
    middle_mm: FloatArray, facing: FloatArray, gauge: Literal[22, 25], *, length_mm: float
) -> Solids:
    """A thin needle along points (n, 3) of its middle from the hub to the tip. Otherwise as ``bent_needle``."""
    ends, behind = _ends(middle_mm, facing, length_mm)
    outer, inner = instruments.radii_mm(gauge)
    points = np.vstack([middle_mm[0] - 6.0 * np.array(behind.axis), middle_mm[:-1]])
    last = float(np.linalg.norm(middle_mm[-1] - middle_mm[-2]))
    return (
        *(tube(STEEL, start, end, outer, inner) for start, end in _pairs(points)),
        instruments.fine_point(ends, gauge, last),
        *instruments.fine_hub(behind, gauge, length_mm),
    )


def _pairs(points_mm: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
    return list(pairwise(points_mm))


def _ends(middle_mm: FloatArray, facing: FloatArray, length_mm: float) -> tuple[Pose, Pose]:
    """The pose of the tip, and that which a straight needle would have at the hub."""
    if len(middle_mm) < 3:
        raise ValueError("a bent needle has three points at least; draw a straight one instead")
    way = frames.unit(middle_mm[1] - middle_mm[0])
    return (
        instruments.pose(middle_mm[-1], middle_mm[-1] - middle_mm[-2], facing),
        instruments.pose(middle_mm[0] + length_mm * way, way, facing),
    )

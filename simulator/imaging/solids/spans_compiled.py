"""Rows and columns that the outline of a body can touch, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from anatomy.as_compiled import compiled
from simulator.imaging.solids.shadows_numpy import NEAREST_MM, SUBPIXELS

REACH = 0.5 - 0.5 / SUBPIXELS
"""Of the outermost ray of a pixel from its middle."""


@compiled
def spans(corners: Any, beam: Any, scale: Any, rows: Any, columns: Any) -> Any:
    """First row, and for each row from it on the first column and that after the last that the outline touches.

    The outline is a box or a prism: its silhouette is made of its edges.
    """
    count, reach = corners.shape[0], REACH
    r, c = np.empty(count), np.empty(count)
    behind = 0
    for i in range(count):
        x, y, z = corners[i]
        across, down, depth = (
            beam[0, 0] * x + beam[0, 1] * y + beam[0, 2] * z + beam[0, 3],
            beam[1, 0] * x + beam[1, 1] * y + beam[1, 2] * z + beam[1, 3],
            beam[2, 0] * x + beam[2, 1] * y + beam[2, 2] * z + beam[2, 3],
        )
        if depth < NEAREST_MM:
            behind += 1
            depth = NEAREST_MM
        r[i] = 0.5 * (rows - 1) + scale * down / depth
        c[i] = 0.5 * (columns - 1) - scale * across / depth
    if behind == count:
        return 0, np.zeros(0, np.int64), np.zeros(0, np.int64)
    if behind > 0:  # around the source: anywhere
        return 0, np.zeros(rows, np.int64), np.full(rows, columns)
    top = int(min(max(np.ceil(r.min() - reach), 0.0), rows))
    stop = int(max(min(np.floor(r.max() + reach) + 1.0, rows), top))
    least, most = np.full(stop - top, np.inf), np.full(stop - top, -np.inf)
    half = count // 2
    for i in range(count):
        if count == 8:
            for bit in (1, 2, 4):
                if i & bit == 0:
                    _along_edge(r[i], c[i], r[i | bit], c[i | bit], top, reach, least, most)
        else:
            other = (i + 1) % half + (half if i >= half else 0)
            _along_edge(r[i], c[i], r[other], c[other], top, reach, least, most)
            if i < half:
                _along_edge(r[i], c[i], r[i + half], c[i + half], top, reach, least, most)
    first, past = np.zeros(stop - top, np.int64), np.zeros(stop - top, np.int64)
    for i in range(stop - top):
        if most[i] >= least[i]:
            first[i] = int(np.ceil(min(max(least[i] - reach, 0.0), columns)))
            past[i] = max(int(np.floor(min(max(most[i] + reach + 1.0, 0.0), columns))), first[i])
    return top, first, past


@compiled
def _along_edge(r0: Any, c0: Any, r1: Any, c1: Any, top: Any, reach: Any, least: Any, most: Any) -> None:
    """Widen the spans of rows by an edge: each row takes what passes within reach of it."""
    if r1 < r0:
        r0, c0, r1, c1 = r1, c1, r0, c0
    slope = (c1 - c0) / (r1 - r0) if r1 > r0 else 0.0
    begin = max(int(np.ceil(max(r0 - reach, 0.0))) - top, 0)
    end = min(int(np.floor(min(r1 + reach, top + len(least)))) - top + 1, len(least))
    for i in range(begin, end):
        if r1 - r0 < 1e-9:
            one, other = c0, c1
        else:
            one = c0 + slope * (max(top + i - reach, r0) - r0)
            other = c0 + slope * (min(top + i + reach, r1) - r0)
        least[i] = min(least[i], one, other)
        most[i] = max(most[i], one, other)

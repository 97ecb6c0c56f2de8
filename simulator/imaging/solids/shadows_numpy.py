"""Shadows in NumPy: the reference for ``shadows_compiled``.

The shadow of a convex body is convex. Points around the body are projected, their hull is cut into one span of
columns a row, and only rays of these spans are computed: a long oblique needle costs its own pixels, not its
bounding box. A pixel is the mean of SUBPIXELS x SUBPIXELS rays, so that thin needles have smooth edges. What
covers much of the picture (a table, a hand) is first seen through pixel centres and refined only where it bends:
at its outlines and folds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.tissue import Material
from simulator.imaging.solids.solids import Solid
from simulator.imaging.view import View

Pixels = NDArray[np.intp]
Picture = NDArray[np.float32]
Rays = NDArray[np.float32]
Border = tuple[tuple[float, ...], tuple[float, ...]]

SUBPIXELS = 2
LARGE, FILLED = 1500, 0.3
"""A shadow of so many pixels is refined only where it bends, if it fills at least this share of its window."""
COARSE = 4
"""Pixels between nodes in windows of at least _WIDE pixels."""
BEND = 0.02
"""How far, as a share of the longest path, a pixel may lie off the mean of its neighbours without refinement."""
NEAREST_MM = 1e-3
"""What is nearer to the source, along the beam, is cut off."""
_WIDE = 128
_BLOCK = 8192  # rays computed together: their distances fit the first-level caches


@dataclass(frozen=True, eq=False)
class Shadow:
    """The pixels that a solid darkens: flat indices (n,), ascending, into (rows, columns); its path (n,), mm."""

    material: Material
    pixels: Pixels
    path_mm: Picture


def shadow(solid: Solid, view: View) -> Shadow:
    """The shadow of a solid: see ``shadows.shadow``."""
    first, last, top = _spans(solid, view)
    widths = np.maximum(last - first, 0)
    total = int(widths.sum())
    if total >= LARGE:
        left, right = int(first.min()), int(last.max())
        if total >= FILLED * len(widths) * (right - left):
            pixels, path = _large(solid, view, (top, top + len(widths)), (left, right))
            return Shadow(solid.material, pixels, path)
    rows = np.repeat(np.arange(top, top + len(widths)), widths)
    columns = np.arange(total) - np.repeat(np.cumsum(widths) - widths - first, widths)
    path = _mean_path_mm(solid, view, rows, columns)
    touched = path > 0.0
    return Shadow(solid.material, (rows * view.shape[1] + columns)[touched], path[touched])


def _spans(solid: Solid, view: View) -> tuple[Pixels, Pixels, int]:
    """First column and column after the last (rows,) that the body can touch, and the first of these rows.

    Left and right border of the hull are convex functions of the row: over a strip of rows each is extreme where
    the strip comes nearest to its own extreme.
    """
    rows, columns = view.shape
    corners = _projected(solid.body.outline_mm(), view)
    if len(corners) == 0:
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp), 0
    left, right = _borders(corners)
    reach = 0.5 - 0.5 / SUBPIXELS  # of the outermost ray from the middle of its pixel
    top = max(ceil(left[0][0] - reach), 0)
    row = np.arange(top, min(floor(left[0][-1] + reach) + 1, rows), dtype=float)
    least, most = (
        np.interp(np.clip(turn, row - reach, row + reach), at, border)
        for (at, border), turn in (
            (left, left[0][int(np.argmin(left[1]))]),
            (right, right[0][int(np.argmax(right[1]))]),
        )
    )
    first = np.ceil(np.clip(least - reach, 0.0, columns)).astype(np.intp)
    last = np.floor(np.clip(most + (reach + 1.0), 0.0, columns)).astype(np.intp)
    return first, last, top


def _projected(points_mm: FloatArray, view: View) -> FloatArray:
    """Row and column (n, 2) of the corners of a convex body (m, 3), cut off just in front of the source."""
    beam = frames.apply(view.beam_from_patient, points_mm)
    behind = beam[:, 2] < NEAREST_MM
    if behind.any():
        back, front = beam[behind], beam[~behind]
        share = (NEAREST_MM - back[:, None, 2:]) / (front[None, :, 2:] - back[:, None, 2:])
        cut = back[:, None, :] + share * (front[None, :, :] - back[:, None, :])
        beam = np.concatenate([front, cut.reshape(-1, 3)])
    scale = view.source_to_detector_mm / (view.pixel_mm * beam[:, 2])
    rows, columns = view.shape
    return np.column_stack([0.5 * (rows - 1) + beam[:, 1] * scale, 0.5 * (columns - 1) - beam[:, 0] * scale])


def _borders(points: FloatArray) -> tuple[Border, Border]:
    """Left and right border of the convex hull of points (n, 2): ascending rows, and columns (Andrew's chains)."""
    ordered = sorted(map(tuple, points.tolist()))
    left, right = _chain(ordered), _chain(ordered[::-1])[::-1]
    if len(left) > 1 and left[-1][0] == left[-2][0]:
        left.pop()  # the left end of a level last side
    if len(right) > 1 and right[0][0] == right[1][0]:
        del right[0]  # the right end of a level first side
    return _border(left), _border(right)


def _border(chain: list[tuple[float, ...]]) -> Border:
    rows, columns = zip(*chain, strict=True)
    return rows, columns


def _chain(ordered: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """Half of a convex hull: the corners that are met while turning one way only."""
    chain: list[tuple[float, ...]] = []
    for r, c in ordered:
        while len(chain) > 1:
            (r1, c1), (r0, c0) = chain[-1], chain[-2]
            if (r1 - r0) * (c - c0) > (c1 - c0) * (r - r0):
                break
            chain.pop()
        chain.append((r, c))
    return chain


@lru_cache(maxsize=8)
def _source_and_rays(view: View) -> tuple[FloatArray, Rays]:
    return view.source_patient_mm, view.ray_matrix_patient().astype(np.float32)


def _mean_path_mm(solid: Solid, view: View, rows: Pixels, columns: Pixels) -> Picture:
    """Path (n,), mm, of pixels: the mean over their SUBPIXELS x SUBPIXELS rays."""
    matrix = _source_and_rays(view)[1]
    steps = ((np.arange(SUBPIXELS) + 0.5) / SUBPIXELS - 0.5).astype(np.float32)
    offsets = (matrix[:, 0, None, None] * steps[:, None] + matrix[:, 1, None, None] * steps).reshape(3, -1, 1)
    path = np.empty(len(rows), dtype=np.float32)
    block = _BLOCK // SUBPIXELS**2
    for start in range(0, len(rows), block):
        part = slice(start, start + block)
        rays = _rays(matrix, rows[part], columns[part])[:, None, :] + offsets
        path[part] = _path_mm(solid, view, rays).sum(axis=0)
    path *= np.float32(1.0 / SUBPIXELS**2)
    return path


def _large(solid: Solid, view: View, rows: tuple[int, int], columns: tuple[int, int]) -> tuple[Pixels, Picture]:
    """Pixels and path of a window (start, stop): linear between nodes, the mean of several rays where it bends.

    Nodes lie one pixel apart, of whole bodies in wide windows COARSE; one more all round is asked as neighbour.
    """
    wide = min(rows[1] - rows[0], columns[1] - columns[0]) >= _WIDE
    stride = COARSE if wide and not solid.without else 1  # thin walls would slip between nodes
    down, across = (np.arange(start - stride, stop + 2 * stride, stride) for start, stop in (rows, columns))
    nodes = np.empty((len(down), len(across)), dtype=np.float32)
    matrix, block = _source_and_rays(view)[1], max(_BLOCK // len(across), 1)
    for start in range(0, len(down), block):
        part = slice(start, start + block)
        nodes[part] = _path_mm(solid, view, _rays(matrix, down[part, None], across))
    size = rows[1] - rows[0], columns[1] - columns[0]
    path, bends = _linear(nodes, stride)[: size[0], : size[1]], _bending(nodes, stride)[: size[0], : size[1]]
    r, c = np.nonzero(bends)
    path[r, c] = _mean_path_mm(solid, view, r + rows[0], c + columns[0])
    pixels = np.arange(*rows)[:, None] * view.shape[1] + np.arange(*columns)
    inside = path > 0.0
    return (pixels.ravel(), path.ravel()) if inside.all() else (pixels[inside], path[inside])


def _linear(nodes: Picture, stride: int) -> Picture:
    """Values between nodes, without their outer ring, stride times as many along both axes."""
    share = (np.arange(stride) / stride).astype(np.float32)
    down = nodes[1:-2, None] + share[:, None] * (nodes[2:-1] - nodes[1:-2])[:, None]
    down = down.reshape(-1, nodes.shape[1])
    across = down[:, 1:-2, None] + share * (down[:, 2:-1] - down[:, 1:-2])[..., None]
    return across.reshape(len(down), -1)


def _bending(nodes: Picture, stride: int) -> NDArray[np.bool_]:
    """Of the same pixels, those between nodes where one lies off the mean of its neighbours."""
    most, twice = np.float32(2.0 * BEND) * nodes.max(), 2.0 * nodes[1:-1, 1:-1]
    off = np.abs(nodes[:-2, 1:-1] + nodes[2:, 1:-1] - twice) > most
    off |= np.abs(nodes[1:-1, :-2] + nodes[1:-1, 2:] - twice) > most
    cells = off[:-1, :-1] | off[1:, :-1] | off[:-1, 1:] | off[1:, 1:]
    return cells.repeat(stride, axis=0).repeat(stride, axis=1)


def _rays(matrix: Rays, rows: Pixels, columns: Pixels) -> Rays:
    """Vectors (3, ...), mm, from the source to the middles of pixels."""
    down, across, corner = (matrix[:, i].reshape(3, *[1] * rows.ndim) for i in range(3))
    return down * rows.astype(np.float32) + (across * columns.astype(np.float32) + corner)


def _path_mm(solid: Solid, view: View, rays: Rays) -> Picture:
    """Path (...,), mm, along vectors (3, ...) from the source, which are made unit vectors in place."""
    x, y, z = rays
    rays /= np.sqrt(x * x + y * y + z * z)
    path = solid.path_mm(_source_and_rays(view)[0], rays.reshape(3, -1).T)
    return path.reshape(rays.shape[1:])

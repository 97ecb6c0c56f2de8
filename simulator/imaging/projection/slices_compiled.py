"""The projector's sums compiled with numba: the same as ``slices_numpy``, several times faster.

The base image is cut into strips of rows that fit the cache. For each slice a strip interpolates the few rows of
voxels it needs along the second axis, then adds them up along the first. What is empty is skipped row by row.
Threads take strips, so the result does not depend on how many there are. Importing this raises ImportError
where numba is not installed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatomy.as_compiled import compiled_freely
from anatomy.filled_rows import FilledRows
from simulator.imaging.projection.base_plane import BasePlane
from simulator.imaging.threads import in_parallel

Image = NDArray[np.float32]

STRIP = 32
"""Rows of the base image that are worked on together: with their voxels they nearly fit the first-level cache."""


def sum_of_slices(slices: FilledRows, base: BasePlane) -> Image:
    """The base image (samples, samples): slices (n, a, b), given as their filled rows, resampled and added."""
    out = np.zeros(base.count, dtype=np.float32)
    scale = np.asarray(base.scale(np.arange(slices.shape[0])))
    eye, start, step = base.eye, base.start, base.step

    def strip(first: int) -> None:
        _add_strip(
            slices.values, slices.begins, slices.spans, slices.length, base.slices[0], base.slices[1], scale,
            eye[1], eye[2], start[0], step[0], start[1], step[1], first, out[first : first + STRIP],
        )  # fmt: skip

    in_parallel(strip, range(0, base.count[0], STRIP))
    return out


def on_detector(summed: Image, base: BasePlane, out: Image) -> None:
    """Write to out (rows, columns) the base image seen at each pixel, times the length of ray between slices."""
    offset = np.array([(base.eye[w + 1] - base.start[w]) / base.step[w] for w in (0, 1)])
    per_ray = np.array([(base.plane - base.eye[0]) / base.step[w] for w in (0, 1)])

    def strip(first: int) -> None:
        _look_up(summed, base.rays, base.gram, offset, per_ray, first, out[first : first + STRIP])

    in_parallel(strip, range(0, out.shape[0], STRIP))


# Rows are named by unsigned numbers, never cut out: a cut counts references, which threads fight over, and signed
# indices would be tested for being negative.


@compiled_freely
def _along_row(row: Any, index: Any, far: Any, held: Any, h: Any, first: Any, past: Any) -> None:
    """Samples first to past - 1 of row h: row at index + far, by linear interpolation."""
    for n in range(first, past):
        i = index[n]
        here = row[i]
        held[h, n] = here + far[n] * (row[i + np.uint32(1)] - here)


@compiled_freely
def _add_between(held: Any, h: Any, other: Any, far: Any, out: Any, r: Any, first: Any, past: Any) -> None:
    """Add to samples first to past - 1 of row r what lies between the rows h and other."""
    near = np.float32(1.0) - far
    for n in range(first, past):
        out[r, n] += near * held[h, n] + far * held[other, n]


@compiled_freely
def _add_one(held: Any, h: Any, weight: Any, out: Any, r: Any, first: Any, past: Any) -> None:
    """Add to samples first to past - 1 of row r a share of row h."""
    for n in range(first, past):
        out[r, n] += weight * held[h, n]


@compiled_freely
def _positions(first: Any, step: Any, index: Any, far: Any) -> None:
    """Whole part and rest of first + step * n; all positive."""
    for n in range(far.shape[0]):
        position = first + step * np.float32(n)
        whole = np.int32(position)
        index[n] = whole
        far[n] = position - np.float32(whole)


@compiled_freely
def _add_strip(
    values: Any,
    begins: Any,
    spans: Any,
    n_b: Any,
    first_slice: Any,
    past_slice: Any,
    scale: Any,
    eye_a: Any,
    eye_b: Any,
    start_a: Any,
    step_a: Any,
    start_b: Any,
    step_b: Any,
    first_row: Any,
    out: Any,
) -> None:
    """Add all slices to the rows of the base image from first_row on that out holds."""
    n_a = spans.shape[1]
    rows, columns = out.shape
    index = np.empty(columns, np.int32)
    unsigned = index.view(np.uint32)  # spares a test for negative indices
    far = np.empty(columns, np.float32)
    padded = np.zeros(n_b + 2, np.float32)
    held = np.zeros((n_a + 2, columns), np.float32)  # voxel rows low to high, at the strip's columns
    held_first = np.zeros(n_a + 2, np.int64)
    held_past = np.zeros(n_a + 2, np.int64)
    for s in range(first_slice, past_slice):
        low = max(int(np.floor(eye_a + (start_a + step_a * first_row - eye_a) * scale[s])), 0)
        last = eye_a + (start_a + step_a * (first_row + rows - 1) - eye_a) * scale[s]
        high = min(int(np.floor(last)) + 1, n_a - 1)
        span_first: Any = n_b
        span_past: Any = 0
        for a in range(low, high + 1):
            if spans[s, a, 1] > spans[s, a, 0]:
                span_first = min(span_first, np.int64(spans[s, a, 0]))
                span_past = max(span_past, np.int64(spans[s, a, 1]))
        if span_past <= span_first:
            continue
        at, per = eye_b + (start_b - eye_b) * scale[s], step_b * scale[s]
        left = max(int(np.floor((span_first - 1 - at) / per)) + 1, 0)
        right = min(int(np.ceil((span_past - at) / per)), columns)
        if right <= left:
            continue
        _positions(np.float32(at + per * left + 1.0), np.float32(per), index[left:right], far[left:right])
        for a in range(low, high + 1):
            h = a - low
            for n in range(np.uint64(left), np.uint64(right)):
                held[h, n] = np.float32(0.0)
            held_first[h], held_past[h] = right, left
            f, p = np.int64(spans[s, a, 0]), np.int64(spans[s, a, 1])
            if p > f:
                padded[f] = np.float32(0.0)
                here = np.uint64(begins[s, a])
                for k in range(np.uint64(p - f)):
                    padded[np.uint64(f + 1) + k] = values[here + k]
                padded[p + 1] = np.float32(0.0)
                q = max(int(np.floor((f - 1 - at) / per)) + 1, left)
                r = min(int(np.ceil((p - at) / per)), right)
                # Rounding in the positions must not lead beyond the two zeros.
                while q < r and index[q] < f:
                    q += 1
                while q < r and index[r - 1] > p:
                    r -= 1
                if r > q:
                    _along_row(padded, unsigned, far, held, np.uint64(h), np.uint64(q), np.uint64(r))
                    held_first[h], held_past[h] = q, r
        for r in range(rows):
            position = eye_a + (start_a + step_a * (first_row + r) - eye_a) * scale[s]
            below = int(np.floor(position))
            rest = np.float32(position - below)
            h = below - low
            here, next_ = low <= below <= high, low <= below + 1 <= high
            if here and next_:
                q, p = min(held_first[h], held_first[h + 1]), max(held_past[h], held_past[h + 1])
                if p > q:
                    _add_between(
                        held, np.uint64(h), np.uint64(h + 1), rest, out, np.uint64(r), np.uint64(q), np.uint64(p)
                    )
            elif here:
                q, p = held_first[h], held_past[h]
                if p > q:
                    near = np.float32(1.0) - rest
                    _add_one(held, np.uint64(h), near, out, np.uint64(r), np.uint64(q), np.uint64(p))
            elif next_:
                q, p = held_first[h + 1], held_past[h + 1]
                if p > q:
                    _add_one(held, np.uint64(h + 1), rest, out, np.uint64(r), np.uint64(q), np.uint64(p))


@compiled_freely
def _look_up(summed: Any, rays: Any, gram: Any, offset: Any, per_ray: Any, first_row: Any, out: Any) -> None:
    """Bilinear look-up of the base image for the rows of the picture from first_row on that out holds."""
    n_a, n_b = summed.shape
    for r in range(out.shape[0]):
        row = float(first_row + r)
        for c in range(out.shape[1]):
            depth = rays[0, 0] * row + rays[0, 1] * c + rays[0, 2]
            a = rays[1, 0] * row + rays[1, 1] * c + rays[1, 2]
            b = rays[2, 0] * row + rays[2, 1] * c + rays[2, 2]
            at_a, at_b = offset[0] + a / depth * per_ray[0], offset[1] + b / depth * per_ray[1]
            # In straight views samples are the detector's rays: rounding must not mix in a neighbour.
            i, j = int(np.floor(at_a + 1e-6)), int(np.floor(at_b + 1e-6))
            if i < -1 or j < -1 or i >= n_a or j >= n_b:
                out[r, c] = np.float32(0.0)
                continue
            x = np.float32(at_a - i) if at_a - i > 1e-6 else np.float32(0.0)
            y = np.float32(at_b - j) if at_b - j > 1e-6 else np.float32(0.0)
            value = np.float32(0.0)
            if i >= 0 and j >= 0 and i + 1 < n_a and j + 1 < n_b:
                upper = summed[i, j] + y * (summed[i, j + 1] - summed[i, j])
                lower = summed[i + 1, j] + y * (summed[i + 1, j + 1] - summed[i + 1, j])
                value = upper + x * (lower - upper)
            else:
                for di in range(2):
                    for dj in range(2):
                        if 0 <= i + di < n_a and 0 <= j + dj < n_b:
                            weight = (x if di else np.float32(1.0) - x) * (y if dj else np.float32(1.0) - y)
                            value += weight * summed[i + di, j + dj]
            squared = (
                gram[0, 0] * depth * depth + gram[1, 1] * a * a + gram[2, 2] * b * b
                + 2.0 * (gram[0, 1] * depth * a + gram[0, 2] * depth * b + gram[1, 2] * a * b)
            )  # fmt: skip
            out[r, c] = value * np.float32(np.sqrt(squared) / abs(depth))

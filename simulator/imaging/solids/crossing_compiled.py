"""Rays of a row of pixels through bodies, compiled: the algebra of ``intervals`` in loops.

Rays are vectors to the detector, not unit vectors: places on them are shares of their length. Divisions by zero
give infinities, which is meant. What is compiled stands in one file: numba would not notice changes elsewhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from anatomy.as_compiled import compiled
from simulator.imaging.solids.shadows_numpy import BEND
from simulator.imaging.solids.spans_compiled import REACH

BOX, ELLIPSOID, ROUND, CAPSULE, GROUND = range(5)
"""Kinds of packed bodies: see ``shadows_compiled.packed``."""
_SIZES = 13
"""Where the three sizes of a packed body begin, behind its kind, origin and axes; then come planes."""
_LARGE = 6000  # pixels from which fewer rays are worth the search for where they are not enough
_PARALLEL = 1e-24
"""Squared length across an axis below which a ray from source to pixel counts as parallel to it."""


@compiled
def cast(bodies: Any, source: Any, matrix: Any, top: Any, first: Any, past: Any, columns: Any) -> Any:
    """Flat pixels (n,) that the first body, less the others, darkens, and its path (n,) there.

    bodies (m, numbers) packed; top is the first row that may be touched, and first and past (rows,) are the first
    column of each row from there on and that after the last; ray (row, column, 1) is matrix (3, 3) @ that.
    """
    count, total, widest = first.shape[0], 0, 0
    for r in range(count):
        total += past[r] - first[r]
        widest = max(widest, past[r] - first[r])
    pixels, path = np.empty(total, np.int64), np.empty(total, np.float32)
    work, mean = np.empty((2 * bodies.shape[0] + 1, 2 * widest)), np.empty(widest)
    left, large, middle = 0, total >= _LARGE, np.zeros((1, 1), np.float32)
    if large:  # one ray a pixel, and four only where the path bends
        left = first.min()
        middle = np.zeros((count + 2, past.max() - left + 2), np.float32)
        for r in range(count):
            _row_mm(bodies, source, matrix, top + r, first[r], 1.0, past[r] - first[r], work)
            for i in range(past[r] - first[r]):
                middle[r + 1, first[r] - left + 1 + i] = np.float32(work[0, i])
    bent, found = _bent(middle), 0
    for r in range(count):
        c = first[r]
        while c < past[r]:
            stop = c
            while stop < past[r] and (not large or bent[r + 1, stop - left + 1]):
                stop += 1
            if stop > c:
                _mean_mm(bodies, source, matrix, top + r, c, stop - c, work, mean)
            else:
                mean[0] = middle[r + 1, c - left + 1]
                stop = c + 1
            for i in range(stop - c):
                if mean[i] > 0.0:
                    pixels[found] = (top + r) * columns + c + i
                    path[found] = np.float32(mean[i])
                    found += 1
            c = stop
    return pixels[:found], path[:found]


@compiled
def _bent(path: Any) -> Any:
    """Where a picture lies off the mean of its neighbours by BEND of its maximum, and beside that."""
    bent = np.zeros(path.shape, np.bool_)
    most = np.float32(2.0 * BEND) * path.max()
    for r in range(1, path.shape[0] - 1):
        for c in range(1, path.shape[1] - 1):
            twice = path[r, c] + path[r, c]
            across, down = path[r, c - 1] + path[r, c + 1], path[r - 1, c] + path[r + 1, c]
            if abs(across - twice) > most or abs(down - twice) > most:
                bent[r, c - 1 : c + 2] = True
                bent[r - 1, c] = bent[r + 1, c] = True
    return bent


@compiled
def _mean_mm(
    bodies: Any, source: Any, matrix: Any, row: Any, column: Any, count: Any, work: Any, mean: Any
) -> None:
    """Mean path of count pixels of a row from a column on, each of four rays."""
    mean[:count] = 0.0
    for half in (-REACH, REACH):
        _row_mm(bodies, source, matrix, row + half, column - REACH, 2.0 * REACH, 2 * count, work)
        for i in range(count):
            mean[i] += 0.25 * (work[0, 2 * i] + work[0, 2 * i + 1])


@compiled
def _row_mm(
    bodies: Any, source: Any, matrix: Any, row: Any, column: Any, step: Any, count: Any, work: Any
) -> None:
    """Path of count rays of a row, in work[0], inside the first body and none of the others.

    work (2 bodies + 1, at least count) holds the intervals.
    """
    out, enter, leave = work[0], work[1], work[2]
    others = bodies.shape[0] - 1
    for b in range(others + 1):
        start, end = work[2 * b + 1], work[2 * b + 2]
        _meet(bodies[b], source, matrix, row, column, step, count, start, end)
        if b > 0:
            for i in range(count):
                near, far = start[i], end[i]
                start[i] = near if near > enter[i] else enter[i]
                end[i] = far if far < leave[i] else leave[i]
        else:
            longest = 0.0
            for i in range(count):
                enter[i] = enter[i] if enter[i] > 0.0 else 0.0
                out[i] = _length(enter[i], leave[i])
                longest = out[i] if out[i] > longest else longest
            if longest <= 0.0:
                return
    if others == 1:
        for i in range(count):
            out[i] -= _length(work[3, i], work[4, i])
    elif others == 2:
        for i in range(count):
            start = work[3, i] if work[3, i] > work[5, i] else work[5, i]
            end = work[4, i] if work[4, i] < work[6, i] else work[6, i]
            out[i] += _length(start, end) - _length(work[3, i], work[4, i]) - _length(work[5, i], work[6, i])
    elif others > 2:
        for i in range(count):
            if out[i] > 0.0:
                out[i] -= _covered(work, i, others)
    x0 = matrix[0, 0] * row + matrix[0, 1] * column + matrix[0, 2]
    y0 = matrix[1, 0] * row + matrix[1, 1] * column + matrix[1, 2]
    z0 = matrix[2, 0] * row + matrix[2, 1] * column + matrix[2, 2]
    for i in range(count):
        x, y, z = x0 + matrix[0, 1] * step * i, y0 + matrix[1, 1] * step * i, z0 + matrix[2, 1] * step * i
        out[i] = _length(0.0, out[i] * np.sqrt(x * x + y * y + z * z))


@compiled
def _length(enter: Any, leave: Any) -> Any:
    length = leave - enter
    return length if length > 0.0 else 0.0


@compiled
def _covered(work: Any, i: Any, others: Any) -> Any:
    """What the intervals of a ray cover together, what several cover counted once; their order is lost."""
    total, reached = 0.0, -np.inf
    for taken in range(others):
        best = taken
        for b in range(taken, others):
            if not work[2 * b + 3, i] >= work[2 * best + 3, i]:
                best = b
        start, end = work[2 * best + 3, i], work[2 * best + 4, i]
        work[2 * best + 3, i], work[2 * best + 4, i] = work[2 * taken + 3, i], work[2 * taken + 4, i]
        start = start if start > reached else reached
        if end > start:
            total += end - start
            reached = end
    return total


@compiled
def _meet(
    body: Any, source: Any, matrix: Any, row: Any, column: Any, step: Any, count: Any, enter: Any, leave: Any
) -> None:
    """Where rays enter and leave one body."""
    here, way, add = np.zeros(3), np.zeros(3), np.zeros(3)
    for a in range(3):
        for b in range(3):
            axis = body[4 + 3 * a + b]
            here[a] += axis * (source[b] - body[1 + b])
            way[a] += axis * (matrix[b, 0] * row + matrix[b, 1] * column + matrix[b, 2])
            add[a] += axis * matrix[b, 1] * step
    kind, one, other, third = int(body[0]), body[_SIZES], body[_SIZES + 1], body[_SIZES + 2]
    if kind == BOX:
        enter[:count], leave[:count] = -np.inf, np.inf
        for a in range(3):
            half = body[_SIZES + a]
            _within(here[a], way[a], add[a], -half, half, count, enter, leave)
    elif kind == ELLIPSOID:
        here /= body[_SIZES : _SIZES + 3]
        way /= body[_SIZES : _SIZES + 3]
        add /= body[_SIZES : _SIZES + 3]
        _in_sphere(here, way, add, count, enter, leave)
    else:
        if kind == ROUND and third != 0.0:
            _in_cone(here, way, add, other, third, count, enter, leave)
        else:
            _in_cylinder(here, way, add, other, count, enter, leave)
        if kind == CAPSULE:
            for i in range(count):
                u, v, w = way[0] + add[0] * i, way[1] + add[1] * i, way[2] + add[2] * i
                enter[i] = _capped(enter[i], -1.0, here[0], here[1], here[2], u, v, w, one, other)
                leave[i] = _capped(leave[i], 1.0, here[0], here[1], here[2], u, v, w, one, other)
        else:
            _within(here[2], way[2], add[2], 0.0, one, count, enter, leave)
    if kind == GROUND:
        for p in range(int(third)):
            x, y, z, cut = body[_SIZES + 3 + 4 * p : _SIZES + 7 + 4 * p]
            room = cut - (x * here[0] + y * here[1] + z * here[2])
            towards = x * way[0] + y * way[1] + z * way[2]
            _below(room, towards, x * add[0] + y * add[1] + z * add[2], count, enter, leave)


@compiled
def _within(here: Any, way: Any, add: Any, low: Any, high: Any, count: Any, enter: Any, leave: Any) -> None:
    """Narrow intervals to between two planes across an axis."""
    for i in range(count):
        per = 1.0 / (way + add * i)
        one, other = (low - here) * per, (high - here) * per
        near, far = one if one < other else other, other if one < other else one
        so_far, until = enter[i], leave[i]
        enter[i] = near if near > so_far else so_far
        leave[i] = far if far < until else until


@compiled
def _below(room: Any, way: Any, add: Any, count: Any, enter: Any, leave: Any) -> None:
    """Narrow intervals to below a plane."""
    for i in range(count):
        towards = way + add * i + 0.0  # no negative zeros
        meet = room / towards
        near, far = meet if towards < 0.0 else -np.inf, np.inf if towards < 0.0 else meet
        so_far, until = enter[i], leave[i]
        enter[i] = near if near > so_far else so_far
        leave[i] = far if far < until else until


@compiled
def _in_sphere(here: Any, way: Any, add: Any, count: Any, enter: Any, leave: Any) -> None:
    x, y, z = here
    for i in range(count):
        u, v, w = way[0] + add[0] * i, way[1] + add[1] * i, way[2] + add[2] * i
        a = u * u + v * v + w * w
        off = (u * y - v * x) ** 2 + (v * z - w * y) ** 2 + (w * x - u * z) ** 2
        half, middle = _signed_root(a - off), u * x + v * y + w * z
        enter[i], leave[i] = (-middle - half) / a, (half - middle) / a


@compiled
def _in_cylinder(here: Any, way: Any, add: Any, radius: Any, count: Any, enter: Any, leave: Any) -> None:
    x, y = here[0], here[1]
    reach = np.inf if x * x + y * y < radius * radius else -np.inf
    for i in range(count):
        u, v = way[0] + add[0] * i, way[1] + add[1] * i
        a = u * u + v * v
        across = u * y - v * x
        half, middle = _signed_root(radius * radius * a - across * across), u * x + v * y
        per = 1.0 / a
        near, far = (-middle - half) * per, (half - middle) * per
        enter[i] = -reach if a < _PARALLEL else near
        leave[i] = reach if a < _PARALLEL else far


@compiled
def _in_cone(here: Any, way: Any, add: Any, radius: Any, slope: Any, count: Any, enter: Any, leave: Any) -> None:
    """As ``intervals.in_cone``, always by the careful roots."""
    x, y = here[0], here[1]
    there = radius + slope * here[2]
    c = x * x + y * y - there * there
    for i in range(count):
        u, v, grows = way[0] + add[0] * i, way[1] + add[1] * i, slope * (way[2] + add[2] * i)
        a = u * u + v * v - grows * grows + 0.0
        b = u * x + v * y - grows * there
        across = u * y - v * x
        square = (there * u - grows * x) ** 2 + (there * v - grows * y) ** 2 - across * across
        root = np.sqrt(square if square > 0.0 else 0.0)
        q = -(b + (root if b >= 0.0 else -root))
        one, other = q / a, c / q
        near, far = one if one < other else other, other if one < other else one
        met = np.inf if square < 0.0 else near
        steep, widens = a < 0.0, grows > 0.0
        enter[i] = (far if widens else -np.inf) if steep else met
        leave[i] = (np.inf if widens else near) if steep else far


@compiled
def _capped(
    meet: Any, sense: Any, x: Any, y: Any, z: Any, u: Any, v: Any, w: Any, length: Any, radius: Any
) -> Any:
    """A capsule's end where its endless cylinder is met beyond it: see ``intervals.in_capsule``."""
    height = z + w * meet
    if height >= 0.0 and height <= length:
        return meet
    up = z - (0.0 if height < 0.5 * length else length)
    a = u * u + v * v + w * w
    off = (u * y - v * x) ** 2 + (v * up - w * y) ** 2 + (w * x - u * up) ** 2
    square = radius * radius * a - off
    if square < 0.0:
        return -sense * np.inf  # left before it is entered
    return (sense * np.sqrt(square) - (u * x + v * y + w * up)) / a


@compiled
def _signed_root(square: Any) -> Any:
    """Its root, negative where it is negative: enter and leave then change places, which is an empty interval."""
    root = np.sqrt(abs(square))
    return root if square >= 0.0 else -root

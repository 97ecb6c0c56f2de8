"""Heat in layered, perfused tissue: finite volumes on a grid of cubic voxels, explicit in time.

Pennes' equation (H. H. Pennes, J Appl Physiol 1948;1:93)::

    c dT/dt = div(k grad T) + w (T_blood - T) + q

    c  heat capacity J/(m3 K)       k  conductivity W/(m K)
    w  perfusion W/(m3 K): blood flow (1/s) times the blood's heat capacity per volume
    q  heat source W/m3

Between two voxels the conductivity is the harmonic mean: what flows out of one flows into the other, also where
layers meet (second order in space; S. V. Patankar, Numerical Heat Transfer and Fluid Flow, 1980, section 4.2).
Time is cut into sub-steps of Heun's method (second order) as short as keeps every new temperature a mean of old
ones: no new extremes, whatever the duration asked for, and the way it is cut into calls hardly matters.

Arrays are used flat, so that each pass runs through memory once; faces that would connect one row's end with the
next row's beginning conduct nothing. They are of the precision asked for: single precision takes 40 % of the time.

Where numba imports, ``diffusion_compiled`` does the same sums in the same order, to the bit, several times faster.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

try:
    from simulator.physics import diffusion_compiled
except ImportError:  # numba has no wheel for every Python
    diffusion_compiled = None  # type: ignore[assignment]

COMPILED = diffusion_compiled is not None
"""Whether the compiled twin does the work."""

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Conductor:
    """What heat spreads in: made by ``conductor``, constant while materials are.

    faces_w_k    per axis, flat: conductance from a voxel to the next one along it
    loss_w_k     flat: what leaves a voxel per kelvin over surroundings_c, to blood and beyond the grid's edge
    capacity_j_k flat; infinite in voxels that are held at their temperature (their flat places: held)
    longest_s    longest sub-step
    """

    shape: tuple[int, int, int]
    voxel_mm: float
    faces_w_k: tuple[Array, Array, Array]
    loss_w_k: Array
    capacity_j_k: Array
    per_capacity_k_j: Array
    held: NDArray[np.intp]
    surroundings_c: float
    longest_s: float

    @property
    def strides(self) -> tuple[int, int, int]:
        """How far apart neighbours along each axis lie in a flat array."""
        return self.shape[1] * self.shape[2], self.shape[2], 1


@dataclass(frozen=True)
class Budget:
    """Where heat went, J: what the source added, and what blood, edge and held voxels took."""

    added_j: float = 0.0
    lost_j: float = 0.0
    held_j: float = 0.0

    def plus(self, other: Budget) -> Budget:
        """Both together."""
        return Budget(self.added_j + other.added_j, self.lost_j + other.lost_j, self.held_j + other.held_j)


def conductor(
    voxel_mm: float,
    conductivity_w_m_k: ArrayLike,
    capacity_j_m3_k: ArrayLike,
    *,
    perfusion_w_m3_k: ArrayLike = 0.0,
    surroundings_c: float = 37.0,
    held: NDArray[np.bool_] | None = None,
    edge_w_m2_k: float = 0.0,
    precision: type[np.float64] | type[np.float32] = np.float64,
) -> Conductor:
    """The conductor of material fields (i, j, k).

    perfusion draws towards surroundings_c, the temperature of blood; edge_w_m2_k is the conductance per area
    from the grid's outer faces to the same temperature (0: nothing passes); voxels held (i, j, k) keep the
    temperature they have; precision is that of the arrays that ``advance`` runs through. Raises ValueError where
    fields differ in shape or are not positive numbers.
    """
    k, c = np.asarray(conductivity_w_m_k, dtype=float), np.asarray(capacity_j_m3_k, dtype=float)
    w = np.broadcast_to(np.asarray(perfusion_w_m3_k, dtype=float), k.shape)
    if k.ndim != 3 or c.shape != k.shape:
        raise ValueError(f"conductivity {k.shape} and capacity {c.shape} must be 3-D and of one shape")
    for name, values, least in (("conductivity", k, 1e-12), ("capacity", c, 1e-12), ("perfusion", w, 0.0)):
        if not (values.min(initial=math.inf) >= least and values.max(initial=0.0) < math.inf):
            raise ValueError(f"{name} must be finite and at least {least} everywhere")
    if not (voxel_mm > 0.0 and edge_w_m2_k >= 0.0):
        raise ValueError(f"voxel_mm {voxel_mm} must be positive and edge_w_m2_k {edge_w_m2_k} not negative")
    side_m = voxel_mm * 1e-3
    faces, leaving = [], np.zeros(k.shape)
    for axis in range(3):
        low, high = _ends(k, axis, 1), _ends(k, axis, -1)
        padded = np.zeros(k.shape)
        between = side_m * 2.0 * low * high / (low + high)
        _ends(padded, axis, 1)[...] = between
        _ends(leaving, axis, 1)[...] += between
        _ends(leaving, axis, -1)[...] += between
        stride = math.prod(k.shape[axis + 1 :])
        faces.append(_frozen(padded.ravel()[: max(k.size - stride, 0)].astype(precision)))
    loss = w * side_m**3
    if edge_w_m2_k > 0.0:
        loss = loss + _outer_faces(k.shape) * (edge_w_m2_k * side_m**2)
    capacity = c * side_m**3
    capacity = np.where(held, np.inf, capacity) if held is not None else capacity
    fastest = float(((leaving + loss) / capacity).max(initial=0.0))
    capacity = capacity.ravel()
    return Conductor(
        shape=(k.shape[0], k.shape[1], k.shape[2]),
        voxel_mm=voxel_mm,
        faces_w_k=(faces[0], faces[1], faces[2]),
        loss_w_k=_frozen(np.ascontiguousarray(loss).ravel().astype(precision)),
        capacity_j_k=_frozen(capacity.astype(precision)),
        per_capacity_k_j=_frozen((1.0 / capacity).astype(precision)),
        held=np.flatnonzero(np.isinf(capacity)),
        surroundings_c=surroundings_c,
        longest_s=1.0 / fastest if fastest > 0.0 else math.inf,
    )


def spread(body: Conductor, temperature_c: Array, duration_s: float) -> Array:
    """Temperature (i, j, k) duration_s later without a source: ``advance`` to the bit, without accounts."""
    if not COMPILED:
        return advance(body, temperature_c, duration_s)[0]
    _check(body, temperature_c, duration_s)
    kind = body.loss_w_k.dtype
    rise: Array = temperature_c.ravel().astype(kind) - kind.type(body.surroundings_c)
    steps = _steps(body, duration_s)
    first, predicted, after = np.empty_like(rise), np.empty_like(rise), np.empty_like(rise)
    for _ in range(steps):
        step_s, half = kind.type(duration_s / steps), kind.type(0.5)
        diffusion_compiled.heun(rise, body.loss_w_k, *body.faces_w_k, *body.strides, body.per_capacity_k_j, step_s,
                                half, first, predicted, after)  # fmt: skip
        rise, after = after, rise
    return (rise + kind.type(body.surroundings_c)).reshape(body.shape)


def make_ready() -> None:
    """Compile ``spread``, or fetch it from numba's cache: a second, or 0.2 s, that no tick is to take."""
    cube = np.ones((2, 2, 2))
    water = conductor(1.0, 0.6 * cube, 4.2e6 * cube, precision=np.float32)  # in which a second is one step
    spread(water, cube.astype(np.float32), 1.0)


def _check(body: Conductor, temperature_c: Array, duration_s: float) -> None:
    if temperature_c.shape != body.shape:
        raise ValueError(f"temperature {temperature_c.shape} must have the conductor's shape {body.shape}")
    if not (math.isfinite(duration_s) and duration_s >= 0.0):
        raise ValueError(f"duration_s must not be negative, got {duration_s}")


def _steps(body: Conductor, duration_s: float) -> int:
    return max(1, math.ceil(duration_s / body.longest_s * (1.0 - 1e-12))) if duration_s > 0.0 else 0


def advance(
    body: Conductor, temperature_c: Array, duration_s: float, source_w_m3: ArrayLike = 0.0
) -> tuple[Array, Budget]:
    """Temperature (i, j, k) duration_s later under a constant source, and where its heat went.

    added = stored + lost + held to rounding. Raises ValueError for a negative duration or another shape.
    """
    _check(body, temperature_c, duration_s)
    # Over the surroundings: losses are then a plain product, and rounding is that of a rise, not of a level.
    kind = body.loss_w_k.dtype
    rise: Array = temperature_c.ravel().astype(kind) - kind.type(body.surroundings_c)
    volume_m3 = (body.voxel_mm * 1e-3) ** 3
    power = np.broadcast_to(np.asarray(source_w_m3, dtype=float), body.shape)
    source = (np.ascontiguousarray(power).ravel() * volume_m3).astype(kind) if power.any() else None
    budget = Budget()
    steps = _steps(body, duration_s)
    buffers = (np.empty_like(rise), np.empty_like(rise), np.empty_like(rise))
    for _ in range(steps):
        rise, spent = _heun(body, rise, source, duration_s / steps, buffers)
        budget = budget.plus(spent)
    return (rise + kind.type(body.surroundings_c)).reshape(body.shape), budget


def stored_j(body: Conductor, before_c: Array, after_c: Array) -> float:
    """Heat that voxels not held have taken up between two temperatures (i, j, k), J."""
    free = np.isfinite(body.capacity_j_k)
    return float((body.capacity_j_k[free] * (after_c.ravel() - before_c.ravel())[free]).sum())


def _heun(
    body: Conductor, rise: Array, source: Array | None, step_s: float, buffers: tuple[Array, Array, Array]
) -> tuple[Array, Budget]:
    first, second, scratch = buffers
    lost_w, held_w = _power(body, rise, source, first, scratch)
    np.multiply(first, body.per_capacity_k_j, out=first)
    first *= first.dtype.type(step_s)
    predicted = rise + first
    lost_next_w, held_next_w = _power(body, predicted, source, second, scratch)
    np.multiply(second, body.per_capacity_k_j, out=second)
    second *= second.dtype.type(step_s)
    second += first
    second *= second.dtype.type(0.5)
    added_w = 0.0 if source is None else float(source.sum())
    spent = Budget(step_s * added_w, 0.5 * step_s * (lost_w + lost_next_w), 0.5 * step_s * (held_w + held_next_w))
    return rise + second, spent


def _power(body: Conductor, rise: Array, source: Array | None, out: Array, scratch: Array) -> tuple[float, float]:
    """Net power into each voxel, W, into out (flat); and what surroundings and held voxels take of it."""
    np.multiply(rise, body.loss_w_k, out=out)
    lost_w = float(out.sum())
    np.negative(out, out=out)
    if source is not None:
        out += source
    for face, stride in zip(body.faces_w_k, body.strides, strict=True):
        if len(face) == 0:
            continue
        flow = scratch[: len(face)]
        np.subtract(rise[stride:], rise[:-stride], out=flow)
        flow *= face
        out[:-stride] += flow
        out[stride:] -= flow
    return lost_w, float(out[body.held].sum()) if len(body.held) else 0.0


def _ends(field: Array, axis: int, drop: int) -> Array:
    """All voxels but the last (drop 1) or the first (drop -1) along an axis; a view."""
    kept = slice(None, -1) if drop == 1 else slice(1, None)
    window = [slice(None)] * 3
    window[axis] = kept
    return field[tuple(window)]


def _outer_faces(shape: tuple[int, ...]) -> Array:
    """How many of a voxel's faces (i, j, k) lie on the grid's edge."""
    count = np.zeros(shape)
    for axis in range(3):
        along = np.moveaxis(count, axis, 0)
        along[0] += 1.0
        along[-1] += 1.0
    return count


def _frozen(array: Array) -> Array:
    array.setflags(write=False)
    return array

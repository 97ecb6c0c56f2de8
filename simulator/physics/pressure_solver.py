"""Steady Darcy pressure in a compact set of voxels.

Everything here is linear algebra on a *box* of voxels, addressed by flat (C order) indices. Instead of the
pressure p we solve for the **head** u = p / (Q mu) in 1/m3: with one viscosity throughout, flow rate Q and
viscosity mu only scale the pressure, the way it spreads depends on bone alone. Darcy's law between two
neighbouring voxels reads then, for flow as a share of Q::

    share = faces * (u_here - u_there),     faces = h * (harmonic mean of k)   in m3

One control volume a voxel; the harmonic mean is exact for layers in series (S. V. Patankar, Numerical Heat
Transfer and Fluid Flow, 1980, chapter 4).

No BLAS: its sums depend on the number of threads, and the same inputs must give the same bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

RESIDUAL = 1e-2
"""Flow that may go astray in a solution: sum of |imbalance| over all voxels, as a share of Q. The split of
the flow at the front is about ten times better than that."""

BLOCK = 8
"""Edge, in voxels, of the blocks of the coarse correction."""

MAX_ITERATIONS = 3000


@dataclass(frozen=True, eq=False)
class Stencil:
    """Face conductances of a box of voxels: shape (a, b, c), faces (3, n) in m3 with n = a b c.

    ``faces[axis][v]`` joins voxel v to the next one along axis; 0 where either is closed and at the far
    side of the box, so that flat indices may run past an edge without meeting anything.
    """

    shape: tuple[int, int, int]
    faces: NDArray[np.float64]

    @property
    def steps(self) -> tuple[int, int, int]:
        """Flat distance to the next voxel along each axis."""
        return self.shape[1] * self.shape[2], self.shape[2], 1


def stencil(
    permeability_m2: NDArray,
    anisotropy: tuple[float, float, float],
    voxel_mm: float,
    compartment: NDArray | None = None,
) -> Stencil:
    """Conductances of a box (a, b, c) of permeability (0 = closed), times a factor (3,) along each axis.

    Faces between two compartments are closed, see ``PorousMedium``.
    """
    a, b, c = permeability_m2.shape
    faces = np.zeros((3, a, b, c))
    for axis, factor in enumerate(anisotropy):
        here = tuple(slice(None, -1) if i == axis else slice(None) for i in range(3))
        there = tuple(slice(1, None) if i == axis else slice(None) for i in range(3))
        k_here, k_there = permeability_m2[here], permeability_m2[there]
        total = k_here + k_there
        product = 2.0 * factor * voxel_mm * 1e-3 * k_here * k_there
        is_open = total > 0.0
        if compartment is not None:
            c_here, c_there = compartment[here], compartment[there]
            is_open &= (c_here == c_there) | (c_here == 0) | (c_there == 0)
        np.divide(product, total, out=faces[axis][here], where=is_open)
    return Stencil((a, b, c), faces.reshape(3, -1))


def grown(
    inner: Stencil,
    at: tuple[int, int, int],
    permeability_m2: NDArray,
    anisotropy: tuple[float, float, float],
    voxel_mm: float,
    compartment: NDArray | None = None,
) -> Stencil:
    """``stencil`` of a box of which the part that begins at voxel ``at`` is known: computes the margins only."""
    shape, known = permeability_m2.shape, inner.shape
    faces = np.zeros((3, *shape))
    middle = tuple(slice(a, a + n) for a, n in zip(at, known, strict=True))
    faces[:, *middle] = inner.faces.reshape(3, *known)
    for axis in range(3):
        # The margin's last layer of faces leads to the known part's first, and the other way about.
        for first, last in ((0, at[axis]), (at[axis] + known[axis] - 1, shape[axis] - 1)):
            if first == last:
                continue
            slab = tuple(slice(first, last + 1) if i == axis else slice(None) for i in range(3))
            walls = None if compartment is None else compartment[slab]
            part = stencil(permeability_m2[slab], anisotropy, voxel_mm, walls)
            new = part.faces.reshape(3, *part.shape)
            inside = tuple(slice(None, -1) if i == axis else slice(None) for i in range(3))
            for along in range(3):  # across the slab its last layer is not its own, except at the box's edge
                take = inside if along == axis or last < shape[axis] - 1 else (slice(None),) * 3
                faces[along][slab][take] = new[along][take]
    a, b, c = shape
    return Stencil((a, b, c), faces.reshape(3, -1))


def neighbours(box: Stencil, cells: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Flat indices (m, 6) of the neighbours of cells (m,) and the conductances (m, 6) to them.

    Columns: one pair (next, previous) an axis. An index that runs off the box comes with conductance 0.
    """
    index = np.empty((len(cells), 6), dtype=np.intp)
    value = np.empty((len(cells), 6))
    for axis, step in enumerate(box.steps):
        index[:, 2 * axis], value[:, 2 * axis] = cells + step, box.faces[axis][cells]
        index[:, 2 * axis + 1], value[:, 2 * axis + 1] = cells - step, box.faces[axis][cells - step]
    return index, value


def steady_head(
    box: Stencil, cells: NDArray[np.intp], source: NDArray, guess: NDArray
) -> tuple[NDArray, NDArray[np.intp], NDArray]:
    """Head (m,) in the conducting cells, and where the flow leaves them: front (f,) and its inflow (f,).

    cells (m,) are flat indices in ascending order; source (m,) is the share of the flow that enters each
    (sum 1); guess (m,) a head to start from (zeros will do). Every other voxel is at head 0. Each connected
    part of cells that holds a source must have a face to an open voxel outside, else there is no steady flow.
    Raises ArithmeticError where the iteration does not converge.
    """
    size, count = box.faces.shape[1], len(cells)
    number = np.full(size + box.steps[0], -1, dtype=np.int32)  # longer: indices may run off either end
    number[cells] = np.arange(count, dtype=np.int32)
    columns = np.empty((count, 7), dtype=np.int32)
    values = np.zeros((count, 7))
    columns[:, 0] = number[cells]
    rows, reached, leaving = [], [], []
    for axis, step in enumerate(box.steps):
        for column, there, lower in ((1 + axis, cells + step, cells), (4 + axis, cells - step, cells - step)):
            conductance, neighbour = box.faces[axis][lower], number[there]
            values[:, 0] += conductance
            out = np.flatnonzero(neighbour < 0)  # head 0: only the diagonal knows of them
            rows.append(out)
            reached.append(there[out])
            leaving.append(conductance[out])
            conductance[out], neighbour[out] = 0.0, out
            columns[:, column], values[:, column] = neighbour, -conductance
    row, exit_cell, leaves = np.concatenate(rows), np.concatenate(reached), np.concatenate(leaving)
    head = _conjugate_gradients(
        columns, values, source, guess, _Blocks.of(box, cells, columns, values, row, leaves)
    )

    inflow = leaves * head[row]
    front, which = np.unique(exit_cell[inflow > 0.0], return_inverse=True)
    return head, front, np.bincount(which, inflow[inflow > 0.0])


@dataclass(frozen=True, eq=False)
class _Blocks:
    """The coarse equations: those of the cells summed over blocks of BLOCK^3 voxels.

    number (m,) the block of each cell, counting only occupied ones; solve: the heads (blocks,) that a flow into
    each of them (blocks,) gives.
    """

    number: NDArray[np.int32]
    count: int
    solve: Callable[[NDArray], NDArray]

    @classmethod
    def of(
        cls, box: Stencil, cells: NDArray, columns: NDArray, values: NDArray, row: NDArray, leaves: NDArray
    ) -> _Blocks:
        """The blocks of the rows (columns, values); row and leaves (f,) are the cells' faces to head 0.

        Faces inside a block cancel, so only those between blocks and to the outside count.
        """
        block = _blocks(box, cells)
        count = int(block.max()) + 1
        here, there, value = [], [], []
        for column in (1, 2, 3):  # the next voxel along each axis: every inner face once
            crossing = np.flatnonzero(block[columns[:, column]] != block)
            here.append(block[crossing])
            there.append(block[columns[crossing, column]])
            value.append(values[crossing, column])
        one, other, between = np.concatenate(here), np.concatenate(there), np.concatenate(value)
        diagonal = np.bincount(block[row], leaves, minlength=count)
        diagonal -= np.bincount(one, between, minlength=count) + np.bincount(other, between, minlength=count)
        every = np.arange(count, dtype=np.int32)
        at = np.concatenate((one, other, every)), np.concatenate((other, one, every))
        entries = np.concatenate((between, between, diagonal))
        matrix = sparse.csc_array(sparse.coo_array((entries, at), shape=(count, count)))
        return cls(block, count, splu(matrix, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve)


def _blocks(box: Stencil, cells: NDArray[np.intp]) -> NDArray[np.int32]:
    """Number (m,) of the block of BLOCK^3 voxels that each cell lies in, counting only occupied blocks."""
    i, j, k = (np.arange(n, dtype=np.int32) // BLOCK for n in box.shape)
    rows, columns = box.shape[1] // BLOCK + 1, box.shape[2] // BLOCK + 1
    block = (((i[:, None, None] * rows + j[:, None]) * columns + k).ravel())[cells]
    occupied = np.bincount(block) > 0
    return (np.cumsum(occupied, dtype=np.int32) - 1)[block]


def _conjugate_gradients(
    columns: NDArray[np.int32], values: NDArray, source: NDArray, guess: NDArray, blocks: _Blocks
) -> NDArray:
    """Solution of the rows (columns, values) (m, 7).

    Preconditioner: diagonal plus a coarse correction constant on blocks (additive two-level Schwarz;
    Y. Saad, Iterative Methods for Sparse Linear Systems, 2003, section 14.3). Without the coarse part news
    from the front needs one iteration a voxel to reach the source.
    """
    count = len(source)
    matrix = sparse.csr_array(
        (values.ravel(), columns.ravel(), np.arange(0, 7 * count + 1, 7, dtype=np.int32)), shape=(count, count)
    )
    diagonal = 1.0 / values[:, 0]
    scratch = np.empty(count)

    def precondition(vector: NDArray) -> NDArray:
        result = blocks.solve(np.bincount(blocks.number, vector, minlength=blocks.count))[blocks.number]
        result += np.multiply(diagonal, vector, out=scratch)
        return result

    head = guess
    flow = matrix @ head
    if (energy := _dot(head, flow)) > 0.0:  # the best multiple of the guess costs nothing more
        scale = _dot(head, source) / energy
        head, flow = scale * head, scale * flow
    else:
        head = np.zeros(count)
    residual = source - flow
    direction = precondition(residual)
    old = _dot(residual, direction)
    for _ in range(MAX_ITERATIONS):
        if np.abs(residual, out=scratch).sum() <= RESIDUAL:
            return head
        flow = matrix @ direction
        step = old / _dot(direction, flow)
        head += np.multiply(step, direction, out=scratch)
        residual -= np.multiply(step, flow, out=scratch)
        preconditioned = precondition(residual)
        new = _dot(residual, preconditioned)
        direction *= new / old
        direction += preconditioned
        old = new
    raise ArithmeticError(
        f"pressure in {count} voxels did not converge in {MAX_ITERATIONS} iterations; "
        "permeabilities that differ by more than about 1e6 are the usual cause"
    )


def _dot(a: NDArray, b: NDArray) -> float:
    return float(np.einsum("i,i->", a, b))

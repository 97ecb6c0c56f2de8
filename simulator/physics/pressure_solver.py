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

BLOCK = 6
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
    number = np.full(size + box.steps[0], count, dtype=np.int32)  # longer: indices may run off either end
    number[cells] = np.arange(count, dtype=np.int32)
    columns = np.empty((count, 7), dtype=np.int32)
    values = np.zeros((count, 7))
    columns[:, 0] = number[cells]
    for axis, step in enumerate(box.steps):
        for column, there, lower in ((1 + axis, cells + step, cells), (4 + axis, cells - step, cells - step)):
            columns[:, column] = number[there]
            conductance = box.faces[axis][lower]
            values[:, 0] += conductance
            values[:, column] = -conductance
    head = _conjugate_gradients(columns, values, source, guess, _blocks(box, cells))

    row, face = np.nonzero(columns == count)
    inflow = -values[row, face] * head[row]
    reached = cells[row] + np.array((0, *box.steps, *(-step for step in box.steps)))[face]
    front, which = np.unique(reached[inflow > 0.0], return_inverse=True)
    return head, front, np.bincount(which, inflow[inflow > 0.0])


def _blocks(box: Stencil, cells: NDArray[np.intp]) -> NDArray[np.int32]:
    """Number (m,) of the block of BLOCK^3 voxels that each cell lies in, counting only occupied blocks."""
    i, j, k = np.unravel_index(cells, box.shape)
    rows, columns = box.shape[1] // BLOCK + 1, box.shape[2] // BLOCK + 1
    block = ((i // BLOCK) * rows + j // BLOCK) * columns + k // BLOCK
    occupied = np.bincount(block) > 0
    return (np.cumsum(occupied) - 1)[block].astype(np.int32)


def _conjugate_gradients(
    columns: NDArray[np.int32], values: NDArray, source: NDArray, guess: NDArray, block: NDArray[np.int32]
) -> NDArray:
    """Solution of the rows (columns, values) (m, 7); column m stands for head 0.

    Preconditioner: diagonal plus a coarse correction constant on blocks (additive two-level Schwarz;
    Y. Saad, Iterative Methods for Sparse Linear Systems, 2003, section 14.3). Without the coarse part news
    from the front needs one iteration a voxel to reach the source.
    """
    count, coarse = len(source), int(block.max()) + 1
    matrix = sparse.csr_array(
        (values.ravel(), columns.ravel(), np.arange(0, 7 * count + 1, 7, dtype=np.int32)),
        shape=(count, count + 1),
    )
    solve_coarse = _coarse_solver(columns, values, block, coarse)
    diagonal = 1.0 / values[:, 0]
    padded, scratch = np.zeros(count + 1), np.empty(count)

    def times(vector: NDArray) -> NDArray:
        padded[:-1] = vector
        return matrix @ padded

    def precondition(vector: NDArray) -> NDArray:
        coarse_part = solve_coarse(np.bincount(block, vector, minlength=coarse))
        result = coarse_part[block]
        result += np.multiply(diagonal, vector, out=scratch)
        return result

    head = guess
    flow = times(head)
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
        flow = times(direction)
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


def _coarse_solver(
    columns: NDArray[np.int32], values: NDArray, block: NDArray[np.int32], coarse: int
) -> Callable[[NDArray], NDArray]:
    """Solves the equations summed over blocks (coarse,). The rows sum to 0, so only what leaves a block counts."""
    there = np.append(block, np.int32(coarse))[columns]  # block number ``coarse`` stands for head 0
    row, column = np.nonzero(there != block[:, None])
    from_block, to_block, value = block[row], there[row, column], values[row, column]
    inner = to_block < coarse
    every = np.arange(coarse, dtype=np.int32)
    entries = np.append(value[inner], -np.bincount(from_block, value, minlength=coarse))
    rows, cols = np.append(from_block[inner], every), np.append(to_block[inner], every)
    return splu(sparse.csc_array(sparse.coo_array((entries, (rows, cols)), shape=(coarse, coarse)))).solve


def _dot(a: NDArray, b: NDArray) -> float:
    return float(np.einsum("i,i->", a, b))

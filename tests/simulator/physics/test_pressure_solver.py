"""Steady pressure in voxels, held to dense linear algebra and to conductances known by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from simulator.physics.pressure_solver import RESIDUAL, Stencil, grown, neighbours, steady_head, stencil


def dense_matrix(box: Stencil, cells: NDArray) -> NDArray:
    """The pressure equations of cells, written out face by face."""
    row = {int(cell): i for i, cell in enumerate(cells)}
    matrix = np.zeros((len(cells), len(cells)))
    for axis, step in enumerate(box.steps):
        for lower, conductance in enumerate(box.faces[axis]):
            for a, b in ((lower, lower + step), (lower + step, lower)):
                if a in row and conductance > 0.0:
                    matrix[row[a], row[a]] += conductance
                    if b in row:
                        matrix[row[a], row[b]] -= conductance
    return matrix


def test_layers_conduct_in_series() -> None:
    """The face between two layers has the harmonic mean of their permeabilities; walls have none."""
    layers = np.array([1.0, 3.0, 0.0, 5.0]).reshape(4, 1, 1)
    box = stencil(layers, (2.0, 1.0, 1.0), 0.5)
    np.testing.assert_allclose(box.faces[0], [2.0 * 0.5e-3 * 1.5, 0.0, 0.0, 0.0])
    assert not box.faces[1:].any()


def test_neighbours_off_the_box_conduct_nothing() -> None:
    """Every face is listed from both of its sides, and none leads off the box or around its edge."""
    shape = (3, 4, 5)
    box = stencil(np.random.default_rng(0).uniform(1.0, 2.0, shape), (1.0, 1.0, 1.0), 1.0)
    index, value = neighbours(box, np.arange(60))
    assert np.count_nonzero(value) == 2 * (2 * 4 * 5 + 3 * 3 * 5 + 3 * 4 * 4)
    here, there = (np.array(np.unravel_index(i, shape)) for i in np.nonzero(value)[:1] + (index[value > 0.0],))
    assert np.all(np.abs(here - there).sum(axis=0) == 1)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), contrast=st.sampled_from([1.0, 10.0, 1e3]))
def test_pressure_agrees_with_dense_algebra(seed: int, contrast: float) -> None:
    """In random shapes of random permeability the flow into every front voxel is that of the exact solution."""
    rng = np.random.default_rng(seed)
    shape = (7, 6, 9)
    box = stencil(contrast ** rng.random(shape) * (rng.random(shape) > 0.15), (0.5, 1.0, 2.0), 1.0)
    full = rng.random(shape) < 0.7
    conducts = box.faces.sum(axis=0).reshape(shape) > 0.0
    part, _ = ndimage.label(full & conducts)
    cells = np.flatnonzero(part.ravel() == np.bincount(part[part > 0]).argmax())
    index, value = neighbours(box, cells)
    outside = ~np.isin(index, cells) & (value > 0.0)
    if not outside.any() or np.linalg.cond(dense_matrix(box, cells)) > 1e12:
        return
    source = np.zeros(len(cells))
    source[[0, len(cells) // 2]] += 0.5
    head, front, inflow = steady_head(box, cells, source, rng.random(len(cells)))
    exact = np.linalg.solve(dense_matrix(box, cells), source)
    expected = np.bincount(index[outside], (value * exact[:, None])[outside], minlength=full.size)
    assert np.abs(inflow - expected[front]).sum() <= 2.0 * RESIDUAL
    assert expected.sum() == pytest.approx(1.0)
    assert np.abs(head - exact).max() <= 0.2 * exact.max()


def test_a_good_guess_is_not_changed() -> None:
    """Starting from the solution, or from a multiple of it, gives the solution."""
    box = stencil(np.ones((9, 9, 9)), (1.0, 1.0, 1.0), 1.0)
    inner = np.zeros((9, 9, 9), dtype=bool)
    inner[2:7, 2:7, 2:7] = True
    cells = np.flatnonzero(inner)
    source = (cells == np.ravel_multi_index((4, 4, 4), inner.shape)).astype(float)
    exact = np.linalg.solve(dense_matrix(box, cells), source)
    for scale in (1.0, 7.0):
        guess = scale * exact
        head, _, inflow = steady_head(box, cells, source, guess)
        np.testing.assert_allclose(head, exact, rtol=1e-12)
        np.testing.assert_array_equal(guess, scale * exact)
        assert inflow.sum() == pytest.approx(1.0)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    low=st.tuples(*3 * [st.integers(0, 3)]),
    high=st.tuples(*3 * [st.integers(0, 3)]),
    walls=st.booleans(),
)
def test_a_grown_box_is_the_box(
    seed: int, low: tuple[int, int, int], high: tuple[int, int, int], walls: bool
) -> None:
    """A stencil taken over and given margins is bit for bit the one made anew, whichever sides have grown."""
    rng = np.random.default_rng(seed)
    inner = (4, 5, 3)
    shape = tuple(a + n + b for a, n, b in zip(low, inner, high, strict=True))
    permeability = rng.random(shape) * (rng.random(shape) > 0.2)
    number = rng.integers(0, 3, shape) if walls else None
    known = tuple(slice(a, a + n) for a, n in zip(low, inner, strict=True))
    like = ((0.5, 1.0, 2.0), 0.5)
    small = stencil(permeability[known], *like, None if number is None else number[known])
    whole = stencil(permeability, *like, number)
    assert np.array_equal(grown(small, low, permeability, *like, number).faces, whole.faces)

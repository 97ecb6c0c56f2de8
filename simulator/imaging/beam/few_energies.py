"""Which few energies stand for a spectrum, and with what weights: the linear algebra of ``effective_bins``.

Each row of shares is a path through the patient, each column an energy, each entry the share of the row's signal
that this energy brings; all columns together sum to one in every row. Sought are a few columns and weights that
still do: a quadrature whose nodes are chosen among the energies of the spectrum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

FloatArray = NDArray[np.float64]

_STRIDES = (2, 3)
_ROUNDS = 3
_SWEEPS = 6
_LAWSON_STEPS = 8
_RIDGE = 1e-12
"""Share of the Gram matrix's trace added to its diagonal: neighbouring energies are almost the same column."""


def few_columns(shares: FloatArray, count: int) -> tuple[NDArray[np.intp], FloatArray, float]:
    """At most count columns (k,) of shares (paths, n), increasing, their weights (k,) > 0, and their error.

    The error is the largest of |sum of weights times shares - 1| over all paths. Columns are first dropped one by
    one, the cheapest first, then exchanged one at a time while that helps (Fedorov 1972, for designs of
    experiments), in rounds that stress the paths which fit worst (Lawson 1961). Deterministic; a local optimum,
    the better of two starts.
    """
    columns = np.arange(shares.shape[1])
    best, least = (columns[:0], np.zeros(0)), np.inf
    # A thinned list is enough to begin with. It may not be empty: nnls of scipy 1.17 crashes on that.
    for stride in _STRIDES if len(columns) > max(_STRIDES) * count else (1,):
        kept = _without_cheapest(shares, columns[::stride], count)
        emphasis = np.ones(len(shares))
        for _ in range(_ROUNDS):
            gram, target = shares.T @ (emphasis[:, None] * shares), shares.T @ emphasis
            kept = _exchanged(gram, target, kept)
            weights, error, emphasis = _minimax_weights(shares[:, kept], emphasis)
            if error < least:
                best, least = (kept, weights), error
    kept, weights = best
    order = np.argsort(kept)
    order = order[weights[order] > 0.0]
    return kept[order], weights[order], least


def _without_cheapest(shares: FloatArray, kept: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Indices of count columns of shares (paths, n) that still best combine to a column of ones.

    Dropping column i of a least-squares fit x adds x_i**2 / (G^-1)_ii to its squared error (Gram matrix G).
    """
    gram, target = shares.T @ shares, shares.sum(axis=0)
    while len(kept) > count:
        inverse = np.linalg.pinv(gram[np.ix_(kept, kept)], rcond=1e-13, hermitian=True)
        cost = (inverse @ target[kept]) ** 2 / np.maximum(np.diag(inverse), np.finfo(float).tiny)
        kept = np.delete(kept, np.argmin(cost))
    return kept


def _exchanged(gram: FloatArray, target: FloatArray, kept: NDArray[np.intp]) -> NDArray[np.intp]:
    """kept (k,) after replacing one column after another by whichever of all n explains the target best."""
    kept = kept.copy()
    for _ in range(_SWEEPS):
        before = kept.copy()
        for place in range(len(kept)):
            explained = _explained(gram, target, np.delete(kept, place))
            best = int(explained.argmax())
            if explained[best] > explained[kept[place]] * (1.0 + 1e-13):
                kept[place] = best
        if np.array_equal(kept, before):
            break
    return kept


def _explained(gram: FloatArray, target: FloatArray, others: NDArray[np.intp]) -> FloatArray:
    """Squared length (n,) of the target that others and one of n columns more explain with weights >= 0.

    The least-squares weights of all n sets at once, by elimination of the others; negative ones count as zero.
    """
    ridge = _RIDGE * float(np.trace(gram))
    inner, across, own = gram[np.ix_(others, others)], gram[others], np.diag(gram)
    solved = np.linalg.solve(inner + ridge * np.eye(len(others)), np.column_stack([target[others], across]))
    alone, share = solved[:, :1], solved[:, 1:]
    left = own - (across * share).sum(axis=0) + ridge
    weight = np.maximum((target - across.T @ alone[:, 0]) / left, 0.0)
    weights = np.maximum(alone - share * weight, 0.0)
    linear = target[others] @ weights + target * weight
    square = (weights * (inner @ weights)).sum(axis=0) + weight * (
        2.0 * (across * weights).sum(axis=0) + own * weight
    )
    explained = np.asarray(2.0 * linear - square)
    explained[others] = -np.inf
    return explained


def _minimax_weights(shares: FloatArray, emphasis: FloatArray) -> tuple[FloatArray, float, FloatArray]:
    """Weights (n,) >= 0 whose sum over shares (paths, n) is nearest to one, the largest error, new emphasis.

    Least squares, repeated with more weight on the paths that fit worst (Lawson 1961); the best step wins.
    """
    best, least = np.zeros(shares.shape[1]), np.inf
    for _ in range(_LAWSON_STEPS):
        weights, _ = nnls(shares * np.sqrt(emphasis)[:, None], np.sqrt(emphasis))
        error = np.abs(shares @ weights - 1.0)
        worst = float(error.max())
        if worst < least:
            best, least = weights, worst
        if worst < 1e-9:
            break
        emphasis = emphasis * (error / worst + 0.02)
        emphasis = emphasis / emphasis.mean()
    return best, least, emphasis

"""Scattered radiation at the detector, as a smooth field computed from the primary.

Model (physics D4, "Use this"): the primary, times the scatter-to-primary ratio (SPR) of the tissue
thickness behind which it arrives, spread by a Gaussian of 40 to 60 mm. The ratio is a power law of
thickness and field area fitted to Monte Carlo slabs at 90 kV with a 10 cm air gap; against their rows it is
off by up to 8 % without a grid and 16 % with one (the tests measure this). Other air gaps and tube
potentials are not modelled: without a grid a gap of 5 or 30 cm changes the ratio by +40 or -60 %. Local
thickness makes the open beam beside the patient, a hundred times brighter, scatter nothing. From outside
the irradiated field nothing comes, so scatter falls towards its edges, to a half in the middle of each.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Picture = NDArray[np.float32]

SPREAD_MM = 50.0
"""Gaussian sigma on the detector (40 to 60 mm, physics D4)."""

GRID_PRIMARY_TRANSMISSION = 0.70
"""Share of the primary that a real grid lets through (0.65 to 0.75, unconfirmed; physics D4)."""

CELLS_PER_SPREAD = 3.0
"""Coarse cells per sigma; a Gaussian sampled this densely sums to one within 1e-9."""


def scatter_to_primary(thickness_mm: ArrayLike, field_area_cm2: float, *, with_grid: bool) -> NDArray[np.floating]:
    """SPR (...,) in the middle of a field of field_area_cm2 on the detector, behind soft tissue (...,) thick.

    0.32 * 1.5 (T / 20 cm)^1.2 (A / 400 cm2)^0.35 with a grid, where 1.5 stands for the imperfections of a
    real one (1.3 to 1.6, unconfirmed); 1.94 (T / 20 cm)^1.2 (A / 400 cm2)^0.65 without. Fitted for 15 to 30
    cm and 144 to 900 cm2. Raises ValueError for a negative thickness or area.

    >>> float(scatter_to_primary(200.0, 400.0, with_grid=False))
    1.94
    """
    thickness = np.asarray(thickness_mm)
    if field_area_cm2 < 0.0 or np.any(thickness < 0.0):
        raise ValueError(f"thickness and field area cannot be negative (area {field_area_cm2} cm2)")
    reference, power = (0.32 * 1.5, 0.35) if with_grid else (1.94, 0.65)
    return reference * (thickness / 200.0) ** 1.2 * (field_area_cm2 / 400.0) ** power


def scatter_field(
    primary: NDArray,
    thickness_mm: ArrayLike,
    pixel_mm: float,
    *,
    with_grid: bool,
    spread_mm: float = SPREAD_MM,
) -> Picture:
    """Scatter (rows, cols), in the units of primary (rows, cols) and to be added to it.

    primary       signal behind the patient (and behind the grid, if there is one); exactly zero where the
                  collimator blocks the beam, which also tells the area of the field
    thickness_mm  soft-tissue thickness in front of each pixel, a number or (rows, cols); 0 in the open beam
    pixel_mm      pixel pitch on the detector

    In the middle of a uniform field the ratio of the result to primary is ``scatter_to_primary``. Averages
    over coarse cells, then a Gaussian from each cell straight to each pixel, as two matrix products: nothing
    is interpolated. Raises ValueError for shapes that differ or a negative primary.
    """
    signal = np.asarray(primary, dtype=np.float32)
    if signal.ndim != 2 or pixel_mm <= 0.0 or spread_mm <= 0.0:
        raise ValueError(
            f"need a picture, a pitch and a spread, got {signal.shape}, {pixel_mm} and {spread_mm} mm"
        )
    if signal.size and signal.min() < 0.0:
        raise ValueError("primary cannot be negative")
    thickness = np.asarray(thickness_mm, dtype=np.float32)
    if thickness.ndim and thickness.shape != signal.shape:
        raise ValueError(f"thickness_mm has shape {thickness.shape}, primary {signal.shape}")
    irradiated = signal > 0.0
    area_cm2 = float(np.count_nonzero(irradiated)) * (0.1 * pixel_mm) ** 2
    if area_cm2 == 0.0:
        return np.zeros_like(signal)
    (mean_rows, spread_rows), (mean_cols, spread_cols) = (
        _averaging_and_spreading(n, pixel_mm, spread_mm) for n in signal.shape
    )

    def spread(picture: NDArray) -> Picture:
        return (spread_rows @ (mean_rows @ picture @ mean_cols.T)) @ spread_cols.T

    ratio = scatter_to_primary(thickness, area_cm2, with_grid=with_grid).astype(np.float32)
    # The Gaussian reaches beyond the field: scale so that its middle, not its average, has the ratio.
    return spread(signal * ratio) / spread(irradiated.astype(np.float32)).max()


@lru_cache(maxsize=16)
def _averaging_and_spreading(n: int, pixel_mm: float, spread_mm: float) -> tuple[Picture, Picture]:
    """For one axis: matrices that average pixels over cells (cells, n), and spread cells on pixels (n, cells)."""
    cells = max(int(np.ceil(n * pixel_mm * CELLS_PER_SPREAD / spread_mm)), 3)
    edges = np.linspace(0.0, n, cells + 1)
    starts = np.arange(n)
    overlap = np.minimum(edges[1:, None], starts + 1.0) - np.maximum(edges[:-1, None], starts)
    averaging = np.clip(overlap, 0.0, None) / (n / cells)
    centres_mm = pixel_mm * 0.5 * (edges[1:] + edges[:-1])
    distance = pixel_mm * (starts[:, None] + 0.5) - centres_mm[None, :]
    step_mm = pixel_mm * n / cells
    spreading = np.exp(-0.5 * (distance / spread_mm) ** 2) * step_mm / (spread_mm * np.sqrt(2.0 * np.pi))
    return averaging.astype(np.float32), spreading.astype(np.float32)

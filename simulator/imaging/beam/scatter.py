"""Scattered radiation at the detector, as a smooth field computed from the primary.

Model (physics D4): the primary, times the scatter-to-primary ratio (SPR) of the tissue thickness behind which it
arrives, spread by a Gaussian of 40 to 60 mm. Local thickness makes the open beam beside the patient, a hundred
times brighter, scatter nothing. From outside the irradiated field nothing comes, so scatter falls towards its
edges, to a half in the middle of each.

The ratio is fitted to the Monte Carlo rows of D4 (15 to 30 cm of tissue, square fields of 12 to 30 cm, air gaps
of 5 to 30 cm, 60 to 120 kV; statistical error about 3 %). In logarithms it is linear in thickness, in area, in
their product, and in gap and tube potential: the simplest law within the rows' error. Beyond 15 to 30 cm and 144
to 900 cm2 the product stays as at the edge, so the ratio rises with thickness and area everywhere and is nothing
without tissue or field. Gap and tube potential were varied by the rows at 20 cm and 400 cm2 alone; here
they act as factors everywhere. Five of the seventeen rows were left out of the fit (tissue / field side): 15 / 20,
20 / 30, 25 / 12 and 30 / 20 cm, and the gap of 20 cm. Rows used are met within 3.2 %, those left out within 2.4 %,
but for 30 / 20 cm with grid: 6.7 %.

With the C-arm still, keep a ``ScatterView``, and only add what changed::

    scatter = scatter_view(tissue_mm, open_pixels, pixel_mm, with_grid=True)
    cells = scatter.cells(primary)
    ...
    cells = cells + scatter.cells(later[window] - primary[window], window)
    field = scatter.spread(cells)

The shadow of a needle may well be left out of the cells, one of cement should not: see ``ScatterView.cells``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Picture = NDArray[np.float32]
Window = tuple[slice, slice]

SPREAD_MM = 50.0
"""Gaussian sigma on the detector (40 to 60 mm, physics D4)."""

AIR_GAP_MM = 100.0
"""From the patient's skin to the detector: that of most Monte Carlo rows."""

GRID_PRIMARY_TRANSMISSION = 0.70
"""Share of the primary that a real grid lets through (0.65 to 0.75, unconfirmed; physics D4)."""

REAL_GRID_FACTOR = 1.5
"""SPR of a real 10:1 grid over that of the ideal one of the Monte Carlo rows (1.3 to 1.6, unconfirmed; D4)."""

MINERAL_MM_PER_G_CM2 = 14.0
"""Soft tissue that scatters like a g/cm2 of mineral: only for the local thickness (unconfirmed preset)."""

CELLS_PER_SPREAD = 3.0
"""Coarse cells per sigma; a Gaussian sampled this densely sums to one within 1e-9."""

_EFFECTIVE_DEPTH_MM = 200.0
"""Scatter thins out with the gap as if it came from this far inside the patient."""


@dataclass(frozen=True)
class RatioLaw:
    """Coefficients of the SPR: SPR at 20 cm, 400 cm2, 10 cm gap and 90 kV, and exponents around that point.

    thickness   of thickness over 20 cm
    area        of field area over 400 cm2
    both        what either exponent gains per unit logarithm of the other quantity, 15 to 30 cm, 144 to 900 cm2
    gap         of (10 cm + 20 cm) over (gap + 20 cm)
    kv          of tube potential over 90 kV
    """

    reference: float
    thickness: float
    area: float
    both: float
    gap: float
    kv: float


BARE_LAW = RatioLaw(reference=1.940, thickness=1.2458, area=0.6444, both=0.1578, gap=1.8732, kv=-0.0905)
IDEAL_GRID_LAW = RatioLaw(reference=0.3257, thickness=1.4069, area=0.2903, both=0.2381, gap=0.1694, kv=-0.2599)


def scatter_to_primary(
    thickness_mm: ArrayLike,
    field_area_cm2: float,
    *,
    with_grid: bool,
    air_gap_mm: float = AIR_GAP_MM,
    kv: float = 90.0,
) -> NDArray[np.floating]:
    """SPR (...,) in the middle of a field of field_area_cm2 on the detector, behind soft tissue (...,) thick.

    With a grid it includes REAL_GRID_FACTOR. Raises ValueError for a negative thickness, area or gap, or a tube
    potential that is not positive.

    >>> round(float(scatter_to_primary(200.0, 400.0, with_grid=False)), 2)
    1.94
    """
    thickness = np.asarray(thickness_mm)
    if thickness.dtype != np.float32:
        thickness = thickness.astype(float)
    if min(field_area_cm2, air_gap_mm) < 0.0 or np.any(thickness < 0.0):
        raise ValueError(
            f"thickness, field area ({field_area_cm2} cm2) and air gap ({air_gap_mm} mm) cannot be negative"
        )
    if not kv > 0.0:
        raise ValueError(f"kv must be positive, got {kv}")
    if field_area_cm2 == 0.0:
        return np.zeros_like(thickness)
    law, factor = (IDEAL_GRID_LAW, REAL_GRID_FACTOR) if with_grid else (BARE_LAW, 1.0)
    area = math.log(field_area_cm2 / 400.0)
    nearest_area = min(max(area, math.log(144.0 / 400.0)), math.log(900.0 / 400.0))
    gap = math.log((AIR_GAP_MM + _EFFECTIVE_DEPTH_MM) / (air_gap_mm + _EFFECTIVE_DEPTH_MM))
    level = law.area * area + law.gap * gap + law.kv * math.log(kv / 90.0)
    with np.errstate(divide="ignore"):
        depth = np.asarray(np.log(thickness * (1.0 / 200.0)))
    exponent = np.clip(depth, math.log(0.75), math.log(1.5))
    exponent *= law.both * nearest_area
    depth *= law.thickness
    exponent += depth
    exponent += level
    ratio = np.exp(exponent)
    ratio *= factor * law.reference
    return np.asarray(ratio)


@dataclass(frozen=True, eq=False)
class ScatterView:
    """What the scatter of one view, field and technique needs, whatever stands in the beam. From ``scatter_view``.

    ratio            SPR of each pixel (rows, columns), over what the spread makes of a uniform field in its middle
    average_rows     (m, rows) and average_columns (columns, n) turn a picture into the means of coarse cells
    spread_rows      (rows, m) and spread_columns (n, columns): a Gaussian from each cell straight to each pixel
    """

    ratio: Picture
    average_rows: Picture
    average_columns: Picture
    spread_rows: Picture
    spread_columns: Picture

    def cells(self, primary: NDArray, window: Window | None = None) -> Picture:
        """Scatter that starts from each coarse cell (m, n), from the primary (rows, columns) or a window of it.

        Linear: cells of a sum are the sum of cells, and a window counts as a picture that is zero outside. So
        what a moved instrument changes is added from its window alone. A needle's shadow (3 mm wide on the
        detector, 85 % dark, across the whole field) lowers the scatter behind it by 2.1 % at most, and may be
        left out; 10 mm of cement in a whole vertebral body (50 mm on the detector) by 11 %.
        """
        rows, columns = window or (slice(None), slice(None))
        scattering = np.multiply(primary, self.ratio[rows, columns], dtype=np.float32)
        means = (self.average_rows[:, rows] @ scattering) @ self.average_columns[columns]
        return np.asarray(means, dtype=np.float32)

    def spread(self, cells: NDArray, out: Picture | None = None) -> Picture:
        """Scatter field (rows, columns) of cells (m, n), in the units of the primary; into out if given."""
        return np.matmul(self.spread_rows @ cells, self.spread_columns, out=out)


def scatter_view(
    thickness_mm: ArrayLike,
    open_pixels: NDArray[np.bool_],
    pixel_mm: float,
    *,
    with_grid: bool,
    spread_mm: float = SPREAD_MM,
    air_gap_mm: float = AIR_GAP_MM,
    kv: float = 90.0,
) -> ScatterView:
    """Prepares the scatter of one view.

    thickness_mm  soft-tissue thickness in front of each pixel, a number or (rows, columns); 0 in the open beam
    open_pixels   (rows, columns), True where the collimator lets the beam through; its area is the field's
    pixel_mm      pixel pitch on the detector
    air_gap_mm    from the patient's skin to the detector; kv is the tube potential

    In the middle of a uniform field the ratio of scatter to primary is then ``scatter_to_primary``. Raises
    ValueError for shapes that differ, or a pitch or spread that is not positive.
    """
    irradiated = np.asarray(open_pixels, dtype=bool)
    if irradiated.ndim != 2 or pixel_mm <= 0.0 or spread_mm <= 0.0:
        raise ValueError(
            f"need a picture, a pitch and a spread, got {irradiated.shape}, {pixel_mm} and {spread_mm} mm"
        )
    thickness = np.asarray(thickness_mm, dtype=np.float32)
    if thickness.ndim and thickness.shape != irradiated.shape:
        raise ValueError(f"thickness_mm has shape {thickness.shape}, the picture {irradiated.shape}")
    (average_rows, spread_rows), (average_columns, spread_columns) = (
        _averaging_and_spreading(n, pixel_mm, spread_mm) for n in irradiated.shape
    )
    area_cm2 = float(np.count_nonzero(irradiated)) * (0.1 * pixel_mm) ** 2
    ratio = scatter_to_primary(thickness, area_cm2, with_grid=with_grid, air_gap_mm=air_gap_mm, kv=kv)
    bare = ScatterView(
        irradiated.astype(np.float32), average_rows, average_columns.T, spread_rows, spread_columns.T
    )
    # The Gaussian reaches beyond the field: scale so that its middle, not its average, has the ratio.
    middle = bare.spread(bare.cells(bare.ratio)).max() if area_cm2 else 1.0
    field_ratio = np.multiply(ratio, irradiated / np.float32(middle), dtype=np.float32)
    field_ratio.setflags(write=False)
    return ScatterView(field_ratio, average_rows, average_columns.T, spread_rows, spread_columns.T)


def scatter_field(
    primary: NDArray,
    thickness_mm: ArrayLike,
    pixel_mm: float,
    *,
    with_grid: bool,
    spread_mm: float = SPREAD_MM,
    air_gap_mm: float = AIR_GAP_MM,
    kv: float = 90.0,
) -> Picture:
    """Scatter (rows, columns), in the units of primary (rows, columns) and to be added to it.

    primary is the signal behind the patient (and behind the grid, if there is one), exactly zero where the
    collimator blocks the beam. For one picture; see ``scatter_view`` for several of one view and for the other
    arguments. Raises ValueError for a negative primary.
    """
    signal = np.asarray(primary, dtype=np.float32)
    if signal.size and signal.min() < 0.0:
        raise ValueError("primary cannot be negative")
    view = scatter_view(
        thickness_mm,
        signal > 0.0,
        pixel_mm,
        with_grid=with_grid,
        spread_mm=spread_mm,
        air_gap_mm=air_gap_mm,
        kv=kv,
    )
    return view.spread(view.cells(signal))


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

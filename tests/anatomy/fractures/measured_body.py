"""A fractured body as voxels of 1 mm, measured the way a reader does: corners, walls, heights, grams."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from anatomy import frames
from anatomy.column import column_of
from anatomy.fractures.fracture import Collapse
from anatomy.frames import FloatArray
from anatomy.skeleton import spine
from anatomy.skeleton.vertebra import Vertebra
from anatomy.spec import FractureSpec, PatientSpec, TargetLevel
from anatomy.volume import Grid, Volume, sample

WOMAN = PatientSpec(seed=5)
GRID = Grid.spanning((-34.0, -32.0, -24.0), (34.0, 30.0, 24.0), 1.0)
_CORNER_MM = (2.1, 3.1)
"""The stretch of an endplate, from the wall inwards, by which its corner is found: inside the rounded rim."""


@dataclass(frozen=True, eq=False)
class MeasuredBody:
    """One vertebra in voxels: distance to its surface (mm) and its body's mineral (g/cm3), and its recipe."""

    distance: Volume
    mineral: Volume
    vertebra: Vertebra
    collapse: Collapse | None

    @property
    def body_g(self) -> float:
        """Mineral of the body."""
        return float(self.mineral.array.sum(dtype=float)) * self.mineral.grid.voxel_ml

    def heights_mm(self) -> tuple[float, float, float]:
        """Anterior, middle and posterior height in the mid-sagittal plane.

        In front a corner is where the line through an endplate's last millimetres, inside the rounded rim, meets
        the wall; behind, where little is lost, it is read at the rim itself.
        """
        v = self.vertebra
        near, far = _CORNER_MM
        inward = np.linspace(near, far, 6)
        anterior = [np.subtract(*self.ends_mm(0.0, v.anterior_wall_y_mm - float(mm))[::-1]) for mm in inward]
        in_front = float(np.polyval(np.polyfit(inward, anterior, 1), 0.0))
        middle = np.subtract(*self.ends_mm(0.0, v.posterior_wall_y_mm + 0.46 * v.size.depth_mm)[::-1])
        behind = np.subtract(*self.ends_mm(0.0, v.posterior_wall_y_mm + near)[::-1])
        return in_front, float(middle), float(behind)

    def ends_mm(self, x: float, y: float) -> tuple[float, float]:
        """(lowest, highest) height of bone at (x, y) within the body, vertebral frame."""
        z = np.arange(-20.0, 20.0, 0.02)
        return _span(z, self._distances(np.stack(np.broadcast_arrays(x, y, z), axis=-1)))

    def depth_mm(self, z: float, x: float = 0.0) -> tuple[float, float]:
        """(rearmost, foremost) bone at a height, vertebral frame."""
        y = np.arange(-26.0, 28.0, 0.1)
        return _span(y, self._distances(np.stack(np.broadcast_arrays(x, y, z), axis=-1)))

    def _distances(self, points: FloatArray) -> FloatArray:
        return sample(self.distance, frames.apply(self.vertebra.patient_from_vertebra, points), outside=9.0)


def _span(places: FloatArray, distance: FloatArray) -> tuple[float, float]:
    inside = np.flatnonzero(distance < 0.0)
    if inside.size == 0:
        raise ValueError("the line does not meet bone")
    return float(places[inside[0]]), float(places[inside[-1]])


@cache
def measured(
    fracture: FractureSpec | None, level: TargetLevel = "L1", age_years: float = WOMAN.age_years
) -> MeasuredBody:
    """The target of an osteoporotic woman with a fracture, or whole."""
    spec = replace(WOMAN, target_level=level, fracture=fracture, age_years=age_years)
    column = column_of(spec)
    piece = spine.vertebra_piece(spec, column.target_vertebra, GRID, column.collapse)
    assert piece is not None
    distance = np.full(GRID.shape, 9.0, dtype=np.float32)
    distance[piece.window] = piece.distance
    mineral = np.zeros(GRID.shape, dtype=np.float32)
    mineral[piece.window][piece.at] = piece.body
    return MeasuredBody(Volume(distance, GRID), Volume(mineral, GRID), column.target_vertebra, column.collapse)

"""A scoliosis carries the body along: where a place of the upright body comes to lie.

Trunk, organs, girdle and ribs are made for an upright column; they are then moved sideways with the spine, whole
where they lie beside it and less towards the flanks (shape: ours). Heights and depths stay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from anatomy import frames
from anatomy.column import Column
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton.bones import Bone, Solid
from anatomy.spec import LEVELS
from anatomy.volume import Grid

_BESIDE_MM, _FLANK_MM = 45.0, 150.0
_FLANK_SHARE = 0.45
_ROUNDS = 12  # of a fixed point that contracts to 0.4 a round: 40 mm to 1 um


@dataclass(frozen=True)
class Sway:
    """How far aside the spine lies by height: x_mm (n,) at z_mm (n,), ascending, patient frame.

    The straight line from hips to neck moves everything alike; the rest fades towards the flanks.
    """

    z_mm: FloatArray
    x_mm: FloatArray

    @property
    def most_mm(self) -> float:
        """The largest way aside."""
        return float(np.abs(self.x_mm).max())

    def _aside(self, z: Array) -> tuple[Array, Array]:
        """(of the straight line, of the curve about it) at heights z."""
        line = np.interp(z, self.z_mm[[0, -1]], self.x_mm[[0, -1]])
        return line, np.interp(z, self.z_mm, self.x_mm) - line

    def moved_x(self, x: Array, z: Array) -> Array:
        """x of the places that lie at (x, z) in the upright body."""
        line, curve = self._aside(z)
        t = np.clip((np.abs(x) - _BESIDE_MM) / (_FLANK_MM - _BESIDE_MM), 0.0, 1.0)
        return x + line + curve * (1.0 - (1.0 - _FLANK_SHARE) * t * t * (3.0 - 2.0 * t))

    def upright_x(self, x: Array, z: Array) -> Array:
        """Where in the upright body the places at (x, z) lie: inverse of moved_x."""
        guess = np.asarray(x - self._aside(z)[0] - self._aside(z)[1], dtype=float)
        for _ in range(_ROUNDS):
            guess = guess - (self.moved_x(guess, z) - x)
        return guess

    def moved(self, points_mm: FloatArray) -> FloatArray:
        """Points (n, 3) of the upright body where they come to lie."""
        x, y, z = points_mm.T
        return np.stack([self.moved_x(x, z), y, z], axis=1)

    def carried(self, array: NDArray, grid: Grid) -> NDArray:
        """A volume (i, j, k) of the upright body, moved: linear in x, labels (integers) by the nearest voxel."""
        x, _, z = (axis.ravel() for axis in grid.axes_mm())
        at = (self.upright_x(x[:, None], z[None, :]) - x[0]) / (x[1] - x[0])
        at = np.clip(at, 0.0, len(x) - 1.001)
        out = np.empty_like(array)
        for k in range(len(z)):
            if np.issubdtype(array.dtype, np.integer):
                out[:, :, k] = array[np.rint(at[:, k]).astype(np.intp), :, k]
                continue
            low = at[:, k].astype(np.intp)
            share = (at[:, k] - low).astype(np.float32)[:, None]
            out[:, :, k] = (1.0 - share) * array[low, :, k] + share * array[low + 1, :, k]
        return out

    def bone(self, bone: Bone) -> Bone:
        """A bone of the upright body, moved."""
        return replace(bone, solids=tuple(self._solid(solid) for solid in bone.solids))

    def _solid(self, solid: Solid) -> Solid:
        def distance(x: Array, y: Array, z: Array) -> Array:
            return solid.distance(self.upright_x(x, z).astype(np.float32), y, z)

        low, high = solid.box
        z = np.linspace(low[2], high[2], 9)
        ends = np.concatenate([self.moved_x(np.full(9, end), z) for end in (low[0], high[0])])
        box = np.array([ends.min(), *low[1:]]), np.array([ends.max(), *high[1:]])
        return Solid(distance, box)


def sway_of(column: Column) -> Sway | None:
    """How a column's scoliosis carries the body; None for a straight one."""
    centres = [column.vertebrae[level].patient_from_vertebra[:3, 3] for level in reversed(LEVELS)]
    x, _, z = np.array([column.patient_from_sacrum[:3, 3], *centres]).T
    return None if not np.any(np.abs(x) > 1e-6) else Sway(z, x)


def upright(column: Column) -> Column:
    """The column without its scoliosis: every level at its height and depth, in the midline, facing forward."""
    if sway_of(column) is None:
        return column
    vertebrae = {
        level: replace(v, patient_from_vertebra=_upright(v.patient_from_vertebra))
        for level, v in column.vertebrae.items()
    }
    return replace(column, vertebrae=vertebrae, patient_from_sacrum=_upright(column.patient_from_sacrum))


def _upright(place: FloatArray) -> FloatArray:
    lean = frames.rotation((1.0, 0.0, 0.0), -float(np.arctan2(place[1, 2], place[2, 2])))
    return frames.compose(frames.translation((0.0, place[1, 3], place[2, 3])), lean)


def with_the_sacrum(bones: list[Bone], straight: Column, column: Column) -> list[Bone]:
    """Bones of an upright column that move as a whole with its sacrum: the pelvis."""
    move = frames.compose(column.patient_from_sacrum, frames.inverse(straight.patient_from_sacrum))
    return [replace(bone, solids=tuple(_rigid(solid, move) for solid in bone.solids)) for bone in bones]


def _rigid(solid: Solid, move: FloatArray) -> Solid:
    back = frames.inverse(move).astype(np.float32)

    def distance(x: Array, y: Array, z: Array) -> Array:
        moved = [row[0] * x + row[1] * y + row[2] * z + row[3] for row in back[:3]]
        return solid.distance(*moved)

    low, high = solid.box
    corners = np.array(
        [[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
    )
    moved = frames.apply(move, corners)
    return Solid(distance, (moved.min(axis=0), moved.max(axis=0)))

"""The spinal canal as found: each vertebra's section along its own axis, narrowed by a burst's fragment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatomy import frames
from anatomy.body.organ import local
from anatomy.column import Column
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton.arch import FAR_MM, box_in_patient
from anatomy.skeleton.vertebra import Vertebra, body_box, body_field, canal_distance
from anatomy.table import Distance

_REACH_MM = 60.0  # half of what a vertebra's stretch of canal spans upright, and more
_VOXEL_MM = 0.5  # height over which the collapse is averaged: that of the fine box
_NEAR_MM = 14.0  # farther off the body's distance is not worked out (hazards keep 12)


def distance(spine: Column, x: Array, y: Array, z: Array) -> Array:
    """Distance to the bony canal of whole vertebrae at axes x (i,1,1), y (1,j,1), z (1,1,k), patient frame, mm."""
    out = np.full((x.size, y.size, z.size), FAR_MM, dtype=np.float32)
    for v in spine.vertebrae.values():
        centre = v.patient_from_vertebra[2, 3]
        k = slice(*np.searchsorted(z.ravel(), (centre - _REACH_MM, centre + _REACH_MM)))
        if k.stop <= k.start:
            continue
        lx, ly, lz = local(frames.inverse(v.patient_from_vertebra), x, y, z[:, :, k])
        reach = np.abs(lz) - (0.5 * v.size.rim_height_mm + 0.6 * v.size.disc_below_height_mid_mm)
        out[:, :, k] = np.minimum(out[:, :, k], np.maximum(canal_distance(v, lx, ly), reach))
    return out


@dataclass(frozen=True)
class Narrowed:
    """A structure in the canal without the room that the fragment of a burst takes from it.

    Dura and cord are pressed, not moved: they are cut off at the fragment.
    """

    whole: Distance
    spine: Column

    def __call__(self, x: Array, y: Array, z: Array) -> Array:
        """Distance at axes x (i,1,1), y (1,j,1), z (1,1,k), patient frame, mm."""
        out = np.array(np.broadcast_to(self.whole(x, y, z), (x.size, y.size, z.size)))
        axes = (x.ravel(), y.ravel(), z.ravel())
        low, high = _box(self.spine)
        i, j, k = (slice(*np.searchsorted(axes[n], (low[n], high[n]))) for n in range(3))
        if all(s.stop > s.start for s in (i, j, k)):
            free = -_body_mm(self.spine, x[i], y[:, j], z[:, :, k])
            out[i, j, k] = np.maximum(out[i, j, k], free)
        return out


def is_narrowed(spine: Column) -> bool:
    """Whether a fragment stands in the canal."""
    return spine.collapse is not None and spine.collapse.spec.retropulsion_mm > 0.0


def _box(spine: Column) -> tuple[FloatArray, FloatArray]:
    """Box (low, high) about the fragment's reach and what is near it, patient frame."""
    assert spine.collapse is not None
    v = spine.target_vertebra
    low, high = body_box(v)
    back = np.array([0.0, spine.collapse.spec.retropulsion_mm, 0.0])
    return box_in_patient((low - back - _NEAR_MM, high + _NEAR_MM), v.patient_from_vertebra)


def _body_mm(spine: Column, x: Array, y: Array, z: Array) -> Array:
    """Distance to the target's body as found."""
    assert spine.collapse is not None
    v: Vertebra = spine.target_vertebra
    lx, ly, lz = local(frames.inverse(v.patient_from_vertebra), x, y, z)
    y0, z0, _, _ = spine.collapse.as_found(lx, ly, lz, _VOXEL_MM)
    return np.asarray(body_field(v, lx, y0, z0).distance_mm, dtype=np.float32)

"""Line integrals the slow, plain way: many trilinear samples along every ray. The projector's oracle."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.volume import Volume
from simulator.imaging.view import View


def line_integrals_by_marching(volume: Volume, view: View, *, step_mm: float, every: int = 1) -> FloatArray:
    """Integral along the ray to every pixel, (rows, columns), value times mm, by the midpoint rule.

    every asks for each so many-th row and column only.

    Trilinear interpolation, falling to zero within one voxel outside, in float64. Minutes for what the
    projector does in a tenth of a second: for tests and for the error that ``bench projector`` prints.
    """
    rows, columns = np.indices(view.shape, dtype=float)[:, ::every, ::every]
    vectors = np.stack([rows, columns, np.ones_like(rows)], axis=-1) @ view.ray_matrix_patient().T
    directions = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    low, high = volume.grid.box_mm()
    corners = np.array([[(low, high)[i][0], (low, high)[j][1], (low, high)[k][2]]
                        for i in (0, 1) for j in (0, 1) for k in (0, 1)])  # fmt: skip
    reach = np.linalg.norm(corners - view.source_patient_mm, axis=1)
    margin = float(volume.grid.voxel_mm.max())
    start, stop = max(reach.min() - np.linalg.norm(high - low) - margin, 0.0), reach.max() + margin
    voxel_from_patient = frames.inverse(volume.patient_from_voxel)
    source = frames.apply(voxel_from_patient, view.source_patient_mm)
    steps = frames.apply_direction(voxel_from_patient, directions)
    array = volume.array.astype(float)
    total = np.zeros(rows.shape)
    for distance in np.arange(start + step_mm / 2.0, stop, step_mm):
        at = np.moveaxis(source + steps * distance, -1, 0)
        total += ndimage.map_coordinates(array, at, order=1, mode="grid-constant", cval=0.0)
    return total * step_mm

"""GE CatSim's distance-driven projector in C (``DD3Proj_mm``) from the gecatsim package.

A voxel is a box of constant value and a pixel is an area: the image is a mean over pixels of the integral through
boxes. The detector's columns are parallel to z, so there is no cranio-caudal tilt. The library works one view on
one thread; here each thread takes its share of the detector's columns, which costs the peer nothing.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from gecatsim.pyfiles.C_DD3Proj_mm import DD3Proj_mm
from numpy.typing import NDArray

from anatomy.volume import Volume
from simulator.imaging.view import View
from tests.benchmarks.peers.contestants import ImpossibleViewError, Projection


def prepare(volume: Volume, view: View, threads: int, *, air_mask: bool) -> Projection:
    """The volume in CatSim's order (y falling, x, z), the mask of columns along z that hold anything, threads."""
    across, _, forward = view.patient_from_beam[:3, :3].T
    if abs(forward[2]) > 1e-9:
        raise ImpossibleViewError("no cranio-caudal tilt")
    array = np.ascontiguousarray(volume.array.transpose(1, 0, 2)[::-1])
    filled = (array != 0.0).any(axis=2) if air_mask else np.ones(array.shape[:2], dtype=bool)
    mask = np.concatenate([filled.ravel(), filled.T.ravel()]).astype(np.uint8)  # and once more for lateral views
    low_mm, high_mm = volume.grid.box_mm()
    middle, source = 0.5 * (low_mm + high_mm), view.source_patient_mm
    rows, columns = view.shape
    along = -(np.arange(columns) - (columns - 1) / 2.0) * view.pixel_mm  # our columns run against the beam's x
    pixels = source + view.source_to_detector_mm * forward + along[:, None] * across
    x_mm, y_mm = (np.ascontiguousarray(pixels[:, axis], dtype=np.float32) for axis in (0, 1))
    z_mm = ((np.arange(rows) - (rows - 1) / 2.0) * view.pixel_mm + source[2]).astype(np.float32)
    zero = np.zeros(1, dtype=np.float32)
    ny, nx, nz = array.shape

    def part(chosen: slice) -> NDArray:
        x, y = x_mm[chosen].copy(), y_mm[chosen].copy()
        return DD3Proj_mm(
            *source, len(x), rows, x, y, z_mm, *middle, zero, zero, 1, nx, ny, nz, array, 1.0, 1.0, mask
        )[0]

    edges = np.linspace(0, columns, threads + 1).astype(int)
    shares = [slice(a, b) for a, b in pairwise(edges)]
    pool = ThreadPoolExecutor(threads)

    def project() -> NDArray:
        return np.concatenate(list(pool.map(part, shares))).T[::-1]  # CatSim's z rises, our rows go down

    return project

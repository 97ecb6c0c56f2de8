"""Small views and volumes with known line integrals, for the tests of this room."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.volume import Grid, Volume
from simulator.imaging.view import View, beam_from_patient

ANGLES_DEG = ((0.0, 0.0), (90.0, 0.0), (35.0, 20.0), (50.0, -30.0))
"""Frontal, lateral, and two oblique views on either side of the diagonal."""


def view_at(
    primary_deg: float,
    secondary_deg: float = 0.0,
    *,
    shape: tuple[int, int] = (44, 36),
    field_mm: float = 180.0,
    isocentre_mm: ArrayLike = (0.0, 0.0, 0.0),
) -> View:
    """A view with 700 mm to the isocentre, 1000 mm to the detector and field_mm across its rows."""
    beam = beam_from_patient(np.radians(primary_deg), np.radians(secondary_deg), isocentre_mm, 700.0)
    return View(beam, 1000.0, field_mm / shape[0], shape)


def rays_mm(view: View) -> FloatArray:
    """Unit directions (rows, columns, 3) of the rays to all pixels, found by rotating the detector into place.

    Written apart from ``View.ray_matrix_patient``, which it is there to check.
    """
    rows, columns = view.shape
    y = (np.arange(rows) - (rows - 1) / 2.0) * view.pixel_mm
    x = -(np.arange(columns) - (columns - 1) / 2.0) * view.pixel_mm
    x, y = np.broadcast_arrays(x[None, :], y[:, None])
    beam = np.stack([x, y, np.full(x.shape, view.source_to_detector_mm)], axis=-1)
    return frames.unit(frames.apply_direction(view.patient_from_beam, beam))


def distance_to_rays_mm(view: View, point_mm: ArrayLike) -> FloatArray:
    """Distance (rows, columns) of a patient point from every ray's line."""
    return np.linalg.norm(np.cross(np.asarray(point_mm) - view.source_patient_mm, rays_mm(view)), axis=-1)


def blob(grid: Grid, centre_mm: ArrayLike, sigma_mm: float) -> Volume:
    """Gaussian of height 1 sampled at voxel centres."""
    squared = ((grid.centres_mm() - np.asarray(centre_mm)) ** 2).sum(axis=-1)
    return Volume(np.exp(-0.5 * squared / sigma_mm**2).astype(np.float32), grid)


def blob_integral(view: View, centre_mm: ArrayLike, sigma_mm: float) -> FloatArray:
    """Exact line integral of that Gaussian along every ray (rows, columns)."""
    distance = distance_to_rays_mm(view, centre_mm)
    return sigma_mm * np.sqrt(2.0 * np.pi) * np.exp(-0.5 * (distance / sigma_mm) ** 2)


def relative_rms(found: ArrayLike, exact: ArrayLike) -> float:
    """Root mean square of the difference over that of the exact values."""
    return float(np.linalg.norm(np.subtract(found, exact)) / np.linalg.norm(exact))

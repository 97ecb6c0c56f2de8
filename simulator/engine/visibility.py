"""Which leaked cement a picture shows: truth and what was visible are judged apart.

A leak is visible where its shadow stands out by the Rose criterion: contrast times the square root of the
quanta in a patch of a few square millimetres, behind whatever cement of the body itself lies in the same
patch. On the lateral view a leak beside or behind the filled body is therefore often missed, as in life (Yeom
2003; physics A7).
"""

from __future__ import annotations

import numpy as np

from anatomy import frames
from anatomy.regions import Region
from simulator.devices.cement_products import opacity
from simulator.devices.ground import leak_destination
from simulator.engine.case import Case
from simulator.engine.leaks import to_be_seen
from simulator.engine.state import State
from simulator.imaging.view import View

PATCH_MM = 2.0  # at the isocentre
ROSE = 5.0
"""Signal-to-noise ratio at which a detail is seen reliably (Rose 1948)."""
LEAST_CONTRAST = 0.06
"""Contrast below which bone's own structure hides a detail (unconfirmed)."""
CEMENT_PER_MM = 0.131
"""Effective attenuation of 20.7 % barium cement in the beam behind a patient, 1/mm: contrast 0.731 for 10 mm
at 90 kV (physics D6). Scales with the share of barium."""
QUANTA_PER_MM2_NGY = 31.0
"""Quanta at the detector per mm2 and nGy behind 20 cm of tissue: 3.1e4 per uGy (physics D3)."""
SCATTER_SHARE = 0.69
"""What scatter behind a grid leaves of contrast (SPR 0.45; physics D6)."""


def visible_leak_mm2(case: Case, state: State, seen: View, detector_ngy: float) -> dict[str, float]:
    """Area (mm2 at the patient) of visible leak by destination; empty where nothing is to be seen.

    detector_ngy: kerma of the picture at the detector, behind patient and grid.
    """
    if not state.leaked:
        return {}
    now = case.ground.at(state.amplitude)
    filling, label = to_be_seen(now, state)
    cement = filling.cement_ml
    index = np.argwhere(cement > 1e-5)
    if len(index) == 0:
        return {}
    regions = label[tuple(index.T)]
    volumes = cement[tuple(index.T)]
    points = frames.apply(now.grid.patient_from_voxel, index + np.array(filling.start))
    patch_pixels = PATCH_MM * seen.magnification(points.mean(axis=0)) / seen.pixel_mm
    patches = np.floor(seen.project(points) / patch_pixels).astype(int)
    rows, columns = patches[:, 0] - patches[:, 0].min(), patches[:, 1] - patches[:, 1].min()
    width = int(columns.max()) + 1
    flat = rows * width + columns
    count = int(flat.max()) + 1
    per_mm = CEMENT_PER_MM * opacity(case.cement_material)
    path_mm = volumes * 1000.0 / PATCH_MM**2
    total = np.bincount(flat, path_mm, count)
    quanta = QUANTA_PER_MM2_NGY * detector_ngy * (PATCH_MM * patch_pixels * seen.pixel_mm)
    found: dict[str, float] = {}
    for region in np.unique(regions):
        destination = leak_destination(Region(int(region)))
        if destination is None:
            continue
        own = np.bincount(flat[regions == region], path_mm[regions == region], count)
        contrast = SCATTER_SHARE * -np.expm1(-per_mm * own)
        light = np.exp(-per_mm * (total - own))
        seen_here = (own > 0.0) & (contrast * np.sqrt(quanta * light) > ROSE) & (contrast * light > LEAST_CONTRAST)
        area = float(seen_here.sum()) * PATCH_MM**2
        if area > 0.0:
            found[destination] = area
    return found

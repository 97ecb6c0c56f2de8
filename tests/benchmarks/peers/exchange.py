"""Views and volumes as they go from the benchmark to its workers: plain numbers and one .npy file."""

from __future__ import annotations

from typing import Any

import numpy as np

from anatomy.volume import Grid, Volume
from simulator.imaging.view import View


def view_as_json(view: View) -> dict[str, Any]:
    """What ``view_from_json`` needs."""
    return {
        "beam_from_patient": view.beam_from_patient.tolist(),
        "source_to_detector_mm": view.source_to_detector_mm,
        "pixel_mm": view.pixel_mm,
        "shape": list(view.shape),
    }


def view_from_json(row: dict[str, Any]) -> View:
    """The view that ``view_as_json`` wrote."""
    rows, columns = row["shape"]
    beam_from_patient = np.array(row["beam_from_patient"])
    return View(beam_from_patient, row["source_to_detector_mm"], row["pixel_mm"], (rows, columns))


def volume_from_file(path: str, patient_from_voxel: list[list[float]]) -> Volume:
    """The volume whose array lies in an .npy file."""
    array = np.load(path)
    return Volume(array, Grid(array.shape, np.array(patient_from_voxel)))

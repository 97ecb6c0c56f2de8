"""A single radiograph of a patient as found, through the target: what ``xray`` and the case library show."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatomy.patient import Patient
from simulator.imaging.beam.exposure import Programme, Technique, technique_for, tissue_in_beam_mm
from simulator.imaging.carm import CArmModel, CArmPose
from simulator.imaging.cleft_gas import cleft_gas
from simulator.imaging.collimation import Collimation
from simulator.imaging.detector_image import DetectorImage
from simulator.imaging.fluoroscope import Fluoroscope
from simulator.imaging.monitor.monitor import Monitor
from simulator.imaging.monitor.monitor_settings import MonitorSettings
from simulator.imaging.scene import Scene
from simulator.imaging.solids.implants import implants
from simulator.imaging.view import View, beam_from_patient

ABOVE_TABLE_MM = 8.0
"""The beam is aimed so far behind the middle of the body: at the pedicles' depth."""


def aimed(
    patient: Patient,
    model: CArmModel,
    positioner_deg: tuple[float, float],
    *,
    along_mm: float = 0.0,
    magnification: float = 1.0,
) -> View:
    """The view through the target, or so far nearer the head, at DICOM positioner angles.

    Raises ValueError for a place beyond the patient.
    """
    centre = patient.landmarks[f"{patient.column.target} body centre"] - (0.0, ABOVE_TABLE_MM, -along_mm)
    z_mm = patient.soft.grid.axes_mm()[2]
    if not z_mm.min() <= centre[2] <= z_mm.max():
        feet, head = (float(end - centre[2] + along_mm) for end in (z_mm.min(), z_mm.max()))
        raise ValueError(f"beyond this patient, who reaches from {feet:.0f} to {head:.0f} mm")
    primary, secondary = np.radians(positioner_deg)
    return View(
        beam_from_patient(primary, secondary, centre, model.source_to_isocentre_mm),
        model.source_to_detector_mm,
        model.pixel_mm / magnification,
        (model.pixels, model.pixels),
    )


def averaged(
    patient: Patient, view: View, each: Technique, field: Collimation, pulses: int, rng: np.random.Generator
) -> DetectorImage:
    """The mean of the readings of so many pulses of a technique."""
    fluoroscope = Fluoroscope(patient)
    rest = patient.rest_amplitude
    scene = Scene(rest, solids=implants(patient, rest), fillers=cleft_gas(patient, rest))
    images = [fluoroscope.expose(view, scene, each, field, rng) for _ in range(pulses)]
    return images[0].read_as(np.mean([image.signal_kev for image in images], axis=0, dtype=np.float32))


def lateral(
    patient: Patient, field_mm: tuple[float, float], *, pulses: int = 4, seed: int = 1
) -> NDArray[np.uint8]:
    """The lateral radiograph of the target with automatic technique: the open field (height, width at the
    detector) alone; the patient's back is at the right."""
    model = CArmModel()
    view = aimed(patient, model, (90.0, 0.0))
    tissue_mm = tissue_in_beam_mm(patient.soft, patient.adipose, view)
    technique = technique_for(tissue_mm, view.source_to_detector_mm, Programme())
    image = averaged(
        patient,
        view,
        technique,
        CArmPose(field_mm=field_mm).collimation(model),
        pulses,
        np.random.default_rng(seed),
    )
    grey = Monitor(MonitorSettings(filter_k=1.0)).show(image).grey
    rows, columns = (round(side / view.pixel_mm) for side in field_mm)
    top, left = (grey.shape[0] - rows) // 2, (grey.shape[1] - columns) // 2
    return np.ascontiguousarray(grey[top : top + rows, left : left + columns])

"""Single shots and runs as DICOM X-ray Angiographic images (PS3.3 A.14), with geometry, technique and dose.

Angles are those of the positioner to the patient (physics D7); pixel spacing is at the detector. Pixels are the
picture as it was shown. Synthetic identity (``dicom_study``).
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BufferedReader
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import XRayAngiographicImageStorage

from simulator.imaging.carm import CArmModel
from simulator.imaging.collimation import Collimation
from simulator.imaging.dicom.dicom_study import DAY, Study, new_file, time_of_day, write_modules
from simulator.imaging.dose.irradiation import Pulse

AREA_DGYCM2 = 10.0
"""DICOM wants the area product in dGy cm2."""


def write_shot(
    path: Path, grey: NDArray[np.uint8], model: CArmModel, pulse: Pulse, study: Study, event: int | None = None
) -> None:
    """Write one picture (rows, columns). event: number of the irradiation event's first pulse, its own without."""
    pixels = np.ascontiguousarray(grey).tobytes()
    # The standard wants an even length.
    ds = _image(path, model, [pulse], study, grey.shape, event)
    ds.add_new("PixelData", "OB", pixels + b"\0" * (len(pixels) % 2))
    ds.save_as(path, enforce_file_format=True)


def write_run(
    path: Path,
    frames: BufferedReader,
    shape: tuple[int, int],
    model: CArmModel,
    pulses: Sequence[Pulse],
    study: Study,
    event: int | None = None,
) -> None:
    """Write the pictures of a run as one multi-frame image.

    frames: the pictures of the pulses (8 bits, rows by columns), one after the other; it is read while writing,
    so that a long run need not fit into memory. All pulses have one collimation and one magnification. Raises
    ValueError for fewer than two pulses, which are no run.
    """
    if len(pulses) < 2:
        raise ValueError(f"a run has at least two pulses, got {len(pulses)}")
    ds = _image(path, model, pulses, study, shape, event)
    ds.NumberOfFrames = len(pulses)
    _cine(ds, [p.time_s for p in pulses])
    _motion(ds, pulses)
    odd = len(pulses) * shape[0] * shape[1] % 2
    ds.add_new("PixelData", "OB", frames.read() + b"\0" if odd else frames)
    ds.save_as(path, enforce_file_format=True)


def _image(
    path: Path, model: CArmModel, pulses: Sequence[Pulse], study: Study, shape: tuple[int, int], event: int | None
) -> Dataset:
    """Everything but the pixels, and what only a run has."""
    first = pulses[0]
    instance = f"{study.identity} {study.seed} {first}"  # all of the pulse: its tick, view, field and technique
    ds = new_file(path, XRayAngiographicImageStorage, instance)
    series_number = 1 + "AB".find(first.plane)
    write_modules(ds, study, "XA", f"plane {first.plane}", series_number, first.number, first.time_s)
    ds.PatientOrientation, ds.BodyPartExamined = "", "SPINE"
    ds.PatientPosition = "HFP"
    ds.AcquisitionNumber = first.number
    ds.AcquisitionDate, ds.AcquisitionTime = DAY, time_of_day(first.time_s)
    ds.IrradiationEventUID = study.event_uid(first.plane, event or first.number)
    ds.ImageType = ["ORIGINAL", "PRIMARY", "SINGLE PLANE"]
    ds.BurnedInAnnotation, ds.LossyImageCompression = "NO", "00"
    _geometry(ds, model, first)
    _technique(ds, pulses)
    pixel_mm = model.pixel_mm / first.magnification
    ds.ImagerPixelSpacing = [f"{pixel_mm:.5f}"] * 2
    _collimator(ds, first.collimation, shape, pixel_mm)
    ds.Rows, ds.Columns = shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit, ds.PixelRepresentation = 7, 0
    ds.PixelIntensityRelationship = "DISP"
    ds.WindowCenter, ds.WindowWidth = "128", "256"
    return ds


def _geometry(ds: Dataset, model: CArmModel, pulse: Pulse) -> None:
    ds.PositionerPrimaryAngle, ds.PositionerSecondaryAngle = (f"{angle:.3f}" for angle in pulse.positioner_deg)
    ds.PositionerMotion = ds.TableMotion = "STATIC"
    ds.DistanceSourceToDetector = f"{model.source_to_detector_mm:.1f}"
    ds.DistanceSourceToPatient = f"{model.source_to_isocentre_mm:.1f}"
    magnification = model.source_to_detector_mm / model.source_to_isocentre_mm
    ds.EstimatedRadiographicMagnificationFactor = f"{magnification:.4f}"
    shown_mm = round(model.detector_mm / pulse.magnification)
    ds.FieldOfViewShape, ds.FieldOfViewDimensions = "RECTANGLE", [shown_mm] * 2


def _technique(ds: Dataset, pulses: Sequence[Pulse]) -> None:
    mas = sum(p.mas for p in pulses)
    ds.KVP = f"{np.mean([p.kv for p in pulses]):.6g}"
    ds.ExposureInuAs = str(max(round(1000.0 * mas), 1))
    lengths_ms = [p.pulse_ms for p in pulses if p.pulse_ms is not None]
    if len(lengths_ms) == len(pulses):
        ds.ExposureTime = str(round(sum(lengths_ms)))
        ds.XRayTubeCurrent = str(round(1000.0 * mas / sum(lengths_ms)))
        ds.AveragePulseWidth = f"{np.mean(lengths_ms):.6g}"
    else:  # whole mAs are all that this one can say; empty where that would be none
        ds.Exposure = str(round(mas)) if round(mas) else ""
    ds.RadiationSetting = "SC"  # low dose, to guide; GR would be an exposure to keep
    ds.RadiationMode = "CONTINUOUS" if pulses[0].mode == "continuous" else "PULSED"
    ds.Grid, ds.FocalSpots = "IN", "0.6"
    product = AREA_DGYCM2 * sum(p.area_product_gycm2 for p in pulses)
    ds.ImageAndFluoroscopyAreaDoseProduct = f"{product:.6g}"


def _collimator(ds: Dataset, field: Collimation, shape: tuple[int, int], pixel_mm: float) -> None:
    """Edges of the field: the last row or column, counted from 1, that blades cover on each side."""
    edges = []
    for pixels, open_mm in zip(shape, (field.height_mm, field.width_mm), strict=True):
        covered = max(round(0.5 * (pixels - open_mm / pixel_mm)), 0)
        edges.append((covered, pixels + 1 - covered))
    ds.CollimatorShape = ["RECTANGULAR"] if field.iris_mm is None else ["RECTANGULAR", "CIRCULAR"]
    (ds.CollimatorUpperHorizontalEdge, ds.CollimatorLowerHorizontalEdge) = edges[0]
    (ds.CollimatorLeftVerticalEdge, ds.CollimatorRightVerticalEdge) = edges[1]
    if field.iris_mm is not None:
        ds.CenterOfCircularCollimator = [round((n + 1) / 2.0) for n in shape]
        ds.RadiusOfCircularCollimator = round(0.5 * field.iris_mm / pixel_mm)


def _cine(ds: Dataset, times_s: Sequence[float]) -> None:
    """When each frame was taken: one frame time where pulses were regular, else a vector of steps."""
    steps_ms = 1000.0 * np.diff(times_s)
    mean_ms = float(steps_ms.mean())
    if np.ptp(steps_ms) < 0.01:
        ds.FrameTime, ds.FrameIncrementPointer = f"{mean_ms:.6f}", 0x00181063
    else:
        ds.FrameTimeVector, ds.FrameIncrementPointer = ["0", *(f"{s:.6f}" for s in steps_ms)], 0x00181065
    rate = str(max(int(1000.0 / mean_ms + 0.501), 1))  # a whole number; 7.5 becomes 8
    ds.CineRate = ds.RecommendedDisplayFrameRate = rate
    ds.EffectiveDuration = f"{times_s[-1] - times_s[0] + mean_ms / 1000.0:.6g}"
    ds.PreferredPlaybackSequencing = 0  # looping


def _motion(ds: Dataset, pulses: Sequence[Pulse]) -> None:
    """How far positioner and table moved from each frame to the next, where they did (the first: nothing)."""
    angles = np.array([p.positioner_deg for p in pulses])
    if np.ptp(angles, axis=0).any():
        ds.PositionerMotion = "DYNAMIC"
        turned = (np.diff(angles, axis=0, prepend=angles[:1]) + 180.0) % 360.0 - 180.0
        ds.PositionerPrimaryAngleIncrement = [f"{step:.3f}" for step in turned[:, 0]]
        ds.PositionerSecondaryAngleIncrement = [f"{step:.3f}" for step in turned[:, 1]]
    table = np.array([p.table_mm for p in pulses])
    if np.ptp(table, axis=0).any():
        ds.TableMotion = "DYNAMIC"
        moved = np.diff(table, axis=0, prepend=table[:1])
        ds.TableLateralIncrement, ds.TableLongitudinalIncrement, ds.TableVerticalIncrement = (
            [f"{step:.3f}" for step in column] for column in moved.T
        )

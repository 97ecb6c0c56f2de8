"""One frame as a DICOM X-ray Angiographic image, with geometry, technique and dose. Synthetic identity."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, XRayAngiographicImageStorage

from scenarios.schema import Scenario
from simulator.imaging.carm import CArmModel
from simulator.imaging.exposure import Dose, Technique

ROOT = "2.25."  # UIDs derived from a number (PS3.5 B.2)


def uid_of(text: str) -> str:
    """A DICOM UID that follows from a text alone."""
    return ROOT + str(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big"))


def write_xa(
    path: Path,
    grey: NDArray[np.uint8],
    model: CArmModel,
    positioner_deg: tuple[float, float],
    technique: Technique,
    dose: Dose,
    scenario: Scenario,
    seed: int,
) -> None:
    """Write a single-frame XA image (PS3.3 A.14). positioner_deg is (primary, secondary).

    Imager pixel spacing is at the detector; the date is fixed, because the same command writes the same bytes.
    """
    identity = f"{scenario.id}/{scenario.version}/{seed}/{positioner_deg}"
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = XRayAngiographicImageStorage
    meta.MediaStorageSOPInstanceUID = uid_of(f"instance {identity}")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    _identity(ds, meta, scenario, identity)
    _geometry(ds, model, positioner_deg)
    _technique(ds, technique, dose)
    _pixels(ds, grey)
    ds.save_as(path, enforce_file_format=True)


def _identity(ds: Dataset, meta: FileMetaDataset, scenario: Scenario, identity: str) -> None:
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.StudyInstanceUID, ds.SeriesInstanceUID = uid_of(f"study {scenario.id}"), uid_of(f"series {identity}")
    ds.PatientName, ds.PatientID = "SIMULATED^PATIENT", scenario.id[:64]
    ds.PatientSex = "F" if scenario.patient.sex == "female" else "M"
    ds.PatientAge, ds.PatientBirthDate = f"{int(scenario.patient.age_years):03d}Y", ""
    ds.StudyDate = ds.SeriesDate = ds.ContentDate = "20000101"
    ds.StudyTime = ds.SeriesTime = ds.ContentTime = "000000"
    ds.StudyID, ds.AccessionNumber, ds.ReferringPhysicianName = "1", "", ""
    ds.StudyDescription, ds.SeriesDescription = scenario.title[:64], "Simulated fluoroscopy, not of a person"
    ds.SeriesNumber = ds.InstanceNumber = 1
    ds.Modality, ds.Manufacturer, ds.ManufacturerModelName = "XA", "vertebrosim", "simulated C-arm"
    ds.ConversionType, ds.BodyPartExamined, ds.PatientOrientation = "WSD", "SPINE", ""
    ds.ImageType = ["ORIGINAL", "PRIMARY", "SINGLE PLANE"]
    ds.BurnedInAnnotation, ds.LossyImageCompression = "NO", "00"


def _geometry(ds: Dataset, model: CArmModel, positioner_deg: tuple[float, float]) -> None:
    ds.PositionerMotion = "STATIC"
    ds.PositionerPrimaryAngle, ds.PositionerSecondaryAngle = (f"{angle:.3f}" for angle in positioner_deg)
    ds.DistanceSourceToDetector = f"{model.source_to_detector_mm:.1f}"
    ds.DistanceSourceToPatient = f"{model.source_to_isocentre_mm:.1f}"
    magnification = model.source_to_detector_mm / model.source_to_isocentre_mm
    ds.EstimatedRadiographicMagnificationFactor = f"{magnification:.4f}"
    ds.ImagerPixelSpacing = [f"{model.pixel_mm:.5f}"] * 2
    ds.FieldOfViewShape, ds.FieldOfViewDimensions = "RECTANGLE", [round(model.detector_mm)] * 2


def _technique(ds: Dataset, technique: Technique, dose: Dose) -> None:
    ds.KVP = f"{technique.kv:g}"
    ds.ExposureInuAs = str(max(round(1000.0 * technique.mas), 1))
    ds.RadiationSetting, ds.RadiationMode, ds.Grid = "SC", "PULSED", "FOCUSED"
    ds.ImageAndFluoroscopyAreaDoseProduct = f"{10.0 * dose.area_product_gycm2:.6g}"  # dGy cm2
    ds.FocalSpots = "0.6"


def _pixels(ds: Dataset, grey: NDArray[np.uint8]) -> None:
    ds.Rows, ds.Columns = grey.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit, ds.PixelRepresentation = 7, 0
    ds.PixelIntensityRelationship, ds.PixelIntensityRelationshipSign = "DISP", -1
    ds.PixelData = np.ascontiguousarray(grey).tobytes()

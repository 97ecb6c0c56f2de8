"""Writes scans as NIfTI files and DICOM series for tests."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from anatomy.frames import FloatArray

IDENTITY = {
    "PatientName": "Muster^Erika", "PatientID": "HOSP-4711-0815", "PatientBirthDate": "19470312",
    "StudyDate": "20210704", "InstitutionName": "Spital am Beispielsee", "AccessionNumber": "ACC99887766",
    "ReferringPhysicianName": "Doktor^Eisenbart", "StudyDescription": "Wirbelsaeule Frau Muster",
}  # fmt: skip
"""What a header may hold about a person."""


def write_nifti(path: Path, array: NDArray, affine: FloatArray) -> Path:
    """An array with its affine, in its own type (float32 for floats)."""
    kind = np.float32 if array.dtype.kind == "f" else array.dtype
    image = nibabel.Nifti1Image(np.ascontiguousarray(array).astype(kind), affine)
    image.header["descrip"] = b"Muster^Erika"
    nibabel.save(image, path)
    return path


def write_dicom(
    folder: Path,
    hu: NDArray[np.int16],
    ras_from_voxel: FloatArray,
    *,
    flip_columns: bool = False,
    tilt_deg: float = 0.0,
    shear_mm: float = 0.0,
    drop: int = -1,
    twice: int = -1,
    series: int = 1,
) -> list[Path]:
    """hu (i, j, k) on an axis-aligned RAS grid as a CT series of axial slices, named in a shuffled order.

    flip_columns: rows run the other way; tilt_deg: said in the header; shear_mm: each slice lies so far in front
    of the one before; drop, twice: a slice that is missing or there twice; series: into how many it is divided.
    """
    folder.mkdir(parents=True)
    series_uids = [generate_uid() for _ in range(series)]
    dx, dy, dz = np.diag(ras_from_voxel)[:3]
    x0, y0, z0 = ras_from_voxel[:3, 3]
    paths = []
    n_y, n_z = hu.shape[1:]
    # In LPS the first voxel of a RAS grid lies farthest along: rows and columns start at its other end.
    pixels = hu[::-1, ::-1, :] if not flip_columns else hu[::-1, :, :]
    for number in [*range(n_z), *([twice] if twice >= 0 else [])]:
        if number == drop:
            continue
        ds = Dataset()
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = CTImageStorage
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        ds.Modality, ds.SeriesInstanceUID = "CT", series_uids[number % series]
        for name, value in IDENTITY.items():
            setattr(ds, name, value)
        ds.GantryDetectorTilt = tilt_deg
        left = -(x0 + (hu.shape[0] - 1) * dx)
        back = -(y0 + (n_y - 1) * dy) if not flip_columns else -y0
        ds.ImagePositionPatient = [left, back - shear_mm * number, z0 + number * dz]
        ds.ImageOrientationPatient = [1, 0, 0, 0, -1 if flip_columns else 1, 0]
        ds.PixelSpacing = [dy, dx]
        ds.SliceThickness = dz
        ds.Rows, ds.Columns = n_y, hu.shape[0]
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.BitsAllocated = ds.BitsStored = 16
        ds.HighBit, ds.PixelRepresentation = 15, 0
        ds.RescaleSlope, ds.RescaleIntercept = 1, -2048
        ds.PixelData = (pixels[:, :, number].T.astype(np.int32) + 2048).astype(np.uint16).tobytes()
        path = folder / f"{(number * 7) % 101:03d}-{len(paths):03d}.dcm"
        ds.save_as(path, enforce_file_format=True)
        paths.append(path)
    return paths

"""DICOM files read back by pydicom: geometry, technique, dose, pixels, and an identity that is nobody's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian, XRayAngiographicImageStorage

from scenarios.schema import Scenario
from simulator.imaging.beam.exposure import Technique, dose_of
from simulator.imaging.carm import CArmModel
from simulator.imaging.dicom.dicom_study import uid_of
from tests.fingerprint import fingerprint
from tests.simulator.imaging.dicom.single_shot import write_xa

MODEL = CArmModel()
TECHNIQUE = Technique(86.0, 0.574)
DOSE = dose_of(TECHNIQUE, (298.0, 298.0), MODEL.source_to_detector_mm, MODEL.source_to_isocentre_mm)


def picture(shape: tuple[int, int] = (64, 48)) -> np.ndarray:
    """A picture in which every row and column can be told from every other."""
    return np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)


def written(
    path: Path, scenario: Scenario, grey: np.ndarray, *, angles=(-160.0, 12.5), seed: int = 1
) -> pydicom.FileDataset:
    """The file, read back."""
    write_xa(path, grey, MODEL, angles, TECHNIQUE, DOSE, scenario, seed)
    return pydicom.dcmread(path)


@pytest.mark.parametrize("shape", [(64, 48), (7, 5), (512, 512)])
def test_pixels_come_back(tmp_path, kyphoplasty, shape):
    """Grey for grey, also where rows times columns is odd and the standard wants padding."""
    grey = picture(shape)
    before = fingerprint(grey)
    read = written(tmp_path / "x.dcm", kyphoplasty, grey)
    np.testing.assert_array_equal(read.pixel_array, grey)
    assert (read.Rows, read.Columns) == shape
    assert read.PhotometricInterpretation == "MONOCHROME2"
    assert len(read.PixelData) % 2 == 0
    assert fingerprint(grey) == before


def test_a_transposed_picture_keeps_its_rows(tmp_path, kyphoplasty):
    """Memory order is not picture order."""
    grey = picture((48, 64)).T
    np.testing.assert_array_equal(written(tmp_path / "x.dcm", kyphoplasty, grey).pixel_array, grey)


def test_geometry_is_that_of_the_exposure(tmp_path, kyphoplasty):
    """Positioner angles, distances, magnification and the pixel spacing at the detector (physics D7)."""
    read = written(tmp_path / "x.dcm", kyphoplasty, picture())
    assert float(read.PositionerPrimaryAngle) == -160.0
    assert float(read.PositionerSecondaryAngle) == 12.5
    assert read.PositionerMotion == "STATIC"
    assert float(read.DistanceSourceToDetector) == 1020.0
    assert float(read.DistanceSourceToPatient) == 530.0
    assert float(read.EstimatedRadiographicMagnificationFactor) == pytest.approx(1020.0 / 530.0, abs=1e-4)
    assert [float(v) for v in read.ImagerPixelSpacing] == pytest.approx([MODEL.pixel_mm] * 2, abs=1e-5)


def test_technique_and_dose_have_the_standards_units(tmp_path, kyphoplasty):
    """kV, uAs, and the area product in dGy cm2."""
    read = written(tmp_path / "x.dcm", kyphoplasty, picture())
    assert float(read.KVP) == 86.0
    assert int(read.ExposureInuAs) == 574
    product = float(read.ImageAndFluoroscopyAreaDoseProduct)
    assert product == pytest.approx(10.0 * DOSE.area_product_gycm2, rel=1e-5)


def test_it_is_an_xray_angiographic_image(tmp_path, kyphoplasty):
    """Class, transfer syntax and modality; file header and data set name the same instance."""
    read = written(tmp_path / "x.dcm", kyphoplasty, picture())
    assert read.SOPClassUID == read.file_meta.MediaStorageSOPClassUID == XRayAngiographicImageStorage
    assert read.SOPInstanceUID == read.file_meta.MediaStorageSOPInstanceUID
    assert read.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert read.Modality == "XA"


def test_the_identity_is_synthetic(tmp_path, kyphoplasty):
    """No person, no day: the name says so, the description too, and the date is a fixed one."""
    read = written(tmp_path / "x.dcm", kyphoplasty, picture())
    assert str(read.PatientName) == "SIMULATED^PATIENT"
    assert read.PatientID == kyphoplasty.id
    assert read.PatientBirthDate == ""
    assert {read.StudyDate, read.SeriesDate, read.ContentDate} == {"20000101"}
    assert "not of a person" in read.SeriesDescription
    assert read.PatientSex == {"female": "F", "male": "M"}[kyphoplasty.patient.sex]
    assert read.PatientAge == f"{int(kyphoplasty.patient.age_years):03d}Y"


def test_the_same_command_writes_the_same_bytes(tmp_path, kyphoplasty):
    """No clock, no random identifier, nothing of the path."""
    paths = [tmp_path / "a.dcm", tmp_path / "b.dcm"]
    for path in paths:
        written(path, kyphoplasty, picture())
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_other_pictures_have_other_names(tmp_path, kyphoplasty, vertebroplasty):
    """Seed, angles and case each make another instance; views of one case belong to one study."""
    path = tmp_path / "x.dcm"
    base = written(path, kyphoplasty, picture())
    seed = written(path, kyphoplasty, picture(), seed=2)
    turned = written(path, kyphoplasty, picture(), angles=(90.0, 0.0))
    other = written(path, vertebroplasty, picture())
    assert len({d.SOPInstanceUID for d in (base, seed, turned, other)}) == 4
    assert base.StudyInstanceUID == turned.StudyInstanceUID != other.StudyInstanceUID


def test_identifiers_are_valid():
    """At most 64 characters, numbers without leading zeros, below the arc for derived ones."""
    for text in ("", "a", "b" * 1000):
        uid = pydicom.uid.UID(uid_of(text))
        assert uid.is_valid
        assert uid.startswith("2.25.")
    assert uid_of("a") != uid_of("b")


def test_every_value_fits_its_representation(tmp_path, kyphoplasty):
    """Written and read with pydicom's strictest checks, also at awkward numbers."""
    path = tmp_path / "x.dcm"
    before = pydicom.config.settings.writing_validation_mode, pydicom.config.settings.reading_validation_mode
    try:
        pydicom.config.settings.writing_validation_mode = pydicom.config.RAISE
        pydicom.config.settings.reading_validation_mode = pydicom.config.RAISE
        write_xa(path, picture(), MODEL, (-179.9996, 1.0 / 3.0), Technique(86.0, 1.0 / 3.0), DOSE, kyphoplasty, 1)
        read = pydicom.dcmread(path)
        assert all(element.value is not None for element in read.iterall())
    finally:
        pydicom.config.settings.writing_validation_mode, pydicom.config.settings.reading_validation_mode = before

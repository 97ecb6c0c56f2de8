"""What all DICOM files of a session share: whose they are (nobody's), when (a fixed day), and made by what.

Nothing here knows a clock: the same recording writes the same bytes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from scenarios.schema import Scenario

ROOT = "2.25."  # UIDs derived from a number (PS3.5 B.2)
DAY = "20000101"
"""The day of every simulated study: it was on no day."""
NAME = "SIMULATED^PATIENT"
MANUFACTURER, MODEL, STATION = "vertebrosim", "simulated C-arm", "SIMULATOR"


def uid_of(text: str) -> str:
    """A DICOM UID that follows from a text alone."""
    return ROOT + str(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big"))


def time_of_day(seconds: float) -> str:
    """DICOM time (TM) of a moment of the case, which began at midnight.

    >>> time_of_day(3725.25)
    '010205.250000'
    """
    whole, micro = divmod(round(seconds * 1e6), 1_000_000)
    return f"{whole // 3600 % 24:02d}{whole // 60 % 60:02d}{whole % 60:02d}.{micro:06d}"


@dataclass(frozen=True)
class Study:
    """The study that files belong to: a case played once, known by the digest of its recording.

    Without a session it is the patient as found, of whom anybody may take radiographs.
    """

    scenario: Scenario
    seed: int
    session: str = ""

    @property
    def identity(self) -> str:
        """What tells this study from every other."""
        s = self.scenario
        return f"{s.id}/{s.version}/{self.seed}/{self.session}" if self.session else s.id

    @property
    def uid(self) -> str:
        """Study Instance UID."""
        return uid_of(f"study {self.identity}")

    def event_uid(self, plane: str, number: int) -> str:
        """Irradiation Event UID of the event of a plane that begins with a pulse: images and dose report agree."""
        return uid_of(f"irradiation event {self.identity} {plane} {number}")


def new_file(path: Path, sop_class: UID, instance: str) -> FileDataset:
    """An empty data set with its file header."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = UID(uid_of(f"instance {instance}"))
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.SpecificCharacterSet = "ISO_IR 192"
    return ds


def write_modules(
    ds: Dataset, study: Study, modality: str, series: str, series_number: int, instance_number: int, seconds: float
) -> None:
    """Patient, study, series and equipment (PS3.3 C.7.1 to C.7.5), and when the content was made."""
    scenario = study.scenario
    ds.PatientName, ds.PatientID = NAME, scenario.id[:64]
    ds.PatientSex = "F" if scenario.patient.sex == "female" else "M"
    ds.PatientAge, ds.PatientBirthDate = f"{int(scenario.patient.age_years):03d}Y", ""
    ds.StudyInstanceUID, ds.SeriesInstanceUID = study.uid, uid_of(f"series {study.identity} {series}")
    ds.StudyDate = ds.SeriesDate = ds.ContentDate = DAY
    ds.StudyTime = ds.SeriesTime = "000000"
    ds.ContentTime = time_of_day(seconds)
    ds.StudyID, ds.AccessionNumber, ds.ReferringPhysicianName = "1", "", ""
    ds.StudyDescription, ds.SeriesDescription = scenario.title[:64], "Simulated fluoroscopy, not of a person"
    ds.SeriesNumber, ds.InstanceNumber = series_number, instance_number
    ds.Modality, ds.Manufacturer, ds.ManufacturerModelName = modality, MANUFACTURER, MODEL
    ds.InstitutionName, ds.StationName, ds.DeviceSerialNumber = "simulated", STATION, "1"
    ds.SoftwareVersions = metadata.version("vertebrosim")

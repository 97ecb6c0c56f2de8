"""View: where source, detector and pixels of one exposure lie. Pure geometry, no physics.

    beam frame    origin at the focal spot, +z along the central ray to the detector
    pixel frame   row 0 on top, column 0 on the left, *seen from the detector towards the source*: a patient
                  who faces the detector has the right hand on the left of the picture, as on every viewing
                  station; a prone patient imaged from behind has it on the right

The beam frame is right-handed with +y down the rows, so columns run along -x.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from anatomy import frames
from anatomy.frames import FloatArray


@dataclass(frozen=True, eq=False)
class View:
    """A cone-beam projection: beam_from_patient (4, 4), source to detector and pixel pitch in mm."""

    beam_from_patient: FloatArray
    source_to_detector_mm: float
    pixel_mm: float
    shape: tuple[int, int]  # rows, columns

    def __post_init__(self) -> None:
        if self.source_to_detector_mm <= 0.0 or self.pixel_mm <= 0.0 or min(self.shape) < 1:
            raise ValueError(
                f"a view needs positive distances and sizes, got source to detector "
                f"{self.source_to_detector_mm} mm, pixel {self.pixel_mm} mm, shape {self.shape}"
            )
        matrix = np.array(self.beam_from_patient, dtype=float)
        matrix.setflags(write=False)
        object.__setattr__(self, "beam_from_patient", matrix)

    @cached_property
    def key(self) -> Hashable:
        """Equal for equal views: what is kept of a view is found by it."""
        return self.beam_from_patient.tobytes(), self.source_to_detector_mm, self.pixel_mm, self.shape

    @property
    def patient_from_beam(self) -> FloatArray:
        """Inverse of beam_from_patient."""
        return frames.inverse(self.beam_from_patient)

    @property
    def source_patient_mm(self) -> FloatArray:
        """Focal spot (3,), patient frame."""
        return self.patient_from_beam[:3, 3]

    @property
    def direction_patient(self) -> FloatArray:
        """Unit vector (3,) of the central ray, source to detector."""
        return self.patient_from_beam[:3, 2]

    def ray_matrix_patient(self) -> FloatArray:
        """(3, 3) matrix M with M @ (row, column, 1) = vector from source to that pixel's centre, mm."""
        rows, columns = self.shape
        beam = np.array(
            [
                [0.0, -self.pixel_mm, self.pixel_mm * (columns - 1) / 2.0],
                [self.pixel_mm, 0.0, -self.pixel_mm * (rows - 1) / 2.0],
                [0.0, 0.0, self.source_to_detector_mm],
            ]
        )
        return self.patient_from_beam[:3, :3] @ beam

    def project(self, points_patient_mm: ArrayLike) -> FloatArray:
        """(..., 2) row and column of patient points (..., 3); NaN for points behind the source."""
        beam = frames.apply(self.beam_from_patient, points_patient_mm)
        depth = np.where(beam[..., 2] > 1e-6, beam[..., 2], np.nan)
        scale = self.source_to_detector_mm / (depth * self.pixel_mm)
        rows, columns = self.shape
        return np.stack(
            [(rows - 1) / 2.0 + beam[..., 1] * scale, (columns - 1) / 2.0 - beam[..., 0] * scale], axis=-1
        )

    def magnification(self, point_patient_mm: ArrayLike) -> float:
        """Source-to-detector over source-to-point distance along the central ray."""
        return float(self.source_to_detector_mm / frames.apply(self.beam_from_patient, point_patient_mm)[2])

    def resized(self, factor: int) -> View:
        """The same field with factor x factor pixels merged into one."""
        rows, columns = (max(n // factor, 1) for n in self.shape)
        return View(self.beam_from_patient, self.source_to_detector_mm, self.pixel_mm * factor, (rows, columns))


def beam_from_patient(
    primary_rad: float, secondary_rad: float, isocentre_patient_mm: ArrayLike, source_to_isocentre_mm: float
) -> FloatArray:
    """beam_from_patient (4, 4) for DICOM XA positioner angles.

    Primary 0 has the detector in front of the chest, +90 degrees at the patient's left; secondary +90
    degrees has it above the head (PS3.3 C.8.7.5.1.2).
    """
    a, b = primary_rad, secondary_rad
    forward = np.array([-np.sin(a) * np.cos(b), np.cos(a) * np.cos(b), np.sin(b)])
    down = np.array([-np.sin(a) * np.sin(b), np.cos(a) * np.sin(b), -np.cos(b)])
    across = np.cross(down, forward)
    source = np.asarray(isocentre_patient_mm, dtype=float) - source_to_isocentre_mm * forward
    return frames.inverse(frames.affine(np.column_stack([across, down, forward]), source))

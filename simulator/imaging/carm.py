"""The C-arm and the table: what can be moved, how far and how fast, and the view that results.

Room frame: origin at the isocentre, +x across the table to the prone patient's right, +y along it towards the
head, +z up. Gantry angles are what the machine's own scales show: orbital 0 has the detector above the table,
positive orbital turns it towards +x, positive angulation towards the head. DICOM positioner angles are defined
to the *patient*, so that the straight view of a prone patient is primary 180 (physics D7).

Dimensions and travel: a mobile flat-panel C-arm (SID 1020 mm, isocentre at 530 mm, panel 1536 x 0.194 mm read
out 3 x 3, orbital -40 to 110 degrees; physics D1). Speeds are those of motorised C-arms, a quarter turn in 3 s
(unconfirmed presets).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from anatomy import frames
from anatomy.changing import changed
from anatomy.frames import FloatArray
from simulator.imaging.collimation import Collimation
from simulator.imaging.view import View, beam_from_patient

Position = Literal["prone", "supine"]
PlaneName = Literal["A", "B"]

MAGNIFICATIONS = (1.0, 1.5, 2.0)
"""Steps of electronic magnification: the middle of the panel, 1 / 1.5 / 2 times smaller, on as many pixels."""
SMALLEST_FIELD_MM = 20.0

_ROOM_FROM_PATIENT_AXES = {
    # prone: patient right -> +x, cranial -> +y, posterior -> +z
    "prone": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]),
    "supine": np.array([[-1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]),
}


@dataclass(frozen=True)
class CArmModel:
    """One imaging plane's mechanics. Angles in degrees here because these are a data sheet's numbers."""

    source_to_detector_mm: float = 1020.0
    source_to_isocentre_mm: float = 530.0
    detector_mm: float = 298.0
    pixels: int = 512
    orbital_deg: tuple[float, float] = (-110.0, 110.0)
    angulation_deg: tuple[float, float] = (-45.0, 45.0)
    speed_deg_s: float = 30.0

    @property
    def pixel_mm(self) -> float:
        """Pixel pitch at the detector without magnification."""
        return self.detector_mm / self.pixels

    def why_unreachable(self, orbital_deg: float, angulation_deg: float) -> str | None:
        """None where the pose can be reached, else a sentence that names the limit."""
        for name, value, (low, high) in (
            ("orbital", orbital_deg, self.orbital_deg),
            ("angulation", angulation_deg, self.angulation_deg),
        ):
            if not low <= value <= high:
                return f"{name} {value:g} deg is beyond this C-arm's travel of {low:g} to {high:g} deg"
        return None


@dataclass(frozen=True)
class CArmPose:
    """Gantry angles of one plane, where they are going, its collimation at the detector, and its magnification.

    speeds_deg_s: how fast orbital and angulation go there, None as fast as they can. Blades and iris keep their
    place when the magnification changes; only what the picture shows is irradiated.
    """

    orbital_deg: float = 0.0
    angulation_deg: float = 0.0
    orbital_wanted_deg: float = 0.0
    angulation_wanted_deg: float = 0.0
    field_mm: tuple[float, float] = (298.0, 298.0)  # height, width between the blades, at the detector
    iris_mm: float | None = None  # diameter, at the detector
    magnification: float = 1.0
    speeds_deg_s: tuple[float, float] | None = None

    @property
    def is_moving(self) -> bool:
        """True until the wanted angles are reached."""
        return (self.orbital_deg, self.angulation_deg) != (
            self.orbital_wanted_deg,
            self.angulation_wanted_deg,
        )

    def collimation(self, model: CArmModel) -> Collimation:
        """The irradiated field: what blades and iris leave of the part of the panel that is shown."""
        shown_mm = model.detector_mm / self.magnification
        height, width = (min(side, shown_mm) for side in self.field_mm)
        return Collimation(height, width, self.iris_mm)

    def advanced(self, model: CArmModel, duration_s: float) -> CArmPose:
        """The pose a moment later."""
        if not self.is_moving:
            return self
        orbital, angulation = self.speeds_deg_s or (model.speed_deg_s, model.speed_deg_s)
        return changed(
            self,
            orbital_deg=_towards(self.orbital_deg, self.orbital_wanted_deg, orbital * duration_s),
            angulation_deg=_towards(self.angulation_deg, self.angulation_wanted_deg, angulation * duration_s),
        )


def _towards(value: float, wanted: float, reach: float) -> float:
    return wanted if abs(wanted - value) <= reach else value + np.sign(wanted - value) * reach


@dataclass(frozen=True)
class Table:
    """Position of the table top: how far the patient is shifted in the room, mm, and where it is going.

    speeds_mm_s: how fast each of the three goes there, None as fast as it can.
    """

    shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)  # across, towards the head end, up
    wanted_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    speeds_mm_s: tuple[float, float, float] | None = None

    LIMIT_MM = (150.0, 350.0, 120.0)
    SPEED_MM_S = 60.0

    @property
    def is_moving(self) -> bool:
        """True until the wanted place is reached."""
        return self.shift_mm != self.wanted_mm

    def advanced(self, duration_s: float) -> Table:
        """The table a moment later."""
        if not self.is_moving:
            return self
        speeds = self.speeds_mm_s or (self.SPEED_MM_S,) * 3
        ways = zip(self.shift_mm, self.wanted_mm, speeds, strict=True)
        x, y, z = (_towards(at, wanted, speed * duration_s) for at, wanted, speed in ways)
        return changed(self, shift_mm=(x, y, z))

    def why_unreachable(self, wanted_mm: tuple[float, float, float]) -> str | None:
        """None where the table can go there, else a sentence that names the limit."""
        for name, value, limit in zip(
            ("lateral", "longitudinal", "height"), wanted_mm, self.LIMIT_MM, strict=True
        ):
            if not abs(value) <= limit:  # also true of NaN
                return f"{name} {value:g} mm is beyond the table's travel of {limit:g} mm either way"
        return None


def room_from_patient(position: Position, table: Table) -> FloatArray:
    """room_from_patient (4, 4) for a patient whose origin lies at the isocentre with the table at zero."""
    return frames.affine(_ROOM_FROM_PATIENT_AXES[position], table.shift_mm)


def isocentre_patient_mm(position: Position, table: Table) -> FloatArray:
    """The isocentre (3,) in the patient frame."""
    return frames.apply(frames.inverse(room_from_patient(position, table)), (0.0, 0.0, 0.0))


def positioner_angles_rad(position: Position, pose: CArmPose) -> tuple[float, float]:
    """DICOM (primary, secondary), each within -pi to pi, of a gantry pose.

    >>> [round(float(np.degrees(a))) for a in positioner_angles_rad("supine", CArmPose(orbital_deg=30.0))]
    [30, 0]
    >>> [round(float(np.degrees(a))) for a in positioner_angles_rad("prone", CArmPose(orbital_deg=20.0))]
    [-160, 0]
    """
    orbital, angulation = np.radians(pose.orbital_deg), np.radians(pose.angulation_deg)
    primary = orbital if position == "supine" else orbital + np.pi
    wrapped = np.pi - (np.pi - primary) % (2.0 * np.pi)
    return float(wrapped), float(angulation)


@lru_cache(maxsize=16)
def view(model: CArmModel, pose: CArmPose, position: Position, table: Table) -> View:
    """The view of a pose on a patient on a table: the part of the panel that its magnification shows."""
    primary, secondary = positioner_angles_rad(position, pose)
    isocentre = isocentre_patient_mm(position, table)
    return View(
        beam_from_patient(primary, secondary, isocentre, model.source_to_isocentre_mm),
        model.source_to_detector_mm,
        model.pixel_mm / pose.magnification,
        (model.pixels, model.pixels),
    )

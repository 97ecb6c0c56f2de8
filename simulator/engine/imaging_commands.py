"""Commands to C-arm, table and pedals: see ``commands``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le
from pydantic import ConfigDict, with_config

from simulator.imaging.beam.exposure import CurveName, DoseLevel, Mode
from simulator.imaging.carm import PlaneName

STRICT = with_config(ConfigDict(extra="forbid", allow_inf_nan=False))
"""What every command is read with: no other fields, no numbers that JSON cannot carry."""
Angle = Annotated[float, Ge(-180.0), Le(180.0)]
Length = Annotated[float, Ge(-500.0), Le(500.0)]
DegreesPerS = Annotated[float, Ge(-180.0), Le(180.0)]
LengthPerS = Annotated[float, Ge(-500.0), Le(500.0)]


@STRICT
@dataclass(frozen=True)
class MoveCArm:
    """Turn a plane to gantry angles; it takes time to get there."""

    plane: PlaneName
    orbital_deg: Angle
    angulation_deg: Angle
    kind: Literal["move_carm"] = "move_carm"


@STRICT
@dataclass(frozen=True)
class MoveTable:
    """Move the table top to a place (mm from where the case began)."""

    lateral_mm: Length
    longitudinal_mm: Length
    height_mm: Length
    kind: Literal["move_table"] = "move_table"


@STRICT
@dataclass(frozen=True)
class DriveCArm:
    """Turn a plane at these speeds until told otherwise or its travel ends, as while a lever is held; 0 stops an
    axis where it is, None leaves it as it is."""

    plane: PlaneName
    orbital_deg_s: DegreesPerS | None = None
    angulation_deg_s: DegreesPerS | None = None
    kind: Literal["drive_carm"] = "drive_carm"


@STRICT
@dataclass(frozen=True)
class DriveTable:
    """Move the table top at these speeds until told otherwise or its travel ends, as a lever does that is held.

    0 stops an axis where it is, None leaves it as it is.
    """

    lateral_mm_s: LengthPerS | None = None
    longitudinal_mm_s: LengthPerS | None = None
    height_mm_s: LengthPerS | None = None
    kind: Literal["drive_table"] = "drive_table"


@STRICT
@dataclass(frozen=True)
class Collimate:
    """Set a plane's field: height and width between the blades and diameter of the iris, at the detector.

    Without iris_mm the iris is out of the way.
    """

    plane: PlaneName
    height_mm: Annotated[float, Ge(20.0), Le(298.0)]
    width_mm: Annotated[float, Ge(20.0), Le(298.0)]
    iris_mm: Annotated[float, Ge(20.0), Le(422.0)] | None = None
    kind: Literal["collimate"] = "collimate"


@STRICT
@dataclass(frozen=True)
class SetPulseRate:
    """Choose pulses per second for both planes."""

    pulses_per_s: Annotated[float, Gt(0.0), Le(60.0)]
    kind: Literal["set_pulse_rate"] = "set_pulse_rate"


@STRICT
@dataclass(frozen=True)
class SetFluoroscopyMode:
    """Choose pulsed or continuous fluoroscopy for both planes."""

    mode: Mode
    kind: Literal["set_fluoroscopy_mode"] = "set_fluoroscopy_mode"


@STRICT
@dataclass(frozen=True)
class SetDoseLevel:
    """Choose normal or half detector dose for both planes."""

    dose_level: DoseLevel
    kind: Literal["set_dose_level"] = "set_dose_level"


@STRICT
@dataclass(frozen=True)
class SetExposureCurve:
    """Choose the curve along which kV and mAs of both planes are controlled."""

    curve: CurveName
    kind: Literal["set_exposure_curve"] = "set_exposure_curve"


@STRICT
@dataclass(frozen=True)
class Magnify:
    """Show a smaller part of a plane's panel on the whole picture."""

    plane: PlaneName
    magnification: Annotated[float, Ge(1.0), Le(4.0)]
    kind: Literal["magnify"] = "magnify"


@STRICT
@dataclass(frozen=True)
class LockTechnique:
    """Hold a plane's kV and mAs as they are, or leave them to brightness control again."""

    plane: PlaneName
    locked: bool
    kind: Literal["lock_technique"] = "lock_technique"


@STRICT
@dataclass(frozen=True)
class Expose:
    """Take one picture with a plane."""

    plane: PlaneName
    kind: Literal["expose"] = "expose"


@STRICT
@dataclass(frozen=True)
class PressPedal:
    """Start pulsed fluoroscopy on a plane."""

    plane: PlaneName
    kind: Literal["press_pedal"] = "press_pedal"


@STRICT
@dataclass(frozen=True)
class ReleasePedal:
    """Stop fluoroscopy on a plane."""

    plane: PlaneName
    kind: Literal["release_pedal"] = "release_pedal"


ImagingCommand = (
    MoveCArm
    | MoveTable
    | Collimate
    | SetPulseRate
    | SetFluoroscopyMode
    | SetDoseLevel
    | SetExposureCurve
    | Magnify
    | LockTechnique
    | Expose
    | PressPedal
    | ReleasePedal
    | DriveCArm
    | DriveTable
)

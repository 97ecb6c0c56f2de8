"""Events: what happened, in the past tense. See ``commands`` for what led to it.

Fields are JSON-safe. Kinds and fields are part of the recording format: append, never rename.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from simulator.engine.augmentation_events import (
    AugmentationEvent,
    BalloonDeflated,
    BalloonInserted,
    BalloonRemoved,
    BalloonRuptured,
    CementEmbolised,
    CementLeaked,
    CementMixed,
    CementSampled,
    ContrastDrawnBack,
    InjectionStarted,
    InjectionStopped,
    InjectorLoaded,
    PressureAlarm,
    StopCriterionMet,
    TissueHeated,
    WallBreached,
)
from simulator.engine.commands import Command
from simulator.engine.guidance_events import CheckedOff, GuidanceEvent, HintAsked
from simulator.engine.needle_events import (
    BevelTurned,
    BiopsyTaken,
    BoneEntered,
    BoneScraped,
    CannulaOnWire,
    ChannelDrilled,
    CortexBroken,
    FineNeedleInserted,
    FineNeedleRemoved,
    MarkRemoved,
    NeedleEvent,
    NeedleRemoved,
    OrderRuleBroken,
    Redirected,
    Released,
    SkinMarked,
    SkinPunctured,
    Stalled,
    StyletMoved,
    ToolInserted,
    ToolMoved,
    ToolRemoved,
    Touched,
    WallReleased,
    WallTouched,
)
from simulator.engine.patient_events import (
    AirwaySupported,
    AnaestheticGiven,
    ComplicationBegan,
    Deficit,
    DrugGiven,
    FluidGiven,
    HelpArrived,
    HelpCalled,
    OxygenSet,
    PatientAnswered,
    PatientEvent,
    PatientMoved,
    SignSeen,
    VitalsAlarm,
)

__all__ = [
    "AirwaySupported",
    "AnaestheticGiven",
    "BalloonDeflated",
    "BalloonInserted",
    "BalloonRemoved",
    "BalloonRuptured",
    "BevelTurned",
    "BiopsyTaken",
    "BoneEntered",
    "BoneScraped",
    "CannulaOnWire",
    "CementEmbolised",
    "CementLeaked",
    "CementMixed",
    "CementSampled",
    "ChannelDrilled",
    "CheckedOff",
    "ComplicationBegan",
    "ContrastDrawnBack",
    "CortexBroken",
    "Deficit",
    "DrugGiven",
    "Ended",
    "Event",
    "Exposed",
    "FineNeedleInserted",
    "FineNeedleRemoved",
    "FluidGiven",
    "HelpArrived",
    "HelpCalled",
    "HintAsked",
    "InjectionStarted",
    "InjectionStopped",
    "InjectorLoaded",
    "MarkRemoved",
    "NeedleRemoved",
    "OrderRuleBroken",
    "OxygenSet",
    "PatientAnswered",
    "PatientMoved",
    "PressureAlarm",
    "Redirected",
    "Refused",
    "Released",
    "SignSeen",
    "SkinMarked",
    "SkinPunctured",
    "Stalled",
    "StopCriterionMet",
    "StyletMoved",
    "TissueHeated",
    "ToolInserted",
    "ToolMoved",
    "ToolRemoved",
    "Touched",
    "VitalsAlarm",
    "WallBreached",
    "WallReleased",
    "WallTouched",
    "as_row",
    "refused",
]


@dataclass(frozen=True)
class Refused:
    """A command asked for something impossible; why says what, and what to do instead."""

    command: dict[str, Any]
    why: str
    kind: str = "refused"


@dataclass(frozen=True)
class Exposed:
    """A pulse was given. Angles: gantry and DICOM (to the patient); errors against the target's true views.

    field_mm is what the blades leave of the part of the panel that is shown, iris_mm the iris within it, table_mm
    where the table top stands. visible_leak_mm2 holds, by destination, the area of leaked cement that this picture
    shows (visibility.py). hand_in_beam: one of the operator's hands is in the direct beam; hand_ugy, head_ugy: air
    kerma at the more exposed hand and at the head (operating.py).
    """

    number: int
    plane: str
    orbital_deg: float
    angulation_deg: float
    primary_deg: float
    secondary_deg: float
    field_mm: tuple[float, float]
    kv: float
    mas: float
    reference_kerma_mgy: float
    dose_area_product_gycm2: float
    single: bool
    target_in_field: bool
    frontal_error_deg: float
    lateral_error_deg: float
    visible_leak_mm2: dict[str, float] = field(default_factory=dict)
    table_mm: tuple[float, float, float] | None = None
    iris_mm: float | None = None
    magnification: float = 1.0
    mode: str = "pulsed"
    dose_level: str = "normal"
    curve: str = "standard"
    pulse_ms: float | None = None
    ma: float | None = None
    locked: bool = False
    hand_in_beam: bool = False
    hand_ugy: float = 0.0
    head_ugy: float = 0.0
    kind: str = "exposed"


@dataclass(frozen=True)
class Ended:
    kind: str = "ended"


Event = Refused | Exposed | NeedleEvent | AugmentationEvent | PatientEvent | Ended | GuidanceEvent


def refused(command: Command, why: str) -> Refused:
    """The event for a command that cannot be carried out."""
    return Refused({name: _safe(value) for name, value in asdict(command).items()}, why)


def _safe(value: Any) -> Any:
    """The value if JSON can carry it, else its text: a refused command may hold anything."""
    if isinstance(value, str | int | None) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value)


def as_row(message: Command | Event) -> dict[str, Any]:
    """A message as a JSON-safe dictionary, kind first."""
    row = asdict(message)
    return {"kind": row.pop("kind"), **row}

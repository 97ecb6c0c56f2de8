"""Events: what happened, in the past tense. See ``commands`` for what led to it.

Fields are JSON-safe. Kinds and fields are part of the recording format: append, never rename.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from anatomy.spec import Side
from simulator.engine.commands import Command


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
class SkinPunctured:
    side: Side
    skin_mm: tuple[float, float, float]
    kind: str = "skin_punctured"


@dataclass(frozen=True)
class BoneEntered:
    """A cannula was taken by bone: where, of which level, and how far from the planned entry."""

    side: Side
    level: str
    entry_mm: tuple[float, float, float]
    entry_error_mm: float
    kind: str = "bone_entered"


@dataclass(frozen=True)
class Stalled:
    """A cannula would not go on."""

    side: Side
    force_n: float
    limit_n: float
    kind: str = "stalled"


@dataclass(frozen=True)
class Redirected:
    side: Side
    wanted_deg: float
    achieved_deg: float
    kind: str = "redirected"


@dataclass(frozen=True)
class NeedleRemoved:
    side: Side
    kind: str = "needle_removed"


@dataclass(frozen=True)
class StyletMoved:
    side: Side
    inserted: bool
    kind: str = "stylet_moved"


@dataclass(frozen=True)
class ChannelDrilled:
    side: Side
    beyond_tip_mm: float
    kind: str = "channel_drilled"


@dataclass(frozen=True)
class Touched:
    """An instrument's surface reached a structure it must not touch."""

    side: Side
    structure: str
    kind: str = "touched"


@dataclass(frozen=True)
class Released:
    """An instrument came away from a structure: how long it was there, and how deep at most."""

    side: Side
    structure: str
    dwell_s: float
    deepest_mm: float
    kind: str = "released"


@dataclass(frozen=True)
class OrderRuleBroken:
    """The tip passed the pedicle's medial border while still behind the posterior wall (clinical M6)."""

    side: Side
    still_behind_mm: float
    kind: str = "order_rule_broken"


@dataclass(frozen=True)
class AnaestheticGiven:
    side: Side
    volume_ml: float
    kind: str = "anaesthetic_given"


@dataclass(frozen=True)
class BalloonInserted:
    side: Side
    model: str
    kind: str = "balloon_inserted"


@dataclass(frozen=True)
class StopCriterionMet:
    """A reason to stop inflating was reached (clinical M21): endplate, cortex, pressure, volume or height."""

    side: Side
    criterion: str
    volume_ml: float
    pressure_psi: float
    kind: str = "stop_criterion_met"


@dataclass(frozen=True)
class BalloonRuptured:
    side: Side
    volume_ml: float
    kind: str = "balloon_ruptured"


@dataclass(frozen=True)
class BalloonDeflated:
    side: Side
    volume_ml: float
    kind: str = "balloon_deflated"


@dataclass(frozen=True)
class BalloonRemoved:
    side: Side
    kind: str = "balloon_removed"


@dataclass(frozen=True)
class CementMixed:
    product: str
    kind: str = "cement_mixed"


@dataclass(frozen=True)
class InjectionStarted:
    side: Side
    minutes_since_mixing: float
    viscosity_pa_s: float
    kind: str = "injection_started"


@dataclass(frozen=True)
class InjectionStopped:
    """by is "hand", "pressure" (nothing flows any more) or "full" (nothing can take more)."""

    side: Side
    by: str
    in_body_ml: float
    kind: str = "injection_stopped"


@dataclass(frozen=True)
class CementLeaked:
    """Cement reached a destination outside bone for the first time."""

    destination: str
    kind: str = "cement_leaked"


@dataclass(frozen=True)
class VitalsAlarm:
    vital: str
    value: float
    kind: str = "vitals_alarm"


@dataclass(frozen=True)
class Ended:
    kind: str = "ended"


Event = (
    Refused | Exposed | SkinPunctured | BoneEntered | Stalled | Redirected | NeedleRemoved | StyletMoved
    | ChannelDrilled | Touched | Released | OrderRuleBroken | AnaestheticGiven | BalloonInserted
    | StopCriterionMet | BalloonRuptured | BalloonDeflated | BalloonRemoved | CementMixed | InjectionStarted
    | InjectionStopped | CementLeaked | VitalsAlarm | Ended
)  # fmt: skip


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

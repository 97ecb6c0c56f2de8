"""Events of balloons and cement. See ``events``."""

from __future__ import annotations

from dataclasses import dataclass

from anatomy.spec import Side


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
    """A balloon burst; by is "pressure" or "spicule" (a sharp piece of bone), empty in older recordings."""

    side: Side
    volume_ml: float
    by: str = ""
    kind: str = "balloon_ruptured"


@dataclass(frozen=True)
class ContrastDrawnBack:
    """Some contrast was taken out of a balloon; volume_ml is what is left in it."""

    side: Side
    volume_ml: float
    kind: str = "contrast_drawn_back"


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
class PressureAlarm:
    """An inflation syringe began to sound: its pressure reached the limit it is set to."""

    side: Side
    pressure_psi: float
    limit_psi: float
    kind: str = "pressure_alarm"


@dataclass(frozen=True)
class WallBreached:
    """A balloon broke through a side wall of the body: anterior, posterior, left or right. side: the balloon's."""

    side: Side
    wall: str
    pressure_psi: float
    area_mm2: float
    kind: str = "wall_breached"


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
    """by is "hand", "pressure" (nothing flows any more), "full" (nothing can take more), "set", "empty" (the
    injector) or "stylet" (the bore has been pushed empty)."""

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
class TissueHeated:
    """A structure reached a threshold for the first time; temperature_c is what it has reached."""

    structure: str
    temperature_c: float
    kind: str = "tissue_heated"


@dataclass(frozen=True)
class CementEmbolised:
    """Flowing blood has carried cement to the lungs: how much in this tick, and the largest parcel so far."""

    volume_ml: float
    largest_mm: float
    kind: str = "cement_embolised"


@dataclass(frozen=True)
class InjectorLoaded:
    """Syringe, screw injector or a filler is ready for the number-th time."""

    injector: str
    number: int
    volume_ml: float
    kind: str = "injector_loaded"


@dataclass(frozen=True)
class CementSampled:
    """How a drop looks: runs, honey, toothpaste, dough or hard."""

    minutes_since_mixing: float
    viscosity_pa_s: float
    consistency: str
    kind: str = "cement_sampled"


AugmentationEvent = (
    BalloonInserted
    | StopCriterionMet
    | BalloonRuptured
    | ContrastDrawnBack
    | BalloonDeflated
    | BalloonRemoved
    | PressureAlarm
    | WallBreached
    | CementMixed
    | InjectionStarted
    | InjectionStopped
    | CementLeaked
    | TissueHeated
    | CementEmbolised
    | InjectorLoaded
    | CementSampled
)

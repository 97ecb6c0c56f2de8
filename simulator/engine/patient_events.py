"""Events of the patient and whoever looks after him. See ``events``."""

from __future__ import annotations

from dataclasses import dataclass

from anatomy.spec import Side


@dataclass(frozen=True)
class AnaestheticGiven:
    """fault: what was wrong with the dose, "" for nothing."""

    side: Side
    volume_ml: float
    kind: str = "anaesthetic_given"
    site: str = "track"
    drug: str = "lidocaine"
    dose_mg: float | None = None
    fault: str = ""


@dataclass(frozen=True)
class VitalsAlarm:
    vital: str
    value: float
    kind: str = "vitals_alarm"


@dataclass(frozen=True)
class DrugGiven:
    """fault: "allergy", "overdose", "into the vein" or "" for nothing wrong."""

    drug: str
    dose_mg: float
    route: str
    fault: str = ""
    kind: str = "drug_given"


@dataclass(frozen=True)
class OxygenSet:
    flow_l_min: float
    device: str
    kind: str = "oxygen_set"


@dataclass(frozen=True)
class FluidGiven:
    volume_ml: float
    total_ml: float
    kind: str = "fluid_given"


@dataclass(frozen=True)
class AirwaySupported:
    how: str
    kind: str = "airway_supported"


@dataclass(frozen=True)
class PatientAnswered:
    """legs: "both move", "one is weak", "both are weak", or "" where the patient did not answer."""

    answers: bool
    pain: float | None
    legs: str
    complaints: tuple[str, ...] = ()
    kind: str = "patient_answered"


@dataclass(frozen=True)
class HelpCalled:
    kind: str = "help_called"


@dataclass(frozen=True)
class HelpArrived:
    kind: str = "help_arrived"


@dataclass(frozen=True)
class SignSeen:
    """Something new can be seen or heard of the patient."""

    sign: str
    kind: str = "sign_seen"


@dataclass(frozen=True)
class PatientMoved:
    """The patient jerked, and spine and instruments with him."""

    why: str
    distance_mm: float
    kind: str = "patient_moved"


@dataclass(frozen=True)
class Deficit:
    """Function was lost: of a root, or of what lies in the canal. Truth; the trainee learns it by asking."""

    structure: str
    cause: str
    grade: str
    kind: str = "deficit"


@dataclass(frozen=True)
class ComplicationBegan:
    """A planned or spontaneous complication began. Truth: nothing of it is shown but what it does."""

    complication: str
    severity: float
    kind: str = "complication_began"


PatientEvent = (
    AnaestheticGiven
    | VitalsAlarm
    | DrugGiven
    | OxygenSet
    | FluidGiven
    | AirwaySupported
    | PatientAnswered
    | HelpCalled
    | HelpArrived
    | SignSeen
    | PatientMoved
    | Deficit
    | ComplicationBegan
)

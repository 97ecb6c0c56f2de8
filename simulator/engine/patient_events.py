"""Events of the patient and whoever looks after him. See ``events``."""

from __future__ import annotations

from dataclasses import dataclass

from anatomy.spec import Side


@dataclass(frozen=True)
class AnaestheticGiven:
    side: Side
    volume_ml: float
    kind: str = "anaesthetic_given"


@dataclass(frozen=True)
class VitalsAlarm:
    vital: str
    value: float
    kind: str = "vitals_alarm"


PatientEvent = AnaestheticGiven | VitalsAlarm

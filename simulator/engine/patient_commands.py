"""Commands to whoever looks after the patient. See ``commands``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

from anatomy.spec import Side
from simulator.engine.imaging_commands import STRICT
from simulator.engine.patient.drive import Airway
from simulator.engine.patient.drugs import DrugName, Route
from simulator.engine.patient.numbness import Site


@STRICT
@dataclass(frozen=True)
class GiveLocalAnaesthetic:
    """Infiltrate one side: along the track (skin, muscle and periosteum together), one layer of it, or wherever
    the tip of the fine needle lies."""

    side: Side
    volume_ml: Annotated[float, Gt(0.0), Le(60.0)]
    kind: Literal["give_local_anaesthetic"] = "give_local_anaesthetic"
    site: Site | Literal["needle"] = "track"
    drug: Literal["lidocaine", "bupivacaine"] = "lidocaine"
    percent: Annotated[float, Gt(0.0), Le(4.0)] = 1.0


@STRICT
@dataclass(frozen=True)
class GiveDrug:
    """Give a drug at once. Millilitres are for lipid emulsion 20 % only."""

    drug: DrugName
    dose: Annotated[float, Gt(0.0), Le(1e6)]
    unit: Literal["mg", "ug", "g", "ml"] = "mg"
    route: Route = "iv"
    kind: Literal["give_drug"] = "give_drug"


@STRICT
@dataclass(frozen=True)
class SetOxygen:
    """Oxygen by whatever device the flow asks for: up to 5 l/min nasal, below 10 a mask, then with a reservoir."""

    flow_l_min: Annotated[float, Ge(0.0), Le(15.0)]
    kind: Literal["set_oxygen"] = "set_oxygen"


@STRICT
@dataclass(frozen=True)
class GiveFluid:
    """Let crystalloid run in."""

    volume_ml: Annotated[float, Gt(0.0), Le(1000.0)]
    kind: Literal["give_fluid"] = "give_fluid"


@STRICT
@dataclass(frozen=True)
class SupportAirway:
    """Hold the airway open, ventilate by bag, or leave the patient to breathe."""

    how: Airway
    kind: Literal["support_airway"] = "support_airway"


@STRICT
@dataclass(frozen=True)
class AskPatient:
    """Speak to the patient: pain, complaints, and whether both legs move."""

    kind: Literal["ask_patient"] = "ask_patient"


@STRICT
@dataclass(frozen=True)
class CallForHelp:
    """Call the emergency team."""

    kind: Literal["call_for_help"] = "call_for_help"


PatientCommand = (
    GiveLocalAnaesthetic | GiveDrug | SetOxygen | GiveFluid | SupportAirway | AskPatient | CallForHelp
)  # fmt: skip

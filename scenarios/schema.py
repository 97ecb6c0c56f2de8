"""What a scenario file may say. Everything is frozen; reading and writing TOML is in ``scenarios.loading``.

A scenario is data: who the patient is, what the room offers, how the work is judged. Limits that a machine or
a body imposes live in the simulator; limits here only keep a file meaningful.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from annotated_types import Ge, Gt, Le, MinLen
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from anatomy.spec import PatientSpec, Sex, Side, TargetLevel
from scenarios.vocabulary import METRICS

SCHEMA_VERSION: Literal[1] = 1

Procedure = Literal["kyphoplasty", "vertebroplasty"]
if TYPE_CHECKING:
    MetricName = str
else:
    MetricName = Literal[METRICS]
Points = Annotated[float, Field(gt=0.0, le=1000.0)]
Mark = Annotated[float, Field(ge=-1e6, le=1e6)]
"""A value of a metric at which something begins or ends."""

PULSES_PER_S = (1.0, 3.75, 7.5, 15.0, 30.0)
"""Pulse rates that a C-arm offers; all of them fall on ticks of 1/60 s."""


def _known_pulse_rate(value: float) -> float:
    if value not in PULSES_PER_S:
        raise ValueError(f"pulses per second are one of {', '.join(f'{p:g}' for p in PULSES_PER_S)}")
    return value


class Part(BaseModel):
    """A table of a scenario file: unknown keys are mistakes, values are never converted silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _within_a_folder(value: str) -> str:
    if value.startswith(("/", "~")) or "\\" in value or ":" in value or ".." in value.split("/"):
        raise ValueError("file is a path relative to the scenario, with / between folders and without ..")
    return value


class PatientFile(Part):
    """A patient imported from CT (``scenario import-ct``), in place of a recipe."""

    model_config = ConfigDict(json_schema_extra={
        "x-not-here": "what a patient from a file has is in its voxels: import the CT again, with --fracture for "
        "a fracture; lesions and other findings cannot be added to a CT"
    })  # fmt: skip

    file: Annotated[str, MinLen(1), AfterValidator(_within_a_folder)]
    """The patient file, relative to the scenario."""
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of the patient file: another patient is not taken for this one."""
    target_level: TargetLevel
    sex: Sex = "female"
    age_years: Annotated[float, Ge(18), Le(100)] = 70.0


class Briefing(Part):
    """What the trainee is told before starting."""

    history: str = ""
    examination: str = ""
    imaging: str = ""
    indication: str = ""
    consent: str | None = None
    """What the patient is to be told of risks and alternatives; whoever plays the case confirms it first. None is
    not written, so that the text of files and recordings from before stays as it was, letter by letter."""


class CArm(Part):
    """Imaging equipment: one mobile C-arm, or two planes that share an isocentre."""

    planes: Literal[1, 2] = 1
    pulses_per_s: Annotated[float, AfterValidator(_known_pulse_rate)] = 7.5
    biplane_pulses: Literal["alternating", "simultaneous"] = "alternating"
    """With both pedals down: a plane's pulses between those of the other, so that the scatter of one does not fog
    the picture of the other, or both at once."""
    start_off_centre_mm: Annotated[float, Ge(0), Le(80)] = 30.0
    """How far the target lies from the isocentre when the case begins, along the table."""
    start_angle_error_deg: Annotated[float, Ge(0), Le(20)] = 6.0
    """How far the frontal plane is turned away from the true frontal view at the start."""


class Instruments(Part):
    """What lies on the table of instruments."""

    needle_gauge: Literal[8, 10, 11, 13] = 11
    needle_tip: Literal["diamond", "bevel"] = "diamond"
    """A bevel steers away from the side that it faces; a diamond goes straight."""
    cannula_length_mm: Literal[100, 125, 150] = 125
    """From hub to tip."""
    needles: Annotated[tuple[Side, ...], MinLen(1)] = ("left", "right")
    """Sides that are to be accessed: one for a unipedicular procedure."""
    balloon: Literal["10/2", "15/2", "10/3", "15/3", "20/3"] | None = None
    syringe_limit_psi: Literal[400, 700] = 400
    """Pressure at which the inflation syringes sound."""
    cement: Literal["low viscosity", "medium viscosity", "high viscosity"] = "high viscosity"
    injector: Literal["syringe", "screw", "fillers"] = "fillers"
    barium_sulphate_percent: Annotated[float, Ge(5), Le(40)] | None = None
    """Mass share of barium sulphate in the mixed cement, in place of what the product holds."""
    batches: Annotated[int, Ge(1), Le(5)] = 1
    """How often cement can be mixed."""
    batch_ml: Annotated[float, Ge(1), Le(60)] | None = None
    """What one mixing gives, in place of the product's usual volume."""

    @model_validator(mode="after")
    def _sides_differ(self) -> Self:
        if len(set(self.needles)) != len(self.needles):
            raise ValueError("needles names a side twice; each side takes one needle")
        return self


class Complication(Part):
    """Something that goes wrong in this case, whoever plays it."""

    kind: Literal[
        "vagal reflex", "hypotension", "over-sedation", "anaphylaxis", "embolism", "bleeding", "pneumothorax",
        "local anaesthetic toxicity",
    ]  # fmt: skip
    when: Literal["time", "at_anaesthetic", "at_puncture", "at_bone", "at_balloon", "at_injection"] = "time"
    """What it waits for: the clock, or the first time that step begins."""
    after_min: Annotated[float, Ge(0), Le(240)] = 0.0
    """Minutes after that."""
    severity: Annotated[float, Gt(0), Le(2)] = 1.0


class Condition(Part):
    """The patient's condition: what monitoring, drugs and complications depend on."""

    weight_kg: Annotated[float, Ge(30), Le(200)] | None = None
    """Without it, from the patient's stature and body mass index."""
    heart_rate: Annotated[float, Ge(45), Le(120)] = 75.0
    mean_pressure_mmhg: Annotated[float, Ge(65), Le(130)] = 97.0
    saturation_percent: Annotated[float, Ge(85), Le(97)] = 96.0
    """On room air, prone and at rest."""
    sedation: Literal["none", "light"] = "light"
    """What the patient has had before the case begins; light is what pain was graded for."""
    comorbidities: tuple[Literal["sleep apnoea", "heart failure", "liver disease"], ...] = ()
    allergies: tuple[Literal["lidocaine", "bupivacaine", "cefazolin", "contrast"], ...] = ()
    anticoagulated: bool = False
    spontaneous_complications: bool = False
    """Whether complications befall this patient at published rates, by the seed. An examination leaves it off, so
    that all have the same case."""
    complications: tuple[Complication, ...] = ()


class Room(Part):
    """Conditions in the room."""

    temperature_c: Annotated[float, Ge(15), Le(30)] = 21.0


class Gate(Part):
    """A limit that fails the attempt whatever its points. Exactly one of fail_above and fail_below."""

    metric: MetricName
    why: Annotated[str, MinLen(3)]
    """One sentence for the report: what went wrong and why it matters."""
    fail_above: Mark | None = None
    fail_below: Mark | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.fail_above is None) == (self.fail_below is None):
            raise ValueError("a gate needs exactly one of fail_above and fail_below")
        return self


class Criterion(Part):
    """Points for one metric: all of them inside [full_from, full_to], none beyond none_below or none_above,
    in proportion between."""

    group: Literal["access", "imaging", "reduction", "cement", "time", "patient"]
    metric: MetricName
    points: Points
    full_from: Mark | None = None
    full_to: Mark | None = None
    none_below: Mark | None = None
    none_above: Mark | None = None
    source: str = ""
    """Where the band comes from; printed on the report."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.full_from is None and self.full_to is None:
            raise ValueError("a criterion needs full_from, full_to or both")
        if self.full_from is None and self.none_below is not None:
            raise ValueError("none_below needs full_from")
        if self.full_to is None and self.none_above is not None:
            raise ValueError("none_above needs full_to")
        marks = [m for m in (self.none_below, self.full_from, self.full_to, self.none_above) if m is not None]
        if marks != sorted(marks):
            raise ValueError("a criterion's band must rise: none_below, full_from, full_to, none_above")
        return self


class Rubric(Part):
    """How the work is judged. Its version is printed on every report."""

    version: Annotated[str, MinLen(1)] = "1"
    pass_mark: Annotated[float, Ge(0), Le(100)] = 70.0
    gates: tuple[Gate, ...] = ()
    criteria: Annotated[tuple[Criterion, ...], MinLen(1)]


class Scenario(Part):
    """One case."""

    older_names: ClassVar[Mapping[tuple[str, ...], str]] = {
        ("patient", "fracture", "anterior_height_ratio"): "height_ratio",  # when every fracture was a wedge
    }

    schema_version: Literal[1] = 1
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,62}[a-z0-9]$")]
    version: Annotated[str, MinLen(1)]
    title: Annotated[str, MinLen(3)]
    summary: str = ""
    difficulty: Literal["basic", "intermediate", "advanced"] = "basic"
    procedure: Procedure
    briefing: Briefing = Briefing()
    patient: PatientSpec | PatientFile = PatientSpec()
    condition: Condition = Condition()
    carm: CArm = CArm()
    instruments: Instruments = Instruments()
    room: Room = Room()
    rubric: Rubric
    _folder: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.procedure == "kyphoplasty" and self.instruments.balloon is None:
            raise ValueError('a kyphoplasty needs instruments.balloon, for example "15/3"')
        if self.procedure == "vertebroplasty" and self.instruments.balloon is not None:
            raise ValueError("a vertebroplasty has no balloon: remove instruments.balloon")
        return self

    @property
    def folder(self) -> str:
        """The folder that the file was read from, where a patient file is looked for; "" for the current one."""
        return self._folder

    def read_from(self, folder: str) -> Self:
        """The same scenario as read from a folder."""
        scenario = self.model_copy()
        scenario._folder = folder
        return scenario

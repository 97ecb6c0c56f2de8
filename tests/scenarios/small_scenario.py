"""A model that resembles a scenario, a valid file for it, and strategies, to test scenarios.loading."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Literal, get_args

from annotated_types import Ge, Gt, Interval, Le, MinLen
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from anatomy.spec import FractureSpec, PatientSpec, TargetLevel
from scenarios.loading import InvalidFile, Problem, read_toml

Metric = Literal["leak_ml", "dose_mgycm2", "tip_offset_mm"]


class Mode(Enum):
    """How the trainee is helped."""

    TRAINING = "training"
    EXAM = "exam"


@dataclass(frozen=True)
class Technique:
    """X-ray technique at the start."""

    kv: Annotated[float, Ge(40), Le(125)] = 80.0
    pulses_per_s: Literal[1, 3, 7, 15] = 7


@dataclass(frozen=True)
class InBand:
    """Points where a metric lies between two limits."""

    kind: Literal["in_band"]
    metric: Metric
    band: tuple[float, float]
    points: Annotated[int, Ge(0), Le(100)] = 10

    def __post_init__(self) -> None:
        if self.band[0] > self.band[1]:
            raise ValueError("the band must begin with its lower limit")


@dataclass(frozen=True)
class Point:
    """Aim at a point."""

    at_mm: tuple[float, float, float]
    radius_mm: Annotated[float, Gt(0)] = 5.0


@dataclass(frozen=True)
class Corridor:
    """Aim along a line."""

    entry_mm: tuple[float, float, float]
    target_mm: tuple[float, float, float]
    radius_mm: Annotated[float, Gt(0), Le(3)] = 2.0


class WithinTime(BaseModel):
    """Points for work done in time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["within_time"]
    limit_s: Annotated[float, Gt(0), Le(7200)]
    points: int = 5

    @field_validator("points")
    @classmethod
    def _in_fives(cls, points: int) -> int:
        if points % 5:
            raise ValueError("points are given in fives: 5, 10, 15 ...")
        return points


Criterion = Annotated[InBand | WithinTime, Field(discriminator="kind")]


class Scenario(BaseModel):
    """A small scenario."""

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, MinLen(1)]
    title: str = ""
    briefing: str = ""
    mode: Mode = Mode.TRAINING
    assisted: bool = False
    start_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    levels: tuple[TargetLevel, ...] = ("L1",)
    time_limit_s: Annotated[float, Interval(gt=0, le=7200)] | None = None
    viscosity_pa_s: float | Literal["preset"] = "preset"
    weights: dict[Literal["access", "imaging", "cement"], float] = Field(default_factory=dict)
    notes: dict[str, str] = Field(default_factory=dict)
    aim: Point | Corridor | None = None
    patient: PatientSpec = PatientSpec()
    technique: Technique = Technique()
    criteria: Annotated[tuple[Criterion, ...], MinLen(1)]

    @model_validator(mode="after")
    def _exam_is_unassisted(self) -> Scenario:
        if self.mode is Mode.EXAM and self.assisted:
            raise ValueError("an exam cannot be assisted: set assisted = false or mode = 'training'")
        return self


VALID = """\
id = "l1-wedge"
title = "Wedge fracture of L1"
mode = "exam"
assisted = false
start_mm = [0.0, 12.5, -3]
levels = ["L1", "L2"]
time_limit_s = 1800
viscosity_pa_s = 300.0
weights = { access = 0.5, cement = 0.5 }

[aim]
entry_mm = [30, -60, 5]
target_mm = [5, 10, 2]
radius_mm = 1.5

[patient]
seed = 7
sex = "female"
age_years = 78
stature_mm = 1590.0
t_score = -3.1
target_level = "L1"

[patient.fracture]
height_ratio = 0.65
mobile_share = 0.5

[technique]
kv = 85
pulses_per_s = 7

[[criteria]]
kind = "in_band"
metric = "leak_ml"
band = [0.0, 0.3]
points = 20

[[criteria]]
kind = "within_time"
limit_s = 1500.0
points = 10
"""

CRITERION = '[[criteria]]\nkind = "within_time"\nlimit_s = 60\n'


def problems_of(text: str | bytes, model: type = Scenario) -> tuple[Problem, ...]:
    """What read_toml complains about; empty where it reads."""
    try:
        read_toml(text, model, source="case.toml")
    except InvalidFile as error:
        return error.problems
    return ()


def only_problem(text: str, model: type = Scenario) -> Problem:
    """The one complaint of read_toml."""
    (problem,) = problems_of(text, model)
    return problem


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.text(
    '"\\\n\r\t #[]=x\u007f', max_size=12
)
finite = st.floats(allow_nan=False, allow_infinity=False)
points = st.tuples(finite, finite, finite)


def _between(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high)


fractures = st.builds(
    FractureSpec,
    height_ratio=_between(0.45, 0.95),
    mobile_share=_between(0.0, 1.0),
    endplate_defect_mm=_between(0.0, 12.0),
)
patients = st.builds(
    PatientSpec,
    seed=st.integers(0, 2**32 - 1),
    sex=st.sampled_from(["female", "male"]),
    age_years=_between(18, 100),
    stature_mm=_between(1400, 2000),
    body_mass_index_kg_m2=_between(15, 45),
    t_score=_between(-5, 2),
    target_level=st.sampled_from(get_args(TargetLevel)),
    fracture=st.none() | fractures,
)
criteria = st.builds(
    InBand,
    kind=st.just("in_band"),
    metric=st.sampled_from(get_args(Metric)),
    band=st.tuples(finite, finite).map(lambda pair: (min(pair), max(pair))),
    points=st.integers(0, 100),
) | st.builds(
    WithinTime,
    kind=st.just("within_time"),
    limit_s=st.floats(0, 7200, exclude_min=True),
    points=st.integers(-(2**59), 2**59).map(lambda n: 5 * n),
)
scenarios = st.builds(
    Scenario,
    id=texts.filter(bool),
    title=texts,
    briefing=texts,
    mode=st.just(Mode.TRAINING),
    assisted=st.booleans(),
    start_mm=points,
    levels=st.lists(st.sampled_from(get_args(TargetLevel)), max_size=6).map(tuple),
    time_limit_s=st.none() | st.floats(0, 7200, exclude_min=True),
    viscosity_pa_s=finite | st.just("preset"),
    weights=st.dictionaries(st.sampled_from(["access", "imaging", "cement"]), finite),
    notes=st.dictionaries(texts, texts, max_size=4),
    aim=st.none() | st.builds(Point, points, radius_mm=_between(1, 9)) | st.builds(Corridor, points, points),
    patient=patients,
    technique=st.builds(Technique, kv=_between(40, 125), pulses_per_s=st.sampled_from([1, 3, 7, 15])),
    criteria=st.lists(criteria, min_size=1, max_size=4).map(tuple),
)

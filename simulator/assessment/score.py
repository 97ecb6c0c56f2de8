"""From metrics to a score: gates first, then points by the scenario's rubric. Same recording, same score."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from scenarios.schema import Criterion, Gate
from scenarios.vocabulary import METRIC_UNITS
from simulator.assessment.dose_report import SessionDose, session_dose
from simulator.assessment.evidence import Evidence, trusting_rows
from simulator.assessment.metrics import measure_all
from simulator.assessment.metrics.measurement import Measurement
from simulator.assessment.prognosis import Prognosis, prognosis
from simulator.engine.recording import Recording

NEAR = 0.6
"""Share of a gate's limit from which a value counts as a near miss (preset)."""


@dataclass(frozen=True)
class GateResult:
    """One gate: the value, the limit in words, and whether it failed the attempt."""

    metric: str
    value: float | None
    unit: str
    limit: str
    tripped: bool
    why: str
    at_s: float | None


@dataclass(frozen=True)
class CriterionResult:
    """One line of points. not_assessed_because is empty where the value was measured."""

    group: str
    metric: str
    value: float | None
    unit: str
    band: str
    points: float
    earned: float | None
    not_assessed_because: str
    source: str
    at_s: float | None
    note: str


@dataclass(frozen=True)
class NearMiss:
    """A gate that held, but not by much."""

    metric: str
    value: float
    unit: str
    limit: str
    why: str
    at_s: float | None


@dataclass(frozen=True)
class ScoreReport:
    """The judgement of one recording."""

    case: str
    case_version: str
    rubric_version: str
    trainee: str
    complete: bool
    duration_s: float
    total: float | None
    total_withheld_because: str
    pass_mark: float
    passed: bool
    gates: tuple[GateResult, ...]
    near_misses: tuple[NearMiss, ...]
    criteria: tuple[CriterionResult, ...]
    metrics: tuple[dict[str, Any], ...]
    dose: SessionDose
    refusals: int
    program: dict[str, str]
    recording_digest: str
    prognosis: tuple[Prognosis, ...] = ()  # what may become of the patient; never part of the total

    def as_json(self) -> dict[str, Any]:
        """JSON-safe dictionary, the content of report.json."""
        return {**asdict(self), "dose": self.dose.model_dump(mode="json")}


def score(recording: Recording) -> ScoreReport:
    """The score of a recording by the rubric in its own scenario.

    Raises UnreadableRecordingError where its rows are not those that a session writes.
    """
    with trusting_rows():
        return _scored(recording, Evidence.of(recording))


def _scored(recording: Recording, evidence: Evidence) -> ScoreReport:
    found = measure_all(evidence)
    rubric = evidence.scenario.rubric
    gates = tuple(_gate(gate, found[gate.metric]) for gate in rubric.gates)
    criteria = tuple(_criterion(criterion, found[criterion.metric]) for criterion in rubric.criteria)
    withheld = (
        ""
        if evidence.complete
        else (
            f"the recording is incomplete: it ends after {evidence.duration_s:.0f} s without the end of the case"
        )
    )
    total = _total(criteria)
    passed = not withheld and total is not None and total >= rubric.pass_mark and not any(g.tripped for g in gates)
    return ScoreReport(
        case=evidence.scenario.id,
        case_version=evidence.scenario.version,
        rubric_version=rubric.version,
        trainee=evidence.trainee,
        complete=evidence.complete,
        duration_s=evidence.duration_s,
        total=None if withheld else total,
        total_withheld_because=withheld or ("" if total is not None else "no criterion could be assessed"),
        pass_mark=rubric.pass_mark,
        passed=passed,
        gates=gates,
        near_misses=_near_misses(rubric.gates, gates),
        criteria=criteria,
        metrics=tuple(_metric_row(name, measurement) for name, measurement in found.items()),
        dose=session_dose(evidence),
        refusals=len(evidence.of_kind("refused")),
        program=dict(recording.header.get("program", {})),
        recording_digest=recording.digest,
        prognosis=prognosis(evidence),
    )


def credit(value: float, criterion: Criterion) -> float:
    """Share (0 to 1) of a criterion's points for a value: 1 inside the band, falling linearly outside it.

    >>> credit(5.0, Criterion(group="access", metric="exposures", points=4, full_to=4, none_above=6))
    0.5
    """
    if criterion.full_to is not None and value > criterion.full_to:
        return _fall(value, criterion.full_to, criterion.none_above)
    if criterion.full_from is not None and value < criterion.full_from:
        return _fall(value, criterion.full_from, criterion.none_below)
    return 1.0


def _fall(value: float, full: float, none: float | None) -> float:
    if none is None or none == full:
        return 0.0
    return min(max(0.0, (none - value) / (none - full)), 1.0)


def _total(criteria: tuple[CriterionResult, ...]) -> float | None:
    """Points earned out of those that could be earned, in percent."""
    judged = [c for c in criteria if c.earned is not None]
    possible = sum(c.points for c in judged)
    return round(100.0 * sum(c.earned or 0.0 for c in judged) / possible, 2) if possible > 0.0 else None


def _gate(gate: Gate, found: Measurement) -> GateResult:
    above, below = gate.fail_above, gate.fail_below
    limit = f"not above {above:g}" if above is not None else f"not below {below:g}"
    tripped = found.value is not None and (
        (above is not None and found.value > above) or (below is not None and found.value < below)
    )
    return GateResult(gate.metric, found.value, METRIC_UNITS[gate.metric], limit, tripped, gate.why, found.at_s)


def _near_misses(gates: tuple[Gate, ...], results: tuple[GateResult, ...]) -> tuple[NearMiss, ...]:
    """Gates that were not tripped, but whose value came within NEAR of the limit."""
    return tuple(
        NearMiss(result.metric, result.value, result.unit, result.limit, result.why, result.at_s)
        for gate, result in zip(gates, results, strict=True)
        if result.value is not None
        and not result.tripped
        and gate.fail_above is not None
        and result.value >= NEAR * gate.fail_above > 0.0
    )


def _criterion(criterion: Criterion, found: Measurement) -> CriterionResult:
    earned: float | None
    if found.value is not None:
        earned = criterion.points * credit(found.value, criterion)
    else:
        earned = 0.0 if found.missing == "not done" else None
    return CriterionResult(
        criterion.group, criterion.metric, found.value, METRIC_UNITS[criterion.metric], band_of(criterion),
        criterion.points, earned, found.because, criterion.source, found.at_s, found.note,
    )  # fmt: skip


def band_of(criterion: Criterion) -> str:
    """The band in words.

    >>> band_of(Criterion(group="access", metric="exposures", points=4, full_to=4, none_above=6))
    'all up to 4, none above 6'
    """
    low, high = criterion.full_from, criterion.full_to
    if low is not None and high is not None:
        text = f"all from {low:g} to {high:g}"
    else:
        text = f"all up to {high:g}" if high is not None else f"all from {low:g}"
    for word, mark in (("below", criterion.none_below), ("above", criterion.none_above)):
        if mark is not None:
            text += f", none {word} {mark:g}"
    return text


def _metric_row(name: str, found: Measurement) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "value": found.value, "unit": METRIC_UNITS[name]}
    if found.value is None:
        row["not_assessed_because"] = found.because
    if found.at_s is not None:
        row["at_s"] = found.at_s
    if found.note:
        row["note"] = found.note
    return row

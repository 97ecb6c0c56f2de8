"""Does a scenario work? Play it with trainees of graded skill and see whether its rubric tells them apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from scenarios.schema import Scenario
from simulator.assessment.score import ScoreReport, score
from simulator.assessment.trainees.procedure import SKILL_NAMES, perform
from simulator.assessment.trainees.skill import SkillName
from simulator.engine.case import Case, make_case
from simulator.engine.recording import parse
from simulator.engine.session import new_session

WANTED_GAP = 25.0
"""Points by which the novice should fall behind the expert on average."""


@dataclass(frozen=True)
class CheckResult:
    """What was found, a line each, and whether the scenario is fit for use."""

    lines: tuple[str, ...]
    sound: bool


def performance(case: Case, skill: SkillName) -> ScoreReport:
    """The score of one scripted performance, recorded in memory only."""
    session = new_session(case, f"scripted-{skill}")
    perform(session, skill)
    return score(parse(b"".join(session.recorder.lines), source="memory"))


def check(
    scenario: Scenario,
    seeds: Iterable[int],
    *,
    progress: Callable[[str, float], None] = lambda _what, _share: None,
) -> CheckResult:
    """Play a scenario with every skill and seed. Sound: the expert passes, the novice falls behind by WANTED_GAP
    points, the reckless trainee trips a gate."""
    seeds = list(seeds)
    reports: dict[SkillName, list[ScoreReport]] = {name: [] for name in SKILL_NAMES}
    first = make_case(
        scenario,
        seeds[0],
    )
    done = 0
    for seed in seeds:
        case = first if seed == first.seed else make_case(scenario, seed, patient_of=lambda _spec: first.patient)
        for name in SKILL_NAMES:
            progress(f"playing as {name}, seed {seed}", done / (len(seeds) * len(SKILL_NAMES)))
            reports[name].append(performance(case, name))
            done += 1
    lines = [_line(name, found) for name, found in reports.items()]
    faults = _faults(reports)
    lines += [f"FAULT: {fault}" for fault in faults] or ["the scenario works and tells skill apart"]
    return CheckResult(tuple(lines), not faults)


def _line(name: str, found: list[ScoreReport]) -> str:
    passed = sum(r.passed for r in found)
    gates = sorted({g.metric for r in found for g in r.gates if g.tripped})
    tripped = f", gates tripped: {', '.join(gates)}" if gates else ""
    return f"{name:<10} mean {_mean(found):5.1f}  passed {passed} of {len(found)}{tripped}"


def _mean(found: list[ScoreReport]) -> float:
    totals = [r.total for r in found if r.total is not None]
    return sum(totals) / len(totals) if totals else 0.0


def _faults(reports: dict[SkillName, list[ScoreReport]]) -> list[str]:
    faults = []
    failed = [r for r in reports["expert"] if not r.passed]
    if failed:
        faults.append(f"the expert failed {len(failed)} of {len(reports['expert'])} times")
    gap = _mean(reports["expert"]) - _mean(reports["novice"])
    if gap < WANTED_GAP:
        faults.append(f"the novice is only {gap:.1f} points behind the expert; {WANTED_GAP:g} are wanted")
    calm = [r for r in reports["reckless"] if not any(g.tripped for g in r.gates)]
    if calm:
        faults.append(f"the reckless trainee tripped no gate in {len(calm)} of {len(reports['reckless'])} runs")
    return faults

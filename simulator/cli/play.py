"""``demo`` and ``run``: a scripted trainee plays a case without a window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.numerals import ENGLISH
from simulator.assessment import play as playing
from simulator.assessment.trainees.skill import SKILLS, SkillName
from simulator.cli.speaking import (
    LanguageOption,
    UserMistakeError,
    language_named,
    progress,
    scenario_named,
    writable,
    writing,
)
from simulator.engine.case import make_case

DEFAULT_CASE = "kyphoplasty-l1-wedge"
CaseArgument = Annotated[str, typer.Argument(help="Library id or path of a scenario file.")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder for recording, frames and report.")]
SeedOption = Annotated[
    int, typer.Option("--seed", min=0, help="Starting position, noise and the trainee's errors.")
]


def demo(
    case: CaseArgument = DEFAULT_CASE,
    out: OutOption = Path("demo-out"),
    seed: SeedOption = 1,
    language: LanguageOption = ENGLISH,
) -> None:
    """A scripted expert does a case from start to finish; leaves recording, frames and report.

    Example:  vertebrosim demo --out demo-out
    """
    _play(case, "expert", seed, out, frames=True, language=language)


def run(
    case: CaseArgument,
    as_: Annotated[str, typer.Option("--as", help="expert, competent, novice or reckless.")] = "expert",
    out: OutOption = Path("run-out"),
    seed: SeedOption = 1,
    frames: Annotated[bool, typer.Option(help="Draw every exposed frame.")] = True,
    language: LanguageOption = ENGLISH,
) -> None:
    """A scripted trainee of some skill does a case.

    Example:  vertebrosim run vertebroplasty-t12 --as novice --seed 3 --out novice-3
    """
    if as_ not in SKILLS:
        raise UserMistakeError(f"--as {as_} is not a skill; choose one of {', '.join(SKILLS)}")
    _play(case, as_, seed, out, frames=frames, language=language)


def _play(case: str, skill: SkillName, seed: int, out: Path, *, frames: bool, language: str) -> None:
    spoken = language_named(language)
    scenario = scenario_named(case)
    folder = writable(out, empty_of=playing.RECORDING)
    with writing("--out", folder), progress("building the patient") as report:
        report("building the patient", 0.0)
        built = make_case(scenario, seed)
        played = playing.play(built, skill, folder, draw=frames, language=spoken, progress=report)
    result = played.report
    total = "not scored" if result.total is None else f"{result.total:.0f} of 100"
    verdict = "passed" if result.passed else "failed"
    typer.echo(f"{scenario.title}: {skill}, {total}, {verdict}.")
    for gate in result.gates:
        if gate.tripped:
            typer.echo(f"  gate tripped: {gate.why}")
    typer.echo(f"Report     {folder / playing.REPORT_HTML}")
    typer.echo(f"Recording  {folder / playing.RECORDING}")
    if frames:
        typer.echo(f"Frames     {folder / playing.FRAMES} ({played.frames})")

"""``scenario list|show|check|schema|import-ct``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich import box
from rich.console import Console
from rich.table import Column, Table

from scenarios import cases
from scenarios.loading import write_toml
from scenarios.schema import Scenario
from scenarios.told import faults_beside
from simulator.cli.importing import import_ct
from simulator.cli.speaking import UserMistakeError, progress, scenario_named

app = typer.Typer(help="Look at scenarios and check them.")

app.command("import-ct")(import_ct)


@app.command("list")
def list_(
    format_: Annotated[
        str, typer.Option("--format", help="table or plain (one case a line, id first).")
    ] = "table",
) -> None:
    """The cases that ship.

    Example:  vertebrosim scenario list --format plain
    """
    if format_ not in ("table", "plain"):
        raise UserMistakeError(f"--format {format_} is not known; choose table or plain")
    found = [cases.find(case_id) for case_id in cases.ids()]
    if format_ == "plain":
        for s in found:
            typer.echo(f"{s.id}\t{s.version}\t{s.procedure}\t{s.patient.target_level}\t{s.difficulty}\t{s.title}")
        return
    # An id is typed after other commands: it stays whole on 80 columns; the title, which says the rest, wraps.
    whole = (Column(name, no_wrap=True) for name in ("id", "level", "difficulty"))
    table = Table(*whole, "title", box=box.SIMPLE_HEAD)
    for s in found:
        table.add_row(s.id, s.patient.target_level, s.difficulty, s.title)
    Console().print(table)


@app.command()
def show(case: Annotated[str, typer.Argument(help="Library id or path.")]) -> None:
    """A scenario as TOML, every default written out.

    Example:  vertebrosim scenario show vertebroplasty-t12
    """
    typer.echo(write_toml(scenario_named(case)), nl=False)


@app.command()
def check(
    case: Annotated[str, typer.Argument(help="Library id or path.")],
    play: Annotated[bool, typer.Option(help="Also play it with scripted trainees.")] = True,
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=50, help="Performances of each trainee.")] = 1,
) -> None:
    """Read a scenario and its translations with all mistakes at once, then play it: does it tell skill apart?

    Example:  vertebrosim scenario check my-case.toml
    """
    scenario = scenario_named(case)
    if Path(case).is_file() and (faults := faults_beside(Path(case), scenario)):
        raise UserMistakeError("\n".join(faults))
    typer.echo(f"{scenario.id} {scenario.version}: the file is valid")
    if not play:
        return
    from simulator.assessment.check import check as check_by_playing  # here, because it loads the whole machine

    with progress("building the patient") as report:
        report("building the patient", 0.0)
        result = check_by_playing(scenario, range(1, seeds + 1), progress=report)
    for line in result.lines:
        typer.echo(line)
    if not result.sound:
        raise typer.Exit(1)


@app.command()
def schema(
    report: Annotated[bool, typer.Option("--report", help="That of report.json instead.")] = False,
) -> None:
    """The JSON Schema of scenario files, for editors; or that of score reports, for course software.

    Example:  vertebrosim scenario schema > scenario.schema.json
    """
    if report:
        from simulator.assessment.score import ScoreReport  # here for the same reason

        described = TypeAdapter(ScoreReport).json_schema()
    else:
        described = TypeAdapter(Scenario).json_schema()
    typer.echo(json.dumps(described, indent=1))

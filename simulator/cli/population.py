"""``population``: random patients treated without pictures, their leaks and heights against published ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from simulator.cli.speaking import UserMistakeError, progress, writing
from simulator.validation.population import tallying
from simulator.validation.population.arms import ARMS
from simulator.validation.population.running import run
from simulator.validation.population.storing import UnusableFolderError


def population(
    out: Annotated[Path, typer.Option("--out", help="Folder for the rows; a run in it is continued.")],
    patients: Annotated[int, typer.Option("--patients", min=1, max=100_000, help="How many.")] = 200,
    first_seed: Annotated[
        int,
        typer.Option("--first-seed", min=0, max=2**31, help="Below 1000: to fit; from 100000: to check."),
    ] = 100_000,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Processes.")] = 2,
    arms: Annotated[
        list[str] | None, typer.Option("--arm", help=f"Only this one; repeatable. {'; '.join(ARMS)}.")
    ] = None,
    format_: Annotated[Literal["text", "json", "md"], typer.Option("--format", help="Of the table.")] = "text",
) -> None:
    """Treat random patients and compare leak rates, heights and pressures with published bands.

    A patient takes some 20 s of one core in all arms. Stop at any time; the same command goes on. Patients that
    are done cost nothing, so the command also prints the table of a folder.

    Example:  vertebrosim population --patients 200 --out population
    """
    chosen = list(ARMS) if not arms else [name for name in ARMS if name in arms]
    for name in arms or []:
        if name not in ARMS:
            raise UserMistakeError(f"there is no arm {name}; choose among: {'; '.join(ARMS)}")
    with progress("treating patients") as report, writing("--out", out):
        try:
            seeds = range(first_seed, first_seed + patients)
            rows = run(out, seeds, arms=chosen, workers=workers, progress=report)
        except UnusableFolderError as error:
            raise UserMistakeError(str(error)) from None
    if format_ == "json":
        typer.echo(json.dumps(tallying.summary(rows), indent=1))
        return
    lines = tallying.table(rows)
    untreatable = [row for row in rows if "untreatable" in row]
    typer.echo(tallying.as_text(lines) if format_ == "text" else tallying.as_markdown(lines))
    for row in untreatable:
        typer.echo(f"seed {row['seed']}, {row['level']}, was left out: {row['untreatable']}", err=True)

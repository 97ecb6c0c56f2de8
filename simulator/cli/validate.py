"""``validate``: what this version gives for every validation target, with the verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from simulator.cli.speaking import UserMistakeError, progress, writing
from simulator.validation import judging
from simulator.validation.document import document
from simulator.validation.population import tallying
from simulator.validation.population.storing import UnusableFolderError, stored
from simulator.validation.targets import TARGETS


def validate(
    only: Annotated[list[str] | None, typer.Option("--only", help="Only this number (V4); repeatable.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out those that take more than seconds.")] = False,
    format_: Annotated[
        Literal["text", "json", "md"] | None, typer.Option("--format", help="text, or md where -o ends in .md.")
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Write the table to this file.")] = None,
    population: Annotated[
        Path | None, typer.Option("--population", help="Folder of a population, or its table as JSON, for md.")
    ] = None,
) -> None:
    """Measure every model against its published or exact numbers: target, source, got, verdict.

    The exit code is 0 where all exact targets hold, 1 where one does not; literature targets that fail are in the
    table and change nothing.

    Example:  vertebrosim validate --only V4 --only V5
    """
    targets = _chosen(only or [], quick)
    form = format_ or ("md" if out is not None and out.suffix == ".md" else "text")
    people = None if population is None else _population(population)
    with progress("measuring") as report:
        results = judging.measured(targets, report)
    if form == "json":
        text = json.dumps(judging.as_json(results), indent=1)
    elif form == "md":
        text = document(results, people).rstrip("\n")
    else:
        text = f"{judging.as_text(results)}\n{judging.summary(results)}"
    if out is None:
        typer.echo(text)
    else:
        with writing("-o", out):
            out.write_text(text + "\n", encoding="utf-8")
    if any(result.weighs for result in results):
        raise typer.Exit(1)


def _chosen(only: list[str], quick: bool) -> list[Any]:
    known = {target.number: target for target in TARGETS}
    for number in only:
        if number.upper() not in known:
            raise UserMistakeError(f"there is no target {number}; choose among {', '.join(known)}")
    wanted = {number.upper() for number in only}
    return [t for t in TARGETS if (not wanted or t.number in wanted) and not (quick and t.slow)]


def _population(place: Path) -> dict[str, Any]:
    """The table of a population, from its folder or from what ``population --format json`` printed."""
    try:
        if place.is_dir():
            rows = stored(place)
            return tallying.summary(rows)
        found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
        if not {"patients", "first_seed", "untreatable", "table"} <= set(found):
            raise ValueError("no table in it")
        return found
    except UnusableFolderError as error:
        raise UserMistakeError(str(error)) from None
    except (OSError, ValueError, TypeError) as error:
        raise UserMistakeError(f"--population {place} is no population: {error}") from None

"""``bench``: how fast this machine does the work, as medians of alternating runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from simulator.bench import BENCHES, run_benches
from simulator.cli.speaking import UserMistakeError, progress, writing


def bench(
    what: Annotated[str, typer.Argument(help=f"{', '.join(BENCHES)} or all.")] = "all",
    json_: Annotated[Path | None, typer.Option("--json", help="Also write the rows to this file.")] = None,
    runs: Annotated[int, typer.Option("--runs", min=3, max=100, help="Timed runs of each.")] = 7,
) -> None:
    """Measure this machine. Times are medians with minimum and maximum; use ratios within one run.

    Example:  vertebrosim bench projector --json projector.json
    """
    if what != "all" and what not in BENCHES:
        raise UserMistakeError(f"bench {what} is not known; choose one of {', '.join(BENCHES)} or all")
    names = list(BENCHES) if what == "all" else [what]
    with progress("measuring") as report:
        rows = run_benches(names, runs, report)
    typer.echo(f"{'what':<44} {'median':>10} {'min':>10} {'max':>10}  unit")
    for row in rows:
        typer.echo(f"{row.name:<44} {row.median:>10.4g} {row.min:>10.4g} {row.max:>10.4g}  {row.unit}"
                   + "".join(f"  {name} {value}" for name, value in row.details.items()))  # fmt: skip
    if json_ is not None:
        text = json.dumps([row.as_json() for row in rows], indent=1)
        with writing("--json", json_):
            json_.write_text(text + "\n", encoding="utf-8")

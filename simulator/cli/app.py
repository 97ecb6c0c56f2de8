"""The ``vertebrosim`` command: its families, and what becomes of mistakes.

A user's mistake ends with exit code 2 and one sentence on standard error; ours with 1. Machine-readable output
goes to standard output, progress and everything meant for people to standard error.
"""

from __future__ import annotations

import sys
from importlib import metadata
from typing import Annotated

import typer

from simulator.cli import bench, dose, play, recordings, scenario, xray
from simulator.cli.speaking import UserMistakeError, complain

app = typer.Typer(
    name="vertebrosim",
    help="Fluoroscopy-guided vertebral augmentation: train, author and score cases on an ordinary computer.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("demo")(play.demo)
app.command("run")(play.run)
app.command("replay")(recordings.replay)
app.command("verify")(recordings.verify)
app.command("score")(recordings.score)
app.command("dose")(dose.dose)
app.command("xray")(xray.xray)
app.command("bench")(bench.bench)
app.add_typer(scenario.app, name="scenario")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vertebrosim {metadata.version('vertebrosim')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    _version_wanted: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Begin with:  vertebrosim demo"""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main(arguments: list[str] | None = None) -> int:
    """Run a command line; returns the exit code. Without arguments those of the process, which then ends."""
    code = _run(arguments)
    if arguments is None:
        sys.exit(code)
    return code


def _run(arguments: list[str] | None) -> int:
    try:
        result = app(args=arguments, standalone_mode=False)
    except UserMistakeError as mistake:
        complain(str(mistake))
        return 2
    except typer.TyperException as usage:
        complain(f"{usage.format_message().rstrip('.')} (try: vertebrosim --help)")
        return 2
    except (KeyboardInterrupt, typer.Abort):
        complain("stopped; what was recorded until now is kept")
        return 1
    except OSError as error:
        complain(f"{error.filename or 'a file'}: {error.strerror or error}")
        return 1
    return result if isinstance(result, int) else 0

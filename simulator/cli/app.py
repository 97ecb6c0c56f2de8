"""The ``vertebrosim`` command: its families, and what becomes of mistakes.

A user's mistake ends with exit code 2 and one sentence on standard error; ours with 1. Machine-readable output
goes to standard output, progress and everything meant for people to standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from importlib import import_module, metadata
from typing import Annotated

import typer

from scenarios.cases import UnusablePatientError
from simulator.cli.speaking import UserMistakeError, complain

COMMANDS = {
    "play": "desktop",
    "demo": "play",
    "run": "play",
    "replay": "recordings",
    "verify": "recordings",
    "score": "recordings",
    "dose": "dose",
    "xray": "xray",
    "bench": "bench",
    "validate": "validate",
    "population": "population",
    "scenario": "scenario",
    "cache": "cache",
}
"""Commands and the modules that hold them, in the order of the help."""
FAMILIES = ("scenario", "cache")
"""Commands that have commands of their own."""


def app_of(names: Collection[str] = tuple(COMMANDS)) -> typer.Typer:
    """The program with some of its commands: what the others need is not loaded."""
    app = typer.Typer(
        name="vertebrosim",
        help="Fluoroscopy-guided vertebral augmentation: train, author and score cases on an ordinary computer.",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback(invoke_without_command=True)(_root)
    for name in COMMANDS:
        if name in names:
            module = import_module(f"simulator.cli.{COMMANDS[name]}")
            if name in FAMILIES:
                app.add_typer(module.app, name=name)
            else:
                app.command(name)(getattr(module, name))
    return app


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vertebrosim {metadata.version('vertebrosim')}")
        raise typer.Exit


def _root(
    context: typer.Context,
    _version_wanted: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Alone it opens the desktop. Without a display begin with:  vertebrosim demo"""
    if context.invoked_subcommand is None:
        raise typer.Exit(import_module("simulator.cli.desktop").open_desktop(None))


def main(arguments: list[str] | None = None) -> int:
    """Run a command line; returns the exit code. Without arguments those of the process, which then ends."""
    code = _run(arguments)
    if arguments is None:
        sys.exit(code)
    return code


def _run(arguments: list[str] | None) -> int:
    first = next(iter(sys.argv[1:] if arguments is None else arguments), "")
    # With one command alone Typer would drop its name.
    app = app_of((first, "scenario") if first in COMMANDS else tuple(COMMANDS))
    try:
        result = app(args=arguments, standalone_mode=False)
    except (UserMistakeError, UnusablePatientError) as mistake:
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

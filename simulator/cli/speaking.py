"""How the command line speaks: complaints, progress, and finding what the user named."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from scenarios.cases import find
from scenarios.loading import InvalidFile
from scenarios.schema import Scenario
from scenarios.wording import LANGUAGES, known_language
from simulator.engine.recording import EditedRecordingError, Recording, UnreadableRecordingError, read

LanguageOption = Annotated[
    str,
    typer.Option("--language", help=f"Language of the HTML report: {', '.join(LANGUAGES)}."),
]


class UserMistakeError(Exception):
    """Something the user can mend; the text says what is wrong and how."""


def complain(text: str) -> None:
    """One sentence (or one a line) on standard error."""
    typer.echo(f"vertebrosim: {text}" if "\n" not in text else text, err=True)


def scenario_named(case: str) -> Scenario:
    """The scenario of a library id or path, or a user's mistake that lists everything wrong with it."""
    try:
        return find(case)
    except InvalidFile as error:
        raise UserMistakeError(str(error)) from None


def recording_at(path: Path) -> Recording:
    """The recording in a file, or a user's mistake."""
    try:
        return read(path)
    except (UnreadableRecordingError, EditedRecordingError) as error:
        raise UserMistakeError(str(error)) from None


def writable(folder: Path, *, empty_of: str) -> Path:
    """A folder to write into, or a user's mistake where it already holds such a file or cannot be made."""
    if (folder / empty_of).exists():
        raise UserMistakeError(
            f"{folder / empty_of} exists and is never overwritten; choose another --out or remove the folder"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserMistakeError(f"{folder} cannot be made ({error.strerror}); choose another --out") from None
    return folder


@contextmanager
def writing(option: str, place: Path) -> Iterator[None]:
    """What cannot be written to a place the user named is a user's mistake."""
    try:
        yield
    except OSError as error:
        raise UserMistakeError(
            f"{option} {place} cannot be written ({error.strerror or error}); choose another place"
        ) from None


Report = Callable[[str, float], None]


@contextmanager
def progress(title: str) -> Iterator[Report]:
    """A progress bar on standard error that appears where something takes longer than two seconds."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
    started, shown = time.monotonic(), False
    task = bar.add_task(title, total=1.0)

    def report(what: str, share: float) -> None:
        nonlocal shown
        if not shown and console.is_terminal and time.monotonic() - started > 2.0:
            bar.start()
            shown = True
        bar.update(task, description=what, completed=share)

    try:
        yield report
    finally:
        if shown:
            bar.stop()


def language_named(language: str) -> str:
    """The language of a report, or a sentence about the ones there are."""
    try:
        return known_language(language)
    except ValueError as error:
        raise UserMistakeError(f"--language: {error}") from None
